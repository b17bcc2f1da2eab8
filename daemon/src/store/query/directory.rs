//! Who is who.

use rusqlite::{OptionalExtension, params};

use super::Snapshot;
use crate::model::{Teammate, TeammateKind};
use crate::store::error::{Attempt, Error};

impl Snapshot<'_> {
    /// Returns the admins and teams ever listed, admins first, by id.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn teammates(&self) -> Result<Vec<Teammate>, Error> {
        self.connection
            .prepare_cached("SELECT kind, id, name, email FROM teammate ORDER BY kind, id")
            .and_then(|mut statement| {
                let rows = statement.query_map([], |row| {
                    let kind =
                        if row.get::<_, i64>(0)? == 0 { TeammateKind::Admin } else { TeammateKind::Team };
                    Ok(Teammate { id: row.get(1)?, kind, name: row.get(2)?, email: row.get(3)? })
                })?;
                rows.collect()
            })
            .attempt("cannot read the teammates")
    }

    /// Returns ids of contacts of whom neither name nor address is known, though they were never looked up.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn nameless_contacts(&self, limit: usize) -> Result<Vec<String>, Error> {
        self.contact_ids(
            "SELECT id FROM contact WHERE asked = 0 AND name IS NULL AND email IS NULL LIMIT ?1",
            limit,
        )
    }

    /// Returns ids of contacts that were never looked up, those of whom it was told longest ago what is known.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn unasked_contacts(&self, limit: usize) -> Result<Vec<String>, Error> {
        self.contact_ids("SELECT id FROM contact WHERE asked = 0 ORDER BY told_at LIMIT ?1", limit)
    }

    fn contact_ids(&self, sql: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                let rows =
                    statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| row.get(0))?;
                rows.collect()
            })
            .attempt("cannot read the contacts")
    }

    /// Returns the name of a teammate, where it is known.
    pub(super) fn teammate_name(&self, kind: TeammateKind, id: &str) -> Result<Option<String>, Error> {
        let kind = match kind {
            TeammateKind::Admin => 0,
            TeammateKind::Team => 1,
        };
        self.connection
            .prepare_cached("SELECT name FROM teammate WHERE kind = ?1 AND id = ?2")
            .and_then(|mut statement| {
                statement.query_row(params![kind, id], |row| row.get(0)).optional().map(Option::flatten)
            })
            .attempt("cannot read the teammates")
    }
}
