//! Totals and small facts, at a cost that does not grow with what is stored.

use std::ffi::OsString;

use proto::Timestamp;
use rusqlite::OptionalExtension;

use super::Snapshot;
use crate::model::Workspace;
use crate::store::counters::{self, Counter};
use crate::store::error::{Attempt, Error};
use crate::store::{ledger, workspace};

/// Totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Conversations stored.
    pub conversations: u64,
    /// Messages stored.
    pub messages: u64,
    /// Conversations of which Intercom no longer returns every part.
    pub truncated: u64,
    /// Conversations listed and waiting for their details.
    pub pending: u64,
    /// Conversations whose details could not be fetched or read.
    pub failed: u64,
}

impl Snapshot<'_> {
    /// Returns the totals.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn counts(&self) -> Result<Counts, Error> {
        let get =
            |counter| counters::get(self.connection, counter).map(|value| u64::try_from(value).unwrap_or(0));
        Ok(Counts {
            conversations: get(Counter::Conversations)?,
            messages: get(Counter::Messages)?,
            truncated: get(Counter::Truncated)?,
            pending: get(Counter::Pending)? + get(Counter::Ahead)?,
            failed: get(Counter::Failed)?,
        })
    }

    /// Says whether words that were taken away stand in the files until the store is purged.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_unpurged(&self) -> Result<bool, Error> {
        Ok(counters::get(self.connection, Counter::Unpurged)? > 0)
    }

    /// Returns the workspace that the copy is of, and the address of its API.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn workspace(&self) -> Result<Option<(Workspace, String)>, Error> {
        workspace::get(self.connection)
    }

    /// Returns the fact stored under a name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn mark(&self, name: &str) -> Result<Option<String>, Error> {
        self.connection
            .prepare_cached("SELECT value FROM mark WHERE name = ?1")
            .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
            .attempt("cannot read a mark")
    }

    /// Returns up to when deletions in Intercom are known.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn deletions_as_of(&self) -> Result<Option<Timestamp>, Error> {
        let mark = self.mark(ledger::DELETIONS_AS_OF)?;
        Ok(mark.and_then(|seconds| seconds.parse().ok()).map(Timestamp))
    }

    /// Counts the deletions that Intercom listed.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn known_deletions(&self) -> Result<u64, Error> {
        self.connection
            .prepare_cached("SELECT count(*) FROM gone WHERE confirmed = 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(|count| u64::try_from(count).unwrap_or(0))
            .attempt("cannot count deletions")
    }

    /// Returns the size of the database with its write-ahead log, in bytes.
    #[must_use]
    pub fn bytes_on_disk(&self) -> u64 {
        let mut log = OsString::from(self.path);
        log.push("-wal");
        [self.path.as_os_str(), &log]
            .into_iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|file| file.len())
            .sum()
    }
}
