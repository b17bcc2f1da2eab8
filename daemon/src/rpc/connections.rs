//! Who is connected: so many at once. When one more comes, the one that has asked nothing for the longest makes room: its
//! client connects anew when it next asks. Nobody who waits for an answer has to go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long to wait for somebody to go before looking anew for whom to ask.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The connections of a daemon.
pub(super) struct Connections {
    slots: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Connection>,
}

struct Connection {
    calls: usize,
    last_asked: Instant,
    wanted: CancellationToken,
}

/// The slot of one connection; free again when this is dropped.
pub(super) struct Slot {
    connections: Arc<Connections>,
    number: u64,
    wanted: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

/// A call that is being answered; its connection need not make room until this is dropped.
pub(super) struct Busy {
    connections: Arc<Connections>,
    number: u64,
}

impl Connections {
    /// Returns room for so many.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { slots: Arc::new(Semaphore::new(most)), open: Mutex::default() })
    }

    /// Returns a slot, as soon as there is one.
    pub(super) async fn slot(self: &Arc<Self>) -> Slot {
        loop {
            if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
                return self.enter(permit);
            }
            self.make_room();
            // The semaphore is never closed.
            if let Ok(Ok(permit)) = timeout(LOOK_AGAIN, Arc::clone(&self.slots).acquire_owned()).await {
                return self.enter(permit);
            }
        }
    }

    fn enter(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Slot {
        let wanted = CancellationToken::new();
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        let connection = Connection { calls: 0, last_asked: Instant::now(), wanted: wanted.clone() };
        open.connections.insert(number, connection);
        Slot { connections: Arc::clone(self), number, wanted, _permit: permit }
    }

    /// Asks the one that has been silent the longest to go, unless one was asked already.
    fn make_room(&self) {
        let open = self.open();
        if open.connections.values().any(|connection| connection.wanted.is_cancelled()) {
            return;
        }
        let idle = open.connections.iter().filter(|(_, connection)| connection.calls == 0);
        if let Some((_, connection)) =
            idle.min_by_key(|(number, connection)| (connection.last_asked, **number))
        {
            connection.wanted.cancel();
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Notes that a call is being answered.
    pub(super) fn busy(&self) -> Busy {
        if let Some(connection) = self.connections.open().connections.get_mut(&self.number) {
            connection.calls += 1;
        }
        Busy { connections: Arc::clone(&self.connections), number: self.number }
    }

    /// Waits until another connection needs this slot.
    pub(super) async fn wanted(&self) {
        self.wanted.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.open().connections.remove(&self.number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(connection) = self.connections.open().connections.get_mut(&self.number) {
            connection.calls = connection.calls.saturating_sub(1);
            connection.last_asked = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_one_that_was_silent_the_longest_makes_room() {
        let connections = Connections::new(2);
        let (first, second) = (connections.slot().await, connections.slot().await);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(first.busy());
        let third = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.slot().await }
        });
        second.wanted().await;
        assert!(!first.wanted.is_cancelled());
        drop(second);
        assert_eq!(third.await.unwrap().number, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_who_waits_for_an_answer_has_to_go() {
        let connections = Connections::new(1);
        let only = connections.slot().await;
        let busy = only.busy();
        assert!(timeout(Duration::from_secs(60), connections.slot()).await.is_err());
        assert!(!only.wanted.is_cancelled());
        drop(busy);
        let (_slot, ()) = tokio::join!(connections.slot(), async {
            only.wanted().await;
            drop(only);
        });
    }
}
