//! Where senders wait until the limiter lets them: the sleeping half of `limits` and `concurrency`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock::ServerClock;
use super::concurrency::Concurrency;
use super::limits::{Limiter, Notice, Priority};

/// The one gate that every request passes.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Notify,
    /// Only the first in each queue watches the limiter: a timer that woke them all would cost more than the calls.
    waiting: tokio::sync::Mutex<()>,
    listing: tokio::sync::Mutex<()>,
    sync: tokio::sync::Mutex<()>,
    spare: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    limiter: Limiter,
    concurrency: Concurrency,
}

/// The right to send one request; gives its place back when it ends, however that comes.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    gate: &'a Gate,
    sent: Instant,
    open: bool,
}

/// What kind of answer came, as far as it tells how busy Intercom is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// An ordinary read was answered, so the time it took can be compared with others.
    Comparable,
    /// Intercom failed under an ordinary read.
    Failing,
    /// It says nothing.
    Unknown,
}

impl Gate {
    pub(super) fn new(requests_per_minute: Option<u32>) -> Self {
        Self {
            state: Mutex::new(State {
                limiter: Limiter::new(requests_per_minute),
                concurrency: Concurrency::default(),
            }),
            changed: Notify::new(),
            waiting: tokio::sync::Mutex::new(()),
            listing: tokio::sync::Mutex::new(()),
            sync: tokio::sync::Mutex::new(()),
            spare: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits until a request may be sent; fails with the time left if refused calls stop all senders past `until`.
    pub(super) async fn pass(&self, priority: Priority, until: Instant) -> Result<Permit<'_>, Duration> {
        let queue = match priority {
            Priority::Waiting => &self.waiting,
            Priority::Listing => &self.listing,
            Priority::Sync => &self.sync,
            Priority::Spare => &self.spare,
        };
        let _first = queue.lock().await;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = Instant::now();
            let again = {
                let mut state = self.state();
                if let Some(left) = state.limiter.pause(now)
                    && now + left > until
                {
                    return Err(left);
                }
                match state.hindrance(now, priority) {
                    None => {
                        state.limiter.sent(now, priority);
                        return Ok(Permit { gate: self, sent: now, open: true });
                    }
                    Some(again) => again,
                }
            };
            tokio::select! {
                biased;
                () = changed => {}
                () = tokio::time::sleep_until(again) => {}
            }
        }
    }

    /// Returns what the user may be shown of the rate limit.
    pub(super) fn budget(&self) -> proto::types::ApiBudget {
        self.state().limiter.budget(Instant::now())
    }

    /// Returns how long all senders are stopped because calls were refused.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.state().limiter.pause(Instant::now())
    }

    /// Takes note that a call failed in a way that may pass.
    pub(super) fn failed(&self) {
        self.state().limiter.failed(Instant::now());
    }

    /// Takes note that Intercom answered as it should.
    pub(super) fn worked(&self) {
        self.state().limiter.worked();
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hindrance(&mut self, now: Instant, priority: Priority) -> Option<Instant> {
        if let Some(again) = self.limiter.hindrance(now, priority) {
            return Some(again);
        }
        let limit = self.concurrency.limit();
        // Whoever waits need not queue behind background work.
        let allowed = if priority.is_spread() { limit } else { limit + limit / 4 + 4 };
        if self.limiter.in_flight() < allowed {
            return None;
        }
        self.concurrency.hindered();
        Some(now + Duration::from_secs(1))
    }
}

impl Permit<'_> {
    /// Returns when the request was let through.
    pub(super) fn sent(&self) -> Instant {
        self.sent
    }

    /// Takes in what the head of the answer says.
    pub(super) fn answered(
        mut self,
        notice: Notice,
        load: Load,
        clock: &ServerClock,
        date: Option<Timestamp>,
    ) {
        self.open = false;
        let now = Instant::now();
        let mut state = self.gate.state();
        state.limiter.answered(now, notice, clock.lower_as_of(date, now));
        match load {
            Load::Comparable => state.concurrency.answered(self.sent, now),
            Load::Failing => state.concurrency.failed(now),
            Load::Unknown => {}
        }
    }

    /// Takes note that no answer came.
    pub(super) fn failed(self, load: Load) {
        if load == Load::Failing {
            self.gate.state().concurrency.failed(Instant::now());
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.open {
            self.gate.state().limiter.lost();
        }
        self.gate.changed.notify_waiters();
    }
}
