//! What is known to exist, what of it is still to be fetched, and which spans of activity are held. Every claim is
//! stored in the transaction that makes it true.

use std::collections::HashSet;

use proto::{Interval, Timestamp};
use rusqlite::{Connection, params};

use super::error::{Attempt, Error};
use super::pending::{Row, SOUND, Standing, UNKNOWN, UNSOUND, UNTOLD};
use super::writer::Batch;
use super::{coverage, docid, key, pending, removal, rows};
use crate::freshness::Scan;
use crate::model::{ConversationId, Listed};

/// Two changes may share a second: a read sent less than this after an activity time may lie between them.
const SAME_SECOND: i64 = 2;

/// So often a conversation may come back older than it was listed before that is a failure: until then claims wait for it.
const READS: u32 = 3;

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
    pub claims: Vec<Claim>,
}

/// What came of storing a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedOutcome {
    /// Conversations of the page that are to be fetched, newly or still.
    pub pending: u64,
    /// Conversations of the page that are stored as new as listed.
    pub unchanged: u64,
    /// Changes that turned up at an activity time which was covered already before this page.
    pub late: Vec<(ConversationId, Timestamp)>,
    /// Those that count as deleted because reads found nothing of them, and Intercom still lists.
    pub missing: Vec<ConversationId>,
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
    /// It stays pending, and so many reads came back older than it was listed that it counts as failed.
    Behind {
        /// Reads that failed or came back so.
        attempts: u32,
    },
}

/// Stores a page of a scan.
pub(super) fn commit_listing(batch: &mut Batch<'_>, listing: &Listing) -> Result<ListedOutcome, Error> {
    let mut coverage = coverage::load(&batch.transaction)?;
    let head = coverage.head();
    let mut outcome = ListedOutcome::default();
    for listed in &listing.listed {
        let key = key::assign(&batch.transaction, &listed.id)?;
        match note(batch, key, listed, listing.refetch_before, head)? {
            Noted::Unchanged => outcome.unchanged += 1,
            Noted::Missing => outcome.missing.push(listed.id.clone()),
            Noted::Pending => outcome.pending += 1,
            Noted::Changed => {
                outcome.pending += 1;
                if coverage.covers(listed.updated_at) {
                    outcome.late.push((listed.id.clone(), listed.updated_at));
                }
            }
        }
    }
    for claim in &listing.claims {
        match *claim {
            Claim::Head(range) => coverage.add_head(range),
            Claim::Scan(scan) => coverage.add_scan(scan),
        }
    }
    if !listing.claims.is_empty() {
        coverage::save(&batch.transaction, &coverage)?;
    }
    Ok(outcome)
}

