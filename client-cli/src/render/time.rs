//! Instants as people read them: their zone, and how long ago.

use proto::{Interval, Timestamp};

use super::Screen;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns an instant to the minute in the reader's zone, such as `2026-10-01 14:30`.
pub(crate) fn local(at: Timestamp, screen: &Screen) -> String {
    (screen.zone)(at).format("%Y-%m-%d %H:%M").to_string()
}

/// Returns how long ago an instant was and when, such as `3 hours ago (2026-10-01 14:30)`.
pub(crate) fn ago(at: Timestamp, screen: &Screen) -> String {
    format!("{} ({})", relative(at, screen.now), local(at, screen))
}

/// Returns a span with the offset of its zone, such as `2026-10-01 00:00 to 2026-10-02 00:00 (+02:00)`; where the clocks were
/// changed in between, with that of both ends.
pub(crate) fn span(span: Interval, screen: &Screen) -> String {
    let (start, end) = (local(span.start, screen), local(span.end, screen));
    let [first, last] = [span.start, span.end].map(|at| (screen.zone)(at).format("%:z").to_string());
    if first == last {
        format!("{start} to {end} ({last})")
    } else {
        format!("{start} ({first}) to {end} ({last})")
    }
}

/// Returns how long before `now` an instant was, in one unit.
fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(at);
    let (count, unit) = match seconds.unsigned_abs() {
        // Two clocks are compared, and the answer may have taken a while: a little ahead means nothing.
        0..MINUTE => return "just now".to_owned(),
        distance @ MINUTE..HOUR => (distance / MINUTE, "minute"),
        distance @ HOUR..DAY => (distance / HOUR, "hour"),
        distance if distance < 60 * DAY => (distance / DAY, "day"),
        distance if distance < 730 * DAY => (distance / (30 * DAY), "month"),
        distance => (distance / (365 * DAY), "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds < 0 { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};

    use super::super::samples;
    use super::*;

    #[test]
    fn a_span_over_a_change_of_clocks_has_the_offsets_of_both_ends() {
        fn changed(at: Timestamp) -> DateTime<FixedOffset> {
            let hours = if at < Timestamp(1_792_890_000) { 2 } else { 1 };
            at.to_datetime().with_timezone(&FixedOffset::east_opt(hours * 3600).expect("hours are an offset"))
        }
        let screen = Screen { zone: changed, ..samples::plain() };
        let (summer, winter) = (Timestamp(1_792_800_000), Timestamp(1_792_900_000));
        let text = span(Interval { start: summer, end: winter }, &screen);
        assert_eq!(text, "2026-10-24 02:00 (+02:00) to 2026-10-25 04:46 (+01:00)");
        let text = span(Interval { start: winter, end: winter }, &screen);
        assert_eq!(text, "2026-10-25 04:46 to 2026-10-25 04:46 (+01:00)");
    }

    #[test]
    fn the_distance_is_told_in_the_unit_that_people_would_choose() {
        let now = Timestamp(2_000_000_000);
        let cases = [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (86_400, "1 day ago"),
            (59 * 86_400, "59 days ago"),
            (60 * 86_400, "2 months ago"),
            (800 * 86_400, "2 years ago"),
            (-30, "just now"),
            (-7_200, "in 2 hours"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(relative(now.minus(seconds), now), expected, "{seconds}");
        }
        assert_eq!(relative(Timestamp(i64::MIN), Timestamp(i64::MAX)), "292471208677 years ago");
    }
}
