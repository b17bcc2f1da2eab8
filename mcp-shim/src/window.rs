//! The window that a tool's time arguments name, in the user's zone. Pure, but for asking the zone.

use chrono::{DateTime, TimeZone, Utc};
use proto::Timestamp;
use proto::timeframe::{parse_instant, parse_instant_end, parse_timeframe};
use proto::types::Window;

use crate::error::Error;

/// The time arguments as they came; blank ones count as absent.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// A timeframe in words.
    pub(crate) timeframe: Option<&'a str>,
    /// The first instant, as a date, an RFC 3339 instant or words.
    pub(crate) start_date: Option<&'a str>,
    /// The last one.
    pub(crate) end_date: Option<&'a str>,
}

impl Asked<'_> {
    /// Returns the window meant, given the present in the user's zone.
    ///
    /// # Errors
    /// When a text cannot be read, the window ends before it starts, or both ways of naming it are used at once.
    pub(crate) fn window<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Result<Window, Error> {
        let [timeframe, start, end] = [self.timeframe, self.start_date, self.end_date].map(given);
        if let Some(words) = timeframe {
            if start.is_some() || end.is_some() {
                return Err(Error::arguments(
                    "give either `timeframe` or `start_date` and `end_date`, not both: \
                     e.g. {\"timeframe\": \"last 7 days\"} or {\"start_date\": \"2026-10-01\", \"end_date\": \"2026-10-15\"}",
                ));
            }
            let read = parse_timeframe(words, now).map_err(|error| named("timeframe", &error))?;
            return Ok(Window { start: read.start.map(timestamp), end: read.end.map(timestamp) });
        }
        let start = start.map(|text| parse_instant(text, now)).transpose();
        let end = end.map(|text| parse_instant_end(text, now)).transpose();
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

/// Returns an argument's text unless it is blank: agents fill in what they do not need with "".
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
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
        let asked = Asked { timeframe: Some(timeframe), start_date: Some(start), end_date: Some(end) };
        asked.window(&now).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp::from(text.parse::<DateTime<Utc>>().unwrap()))
    }

    #[test]
    fn dates_mean_whole_days_of_the_users_zone_and_blank_arguments_are_absent() {
        let whole = Window { start: at("2026-09-30T22:00:00Z"), end: at("2026-10-02T22:00:00Z") };
        assert_eq!(window("", "2026-10-01", "2026-10-02").unwrap(), whole);
        assert_eq!(window(" ", "", "").unwrap(), Window::default());
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
