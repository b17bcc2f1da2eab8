//! Which condition of a question drives the search: the most selective one, so that few candidates are looked at.

use std::time::Duration;

use proto::Interval;
use proto::types::TimeField;

use super::Snapshot;
use super::meaning::{Fact, Meaning, Node};
use super::superset::Superset;
use super::terms::Terms;
use crate::store::error::{Attempt, Error};
use crate::store::{docid, window};

/// A filter with at most so many conversations may drive instead of the text.
const SELECTIVE: i64 = 2_000;
/// How long is counted whether a filter or the text has fewer conversations.
const COUNTING: Duration = Duration::from_millis(20);

/// What is asked, in terms of the tables.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// What has to hold.
    pub(super) node: Node,
    /// The terms that it speaks of.
    pub(super) terms: Terms,
    /// The oldest document that it can be about.
    pub(super) lowest: i64,
    /// The newest document that it can be about.
    pub(super) highest: i64,
    /// The timeframe, both ends inside.
    pub(super) window: Interval,
    /// What the timeframe is about.
    pub(super) by: TimeField,
    /// What the documents are taken from.
    pub(super) driver: Driver,
    /// What is still to be tested of those.
    pub(super) test: Node,
    /// What the index finds by this, in the syntax of FTS5, is left out.
    pub(super) except: Option<String>,
    /// The index did not name what matches in time.
    pub(super) fell_back: bool,
}

/// What documents are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// The text index, and documents that it does not name, descending.
    Text(String, Vec<i64>),
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
        self.test.has_words()
    }

    /// Finds by reading what the index did not name in time.
    pub(super) fn read(&mut self) {
        self.driver = Driver::Rows;
        self.test = self.node.clone();
        self.fell_back = true;
    }

    /// Says whether each candidate is a match without a look at its row.
    pub(super) fn matches_untested(&self) -> bool {
        let certain = match self.by {
            TimeField::Created => false,
            TimeField::Updated => true,
            TimeField::Activity => self.highest <= docid::last(self.window.end),
        };
        certain && self.test == Node::default() && self.except.is_none()
    }

    /// Says whether SQLite can count what matches by itself.
    pub(super) fn is_countable(&self) -> bool {
        self.matches_untested()
            && match &self.driver {
                Driver::Text(_, others) => others.is_empty(),
                driver => *driver == Driver::Rows,
            }
    }
}

impl Snapshot<'_> {
    /// Returns how to find what is asked; `None` where nothing can match.
    pub(super) fn plan(
        &self,
        meaning: Meaning,
        window: Interval,
        by: TimeField,
    ) -> Result<Option<Plan>, Error> {
        let Meaning { node, terms, .. } = meaning;
        if node == Node::NEVER {
            return Ok(None);
        }
        let (lowest, highest) = window::documents(window, by);
        let (highest, test) = (highest.min(self.newest_docid()?), node.clone());
        let driver = Driver::Rows;
        let mut plan =
            Plan { node, terms, lowest, highest, window, by, driver, test, except: None, fell_back: false };
        self.choose_driver(&mut plan)?;
        Ok(Some(plan))
    }

    fn newest_docid(&self) -> Result<i64, Error> {
        self.connection
            .prepare_cached("SELECT max(docid) FROM conversation")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|newest| newest.unwrap_or(i64::MIN))
            .attempt("cannot read the newest conversation")
    }

    /// Chooses what the documents are taken from, and what remains to be tested of them.
    fn choose_driver(&self, plan: &mut Plan) -> Result<(), Error> {
        let superset = self.superset(&plan.node, &plan.terms)?;
        let labels = plan.node.conjuncts().iter().filter_map(|part| match part {
            Node::Fits(Fact::Labels(labels, conversations)) => match labels.as_slice() {
                [label] => Some((*label, *conversations)),
                _ => None,
            },
            _ => None,
        });
        if let Some((label, conversations)) = labels.min_by_key(|(_, conversations)| *conversations)
            && self.is_fewer(plan, &superset, conversations)?
        {
            let rest = plan.node.conjuncts().iter();
            let rest = rest
                .filter(|part| !matches!(part, Node::Fits(Fact::Labels(labels, _)) if *labels == [label]));
            plan.test = Node::all(rest.cloned());
            plan.driver = Driver::Label(label);
            return Ok(());
        }
        let (matching, docids, exact) = match superset {
            Superset::Named { matching, docids, exact } => (matching, docids, exact),
            Superset::Everything => {
                if plan.by == TimeField::Created
                    && let Some(docids) = self.created_in(plan.window)?
                {
                    plan.driver = Driver::List(docids);
                }
                return Ok(());
            }
        };
        if exact {
            plan.test = Node::default();
        } else if docids.is_empty() {
            let mut rest = Vec::new();
            for part in plan.node.conjuncts() {
                let positive = if let Node::Not(inner) = part { inner } else { part };
                if self.superset(positive, &plan.terms)?.as_exact_match().is_none() {
                    rest.push(part.clone());
                }
            }
            plan.test = Node::all(rest);
        }
        plan.driver = match matching {
            Some(matching) => Driver::Text(matching, docids),
            None => Driver::List(docids),
        };
        Ok(())
    }

    /// Says whether a label has fewer conversations than the text matches, as far as that is known in a moment.
    fn is_fewer(&self, plan: &Plan, superset: &Superset, conversations: i64) -> Result<bool, Error> {
        let Superset::Named { matching: Some(matching), .. } = superset else { return Ok(true) };
        if conversations > SELECTIVE || !plan.terms.are_words() {
            return Ok(conversations <= SELECTIVE);
        }
        self.deadline.arm(COUNTING);
        let matches = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?1 AND rowid >= ?2 LIMIT ?3)",
            )
            .and_then(|mut statement| {
                statement.query_row((matching, plan.lowest, conversations), |row| row.get::<_, i64>(0))
            })
            .attempt("cannot count matches");
        self.deadline.disarm();
        match matches {
            Err(error) if error.is_interrupted() => Ok(true),
            matches => Ok(matches? >= conversations),
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
