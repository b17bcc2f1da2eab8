//! From an expression to instants: the calendar, and the rules for what a text leaves open. It must not read text.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};

use super::{
    expression::{Day, Length, Point, Side},
    words::Unit,
    zone::{self, within_reach},
};

/// The present in the user's zone. Its methods return `None` where the result is before 1970 or out of any calendar.
pub(super) struct Calendar<Tz> {
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
    today: NaiveDate,
}

/// Days from the first until before the second.
type Dates = (NaiveDate, NaiveDate);

/// Which one is meant of the days, months and quarters that come again and again.
#[derive(Clone, Copy)]
enum Anchor {
    /// The latest that has begun on this day.
    BegunBy(NaiveDate),
    /// The first that is not over before this day.
    From(NaiveDate),
}

impl<Tz: TimeZone> Calendar<Tz> {
    /// Returns the calendar around an instant.
    pub(super) fn new(now: &DateTime<Tz>) -> Option<Self> {
        let zone = now.timezone();
        let now = within_reach(now.to_utc())?;
        Some(Self { now, today: zone::local(&zone, now)?.date(), zone })
    }

    /// Returns one side of a point; where it comes again and again, of the latest that has begun.
    pub(super) fn side(&self, point: Point, side: Side) -> Option<DateTime<Utc>> {
        self.side_near(point, side, Anchor::BegunBy(self.today))
    }

    /// Returns both ends of a range, each of which helps to understand the other: in "25 Dec to 5 Jan" the end is the
    /// first 5 January that follows, in "1 Oct to 5 Oct 2025" both are in 2025.
    pub(super) fn sides(
        &self,
        start: (Point, Side),
        end: (Point, Side),
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let today = Anchor::BegunBy(self.today);
        let start_anchor = if recurs(start.0) && !recurs(end.0) {
            Anchor::BegunBy(self.dates(end.0, today)?.0)
        } else {
            today
        };
        let first = self.dates(start.0, start_anchor)?.0;
        let end_anchor = match (start.0, end.0) {
            // "yesterday 9:00 to 17:00" ends yesterday, "yesterday to 17:00" today.
            (Point::At(..), Point::At(Day::Implied, _)) => Anchor::From(first),
            (_, Point::At(Day::Implied, _)) => today,
            // "last month to Monday" ends on the Monday that is over, "Friday to Monday" on the one after the Friday.
            (_, Point::Day(Day::Weekday(_)) | Point::At(Day::Weekday(_), _))
                if self.dates(end.0, today)?.0 >= first =>
            {
                today
            }
            _ => Anchor::From(first),
        };
        Some((self.side_near(start.0, start.1, start_anchor)?, self.side_near(end.0, end.1, end_anchor)?))
    }

    fn side_near(&self, point: Point, side: Side, anchor: Anchor) -> Option<DateTime<Utc>> {
        match point {
            Point::Now => Some(self.now),
            Point::Ago(length) => self.ago(length, side),
            Point::At(_, clock) => {
                let wall = self.dates(point, anchor)?.0.and_time(clock.time);
                match clock.offset {
                    Some(offset) => zone::instant(&offset, wall, side),
                    None => zone::instant(&self.zone, wall, side),
                }
            }
            _ => {
                let (first, next) = self.dates(point, anchor)?;
                zone::midnight(&self.zone, if side == Side::First { first } else { next })
            }
        }
    }

    /// Counts months and days back on the calendar, keeping the wall clock, and the rest in elapsed seconds.
    fn ago(&self, length: Length, side: Side) -> Option<DateTime<Utc>> {
        let mut instant = self.now;
        if length.months > 0 || length.days > 0 {
            let wall = zone::local(&self.zone, instant)?
                .checked_sub_months(Months::new(length.months))?
                .checked_sub_days(Days::new(length.days))?;
            instant = zone::instant(&self.zone, wall, side)?;
        }
        within_reach(instant.checked_sub_signed(TimeDelta::try_seconds(length.seconds)?)?)
    }

