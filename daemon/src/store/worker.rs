//! Threads that do jobs on a connection each, and the queue in front of them. Waiting for room and for the result
//! blocks no thread of the caller's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, oneshot};

use super::error::Error;

type Job<C> = Box<dyn FnOnce(&mut C) + Send>;

/// Threads with one connection each, and the queue that they share.
pub(super) struct Workers<C> {
    queue: Mutex<Option<mpsc::Sender<Job<C>>>>,
    room: Arc<Semaphore>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<C: Send + 'static> Workers<C> {
    /// Starts a thread for each connection, named `name`; at most `room` jobs wait or run at once. A thread runs
    /// `at_end` when the queue is closed and empty.
    pub(super) fn start(
        name: &str,
        connections: Vec<C>,
        room: usize,
        at_end: fn(&mut C),
    ) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel::<Job<C>>();
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = connections
            .into_iter()
            .map(|mut connection| {
                let receiver = Arc::clone(&receiver);
                std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                    while let Some(job) = next(&receiver) {
                        job(&mut connection);
                    }
                    at_end(&mut connection);
                })
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| Error::File {
                action: "cannot start a thread for",
                path: name.into(),
                source,
            })?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(room)),
            threads: Mutex::new(threads),
        })
    }

    /// Does a job and returns what came of it. A caller that stops waiting does not stop the job.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut C) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Error::Closed)?;
        let (reply, result) = oneshot::channel();
        self.send(Box::new(move |connection| {
            let done = catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or(Err(Error::Panicked));
            drop(permit);
            // Nobody waits any more: the job was done all the same.
            let _ = reply.send(done);
        }))?;
        result.await.map_err(|_| Error::Closed)?
    }

    fn send(&self, job: Job<C>) -> Result<(), Error> {
        let queue = self.queue.lock().map_err(|_| Error::Closed)?;
        let sender = queue.as_ref().ok_or(Error::Closed)?;
        sender.send(job).map_err(|_| Error::Closed)
    }

    /// Does what is queued, then ends the threads; blocks until then.
    pub(super) fn close(&self) {
        self.room.close();
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        let threads =
            self.threads.lock().map(|mut threads| std::mem::take(&mut *threads)).unwrap_or_default();
        for thread in threads {
            // A job's panic is caught; nothing is left that could make the thread fail.
            let _ = thread.join();
        }
    }
}

fn next<C>(receiver: &Mutex<mpsc::Receiver<Job<C>>>) -> Option<Job<C>> {
    receiver.lock().ok()?.recv().ok()
}
