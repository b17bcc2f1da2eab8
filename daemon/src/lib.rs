//! The daemon: it alone owns the database, talks to Intercom and decides what to fetch.
//!
//! ```text
//! main → lib → rpc → { sync, store, freshness }     sync → { intercom, store, freshness }
//! store → { model, freshness }     intercom → model     freshness → nothing
//! ```
//!
//! `rpc` never names `intercom`'s wire types, `store` never calls `sync`, only `sync` commits to the store. A query is
//! one read transaction and never waits for a sync.

pub mod clock;
pub mod config;
pub mod freshness;
pub mod intercom;
pub mod model;
pub mod mutation;
mod offload;
mod rpc;
pub mod signals;
mod socket;
pub mod store;
pub mod sync;
pub mod systemd;

use anyhow::Context as _;
use proto::Starting;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use socket::{Listener, SocketError};

use clock::WallClock;
use config::{Config, Overrides};
use rpc::{Calls, Stage};
use signals::{Signal, Signals};
use store::Store;
use sync::SyncHandle;

/// A daemon that answers on its socket and syncs.
pub struct Daemon {
    store: Store,
    sync: SyncHandle,
    shutdown: CancellationToken,
    engine: tokio::task::JoinHandle<()>,
    server: tokio::task::JoinHandle<()>,
    _listener: Listener,
}

/// A daemon that listens: whoever asks hears how far it is until it can answer.
pub struct Listening {
    stage: watch::Sender<Stage>,
    shutdown: CancellationToken,
    server: tokio::task::JoinHandle<()>,
    listener: Listener,
}

impl Listening {
    /// Listens, on the calling runtime.
    ///
    /// # Errors
    /// When the socket cannot be listened on.
    pub fn begin(mut listener: Listener) -> anyhow::Result<Self> {
        let shutdown = CancellationToken::new();
        let socket = listener.listen().context("listening on the socket")?;
        let (stage, calls) = watch::channel(Stage::Starting(Starting::default()));
        let server = tokio::spawn(rpc::serve(socket, Calls(calls), shutdown.clone()));
        Ok(Self { stage, shutdown, server, listener })
    }

    /// Tells whoever asks how far the database of an earlier version is: conversations that are done, of so many.
    pub fn updating(&self, done: u64, total: u64) {
        let starting = Starting { updates: true, done, total: Some(total) };
        systemd::still_starting(&starting.to_string());
        self.stage.send_replace(Stage::Starting(starting));
    }

    /// Answers from the store, and syncs on `background`; `wall` is this machine's clock.
    pub fn answer(self, config: Config, store: Store, wall: WallClock, background: &Handle) -> Daemon {
        let Self { stage, shutdown, server, listener } = self;
        let (sync, engine) = SyncHandle::start(config, store.clone(), wall, shutdown.clone(), background);
        stage.send_replace(Stage::Ready(rpc::Service::new(store.clone(), sync.clone())));
        Daemon { store, sync, shutdown, engine, server, _listener: listener }
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
    pub async fn obey(&self, signals: &mut Signals, flags: &Overrides) {
        systemd::ready();
        let liveness =
            systemd::Liveness::new(self.sync.clone(), self.store.clone(), self.server.abort_handle());
        tokio::spawn(systemd::feed_watchdog(liveness, self.shutdown.clone()));
        tokio::spawn(systemd::tell_status(self.sync.clone(), self.shutdown.clone()));
        loop {
            match signals.next().await {
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
