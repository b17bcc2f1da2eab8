//! Removes conversations that were deleted in Intercom, and remembers that they were, because its search goes on
//! showing them for a while.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::counters::Counter;
use super::error::{Attempt, Error};
use super::ledger::Failure;
use super::writer::Batch;
use super::{key, ledger, measure, pending, rebuild, rows};
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
    if let Some(stored) = rows::stored(&batch.transaction, key)? {
        ledger::list_again(batch, key, stored.created_at, stored.updated_at)?;
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
        let known = rows::stored(&batch.transaction, key)?.map(|stored| stored.updated_at);
        let listed = pending::find(&batch.transaction, key)?.and_then(|row| row.active_at());
        let at = known.max(listed).unwrap_or(Timestamp(i64::MIN));
        note_gone(batch, key, at, false)?;
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
        note_gone(batch, key, deletion.deleted_at, true)?;
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
            pending::remove(batch, key)?;
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
        if let Some(old) = rows::stored(&batch.transaction, *key)? {
            found.push((*key, old));
        }
    }
    for (key, old) in found {
        let contents = rows::contents(&batch.transaction, batch.unpacker, key)?;
        batch.documents.take_out(old.docid, contents.document);
        batch.labels.detach(&batch.transaction, &old.labels, old.docid)?;
        measure::drop_of(&batch.transaction, old.docid)?;
        remove_rows(&batch.transaction, key)?;
        batch.counters.add(Counter::Unpurged, 1);
        batch.counters.add(Counter::Conversations, -1);
        batch.counters.add(Counter::Messages, -old.messages);
        batch.counters.add(Counter::Truncated, -i64::from(old.truncated));
    }
    Ok(())
}

fn remove_rows(connection: &Connection, key: i64) -> Result<(), Error> {
    for statement in [
        "DELETE FROM conversation WHERE key = ?1",
        "DELETE FROM body WHERE key = ?1",
        "DELETE FROM raw WHERE key = ?1",
        "DELETE FROM fields WHERE key = ?1",
    ] {
        connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute([key]))
            .attempt("cannot remove a conversation")?;
    }
    Ok(())
}

/// Removes a conversation of which something that is stored cannot be read back, and has it fetched again: until then it
/// counts against every window that it may have been active in. What no longer can be taken out of the index without its
/// texts is left to the next start, which makes the index anew.
pub(super) fn quarantine(batch: &mut Batch<'_>, why: &Error, key: i64) -> Result<(), Error> {
    let attempt = "cannot remove a damaged conversation";
    let row: Option<(i64, i64, i64, i64, bool)> = batch
        .transaction
        .query_row(
            "SELECT docid, created_at, updated_at, messages, truncated FROM conversation WHERE key = ?1",
            [key],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()
        .attempt(attempt)?;
    let Some((docid, created_at, updated_at, messages, truncated)) = row else { return Ok(()) };
    tracing::warn!("{why}: it is fetched again");
    let is_indexed = batch
        .transaction
        .prepare("SELECT 1 FROM measure WHERE docid = ?1")
        .and_then(|mut statement| statement.exists([docid]))
        .attempt(attempt)?;
    if is_indexed {
        let labels = batch
            .transaction
            .prepare("SELECT label FROM labelled WHERE docid = ?1")
            .and_then(|mut statement| statement.query_map([docid], |row| row.get(0))?.collect())
            .attempt(attempt)?;
        let labels: Vec<i64> = labels;
        batch.labels.detach(&batch.transaction, &labels, docid)?;
        measure::drop_of(&batch.transaction, docid)?;
        match rows::contents(&batch.transaction, batch.unpacker, key) {
            Ok(contents) => batch.documents.take_out(docid, contents.document),
            Err(Error::Damaged { .. }) => rebuild::again(&batch.transaction)?,
            Err(error) => return Err(error),
        }
        batch.counters.add(Counter::Conversations, -1);
        batch.counters.add(Counter::Messages, -messages);
        batch.counters.add(Counter::Truncated, -i64::from(truncated));
    }
    ledger::list_again(batch, key, Timestamp(created_at), Timestamp(updated_at))?;
    remove_rows(&batch.transaction, key)
}

fn note_gone(batch: &mut Batch<'_>, key: i64, at: Timestamp, confirmed: bool) -> Result<(), Error> {
    batch
        .transaction
        .prepare_cached(
            "INSERT INTO gone(key, deleted_at, confirmed) VALUES (?1, ?2, ?3)
             ON CONFLICT (key) DO UPDATE SET deleted_at = max(deleted_at, excluded.deleted_at),
                 confirmed = max(confirmed, excluded.confirmed)",
        )
        .and_then(|mut statement| statement.execute(params![key, at.0, confirmed]))
        .attempt("cannot store a deletion")?;
    pending::remove(batch, key)
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
