//! Everything that matches, at once: where all of it is wanted, reading the narrow rows of all conversations and
//! taking away what does not match is faster than testing one after the other.

use proto::Interval;
use proto::types::{TimeField, Unknown};
use rusqlite::ToSql;

use super::Snapshot;
use super::meaning::{Fact, Meaning, Node};
use super::question::Question;
use super::superset::Superset;
use super::terms::Terms;
use crate::store::error::{Attempt, Error};
use crate::store::measure::Measure;
use crate::store::{docid, stored};

/// The conversations that match, by their documents, ascending.
pub(super) struct Matching {
    /// Their rows.
    pub(super) rows: Vec<Measure>,
    /// Conditions whose value nothing has.
    pub(super) unknown: Vec<Unknown>,
}

impl Snapshot<'_> {
    /// Returns everything that matches.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn matching(&self, question: &Question) -> Result<Matching, Error> {
        let Meaning { node, terms, unknown, .. } = self.meaning(&question.query)?;
        if node == Node::NEVER {
            return Ok(Matching { rows: Vec::new(), unknown });
        }
        let mut rows = self.measures(question.window, question.by)?;
        for part in node.conjuncts() {
            let mut fits = self.fitting(part, &terms, &rows)?.into_iter();
            rows.retain(|_| fits.next().unwrap_or(false));
        }
        if question.by == TimeField::Activity {
            self.retain_active(&mut rows, question.window)?;
        }
        Ok(Matching { rows, unknown })
    }

    /// Returns the keys of everything that matches, and conditions whose value nothing has.
    pub(in crate::store) fn matching_keys(
        &self,
        question: &Question,
    ) -> Result<(Vec<i64>, Vec<Unknown>), Error> {
        let Matching { rows, unknown } = self.matching(question)?;
        Ok((rows.into_iter().map(|row| row.key).collect(), unknown))
    }

    /// Returns of which rows, whose documents ascend, this holds.
    fn fitting(&self, node: &Node, terms: &Terms, rows: &[Measure]) -> Result<Vec<bool>, Error> {
        self.deadline.check()?;
        let superset = if node.has_words() { self.superset(node, terms)? } else { Superset::Everything };
        if let Some(matching) = superset.as_exact_match() {
            return Ok(listed(rows, &self.indexed(matching, rows)?));
        }
        let combined = |parts: &[Node], all: bool| {
            let mut fits = vec![all; rows.len()];
            for part in parts {
                for (fits, one) in fits.iter_mut().zip(self.fitting(part, terms, rows)?) {
                    *fits = if all { *fits && one } else { *fits || one };
                }
            }
            Ok(fits)
        };
        let each = |fits: fn(&Measure) -> bool| Ok(rows.iter().map(fits).collect());
        match node {
            Node::All(parts) => combined(parts, true),
            Node::Any(parts) => combined(parts, false),
            Node::Not(inner) => Ok(self.fitting(inner, terms, rows)?.into_iter().map(|fits| !fits).collect()),
            Node::Says(term) => match terms.all().get(*term) {
                Some(term) => Ok(listed(rows, &self.indexed(&term.to_match(), rows)?)),
                None => Ok(vec![false; rows.len()]),
            },
            Node::Fits(Fact::Labels(labels, _)) => Ok(listed(rows, &self.labelled(labels)?)),
            Node::Fits(Fact::Documents(docids)) => Ok(listed(rows, docids)),
            Node::Fits(Fact::Contact) => each(|row| row.contact.is_some()),
            Node::Fits(Fact::Value(field, test)) => self.valued(rows, field, test),
        }
    }

    /// Returns the documents between the first and the last of these rows that the index finds, ascending.
    fn indexed(&self, matching: &str, rows: &[Measure]) -> Result<Vec<i64>, Error> {
        let (first, last) = rows.first().zip(rows.last()).map_or((0, 0), |(a, b)| (a.docid, b.docid));
        self.docids(
            "SELECT rowid FROM fts WHERE fts MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid",
            &[&matching, &first, &last],
        )
    }

    /// Returns the rows of a window; by activity those that may have been active in it.
    fn measures(&self, window: Interval, by: TimeField) -> Result<Vec<Measure>, Error> {
        let (start, end) = (window.start.0, window.end.0);
        // Nothing changes before it is created, nor does its document lie before its last change.
        let condition = match by {
            TimeField::Created => "created_at BETWEEN ?2 AND ?3",
            TimeField::Updated => "updated_at BETWEEN ?2 AND ?3",
            TimeField::Activity => "updated_at >= ?2 AND created_at <= ?3",
        };
        let columns = Measure::COLUMNS;
        let sql = format!("SELECT {columns} FROM measure WHERE docid >= ?1 AND {condition} ORDER BY docid");
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                let lowest = docid::first(window.start);
                let rows = statement.query_map((lowest, start, end), Measure::read)?;
                rows.collect()
            })
            .attempt("cannot read what is measured")
    }

    /// Returns the documents that have any of these labels, ascending.
    fn labelled(&self, labels: &[i64]) -> Result<Vec<i64>, Error> {
        let mut all = Vec::new();
        for label in labels {
            all.extend(self.docids("SELECT docid FROM labelled WHERE label = ?1 ORDER BY docid", &[label])?);
        }
        if labels.len() > 1 {
            all.sort_unstable();
        }
        Ok(all)
    }

    fn docids(&self, sql: &str, bound: &[&dyn ToSql]) -> Result<Vec<i64>, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(bound, |row| row.get(0))?.collect())
            .attempt("cannot read what matches")
    }

    /// Takes away what was created before a window, changed after it, and saw nothing happen within.
    fn retain_active(&self, rows: &mut Vec<Measure>, window: Interval) -> Result<(), Error> {
        let mut failed = None;
        rows.retain(|row| {
            if failed.is_some() || row.created_at >= window.start.0 || row.updated_at <= window.end.0 {
                return true;
            }
            match self.happened_within(row.key, window) {
                Ok(active) => active,
                Err(error) => {
                    failed = Some(error);
                    true
                }
            }
        });
        failed.map_or(Ok(()), Err)
    }

    fn happened_within(&self, key: i64, window: Interval) -> Result<bool, Error> {
        let instants = self.instants_of(key)?;
        let truncated = self
            .connection
            .prepare_cached("SELECT truncated FROM conversation WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)))
            .attempt("cannot read a conversation's activity")?;
        Ok(stored::was_active(&instants, truncated, window.start.0, window.end.0))
    }

    /// Returns when something happened in a conversation, ascending.
    pub(super) fn instants_of(&self, key: i64) -> Result<Vec<i64>, Error> {
        self.connection
            .prepare_cached("SELECT activity FROM conversation WHERE key = ?1")
            .and_then(|mut statement| {
                statement.query_row([key], |row| Ok(stored::read_instants(key, row.get_ref(0)?.as_blob()?)))
            })
            .attempt("cannot read a conversation's activity")?
    }
}

/// Returns which rows' documents are in the list; both ascend.
fn listed(rows: &[Measure], docids: &[i64]) -> Vec<bool> {
    let mut rest = docids;
    let is_next = |row: &Measure| {
        rest = &rest[before(rest, row.docid, |docid| *docid)..];
        rest.first() == Some(&row.docid)
    };
    rows.iter().map(is_next).collect()
}

/// Returns how many rows come before a document, whose place is likely to be close.
pub(super) fn before<T>(rows: &[T], docid: i64, of: impl Fn(&T) -> i64) -> usize {
    let mut reach = 1;
    while reach < rows.len() && of(&rows[reach - 1]) < docid {
        reach *= 2;
    }
    rows[..reach.min(rows.len())].partition_point(|row| of(row) < docid)
}
