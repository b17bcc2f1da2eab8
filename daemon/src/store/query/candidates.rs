//! Which documents match, last changed first: whatever does not drive is tested document by document.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use proto::{Interval, Timestamp};
use rusqlite::{OptionalExtension, ToSql};

use super::Snapshot;
use super::order::{Position, Stop};
use super::plan::{Driver, Plan};
use super::reading::Reading;
use crate::store::error::{Attempt, Error};
use crate::store::{docid, stored, window};

/// How many documents pass between two looks at the clock; SQLite looks at it too.
const LOOKS: u32 = 32;

/// How long the first slice of a walk is, in seconds.
const FIRST_SLICE: i64 = 30 * 86_400;

/// What a driver comes to.
enum Seen {
    /// A document that may match.
    Document(i64),
    /// The end of a slice: there is none above that was not handed out.
    AllAbove(i64),
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is left.
    Exhausted,
    /// The visitor had enough.
    Enough,
    /// The time was over; down to where all was looked at, where that is known.
    CutShort(Option<Position>),
}

impl End {
    /// Says whether nothing is left.
    pub(super) const fn is_exhausted(self) -> bool {
        matches!(self, Self::Exhausted)
    }
}

impl Snapshot<'_> {
    /// Visits what matches after a position, last changed first, for about so long. All but a walk through the index looks
    /// at one document at least, whatever the time.
    pub(super) fn walk(
        &self,
        plan: &Plan,
        after: Option<Position>,
        time: Duration,
        mut visit: impl FnMut(Position) -> ControlFlow<()>,
    ) -> Result<End, Error> {
        let until = Instant::now() + time;
        let highest = after.map_or(plan.highest, |after| plan.highest.min(after.docid - 1));
        let mut reading = Reading::new(&plan.terms);
        let looks = if plan.reads() { 1 } else { LOOKS };
        let (mut last, mut looked_at) = (None, 0_u32);
        let walked = self.drive(plan, highest, until, |seen| {
            let docid = match seen {
                Seen::Document(docid) => docid,
                Seen::AllAbove(docid) => {
                    last = Some(position(docid));
                    return Ok(ControlFlow::Continue(()));
                }
            };
            if looked_at > 0 && looked_at.is_multiple_of(looks) && Instant::now() >= until {
                return Ok(ControlFlow::Break(Stop::Deadline));
            }
            let place = self.test(plan, docid, &mut reading)?;
            last = Some(position(docid));
            looked_at += 1;
            Ok(match place.map(&mut visit) {
                Some(ControlFlow::Break(())) => ControlFlow::Break(Stop::Enough),
                _ => ControlFlow::Continue(()),
            })
        });
        self.deadline.disarm();
        match walked {
            Ok(None) => Ok(End::Exhausted),
            Ok(Some(Stop::Enough)) => Ok(End::Enough),
            Ok(Some(Stop::Deadline)) => Ok(End::CutShort(last)),
            Err(error) if error.is_interrupted() => Ok(End::CutShort(last)),
            Err(error) => Err(error),
        }
    }

    /// Hands the driver's documents to `look`, descending.
    fn drive<'p>(
        &self,
        plan: &'p Plan,
        highest: i64,
        until: Instant,
        mut look: impl FnMut(Seen) -> Result<ControlFlow<Stop>, Error>,
    ) -> Result<Option<Stop>, Error> {
        let lowest = plan.lowest;
        let inside = |docids: &'p [i64]| {
            docids.iter().copied().filter(move |docid| (lowest..=highest).contains(docid))
        };
        match &plan.driver {
            Driver::List(docids) => {
                for docid in inside(docids) {
                    if let ControlFlow::Break(stop) = look(Seen::Document(docid))? {
                        return Ok(Some(stop));
                    }
                }
                Ok(None)
            }
            Driver::Text(matching, docids) => {
                self.deadline.arm(until.saturating_duration_since(Instant::now()));
                let sql =
                    "SELECT rowid FROM fts WHERE fts MATCH ?3 AND rowid BETWEEN ?1 AND ?2 ORDER BY rowid DESC";
                let mut others = inside(docids).peekable();
                let stopped = self.each(sql, &[&lowest, &highest, matching], &mut |seen| {
                    if let Seen::Document(found) = seen {
                        while let Some(other) = others.next_if(|other| *other >= found) {
                            if other > found
                                && let ControlFlow::Break(stop) = look(Seen::Document(other))?
                            {
                                return Ok(ControlFlow::Break(stop));
                            }
                        }
                    }
                    look(seen)
                })?;
                if stopped.is_some() {
                    return Ok(stopped);
                }
                for other in others {
                    if let ControlFlow::Break(stop) = look(Seen::Document(other))? {
                        return Ok(Some(stop));
                    }
                }
                Ok(None)
            }
            Driver::Label(label) => self.by_slices(lowest, highest, until, look, |low, high, look| {
                let sql =
                    "SELECT docid FROM labelled WHERE label = ?3 AND docid BETWEEN ?1 AND ?2 ORDER BY docid DESC";
                self.each(sql, &[low, high, label], look)
            }),
            Driver::Rows => {
                let (created, created_to) = window::created(plan.window, plan.by);
                self.by_slices(lowest, highest, until, look, |low, high, look| {
                    let sql = "SELECT docid FROM conversation INDEXED BY conversation_docid
                         WHERE docid BETWEEN ?1 AND ?2 AND created_at BETWEEN ?3 AND ?4 ORDER BY docid DESC";
                    self.each(sql, &[low, high, &created, &created_to], look)
                })
            }
        }
    }

    /// Goes down in slices of time, each longer than the one before: at the end of each it is known that all above is done,
    /// however few of its documents were worth a look. The first one is gone through whatever the time.
    fn by_slices<Look: FnMut(Seen) -> Result<ControlFlow<Stop>, Error>>(
        &self,
        lowest: i64,
        highest: i64,
        until: Instant,
        mut look: Look,
        slice: impl Fn(&i64, &i64, &mut Look) -> Result<Option<Stop>, Error>,
    ) -> Result<Option<Stop>, Error> {
        let (mut high, mut width) = (highest, docid::last(Timestamp(FIRST_SLICE)));
        while high >= lowest {
            let low = lowest.max(high.saturating_sub(width));
            if let Some(stop) = slice(&low, &high, &mut look)? {
                return Ok(Some(stop));
            }
            if low > lowest
                && let ControlFlow::Break(stop) = look(Seen::AllAbove(low))?
            {
                return Ok(Some(stop));
            }
            self.deadline.arm(until.saturating_duration_since(Instant::now()));
            (high, width) = (low - 1, width.saturating_mul(4));
        }
        Ok(None)
    }

    fn each(
        &self,
        sql: &str,
        bound: &[&dyn ToSql],
        look: &mut impl FnMut(Seen) -> Result<ControlFlow<Stop>, Error>,
    ) -> Result<Option<Stop>, Error> {
        let attempt = "cannot search";
        let mut statement = self.connection.prepare_cached(sql).attempt(attempt)?;
        let mut rows = statement.query(bound).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            if let ControlFlow::Break(stop) = look(Seen::Document(row.get(0).attempt(attempt)?))? {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// Returns a document's place in the order; `None` where it does not match.
    fn test(&self, plan: &Plan, docid: i64, reading: &mut Reading<'_>) -> Result<Option<Position>, Error> {
        let place = position(docid);
        let by_times = window::is_about(plan.window, plan.by, place.updated_at, || self.created_at(docid))?;
        let matches = match by_times {
            Some(matches) => matches,
            None => self.was_active(docid, plan.window)?,
        };
        let matches = matches && self.holds(&plan.test, docid, reading)?;
        Ok((matches && !self.is_excepted(plan, docid)?).then_some(place))
    }

    fn is_excepted(&self, plan: &Plan, docid: i64) -> Result<bool, Error> {
        plan.except.as_ref().map_or(Ok(false), |except| self.is_indexed(docid, except))
    }

    /// Says whether something happened in a conversation within a timeframe, by its document.
    pub(super) fn was_active(&self, docid: i64, window: Interval) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT key, activity, truncated FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| {
                statement.query_row([docid], |row| {
                    let instants = stored::read_instants(row.get(0)?, row.get_ref(1)?.as_blob()?);
                    let truncated = row.get(2)?;
                    Ok(instants.map(|instants| window::was_active(&instants, truncated, window)))
                })
            })
            .attempt("cannot read a conversation's activity")?
    }

    pub(super) fn created_at(&self, docid: i64) -> Result<i64, Error> {
        self.connection
            .prepare_cached(
                "SELECT created_at FROM conversation INDEXED BY conversation_docid WHERE docid = ?1",
            )
            .and_then(|mut statement| statement.query_row([docid], |row| row.get(0)).optional())
            // No row for a document would be a damaged file; it then matches nothing.
            .map(|at| at.unwrap_or(i64::MIN))
            .attempt("cannot read a conversation's times")
    }
}

/// Returns where a document stands.
fn position(docid: i64) -> Position {
    Position { updated_at: docid::second_of(docid).0, docid }
}
