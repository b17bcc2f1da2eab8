//! Counts and response times, also against another time. Each group is a list of rows; what is counted and measured of it is
//! the same for all.

mod figures;
mod groups;
mod waiting;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use proto::fields::Field;
use proto::types::{Figures, Group, GroupKind, Grouping, StatsBefore, Unknown, Waiting};
use proto::{Interval, Timestamp};
use rusqlite::OptionalExtension;

use self::figures::figures;
use self::groups::{Key, Members};
use super::Snapshot;
use super::matching::Matching;
use super::question::Question;
use crate::fields::{Names, Source};
use crate::hours::BusinessHours;
use crate::model::TeammateKind;
use crate::store::error::{Attempt, Error};
use crate::store::fields::BETWEEN;
use crate::store::labels::Kind;
use crate::store::measure::Measure;

/// What is to be counted.
#[derive(Clone, Debug)]
pub struct Counting {
    /// Which conversations.
    pub question: Question,
    /// What they are put together by.
    pub grouping: Grouping,
    /// The time that they are compared with.
    pub before: Option<Interval>,
    /// Most groups; spans of time and queries are all counted.
    pub limit: u32,
    /// How many of those that have waited longest are named.
    pub waiting: u32,
    /// Lengths of time count these hours alone, where they are given.
    pub hours: Option<Arc<BusinessHours>>,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Of all that matches, each conversation once.
    pub total: Figures,
    /// The same of the time compared with.
    pub before: Option<StatsBefore>,
    /// Of each group: spans of time, queries and ratings in order, others the largest first.
    pub groups: Vec<Group>,
    /// Groups beyond the limit.
    pub left_out: u64,
    /// Those that have waited longest; their addresses, and for how long, are not set.
    pub waiting: Vec<Waiting>,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
}

/// A group in both times: the places of its rows.
struct Both {
    key: Key,
    now: Vec<u32>,
    before: Vec<u32>,
}

