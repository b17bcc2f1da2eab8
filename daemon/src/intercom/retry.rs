//! How long to wait between two tries of one call. Pure: the loop that sleeps is `call`.

use std::time::Duration;

/// Tries that one call makes before it fails; waiting for the rate limit does not count.
pub(super) const TRIES: u32 = 4;

/// Exponential growth with full jitter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(250), longest: Duration::from_secs(8) }
    }
}

impl Backoff {
    /// Returns the pause after the `failed`th failure in a row; `random` lies between 0 and 1.
    ///
    /// The jitter spreads over the whole span, because callers that failed together must not return together.
    pub(super) fn pause(self, failed: u32, random: f64) -> Duration {
        let doublings = failed.saturating_sub(1).min(16);
        let ceiling = self.first.saturating_mul(1 << doublings).min(self.longest);
        ceiling.mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_spread_down_to_nothing() {
        let backoff = Backoff::default();
        for (failed, ceiling_ms) in [(0, 250), (1, 250), (2, 500), (3, 1_000), (6, 8_000), (1_000, 8_000)] {
            assert_eq!(backoff.pause(failed, 1.0), Duration::from_millis(ceiling_ms), "after {failed}");
            assert_eq!(backoff.pause(failed, 0.0), Duration::ZERO);
            assert_eq!(backoff.pause(failed, 0.5), Duration::from_millis(ceiling_ms / 2));
        }
    }
}
