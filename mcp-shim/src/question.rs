//! The question that the arguments of a search or of statistics ask. Pure, but for asking the zone.

use chrono::{DateTime, TimeZone};
use proto::query::{self, Parsed};
use proto::types::{Compare, Field, Question, TimeField, Unknown, Window};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::arguments::is_nothing;
use crate::error::Error;
use crate::text;
use crate::window::Asked;

/// Most notes on a query: whoever wrote it sees the others once these are taken care of.
const MOST_NOTES: usize = 5;
/// Most of a name that is repeated in an answer's text.
const LONGEST_NAME: usize = 100;

/// The arguments that say which conversations are meant.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct Filters {
    /// Words that must all occur; `"a phrase"`, `prefix*`, `-not`, `this OR that`, brackets; conditions: `tag:billing`,
    /// `from:ada@example.com`, `is:waiting`, `said:customer`, `before:2026-10-01`.
    query: Option<String>,
    #[serde(flatten)]
    window: Asked,
    /// What the timeframe is about: "activity" (anything that happened; unless given), "created", "updated".
    time: Option<Time>,
    /// Of the contact with this e-mail address.
    customer_email: Option<String>,
    /// Now in this state.
    state: Option<State>,
    /// With this tag.
    tag: Option<String>,
    /// Of this teammate or team, by name or id; "none": unassigned.
    assignee: Option<String>,
}

/// Which time of a conversation is meant.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Time {
    Activity,
    Created,
    Updated,
}

/// A state, or any: where every argument has to be given, that is how to say nothing.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum State {
    Any,
    Open,
    Closed,
    Snoozed,
}

impl State {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::Open => Some("open"),
            Self::Closed => Some("closed"),
            Self::Snoozed => Some("snoozed"),
        }
    }
}

impl Filters {
    /// Returns the question, whose timeframe is about this time of a conversation unless another one was said.
    ///
    /// # Errors
    /// As [`Self::question`].
    pub(crate) fn question_by<Tz: TimeZone>(
        &self,
        by: TimeField,
        now: &DateTime<Tz>,
    ) -> Result<(Question, Vec<String>), Error> {
        let (mut question, notes) = self.question(now)?;
        if self.time.is_none() {
            question.by = by;
        }
        Ok((question, notes))
    }

    /// Returns the question, given the present in the user's zone, and what of it was understood in another way than it
    /// may have been meant.
    ///
    /// # Errors
    /// When one of them cannot be used; the text names it.
    pub(crate) fn question<Tz: TimeZone>(
        &self,
        now: &DateTime<Tz>,
    ) -> Result<(Question, Vec<String>), Error> {
        let Parsed { query, window, notes } = query::parse(self.query.as_deref().unwrap_or_default(), now)
            .map_err(|error| Error::arguments(format!("`query`: {error}")))?;
        let notes = notes.iter().take(MOST_NOTES).map(|note| format!("`query`: {}", note.what())).collect();
        let mut question = Question { query, window, by: TimeField::default() };
        let window = self.window.window(now)?;
        if window != Window::default() {
            if question.window != Window::default() {
                return Err(Error::arguments(
                    "the timeframe is given twice: say it either in `query` or in `timeframe`, `start_date` and `end_date`",
                ));
            }
            question.window = window;
        }
        question.by = match self.time {
            None | Some(Time::Activity) => TimeField::Activity,
            Some(Time::Created) => TimeField::Created,
            Some(Time::Updated) => TimeField::Updated,
        };
        let state = self.state.and_then(State::name).map(str::to_owned);
        let question = question
            .with(Field::Customer, self.customer_email.clone())
            .with(Field::State, state)
            .with(Field::Tag, self.tag.clone())
            .with(Field::Assignee, self.assignee.clone());
        Ok((question, notes))
    }
}

