//! Searching: which conversations match, page by page, each with the text around the match.

use std::ops::ControlFlow;
use std::time::Duration;

use proto::types::Sort;
use proto::{Interval, Timestamp};
use rusqlite::ToSql;

use super::Snapshot;
use super::candidates::End;
use super::cursor::{Cursor, Ranking};
use super::highlighter::Highlighter;
use super::order::Position;
use super::plan::{Driver, Plan};
use super::question::{Cut, Found, Search};
use super::relevance::{self, Ranked};
use super::terms::Terms;
use crate::store::error::{Attempt, Error};

/// How long the parts of a search may take; what was found until then is the answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Times {
    /// Finding what matches, by the index or the rows.
    pub(in crate::store) index: Duration,
    /// Finding it by reading, where the index named nothing in its time.
    pub(in crate::store) reading: Duration,
    /// Putting what was found in order by relevance.
    pub(in crate::store) ranking: Duration,
}

const TIMES: Times = Times {
    index: Duration::from_millis(100),
    reading: Duration::from_millis(60),
    ranking: Duration::from_millis(60),
};
/// The same for a further page of what was put in order: all of it has to be found again.
const AGAIN: Times =
    Times { index: Duration::from_secs(2), reading: Duration::from_secs(2), ranking: Duration::from_secs(2) };
/// How long matches are counted.
const COUNTING: Duration = Duration::from_millis(40);
/// Most results on a page.
const MAX_LIMIT: u32 = 200;
/// Matches are counted up to this number.
const COUNT_LIMIT: usize = 1_000;
/// Candidates that are looked at beyond the page for the sake of the count alone, where each takes a look at its row.
const COUNT_EFFORT: usize = 300;

/// What a page is made from.
#[derive(Default)]
struct Page {
    places: Vec<Position>,
    next: Option<Cursor>,
    total: Option<u64>,
    cut_short: Option<Cut>,
}

/// A question on its way.
struct Asked<'a> {
    search: &'a Search,
    window: Interval,
    cursor: Option<&'a Cursor>,
    plan: Plan,
    times: Times,
}

