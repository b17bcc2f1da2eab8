//! A daemon of the test's own, in a folder of its own, under a simulated workspace of its own.
//!
//! Daemon, workspace and client share one thread and its paused time (`#[tokio::test(start_paused = true)]`): where
//! nothing is left to do, the clock jumps to when something is.

mod time;
pub(crate) mod truth;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use proto::Timestamp;
use proto::client::Client;
use proto::types::{
    CheckRequest, Phase, SearchReply, SearchRequest, SyncInfo, SyncReport, SyncRequest, Window,
};
use sim::{Clock, Options, Sim};
use syncd::clock::WallClock;
use syncd::config::{Config, History, Token};
use syncd::intercom::Route;
use syncd::store::Store;
use syncd::{Daemon, Listener};
use tempfile::TempDir;
use tokio::time::Instant;

use time::Metronome;

/// How long a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// How often a test looks whether it has happened.
const LOOK: Duration = Duration::from_millis(20);

/// When every test begins.
pub(crate) const EPOCH: i64 = 1_790_000_000;

/// A simulated workspace with a daemon that copies it.
pub(crate) struct Bench {
    pub(crate) sim: Sim,
    pub(crate) client: Client,
    pub(crate) daemon: Daemon,
    pub(crate) home: TempDir,
    /// This machine's clock, as the daemon sees it.
    pub(crate) wall: WallClock,
    _metronome: Metronome,
}

/// Returns a small workspace whose clock is right.
pub(crate) fn workspace(conversations: usize) -> Options {
    Options {
        conversations,
        history: Duration::from_secs(300 * 86_400),
        clock: Clock::From(EPOCH),
        ..Options::default()
    }
}

/// Returns the configuration of a daemon in `home` that syncs from `sim`: it looks often and settles at once.
pub(crate) fn config(sim: &Sim, home: &TempDir) -> Config {
    Config {
        token: Token { secret: Some(sim.token().to_owned().into()), origin: "the test".to_owned() },
        api_url: format!("{}/", sim.url().trim_end_matches('/')).parse().unwrap(),
        route: Route::default(),
        data_dir: home.path().join("data"),
        socket: home.path().join("syncd.sock"),
        history: History::All,
        sync_interval: Duration::from_secs(1),
        freshness: Duration::from_secs(300),
        settle: Duration::from_secs(1),
        requests_per_minute: None,
        log: "off".to_owned(),
        business_hours: None,
    }
}

impl Bench {
    /// Starts a workspace and a daemon.
    pub(crate) async fn start(options: Options) -> Self {
        Self::start_with(options, |_| ()).await
    }

    /// Starts a workspace and a daemon with a changed configuration.
    pub(crate) async fn start_with(options: Options, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_prepared(options, change, |_| ()).await
    }

    /// Starts a daemon with a changed configuration, after `prepare` has done something to the workspace.
    pub(crate) async fn start_prepared(
        options: Options,
        change: impl FnOnce(&mut Config),
        prepare: impl FnOnce(&Sim),
    ) -> Self {
        let sim = Sim::start_here(options).unwrap();
        prepare(&sim);
        let home = tempfile::tempdir().unwrap();
        let mut config = config(&sim, &home);
        change(&mut config);
        Self::with(sim, home, config).await
    }

    /// Starts a daemon over what is there, on a machine whose clock is right.
    pub(crate) async fn with(sim: Sim, home: TempDir, config: Config) -> Self {
        Self::with_clock(sim, home, config, WallClock::simulated(Timestamp(EPOCH))).await
    }

    /// Starts a daemon over what is there, on a machine that has this clock.
    pub(crate) async fn with_clock(sim: Sim, home: TempDir, config: Config, wall: WallClock) -> Self {
        let metronome = Metronome::start();
        let store = Store::open(&config.data_dir).unwrap();
        let listener = Listener::bind(&config.socket).unwrap();
        let socket: PathBuf = config.socket.clone();
        let daemon =
            Daemon::start(config, store, listener, wall.clone(), &tokio::runtime::Handle::current()).unwrap();
        let client = Client::connect(&socket).await.unwrap();
        Self { sim, client, daemon, home, wall, _metronome: metronome }
    }

