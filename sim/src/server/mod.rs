//! The HTTP server: takes connections, and lets `answer` say what each request gets. It decides nothing about
//! conversations.

mod answer;
mod endpoints;
mod io;
mod limit;
mod route;
mod strike;

use std::io::Result;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub(crate) use route::Route;

use crate::clock::SimClock;
use crate::handle::Sim;
use crate::options::Options;
use crate::requests::Requests;
use crate::server::io::Resettable;
use crate::server::limit::Limit;
use crate::server::strike::Faults;
use crate::world::World;

/// What the server and all handles share. Each lock is held for one answer or change, never across waiting.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) url: String,
    pub(crate) clock: SimClock,
    world: Mutex<World>,
    faults: Mutex<Faults>,
    requests: Mutex<Requests>,
    limit: Mutex<Limit>,
}

impl Shared {
    /// Makes the workspace that a listener is to serve.
    pub(crate) fn new(options: Options, listener: &TcpListener) -> Result<Self> {
        let clock = SimClock::new(options.clock);
        let started_at = clock.now();
        Ok(Self {
            url: format!("http://{}", listener.local_addr()?),
            world: Mutex::new(World::new(&options, started_at)?),
            faults: Mutex::new(Faults::new(options.seed)),
            requests: Mutex::default(),
            limit: Mutex::new(Limit::new(options.rate_limit)),
            clock,
            options,
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Requests> {
        lock(&self.requests)
    }

    pub(crate) fn limit(&self) -> MutexGuard<'_, Limit> {
        lock(&self.limit)
    }
}

/// A test that panics while it holds a lock fails by itself; the others go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until told to stop, or until nobody is left who could tell it.
pub(crate) async fn run(shared: Arc<Shared>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    // Only a runtime without IO refuses a listener, and this one has it.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    // All that was started ends with the server.
    let mut tasks = JoinSet::new();
    tasks.spawn(Sim::of_server(Arc::clone(&shared)).change_on_its_own());
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // One connection that is gone already, or a lack of descriptors, which takes time to pass.
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        tasks.spawn(connection(Arc::clone(&shared), Resettable::new(stream)));
    }
}

async fn connection(shared: Arc<Shared>, stream: Resettable) {
    let reset = stream.reset();
    let service = service_fn(|request| answer::answer(Arc::clone(&shared), reset.clone(), request));
    let mut builder = http1::Builder::new();
    // The workspace's clock dates the answers.
    builder.timer(TokioTimer::new()).auto_date_header(false);
    tokio::select! {
        biased;
        // A client that hangs up in the middle is no concern of the workspace.
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
        () = reset.wanted() => {}
    }
}
