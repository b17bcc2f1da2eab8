//! Where senders wait until the limiter lets them: the sleeping half of `limits`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock::ServerClock;
use super::limits::{Limiter, Notice, Priority};

/// The one gate that every request passes.
#[derive(Debug)]
pub(super) struct Gate {
    limiter: Mutex<Limiter>,
    changed: Notify,
    /// Only the first in each queue watches the limiter: a timer that woke them all would cost more than the calls.
    queues: [tokio::sync::Mutex<()>; 4],
}

/// The right to send one request; gives its place back when it ends, however that comes.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    gate: &'a Gate,
    sent: Instant,
    open: bool,
}

impl Gate {
    pub(super) fn new(requests_per_minute: Option<u32>) -> Self {
        Self {
            limiter: Mutex::new(Limiter::new(requests_per_minute)),
            changed: Notify::new(),
            queues: Default::default(),
        }
    }

    /// Waits until a request may be sent; fails with the time left if refused calls stop all senders past `until`.
    pub(super) async fn pass(&self, priority: Priority, until: Instant) -> Result<Permit<'_>, Duration> {
        let [waiting, listing, sync, spare] = &self.queues;
        let queue = match priority {
            Priority::Waiting => waiting,
            Priority::Listing => listing,
            Priority::Sync => sync,
            Priority::Spare => spare,
        };
        let _first = queue.lock().await;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = Instant::now();
            let again = {
                let mut limiter = self.limiter();
                if let Some(left) = limiter.pause(now)
                    && now + left > until
                {
                    return Err(left);
                }
                match limiter.hindrance(now, priority) {
                    None => {
                        limiter.sent(now, priority);
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
        self.limiter().budget(Instant::now())
    }

    /// Returns how long all senders are stopped because calls were refused.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.limiter().pause(Instant::now())
    }

    /// Takes note that a call failed in a way that may pass.
    pub(super) fn failed(&self) {
        self.limiter().failed(Instant::now());
    }

    /// Takes note that Intercom answered as it should.
    pub(super) fn worked(&self) {
        self.limiter().worked(Instant::now());
        self.changed.notify_waiters();
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Returns when the request was let through.
    pub(super) fn sent(&self) -> Instant {
        self.sent
    }

    /// Takes in what the head of the answer says.
    pub(super) fn answered(mut self, notice: Notice, clock: &ServerClock, date: Option<Timestamp>) {
        self.open = false;
        let now = Instant::now();
        self.gate.limiter().answered(now, notice, clock.lower_as_of(date, now));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.open {
            self.gate.limiter().lost();
        }
        self.gate.changed.notify_waiters();
    }
}
