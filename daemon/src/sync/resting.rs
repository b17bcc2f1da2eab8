//! Spans that could not be listed, each left alone for a while that grows with every attempt. Pure.

use std::time::Duration;

use proto::Interval;
use tokio::time::Instant;

/// The longest that a span is left alone: it costs a few calls to try it, and once it can be listed nobody should wait for it.
const LONGEST: Duration = Duration::from_secs(300);

/// The spans that are left alone.
#[derive(Debug, Default)]
pub(super) struct Resting {
    spans: Vec<Rest>,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    span: Interval,
    /// Attempts in a row that failed.
    failures: u32,
    until: Instant,
}

impl Resting {
    /// Takes note that a span was listed but for what was left alone already, and for some holes, which are from now on.
    pub(super) fn listed(&mut self, span: Interval, holes: &[Interval], around: &[Interval], now: Instant) {
        let failures = |hole: Interval| {
            self.spans.iter().filter(|rest| overlap(rest.span, hole)).map(|rest| rest.failures).max()
        };
        let holes = holes.iter().map(|hole| (*hole, failures(*hole).unwrap_or(0) + 1));
        let rests = holes.map(|(hole, failures)| {
            let pause = Duration::from_secs(1 << failures.min(12)).min(LONGEST);
            Rest { span: hole, failures, until: now + pause }
        });
        let rests: Vec<Rest> = rests.collect();
        let is_left = |rest: &Rest| around.iter().any(|left| overlap(rest.span, *left));
        self.spans.retain(|rest| !overlap(rest.span, span) || is_left(rest));
        self.spans.extend(rests);
    }

    /// Takes note that an outage is over: what may have failed by it alone is due at once, and is left alone no longer than now
    /// where that attempt fails, too.
    pub(super) fn wake(&mut self, now: Instant) {
        for rest in &mut self.spans {
            (rest.until, rest.failures) = (now, rest.failures.saturating_sub(1));
        }
    }

    /// Returns the spans that are not to be listed yet.
    pub(super) fn spans(&self, now: Instant) -> impl Iterator<Item = Interval> {
        self.spans.iter().filter(move |rest| rest.until > now).map(|rest| rest.span)
    }

    /// Says whether some of a span could not be listed the last time.
    pub(super) fn has(&self, span: Interval) -> bool {
        self.spans.iter().any(|rest| overlap(rest.span, span))
    }

    /// Returns the spans that could not be listed, due or not: nobody waits for them.
    pub(super) fn all(&self) -> Vec<Interval> {
        self.spans.iter().map(|rest| rest.span).collect()
    }

    /// Returns when the next of them is due.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        self.spans.iter().map(|rest| rest.until).filter(|until| *until > now).min()
    }
}

fn overlap(one: Interval, other: Interval) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_span_that_fails_again_and_again_is_left_alone_ever_longer_and_no_other_one_is() {
        let (mut resting, mut now) = (Resting::default(), Instant::now());
        let span = Interval::new(10, 11);
        for pause in [2, 4, 8, 16] {
            resting.listed(Interval::new(0, 20), &[span], &[], now);
            assert_eq!(resting.next_due(now), Some(now + pause * SECOND));
            assert_eq!(resting.spans(now).collect::<Vec<_>>(), [span]);
            now += pause * SECOND;
            assert_eq!(resting.spans(now).count(), 0, "it is due");
        }
        resting.wake(now - SECOND);
        resting.listed(Interval::new(0, 20), &[span], &[], now);
        assert_eq!(
            resting.next_due(now),
            Some(now + 16 * SECOND),
            "it failed once more, and its pause is no longer"
        );
        resting.listed(Interval::new(11, 20), &[], &[], now);
        assert_eq!(resting.all(), [span]);
        resting.listed(Interval::new(0, 20), &[], &[span], now);
        assert_eq!(resting.all(), [span], "it was left alone");
        resting.listed(Interval::new(0, 20), &[], &[], now);
        assert_eq!(resting.all(), []);
    }
}
