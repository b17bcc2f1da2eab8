//! Which documents a question can be about, last changed first. The most selective condition drives; whatever else is
//! asked is tested document by document.

use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use proto::types::{Filters, TimeField};
use proto::{Interval, Timestamp};
use rusqlite::{OptionalExtension, ToSql};

use super::Snapshot;
use super::cursor::Position;
use crate::store::counters::{self, Counter};
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind, Label};
use crate::store::{blob, docid, text};

/// A filter with at most so many conversations may drive instead of the text.
const SELECTIVE: i64 = 2_000;

/// What is asked, in terms of the tables.
#[derive(Debug)]
pub(super) struct Plan {
    matching: Option<String>,
    lowest: i64,
    highest: i64,
    window: Interval,
    by: TimeField,
    /// Each filter as the labels of which a conversation needs one.
    filters: Vec<Vec<i64>>,
    driver: Driver,
    /// How many seconds a document may lie after its activity time.
    spill: i64,
}

/// What documents are taken from.
#[derive(Debug, PartialEq, Eq)]
enum Driver {
    /// The text index.
    Text,
    /// The conversations of one label.
    Label(i64),
    /// All conversations.
    Rows,
    /// These, descending.
    List(Vec<i64>),
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is left.
    Exhausted,
    /// The visitor had enough.
    Enough,
    /// The deadline passed; the last document that was looked at, where there is one.
    CutShort(Option<Position>),
}

impl Plan {
    /// Says whether each candidate is a match without a look at its row.
    pub(super) fn is_bare(&self) -> bool {
        let certain = match self.by {
            TimeField::Created => false,
            TimeField::Updated => self.spill == 0,
            TimeField::Activity => self.spill == 0 && self.highest <= docid::last(self.window.end),
        };
        certain && self.filters.is_empty()
    }

    /// Returns the newest document that it can be about.
    pub(super) fn highest(&self) -> i64 {
        self.highest
    }
}

