//! Between wall clocks and instants in any zone: clocks that skip an hour or a day, and those that show one twice.
//! It must not read text or ask what time it is.

use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};

use super::expression::Side;

/// 9999-12-31T23:59:59Z, the last instant that RFC 3339 can write, in seconds since 1970. Later ones are taken for it,
/// since all of them mean "no end".
const LATEST: i64 = 253_402_300_799;

/// Returns the instant in whole seconds, at most the last one of the year 9999; `None` before 1970.
pub(super) fn within_reach(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds = instant.timestamp();
    if seconds < 0 { None } else { DateTime::from_timestamp(seconds.min(LATEST), 0) }
}

/// Returns what a wall clock shows.
pub(super) fn local<Tz: TimeZone>(zone: &Tz, instant: DateTime<Utc>) -> Option<NaiveDateTime> {
    Some(within_reach(instant)?.with_timezone(zone).naive_local())
}

/// Returns when a day begins: at midnight, or at the first instant after it where clocks skip midnight.
pub(super) fn midnight<Tz: TimeZone>(zone: &Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    instant(zone, date.and_time(NaiveTime::MIN), Side::First)
}

/// Returns the day that begins at an instant, if one does.
pub(super) fn day_from<Tz: TimeZone>(zone: &Tz, instant: DateTime<Utc>) -> Option<NaiveDate> {
    let date = local(zone, instant)?.date();
    (midnight(zone, date) == Some(instant)).then_some(date)
}

/// Returns the day that is over at an instant, if one is.
pub(super) fn day_until<Tz: TimeZone>(zone: &Tz, instant: DateTime<Utc>) -> Option<NaiveDate> {
    let date = local(zone, instant.checked_sub_signed(TimeDelta::seconds(1))?)?.date();
    (midnight(zone, date.succ_opt()?) == Some(instant)).then_some(date)
}

/// Returns when a wall clock shows a time. What clocks show twice is widened to the side that is asked for, what
/// they skip is the first instant after the gap.
pub(super) fn instant<Tz: TimeZone>(zone: &Tz, wall: NaiveDateTime, side: Side) -> Option<DateTime<Utc>> {
    // Zones are not asked about times at the edges of chrono's range, where adding an offset panics.
    if !(1969..=10_000).contains(&wall.year()) {
        return None;
    }
    let instant = match (zone.from_local_datetime(&wall), side) {
        (MappedLocalTime::Single(instant), _)
        | (MappedLocalTime::Ambiguous(instant, _), Side::First)
        | (MappedLocalTime::Ambiguous(_, instant), Side::Last) => instant.to_utc(),
        (MappedLocalTime::None, _) => after_gap(zone, wall),
    };
    within_reach(instant)
}

/// Returns the first instant whose wall clock is past a time that it never shows.
fn after_gap<Tz: TimeZone>(zone: &Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let shows_later = |instant: DateTime<Utc>| instant.with_timezone(zone).naive_local() >= wall;
    // No offset exceeds a day, and no gap either.
    let mut before = wall.and_utc() - TimeDelta::hours(48);
    let mut after = wall.and_utc() + TimeDelta::hours(48);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if shows_later(middle) { after = middle } else { before = middle }
    }
    after
}
