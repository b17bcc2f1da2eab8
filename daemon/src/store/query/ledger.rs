//! What is held, and what is still to be fetched.

use proto::types::Incomplete;
use proto::{Interval, Timestamp};
use rusqlite::{OptionalExtension, Row};

use super::Snapshot;
use crate::freshness::Coverage;
use crate::model::ConversationId;
use crate::mutation::Guard;
use crate::store::counters;
use crate::store::error::{Attempt, Error};
use crate::store::ledger::Standing;
use crate::store::{coverage, key};

/// So many rows are counted in no time.
const FEW: i64 = 2_000;

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
        let coverage = self.coverage()?;
        if !Guard::Ahead.stands() {
            return Ok(coverage);
        }
        let sound_until: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT min(sound_until) FROM pending INDEXED BY pending_sound WHERE standing = 2",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .attempt("cannot read what is pending")?;
        Ok(sound_until.map_or_else(|| coverage.clone(), |until| coverage.up_to(Timestamp(until))))
    }

    /// Counts the conversations that are not stored whole and may have been active in the closed window, but for those
    /// that [`Snapshot::claims`] ends before.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn incomplete(&self, window: Interval) -> Result<Incomplete, Error> {
        if !Guard::Pending.stands() {
            return Ok(Incomplete::default());
        }
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
                 WHERE retry_at <> 0 AND retry_at <= ?1 AND not_before <= ?2
                 ORDER BY retry_at LIMIT ?3",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map((now.daemon.0, now.intercom.0, limit_rows), pending_row)?;
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

    /// Returns when the next conversation that could not be fetched is to be tried again, on the daemon's clock.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next_retry(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached("SELECT min(retry_at) FROM pending WHERE retry_at <> 0")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|at| at.map(Timestamp))
            .attempt("cannot read what is pending")
    }

    /// Returns the oldest and the newest activity time of what is stored.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stored_span(&self) -> Result<Option<Interval>, Error> {
        self.connection
            .prepare_cached(
                "SELECT (SELECT updated_at FROM conversation ORDER BY docid LIMIT 1),
                        (SELECT updated_at FROM conversation ORDER BY docid DESC LIMIT 1)",
            )
            .and_then(|mut statement| {
                statement.query_row([], |row| {
                    let ends: (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
                    Ok(ends.0.zip(ends.1).map(|(oldest, newest)| Interval::new(oldest, newest)))
                })
            })
            .optional()
            .map(Option::flatten)
            .attempt("cannot read the span of what is stored")
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
