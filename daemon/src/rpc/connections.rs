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
    places: Arc<Semaphore>,
    guests: Mutex<Guests>,
}

#[derive(Default)]
struct Guests {
    next: u64,
    present: HashMap<u64, Guest>,
}

struct Guest {
    calls: usize,
    last_asked: Instant,
    wanted: CancellationToken,
}

/// The place of one connection; free again when this is dropped.
pub(super) struct Place {
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
        Arc::new(Self { places: Arc::new(Semaphore::new(most)), guests: Mutex::default() })
    }

    /// Returns a place, as soon as there is one.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        loop {
            if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
                return self.enter(permit);
            }
            self.make_room();
            // The semaphore is never closed.
            if let Ok(Ok(permit)) = timeout(LOOK_AGAIN, Arc::clone(&self.places).acquire_owned()).await {
                return self.enter(permit);
            }
        }
    }

    fn enter(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Place {
        let wanted = CancellationToken::new();
        let mut guests = self.guests();
        let number = guests.next;
        guests.next += 1;
        let guest = Guest { calls: 0, last_asked: Instant::now(), wanted: wanted.clone() };
        guests.present.insert(number, guest);
        Place { connections: Arc::clone(self), number, wanted, _permit: permit }
    }

    /// Asks the one that has been silent the longest to go, unless one was asked already.
    fn make_room(&self) {
        let guests = self.guests();
        if guests.present.values().any(|guest| guest.wanted.is_cancelled()) {
            return;
        }
        let idle = guests.present.iter().filter(|(_, guest)| guest.calls == 0);
        if let Some((_, guest)) = idle.min_by_key(|(number, guest)| (guest.last_asked, **number)) {
            guest.wanted.cancel();
        }
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes that a call is being answered.
    pub(super) fn busy(&self) -> Busy {
        if let Some(guest) = self.connections.guests().present.get_mut(&self.number) {
            guest.calls += 1;
        }
        Busy { connections: Arc::clone(&self.connections), number: self.number }
    }

    /// Waits until another connection needs this place.
    pub(super) async fn wanted(&self) {
        self.wanted.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.guests().present.remove(&self.number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(guest) = self.connections.guests().present.get_mut(&self.number) {
            guest.calls = guest.calls.saturating_sub(1);
            guest.last_asked = Instant::now();
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
        let (first, second) = (connections.place().await, connections.place().await);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(first.busy());
        let third = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.place().await }
        });
        second.wanted().await;
        assert!(!first.wanted.is_cancelled());
        drop(second);
        assert_eq!(third.await.unwrap().number, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_who_waits_for_an_answer_has_to_go() {
        let connections = Connections::new(1);
        let only = connections.place().await;
        let busy = only.busy();
        assert!(timeout(Duration::from_secs(60), connections.place()).await.is_err());
        assert!(!only.wanted.is_cancelled());
        drop(busy);
        let (_place, ()) = tokio::join!(connections.place(), async {
            only.wanted().await;
            drop(only);
        });
    }
}
