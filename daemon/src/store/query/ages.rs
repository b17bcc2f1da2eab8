//! How new what is stored of a field is, where changes of it do not move conversations to where listings find them.

use proto::fields::Field;
use proto::{Interval, Timestamp};

use super::Snapshot;
use crate::fields::{Class, Source};
use crate::store::docid;
use crate::store::error::{Attempt, Error};
use crate::store::silent;

/// So many conversations of a window are looked through one by one; of more, those are that were read longest ago.
const FEW: i64 = 20_000;

impl Snapshot<'_> {
    /// Returns the fields among these that change silently.
    ///
    /// # Errors
    /// When it cannot be read which those are.
    pub fn silent_among(&self, fields: Vec<Field>, now: Timestamp) -> Result<Vec<Field>, Error> {
        let mut silent = Vec::new();
        for field in fields {
            if Source::of(&field).class == Class::Silent || silent::is_silent(self.connection, &field, now)? {
                silent.push(field);
            }
        }
        Ok(silent)
    }

    /// Returns since when every conversation that may have been active in a window was read; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_since(&self, window: Interval) -> Result<Option<Timestamp>, Error> {
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
