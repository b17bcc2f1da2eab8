//! Connections that jobs are done on, one job a connection at a time, first come first served. Waiting for a turn blocks no
//! thread, and a job keeps nobody but its caller's task waiting.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use crate::offload::offload;

/// A few connections, and the queue in front of them.
pub(super) struct Workers<C> {
    /// One permit a connection, handed out in the order in which they were asked for.
    turns: Arc<Semaphore>,
    count: u32,
    /// Connections without a job, the one used last at the back: its cache is warm.
    idle: Arc<Mutex<VecDeque<C>>>,
    at_end: fn(&mut C),
}

/// A connection that is in use; goes back when this ends, however that comes.
struct Turn<C> {
    connection: Option<C>,
    idle: Arc<Mutex<VecDeque<C>>>,
    _permit: OwnedSemaphorePermit,
}

impl<C: Send + 'static> Workers<C> {
    /// Takes in connections; `at_end` is done with each when all is closed.
    pub(super) fn new(connections: Vec<C>, at_end: fn(&mut C)) -> Self {
        let count = u32::try_from(connections.len()).unwrap_or(u32::MAX);
        Self {
            turns: Arc::new(Semaphore::new(connections.len())),
            count,
            idle: Arc::new(Mutex::new(connections.into())),
            at_end,
        }
    }

    /// Does a job on one connection, and returns what came of it. A caller that stops waiting does not stop a job that
    /// has begun.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut C) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run_on(VecDeque::pop_back, job).await
    }

    /// Does a job on every connection, on the one unused the longest first.
    pub(super) async fn run_on_each(&self, job: fn(&mut C) -> Result<(), Error>) -> Result<(), Error> {
        for _ in 0..self.count {
            self.run_on(VecDeque::pop_front, job).await?;
        }
        Ok(())
    }

    /// Takes every turn.
    #[cfg(test)]
    pub(super) async fn occupy(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.turns).acquire_many_owned(self.count).await.expect("the store is open")
    }

    async fn run_on<T: Send + 'static>(
        &self,
        choose: fn(&mut VecDeque<C>) -> Option<C>,
        job: impl FnOnce(&mut C) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Closed)?;
        let connection = choose(&mut lock(&self.idle)).ok_or(Error::Closed)?;
        let mut turn = Turn { connection: Some(connection), idle: Arc::clone(&self.idle), _permit: permit };
        let work = move || {
            let connection = turn.connection.as_mut().ok_or(Error::Closed)?;
            catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or(Err(Error::Panicked))
        };
        offload(work).await.map_err(|_| Error::Closed)?
    }

    /// Does what is queued, then closes the connections.
    pub(super) async fn close(&self) {
        // The queue is fair: whoever asked before is done by then, and whoever asks later finds all closed.
        let Ok(all) = self.turns.acquire_many(self.count).await else { return };
        self.turns.close();
        drop(all);
        let (mut connections, at_end) = (std::mem::take(&mut *lock(&self.idle)), self.at_end);
        let ending = move || {
            connections.iter_mut().for_each(at_end);
        };
        // It cannot fail but by a panic, which has nobody to tell it to.
        let _ = offload(ending).await;
    }
}

impl<C> Drop for Turn<C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.idle).push_back(connection);
        }
    }
}

/// What is locked is whole at every moment, so a panic elsewhere harms nothing.
fn lock<C>(idle: &Mutex<VecDeque<C>>) -> std::sync::MutexGuard<'_, VecDeque<C>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
