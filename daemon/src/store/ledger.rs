//! What is known to exist, what of it is still to be fetched, and which spans of activity are held. Every claim is
//! stored in the transaction that makes it true.

use proto::{Interval, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::counters::Counter;
use super::error::{Attempt, Error};
use super::writer::Batch;
use super::{ingest, key};
use crate::freshness::{Coverage, Scan};
use crate::model::{ConversationId, Deletion, Listed};

/// Two changes may share a second: a read sent less than this after an activity time may lie between them.
const SAME_SECOND: i64 = 2;

/// What a finished scan proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It read on to the present; the span is what it may claim.
    Head(Interval),
    /// It ended before the present.
    Scan(Scan),
}

/// A page of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What it showed.
    pub listed: Vec<Listed>,
    /// Whatever was fetched before this instant, on Intercom's clock, is to be fetched again.
    pub refetch_before: Option<Timestamp>,
    /// What is proven once this page is stored; on the last page of a scan.
    pub then: Option<Claim>,
}

/// What came of storing a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedOutcome {
    /// Conversations of the page that are to be fetched, newly or still.
    pub pending: u64,
    /// Conversations of the page that are stored as new as listed.
    pub unchanged: u64,
    /// Changes that turned up at an activity time which the head held already before this page.
    pub late: Vec<(ConversationId, Timestamp)>,
}

/// A conversation whose details could not be fetched or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub id: ConversationId,
    /// What happened.
    pub error: String,
    /// When to try again, on the daemon's clock.
    pub retry_at: Timestamp,
}

/// Whether a state that was read is all that is known to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing is pending.
    Yes,
    /// It stays pending.
    No,
}

struct Pending {
    updated_at: Timestamp,
    not_before: Timestamp,
    failed: bool,
}

/// Stores a page of a scan.
pub(super) fn commit_listing(batch: &mut Batch<'_>, listing: &Listing) -> Result<ListedOutcome, Error> {
    let mut coverage = coverage(&batch.transaction)?;
    let head = coverage.head();
    let mut outcome = ListedOutcome::default();
    for listed in &listing.listed {
        let key = key::assign(&batch.transaction, &listed.id)?;
        match note(batch, key, listed, listing.refetch_before)? {
            Noted::Unchanged => outcome.unchanged += 1,
            Noted::Pending => outcome.pending += 1,
            Noted::Changed => {
                outcome.pending += 1;
                if head.is_some_and(|head| head.start <= listed.updated_at && listed.updated_at < head.end) {
                    outcome.late.push((listed.id.clone(), listed.updated_at));
                }
            }
        }
    }
    match listing.then {
        None => {}
        Some(Claim::Head(range)) => coverage.add_head(range),
        Some(Claim::Scan(scan)) => coverage.add_scan(scan),
    }
    if listing.then.is_some() {
        store_coverage(&batch.transaction, &coverage)?;
    }
    Ok(outcome)
}

/// What a listed conversation turned out to be.
enum Noted {
    /// Stored as new as listed, or known to be deleted.
    Unchanged,
    /// To be fetched, as was known.
    Pending,
    /// Changed since it was last heard of.
    Changed,
}