    /// Stops the daemon and starts another over the same database.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { sim, client, daemon, home, wall, _metronome } = self;
        drop(client);
        daemon.stop().await;
        let mut config = config(&sim, &home);
        change(&mut config);
        Self::with_clock(sim, home, config, wall).await
    }

    /// Kills the daemon and starts another over what a power cut would have left of its database at this instant.
    pub(crate) async fn kill(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { sim, client, daemon, home, wall, _metronome } = self;
        let after = tempfile::tempdir().unwrap();
        let mut config = config(&sim, &after);
        std::fs::create_dir_all(&config.data_dir).unwrap();
        for file in std::fs::read_dir(home.path().join("data")).unwrap() {
            let file = file.unwrap();
            // What is shared by those who have it open is nobody's then.
            if file.file_type().unwrap().is_file() && !file.file_name().to_string_lossy().ends_with("-shm") {
                std::fs::copy(file.path(), config.data_dir.join(file.file_name())).unwrap();
            }
        }
        drop(client);
        // Whatever it still does, it does to files that nobody looks at any more.
        daemon.stop().await;
        change(&mut config);
        Self::with_clock(sim, after, config, wall).await
    }

    /// Stops everything.
    pub(crate) async fn end(self) {
        let Self { sim, client, daemon, .. } = self;
        drop(client);
        daemon.stop().await;
        sim.shutdown();
    }

    /// Syncs and waits until that is done.
    pub(crate) async fn sync(&self) -> SyncReport {
        let report = self.try_sync(SyncRequest::default()).await;
        assert_eq!(report.phase, Phase::Done, "{report:?}");
        report
    }

    /// Syncs as asked and returns the last report.
    pub(crate) async fn try_sync(&self, request: SyncRequest) -> SyncReport {
        let ticket = self.client.sync(request).await.unwrap();
        self.client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap()
    }

    /// Returns the verdict on a window.
    pub(crate) async fn check(&self, window: Window) -> SyncInfo {
        self.client.check(CheckRequest { window }).await.unwrap().sync_info
    }

    /// Returns every result of a search, page by page.
    pub(crate) async fn search_all(&self, mut request: SearchRequest) -> (Vec<String>, SearchReply) {
        request.limit = 100;
        let mut ids = Vec::new();
        loop {
            let reply = self.client.search(&request).await.unwrap();
            ids.extend(reply.hits.iter().map(|hit| hit.id.clone()));
            match &reply.next_page {
                Some(page) => request.page = Some(page.clone()),
                None => return (ids, reply),
            }
        }
    }

    /// Returns when each stored conversation changed last, as it is stored.
    pub(crate) async fn stored(&self) -> HashMap<String, Timestamp> {
        let mut request = SearchRequest { limit: 100, ..SearchRequest::default() };
        let mut stored = HashMap::new();
        loop {
            let reply = self.client.search(&request).await.unwrap();
            stored.extend(reply.hits.into_iter().map(|hit| (hit.id, hit.updated_at)));
            if reply.next_page.is_none() {
                return stored;
            }
            request.page = reply.next_page;
        }
    }

    /// Waits until `question` answers with something.
    pub(crate) async fn eventually<T, F>(&self, what: &str, mut question: impl FnMut() -> F) -> T
    where
        F: Future<Output = Option<T>>,
    {
        let start = Instant::now();
        loop {
            if let Some(answer) = question().await {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:#?}", self.client.status().await);
            // The daemon tells of syncs only; everything else is looked at.
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Returns a window between two instants.
pub(crate) fn window(start: i64, end: i64) -> Window {
    Window { start: Some(Timestamp(start)), end: Some(Timestamp(end)) }
}

/// Returns the window from an instant on.
pub(crate) fn since(start: i64) -> Window {
    Window { start: Some(Timestamp(start)), end: None }
}
