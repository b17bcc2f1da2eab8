//! The rate limit: so many calls in each window of ten seconds of the workspace's clock.

/// Seconds in a window.
const WINDOW: i64 = 10;

/// The state of the current window.
#[derive(Debug)]
pub(crate) struct Limit {
    limit: Option<u32>,
    window: i64,
    used: u32,
}

/// What a call is told about the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Unix second of the next window.
    pub(crate) reset: i64,
    /// Whether the call is within the limit.
    pub(crate) granted: bool,
}

impl Limit {
    pub(crate) fn new(limit: Option<u32>) -> Self {
        Self { limit, window: i64::MIN, used: 0 }
    }

    /// Changes the limit; the current window goes on.
    pub(crate) fn set(&mut self, limit: Option<u32>) {
        self.limit = limit;
    }

    /// Counts a call and returns how many there were in the window, and the allowance if there is a limit.
    pub(crate) fn take(&mut self, now: i64) -> (u32, Option<Allowance>) {
        let window = now.div_euclid(WINDOW);
        // Not "later": the clock can be set back.
        if window != self.window {
            self.window = window;
            self.used = 0;
        }
        self.used = self.used.saturating_add(1);
        let allowance = self.limit.map(|limit| Allowance {
            limit,
            remaining: limit.saturating_sub(self.used),
            reset: (window + 1).saturating_mul(WINDOW),
            granted: self.used <= limit,
        });
        (self.used, allowance)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn calls_beyond_the_limit_wait_for_the_next_window() {
        let mut limit = Limit::new(Some(2));
        let granted = |(_, allowance): (u32, Option<Allowance>)| allowance.unwrap().granted;
        assert!(granted(limit.take(100)) && granted(limit.take(109)));
        let (_, refused) = limit.take(109);
        assert_eq!(refused, Some(Allowance { limit: 2, remaining: 0, reset: 110, granted: false }));
        assert!(granted(limit.take(110)));
    }
}
