//! Searching: which conversations match, page by page, each with the text around the match.

use std::ops::ControlFlow;
use std::time::Duration;

use proto::types::Sort;
use proto::{Interval, Timestamp};
use rusqlite::ToSql;

use super::Snapshot;
use super::candidates::End;
use super::cursor::Cursor;
use super::highlighter::Highlighter;
use super::order::Position;
use super::plan::{Driver, Plan};
use super::question::{Cut, Found, Search};
use super::terms::Terms;
use crate::store::error::{Attempt, Error};
use crate::store::window;

/// How long the parts of a search may take; what was found until then is the answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Times {
    /// Finding what matches, by the index or the rows.
    pub(in crate::store) index: Duration,
    /// Finding it by reading, where the index named nothing in its time.
    pub(in crate::store) reading: Duration,
    /// Finding it best first: a page, and a further one.
    pub(in crate::store) ranking: (Duration, Duration),
    /// Finding out why nothing matches.
    pub(in crate::store) explaining: Duration,
}

const TIMES: Times = Times {
    index: Duration::from_millis(100),
    reading: Duration::from_millis(60),
    ranking: (Duration::from_millis(500), Duration::from_secs(2)),
    explaining: Duration::from_millis(120),
};
/// How long matches are counted.
const COUNTING: Duration = Duration::from_millis(40);
/// Most results on a page.
const MAX_LIMIT: u32 = 200;
/// Matches are counted up to this number.
const COUNT_LIMIT: usize = 1_000;
/// Or up to this one, where each takes a look at its row.
const COUNT_EFFORT: usize = 300;

/// What a page is made from.
#[derive(Default)]
pub(super) struct Page {
    pub(super) places: Vec<Position>,
    pub(super) next: Option<Cursor>,
    pub(super) total: Option<u64>,
    pub(super) cut_short: Option<Cut>,
}

/// A question on its way.
pub(super) struct Asked<'a> {
    pub(super) search: &'a Search,
    pub(super) window: Interval,
    pub(super) cursor: Option<&'a Cursor>,
    pub(super) plan: Plan,
    pub(super) times: Times,
}

