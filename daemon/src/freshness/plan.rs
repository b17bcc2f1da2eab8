//! Which span to read next.

use proto::Interval;

use super::Coverage;

/// Returns the next span to scan: the newest piece of `wanted` that is neither read nor being read, cut to at most
/// its latest `seconds`.
#[must_use]
pub fn next_window(
    coverage: &Coverage,
    being_read: &[Interval],
    wanted: Interval,
    seconds: i64,
) -> Option<Interval> {
    let newest = coverage
        .unread(wanted)
        .into_iter()
        .flat_map(|piece| Coverage::new(being_read.iter().copied(), []).gaps(piece))
        .max_by_key(|piece| piece.end)?;
    Some(Interval { start: newest.start.max(newest.end.minus(seconds.max(1))), end: newest.end })
}
