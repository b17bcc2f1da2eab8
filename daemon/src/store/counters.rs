//! Totals that are kept in the transactions that change them, so that asking for one costs the same at any size.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    /// Conversations stored.
    Conversations,
    /// Messages stored.
    Messages,
    /// Conversations stored of which Intercom no longer returns every part.
    Truncated,
    /// Conversations listed and not stored whole.
    Pending,
    /// Conversations listed of which only what came after an instant is not stored.
    Ahead,
    /// Conversations whose details could not be fetched.
    Failed,
    /// Changes that took something away which may still stand in gaps of pages, or in the log.
    Unpurged,
}

impl Counter {
    fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::Truncated => "truncated",
            Self::Pending => "pending",
            Self::Ahead => "ahead",
            Self::Failed => "failed",
            Self::Unpurged => "unpurged",
        }
    }
}

/// The changes that one transaction makes.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<Counter, i64>);

impl Changes {
    /// Notes that a total changes by `by`.
    pub(super) fn add(&mut self, counter: Counter, by: i64) {
        *self.0.entry(counter).or_default() += by;
    }

    /// Writes them; to be called once, before the commit.
    pub(super) fn write(self, connection: &Connection) -> Result<(), Error> {
        for (counter, by) in self.0.into_iter().filter(|(_, by)| *by != 0) {
            connection
                .prepare_cached(
                    "INSERT INTO counter(name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                )
                .and_then(|mut statement| statement.execute(params![counter.name(), by]))
                .attempt("cannot update the counters")?;
        }
        Ok(())
    }
}

/// Returns a total.
pub(super) fn get(connection: &Connection, counter: Counter) -> Result<i64, Error> {
    connection
        .prepare_cached("SELECT value FROM counter WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([counter.name()], |row| row.get(0)).optional())
        .map(Option::unwrap_or_default)
        .attempt("cannot read the counters")
}
