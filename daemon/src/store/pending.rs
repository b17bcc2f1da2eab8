//! The list of conversations that are known to exist and not stored whole. This file alone writes the table `pending`, but for
//! what `ledger` changes of a row.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::counters::Counter;
use super::error::{Attempt, Error};
use super::writer::Batch;

/// A row of the list.
pub(super) struct Pending {
    /// The newest activity time that was heard of, or `UNTOLD`.
    pub(super) updated_at: Timestamp,
    /// Only a read sent at or after it can settle the matter.
    pub(super) not_before: Timestamp,
    /// Up to here the stored state is the true one.
    pub(super) sound_until: Timestamp,
    /// How it counts.
    pub(super) standing: Standing,
    /// Reads that failed, or came back older than it was listed.
    pub(super) attempts: u32,
}

impl Pending {
    /// Returns when it was active last, where that is known.
    pub(super) fn active_at(&self) -> Option<Timestamp> {
        (self.updated_at != UNTOLD).then_some(self.updated_at)
    }
}

/// How a conversation that is not stored as new as listed counts.
///
/// Whether it changed before the head's end or only after matters: in the first case the claims that were made lack it, in
/// the second they end before it. Without the distinction a workspace in which something always happens could never
/// be called fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It counts against every window that it may have been active in.
    Pending,
    /// So it does, and it could not be read.
    Failed,
    /// Nothing may be claimed from the instant on up to which it is sound.
    Ahead,
}

impl Standing {
    pub(super) fn to_sql(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Failed => 1,
            Self::Ahead => 2,
        }
    }

    fn from_sql(value: i64) -> Self {
        match value {
            1 => Self::Failed,
            2 => Self::Ahead,
            _ => Self::Pending,
        }
    }

    pub(super) fn of(sound_until: Timestamp) -> Self {
        if sound_until == UNSOUND { Self::Pending } else { Self::Ahead }
    }

    pub(super) fn counter(self) -> Counter {
        match self {
            Self::Pending => Counter::Pending,
            Self::Failed => Counter::Failed,
            Self::Ahead => Counter::Ahead,
        }
    }
}

/// The stored state may lack changes of any age.
pub(super) const UNSOUND: Timestamp = Timestamp(0);
/// The stored state lacks nothing that is known of.
pub(super) const SOUND: Timestamp = Timestamp(i64::MAX);

/// When a conversation was created of which that is not known.
pub(super) const UNKNOWN: Timestamp = Timestamp(i64::MIN);
/// When a conversation was active last that was listed without saying so: in any window from its creation on.
pub(super) const UNTOLD: Timestamp = Timestamp(i64::MAX);

/// What is put on the list of a conversation.
pub(super) struct Row {
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) not_before: Timestamp,
    pub(super) sound_until: Timestamp,
    pub(super) standing: Standing,
}

impl Row {
    /// Of one that is stored as it is known to be.
    pub(super) fn again(created_at: Timestamp, updated_at: Timestamp, not_before: Timestamp) -> Self {
        Self { created_at, updated_at, not_before, sound_until: SOUND, standing: Standing::Ahead }
    }
}

/// Puts a conversation on the list, unless it is there; says whether it was not.
pub(super) fn add(batch: &mut Batch<'_>, key: i64, row: &Row) -> Result<bool, Error> {
    let added = batch
        .transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO pending(key, created_at, updated_at, not_before, sound_until, standing, attempts, retry_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                row.created_at.0,
                row.updated_at.0,
                row.not_before.0,
                row.sound_until.0,
                row.standing.to_sql()
            ])
        })
        .attempt("cannot put a conversation on the list")?;
    batch.counters.add(row.standing.counter(), i64::try_from(added).unwrap_or(0));
    Ok(added > 0)
}

/// Takes a conversation off the list.
pub(super) fn remove(batch: &mut Batch<'_>, key: i64) -> Result<(), Error> {
    let standing: Option<i64> = batch
        .transaction
        .prepare_cached("DELETE FROM pending WHERE key = ?1 RETURNING standing")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .attempt("cannot take a conversation off the list")?;
    if let Some(standing) = standing {
        batch.counters.add(Standing::from_sql(standing).counter(), -1);
    }
    Ok(())
}

/// Counts that a conversation on the list counts in another way.
pub(super) fn count_move(batch: &mut Batch<'_>, from: Standing, to: Standing) {
    batch.counters.add(from.counter(), -1);
    batch.counters.add(to.counter(), 1);
}

/// Returns what is pending of a conversation.
pub(super) fn find(connection: &Connection, key: i64) -> Result<Option<Pending>, Error> {
    connection
        .prepare_cached(
            "SELECT updated_at, not_before, sound_until, standing, attempts FROM pending WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement
                .query_row([key], |row| {
                    Ok(Pending {
                        updated_at: Timestamp(row.get(0)?),
                        not_before: Timestamp(row.get(1)?),
                        sound_until: Timestamp(row.get(2)?),
                        standing: Standing::from_sql(row.get(3)?),
                        attempts: row.get(4)?,
                    })
                })
                .optional()
        })
        .attempt("cannot read what is pending")
}
