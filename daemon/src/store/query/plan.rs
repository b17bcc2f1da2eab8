//! Which condition of a question drives the search: the most selective one, so that few candidates are looked at.

use std::time::Duration;

use proto::Interval;
use proto::types::TimeField;

use super::Snapshot;
use super::conditions::Chosen;
use super::terms::Terms;
use crate::store::docid;
use crate::store::error::{Attempt, Error};
use crate::store::labels::Label;

/// A filter with at most so many conversations may drive instead of the text.
const SELECTIVE: i64 = 2_000;
/// How long is counted whether a filter or the text has fewer conversations.
const COUNTING: Duration = Duration::from_millis(20);

/// What is asked, in terms of the tables.
#[derive(Debug)]
pub(super) struct Plan {
    /// What the text asks for.
    pub(super) terms: Option<Terms>,
    /// The oldest document that it can be about.
    pub(super) lowest: i64,
    /// The newest document that it can be about.
    pub(super) highest: i64,
    /// The timeframe, both ends inside.
    pub(super) window: Interval,
    /// What the timeframe is about.
    pub(super) by: TimeField,
    /// Each filter as the labels of which a conversation needs one.
    pub(super) filters: Vec<Vec<i64>>,
    /// Labels of which a conversation may have none.
    pub(super) excluded: Vec<i64>,
    /// The condition that drives.
    pub(super) driver: Driver,
}

/// What documents are taken from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// The text index.
    Text,
    /// The conversations of one label.
    Label(i64),
    /// All conversations.
    Rows,
    /// These, descending.
    List(Vec<i64>),
}

impl Plan {
    /// Says whether candidates have to be read, since the index is not asked for them.
    pub(super) fn reads(&self) -> bool {
        self.terms.is_some() && self.driver != Driver::Text
    }

    /// Finds by reading what the index did not name in time.
    pub(super) fn read(&mut self) {
        self.driver = Driver::Rows;
    }

    /// Says whether each candidate is a match without a look at its row.
    pub(super) fn is_bare(&self) -> bool {
        if self.reads() {
            return false;
        }
        let certain = match self.by {
            TimeField::Created => false,
            TimeField::Updated => true,
            TimeField::Activity => self.highest <= docid::last(self.window.end),
        };
        certain && self.filters.is_empty() && self.excluded.is_empty()
    }

    /// Returns the first and the last instant at which a match can have been created.
    pub(super) fn created(&self) -> (i64, i64) {
        match self.by {
            TimeField::Created => (self.window.start.0, self.window.end.0),
            TimeField::Activity => (i64::MIN, self.window.end.0),
            TimeField::Updated => (i64::MIN, i64::MAX),
        }
    }
}

impl Snapshot<'_> {
    /// Returns how to find what is asked; `None` where nothing can match.
    pub(super) fn plan(
        &self,
        terms: Option<&Terms>,
        window: Interval,
        by: TimeField,
        chosen: &Chosen,
    ) -> Result<Option<Plan>, Error> {
        let Some(filters) = &chosen.required else { return Ok(None) };
        let newest = self.newest_docid()?;
        let highest = match by {
            TimeField::Updated => docid::last(window.end).min(newest),
            TimeField::Activity | TimeField::Created => newest,
        };
        let mut plan = Plan {
            terms: terms.cloned(),
            lowest: docid::first(window.start),
            highest,
            window,
            by,
            filters: Vec::new(),
            excluded: chosen.excluded.clone(),
            driver: Driver::Rows,
        };
        plan.driver = self.choose_driver(&plan, filters)?;
        plan.filters = filters
            .iter()
            .map(|labels| labels.iter().map(|label| label.id).collect::<Vec<_>>())
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

    fn choose_driver(&self, plan: &Plan, filters: &[Vec<Label>]) -> Result<Driver, Error> {
        let single = filters.iter().filter_map(|labels| match labels.as_slice() {
            [label] => Some(*label),
            _ => None,
        });
        let selective = single.min_by_key(|label| label.conversations);
        if let Some(label) = selective
            && self.is_fewer(plan, label)?
        {
            return Ok(Driver::Label(label.id));
        }
        if plan.terms.is_some() {
            return Ok(Driver::Text);
        }
        if plan.by == TimeField::Created
            && let Some(docids) = self.created_in(plan.window)?
        {
            return Ok(Driver::List(docids));
        }
        Ok(Driver::Rows)
    }

    /// Says whether a label has fewer conversations than the text matches, as far as that is known in a moment.
    fn is_fewer(&self, plan: &Plan, label: Label) -> Result<bool, Error> {
        let Some(terms) = &plan.terms else { return Ok(true) };
        if label.conversations > SELECTIVE || !terms.are_words() {
            return Ok(label.conversations <= SELECTIVE);
        }
        self.deadline.arm(COUNTING);
        let matches = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?1 AND rowid >= ?2 LIMIT ?3)",
            )
            .and_then(|mut statement| {
                statement.query_row((terms.to_match(), plan.lowest, label.conversations), |row| {
                    row.get::<_, i64>(0)
                })
            })
            .attempt("cannot count matches");
        self.deadline.disarm();
        match matches {
            Err(error) if error.is_interrupted() => Ok(true),
            matches => Ok(matches? >= label.conversations),
        }
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
}
