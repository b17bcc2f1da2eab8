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
use crate::store::{stored, window};

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
        self.retain_within(&mut rows, question)?;
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
        let (columns, condition) = (Measure::COLUMNS, window::condition(window, by));
        let (lowest, highest) = window::documents(window, by);
        self.connection
            .prepare(&format!(
                "SELECT {columns} FROM measure AS c WHERE docid BETWEEN ?1 AND ?2 AND {condition} ORDER BY docid"
            ))
            .and_then(|mut statement| statement.query_map((lowest, highest), Measure::read)?.collect())
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

    /// Takes away what the question's timeframe is not about.
    fn retain_within(&self, rows: &mut Vec<Measure>, question: &Question) -> Result<(), Error> {
        let (window, mut failed) = (question.window, None);
        let is_within = |row: &Measure| -> Result<bool, Error> {
            match window::is_about(window, question.by, row.updated_at, || Ok(row.created_at))? {
                Some(within) => Ok(within),
                None => self.was_active(row.docid, window),
            }
        };
        rows.retain(|row| {
            failed.is_some() || is_within(row).unwrap_or_else(|error| failed.replace(error).is_none())
        });
        failed.map_or(Ok(()), Err)
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
