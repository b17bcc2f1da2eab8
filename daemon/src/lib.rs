//! The daemon: it alone owns the database, talks to Intercom and decides what to fetch.
//!
//! ```text
//! main → lib → rpc → { sync, store, freshness }     sync → { intercom, store, freshness }
//! store → { model, fields, freshness }     intercom → { model, fields }     freshness → nothing
//! ```
//!
//! `rpc` never names `intercom`'s wire types, `store` never calls `sync`, only `sync` commits to the store. A query is
//! one read transaction and never waits for a sync.

pub mod clock;
pub mod config;
pub mod fields;
pub mod freshness;
pub mod hours;
pub mod intercom;
pub mod model;
mod offload;
mod rpc;
pub mod signals;
mod socket;
pub mod store;
pub mod sync;
pub mod systemd;
mod topics;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use proto::Starting;
use tokio::net::UnixListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub use socket::{Listener, SocketError};

use clock::WallClock;
use config::{Config, Overrides};
use rpc::{Calls, Readiness};
use signals::{Signal, Signals};
use store::Store;
use sync::SyncHandle;

/// How often to look whether the socket is still there.
const LOOK: Duration = Duration::from_secs(2);

/// A daemon that answers on its socket and syncs.
pub struct Daemon {
    store: Store,
    sync: SyncHandle,
    shutdown: CancellationToken,
    engine: tokio::task::JoinHandle<()>,
    server: tokio::task::JoinHandle<()>,
    listener: Listener,
    sockets: watch::Sender<Arc<UnixListener>>,
    data_dir: PathBuf,
}

/// A daemon that listens: whoever asks hears how far it is until it can answer.
pub struct Listening {
    readiness: watch::Sender<Readiness>,
    shutdown: CancellationToken,
    server: tokio::task::JoinHandle<()>,
    listener: Listener,
    sockets: watch::Sender<Arc<UnixListener>>,
}

impl Listening {
    /// Listens, on the calling runtime.
    ///
    /// # Errors
    /// When the socket cannot be listened on.
    pub fn begin(mut listener: Listener) -> anyhow::Result<Self> {
        let shutdown = CancellationToken::new();
        let socket = listener.listen().context("listening on the socket")?;
        let (sockets, socket) = watch::channel(Arc::new(socket));
        let (readiness, calls) = watch::channel(Readiness::Starting(Starting::default()));
        let server = tokio::spawn(rpc::serve(socket, Calls(calls), shutdown.clone()));
        Ok(Self { readiness, shutdown, server, listener, sockets })
    }

    /// Tells whoever asks how far the database of an earlier version is: conversations that are done, of so many.
    pub fn updating(&self, done: u64, total: u64) {
        let starting = Starting { updates: true, done, total: Some(total) };
        systemd::still_starting(&starting.to_string());
        self.readiness.send_replace(Readiness::Starting(starting));
    }

    /// Answers from the store, and syncs on `background`; `wall` is this machine's clock.
    pub fn answer(self, config: Config, store: Store, wall: WallClock, background: &Handle) -> Daemon {
        let Self { readiness, shutdown, server, listener, sockets } = self;
        let data_dir = config.data_dir.clone();
        let (sync, engine) = SyncHandle::start(config, store.clone(), wall, shutdown.clone(), background);
        readiness.send_replace(Readiness::Ready(rpc::Service::new(store.clone(), sync.clone())));
        Daemon { store, sync, shutdown, engine, server, listener, sockets, data_dir }
    }
}

impl Daemon {
    /// Starts answering on the calling runtime, and syncing on `background`; `wall` is this machine's clock.
    ///
    /// # Errors
    /// When the socket cannot be listened on.
    pub fn start(
        config: Config,
        store: Store,
        listener: Listener,
        wall: WallClock,
        background: &Handle,
    ) -> anyhow::Result<Self> {
        Ok(Listening::begin(listener)?.answer(config, store, wall, background))
    }

    /// Does what signals ask for until one asks to stop.
    pub async fn obey(&mut self, signals: &mut Signals, flags: &Overrides) {
        systemd::ready();
        let liveness =
            systemd::Liveness::new(self.sync.clone(), self.store.clone(), self.server.abort_handle());
        tokio::spawn(systemd::feed_watchdog(liveness, self.shutdown.clone()));
        tokio::spawn(systemd::tell_status(self.sync.clone(), self.shutdown.clone()));
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let signal = tokio::select! {
                signal = signals.next() => signal,
                _ = looks.tick() => {
                    let elsewhere = || Config::load(flags).ok().map(|config| config.socket);
                    self.stay_reachable(elsewhere);
                    continue;
                }
            };
            match signal {
                Signal::Stop => return,
                Signal::Sync => self.sync.nudge(),
                Signal::Reload => {
                    systemd::reloading();
                    match Config::load(flags) {
                        Ok(config) => self.sync.reconfigure(config).await,
                        Err(error) => tracing::warn!(%error, "the configuration stays as it was"),
                    }
                    systemd::ready();
                }
            }
        }
    }

    /// Listens anew where the socket's file is gone, and says so beside the database: at the same place, or where its folder
    /// is gone, too, and cannot be made, at the one that `elsewhere` returns. A session's folder ends at logout, and a
    /// daemon in the background does not.
    pub fn stay_reachable(&mut self, elsewhere: impl FnOnce() -> Option<PathBuf>) {
        if !self.listener.is_lost() {
            return;
        }
        let bound = Listener::bind(self.listener.path()).or_else(|error| match elsewhere() {
            Some(path) if path != self.listener.path() => Listener::bind(&path),
            _ => Err(error),
        });
        let listening = bound.map_err(anyhow::Error::from).and_then(|mut listener| {
            let socket = listener.listen()?;
            Ok((listener, socket))
        });
        match listening {
            Ok((listener, socket)) => {
                tracing::info!(socket = %listener.path().display(), "the socket was gone, and is there again");
                self.listener = listener;
                self.sockets.send_replace(Arc::new(socket));
                store::announce(&self.data_dir, self.listener.path());
            }
            Err(error) => tracing::debug!(%error, "the socket is gone, and there is no other place for it"),
        }
    }

    /// Stops: finishes the transaction in hand, and loses nothing that was committed.
    pub async fn stop(self) {
        systemd::stopping();
        self.shutdown.cancel();
        for task in [self.engine, self.server] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task did not end well");
            }
        }
        self.store.close().await;
    }
}

/// Syncs what is due on `background` and returns; nothing is answered meanwhile.
///
/// # Errors
/// When syncing does not work.
pub async fn sync_once(
    config: Config,
    store: Store,
    signals: &mut Signals,
    background: &Handle,
) -> anyhow::Result<()> {
    let shutdown = CancellationToken::new();
    let (sync, engine) =
        SyncHandle::start(config, store.clone(), WallClock::system(), shutdown.clone(), background);
    let result = tokio::select! {
        result = sync.until_idle() => result.map_err(anyhow::Error::msg),
        () = async { while signals.next().await != Signal::Stop {} } => Ok(()),
    };
    shutdown.cancel();
    engine.await.context("stopping the sync engine")?;
    store.close().await;
    result
}
