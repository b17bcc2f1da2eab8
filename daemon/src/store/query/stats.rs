//! Counts and response times. Each group is a list of rows; what is counted and measured of it is the same for all.

use std::cmp::Reverse;
use std::collections::HashMap;

use proto::fields::Field;
use proto::types::{Figures, Group, Grouping, Spread, TimeField, Unknown, Waiting};
use proto::{Interval, Timestamp};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::highlighter::Highlighter;
use super::matching::{Matching, before};
use super::question::Question;
use crate::fields::{Names, Source};
use crate::model::TeammateKind;
use crate::store::error::{Attempt, Error};
use crate::store::fields::BETWEEN;
use crate::store::labels::{self, Kind};
use crate::store::measure::{Answer, Answered, Measure, StateCode};

/// Most instants at which spans of time begin.
const MOST_EDGES: usize = 5_000;
/// Most conversations that are named as waiting.
const MOST_WAITING: usize = 100;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Of all that matches, each conversation once.
    pub total: Figures,
    /// Of each group: spans of time in order, others the largest first.
    pub groups: Vec<Group>,
    /// Groups beyond the limit.
    pub left_out: u64,
    /// Those that have waited longest, their addresses not set.
    pub waiting: Vec<Waiting>,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
}

/// A group before it is counted and named.
#[derive(Default)]
struct Members {
    /// What all of them have; `None`: what others have, or a span of time.
    label: Option<(Kind, i64)>,
    span: Option<Interval>,
    rows: Vec<u32>,
}