impl Snapshot<'_> {
    /// Returns a page of what matches.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the cursor cannot be read.
    pub fn search(&self, search: &Search) -> Result<Found, Error> {
        self.search_within(search, TIMES)
    }

    /// Does the same within other limits.
    pub(in crate::store) fn search_within(&self, search: &Search, times: Times) -> Result<Found, Error> {
        let cursor = search.page.as_deref().map(|page| Cursor::read(page, search)).transpose()?;
        let window = cursor.as_ref().map_or(search.question.window, Cursor::window);
        let mut meaning = self.meaning(&search.question.query)?;
        let (unknown, notes) = (std::mem::take(&mut meaning.unknown), std::mem::take(&mut meaning.notes));
        let terms = meaning.terms.clone();
        let page = match self.plan(meaning, window, search.question.by)? {
            None => Page { total: Some(0), ..Page::default() },
            Some(mut plan) => {
                if cursor.as_ref().is_some_and(|cursor| cursor.reads) {
                    plan.read();
                }
                let mut asked = Asked { search, window, cursor: cursor.as_ref(), plan, times };
                match search.sort {
                    Sort::Relevance if terms.wanted().next().is_some() => {
                        self.best_first(&mut asked, &terms)?
                    }
                    Sort::Relevance | Sort::Newest => self.newest(&mut asked)?,
                }
            }
        };

        let mut highlighter = Highlighter::new(Some(&terms));
        let mut hits = Vec::with_capacity(page.places.len());
        for place in page.places {
            self.deadline.check()?;
            hits.extend(self.summary(place.docid, Some(&mut highlighter))?);
        }
        let next_page = page.next.map(|cursor| cursor.to_text()).transpose()?;
        let nothing = cursor.is_none() && page.total == Some(0) && !search.question.query.is_everything();
        let explanation = nothing.then(|| self.explain(&search.question, times.explaining)).transpose()?;
        Ok(Found {
            hits,
            total: page.total,
            next_page,
            cut_short: page.cut_short,
            window,
            unknown,
            notes,
            explanation,
        })
    }

    /// Returns a page of what matches, best first; last changed first where there was no time for more.
    fn best_first(&self, asked: &mut Asked<'_>, terms: &Terms) -> Result<Page, Error> {
        let is_ranked = asked.cursor.is_none_or(|cursor| cursor.ranked.is_some());
        if is_ranked && let Some(page) = self.best(asked, terms)? {
            return Ok(page);
        }
        let mut page = self.newest(asked)?;
        if page.next.is_some() {
            page.cut_short = page.cut_short.or(Some(Cut::Order));
        }
        Ok(page)
    }

    /// Visits what matches after a position; by reading, where the index names nothing in time.
    fn visit(
        &self,
        asked: &mut Asked<'_>,
        after: Option<Position>,
        mut visit: impl FnMut(Position) -> ControlFlow<()>,
    ) -> Result<End, Error> {
        let end = self.walk(&asked.plan, after, asked.times.index, &mut visit)?;
        if end != End::CutShort(None) {
            return Ok(end);
        }
        asked.plan.read();
        self.walk(&asked.plan, after, asked.times.reading, visit)
    }

    /// Counts what matches up to a number, where each candidate does: SQLite counts faster than it hands out rows. `None`
    /// where there is no time for it.
    pub(super) fn count(&self, plan: &Plan, most: u64, time: Duration) -> Result<Option<u64>, Error> {
        let attempt = "cannot count matches";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (created, created_to) = window::created(plan.window, plan.by);
        let (sql, bound): (&str, &[&dyn ToSql]) = match &plan.driver {
            Driver::Text(matching, _) => (
                "SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?4 AND rowid BETWEEN ?1 AND ?2 LIMIT ?3)",
                &[&plan.lowest, &plan.highest, &most, matching],
            ),
            _ => (
                "SELECT count(*) FROM (SELECT 1 FROM conversation INDEXED BY conversation_docid
                 WHERE docid BETWEEN ?1 AND ?2 AND created_at BETWEEN ?4 AND ?5 LIMIT ?3)",
                &[&plan.lowest, &plan.highest, &most, &created, &created_to],
            ),
        };
        self.deadline.arm(time);
        let counted = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(bound, |row| row.get::<_, i64>(0)))
            .attempt(attempt);
        self.deadline.disarm();
        match counted {
            Ok(count) => Ok(u64::try_from(count).ok()),
            Err(error) if error.is_interrupted() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Counts what matches; `None` where there is more than is counted, or no time for it.
    pub(super) fn total(&self, plan: &Plan) -> Result<Option<u64>, Error> {
        if plan.is_countable() {
            let count = self.count(plan, COUNT_LIMIT as u64 + 1, COUNTING)?;
            return Ok(count.filter(|count| *count <= COUNT_LIMIT as u64));
        }
        let most = if plan.matches_untested() { COUNT_LIMIT } else { COUNT_EFFORT };
        let mut count = 0;
        let end = self.walk(plan, None, COUNTING, |_| {
            count += 1;
            if count > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(end.is_exhausted().then_some(count as u64))
    }

    fn newest(&self, asked: &mut Asked<'_>) -> Result<Page, Error> {
        let limit = limit(asked.search);
        let cursor = asked.cursor;
        let mut places = Vec::with_capacity(limit + 1);
        let end = self.visit(asked, cursor.map(|cursor| cursor.after), |place| {
            places.push(place);
            if places.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let total = match (cursor, end) {
            (Some(cursor), _) => cursor.total,
            (None, End::Exhausted) => Some(places.len() as u64),
            (None, End::Enough) if !asked.plan.fell_back => self.total(&asked.plan)?,
            (None, End::Enough | End::CutShort(_)) => None,
        };
        let more = places.len() > limit;
        places.truncate(limit);
        let reached = end.reached(asked);
        let after = if more { places.last().copied() } else { reached };
        let next = after
            .map(|after| Cursor::new(asked.search, asked.window, after, asked.plan.fell_back, None, total));
        let cut_short = reached.filter(|_| !more).map(|reached| Cut::Time(Timestamp(reached.updated_at)));
        Ok(Page { places, next, total, cut_short })
    }
}

impl End {
    /// Returns down to where was looked, where the time was over before the end.
    fn reached(self, asked: &Asked<'_>) -> Option<Position> {
        match self {
            Self::Exhausted | Self::Enough => None,
            // A walk by reading always knows; without a place, the next page would begin anew.
            Self::CutShort(reached) => {
                reached.or_else(|| asked.cursor.map(|cursor| cursor.after)).or(Some(Position {
                    updated_at: asked.window.end.0,
                    docid: asked.plan.highest.saturating_add(1),
                }))
            }
        }
    }
}

/// Returns how many results a page may have.
pub(super) fn limit(search: &Search) -> usize {
    search.limit.clamp(1, MAX_LIMIT) as usize
}
