//! This machine's wall clock, which users set, which NTP steps, and which runs on while a laptop sleeps: nothing is
//! claimed by it. It is handed to whoever reads it, so that a test can have one that is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use proto::Timestamp;
use tokio::time::Instant;

/// A wall clock; clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct WallClock(Option<Arc<Simulated>>);

/// A clock that follows the runtime's time and can be stepped.
#[derive(Debug)]
struct Simulated {
    origin: Instant,
    /// Nanoseconds since 1970 at the origin.
    shown: AtomicI64,
}

impl WallClock {
    /// Returns the machine's own.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Returns a clock that shows this instant now, and from now on follows the runtime's time, paused or not.
    #[must_use]
    pub fn simulated(now: Timestamp) -> Self {
        let shown = AtomicI64::new(now.0.saturating_mul(1_000_000_000));
        Self(Some(Arc::new(Simulated { origin: Instant::now(), shown })))
    }

    /// Sets a simulated clock forward or back, as a user does, or as a machine finds it when it wakes; the machine's
    /// own is left alone.
    pub fn step(&self, seconds: i64) {
        if let Some(clock) = &self.0 {
            clock.shown.fetch_add(seconds.saturating_mul(1_000_000_000), Ordering::Relaxed);
        }
    }

    /// Returns what it shows, in whole seconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(self.nanos().div_euclid(1_000_000_000))
    }

    /// Returns what it shows in nanoseconds since 1970.
    pub(crate) fn nanos(&self) -> i64 {
        match &self.0 {
            None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, nanos),
            Some(clock) => clock.shown.load(Ordering::Relaxed).saturating_add(nanos(clock.origin.elapsed())),
        }
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
