//! Business hours, and how much of a time lies within them. Pure.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use proto::Timestamp;
use proto::timeframe::offsets;

const DAY: i64 = 86_400;
/// 2200-01-01: nothing is measured beyond it.
const LATEST: i64 = 7_258_118_400;

/// When a business is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    /// Whose clocks the hours are of.
    pub zone: Tz,
    /// From Monday on the hours of each day, in seconds since midnight by the clock: ascending, none overlaps another.
    pub week: [Vec<Range<i64>>; 7],
    /// Days on which it is closed all the same.
    pub holidays: BTreeSet<NaiveDate>,
}

impl BusinessHours {
    /// Returns when it is open between two instants: whenever the clock shows a time within its hours, so that an hour which
    /// clocks show twice counts twice, and one that they skip not at all.
    #[must_use]
    pub fn open(&self, start: Timestamp, end: Timestamp) -> Open {
        let (start, end) = (start.0.clamp(0, LATEST), end.0.clamp(0, LATEST));
        let offsets = offsets(&self.zone, Timestamp(start), Timestamp(end));
        let ends = offsets.iter().skip(1).map(|offset| offset.from.0).chain([end]);
        let holidays: BTreeSet<i64> = self.holidays.iter().map(|date| day_of(*date)).collect();
        let mut open = Open::default();
        for (offset, until) in offsets.iter().zip(ends) {
            let (from, east) = (offset.from.0, i64::from(offset.seconds));
            for day in (from + east).div_euclid(DAY)..=(until + east).div_euclid(DAY) {
                if holidays.contains(&day) {
                    continue;
                }
                let midnight = day * DAY - east;
                for hours in &self.week[weekday(day)] {
                    open.add((midnight + hours.start).max(from)..(midnight + hours.end).min(until));
                }
            }
        }
        open
    }
}

/// Returns the number of a day since 1970-01-01.
fn day_of(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

/// Returns the weekday of a day, from Monday on.
fn weekday(day: i64) -> usize {
    // 1970 began on a Thursday.
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// In words: `Mon-Thu 09:00-17:00, Fri 09:00-12:00 and 13:00-15:00 (Europe/Berlin)`.
impl fmt::Display for BusinessHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WEEK: [Weekday; 7] = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        let time = |at: i64| format!("{:02}:{:02}", at / 3_600, at / 60 % 60);
        let span = |hours: &Range<i64>| format!("{}-{}", time(hours.start), time(hours.end));
        let mut said = Vec::new();
        let mut days = WEEK.iter().zip(&self.week).peekable();
        while let Some((first, hours)) = days.next() {
            let mut last = first;
            while let Some((day, _)) = days.next_if(|(_, next)| *next == hours) {
                last = day;
            }
            if !hours.is_empty() {
                let hours = hours.iter().map(span).collect::<Vec<_>>().join(" and ");
                let more = if first == last { String::new() } else { format!("-{last}") };
                said.push(format!("{first}{more} {hours}"));
            }
        }
        write!(f, "{} ({})", said.join(", "), self.zone)?;
        match self.holidays.len() {
            0 => Ok(()),
            1 => f.write_str(", less 1 holiday"),
            count => write!(f, ", less {count} holidays"),
        }
    }
}

/// When a business was open, for many questions about it.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// Ascending, none overlaps another; each with the seconds of those before it.
    spans: Vec<(Range<i64>, i64)>,
}

impl Open {
    fn add(&mut self, span: Range<i64>) {
        if !span.is_empty() {
            let before = self.spans.last().map_or(0, |(last, before)| before + last.end - last.start);
            self.spans.push((span, before));
        }
    }

    /// Returns for how many seconds it was open from one instant to another.
    #[must_use]
    pub fn seconds(&self, from: i64, to: i64) -> i64 {
        (self.before(to) - self.before(from)).max(0)
    }

