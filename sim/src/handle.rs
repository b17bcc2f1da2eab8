//! The handle of a simulated workspace: starting, stopping, the clock, faults and counts. Changes and truths are
//! further parts of it in `change`, `random` and `truth`.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::{oneshot, watch};

use crate::fault::{Fault, FaultId};
use crate::options::Options;
use crate::requests::Requests;
use crate::server::{self, Shared};

/// A running simulated workspace. Clones are handles to the same one; it stops when the last is dropped.
///
/// The server has a thread of its own, so it goes on answering while a test blocks, unless it was started with
/// [`Sim::start_here`].
#[derive(Clone)]
pub struct Sim {
    pub(crate) shared: Arc<Shared>,
    pub(crate) index_lag: Duration,
    /// Whether changes leave `updated_at` where it is.
    pub(crate) is_silent: bool,
    /// Stops the server when the last one is dropped; the server's own handle has none.
    stop: Option<Arc<watch::Sender<bool>>>,
}

impl Sim {
    /// Makes a workspace and serves it on a loopback port; it answers once this returns.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound, or a thread cannot be started.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = bind(&options)?;
        let index_lag = options.index_lag;
        let (stop, stopped) = watch::channel(false);
        let (ready, made) = oneshot::channel();
        thread::Builder::new()
            .name("intercom-sim".to_owned())
            .spawn(move || serve(options, listener, stopped, ready))?;
        let shared = made
            .await
            .map_err(|_| io::Error::other("the simulation's thread ended before it was ready"))??;
        Ok(Self { shared, index_lag, is_silent: false, stop: Some(Arc::new(stop)) })
    }

    /// Makes a workspace and serves it on the caller's runtime, whose time is the workspace's then: where that is paused,
    /// latency, lags and the clock move only with it.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound.
    pub fn start_here(options: Options) -> io::Result<Self> {
        let listener = bind(&options)?;
        let index_lag = options.index_lag;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(options, &listener)?);
        tokio::spawn(server::run(Arc::clone(&shared), listener, stopped));
        Ok(Self { shared, index_lag, is_silent: false, stop: Some(Arc::new(stop)) })
    }

    /// Returns a handle for the server itself, which does not keep it running.
    pub(crate) fn of_server(shared: Arc<Shared>) -> Self {
        let index_lag = shared.options.index_lag;
        Self { shared, index_lag, is_silent: false, stop: None }
    }

    /// Returns a handle whose changes search sees only `lag` after they are made, whatever the workspace's lag is.
    #[must_use]
    pub fn indexed_after(&self, lag: Duration) -> Self {
        Self { index_lag: lag, ..self.clone() }
    }

    /// Returns a handle whose changes leave `updated_at` where it is, as some of Intercom's do, and whose deletions no list
    /// tells.
    #[must_use]
    pub fn silently(&self) -> Self {
        Self { is_silent: true, ..self.clone() }
    }

    /// Returns the base URL of the API, without a slash at the end.
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Returns the token that the server accepts.
    pub fn token(&self) -> String {
        self.shared.options.token.clone()
    }

    /// Returns the workspace's `id_code`.
    pub fn workspace_id(&self) -> String {
        self.shared.options.workspace_id.clone()
    }

    /// Stops the server and closes its connections; questions to the handle are still answered.
    pub fn shutdown(&self) {
        if let Some(stop) = &self.stop {
            stop.send_replace(true);
        }
    }

    /// Returns the workspace's current Unix second.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Moves the workspace's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Moves the workspace's clock by whole seconds, in either direction.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.clock.shift(seconds);
    }

    /// Sets the workspace's clock to a Unix second, which may lie in its past.
    pub fn set_clock(&self, unix: i64) {
        self.shared.clock.set(unix);
    }

    /// Sets the number of calls allowed in a window of 10 seconds; `None` lifts the limit and its headers.
    pub fn set_rate_limit(&self, limit: Option<u32>) {
        self.shared.limit().set(limit);
    }

    /// Adds a fault; of several that strike a request, the one injected first decides the answer.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.shared.faults().add(fault)
    }

    /// Removes a fault; nothing happens if it is used up.
    pub fn clear_fault(&self, id: FaultId) {
        self.shared.faults().remove(id);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Says whether any fault is left that is neither used up nor removed.
    pub fn has_faults(&self) -> bool {
        self.shared.faults().are_left()
    }

    /// Returns what the server has counted.
    pub fn requests(&self) -> Requests {
        self.shared.requests().clone()
    }

    /// Starts counting anew.
    pub fn reset_requests(&self) {
        self.shared.requests().reset();
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The workspace itself would fill the screen.
        f.debug_struct("Sim").field("url", &self.shared.url).finish_non_exhaustive()
    }
}

fn bind(options: &Options) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn serve(
    options: Options,
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
    ready: oneshot::Sender<io::Result<Arc<Shared>>>,
) {
    let made = Shared::new(options, &listener).and_then(|shared| {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok((Arc::new(shared), runtime))
    });
    match made {
        Ok((shared, runtime)) => {
            // If nobody waits for the answer any more, `stopped` says so at once.
            let _ = ready.send(Ok(Arc::clone(&shared)));
            runtime.block_on(server::run(shared, listener, stopped));
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}