    /// Returns the days that a point takes up, in whole or in part.
    fn dates(&self, point: Point, anchor: Anchor) -> Option<Dates> {
        match point {
            Point::Now => one_day(self.today),
            Point::Ago(length) => one_day(zone::local(&self.zone, self.ago(length, Side::First)?)?.date()),
            Point::Day(day) | Point::At(day, _) => self.day(day, anchor),
            Point::Period(unit, offset) => self.period(unit, offset),
            Point::Quarter(quarter, Some(year)) => months(year, quarter * 3 - 2, 3),
            Point::Quarter(quarter, None) => nearest(anchor, |year| months(year, quarter * 3 - 2, 3)),
            Point::Month(month, Some(year)) => months(year, month, 1),
            Point::Month(month, None) => nearest(anchor, |year| months(year, month, 1)),
            Point::Year(year) => months(year, 1, 12),
        }
    }

    fn day(&self, day: Day, anchor: Anchor) -> Option<Dates> {
        match day {
            Day::On(date) => one_day(date),
            Day::FromToday(days) => one_day(self.today.checked_add_signed(TimeDelta::try_days(days)?)?),
            Day::Weekday(weekday) => one_day(match anchor {
                Anchor::BegunBy(date) => latest_weekday(weekday, date)?,
                Anchor::From(date) => latest_weekday(weekday, date.checked_add_days(Days::new(6))?)?,
            }),
            Day::LastWeekday(weekday) => one_day(latest_weekday(weekday, self.today.pred_opt()?)?),
            Day::InYear(month, day) => {
                nearest(anchor, |year| one_day(NaiveDate::from_ymd_opt(year, month, day)?))
            }
            Day::Implied => match anchor {
                Anchor::BegunBy(date) | Anchor::From(date) => one_day(date),
            },
        }
    }

    fn period(&self, unit: Unit, offset: i32) -> Option<Dates> {
        let (year, month) = (self.today.year(), self.today.month());
        let (first, length) = match unit {
            Unit::Second | Unit::Minute | Unit::Hour | Unit::Day => (self.today, 0),
            Unit::Week => {
                let first = latest_weekday(Weekday::Mon, self.today)?
                    .checked_add_signed(TimeDelta::try_weeks(i64::from(offset))?)?;
                return Some((first, first.checked_add_days(Days::new(7))?));
            }
            Unit::Month => (NaiveDate::from_ymd_opt(year, month, 1)?, 1),
            Unit::Quarter => (NaiveDate::from_ymd_opt(year, (month - 1) / 3 * 3 + 1, 1)?, 3),
            Unit::Year => (NaiveDate::from_ymd_opt(year, 1, 1)?, 12),
        };
        let distance = Months::new(offset.unsigned_abs().checked_mul(length)?);
        let first = if offset < 0 {
            first.checked_sub_months(distance)?
        } else {
            first.checked_add_months(distance)?
        };
        Some((first, first.checked_add_months(Months::new(length))?))
    }
}

/// Tells whether the point comes again and again.
fn recurs(point: Point) -> bool {
    matches!(
        point,
        Point::Day(Day::Weekday(_) | Day::InYear(..))
            | Point::At(Day::Weekday(_) | Day::InYear(..) | Day::Implied, _)
            | Point::Quarter(_, None)
            | Point::Month(_, None)
    )
}

/// Returns what happens every year, or like 29 February at least once in eight, next to the anchor.
fn nearest(anchor: Anchor, in_year: impl Fn(i32) -> Option<Dates>) -> Option<Dates> {
    match anchor {
        Anchor::BegunBy(date) => {
            (0..=8).find_map(|years| in_year(date.year() - years).filter(|(first, _)| *first <= date))
        }
        Anchor::From(date) => {
            (0..=8).find_map(|years| in_year(date.year() + years).filter(|(_, next)| *next > date))
        }
    }
}

fn one_day(date: NaiveDate) -> Option<Dates> {
    Some((date, date.succ_opt()?))
}

fn months(year: i32, month: u32, count: u32) -> Option<Dates> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some((first, first.checked_add_months(Months::new(count))?))
}

fn latest_weekday(weekday: Weekday, date: NaiveDate) -> Option<NaiveDate> {
    date.checked_sub_days(Days::new(u64::from(date.weekday().days_since(weekday))))
}