    /// Returns for how many seconds it was open before an instant.
    fn before(&self, at: i64) -> i64 {
        let begun = self.spans.partition_point(|(span, _)| span.start < at);
        let last = begun.checked_sub(1).and_then(|last| self.spans.get(last));
        last.map_or(0, |(span, before)| before + at.min(span.end) - span.start)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::{Datelike as _, Timelike as _};
    use chrono_tz::America::New_York;
    use chrono_tz::Australia::Lord_Howe;
    use chrono_tz::Europe::Berlin;
    use chrono_tz::Pacific::Apia;

    use super::*;

    const HOUR: i64 = 3_600;

    fn office(zone: Tz) -> BusinessHours {
        let long = || std::iter::once(9 * HOUR..17 * HOUR).collect::<Vec<_>>();
        let friday = vec![9 * HOUR..12 * HOUR, 13 * HOUR..15 * HOUR];
        let week = [long(), long(), long(), long(), friday, Vec::new(), Vec::new()];
        BusinessHours { zone, week, holidays: BTreeSet::new() }
    }

    fn at(text: &str) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
    }

    fn within(hours: &BusinessHours, from: i64, to: i64) -> i64 {
        hours.open(Timestamp(from), Timestamp(to)).seconds(from, to)
    }

    #[test]
    fn a_night_and_a_weekend_do_not_count() {
        let office = office(Berlin);
        // Thursday 16:00 to Monday 10:00, the clocks going back on Sunday: 1 h, 3 h and 2 h, 1 h.
        assert_eq!(
            within(&office, at("2026-10-22T16:00:00+02:00"), at("2026-10-26T10:00:00+01:00")),
            7 * HOUR
        );
        let holidays = [NaiveDate::from_ymd_opt(2026, 10, 23).unwrap()].into();
        let closed = BusinessHours { holidays, ..office };
        assert_eq!(
            within(&closed, at("2026-10-22T16:00:00+02:00"), at("2026-10-26T10:00:00+01:00")),
            2 * HOUR
        );
        assert_eq!(
            closed.to_string(),
            "Mon-Thu 09:00-17:00, Fri 09:00-12:00 and 13:00-15:00 (Europe/Berlin), less 1 holiday"
        );
    }

    #[test]
    fn time_beyond_all_bounds_is_counted_as_far_as_it_is_known() {
        let open = office(Berlin).open(Timestamp(i64::MIN), Timestamp(i64::MAX));
        assert_eq!(open.seconds(i64::MIN, 0), 0);
        assert!(open.seconds(i64::MIN, i64::MAX) > 0);
        assert_eq!(open.seconds(i64::MAX, i64::MIN), 0);
    }

    #[test]
    fn whatever_clocks_do_it_is_what_counting_each_minute_comes_to() {
        let mut dice = fastrand::Rng::with_seed(16);
        // Clocks change within these weeks; in Apia a whole day was left out.
        let places = [
            (Berlin, "2026-03-20T00:00:00Z"),
            (Berlin, "2026-10-16T00:00:00Z"),
            (New_York, "2026-10-25T00:00:00Z"),
            (Lord_Howe, "2026-03-28T00:00:00Z"),
            (Lord_Howe, "2026-09-26T00:00:00Z"),
            (Apia, "2011-12-24T00:00:00Z"),
        ];
        for (zone, start) in places {
            for _ in 0..8 {
                let mut edges = || {
                    let mut edges: Vec<i64> =
                        (0..2 * dice.i64(0..3)).map(|_| 60 * dice.i64(0..=1_440)).collect();
                    edges.sort_unstable();
                    edges.dedup();
                    edges.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect::<Vec<_>>()
                };
                let week = std::array::from_fn(|_| edges());
                let first = at(start);
                let holiday = Timestamp(first + dice.i64(0..14) * DAY).to_datetime().date_naive();
                let hours = BusinessHours { zone, week, holidays: [holiday].into() };
                let is_open = |minute: i64| {
                    let wall = Timestamp(minute).to_datetime().with_timezone(&zone);
                    let at = i64::from(wall.num_seconds_from_midnight());
                    let of_day = &hours.week[wall.weekday().num_days_from_monday() as usize];
                    wall.date_naive() != holiday && of_day.iter().any(|hours| hours.contains(&at))
                };
                let open = hours.open(Timestamp(first), Timestamp(first + 14 * DAY));
                for _ in 0..5 {
                    let from = first + 60 * dice.i64(0..7 * 1_440);
                    let to = from + 60 * dice.i64(0..7 * 1_440);
                    let slowly = (from..to).step_by(60).filter(|minute| is_open(*minute)).count();
                    let slowly = 60 * i64::try_from(slowly).unwrap();
                    assert_eq!(open.seconds(from, to), slowly, "{hours} from {from} to {to}");
                    assert_eq!(within(&hours, from, to), slowly, "{hours} from {from} to {to}");
                }
            }
        }
    }
}