/// Returns what a timeframe is to be compared with; `None`: that was not said.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn compare<Tz: TimeZone>(
    words: Option<&str>,
    now: &DateTime<Tz>,
) -> Result<Option<Compare>, Error> {
    let said = words.map(str::trim).filter(|words| !is_nothing(words) || words.eq_ignore_ascii_case("none"));
    let read = |words| {
        Compare::parse(words, now).map_err(|error| {
            Error::arguments(format!(
                "`compare`: {error}; e.g. {{\"timeframe\": \"last 7 days\", \"compare\": \"previous\"}}"
            ))
        })
    };
    said.map(read).transpose()
}

/// Returns what a window is held against, in words that precede its ends.
pub(crate) const fn when(by: TimeField) -> &'static str {
    match by {
        TimeField::Activity => "with activity",
        TimeField::Created => "created",
        TimeField::Updated => "last changed",
    }
}

/// Returns a line for each condition that nothing fulfils, with what may have been meant.
pub(crate) fn unknown(conditions: &[Unknown]) -> String {
    let quoted = |text: &String| text::quote_inline(text, LONGEST_NAME);
    let line = |unknown: &Unknown| {
        let Unknown { field, value, similar, held } = unknown;
        if !held {
            return format!(
                "This copy does not hold the {field} of conversations, so none is found by it.\n"
            );
        }
        let meant = match similar.as_slice() {
            [] => "check the spelling".to_owned(),
            similar => {
                format!("did you mean {}?", similar.iter().map(quoted).collect::<Vec<_>>().join(" or "))
            }
        };
        format!("No stored conversation has the {field} {}: {meant}\n", quoted(value))
    };
    conditions.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::Utc;
    use serde_json::json;

    use super::*;

    fn filters(arguments: serde_json::Value) -> Filters {
        serde_json::from_value(arguments).unwrap()
    }

    #[test]
    fn every_argument_becomes_its_condition_and_any_state_none() {
        let given = json!({
            "query": "refund", "time": "created", "customer_email": "ada@example.com", "state": "open",
            "assignee": "none"
        });
        let (question, _) = filters(given).question(&Utc::now()).unwrap();
        assert_eq!(question.by, TimeField::Created);
        let query = "refund customer:ada@example.com state:open assignee:none";
        assert_eq!(question.query.to_string(), query);
        let (any, _) = filters(json!({"state": "any"})).question(&Utc::now()).unwrap();
        assert_eq!(any, Question::default());
    }

    #[test]
    fn conditions_among_the_words_of_a_query_add_to_the_arguments() {
        let given = json!({"query": "refund tag:vip before:2026-10-01 subject:x", "state": "open"});
        let (question, notes) = filters(given).question(&Utc::now()).unwrap();
        assert_eq!(question.query.to_string(), "refund tag:vip subject:x state:open");
        assert!(question.window.end.is_some());
        assert!(notes[0].starts_with("`query`: there is no condition `subject:`"), "{notes:?}");

        let twice = filters(json!({"query": "refund before:2026-10-01", "timeframe": "today"}));
        assert!(twice.question(&Utc::now()).unwrap_err().to_string().contains("given twice"));
        let unreadable = filters(json!({"query": "refund state:lost"}));
        assert!(unreadable.question(&Utc::now()).unwrap_err().to_string().starts_with("`query`: "));
    }

    #[test]
    fn an_unknown_condition_is_named_with_what_may_have_been_meant() {
        let unknown_tag = |similar: &[&str]| Unknown {
            field: Field::Tag,
            value: "refnd\"\n".to_owned(),
            similar: similar.iter().map(|text| (*text).to_owned()).collect(),
            held: true,
        };
        assert_eq!(
            unknown(&[unknown_tag(&["refund", "reload"])]),
            "No stored conversation has the tag \"refnd\\\"\": did you mean \"refund\" or \"reload\"?\n"
        );
        assert!(unknown(&[unknown_tag(&[])]).contains("check the spelling"));
    }
}
