//! Searching: which conversations match, page by page, each with the text around the match.

use std::ops::ControlFlow;
use std::time::Duration;

use proto::Interval;
use proto::types::{Condition, Sort, Summary, TimeField, Unknown};
use rusqlite::ToSql;

use super::Snapshot;
use super::candidates::End;
use super::conditions::Chosen;
use super::cursor::{Cursor, Position, Ranking};
use super::plan::{Driver, Plan};
use super::relevance::{self, Ranked};
use super::snippet::Highlighter;
use super::terms::{self, Terms};
use crate::store::error::{Attempt, Error};

/// The longest that a question may take; what was found until then is the answer.
const TIME_LIMIT: Duration = Duration::from_millis(150);
/// How long putting what was found into an order may take.
const RANKING: Duration = Duration::from_millis(100);
/// Most results on a page.
const MAX_LIMIT: u32 = 200;
/// Matches are counted up to this number.
const COUNT_LIMIT: usize = 1_000;
/// Candidates that are looked at beyond the page for the sake of the count alone, where each takes a look at its row.
const COUNT_EFFORT: usize = 300;

/// Which conversations are meant: all of it must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Words that must all occur, `"phrases"`, `prefixes*`, `-excluded`, `this OR that`; empty: everything.
    pub text: String,
    /// The timeframe, both ends inside.
    pub window: Interval,
    /// What the timeframe is about.
    pub by: TimeField,
    /// Further conditions.
    pub filters: Vec<Condition>,
}

/// Asks for a page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Which ones.
    pub question: Question,
    /// The order.
    pub sort: Sort,
    /// Most results wanted; at most 200 are returned.
    pub limit: u32,
    /// The `next_page` of an earlier answer to the same question.
    pub page: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The conversations found; their addresses are not set.
    pub hits: Vec<Summary>,
    /// How many match in all; `None` where there are more than are counted.
    pub total: Option<u64>,
    /// Cursor of the next page; `None` on the last.
    pub next_page: Option<String>,
    /// Not every match was looked at: the time ran out, or more match than are put in order by relevance.
    pub cut_short: bool,
    /// The window that was searched: on a further page that of the first.
    pub window: Interval,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
}

impl Search {
    /// Returns the question for the last changed conversations of a window, with nothing else asked.
    #[must_use]
    pub fn newest(window: Interval, limit: u32) -> Self {
        let question =
            Question { text: String::new(), window, by: TimeField::default(), filters: Vec::new() };
        Self { question, sort: Sort::default(), limit, page: None }
    }
}

/// What a page is made from.
#[derive(Default)]
struct Page {
    places: Vec<Position>,
    next: Option<Cursor>,
    total: Option<u64>,
    cut_short: bool,
}

