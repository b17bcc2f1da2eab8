//! How new what is stored of a field is, where changes of it do not move conversations to where listings find them.

use proto::fields::Field;
use proto::types::FieldAge;
use proto::{Interval, Timestamp};

use super::Snapshot;
use crate::fields::{Class, Source};
use crate::model::Register;
use crate::store::docid;
use crate::store::error::{Attempt, Error};
use crate::store::{registers, silent};

/// So many conversations of a window are looked through one by one; of more, those are that were read longest ago.
const FEW: i64 = 20_000;

impl Snapshot<'_> {
    /// Returns how new the fields among these are that change silently: since when all was read that could matter within a
    /// window.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ages(&self, fields: &[Field], window: Interval, now: Timestamp) -> Result<Vec<FieldAge>, Error> {
        let mut ages = Vec::new();
        // That costs more than all the rest, and is the same for all of them.
        let mut read_since = None;
        for field in fields {
            let class = Source::of(field).class;
            let mut as_of = match (field, class) {
                (Field::Contact(_) | Field::Company, _) => Some(registers::details_as_of(self.connection)?),
                (_, Class::Named(registers)) => Some(self.registers_as_of(registers)?),
                (_, Class::Activity | Class::Silent) => None,
            };
            if class == Class::Silent || silent::is_silent(self.connection, field, now)? {
                let read = match read_since {
                    Some(read) => read,
                    None => *read_since.insert(self.read_since(window)?),
                };
                // Where there is no conversation, nothing could matter.
                as_of = match (as_of, read) {
                    (as_of, None) => as_of,
                    (None, read) => Some(read),
                    (Some(names), read) => Some(names.min(read)),
                };
            }
            ages.extend(as_of.map(|as_of| FieldAge { name: field.to_string(), as_of }));
        }
        Ok(ages)
    }

    /// Returns since when the changes of a register are known, whatever else is not.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn changes_as_of(&self, register: Register) -> Result<Option<Timestamp>, Error> {
        registers::read_as_of(self.connection, register)
    }

    fn registers_as_of(&self, all: &[Register]) -> Result<Option<Timestamp>, Error> {
        let mut least = Some(Timestamp(i64::MAX));
        for register in all {
            least = least.min(registers::as_of(self.connection, *register)?);
        }
        Ok(least)
    }

    /// Returns since when every conversation that may have been active in a window was read; `None` where there is none.
    fn read_since(&self, window: Interval) -> Result<Option<Timestamp>, Error> {
        let attempt = "cannot read when conversations were read";
        let (lowest, end) = (docid::first(window.start), window.end.0);
        let count: i64 = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM conversation INDEXED BY conversation_docid WHERE docid >= ?1 LIMIT ?2)",
            )
            .and_then(|mut statement| statement.query_row([lowest, FEW], |row| row.get(0)))
            .attempt(attempt)?;
        let sql = if count < FEW {
            "SELECT min(asked_at) FROM conversation INDEXED BY conversation_docid WHERE docid >= ?1 AND created_at <= ?2"
        } else {
            "SELECT (SELECT asked_at FROM conversation INDEXED BY conversation_read
                     WHERE docid >= ?1 AND created_at <= ?2 ORDER BY asked_at LIMIT 1)"
        };
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([lowest, end], |row| row.get::<_, Option<i64>>(0)))
            .map(|at| at.map(Timestamp))
            .attempt(attempt)
    }
}