fn note(
    batch: &mut Batch<'_>,
    key: i64,
    listed: &Listed,
    refetch_before: Option<Timestamp>,
) -> Result<Noted, Error> {
    if gone(&batch.transaction, key)?.is_some_and(|(at, confirmed)| confirmed || listed.updated_at <= at) {
        return Ok(Noted::Unchanged);
    }
    let stored = ingest::stored(&batch.transaction, key)?;
    let before = pending(&batch.transaction, key)?;
    let settling = |at: Timestamp| at.plus(SAME_SECOND);
    let mut not_before = settling(listed.updated_at);
    let unsettled = stored.as_ref().is_none_or(|stored| {
        let newest = stored.updated_at.max(listed.updated_at);
        stored.updated_at < listed.updated_at || stored.asked_at < settling(newest)
    });
    let refetch =
        refetch_before.filter(|instant| stored.as_ref().is_none_or(|stored| stored.asked_at < *instant));
    if let Some(instant) = refetch {
        not_before = not_before.max(instant);
    }
    if !unsettled && refetch.is_none() && before.is_none() {
        return Ok(Noted::Unchanged);
    }
    let heard =
        stored.iter().map(|stored| stored.updated_at).chain(before.iter().map(|row| row.updated_at)).max();
    let changed = heard.is_none_or(|heard| heard < listed.updated_at);

    match before {
        None => {
            let created_at = listed.created_at.map_or(i64::MIN, |at| at.min(listed.updated_at).0);
            batch
                .transaction
                .prepare_cached(
                    "INSERT INTO pending(key, created_at, updated_at, not_before, failed, attempts, retry_at)
                     VALUES (?1, ?2, ?3, ?4, 0, 0, 0)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![key, created_at, listed.updated_at.0, not_before.0])
                })
                .attempt("cannot store a listed conversation")?;
            batch.counters.add(Counter::Pending, 1);
        }
        Some(row) if changed || not_before > row.not_before => {
            // A change may have mended what could not be read; the number of attempts still slows a retry down.
            let failed = row.failed && !changed;
            batch
                .transaction
                .prepare_cached(
                    "UPDATE pending SET updated_at = max(updated_at, ?2), not_before = max(not_before, ?3),
                         failed = ?4, retry_at = iif(?4, retry_at, 0) WHERE key = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![key, listed.updated_at.0, not_before.0, failed])
                })
                .attempt("cannot store a listed conversation")?;
            count_move(batch, row.failed, failed);
        }
        Some(_) => {}
    }
    Ok(if changed { Noted::Changed } else { Noted::Pending })
}

/// Takes a conversation that was just read off the list, where that state is all that is known to exist.
pub(super) fn settle(
    batch: &mut Batch<'_>,
    key: i64,
    updated_at: Timestamp,
    asked_at: Timestamp,
) -> Result<Settled, Error> {
    let Some(row) = pending(&batch.transaction, key)? else { return Ok(Settled::Yes) };
    let quiet = updated_at.plus(SAME_SECOND);
    if updated_at >= row.updated_at && asked_at >= row.not_before && asked_at >= quiet {
        forget(batch, key)?;
        return Ok(Settled::Yes);
    }
    let not_before = row.not_before.max(quiet).max(asked_at.plus(1));
    batch
        .transaction
        .prepare_cached(
            "UPDATE pending SET updated_at = max(updated_at, ?2), not_before = ?3, failed = 0, retry_at = 0,
                 attempts = attempts + 1, error = NULL WHERE key = ?1",
        )
        .and_then(|mut statement| statement.execute(params![key, updated_at.0, not_before.0]))
        .attempt("cannot keep a conversation pending")?;
    count_move(batch, row.failed, false);
    Ok(Settled::No)
}

