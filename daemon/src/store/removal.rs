//! Removes conversations that were deleted in Intercom, and remembers that they were, because its search goes on
//! showing them for a while.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::counters::Counter;
use super::error::{Attempt, Error};
use super::ledger::Failure;
use super::writer::Batch;
use super::{ingest, key, ledger};
use crate::model::{ConversationId, Deletion};

/// What a read that found nothing leaves as the error, until a second one has found nothing either.
pub const NOT_FOUND: &str = "not found";

/// Removes what is stored of a conversation of which one read found nothing, and keeps it among the failed: Intercom's
/// index and its database may disagree for a moment, so a second read has to say the same before it counts as deleted.
pub(super) fn commit_missing(
    batch: &mut Batch<'_>,
    id: &ConversationId,
    retry_at: Timestamp,
) -> Result<(), Error> {
    let key = key::assign(&batch.transaction, id)?;
    if let Some(stored) = ingest::stored(&batch.transaction, key)? {
        ledger::expect(batch, key, stored.updated_at)?;
    }
    remove(batch, &[key])?;
    let failure = Failure { id: id.clone(), error: NOT_FOUND.to_owned(), retry_at };
    ledger::commit_failures(batch, &[failure])
}

/// Removes conversations of which a read found nothing. Listings as old as what was known of them are ignored from
/// now on, because Intercom's search shows deleted conversations for a while.
pub(super) fn commit_gone(batch: &mut Batch<'_>, ids: &[ConversationId]) -> Result<(), Error> {
    let mut keys = Vec::new();
    for id in ids {
        let key = key::assign(&batch.transaction, id)?;
        let known = ingest::stored(&batch.transaction, key)?.map(|stored| stored.updated_at);
        let listed = ledger::pending(&batch.transaction, key)?.and_then(|row| row.told());
        let at = known.max(listed).unwrap_or(Timestamp(i64::MIN));
        bury(batch, key, at, false)?;
        keys.push(key);
    }
    remove(batch, &keys)
}

/// Removes conversations that Intercom says were deleted; returns how many of these were not known to be.
pub(super) fn commit_deletions(
    batch: &mut Batch<'_>,
    deletions: &[Deletion],
    as_of: Option<Timestamp>,
) -> Result<u64, Error> {
    let mut keys = Vec::new();
    for deletion in deletions {
        let key = key::assign(&batch.transaction, &deletion.id)?;
        if gone(&batch.transaction, key)?.is_some_and(|(_, confirmed)| confirmed) {
            continue;
        }
        bury(batch, key, deletion.deleted_at, true)?;
        keys.push(key);
    }
    remove(batch, &keys)?;
    if let Some(as_of) = as_of {
        ledger::set_mark(&batch.transaction, ledger::DELETIONS_AS_OF, &as_of.0.to_string())?;
    }
    Ok(keys.len() as u64)
}

/// Says whether a conversation that was read may be stored, and forgets that a read found nothing of it.
pub(super) fn may_exist(batch: &mut Batch<'_>, key: i64) -> Result<bool, Error> {
    match gone(&batch.transaction, key)? {
        None => Ok(true),
        Some((_, true)) => {
            ledger::forget(batch, key)?;
            Ok(false)
        }
        Some((_, false)) => {
            batch
                .transaction
                .execute("DELETE FROM gone WHERE key = ?1", [key])
                .attempt("cannot restore a conversation")?;
            Ok(true)
        }
    }
}

/// Removes conversations with everything that was stored of them.
fn remove(batch: &mut Batch<'_>, keys: &[i64]) -> Result<(), Error> {
    let mut found = Vec::new();
    for key in keys {
        if let Some(old) = ingest::stored(&batch.transaction, *key)? {
            found.push((*key, old));
        }
    }
    for (key, old) in found {
        ingest::unindex(batch, &old)?;
        for statement in [
            "DELETE FROM conversation WHERE key = ?1",
            "DELETE FROM body WHERE key = ?1",
            "DELETE FROM raw WHERE key = ?1",
            "DELETE FROM fields WHERE key = ?1",
        ] {
            batch
                .transaction
                .prepare_cached(statement)
                .and_then(|mut statement| statement.execute([key]))
                .attempt("cannot remove a conversation")?;
        }
        batch.counters.add(Counter::Unpurged, 1);
        batch.counters.add(Counter::Conversations, -1);
        batch.counters.add(Counter::Messages, -old.messages);
        batch.counters.add(Counter::Truncated, -i64::from(old.truncated));
    }
    Ok(())
}

fn bury(batch: &mut Batch<'_>, key: i64, at: Timestamp, confirmed: bool) -> Result<(), Error> {
    batch
        .transaction
        .prepare_cached(
            "INSERT INTO gone(key, deleted_at, confirmed) VALUES (?1, ?2, ?3)
             ON CONFLICT (key) DO UPDATE SET deleted_at = max(deleted_at, excluded.deleted_at),
                 confirmed = max(confirmed, excluded.confirmed)",
        )
        .and_then(|mut statement| statement.execute(params![key, at.0, confirmed]))
        .attempt("cannot store a deletion")?;
    ledger::forget(batch, key)
}

/// Returns when a conversation was deleted, and whether Intercom itself said so.
pub(super) fn gone(connection: &Connection, key: i64) -> Result<Option<(Timestamp, bool)>, Error> {
    connection
        .prepare_cached("SELECT deleted_at, confirmed FROM gone WHERE key = ?1")
        .and_then(|mut statement| {
            statement.query_row([key], |row| Ok((Timestamp(row.get(0)?), row.get(1)?))).optional()
        })
        .attempt("cannot read what was deleted")
}
