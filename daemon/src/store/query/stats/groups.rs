//! Which conversations are in which group.

use std::collections::HashMap;

use proto::fields::Field;
use proto::types::{Grouping, NamedQuery, TimeField, Unknown};
use proto::{Interval, Timestamp};

use super::super::Snapshot;
use super::super::matching::before;
use super::super::question::Question;
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind};
use crate::store::measure::Measure;

/// Most instants at which spans of time begin.
const MOST_EDGES: usize = 5_000;
/// Most queries that are counted at once.
const MOST_QUERIES: usize = 20;

/// What the conversations of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// They have none of what others have.
    Nothing,
    /// A label.
    Label(Kind, i64),
    /// They are of a span of time.
    Span(Interval),
    /// They match the query with this number.
    Query(usize),
    /// They are of this hour or day of a cycle.
    Place(usize),
}

impl Key {
    /// Returns the number of its label.
    pub(super) const fn label(self) -> Option<i64> {
        match self {
            Self::Label(_, label) => Some(label),
            _ => None,
        }
    }
}

/// A group before it is counted and named: the places of its rows, ascending.
pub(super) struct Members {
    pub(super) key: Key,
    pub(super) rows: Vec<u32>,
}

impl Members {
    const fn new(key: Key) -> Self {
        Self { key, rows: Vec::new() }
    }
}

/// Rows that match, and what nothing fulfils.
type Groups = (Vec<Members>, Vec<Unknown>);

impl Snapshot<'_> {
    /// Puts rows that match a question into groups.
    pub(super) fn members(
        &self,
        rows: &[Measure],
        question: &Question,
        grouping: &Grouping,
    ) -> Result<Groups, Error> {
        let groups = match grouping {
            Grouping::Whole => Vec::new(),
            Grouping::Time(edges) => self.by_span(rows, edges, question)?,
            Grouping::Clock(clock) => {
                let places = (0..clock.cycle.names().len()).map(|place| Members::new(Key::Place(place)));
                self.by_time(rows, question, places.collect(), |at| Some(clock.place(Timestamp(at))))?
            }
            Grouping::Field(Field::Assignee) => self.by_assignee(rows)?,
            Grouping::Field(Field::Customer) => by_customer(rows),
            Grouping::Field(field) => self.by_field(rows, field)?,
            Grouping::Queries(queries) => return self.by_query(rows, queries, question),
        };
        Ok((groups, Vec::new()))
    }

    fn by_span(
        &self,
        rows: &[Measure],
        edges: &[Timestamp],
        question: &Question,
    ) -> Result<Vec<Members>, Error> {
        let mut spans: Vec<Interval> =
            edges.windows(2).map(|pair| Interval { start: pair[0], end: pair[1] }).collect();
        // Whoever chose the edges may not know yet where the timeframe ends: now is later here than where it was asked.
        if let Some(last) = spans.last_mut() {
            last.end = question.window.end.plus(1).max(last.start.plus(1));
        }
        let starts = &edges[..spans.len()];
        let spans = spans.into_iter().map(|span| Members::new(Key::Span(span))).collect();
        let place = |at: i64| starts.partition_point(|start| start.0 <= at).checked_sub(1);
        self.by_time(rows, question, spans, place)
    }

    /// Puts rows into the groups of the instants that a question is about.
    fn by_time(
        &self,
        rows: &[Measure],
        question: &Question,
        mut groups: Vec<Members>,
        place: impl Fn(i64) -> Option<usize>,
    ) -> Result<Vec<Members>, Error> {
        for (index, row) in numbered(rows) {
            let mut add = |at: i64| {
                let Some(group) = place(at).and_then(|place| groups.get_mut(place)) else { return };
                if group.rows.last() != Some(&index) {
                    group.rows.push(index);
                }
            };
            match question.by {
                TimeField::Created => add(row.created_at),
                TimeField::Updated => add(row.updated_at),
                TimeField::Activity => {
                    let mut instants = self.instants_of(row.key)?;
                    instants.push(row.updated_at);
                    instants.retain(|at| *at <= question.window.end.0);
                    instants.into_iter().for_each(&mut add);
                }
            }
        }
        Ok(groups)
    }

    /// Returns a group for each value of a field, and one of those that have none.
    fn by_field(&self, rows: &[Measure], field: &Field) -> Result<Vec<Members>, Error> {
        if !field.can_group() {
            return Err(Error::BadQuery(format!(
                "conversations cannot be put together by {field}, which is another one in nearly each"
            )));
        }
        let mut groups = self.by_label(rows, field)?;
        let mut labelled = vec![false; rows.len()];
        mark(&mut labelled, &groups);
        groups.push(without(&labelled));
        Ok(groups)
    }

    fn by_assignee(&self, rows: &[Measure]) -> Result<Vec<Members>, Error> {
        let mut groups = self.by_label(rows, &Field::Assignee)?;
        let mut assigned = vec![false; rows.len()];
        mark(&mut assigned, &groups);
        // Where an admin has it, the team it came through is of no account.
        let mut teams = self.by_label(rows, &Field::Team)?;
        for team in &mut teams {
            team.rows.retain(|row| !assigned[*row as usize]);
        }
        mark(&mut assigned, &teams);
        groups.append(&mut teams);
        groups.push(without(&assigned));
        Ok(groups)
    }

    /// Returns a group for each label of a field that any of the rows has.
    fn by_label(&self, rows: &[Measure], field: &Field) -> Result<Vec<Members>, Error> {
        let attempt = "cannot read labels";
        let (kind, from, to) = labels::range(field);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT l.id, d.docid FROM label l CROSS JOIN labelled d ON d.label = l.id
                 WHERE l.kind = ?1 AND d.docid BETWEEN ?2 AND ?3 AND l.name >= ?4 AND l.name < ?5",
            )
            .attempt(attempt)?;
        let (first, last) = rows.first().zip(rows.last()).map_or((0, -1), |(a, b)| (a.docid, b.docid));
        let mut found = statement.query((kind.number(), first, last, from, to)).attempt(attempt)?;
        // The documents of one label follow each other, ascending.
        let mut groups: Vec<Members> = Vec::new();
        let mut at = 0;
        while let Some(row) = found.next().attempt(attempt)? {
            let (label, docid): (i64, i64) = (row.get(0).attempt(attempt)?, row.get(1).attempt(attempt)?);
            if groups.last().is_none_or(|group| group.key != Key::Label(kind, label)) {
                groups.push(Members::new(Key::Label(kind, label)));
                at = 0;
            }
            at += before(&rows[at..], docid, |row| row.docid);
            if rows.get(at).is_some_and(|row| row.docid == docid)
                && let (Some(group), Ok(index)) = (groups.last_mut(), u32::try_from(at))
            {
                group.rows.push(index);
            }
        }
        Ok(groups)
    }

    fn by_query(
        &self,
        rows: &[Measure],
        queries: &[NamedQuery],
        question: &Question,
    ) -> Result<Groups, Error> {
        let (mut groups, mut unknown): Groups = Default::default();
        for (number, query) in queries.iter().enumerate() {
            let narrower =
                Question { query: question.query.clone().and(query.query.clone()), ..question.clone() };
            let found = self.matching(&narrower)?;
            let mut members = Members::new(Key::Query(number));
            let mut at = 0;
            for row in &found.rows {
                at += before(&rows[at..], row.docid, |row| row.docid);
                if rows.get(at).is_some_and(|known| known.docid == row.docid) {
                    members.rows.extend(u32::try_from(at));
                }
            }
            groups.push(members);
            unknown.extend(found.unknown);
        }
        Ok((groups, unknown))
    }
}

