//! Threads that do jobs on a connection each, with a queue in front of them. Waiting for room and for the result
//! blocks no thread of the caller's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::error::Error;

type Job<C> = Box<dyn FnOnce(&mut C) + Send>;

/// Threads with one connection each.
pub(super) struct Workers<C> {
    /// Empty once closed.
    queues: Mutex<Vec<Queue<C>>>,
    room: Arc<Semaphore>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The jobs of one thread.
struct Queue<C> {
    jobs: mpsc::Sender<Job<C>>,
    /// How many are waiting or being done.
    open: Arc<AtomicUsize>,
}

impl<C: Send + 'static> Workers<C> {
    /// Starts a thread for each connection, named `name`; at most `room` jobs wait or run at once. A thread runs
    /// `at_end` when its queue is closed and empty.
    pub(super) fn start(
        name: &str,
        connections: Vec<C>,
        room: usize,
        at_end: fn(&mut C),
    ) -> Result<Self, Error> {
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        for mut connection in connections {
            let (jobs, received) = mpsc::channel::<Job<C>>();
            queues.push(Queue { jobs, open: Arc::default() });
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                for job in received {
                    job(&mut connection);
                }
                at_end(&mut connection);
            });
            threads.push(thread.map_err(|source| Error::File {
                action: "cannot start the thread",
                path: name.into(),
                source,
            })?);
        }
        Ok(Self {
            queues: Mutex::new(queues),
            room: Arc::new(Semaphore::new(room)),
            threads: Mutex::new(threads),
        })
    }

    /// Does a job on the thread with the least to do, and returns what came of it. A caller that stops waiting does
    /// not stop the job.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut C) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Error::Closed)?;
        let result = {
            let queues = self.queues.lock().map_err(|_| Error::Closed)?;
            let idlest = queues.iter().min_by_key(|queue| queue.open.load(Ordering::Relaxed));
            idlest.ok_or(Error::Closed)?.send(job, Some(permit))?
        };
        result.await.map_err(|_| Error::Closed)?
    }

    /// Does a job on every thread.
    pub(super) async fn run_on_each(&self, job: fn(&mut C) -> Result<(), Error>) -> Result<(), Error> {
        let results = {
            let queues = self.queues.lock().map_err(|_| Error::Closed)?;
            queues.iter().map(|queue| queue.send(job, None)).collect::<Result<Vec<_>, _>>()?
        };
        for result in results {
            result.await.map_err(|_| Error::Closed)??;
        }
        Ok(())
    }

    /// Does what is queued, then ends the threads; blocks until then.
    pub(super) fn close(&self) {
        self.room.close();
        if let Ok(mut queues) = self.queues.lock() {
            queues.clear();
        }
        let threads =
            self.threads.lock().map(|mut threads| std::mem::take(&mut *threads)).unwrap_or_default();
        for thread in threads {
            // A job's panic is caught; nothing is left that could make the thread fail.
            let _ = thread.join();
        }
    }
}

impl<C> Queue<C> {
    fn send<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut C) -> Result<T, Error> + Send + 'static,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<oneshot::Receiver<Result<T, Error>>, Error> {
        let (reply, result) = oneshot::channel();
        let open = Arc::clone(&self.open);
        open.fetch_add(1, Ordering::Relaxed);
        let job: Job<C> = Box::new(move |connection| {
            let done = catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or(Err(Error::Panicked));
            open.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
            // Nobody waits any more: the job was done all the same.
            let _ = reply.send(done);
        });
        self.jobs.send(job).map_err(|_| Error::Closed)?;
        Ok(result)
    }
}
