//! Where the hours, days, weeks and months of a window begin, in any zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, TimeZone, Timelike, Utc};
use thiserror::Error;

use super::zone;
use crate::wire::timestamp::Timestamp;

/// Most instants that are returned: as many as a question can carry.
pub const MOST_EDGES: usize = 5_000;

/// The length of the spans that a window is cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Every {
    /// From one full hour of the wall clock to the next; a change of clocks by less than an hour begins one as well.
    Hour,
    /// From midnight to midnight: 23 or 25 hours where clocks change.
    Day,
    /// From Monday to Monday.
    Week,
    /// Seven times 24 hours each, counted back from the end.
    SevenDays,
    /// From the first of a month to the next.
    Month,
}

impl Every {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::SevenDays => "7days",
            Self::Month => "month",
        }
    }

    const fn longer(self) -> &'static str {
        match self {
            Self::Hour => " or a grouping by day",
            Self::Day => " or a grouping by week",
            Self::Week | Self::SevenDays | Self::Month => "",
        }
    }
}

/// The window has more spans than a question can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the timeframe has more than {} spans of a {}: choose a shorter one{}",
    MOST_EDGES - 1, .0.as_str(), .0.longer()
)]
pub struct TooManySpans(pub Every);

/// Returns the instants at which spans begin: `start`, then each boundary inside, then the first instant after `end`.
///
/// Both ends belong to the window. A boundary at `end` itself is left out: it would begin a span of one second.
/// Where `end` lies before `start`, there is no span and the list is empty.
///
/// # Errors
/// When there are more than [`MOST_EDGES`].
pub fn edges<Tz: TimeZone>(
    every: Every,
    start: Timestamp,
    end: Timestamp,
    zone: &Tz,
) -> Result<Vec<Timestamp>, TooManySpans> {
    if end < start {
        return Ok(Vec::new());
    }
    let mut edges = vec![start];
    let boundaries: &mut dyn Iterator<Item = DateTime<Utc>> = match every {
        Every::Hour => &mut hours(start.to_datetime(), zone),
        Every::SevenDays => &mut sevens(start, end),
        Every::Day | Every::Week | Every::Month => &mut midnights(every, start.to_datetime(), zone),
    };
    for boundary in boundaries.map(Timestamp::from).take_while(|boundary| *boundary < end) {
        // A day that clocks skip wholly begins with the next one.
        if edges.last().is_some_and(|last| boundary <= *last) {
            continue;
        }
        if edges.len() + 2 > MOST_EDGES {
            return Err(TooManySpans(every));
        }
        edges.push(boundary);
    }
    edges.push(end.plus(1));
    Ok(edges)
}

/// Returns the full hours after an instant.
fn hours<Tz: TimeZone>(start: DateTime<Utc>, zone: &Tz) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(start), |instant| {
        let wall = zone::local(zone, *instant)?;
        let left = 3_600 - wall.minute() * 60 - wall.second();
        instant.checked_add_signed(TimeDelta::seconds(left.into()))
    })
    .skip(1)
}

/// Returns the instants that lie a multiple of seven days before the first one after the end.
fn sevens(start: Timestamp, end: Timestamp) -> impl Iterator<Item = DateTime<Utc>> {
    const LENGTH: i64 = 7 * 86_400;
    let rest = end.plus(1).since(start) % LENGTH;
    // Both ends belong to the window: "last 14 days" has a second more than two spans, which is worth none of its own.
    let first = start.plus(if rest <= 1 { LENGTH + rest } else { rest });
    std::iter::successors(Some(first), |at| Some(at.plus(LENGTH))).map(Timestamp::to_datetime)
}

/// Returns when the days, weeks or months after an instant begin.
fn midnights<Tz: TimeZone>(
    every: Every,
    start: DateTime<Utc>,
    zone: &Tz,
) -> impl Iterator<Item = DateTime<Utc>> {
    let today = zone::local(zone, start).map(|wall| wall.date());
    std::iter::successors(today, move |date| next(every, *date))
        .skip(1)
        .map_while(|date| zone::midnight(zone, date))
}