/// Refuses spans of time that are none, or too many, and too many queries.
pub(super) fn check(grouping: &Grouping) -> Result<(), Error> {
    let edges: &[Timestamp] = match grouping {
        Grouping::Time(edges) => edges,
        Grouping::Clock(clock) => &clock.offsets.iter().map(|offset| offset.from).collect::<Vec<_>>(),
        Grouping::Queries(queries) if queries.len() > MOST_QUERIES => {
            return Err(Error::BadQuery(format!("at most {MOST_QUERIES} queries are counted in one answer")));
        }
        _ => return Ok(()),
    };
    if edges.len() > MOST_EDGES {
        return Err(Error::BadQuery(format!(
            "there are more than {MOST_EDGES} spans of time: take a shorter timeframe, or longer spans"
        )));
    }
    if edges.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Error::BadQuery("the instants at which spans of time begin do not ascend".to_owned()));
    }
    Ok(())
}

fn numbered(rows: &[Measure]) -> impl Iterator<Item = (u32, &Measure)> {
    (0_u32..).zip(rows)
}

/// Returns a group for each first contact, and one of those that have none.
fn by_customer(rows: &[Measure]) -> Vec<Members> {
    let mut groups: HashMap<Key, Vec<u32>> = HashMap::new();
    for (index, row) in numbered(rows) {
        let key = row.contact.map_or(Key::Nothing, |label| Key::Label(Kind::Contact, label));
        groups.entry(key).or_default().push(index);
    }
    groups.into_iter().map(|(key, rows)| Members { key, rows }).collect()
}

/// Marks the rows that are in any of the groups.
fn mark(marked: &mut [bool], groups: &[Members]) {
    for row in groups.iter().flat_map(|group| &group.rows) {
        marked[*row as usize] = true;
    }
}

/// Returns the group of those that are not marked.
fn without(marked: &[bool]) -> Members {
    let rows = (0_u32..).zip(marked).filter(|(_, marked)| !**marked).map(|(index, _)| index).collect();
    Members { key: Key::Nothing, rows }
}
