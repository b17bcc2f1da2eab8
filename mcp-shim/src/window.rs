//! The window that a tool's time arguments name, in the user's zone. Pure, but for asking the zone.

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use proto::Timestamp;
use proto::timeframe::{parse_instant, parse_instant_end, parse_timeframe};
use proto::types::Window;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::arguments::is_nothing;
use crate::error::Error;

/// The time arguments, which every tool that is about a time has alike.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct Asked {
    /// In words, in the user's time zone: "last 7 days", "Q3 2026", "2026-10-01..2026-10-15"; or `start_date` and `end_date`.
    /// Unless given: all that is kept.
    pub(crate) timeframe: Option<String>,
    /// A date ("2026-10-01") or an instant ("2026-10-01T09:00:00Z").
    pub(crate) start_date: Option<String>,
    /// The same; of a date the whole day counts. Without it: now.
    pub(crate) end_date: Option<String>,
}

impl Asked {
    /// Returns the window meant, given the present in the user's zone.
    ///
    /// # Errors
    /// When a text cannot be read, the window ends before it starts, or both ways of naming it are used at once.
    pub(crate) fn window<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Result<Window, Error> {
        let given = |text: &Option<String>| text.clone().filter(|text| !is_nothing(text));
        let [timeframe, start, end] = [&self.timeframe, &self.start_date, &self.end_date].map(given);
        if let Some(words) = timeframe {
            if start.is_some() || end.is_some() {
                return Err(Error::arguments(
                    "give either `timeframe` or `start_date` and `end_date`, not both: \
                     e.g. {\"timeframe\": \"last 7 days\"} or {\"start_date\": \"2026-10-01\", \"end_date\": \"2026-10-15\"}",
                ));
            }
            let read = parse_timeframe(&words, now).map_err(|error| named("timeframe", &error))?;
            return Ok(Window { start: read.start.map(timestamp), end: read.end.map(timestamp) });
        }
        let start = start.map(|text| parse_instant(&dated(text), now)).transpose();
        let end = end.map(|text| parse_instant_end(&dated(text), now)).transpose();
        let start = start.map_err(|error| named("start_date", &error))?.map(timestamp);
        let end = end.map_err(|error| named("end_date", &error))?.map(timestamp);
        if let (Some(start), Some(end)) = (start, end)
            && start >= end
        {
            return Err(Error::arguments(format!(
                "`start_date` ({start}) does not lie before `end_date` ({end})"
            )));
        }
        Ok(Window { start, end })
    }
}

/// Returns the text, a UNIX time written as the instant that it is: seconds have ten digits from 2001 to 2286, and
/// milliseconds thirteen. Fewer are something else, such as the year `2026`.
fn dated(text: String) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_number = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let instant = match (is_number, whole.len(), whole.parse()) {
        (true, 1 | 10, Ok(seconds)) => DateTime::from_timestamp(seconds, 0),
        (true, 13, Ok(milliseconds)) => DateTime::from_timestamp_millis(milliseconds),
        _ => None,
    };
    instant.map_or(text, |instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    Timestamp::from(instant)
}

fn named(argument: &str, error: &dyn std::error::Error) -> Error {
    Error::arguments(format!("`{argument}`: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn window(timeframe: &str, start: &str, end: &str) -> Result<Window, String> {
        let now = "2026-10-15T12:00:00+02:00".parse::<DateTime<chrono::FixedOffset>>().unwrap();
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let asked = Asked { timeframe: given(timeframe), start_date: given(start), end_date: given(end) };
        asked.window(&now).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp::from(text.parse::<DateTime<Utc>>().unwrap()))
    }

    #[test]
    fn dates_mean_whole_days_of_the_users_zone_and_what_stands_for_nothing_is_absent() {
        let whole = Window { start: at("2026-09-30T22:00:00Z"), end: at("2026-10-02T22:00:00Z") };
        assert_eq!(window("", "2026-10-01", "2026-10-02").unwrap(), whole);
        assert_eq!(window("null", "undefined", "None").unwrap(), Window::default());
    }

    #[test]
    fn unix_times_are_the_instants_that_they_name() {
        let written = window("", "2026-10-01T09:00:00Z", "2026-10-01T10:00:00Z").unwrap();
        for (start, end) in [
            ("1790845200", "1790848800"),
            ("1790845200000", "1790848800000"),
            ("1790845200.25", "1790848800.5"),
            ("1790845200999", "1790848800.0"),
        ] {
            assert_eq!(window("", start, end).unwrap(), written, "{start} {end}");
        }
        assert_eq!(window("", "0", "").unwrap(), Window { start: Some(Timestamp::EPOCH), end: None });
        for neither in ["179084520", "17908452000", "-1790845200", "1790845200x"] {
            assert!(window("", neither, "").unwrap_err().contains("`start_date`"), "{neither}");
        }
    }

    #[test]
    fn a_timeframe_in_words_is_understood() {
        let week = window("last 7 days", "", "").unwrap();
        assert_eq!(week, Window { start: at("2026-10-08T10:00:00Z"), end: None });
    }

    #[test]
    fn what_cannot_be_used_names_the_argument_and_shows_what_can() {
        assert!(window("lasst wek", "", "").unwrap_err().contains("`timeframe`"));
        assert!(window("", "2026-13-01", "").unwrap_err().contains("`start_date`"));
        assert!(window("today", "2026-10-01", "").unwrap_err().contains("not both"));
        assert!(window("", "2026-10-02", "2026-10-01").unwrap_err().contains("does not lie before"));
    }
}