impl Asked<'_> {
    /// Says whether the page is among what is put in order by relevance.
    fn is_ranked(&self) -> bool {
        self.cursor.is_none_or(|cursor| cursor.ranked.is_some())
    }
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
                let ranks = terms.wanted().next().is_some() && asked.is_ranked();
                match search.sort {
                    Sort::Relevance if ranks => self.best(&mut asked, &terms)?,
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
        let explanation = nothing.then(|| self.explain(&search.question)).transpose()?;
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

    /// Counts what matches, where each candidate does: SQLite counts faster than it hands out rows. `None` beyond what is
    /// counted, in time.
    fn count(&self, plan: &Plan) -> Result<Option<u64>, Error> {
        let attempt = "cannot count matches";
        let most = COUNT_LIMIT as i64 + 1;
        let (created, created_to) = plan.created();
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
        self.deadline.arm(COUNTING);
        let counted = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(bound, |row| row.get::<_, i64>(0)))
            .attempt(attempt);
        self.deadline.disarm();
        match counted {
            Ok(count) if count < most => Ok(u64::try_from(count).ok()),
            Ok(_) => Ok(None),
            Err(error) if error.is_interrupted() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn newest(&self, asked: &mut Asked<'_>) -> Result<Page, Error> {
        let limit = limit(asked.search);
        let cursor = asked.cursor;
        let mut places = Vec::with_capacity(limit + 1);
        let (mut count, mut effort) = (0_usize, 0_usize);
        let bare = asked.plan.is_bare();
        let countable = bare
            && match &asked.plan.driver {
                Driver::Text(_, others) => others.is_empty(),
                driver => *driver == Driver::Rows,
            };
        let end = self.visit(asked, cursor.map(|cursor| cursor.after), |place| {
            count += 1;
            if places.len() <= limit {
                places.push(place);
                if places.len() <= limit || (cursor.is_none() && !countable) {
                    return ControlFlow::Continue(());
                }
            }
            effort += 1;
            let enough =
                cursor.is_some() || countable || count > COUNT_LIMIT || (!bare && effort > COUNT_EFFORT);
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let total = match cursor {
            Some(cursor) => cursor.total,
            None if end == End::Enough && countable && asked.plan.is_bare() => self.count(&asked.plan)?,
            None => (end == End::Exhausted && count <= COUNT_LIMIT).then_some(count as u64),
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

    /// Puts the newest matches in order by relevance, as many as there is time for; older ones follow, last changed first.
    fn best(&self, asked: &mut Asked<'_>, terms: &Terms) -> Result<Page, Error> {
        let limit = limit(asked.search);
        let before = asked.cursor.and_then(|cursor| Some((cursor.after, cursor.ranked.clone()?)));
        let newest = before.as_ref().map_or(asked.plan.highest, |(_, ranking)| ranking.newest);
        let oldest = before.as_ref().map(|(_, ranking)| ranking.oldest);
        if before.is_some() {
            // They were found and put in order once in time.
            asked.times = AGAIN;
        }
        let mut pool = Vec::new();
        let end = self.visit(asked, None, |place| {
            if oldest.is_some_and(|oldest| place < oldest) {
                return ControlFlow::Break(());
            }
            // What changed since the first page has moved up.
            if place.docid <= newest {
                pool.push(place);
            }
            if pool.len() > relevance::POOL { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if before.is_some() && matches!(end, End::CutShort(_)) {
            return Err(self.deadline.error());
        }
        let (mut ranked, ranking, total, cut_short) = match before {
            Some((place, ranking)) => {
                let weights = &ranking.weights;
                let seen = Ranked { score: ranking.score, place };
                let mut ranked = self.rank(terms, weights, &pool)?;
                ranked.retain(|other| seen.order(other).is_lt());
                let total = asked.cursor.and_then(|cursor| cursor.total);
                let cut_short = ranking.rest.map(|rest| Cut::Order(Timestamp(rest.updated_at)));
                (ranked, ranking, total, cut_short)
            }
            None => {
                let beyond = pool.len() > relevance::POOL;
                pool.truncate(relevance::POOL);
                // However long finding took, the best of what was found comes first.
                self.deadline.arm(asked.times.ranking);
                let weights = self.weights(terms)?;
                let ranked = self.rank(terms, &weights, &pool)?;
                self.deadline.disarm();
                let late = ranked.len() < pool.len();
                let ordered = ranked.len().checked_sub(1).and_then(|last| pool.get(last).copied());
                let rest = if late || beyond { ordered } else { end.reached(asked) };
                let total = (end == End::Exhausted && rest.is_none() && pool.len() <= COUNT_LIMIT)
                    .then_some(pool.len() as u64);
                let cut_short = rest.map(|rest| {
                    let at = Timestamp(rest.updated_at);
                    if beyond || late { Cut::Order(at) } else { Cut::Time(at) }
                });
                let oldest = ordered.unwrap_or(Position { updated_at: i64::MIN, docid: i64::MIN });
                (ranked, Ranking { score: f64::MAX, newest, oldest, rest, weights }, total, cut_short)
            }
        };
        let more = ranked.len() > limit;
        ranked.truncate(limit);
        let reads = asked.plan.fell_back;
        let cursor = |after, ranked| Cursor::new(asked.search, asked.window, after, reads, ranked, total);
        let next = match ranked.last() {
            Some(last) if more => Some(cursor(last.place, Some(Ranking { score: last.score, ..ranking }))),
            _ => ranking.rest.map(|rest| cursor(rest, None)),
        };
        let places = ranked.into_iter().map(|ranked| ranked.place).collect();
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

fn limit(search: &Search) -> usize {
    search.limit.clamp(1, MAX_LIMIT) as usize
}