/// What a listed conversation turned out to be.
enum Noted {
    /// Stored as new as listed, or known to be deleted.
    Unchanged,
    /// Reads found nothing of it.
    Missing,
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
    head: Option<Interval>,
) -> Result<Noted, Error> {
    match removal::gone(&batch.transaction, key)? {
        Some((_, true)) => return Ok(Noted::Unchanged),
        Some((at, false)) if listed.updated_at <= at => return Ok(Noted::Missing),
        _ => {}
    }
    let refetch_before = refetch_before.max(listed.read_after);
    let stored = rows::stored(&batch.transaction, key)?;
    let before = pending::find(&batch.transaction, key)?;
    let settling = |at: Timestamp| at.plus(SAME_SECOND);
    let mut not_before = settling(listed.updated_at);
    let unsettled = stored.as_ref().is_none_or(|stored| {
        let newest = stored.updated_at.max(listed.updated_at);
        // Where nothing tells when it changed, it may have since it was read.
        let unread = listed.read_after.is_some_and(|at| stored.asked_at < at);
        unread || stored.updated_at < listed.updated_at || stored.asked_at < settling(newest)
    });
    let refetch =
        refetch_before.filter(|instant| stored.as_ref().is_none_or(|stored| stored.asked_at < *instant));
    if let Some(instant) = refetch {
        not_before = not_before.max(instant);
    }
    if !unsettled && refetch.is_none() && before.is_none() {
        return Ok(Noted::Unchanged);
    }
    let known =
        stored.iter().map(|stored| stored.updated_at).chain(before.iter().map(|row| row.updated_at)).max();
    let changed = known.is_none_or(|known| known < listed.updated_at);
    // What changed after the head's end was as it is stored, or not there at all, when the head ended: if the head has all
    // that happened since it was read, or created. What happened before that is met by no later scan, for it moved.
    let known_from = stored.as_ref().map(|stored| stored.asked_at).or(listed.created_at);
    let created_at = stored.as_ref().map(|stored| stored.created_at).or(listed.created_at);
    let created_at = created_at.unwrap_or(UNKNOWN);
    let active_until = if listed.read_after.is_some() { UNTOLD } else { listed.updated_at };
    let sound_until = match head {
        _ if !unsettled => SOUND,
        Some(head) if listed.updated_at >= head.end && known_from >= Some(head.start) => head.end,
        _ => UNSOUND,
    };

    match before {
        None => {
            let created_at = created_at.min(listed.updated_at);
            let standing = Standing::of(sound_until);
            pending::add(
                batch,
                key,
                &Row { created_at, updated_at: active_until, not_before, sound_until, standing },
            )?;
        }
        Some(row) if changed || not_before > row.not_before || sound_until < row.sound_until => {
            // What could not be read stays so until a read settles it: it may change as often as it likes, and would hold
            // back every claim each time. A change is a reason to try at once.
            let sound_until = sound_until.min(row.sound_until);
            let failed = row.standing == Standing::Failed;
            let standing = if failed { Standing::Failed } else { Standing::of(sound_until) };
            batch
                .transaction
                .prepare_cached(
                    "UPDATE pending SET updated_at = max(updated_at, ?2), not_before = max(not_before, ?3),
                         sound_until = ?4, standing = ?5, retry_at = iif(?6, 0, retry_at),
                         created_at = max(created_at, ?7) WHERE key = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        key,
                        active_until.0,
                        not_before.0,
                        sound_until.0,
                        standing.to_sql(),
                        changed,
                        created_at.0
                    ])
                })
                .attempt("cannot store a listed conversation")?;
            pending::count_move(batch, row.standing, standing);
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
    let Some(row) = pending::find(&batch.transaction, key)? else { return Ok(Settled::Yes) };
    let quiet = updated_at.plus(SAME_SECOND);
    let is_behind = row.updated_at != UNTOLD && updated_at < row.updated_at;
    let is_whole = !is_behind && asked_at >= row.not_before && asked_at >= quiet;
    if is_whole {
        pending::remove(batch, key)?;
        return Ok(Settled::Yes);
    }
    // What came back older than it was listed is behind for a moment; what is too young to be sure of is only early.
    let pause = if is_behind { 1 << row.attempts.min(2) } else { 0 };
    let not_before = row.not_before.max(quiet).max(asked_at.plus(pause));
    // The state that was read has everything up to its last second, which may not have been over.
    let head_end = coverage::load(&batch.transaction)?.last_sync();
    let read_until = Some(updated_at.minus(1)).filter(|until| head_end.is_some_and(|end| *until >= end));
    let sound_until = read_until.map_or(row.sound_until, |until| until.max(row.sound_until));
    let stays_failed = row.standing == Standing::Failed && read_until.is_none();
    let standing = if stays_failed { Standing::Failed } else { Standing::of(sound_until) };
    batch
        .transaction
        .prepare_cached(
            "UPDATE pending SET updated_at = max(updated_at, ?2), not_before = ?3, sound_until = ?4, standing = ?5,
                 retry_at = iif(?6, retry_at, 0), attempts = attempts + ?6, error = iif(?6, error, NULL) WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                updated_at.0,
                not_before.0,
                sound_until.0,
                standing.to_sql(),
                is_behind
            ])
        })
        .attempt("cannot keep a conversation pending")?;
    pending::count_move(batch, row.standing, standing);
    let attempts = row.attempts + 1;
    Ok(if is_behind && attempts >= READS { Settled::Behind { attempts } } else { Settled::No })
}

