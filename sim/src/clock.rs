//! The workspace's own clock. It knows nothing of what is stamped with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::options::Clock;

/// A clock that tests can shift; milliseconds inside, because the index lags by less than a second too.
#[derive(Debug)]
pub(crate) struct SimClock {
    ticking: bool,
    offset_ms: AtomicI64,
}

impl SimClock {
    /// Returns a clock as the options ask for it.
    pub(crate) fn new(clock: Clock) -> Self {
        let (ticking, offset_seconds) = match clock {
            Clock::Real => (true, 0),
            Clock::Offset(seconds) => (true, seconds),
            Clock::Manual(start) => (false, start),
        };
        Self { ticking, offset_ms: AtomicI64::new(offset_seconds.saturating_mul(1000)) }
    }

    /// Returns the current Unix second.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Returns the current Unix millisecond.
    pub(crate) fn now_ms(&self) -> i64 {
        self.ticking_ms().saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.offset_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Sets the clock to a Unix second, which may lie in its past.
    pub(crate) fn set(&self, unix: i64) {
        let offset = unix.saturating_mul(1000).saturating_sub(self.ticking_ms());
        self.offset_ms.store(offset, Ordering::SeqCst);
    }

    fn ticking_ms(&self) -> i64 {
        if !self.ticking {
            return 0;
        }
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
    }
}

/// Returns a duration in whole milliseconds, at most what fits.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
