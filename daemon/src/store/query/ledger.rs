//! What is held, and what is still to be fetched.

use proto::types::Incomplete;
use proto::{Interval, Timestamp};
use rusqlite::Row;

use super::Snapshot;
use crate::freshness::Coverage;
use crate::model::ConversationId;
use crate::store::counters;
use crate::store::error::{Attempt, Error};
use crate::store::pending::{SOUND, Standing};
use crate::store::{coverage, key};

/// So many rows are counted in no time.
const FEW: i64 = 2_000;
/// No pause after a failure is longer, in seconds.
const LONGEST_PAUSE: i64 = 7_200;

/// What time it is, where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// On Intercom's clock, never later than the truth.
    pub intercom: Timestamp,
    /// On the daemon's clock, the one that failures name their retry on.
    pub daemon: Timestamp,
}

/// A conversation that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which one.
    pub id: ConversationId,
    /// Its activity time as listed.
    pub updated_at: Timestamp,
    /// How many reads of it failed or did not settle it.
    pub attempts: u32,
    /// What the last of them failed at.
    pub error: Option<String>,
}

impl Snapshot<'_> {
    /// Returns the spans of activity that are held.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn coverage(&self) -> Result<Coverage, Error> {
        coverage::load(self.connection)
    }

    /// Returns the spans of activity that may be claimed: those that are held, up to the first instant after which a
    /// change is known to exist that is not stored yet.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn claims(&self) -> Result<Coverage, Error> {
        let (coverage, sound_until) = (self.coverage()?, self.sound_until()?);
        Ok(sound_until.map_or_else(|| coverage.clone(), |until| coverage.up_to(until)))
    }

    /// Returns up to when the stored states are known to be the true ones, where some are not up to the present.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sound_until(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached(
                "SELECT min(sound_until) FROM pending INDEXED BY pending_sound WHERE standing = 2",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|until| until.map(Timestamp))
            .attempt("cannot read what is pending")
    }

    /// Counts the conversations that are not stored whole and may have been active in the closed window, but for those
    /// that [`Snapshot::claims`] ends before.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn incomplete(&self, window: Interval) -> Result<Incomplete, Error> {
        Ok(Incomplete {
            pending: self.count_incomplete(window, Standing::Pending)?,
            failed: self.count_incomplete(window, Standing::Failed)?,
        })
    }

    /// All of them, less those that ended before the window and those that began after it: none is both.
    fn count_incomplete(&self, window: Interval, standing: Standing) -> Result<u64, Error> {
        let all = counters::get(self.connection, standing.counter())?;
        if all == 0 {
            return Ok(0);
        }
        let standing = standing.to_sql();
        let count = |sql: &str, bound: i64, most: i64| {
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    statement.query_row((standing, bound, most), |row| row.get::<_, i64>(0))
                })
                .attempt("cannot count what is pending")
        };
        // A first sync has very many: whichever side of a bound has few of them is counted.
        let outside = |outside: &str, inside: &str, bound: i64| {
            let few = count(outside, bound, FEW)?;
            if few < FEW {
                return Ok(few);
            }
            let others = count(inside, bound, FEW)?;
            if others < FEW { Ok(all - others) } else { count(outside, bound, i64::MAX) }
        };
        let ended = outside(
            "SELECT count(*) FROM (SELECT 1 FROM pending WHERE standing = ?1 AND updated_at < ?2 LIMIT ?3)",
            "SELECT count(*) FROM (SELECT 1 FROM pending WHERE standing = ?1 AND updated_at >= ?2 LIMIT ?3)",
            window.start.0,
        )?;
        let began = outside(
            "SELECT count(*) FROM (SELECT 1 FROM pending WHERE standing = ?1 AND created_at > ?2 LIMIT ?3)",
            "SELECT count(*) FROM (SELECT 1 FROM pending WHERE standing = ?1 AND created_at <= ?2 LIMIT ?3)",
            window.end.0,
        )?;
        Ok(u64::try_from(all - ended - began).unwrap_or(0))
    }

    /// Returns what is to be fetched now, last changed first; what may be tried again comes first among equals.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn pending(&self, limit: usize, now: Clocks) -> Result<Vec<Pending>, Error> {
        let attempt = "cannot read what is pending";
        let limit_rows = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = self
            .connection
            .prepare_cached(
                "SELECT key, updated_at, attempts, error FROM pending
                 WHERE retry_at <> 0 AND (retry_at <= ?1 OR retry_at > ?2) AND not_before <= ?3
                 ORDER BY retry_at LIMIT ?4",
            )
            .and_then(|mut statement| {
                // No pause is so long: the clock was set back since.
                let never = now.daemon.plus(LONGEST_PAUSE).0;
                let bounds = (now.daemon.0, never, now.intercom.0, limit_rows);
                let rows = statement.query_map(bounds, pending_row)?;
                rows.collect::<Result<Vec<_>, _>>()
            })
            .attempt(attempt)?;
        let first = self
            .connection
            .prepare_cached(
                "SELECT key, updated_at, attempts, error FROM pending INDEXED BY pending_first
                 WHERE retry_at = 0 AND not_before <= ?1 ORDER BY updated_at DESC LIMIT ?2",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map((now.intercom.0, limit_rows), pending_row)?;
                rows.collect::<Result<Vec<_>, _>>()
            })
            .attempt(attempt)?;
        found.extend(first);
        found.sort_by_key(|(_, pending)| std::cmp::Reverse(pending.updated_at));
        found.truncate(limit);
        found
            .into_iter()
            .map(|(key, pending)| Ok(Pending { id: key::name(self.connection, key)?, ..pending }))
            .collect()
    }

    /// Returns the stored conversation that was active last and is none of these, nor one that is to be fetched.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stored_but(&self, these: &[ConversationId]) -> Result<Option<ConversationId>, Error> {
        let attempt = "cannot read a conversation";
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM conversation WHERE key NOT IN (SELECT key FROM pending) ORDER BY docid DESC LIMIT ?1")
            .attempt(attempt)?;
        let limit = i64::try_from(these.len() + 1).unwrap_or(i64::MAX);
        let keys: Vec<i64> =
            statement.query_map([limit], |row| row.get(0)).and_then(Iterator::collect).attempt(attempt)?;
        for key in keys {
            let id = key::name(self.connection, key)?;
            if !these.contains(&id) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Counts the conversations with activity in a window that are stored as they are known to be, and are to be read again
    /// all the same.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn to_be_read_again(&self, window: Interval) -> Result<u64, Error> {
        self.connection
            .prepare_cached(
                "SELECT count(*) FROM pending
                 WHERE standing = ?1 AND sound_until = ?2 AND retry_at = 0 AND updated_at >= ?3 AND created_at <= ?4",
            )
            .and_then(|mut statement| {
                let bounds = (Standing::Ahead.to_sql(), SOUND.0, window.start.0, window.end.0);
                statement.query_row(bounds, |row| row.get::<_, i64>(0))
            })
            .map(|count| u64::try_from(count).unwrap_or(0))
            .attempt("cannot count what is to be read again")
    }
}

fn pending_row(row: &Row<'_>) -> rusqlite::Result<(i64, Pending)> {
    let pending = Pending {
        id: ConversationId(String::new()),
        updated_at: Timestamp(row.get(1)?),
        attempts: u32::try_from(row.get::<_, i64>(2)?).unwrap_or(u32::MAX),
        error: row.get(3)?,
    };
    Ok((row.get(0)?, pending))
}
