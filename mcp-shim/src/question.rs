//! The question that the arguments of a search or of statistics ask. Pure, but for asking the zone.

use chrono::{DateTime, TimeZone};
use proto::query;
use proto::types::{Field, Question, TimeField, Window};
use proto::view::Unknown;

use crate::error::Error;
use crate::text;
use crate::window::{Asked, given};

/// Most of a name that is repeated in an answer's text.
const LONGEST_NAME: usize = 100;

/// The arguments that say which conversations are meant, as they came; blank ones count as absent.
#[derive(Debug, Default)]
pub(crate) struct Filters<'a> {
    pub(crate) query: Option<&'a str>,
    pub(crate) window: Asked<'a>,
    /// What the window is about.
    pub(crate) by: Option<&'a str>,
    pub(crate) customer_email: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    pub(crate) tag: Option<&'a str>,
    pub(crate) assignee: Option<&'a str>,
}

impl Filters<'_> {
    /// Returns the question, given the present in the user's zone.
    ///
    /// # Errors
    /// When one of them cannot be used; the text names it.
    pub(crate) fn question<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Result<Question, Error> {
        let owned = |text| given(text).map(str::to_owned);
        let state = owned(self.state).map(|state| state.to_ascii_lowercase());
        if let Some(state) = state.as_deref().filter(|state| !matches!(*state, "open" | "closed" | "snoozed"))
        {
            return Err(Error::arguments(format!(
                "`state`: there is no {state:?}; it is \"open\", \"closed\" or \"snoozed\", e.g. {{\"state\": \"open\"}}"
            )));
        }
        let mut question = query::parse(given(self.query).unwrap_or_default(), now)
            .map_err(|error| Error::arguments(format!("`query`: {error}")))?;
        let window = self.window.window(now)?;
        if window != Window::default() {
            if question.window != Window::default() {
                return Err(Error::arguments(
                    "the timeframe is given twice: say it either in `query` or in `timeframe`, `start_date` and `end_date`",
                ));
            }
            question.window = window;
        }
        question.by = self.time_field()?;
        Ok(question
            .with(Field::Customer, owned(self.customer_email))
            .with(Field::State, state)
            .with(Field::Tag, owned(self.tag))
            .with(Field::Assignee, owned(self.assignee)))
    }

    fn time_field(&self) -> Result<TimeField, Error> {
        match given(self.by).map(str::to_ascii_lowercase).as_deref() {
            None | Some("activity") => Ok(TimeField::Activity),
            Some("created") => Ok(TimeField::Created),
            Some("updated") => Ok(TimeField::Updated),
            Some(other) => Err(Error::arguments(format!(
                "`by`: there is no {other:?}; it is \"activity\", \"created\" or \"updated\", e.g. {{\"by\": \"created\"}}"
            ))),
        }
    }
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
        let Unknown { field, value, similar } = unknown;
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
    use proto::types::Condition;

    use super::*;

    #[test]
    fn every_argument_becomes_its_condition_and_blank_ones_none() {
        let filters = Filters {
            query: Some("refund"),
            by: Some("Created"),
            customer_email: Some("ada@example.com"),
            state: Some("Open"),
            tag: Some(" "),
            assignee: Some("none"),
            ..Filters::default()
        };
        let question = filters.question(&Utc::now()).unwrap();
        assert_eq!((question.text.as_str(), question.by), ("refund", TimeField::Created));
        let conditions: Vec<_> =
            question.filters.iter().map(|filter| (filter.field.as_str(), filter.value.as_str())).collect();
        assert_eq!(conditions, [("customer", "ada@example.com"), ("state", "open"), ("assignee", "none")]);
    }

    #[test]
    fn conditions_among_the_words_of_a_query_add_to_the_arguments() {
        let filters = Filters {
            query: Some("refund tag:vip before:2026-10-01"),
            state: Some("open"),
            ..Filters::default()
        };
        let question = filters.question(&Utc::now()).unwrap();
        assert_eq!(question.text.trim(), "refund");
        assert_eq!(question.filters, [Condition::is(Field::Tag, "vip"), Condition::is(Field::State, "open")]);
        assert!(question.window.end.is_some());

        let timeframe = Asked { timeframe: Some("today"), ..Asked::default() };
        let twice = Filters { window: timeframe, ..filters };
        assert!(twice.question(&Utc::now()).unwrap_err().to_string().contains("given twice"));
        let unreadable = Filters { query: Some("refund state:lost"), ..Filters::default() };
        assert!(unreadable.question(&Utc::now()).unwrap_err().to_string().starts_with("`query`: "));
    }

    #[test]
    fn an_unknown_condition_is_named_with_what_may_have_been_meant() {
        let unknown_tag = |similar: &[&str]| Unknown {
            field: "tag".to_owned(),
            value: "refnd\"\n".to_owned(),
            similar: similar.iter().map(|text| (*text).to_owned()).collect(),
        };
        assert_eq!(
            unknown(&[unknown_tag(&["refund", "reload"])]),
            "No stored conversation has the tag \"refnd\\\"\": did you mean \"refund\" or \"reload\"?\n"
        );
        assert!(unknown(&[unknown_tag(&[])]).contains("check the spelling"));
    }
}