impl Snapshot<'_> {
    /// Counts and measures what matches.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the spans of time cannot be.
    pub fn stats(
        &self,
        question: &Question,
        grouping: &Grouping,
        limit: u32,
        waiting: u32,
    ) -> Result<Counted, Error> {
        if let Grouping::Time(edges) = grouping {
            check(edges)?;
        }
        let Matching { rows, unknown } = self.matching(question)?;
        let mut left_out = 0;
        let mut members = match grouping {
            Grouping::Whole => Vec::new(),
            Grouping::Time(edges) => self.by_time(&rows, edges, question)?,
            Grouping::Field(Field::Assignee) => self.by_assignee(&rows)?,
            Grouping::Field(Field::Customer) => {
                let (largest, others) = by_customer(&rows, limit as usize);
                left_out = others;
                largest
            }
            Grouping::Field(field) => self.by_field(&rows, field)?,
        };
        if !matches!(grouping, Grouping::Time(_)) {
            members.retain(|members| !members.rows.is_empty());
            let label = |members: &Members| members.label.map(|(_, label)| label);
            members.sort_by(|a, b| (b.rows.len(), label(a)).cmp(&(a.rows.len(), label(b))));
            left_out += members.len().saturating_sub(limit as usize) as u64;
            members.truncate(limit as usize);
        }
        let mut groups = Vec::with_capacity(members.len());
        // There may be as many as there are customers, and few of them are wanted: only those are named.
        for Members { label, span, rows: inside } in members {
            let responder = label.filter(|_| *grouping == Grouping::Field(Field::Responder));
            let inside = inside.iter().filter_map(|row| rows.get(*row as usize));
            let figures = figures(inside, responder.map(|(_, label)| label));
            let (key, name) = match label {
                Some((kind, label)) => self.named(grouping, kind, label)?,
                None => (None, None),
            };
            groups.push(Group { key, name, span, figures });
        }
        let waiting = self.waiting(&rows, waiting)?;
        Ok(Counted { total: figures(rows.iter(), None), groups, left_out, waiting, unknown })
    }

    fn by_time(
        &self,
        rows: &[Measure],
        edges: &[Timestamp],
        question: &Question,
    ) -> Result<Vec<Members>, Error> {
        let mut spans: Vec<Members> = edges
            .windows(2)
            .map(|pair| {
                let span = Some(Interval { start: pair[0], end: pair[1] });
                Members { span, ..Members::default() }
            })
            .collect();
        // Whoever chose the edges may not know yet where the timeframe ends: now is later here than where it was asked.
        if let Some(last) = spans.last_mut().and_then(|members| members.span.as_mut()) {
            last.end = question.window.end.plus(1).max(last.start.plus(1));
        }
        let starts = &edges[..spans.len()];
        let place = |at: i64| starts.partition_point(|start| start.0 <= at).checked_sub(1);
        for (index, row) in numbered(rows) {
            let mut add = |at: i64| {
                let Some(span) = place(at).and_then(|place| spans.get_mut(place)) else { return };
                if span.rows.last() != Some(&index) {
                    span.rows.push(index);
                }
            };
            match question.by {
                TimeField::Created => add(row.created_at),
                TimeField::Updated => add(row.updated_at),
                // They ascend, so that those of one span follow each other.
                TimeField::Activity => {
                    let mut instants = self.instants_of(row.key)?;
                    instants.push(row.updated_at);
                    instants.retain(|at| *at <= question.window.end.0);
                    instants.sort_unstable();
                    instants.into_iter().for_each(&mut add);
                }
            }
        }
        Ok(spans)
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
            if groups.last().is_none_or(|group| group.label != Some((kind, label))) {
                groups.push(Members { label: Some((kind, label)), ..Members::default() });
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

    /// Returns the key of a label, and what people call it.
    fn named(
        &self,
        grouping: &Grouping,
        kind: Kind,
        label: i64,
    ) -> Result<(Option<String>, Option<String>), Error> {
        let attempt = "cannot read a label";
        let key: String = self
            .connection
            .prepare_cached("SELECT name FROM label WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([label], |row| row.get(0)))
            .attempt(attempt)?;
        let name = match kind {
            Kind::Tag => {
                let spelt = self.tag_as_spelt(label, &key)?.unwrap_or(key);
                return Ok((Some(spelt.clone()), Some(spelt)));
            }
            Kind::Admin => self.teammate_name(TeammateKind::Admin, &key)?,
            Kind::Team => self.teammate_name(TeammateKind::Team, &key)?,
            Kind::Contact => self
                .connection
                .prepare_cached("SELECT coalesce(email, name) FROM contact WHERE id = ?1")
                .and_then(|mut statement| statement.query_row([&key], |row| row.get(0)).optional())
                .attempt(attempt)?
                .flatten(),
            Kind::Field(_) => {
                let Grouping::Field(field) = grouping else { return Ok((Some(key), None)) };
                let value = key.split_once(BETWEEN).map_or(key.as_str(), |(_, value)| value);
                let called = self.called(field, label, value)?;
                let is_id = Kind::of(&Field::Responder) == kind || Source::of(field).names == Names::Admin;
                let key = if is_id { value.to_owned() } else { called.clone() };
                return Ok((Some(key), Some(called)));
            }
            Kind::State | Kind::Email | Kind::Unassigned => None,
        };
        let name = name.unwrap_or_else(|| key.clone());
        Ok((Some(key), Some(name)))
    }

    /// Returns the headers of those that have waited longest.
    fn waiting(&self, rows: &[Measure], most: u32) -> Result<Vec<Waiting>, Error> {
        let mut since: Vec<(i64, i64)> =
            rows.iter().filter_map(|row| Some((row.waiting?, row.docid))).collect();
        since.sort_unstable();
        since.truncate((most as usize).min(MOST_WAITING));
        let mut highlighter = Highlighter::new(None);
        let mut waiting = Vec::with_capacity(since.len());
        for (since, docid) in since {
            if let Some(conversation) = self.summary(docid, Some(&mut highlighter))? {
                waiting.push(Waiting { conversation, since: Timestamp(since) });
            }
        }
        Ok(waiting)
    }
}

/// Refuses spans of time that are none, or too many.
fn check(edges: &[Timestamp]) -> Result<(), Error> {
    if edges.len() > MOST_EDGES {
        return Err(Error::BadQuery(format!(
            "the timeframe has more than {MOST_EDGES} spans of time: take a shorter one, or longer spans"
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

/// Returns the groups of the first contacts that have most rows, and how many others there are. There may be nearly as many
/// as there are rows: of those that are not wanted no more is held than their count.
fn by_customer(rows: &[Measure], most: usize) -> (Vec<Members>, u64) {
    let mut counts: HashMap<Option<i64>, u32> = HashMap::new();
    for row in rows {
        *counts.entry(row.contact).or_default() += 1;
    }
    let mut largest: Vec<(Reverse<u32>, Option<i64>)> =
        counts.into_iter().map(|(contact, count)| (Reverse(count), contact)).collect();
    largest.sort_unstable();
    let others = largest.len().saturating_sub(most) as u64;
    largest.truncate(most);
    let mut groups: HashMap<Option<i64>, Members> = largest
        .into_iter()
        .map(|(_, contact)| {
            let label = contact.map(|label| (Kind::Contact, label));
            (contact, Members { label, ..Members::default() })
        })
        .collect();
    for (index, row) in numbered(rows) {
        if let Some(group) = groups.get_mut(&row.contact) {
            group.rows.push(index);
        }
    }
    (groups.into_values().collect(), others)
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
    Members { rows, ..Members::default() }
}

/// Counts and measures conversations; of answers only those of one responder, where one is given.
fn figures<'a>(rows: impl Iterator<Item = &'a Measure>, responder: Option<i64>) -> Figures {
    let mut figures = Figures::default();
    let is_meant = |answer: &&Answer<i64>| responder.is_none_or(|responder| answer.by == responder);
    let (mut messages, mut firsts, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first_closes, mut closes) = (Vec::new(), Vec::new());
    for row in rows {
        figures.conversations += 1;
        match row.state {
            StateCode::Open => figures.open += 1,
            StateCode::Snoozed => figures.snoozed += 1,
            StateCode::Closed => figures.closed += 1,
            StateCode::Other => {}
        }
        figures.unanswered += u64::from(row.state == StateCode::Open && row.answered == Answered::No);
        figures.waiting += u64::from(row.waiting.is_some());
        figures.answered_by_bot += u64::from(row.bot);
        figures.reopened += u64::from(row.reopened > 0);
        messages.push(row.messages.unsigned_abs());
        let first = row.answers.first().filter(|_| row.answered == Answered::Yes).filter(is_meant);
        firsts.extend(first.map(|answer| answer.after.unsigned_abs()));
        all.extend(row.answers.iter().filter(is_meant).map(|answer| answer.after.unsigned_abs()));
        first_closes.extend(row.first_close.map(i64::unsigned_abs));
        closes.extend(row.closed.map(i64::unsigned_abs));
    }
    figures.messages = messages.iter().sum();
    figures.messages_each = spread(messages);
    figures.first_response = spread(firsts);
    figures.response = spread(all);
    figures.time_to_first_close = spread(first_closes);
    figures.time_to_close = spread(closes);
    figures
}

/// Returns how values are spread, by nearest rank.
fn spread(mut values: Vec<u64>) -> Option<Spread> {
    let (min, max) = (*values.iter().min()?, *values.iter().max()?);
    let (count, sum) = (values.len(), values.iter().sum());
    // Each is looked for among those that lie below the one before: much less work than to sort them all.
    let mut below = values.as_mut_slice();
    let [p95, p90, median] = [95, 90, 50].map(|share| {
        let place = (count * share).div_ceil(100).max(1) - 1;
        let value = *below.select_nth_unstable(place).1;
        let lower = std::mem::take(&mut below);
        below = &mut lower[..=place];
        value
    });
    Some(Spread { count: count as u64, sum, min, median, p90, p95, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let of = |values: &[u64]| spread(values.to_vec());
        assert_eq!(of(&[]), None);
        let one = Spread { count: 1, sum: 7, min: 7, median: 7, p90: 7, p95: 7, max: 7 };
        assert_eq!(of(&[7]), Some(one));
        let two = of(&[30, 10]).map(|spread| (spread.median, spread.p90, spread.sum));
        assert_eq!(two, Some((10, 30, 40)));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let spread = of(&hundred).map(|spread| (spread.median, spread.p90, spread.p95, spread.max));
        assert_eq!(spread, Some((50, 90, 95, 100)));
        let mut dice = fastrand::Rng::with_seed(1);
        for length in 1..300 {
            let values: Vec<u64> = (0..length).map(|_| dice.u64(0..40)).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = |share: usize| sorted[(sorted.len() * share).div_ceil(100) - 1];
            let found =
                of(&values).map(|spread| [spread.min, spread.median, spread.p90, spread.p95, spread.max]);
            assert_eq!(found, Some([sorted[0], rank(50), rank(90), rank(95), rank(100)]), "{values:?}");
        }
    }
}