/// Puts what is stored of a span on the list of what is to be read again, where it was read before an instant and a walk
/// through the span did not meet it: it may be deleted, or have changed. Returns how many those are.
pub(super) fn commit_unlisted(
    batch: &mut Batch<'_>,
    span: Interval,
    read_before: Timestamp,
    met: &[ConversationId],
) -> Result<u64, Error> {
    let mut met_keys = HashSet::with_capacity(met.len());
    for id in met {
        met_keys.extend(key::find(&batch.transaction, id)?);
    }
    let bounds = (docid::first(span.start), docid::first(span.end), read_before.0);
    let stored = batch
        .transaction
        .prepare_cached(
            "SELECT key, created_at, updated_at FROM conversation WHERE docid >= ?1 AND docid < ?2 AND asked_at < ?3",
        )
        .and_then(|mut statement| {
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, Timestamp(row.get(1)?), Timestamp(row.get(2)?)))
            };
            statement.query_map(bounds, row)?.collect::<Result<Vec<(i64, _, _)>, _>>()
        })
        .attempt("cannot read what is stored of a span")?;
    let mut unmet = 0;
    for (key, created_at, updated_at) in stored.into_iter().filter(|(key, ..)| !met_keys.contains(key)) {
        unmet += u64::from(pending::add(batch, key, &Row::again(created_at, updated_at, read_before))?);
    }
    Ok(unmet)
}

/// Puts stored conversations on the list of what is to be read again.
pub(super) fn commit_again(batch: &mut Batch<'_>, ids: &[ConversationId]) -> Result<(), Error> {
    for id in ids {
        let Some(key) = key::find(&batch.transaction, id)? else { continue };
        let Some(stored) = rows::stored(&batch.transaction, key)? else { continue };
        pending::add(batch, key, &Row::again(stored.created_at, stored.updated_at, stored.asked_at))?;
    }
    Ok(())
}

/// Puts a conversation on the list that is about to be removed from the store, unless it is there.
pub(super) fn list_again(
    batch: &mut Batch<'_>,
    key: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
) -> Result<(), Error> {
    let not_before = Timestamp(0);
    let (sound_until, standing) = (UNSOUND, Standing::Pending);
    pending::add(batch, key, &Row { created_at, updated_at, not_before, sound_until, standing }).map(drop)
}

/// Takes note that reads found conversations as they are stored.
pub(super) fn commit_same(batch: &mut Batch<'_>, read: &[(ConversationId, Timestamp)]) -> Result<(), Error> {
    for (id, asked_at) in read {
        let Some(key) = key::find(&batch.transaction, id)? else { continue };
        batch
            .transaction
            .prepare_cached("UPDATE conversation SET asked_at = max(asked_at, ?2) WHERE key = ?1")
            .and_then(|mut statement| statement.execute([key, asked_at.0]))
            .attempt("cannot store when a conversation was read")?;
    }
    Ok(())
}

/// Stores that details could not be fetched or read.
pub(super) fn commit_failures(batch: &mut Batch<'_>, failures: &[Failure]) -> Result<(), Error> {
    for failure in failures {
        let Some(key) = key::find(&batch.transaction, &failure.id)? else { continue };
        let Some(row) = pending::find(&batch.transaction, key)? else { continue };
        batch
            .transaction
            .prepare_cached(
                "UPDATE pending SET standing = 1, attempts = attempts + 1, retry_at = ?2, error = ?3 WHERE key = ?1",
            )
            .and_then(|mut statement| statement.execute(params![key, failure.retry_at.0.max(1), failure.error]))
            .attempt("cannot store a failure")?;
        pending::count_move(batch, row.standing, Standing::Failed);
    }
    Ok(())
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