impl Snapshot<'_> {
    /// Returns how to find what is asked, from a position on where there is one; `None` where nothing can match.
    pub(super) fn plan(
        &self,
        matching: Option<String>,
        window: Interval,
        by: TimeField,
        filters: &Filters,
    ) -> Result<Option<Plan>, Error> {
        let Some(filters) = self.resolve(filters)? else { return Ok(None) };
        let spill = counters::get(self.connection, Counter::Spill)?;
        let newest = self.newest_docid()?;
        let highest = match by {
            TimeField::Updated => docid::last(window.end.plus(spill)).min(newest),
            TimeField::Activity | TimeField::Created => newest,
        };
        let mut plan = Plan {
            matching,
            lowest: docid::first(window.start),
            highest,
            window,
            by,
            filters: Vec::new(),
            driver: Driver::Rows,
            spill,
        };
        plan.driver = self.choose_driver(&plan, &filters)?;
        plan.filters = filters
            .into_iter()
            .map(|labels| labels.into_iter().map(|label| label.id).collect::<Vec<_>>())
            .filter(|labels| !matches!(plan.driver, Driver::Label(driver) if *labels == [driver]))
            .collect();
        Ok(Some(plan))
    }

    fn newest_docid(&self) -> Result<i64, Error> {
        self.connection
            .prepare_cached("SELECT max(docid) FROM conversation")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|newest| newest.unwrap_or(i64::MIN))
            .attempt("cannot read the newest conversation")
    }

    /// Returns the labels that each filter stands for; `None` where one stands for none.
    fn resolve(&self, filters: &Filters) -> Result<Option<Vec<Vec<Label>>>, Error> {
        let Filters { customer, state, tag, assignee } = filters;
        let mut resolved = Vec::new();
        for (kind, name) in [(Kind::Email, customer), (Kind::State, state), (Kind::Tag, tag)] {
            if let Some(name) = name {
                let label = labels::find(self.connection, kind, name)?;
                resolved.push(label.into_iter().collect::<Vec<_>>());
            }
        }
        if let Some(name) = assignee {
            resolved.push(self.resolve_assignee(name)?);
        }
        Ok(if resolved.iter().any(Vec::is_empty) { None } else { Some(resolved) })
    }

    fn resolve_assignee(&self, name: &str) -> Result<Vec<Label>, Error> {
        let wanted = text::plain(name);
        if wanted == "none" {
            return Ok(labels::find(self.connection, Kind::Unassigned, "")?.into_iter().collect());
        }
        let is_wanted =
            |value: &Option<String>| value.as_ref().is_some_and(|value| text::plain(value) == wanted);
        let mut names = vec![(Kind::Admin, name.trim().to_owned()), (Kind::Team, name.trim().to_owned())];
        for teammate in self.teammates()? {
            if is_wanted(&teammate.name) || is_wanted(&teammate.email) {
                let kind = match teammate.kind {
                    crate::model::TeammateKind::Admin => Kind::Admin,
                    crate::model::TeammateKind::Team => Kind::Team,
                };
                names.push((kind, teammate.id));
            }
        }
        let mut found = Vec::new();
        for (kind, id) in names {
            found.extend(labels::find(self.connection, kind, &id)?);
        }
        found.sort_unstable_by_key(|label| label.id);
        found.dedup();
        Ok(found)
    }

    fn choose_driver(&self, plan: &Plan, filters: &[Vec<Label>]) -> Result<Driver, Error> {
        let single = filters.iter().filter_map(|labels| match labels.as_slice() {
            [label] => Some(*label),
            _ => None,
        });
        let selective = single.min_by_key(|label| label.conversations);
        if let Some(label) = selective
            && (plan.matching.is_none() || self.beats_text(plan, label)?)
        {
            return Ok(Driver::Label(label.id));
        }
        if plan.matching.is_some() {
            return Ok(Driver::Text);
        }
        if plan.by == TimeField::Created
            && let Some(docids) = self.created_in(plan.window)?
        {
            return Ok(Driver::List(docids));
        }
        Ok(Driver::Rows)
    }

    /// Says whether a label has fewer conversations than the text matches.
    fn beats_text(&self, plan: &Plan, label: Label) -> Result<bool, Error> {
        // Probing the index for a prefix collects all of its words anew each time.
        if label.conversations > SELECTIVE || plan.matching.as_ref().is_some_and(|text| text.contains('*')) {
            return Ok(false);
        }
        let matches: i64 = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?1 AND rowid >= ?2 LIMIT ?3)",
            )
            .and_then(|mut statement| {
                statement.query_row((&plan.matching, plan.lowest, label.conversations), |row| row.get(0))
            })
            .attempt("cannot count matches")?;
        Ok(matches >= label.conversations)
    }

    /// Returns the conversations created in a window, last changed first, where they are few.
    fn created_in(&self, window: Interval) -> Result<Option<Vec<i64>>, Error> {
        let mut docids = self
            .connection
            .prepare_cached("SELECT docid FROM conversation WHERE created_at BETWEEN ?1 AND ?2 LIMIT ?3")
            .and_then(|mut statement| {
                let rows =
                    statement.query_map((window.start.0, window.end.0, SELECTIVE + 1), |row| row.get(0))?;
                rows.collect::<Result<Vec<i64>, _>>()
            })
            .attempt("cannot read when conversations were created")?;
        if docids.len() as i64 > SELECTIVE {
            return Ok(None);
        }
        docids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Some(docids))
    }

    /// Visits what matches after a position, last changed first.
    pub(super) fn walk(
        &self,
        plan: &Plan,
        after: Option<Position>,
        mut visit: impl FnMut(Position) -> ControlFlow<()>,
    ) -> Result<End, Error> {
        let highest = match after {
            None => plan.highest,
            Some(after) if plan.spill == 0 => plan.highest.min(after.docid - 1),
            Some(after) => plan.highest.min(docid::last(Timestamp(after.updated_at).plus(plan.spill))),
        };
        let mut order = Order { after, spilled: plan.spill > 0, held: BinaryHeap::new() };
        let mut last = None;
        let walked = self.drive(plan, highest, |docid| {
            if self.deadline.has_passed() {
                return Ok(ControlFlow::Break(Stop::Deadline));
            }
            let place = self.test(plan, docid)?;
            last = Some(Position { updated_at: docid::second_of(docid).0, docid });
            Ok(order.pass(docid, place, &mut visit))
        });
        match walked {
            Ok(None) => Ok(match order.flush(&mut visit) {
                ControlFlow::Break(()) => End::Enough,
                ControlFlow::Continue(()) => End::Exhausted,
            }),
            Ok(Some(Stop::Enough)) => Ok(End::Enough),
            Ok(Some(Stop::Deadline)) => Ok(End::CutShort(last)),
            Err(error) if error.is_interrupted() => Ok(End::CutShort(last)),
            Err(error) => Err(error),
        }
    }

    /// Hands the driver's documents to `look`, descending.
    fn drive(
        &self,
        plan: &Plan,
        highest: i64,
        mut look: impl FnMut(i64) -> Result<ControlFlow<Stop>, Error>,
    ) -> Result<Option<Stop>, Error> {
        let (lowest, matching) = (plan.lowest, plan.matching.as_deref().unwrap_or_default());
        let created = match plan.by {
            TimeField::Created => (plan.window.start.0, plan.window.end.0),
            TimeField::Activity => (i64::MIN, plan.window.end.0),
            TimeField::Updated => (i64::MIN, i64::MAX),
        };
        let (sql, bound): (&str, &[&dyn ToSql]) = match (&plan.driver, &plan.matching) {
            (Driver::List(docids), _) => {
                for docid in docids.iter().filter(|docid| (lowest..=highest).contains(*docid)) {
                    if let ControlFlow::Break(stop) = look(*docid)? {
                        return Ok(Some(stop));
                    }
                }
                return Ok(None);
            }
            (Driver::Text, _) => (
                "SELECT rowid FROM fts WHERE fts MATCH ?3 AND rowid BETWEEN ?1 AND ?2 ORDER BY rowid DESC",
                &[&lowest, &highest, &matching],
            ),
            (Driver::Label(label), None) => (
                "SELECT docid FROM labelled WHERE label = ?3 AND docid BETWEEN ?1 AND ?2 ORDER BY docid DESC",
                &[&lowest, &highest, label],
            ),
            (Driver::Label(label), Some(_)) => (
                "SELECT l.docid FROM labelled l CROSS JOIN fts ON fts.rowid = l.docid
                 WHERE l.label = ?3 AND l.docid BETWEEN ?1 AND ?2 AND fts MATCH ?4 ORDER BY l.docid DESC",
                &[&lowest, &highest, label, &matching],
            ),
            (Driver::Rows, _) => (
                "SELECT docid FROM conversation INDEXED BY conversation_docid
                 WHERE docid BETWEEN ?1 AND ?2 AND created_at BETWEEN ?3 AND ?4 ORDER BY docid DESC",
                &[&lowest, &highest, &created.0, &created.1],
            ),
        };
        let attempt = "cannot search";
        let mut statement = self.connection.prepare_cached(sql).attempt(attempt)?;
        let mut rows = statement.query(bound).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            if let ControlFlow::Break(stop) = look(row.get(0).attempt(attempt)?)? {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// Returns a document's place in the order; `None` where it does not match.
    fn test(&self, plan: &Plan, docid: i64) -> Result<Option<Position>, Error> {
        for labels in &plan.filters {
            let mut any = false;
            for label in labels {
                any = any || self.is_labelled(*label, docid)?;
            }
            if !any {
                return Ok(None);
            }
        }
        let mut place = Position { updated_at: docid::second_of(docid).0, docid };
        if plan.spill > 0 {
            place.updated_at =
                self.row_time("SELECT updated_at FROM conversation WHERE docid = ?1", docid)?;
        }
        let inside = |at: i64| (plan.window.start.0..=plan.window.end.0).contains(&at);
        let matches = match plan.by {
            TimeField::Updated => inside(place.updated_at),
            TimeField::Created => inside(self.created_at(docid)?),
            TimeField::Activity => inside(place.updated_at) || self.was_active(plan, place)?,
        };
        Ok(matches.then_some(place))
    }

    fn was_active(&self, plan: &Plan, place: Position) -> Result<bool, Error> {
        let window = plan.window;
        if place.updated_at < window.start.0 {
            return Ok(false);
        }
        let created_at = self.created_at(place.docid)?;
        if created_at > window.end.0 || created_at >= window.start.0 {
            return Ok(created_at <= window.end.0);
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, activity FROM conversation WHERE docid = ?1")
            .attempt("cannot read a conversation's activity")?;
        statement
            .query_row([place.docid], |row| {
                let (key, activity) = (row.get(0)?, row.get_ref(1)?.as_blob()?);
                Ok(blob::any_instant(key, activity, window.start.0, window.end.0))
            })
            .attempt("cannot read a conversation's activity")?
    }

    fn created_at(&self, docid: i64) -> Result<i64, Error> {
        self.row_time(
            "SELECT created_at FROM conversation INDEXED BY conversation_docid WHERE docid = ?1",
            docid,
        )
    }

    fn row_time(&self, sql: &str, docid: i64) -> Result<i64, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([docid], |row| row.get(0)).optional())
            // No row for a document would be a damaged file; it then matches nothing.
            .map(|at| at.unwrap_or(i64::MIN))
            .attempt("cannot read a conversation's times")
    }

    fn is_labelled(&self, label: i64, docid: i64) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM labelled WHERE label = ?1 AND docid = ?2")
            .and_then(|mut statement| statement.exists([label, docid]))
            .attempt("cannot read labels")
    }
}

