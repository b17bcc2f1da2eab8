//! The workspace's own clock. It knows nothing of what is stamped with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::options::Clock;

/// A clock that tests can shift; milliseconds inside, because the index lags by less than a second too.
#[derive(Debug)]
pub(crate) struct SimClock {
    /// It follows the runtime's time from here on, paused or not; `None` if it only moves when told to.
    ticking_since: Option<Instant>,
    shown_ms: AtomicI64,
}

impl SimClock {
    /// Returns a clock as the options ask for it.
    pub(crate) fn new(clock: Clock) -> Self {
        let machine = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis);
        let (ticking, start_ms) = match clock {
            Clock::Real => (true, machine()),
            Clock::Offset(seconds) => (true, machine().saturating_add(seconds.saturating_mul(1000))),
            Clock::From(start) => (true, start.saturating_mul(1000)),
            Clock::Manual(start) => (false, start.saturating_mul(1000)),
        };
        Self { ticking_since: ticking.then(Instant::now), shown_ms: AtomicI64::new(start_ms) }
    }

    /// Returns the current Unix second.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Returns the current Unix millisecond.
    pub(crate) fn now_ms(&self) -> i64 {
        self.ticked_ms().saturating_add(self.shown_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.shown_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Moves the clock by whole seconds, in either direction: the fraction of the second stays.
    pub(crate) fn shift(&self, seconds: i64) {
        self.shown_ms.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
    }

    /// Sets the clock to a Unix second, which may lie in its past.
    pub(crate) fn set(&self, unix: i64) {
        let shown = unix.saturating_mul(1000).saturating_sub(self.ticked_ms());
        self.shown_ms.store(shown, Ordering::SeqCst);
    }

    fn ticked_ms(&self) -> i64 {
        self.ticking_since.map_or(0, |since| millis(since.elapsed()))
    }
}

/// Returns a duration in whole milliseconds, at most what fits.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
