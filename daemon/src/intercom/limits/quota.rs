//! A limit that is ours and not Intercom's word. Pure.

use std::time::Duration;

use tokio::time::Instant;

use super::WINDOW;

/// A number of calls per span of this machine's time.
#[derive(Debug)]
pub(super) struct Quota {
    pub(super) cap: u64,
    span: Duration,
    used: u64,
    ends: Option<Instant>,
}

impl Quota {
    pub(super) fn new(cap: u64, span: Duration) -> Self {
        Self { cap, span, used: 0, ends: None }
    }

    pub(super) fn per_minute(requests: u32) -> Self {
        match u64::from(requests) / 6 {
            0 => Self::new(1, Duration::from_secs(60) / requests.max(1)),
            cap => Self::new(cap, WINDOW),
        }
    }

    /// Begins a new span if the last is over, and returns how many calls that one saw.
    pub(super) fn roll(&mut self, now: Instant) -> Option<u64> {
        self.ends.take_if(|ends| *ends <= now).map(|_| std::mem::take(&mut self.used))
    }

    pub(super) fn take(&mut self, now: Instant) {
        self.ends.get_or_insert(now + self.span);
        self.used += 1;
    }

    pub(super) fn left(&self, kept: u64, now: Instant) -> (u64, Instant) {
        (self.cap.saturating_sub(self.used + kept), self.ends.unwrap_or(now + self.span))
    }
}