/// Says whether a conversation that was read may be stored, and forgets that a read found nothing of it.
pub(super) fn may_exist(batch: &mut Batch<'_>, key: i64) -> Result<bool, Error> {
    match gone(&batch.transaction, key)? {
        None => Ok(true),
        Some((_, true)) => {
            forget(batch, key)?;
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

/// Stores that details could not be fetched or read.
pub(super) fn commit_failures(batch: &mut Batch<'_>, failures: &[Failure]) -> Result<(), Error> {
    for failure in failures {
        let Some(key) = key::find(&batch.transaction, &failure.id)? else { continue };
        let Some(row) = pending(&batch.transaction, key)? else { continue };
        batch
            .transaction
            .prepare_cached(
                "UPDATE pending SET failed = 1, attempts = attempts + 1, retry_at = ?2, error = ?3 WHERE key = ?1",
            )
            .and_then(|mut statement| statement.execute(params![key, failure.retry_at.0.max(1), failure.error]))
            .attempt("cannot store a failure")?;
        count_move(batch, row.failed, true);
    }
    Ok(())
}

/// Removes conversations of which a read found nothing. Listings as old as what was known of them are ignored from
/// now on, because Intercom's search shows deleted conversations for a while.
pub(super) fn commit_gone(batch: &mut Batch<'_>, ids: &[ConversationId]) -> Result<(), Error> {
    let mut keys = Vec::new();
    for id in ids {
        let key = key::assign(&batch.transaction, id)?;
        let known = ingest::stored(&batch.transaction, key)?.map(|stored| stored.updated_at);
        let listed = pending(&batch.transaction, key)?.map(|row| row.updated_at);
        let at = known.max(listed).unwrap_or(Timestamp(i64::MIN));
        bury(batch, key, at, false)?;
        keys.push(key);
    }
    ingest::remove(batch, &keys)
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
    ingest::remove(batch, &keys)?;
    if let Some(as_of) = as_of {
        set_mark(&batch.transaction, DELETIONS_AS_OF, &as_of.0.to_string())?;
    }
    Ok(keys.len() as u64)
}

/// The mark that tells up to when deletions are known.
pub(super) const DELETIONS_AS_OF: &str = "store.deletions_as_of";

/// Stores a small fact.
pub(super) fn set_mark(connection: &Connection, name: &str, value: &str) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO mark(name, value) VALUES (?1, ?2)")
        .and_then(|mut statement| statement.execute([name, value]))
        .map(drop)
        .attempt("cannot store a mark")
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
    forget(batch, key)
}

fn forget(batch: &mut Batch<'_>, key: i64) -> Result<(), Error> {
    let failed: Option<bool> = batch
        .transaction
        .prepare_cached("DELETE FROM pending WHERE key = ?1 RETURNING failed")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .attempt("cannot take a conversation off the list")?;
    if let Some(failed) = failed {
        batch.counters.add(counter(failed), -1);
    }
    Ok(())
}

fn count_move(batch: &mut Batch<'_>, from: bool, to: bool) {
    batch.counters.add(counter(from), -1);
    batch.counters.add(counter(to), 1);
}

fn counter(failed: bool) -> Counter {
    if failed { Counter::Failed } else { Counter::Pending }
}

fn pending(connection: &Connection, key: i64) -> Result<Option<Pending>, Error> {
    connection
        .prepare_cached("SELECT updated_at, not_before, failed FROM pending WHERE key = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([key], |row| {
                    Ok(Pending {
                        updated_at: Timestamp(row.get(0)?),
                        not_before: Timestamp(row.get(1)?),
                        failed: row.get(2)?,
                    })
                })
                .optional()
        })
        .attempt("cannot read what is pending")
}

fn gone(connection: &Connection, key: i64) -> Result<Option<(Timestamp, bool)>, Error> {
    connection
        .prepare_cached("SELECT deleted_at, confirmed FROM gone WHERE key = ?1")
        .and_then(|mut statement| {
            statement.query_row([key], |row| Ok((Timestamp(row.get(0)?), row.get(1)?))).optional()
        })
        .attempt("cannot read what was deleted")
}

/// Returns the coverage.
pub(super) fn coverage(connection: &Connection) -> Result<Coverage, Error> {
    let attempt = "cannot read the coverage";
    let proven = connection
        .prepare_cached("SELECT start, finish FROM covered")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| Ok(Interval::new(row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        })
        .attempt(attempt)?;
    let awaiting = connection
        .prepare_cached("SELECT start, finish, finished_at FROM awaiting")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                Ok(Scan {
                    range: Interval::new(row.get(0)?, row.get(1)?),
                    finished_at: Timestamp(row.get(2)?),
                })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        })
        .attempt(attempt)?;
    Ok(Coverage::new(proven, awaiting))
}

fn store_coverage(connection: &Connection, coverage: &Coverage) -> Result<(), Error> {
    let attempt = "cannot store the coverage";
    connection.execute_batch("DELETE FROM covered; DELETE FROM awaiting").attempt(attempt)?;
    for span in coverage.proven() {
        connection
            .prepare_cached("INSERT INTO covered(start, finish) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute([span.start.0, span.end.0]))
            .attempt(attempt)?;
    }
    for scan in coverage.awaiting() {
        connection
            .prepare_cached("INSERT INTO awaiting(start, finish, finished_at) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| {
                statement.execute([scan.range.start.0, scan.range.end.0, scan.finished_at.0])
            })
            .attempt(attempt)?;
    }
    Ok(())
}
