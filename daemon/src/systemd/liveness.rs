//! Whether the daemon moves. A process that merely exists is not alive: its scheduler has to come round when it said it
//! would, its store has to write and read, and somebody has to take calls.

use std::time::Duration;

use thiserror::Error;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::Instant;

use crate::store::{self, Store};
use crate::sync::SyncHandle;

/// How much later than it said the scheduler may come round: a step of it may wait for the store.
const LATE: Duration = Duration::from_secs(60);
/// How long the store may take for a job, so that it may be at the longest one, emptying a large database.
const SILENT: Duration = Duration::from_secs(600);

/// What is stuck.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// The scheduler.
    #[error("the scheduler should have moved {} s ago and has not", .0.as_secs())]
    Scheduler(Duration),
    /// The store.
    #[error("the database has answered nothing for {} s", .0.as_secs())]
    Store(Duration),
    /// The task that accepts connections.
    #[error("nobody accepts connections any more")]
    Server,
}

/// Looks at everything that has to move.
pub(crate) struct Liveness {
    sync: SyncHandle,
    store: Store,
    server: AbortHandle,
    probe: Option<JoinHandle<Result<(), store::Error>>>,
    /// When the store last did all that a probe asks of it.
    answered: Instant,
}

impl Liveness {
    /// Begins to look; `server` accepts connections.
    pub(crate) fn new(sync: SyncHandle, store: Store, server: AbortHandle) -> Self {
        Self { sync, store, server, probe: None, answered: Instant::now() }
    }

    /// Says whether everything moves, and what does not.
    pub(crate) fn look(&mut self) -> Result<(), Stuck> {
        self.ask_store();
        let late = self.sync.overdue();
        if late > LATE {
            return Err(Stuck::Scheduler(late));
        }
        let silent = self.answered.elapsed();
        if silent > SILENT {
            return Err(Stuck::Store(silent));
        }
        if self.server.is_finished() {
            return Err(Stuck::Server);
        }
        Ok(())
    }

    /// Has the store do a job that is nothing, unless it is still at the last one.
    fn ask_store(&mut self) {
        match &mut self.probe {
            Some(probe) if !probe.is_finished() => return,
            Some(_) => self.answered = Instant::now(),
            None => {}
        }
        let store = self.store.clone();
        self.probe = Some(tokio::spawn(async move { store.probe().await }));
    }
}

#[cfg(test)]
mod tests;
