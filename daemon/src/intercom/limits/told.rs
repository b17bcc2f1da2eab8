//! A window whose limit Intercom's answers state. Pure.

use proto::Timestamp;
use tokio::time::Instant;

use super::WINDOW;

/// What is known of the current window.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// `None` once the window that it names is over.
    pub(super) reset: Option<Timestamp>,
    /// The reset named before, to know late answers by.
    previous: Option<Timestamp>,
    pub(super) ends: Instant,
}

impl Told {
    pub(super) fn new(limit: u64, remaining: u64, reset: Option<Timestamp>, ends: Instant) -> Self {
        Self { limit: limit.max(1), remaining, reset, previous: None, ends }
    }

    /// Begins the next window, of which nothing was said yet.
    pub(super) fn begin(&mut self, now: Instant) {
        self.remaining = self.limit;
        self.previous = self.reset.take().or(self.previous);
        self.ends += WINDOW;
        if self.ends <= now {
            self.ends = now + WINDOW;
        }
    }

    /// Answers overtake each other, so within one window the lowest number is the newest.
    pub(super) fn correct(&mut self, said: Self) {
        let same = match (said.reset, self.reset) {
            (Some(said_reset), Some(reset)) => said_reset == reset,
            (Some(_), None) => false,
            (None, _) => said.remaining <= self.remaining.saturating_add(self.limit / 4),
        };
        if same {
            self.limit = said.limit;
            self.remaining = self.remaining.min(said.remaining);
            self.ends = self.ends.min(said.ends);
            return;
        }
        let newest = self.reset.or(self.previous);
        let late = match (said.reset, newest) {
            (Some(said_reset), Some(newest)) => {
                let behind = newest.since(said_reset);
                // Further behind than any answer can be late: Intercom's clock was set back.
                (0..=2 * WINDOW.as_secs().cast_signed()).contains(&behind)
            }
            _ => false,
        };
        if !late {
            *self = said;
        }
    }
}
