//! What a text says about time, once its words are understood and before anybody asks what time it is.

use chrono::{FixedOffset, NaiveDate, NaiveTime, Weekday};

use super::words::Unit;

/// A length of time; months and days follow the calendar, seconds the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) months: u32,
    pub(super) days: u64,
    pub(super) seconds: i64,
}

impl Length {
    /// Adds so many of a unit, unless that overflows.
    pub(super) fn plus(mut self, count: u64, unit: Unit) -> Option<Self> {
        let seconds = |factor| i64::try_from(count).ok()?.checked_mul(factor);
        let months = |factor| u32::try_from(count).ok()?.checked_mul(factor);
        match unit {
            Unit::Second => self.seconds = self.seconds.checked_add(seconds(1)?)?,
            Unit::Minute => self.seconds = self.seconds.checked_add(seconds(60)?)?,
            Unit::Hour => self.seconds = self.seconds.checked_add(seconds(3600)?)?,
            Unit::Day => self.days = self.days.checked_add(count)?,
            Unit::Week => self.days = self.days.checked_add(count.checked_mul(7)?)?,
            Unit::Month => self.months = self.months.checked_add(months(1)?)?,
            Unit::Quarter => self.months = self.months.checked_add(months(3)?)?,
            Unit::Year => self.months = self.months.checked_add(months(12)?)?,
        }
        Some(self)
    }
}

/// A day, as far as the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    On(NaiveDate),
    /// Days from today.
    FromToday(i64),
    Weekday(Weekday),
    /// The latest such day before today.
    LastWeekday(Weekday),
    /// A month and a day of it, without a year.
    InYear(u32, u32),
    /// A clock time alone.
    Implied,
}

/// A time of day; without an offset it means the user's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) time: NaiveTime,
    pub(super) offset: Option<FixedOffset>,
}

/// What can stand at either end of a range: a stretch of the calendar, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Now,
    Ago(Length),
    /// A whole day.
    Day(Day),
    /// A moment of a day.
    At(Day, Clock),
    /// Weeks, months, quarters or years from the one that has begun.
    Period(Unit, i32),
    Quarter(u32, Option<i32>),
    Month(u32, Option<i32>),
    Year(i32),
}

impl Point {
    /// Tells whether the point has no extent.
    pub(super) fn is_moment(self) -> bool {
        matches!(self, Self::Now | Self::Ago(_) | Self::At(..))
    }
}

/// Which side of a point bounds a range; a moment has one side only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Last,
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) start: Option<(Point, Side)>,
    pub(super) end: Option<(Point, Side)>,
}

impl Expression {
    /// Returns the range from a point until now.
    pub(super) fn since(point: Point) -> Self {
        Self { start: Some((point, Side::First)), end: None }
    }
}
