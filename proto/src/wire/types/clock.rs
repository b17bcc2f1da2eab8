//! Hours of the day and days of the week, as the clocks of a zone show them.

use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::timeframe::{Offset, offsets};
use crate::wire::timestamp::Timestamp;

/// What comes again with each day or week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cycle {
    /// The 24 hours of a day.
    HourOfDay,
    /// The days of a week, from Monday on.
    Weekday,
}

impl Cycle {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::HourOfDay, Self::Weekday];

    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HourOfDay => "hour_of_day",
            Self::Weekday => "weekday",
        }
    }

    /// Reads the word for one, with any of `_` and `-`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.trim().replace('-', "_");
        Self::ALL.into_iter().find(|cycle| cycle.as_str().eq_ignore_ascii_case(&word))
    }

    /// Returns what its hours or days are called, in order.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        const WEEK: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        match self {
            Self::HourOfDay => (0..24).map(|hour| format!("{hour:02}:00")).collect(),
            Self::Weekday => WEEK.map(str::to_owned).into(),
        }
    }
}

/// A cycle by the clocks of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Which cycle.
    pub cycle: Cycle,
    /// What the clocks show, ascending, at most 5,000 of them: the first one held before, too, and the last one goes on. The
    /// client knows the user's zone, so it says what it is.
    pub offsets: Vec<Offset>,
}

impl Clock {
    /// Returns a cycle by the clocks of a zone, as far as they are known to change until now.
    #[must_use]
    pub fn new<Tz: TimeZone>(cycle: Cycle, zone: &Tz, now: DateTime<Utc>) -> Self {
        Self { cycle, offsets: offsets(zone, Timestamp::EPOCH, now.into()) }
    }

    /// Returns the place of an instant in the cycle.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> usize {
        let begun = self.offsets.partition_point(|offset| offset.from <= at);
        let east = self.offsets.get(begun.saturating_sub(1)).map_or(0, |offset| offset.seconds);
        let hours = at.plus(east.into()).0.div_euclid(3_600);
        let place = match self.cycle {
            Cycle::HourOfDay => hours.rem_euclid(24),
            // 1970 began on a Thursday.
            Cycle::Weekday => (hours.div_euclid(24) + 3).rem_euclid(7),
        };
        usize::try_from(place).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::{Datelike as _, Timelike as _};
    use chrono_tz::Australia::Lord_Howe;
    use chrono_tz::Europe::Berlin;

    use super::*;

    #[test]
    fn an_instant_has_the_hour_and_the_day_that_the_clock_shows() {
        let now = DateTime::parse_from_rfc3339("2026-12-01T00:00:00Z").unwrap().to_utc();
        for zone in [Berlin, Lord_Howe] {
            let hours = Clock::new(Cycle::HourOfDay, &zone, now);
            let days = Clock::new(Cycle::Weekday, &zone, now);
            // Odd steps over two years, and to either side of what is known.
            for at in (-3..50_000).map(|step| Timestamp(1_735_689_600 + step * 1_261)) {
                let wall = at.to_datetime().with_timezone(&zone);
                let expected = (wall.hour() as usize, wall.weekday().num_days_from_monday() as usize);
                assert_eq!((hours.place(at), days.place(at)), expected, "{wall}");
            }
            for at in [i64::MIN, -1, i64::MAX].map(Timestamp) {
                assert!(hours.place(at) < 24 && days.place(at) < 7);
            }
        }
        assert_eq!(Cycle::named("Hour-of-day"), Some(Cycle::HourOfDay));
        assert_eq!(Cycle::Weekday.names().len(), 7);
    }
}
