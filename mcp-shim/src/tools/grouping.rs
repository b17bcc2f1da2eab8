//! What conversations are put together by, and which groups are on a page.

use chrono::{DateTime, Local, TimeZone, Utc};
use proto::Timestamp;
use proto::fields::FIELDS;
use proto::query;
use proto::timeframe::{Every, edges};
use proto::types::{Clock, Cycle, Field, Grouping, NamedQuery, Window};
use serde_json::Value;

use super::stats::EXAMPLE;
use super::{Call, status};
use crate::arguments::plain;
use crate::error::Error;
use crate::text;

/// Most groups that can be paged through; a reply of the daemon has all up to the page.
pub(super) const MOST_GROUPS: u32 = 5_000;
/// Most queries that are counted at once.
const MOST_QUERIES: usize = 20;
/// Tokens of a query's name.
const LONGEST_NAME: usize = 40;

/// What conversations are put together by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum GroupBy {
    #[default]
    None,
    Spans(Every),
    Clock(Cycle),
    Field(Field),
    Queries(Vec<NamedQuery>),
}

/// The spans of time that can be asked for.
const SPANS: [Every; 4] = [Every::Day, Every::Week, Every::SevenDays, Every::Month];

impl GroupBy {
    /// Reads what a model asked for.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let word = text.trim();
        if word.is_empty()
            || ["any", "all", "*", "none", "null"].iter().any(|none| none.eq_ignore_ascii_case(word))
        {
            return Ok(Self::None);
        }
        if let Some(every) = SPANS.iter().find(|every| every.as_str().eq_ignore_ascii_case(word)) {
            return Ok(Self::Spans(*every));
        }
        if let Some(cycle) = Cycle::named(word) {
            return Ok(Self::Clock(cycle));
        }
        Field::named(word).filter(Field::can_group).map(Self::Field).ok_or_else(|| {
            let fields = FIELDS.iter().filter(|info| info.field.can_group());
            let fields = fields.filter(|info| !matches!(info.field, Field::Attribute(_) | Field::Contact(_)));
            let times = SPANS.iter().map(|every| every.as_str()).chain(Cycle::ALL.map(Cycle::as_str));
            let known: Vec<&str> = times.chain(fields.map(|info| info.name)).collect();
            Error::arguments(format!(
                "`group_by`: there is no {:?}; it is {} or attr.NAME, e.g. {EXAMPLE}",
                text::one_line(word, 60),
                known.join(", ")
            ))
        })
    }

    /// Reads queries with their names: a line each, or as an object or a list in JSON.
    pub(super) fn queries<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<Self, Error> {
        let refused =
            |what: &str| Error::arguments(format!("`queries`: {what}; e.g. \"bugs = crash OR error\""));
        let word = |value: &Value| plain(value).map_err(|what| refused(&what)).map(Option::unwrap_or_default);
        let listed: Vec<(String, String)> = match serde_json::from_str(text) {
            Ok(Value::Object(all)) => all
                .iter()
                .map(|(name, value)| Ok((name.clone(), word(value)?)))
                .collect::<Result<_, Error>>()?,
            Ok(Value::Array(all)) => {
                all.iter().map(|one| Ok(named(&word(one)?))).collect::<Result<_, Error>>()?
            }
            _ => text.split(['\n', ';']).map(named).collect(),
        };
        let read = |(name, words): &(String, String)| {
            let parsed = query::parse(words, now)
                .map_err(|error| refused(&format!("{:?}: {error}", text::one_line(words, 60))))?;
            if parsed.window != Window::default() {
                return Err(refused("the timeframe is that of all of them: give it in `timeframe`"));
            }
            if let Some(note) = parsed.notes.first() {
                return Err(refused(note.what()));
            }
            Ok(NamedQuery { name: text::one_line(name, LONGEST_NAME), query: parsed.query })
        };
        let queries: Vec<NamedQuery> =
            listed.iter().filter(|(_, words)| !words.is_empty()).map(read).collect::<Result<_, Error>>()?;
        if queries.len() > MOST_QUERIES {
            return Err(refused(&format!("at most {MOST_QUERIES} are counted in one call")));
        }
        Ok(if queries.is_empty() { Self::None } else { Self::Queries(queries) })
    }

    fn name(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Spans(every) => every.as_str().to_owned(),
            Self::Clock(cycle) => cycle.as_str().to_owned(),
            Self::Field(field) => field.to_string(),
            Self::Queries(_) => "queries".to_owned(),
        }
    }

    /// Says whether as many groups as there are fit on a page.
    pub(super) const fn is_short(&self) -> bool {
        matches!(self, Self::Spans(_) | Self::Clock(_) | Self::Queries(_))
    }

    /// Returns what to ask the daemon for, of conversations of a window.
    ///
    /// # Errors
    /// When there are too many spans of time, or the daemon cannot be asked where they begin.
    pub(super) async fn grouping(&self, window: Window, call: &Call<'_>) -> Result<Grouping, Error> {
        Ok(match self {
            Self::None => Grouping::Whole,
            Self::Clock(cycle) => Grouping::Clock(Clock::new(*cycle, &Local, Utc::now())),
            Self::Field(field) => Grouping::Field(field.clone()),
            Self::Queries(queries) => Grouping::Queries(queries.clone()),
            Self::Spans(every) => Grouping::Time(spans(*every, window, call).await?),
        })
    }
}

