//! Between wall clocks and instants in any zone: clocks that skip an hour or a day, and those that show one twice.
//! It must not read text or ask what time it is.

use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone, Utc,
};
use serde::{Deserialize, Serialize};

use super::expression::Side;
use crate::wire::timestamp::Timestamp;

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

/// How far a zone's clocks are from UTC, from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// The first instant at which they are.
    pub from: Timestamp,
    /// Seconds east of UTC.
    pub seconds: i32,
}

/// Returns the offsets of a zone from `start` on: the one that holds there, then each one that clocks change to until `end`.
pub fn offsets<Tz: TimeZone>(zone: &Tz, start: Timestamp, end: Timestamp) -> Vec<Offset> {
    /// Seconds from one look to the next: no zone changes its clocks and back within a day.
    const STEP: i64 = 86_400;
    let at = |at: i64| {
        let instant = Timestamp(at.clamp(0, LATEST)).to_datetime();
        zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
    };
    let end = end.0.min(LATEST);
    let mut offsets = vec![Offset { from: start, seconds: at(start.0) }];
    let (mut known, mut holds) = (start.0.max(0), at(start.0));
    while known < end {
        let next = known.saturating_add(STEP).min(end);
        let seconds = at(next);
        if seconds != holds {
            let (mut before, mut after) = (known, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if at(middle) == holds { before = middle } else { after = middle }
            }
            offsets.push(Offset { from: Timestamp(after), seconds });
            holds = seconds;
        }
        known = next;
    }
    offsets
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Kolkata;
    use chrono_tz::Australia::Lord_Howe;
    use chrono_tz::Europe::Berlin;

    use super::*;

    #[test]
    fn offsets_change_at_the_second_at_which_clocks_do() {
        // The year 2026.
        let (start, end) = (Timestamp(1_767_225_600), Timestamp(1_798_761_600));
        let changes = |zone: chrono_tz::Tz| -> Vec<_> {
            offsets(&zone, start, end)
                .iter()
                .map(|Offset { from, seconds }| (from.to_rfc3339(), seconds / 60))
                .collect()
        };
        let at = |text: &str, minutes| (text.to_owned(), minutes);
        let first = |minutes| at("2026-01-01T00:00:00Z", minutes);
        assert_eq!(changes(Kolkata), [first(330)]);
        let berlin = [first(60), at("2026-03-29T01:00:00Z", 120), at("2026-10-25T01:00:00Z", 60)];
        assert_eq!(changes(Berlin), berlin);
        let howe = [first(660), at("2026-04-04T15:00:00Z", 630), at("2026-10-03T15:30:00Z", 660)];
        assert_eq!(changes(Lord_Howe), howe);
        assert_eq!(offsets(&Berlin, end, start).len(), 1);
    }
}