impl Snapshot<'_> {
    /// Counts and measures what matches.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when conversations cannot be put together so.
    pub fn stats(&self, counting: &Counting) -> Result<Counted, Error> {
        let Counting { question, grouping, before, limit, waiting, hours } = counting;
        groups::check(grouping)?;
        let Matching { mut rows, mut unknown } = self.matching(question)?;
        let mut earlier = match before {
            Some(window) => {
                let earlier = Question { window: *window, ..question.clone() };
                Some((self.matching(&earlier)?.rows, earlier))
            }
            None => None,
        };
        if let Some(hours) = hours {
            within(hours, &mut rows);
            if let Some((rows, _)) = &mut earlier {
                within(hours, rows);
            }
        }
        let (now, unfulfilled) = self.members(&rows, question, grouping)?;
        unknown.extend(unfulfilled);
        // One span of time is not the same one in another.
        let comparable = earlier.as_ref().filter(|_| !matches!(grouping, Grouping::Time(_)));
        let then = match comparable {
            Some((earlier_rows, earlier)) => self.members(earlier_rows, earlier, grouping)?.0,
            None => Vec::new(),
        };
        let mut both = joined(now, then);
        let mut left_out = 0;
        if matches!(grouping, Grouping::Field(_)) {
            both.retain(|group| group.now.len() + group.before.len() > 0);
            both.sort_by_key(|group| {
                let (now, before) = (group.now.len(), group.before.len());
                (Reverse((now.max(before), now)), group.key.label())
            });
            left_out = both.len().saturating_sub(*limit as usize) as u64;
            both.truncate(*limit as usize);
            both.sort_by_key(|group| (Reverse((group.now.len(), group.before.len())), group.key.label()));
        }
        let mut groups = Vec::with_capacity(both.len());
        // There may be as many as there are customers, and few of them are wanted: only those are named.
        for Both { key, now, before } in both {
            let responder = match key {
                Key::Label(_, label) if *grouping == Grouping::Field(Field::Responder) => Some(label),
                _ => None,
            };
            let count = |rows: &[Measure], places: &[u32]| {
                figures(places.iter().filter_map(|place| rows.get(*place as usize)), responder)
            };
            groups.push(Group {
                figures: count(&rows, &now),
                before: comparable.map(|(rows, _)| count(rows, &before)),
                ..self.named(grouping, key)?
            });
        }
        if *grouping == Grouping::Field(Field::Rating) {
            let rating = |group: &Group| group.key.as_ref().and_then(|rating| rating.parse::<u8>().ok());
            groups.sort_by_key(|group| (rating(group).is_none(), rating(group)));
        }
        let waiting = self.waiting(&rows, *waiting)?;
        let total = figures(rows.iter(), None);
        let before = earlier
            .map(|(rows, Question { window, .. })| StatsBefore { window, total: figures(rows.iter(), None) });
        Ok(Counted { total, before, groups, left_out, waiting, unknown })
    }

    /// Returns a group with what people call it, and nothing counted.
    fn named(&self, grouping: &Grouping, key: Key) -> Result<Group, Error> {
        match (key, grouping) {
            (Key::Label(kind, label), _) => self.labelled_as(grouping, kind, label),
            (Key::Span(span), _) => Ok(Group { span: Some(span), ..Group::default() }),
            (Key::Query(number), Grouping::Queries(queries)) => {
                let query = queries.get(number);
                let (name, key) =
                    (query.map(|query| query.name.clone()), query.map(|query| query.query.to_string()));
                Ok(Group { key, name, ..Group::default() })
            }
            (Key::Place(place), Grouping::Clock(clock)) => {
                let name = clock.cycle.names().into_iter().nth(place);
                Ok(Group { key: name.clone(), name, ..Group::default() })
            }
            (Key::Query(_) | Key::Place(_) | Key::Nothing, _) => Ok(Group::default()),
        }
    }

    fn labelled_as(&self, grouping: &Grouping, kind: Kind, label: i64) -> Result<Group, Error> {
        let attempt = "cannot read a label";
        let key: String = self
            .connection
            .prepare_cached("SELECT name FROM label WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([label], |row| row.get(0)))
            .attempt(attempt)?;
        let group =
            |key: String, name: String| Group { key: Some(key), name: Some(name), ..Group::default() };
        let mut somebody = None;
        let name = match kind {
            Kind::Tag => {
                let spelt = self.tag_as_spelt(label, &key)?.unwrap_or(key);
                return Ok(group(spelt.clone(), spelt));
            }
            Kind::Admin => {
                let name = self.teammate_name(TeammateKind::Admin, &key)?;
                somebody = name.as_ref().map(|_| GroupKind::Person);
                name
            }
            Kind::Team => {
                somebody = Some(GroupKind::Team);
                self.teammate_name(TeammateKind::Team, &key)?
            }
            Kind::Contact => self
                .connection
                .prepare_cached("SELECT coalesce(email, name) FROM contact WHERE id = ?1")
                .and_then(|mut statement| statement.query_row([&key], |row| row.get(0)).optional())
                .attempt(attempt)?
                .flatten(),
            Kind::Field(_) => {
                let Grouping::Field(field) = grouping else { return Ok(group(key.clone(), key)) };
                let value = key.split_once(BETWEEN).map_or(key.as_str(), |(_, value)| value);
                let called = self.called(field, label, value)?;
                let is_somebody =
                    Kind::of(&Field::Responder) == kind || Source::of(field).names == Names::Admin;
                if !is_somebody {
                    return Ok(group(called.clone(), called));
                }
                let known = self.teammate_name(TeammateKind::Admin, value)?.is_some();
                return Ok(Group {
                    kind: known.then_some(GroupKind::Person),
                    ..group(value.to_owned(), called)
                });
            }
            Kind::State | Kind::Email | Kind::Unassigned => None,
        };
        let name = name.unwrap_or_else(|| key.clone());
        Ok(Group { kind: somebody, ..group(key, name) })
    }
}

/// Measures in business hours what is measured of conversations.
fn within(hours: &BusinessHours, rows: &mut [Measure]) {
    let start = rows.iter().map(|row| row.created_at).min().unwrap_or(0);
    let end = rows.iter().map(Measure::end).max().unwrap_or(0);
    let open = hours.open(Timestamp(start), Timestamp(end));
    for row in rows {
        row.within(&open);
    }
}

/// Puts the groups of two times together, those of the first time in their order.
fn joined(now: Vec<Members>, before: Vec<Members>) -> Vec<Both> {
    let mut before: HashMap<Key, Vec<u32>> =
        before.into_iter().map(|Members { key, rows }| (key, rows)).collect();
    let mut both: Vec<Both> = now
        .into_iter()
        .map(|Members { key, rows }| Both { key, now: rows, before: before.remove(&key).unwrap_or_default() })
        .collect();
    both.extend(before.into_iter().map(|(key, before)| Both { key, now: Vec::new(), before }));
    both
}
