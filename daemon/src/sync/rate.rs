//! How many a second, lately. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// What "lately" means.
const SPAN: Duration = Duration::from_secs(10);

/// Counts events over the last ten seconds.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    events: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Records that `count` more happened.
    pub(crate) fn add(&mut self, count: u64, now: Instant) {
        self.events.push_back((now, count));
        while self.events.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > SPAN) {
            self.events.pop_front();
        }
    }

    /// Returns how many happened a second, times 1,000. Over less than ten seconds of history it is what those show.
    pub(crate) fn millirate(&self, now: Instant) -> u64 {
        let recent = self.events.iter().filter(|(at, _)| now.saturating_duration_since(*at) <= SPAN);
        let (first, count) =
            recent.fold((now, 0_u64), |(first, sum), (at, count)| (first.min(*at), sum + count));
        let span = now.saturating_duration_since(first).max(Duration::from_secs(1));
        u64::try_from(u128::from(count) * 1_000_000 / span.as_millis().max(1)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_the_last_ten_seconds_and_forgets_what_came_before() {
        let start = Instant::now();
        let mut rate = Rate::default();
        for second in 0..30 {
            rate.add(100, start + Duration::from_secs(second));
        }
        let now = start + Duration::from_secs(30);
        assert_eq!(rate.millirate(now), 100_000);
        assert_eq!(rate.millirate(now + Duration::from_secs(60)), 0);
        assert_eq!(Rate::default().millirate(now), 0);
    }
}