fn next(every: Every, date: NaiveDate) -> Option<NaiveDate> {
    match every {
        Every::Hour | Every::Day | Every::SevenDays => date.succ_opt(),
        Every::Week => date.checked_add_days(Days::new(7 - u64::from(date.weekday().num_days_from_monday()))),
        Every::Month => date.with_day(1)?.checked_add_months(Months::new(1)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono_tz::America::Havana;
    use chrono_tz::Asia::Kathmandu;
    use chrono_tz::Australia::Lord_Howe;
    use chrono_tz::Europe::Berlin;
    use chrono_tz::Pacific::Apia;
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;

    fn at(zone: Tz, wall: &str) -> Timestamp {
        Timestamp::from(zone.from_local_datetime(&wall.parse().unwrap()).earliest().unwrap().to_utc())
    }

    /// Returns the edges as the wall clock shows them, the last one excepted.
    fn cut(every: Every, zone: Tz, start: &str, end: &str) -> Vec<String> {
        let mut edges = edges(every, at(zone, start), at(zone, end), &zone).unwrap();
        assert_eq!(edges.pop(), Some(at(zone, end).plus(1)));
        let wall = |at: Timestamp| at.to_datetime().with_timezone(&zone).format("%m-%dT%H:%M").to_string();
        edges.into_iter().map(wall).collect()
    }

    fn lengths(every: Every, zone: Tz, start: &str, end: &str) -> Vec<i64> {
        let edges = edges(every, at(zone, start), at(zone, end), &zone).unwrap();
        edges.windows(2).map(|pair| pair[1].since(pair[0])).collect()
    }

    #[test]
    fn days_begin_at_midnight_and_the_first_span_where_the_window_does() {
        let days = cut(Every::Day, Berlin, "2026-11-16T15:30:00", "2026-11-18T09:00:00");
        assert_eq!(days, ["11-16T15:30", "11-17T00:00", "11-18T00:00"]);
    }

    #[test]
    fn days_on_which_clocks_change_have_23_or_25_hours() {
        const HOUR: i64 = 3_600;
        let spring = lengths(Every::Day, Berlin, "2026-03-28T00:00:00", "2026-03-30T23:59:59");
        assert_eq!(spring, [24 * HOUR, 23 * HOUR, 24 * HOUR]);
        let autumn = lengths(Every::Day, Berlin, "2026-10-24T00:00:00", "2026-10-26T23:59:59");
        assert_eq!(autumn, [24 * HOUR, 25 * HOUR, 24 * HOUR]);
        // Here midnight itself is skipped in spring and comes twice in autumn.
        let spring = lengths(Every::Day, Havana, "2026-03-07T00:00:00", "2026-03-09T23:59:59");
        assert_eq!(spring, [24 * HOUR, 23 * HOUR, 24 * HOUR]);
        let autumn = lengths(Every::Day, Havana, "2026-10-31T00:00:00", "2026-11-02T23:59:59");
        assert_eq!(autumn, [24 * HOUR, 25 * HOUR, 24 * HOUR]);
    }

    #[test]
    fn a_day_that_clocks_skip_wholly_is_no_span() {
        let days = cut(Every::Day, Apia, "2011-12-29T00:00:00", "2011-12-31T23:59:59");
        assert_eq!(days, ["12-29T00:00", "12-31T00:00"]);
    }

    #[test]
    fn spans_of_seven_days_are_counted_back_from_the_end() {
        const WEEK: i64 = 7 * 86_400;
        let spans = lengths(Every::SevenDays, Berlin, "2026-10-01T00:00:00", "2026-10-17T11:59:59");
        assert_eq!(spans, [2 * 86_400 + 12 * 3_600, WEEK, WEEK]);
        let whole = lengths(Every::SevenDays, Berlin, "2026-11-02T00:00:00", "2026-11-15T23:59:59");
        assert_eq!(whole, [WEEK, WEEK]);
        let closed = lengths(Every::SevenDays, Berlin, "2026-11-02T12:00:00", "2026-11-16T12:00:00");
        assert_eq!(closed, [WEEK + 1, WEEK]);
    }

    #[test]
    fn weeks_begin_on_mondays_and_months_on_the_first() {
        let weeks = cut(Every::Week, Berlin, "2026-10-14T12:00:00", "2026-11-01T12:00:00");
        assert_eq!(weeks, ["10-14T12:00", "10-19T00:00", "10-26T00:00"]);
        let weeks = cut(Every::Week, Berlin, "2026-10-19T00:00:00", "2026-10-26T12:00:00");
        assert_eq!(weeks, ["10-19T00:00", "10-26T00:00"]);
        let months = cut(Every::Month, Berlin, "2026-01-31T00:00:00", "2026-04-01T12:00:00");
        assert_eq!(months, ["01-31T00:00", "02-01T00:00", "03-01T00:00", "04-01T00:00"]);
    }

    #[test]
    fn hours_are_those_of_the_wall_clock() {
        let hours = cut(Every::Hour, Kathmandu, "2026-11-16T15:30:00", "2026-11-16T17:10:00");
        assert_eq!(hours, ["11-16T15:30", "11-16T16:00", "11-16T17:00"]);
        let twice = cut(Every::Hour, Berlin, "2026-10-25T01:00:00", "2026-10-25T03:30:00");
        assert_eq!(twice, ["10-25T01:00", "10-25T02:00", "10-25T02:00", "10-25T03:00"]);
        let half = cut(Every::Hour, Lord_Howe, "2026-10-04T01:00:00", "2026-10-04T03:30:00");
        assert_eq!(half, ["10-04T01:00", "10-04T02:30", "10-04T03:00"]);
    }

    #[test]
    fn a_window_that_ends_with_its_day_has_no_span_of_a_second_behind_it() {
        let days = cut(Every::Day, Berlin, "2026-11-16T00:00:00", "2026-11-18T00:00:00");
        assert_eq!(days, ["11-16T00:00", "11-17T00:00"]);
    }

    #[test]
    fn a_single_instant_is_a_span_and_a_window_that_ends_before_it_starts_has_none() {
        let noon = at(Berlin, "2026-11-16T12:00:00");
        assert_eq!(edges(Every::Day, noon, noon, &Berlin).unwrap(), [noon, noon.plus(1)]);
        assert_eq!(edges(Every::Day, noon, noon.minus(1), &Berlin).unwrap(), []);
    }

    #[test]
    fn more_spans_than_a_question_can_carry_are_an_error_that_says_what_to_do() {
        let (start, end) = (at(Berlin, "2010-01-01T00:00:00"), at(Berlin, "2026-01-01T00:00:00"));
        let error = edges(Every::Day, start, end, &Berlin).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the timeframe has more than 4999 spans of a day: choose a shorter one or a grouping by week"
        );
        assert!(edges(Every::Week, start, end, &Berlin).is_ok());
        let hours = |edges_less: i64| {
            let last = start.plus((i64::try_from(MOST_EDGES).unwrap() - edges_less) * 3_600);
            edges(Every::Hour, start, last, &Utc).map(|edges| edges.len())
        };
        assert_eq!(hours(1), Ok(MOST_EDGES));
        assert_eq!(hours(0), Err(TooManySpans(Every::Hour)));
    }

    proptest! {
        #[test]
        fn edges_ascend_from_the_start_to_just_after_the_end(
            start in 0_i64..4_000_000_000, length in 0_i64..10_000_000, every in 0_usize..4, zone in 0_usize..5,
        ) {
            let every = [Every::Hour, Every::Day, Every::Week, Every::Month][every];
            let zone = [Berlin, Havana, Apia, Kathmandu, Lord_Howe][zone];
            let (start, end) = (Timestamp(start), Timestamp(start + length));
            let edges = edges(every, start, end, &zone).unwrap();
            prop_assert_eq!((edges[0], edges[edges.len() - 1]), (start, end.plus(1)));
            prop_assert!(edges.is_sorted_by(|a, b| a < b));
        }
    }
}