/// Why a walk stops before its end.
enum Stop {
    Enough,
    Deadline,
}

/// Puts documents that spilled out of their full second back into their place: one is passed on when no document
/// further down can have changed later.
struct Order {
    after: Option<Position>,
    spilled: bool,
    held: BinaryHeap<Position>,
}

impl Order {
    fn pass(
        &mut self,
        docid: i64,
        place: Option<Position>,
        visit: &mut impl FnMut(Position) -> ControlFlow<()>,
    ) -> ControlFlow<Stop> {
        let place = place.filter(|place| self.after.is_none_or(|after| *place < after));
        if !self.spilled {
            return match place.map(visit) {
                Some(ControlFlow::Break(())) => ControlFlow::Break(Stop::Enough),
                _ => ControlFlow::Continue(()),
            };
        }
        self.held.extend(place);
        let bound = docid::second_of(docid).0;
        while self.held.peek().is_some_and(|first| first.updated_at >= bound) {
            if self.held.pop().map(&mut *visit).is_some_and(|flow| flow.is_break()) {
                return ControlFlow::Break(Stop::Enough);
            }
        }
        ControlFlow::Continue(())
    }

    fn flush(&mut self, visit: &mut impl FnMut(Position) -> ControlFlow<()>) -> ControlFlow<()> {
        while let Some(place) = self.held.pop() {
            visit(place)?;
        }
        ControlFlow::Continue(())
    }
}