impl Snapshot<'_> {
    /// Returns a page of what matches.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the text or the cursor cannot be read.
    pub fn search(&self, search: &Search) -> Result<Found, Error> {
        self.search_within(search, TIME_LIMIT)
    }

    /// Does the same within another time limit.
    pub(in crate::store) fn search_within(&self, search: &Search, limit: Duration) -> Result<Found, Error> {
        let terms = terms::parse(&search.question.text)?;
        let cursor = search.page.as_deref().map(|page| Cursor::read(page, search)).transpose()?;
        let window = cursor.as_ref().map_or(search.question.window, Cursor::window);
        let chosen = self.resolve(&search.question.filters)?;
        self.deadline.arm(limit);
        let page = self.page(search, terms.as_ref(), &chosen, window, cursor.as_ref());
        // What was found is shown, however long finding it took.
        self.deadline.disarm();
        let page = page?;

        let mut highlighter = Highlighter::new(terms.as_ref());
        let mut hits = Vec::with_capacity(page.places.len());
        for place in page.places {
            hits.extend(self.summary(place.docid, Some(&mut highlighter))?);
        }
        let next_page = page.next.map(|cursor| cursor.to_text()).transpose()?;
        Ok(Found {
            hits,
            total: page.total,
            next_page,
            cut_short: page.cut_short,
            window,
            unknown: chosen.unknown,
        })
    }

    fn page(
        &self,
        search: &Search,
        terms: Option<&Terms>,
        chosen: &Chosen,
        window: Interval,
        cursor: Option<&Cursor>,
    ) -> Result<Page, Error> {
        let matching = terms.map(Terms::to_match);
        let planned = match self.plan(matching, window, search.question.by, chosen) {
            Err(error) if error.is_interrupted() => return Ok(Page { cut_short: true, ..Page::default() }),
            planned => planned?,
        };
        let Some(plan) = planned else { return Ok(Page { total: Some(0), ..Page::default() }) };
        match (search.sort, terms) {
            (Sort::Relevance, Some(terms)) => self.best(search, terms, &plan, window, cursor),
            _ => self.newest(search, &plan, window, cursor),
        }
    }

    /// Counts what matches, where each candidate does: SQLite counts faster than it hands out rows. `None` beyond what is
    /// counted, in time.
    fn count(&self, plan: &Plan) -> Result<Option<u64>, Error> {
        let attempt = "cannot count matches";
        let most = COUNT_LIMIT as i64 + 1;
        let (created, created_to) = plan.created();
        let (sql, bound): (&str, &[&dyn ToSql]) = match plan.matching {
            Some(_) => (
                "SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?4 AND rowid BETWEEN ?1 AND ?2 LIMIT ?3)",
                &[&plan.lowest, &plan.highest, &most, &plan.matching],
            ),
            None => (
                "SELECT count(*) FROM (SELECT 1 FROM conversation INDEXED BY conversation_docid
                 WHERE docid BETWEEN ?1 AND ?2 AND created_at BETWEEN ?4 AND ?5 LIMIT ?3)",
                &[&plan.lowest, &plan.highest, &most, &created, &created_to],
            ),
        };
        let counted = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(bound, |row| row.get::<_, i64>(0)))
            .attempt(attempt);
        match counted {
            Ok(count) if count < most => Ok(u64::try_from(count).ok()),
            Ok(_) => Ok(None),
            Err(error) if error.is_interrupted() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn newest(
        &self,
        search: &Search,
        plan: &Plan,
        window: Interval,
        cursor: Option<&Cursor>,
    ) -> Result<Page, Error> {
        let limit = limit(search);
        let after = cursor.map(|cursor| cursor.after);
        let mut places = Vec::with_capacity(limit + 1);
        let (mut count, mut effort) = (0_usize, 0_usize);
        let bare = plan.is_bare();
        let countable = bare && matches!(plan.driver, Driver::Text | Driver::Rows);
        let end = self.walk(plan, after, |place| {
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
            None if countable && end == End::Enough => self.count(plan)?,
            None => (end == End::Exhausted && count <= COUNT_LIMIT).then_some(count as u64),
        };
        let more = places.len() > limit;
        places.truncate(limit);
        let after = match end {
            _ if more => places.last().copied(),
            End::CutShort(reached) => reached,
            End::Exhausted | End::Enough => None,
        };
        let next = after.map(|after| Cursor::new(search, window, after, None, total));
        Ok(Page { places, next, total, cut_short: matches!(end, End::CutShort(_)) && !more })
    }

    fn best(
        &self,
        search: &Search,
        terms: &Terms,
        plan: &Plan,
        window: Interval,
        cursor: Option<&Cursor>,
    ) -> Result<Page, Error> {
        let before = cursor.and_then(|cursor| cursor.ranked.as_ref().map(|ranking| (cursor.after, ranking)));
        // Later pages compare what the first page did, less what changed since and moved up.
        let newest = before.map_or(plan.highest, |(_, ranking)| ranking.newest);
        let mut pool = Vec::new();
        let end = self.walk(plan, None, |place| {
            if place.docid <= newest {
                pool.push(place);
            }
            if pool.len() > relevance::POOL { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let beyond = pool.len() > relevance::POOL;
        let total = (end == End::Exhausted && pool.len() <= COUNT_LIMIT).then_some(pool.len() as u64);
        let total = cursor.map_or(total, |cursor| cursor.total);
        pool.truncate(relevance::POOL);
        // However long finding took, the best of what was found comes first.
        self.deadline.arm(RANKING);
        let weights = match before {
            Some((_, ranking)) => ranking.weights.clone(),
            None => self.weights(terms)?,
        };
        let (mut ranked, late) = self.rank(terms, &weights, &pool)?;
        if let Some((place, ranking)) = before {
            let seen = Ranked { score: ranking.score, place };
            ranked.retain(|other| seen.order(other).is_lt());
        }
        let limit = limit(search);
        let more = ranked.len() > limit;
        ranked.truncate(limit);
        let next = ranked.last().filter(|_| more).map(|last| {
            let ranking = Ranking { score: last.score, newest, weights };
            Cursor::new(search, window, last.place, Some(ranking), total)
        });
        let places = ranked.into_iter().map(|ranked| ranked.place).collect();
        Ok(Page { places, next, total, cut_short: late || beyond || matches!(end, End::CutShort(_)) })
    }
}

fn limit(search: &Search) -> usize {
    search.limit.clamp(1, MAX_LIMIT) as usize
}