fn named(typed: &str) -> (String, String) {
    let (name, words) = NamedQuery::split(typed);
    (name.to_owned(), words.to_owned())
}

/// Returns where the spans of a window begin in the user's zone, from the history that is kept to the present at most.
async fn spans(every: Every, window: Window, call: &Call<'_>) -> Result<Vec<Timestamp>, Error> {
    let start = match window.start {
        Some(start) => start,
        None => status::current(call.daemon).await?.horizon,
    };
    let now = Timestamp::from(Utc::now());
    let end = window.end.unwrap_or(now).min(now);
    let spans = edges(every, start, end, &Local).map_err(|error| Error::arguments(error.to_string()))?;
    if spans.is_empty() {
        return Err(Error::arguments(format!(
            "the timeframe begins at {start}, which is not in the past; e.g. {EXAMPLE}"
        )));
    }
    Ok(spans)
}

/// Which groups are on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// What they are groups by.
    pub(super) group_by: GroupBy,
    /// How many come before it.
    pub(super) offset: u32,
    /// How many are wanted.
    pub(super) limit: u32,
}

impl Page {
    /// Returns what to ask with for the groups after this many. It is no number alone, which agents would make up.
    pub(super) fn cursor(&self, offset: u64) -> String {
        format!("{}:{offset}", self.group_by.name())
    }

    /// Reads such a cursor.
    pub(super) fn offset(cursor: &str, group_by: &GroupBy) -> Option<u32> {
        let offset = cursor.strip_prefix(&group_by.name())?.strip_prefix(':')?;
        offset.parse().ok().filter(|offset| *offset < MOST_GROUPS)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn named_queries_are_read_as_lines_as_an_object_and_as_a_list() {
        let read = |text: &str| {
            let GroupBy::Queries(queries) = GroupBy::queries(text, &Utc::now()).unwrap() else {
                panic!("{text}")
            };
            let shown = |query: &NamedQuery| format!("{} = {}", query.name, query.query);
            queries.iter().map(shown).collect::<Vec<_>>()
        };
        let expected = ["bugs = crash OR error", "refund = refund"];
        assert_eq!(read("bugs = crash OR error\nrefund"), expected);
        assert_eq!(read("bugs = crash OR error; refund"), expected);
        assert_eq!(read(r#"{"bugs": "crash OR error", "refund": "refund"}"#), expected);
        assert_eq!(read(r#"["bugs = crash OR error", "refund"]"#), expected);
        assert_eq!(GroupBy::queries(" ", &Utc::now()).unwrap(), GroupBy::None);
        for wrong in ["old = refund before:2026-10-01", "a = refund subjct:x state:lost", &"a\n".repeat(21)] {
            let error = GroupBy::queries(wrong, &Utc::now()).unwrap_err().to_string();
            assert!(error.starts_with("`queries`: "), "{error}");
        }
    }
}
