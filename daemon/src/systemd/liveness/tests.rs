#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proto::Timestamp;
use sim::{Clock, Fault, FaultKind, Options, Sim, Target};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::WallClock;
use crate::config::{Config, History, Token};
use crate::intercom::Route;

const EPOCH: i64 = 1_790_000_000;
/// As systemd is told "alive" with `WatchdogSec=60`.
const TICK: Duration = Duration::from_secs(30);

/// A daemon's moving parts, and whoever looks whether they move.
struct Parts {
    sync: SyncHandle,
    store: Store,
    engine: JoinHandle<()>,
    server: JoinHandle<()>,
    liveness: Liveness,
    _home: TempDir,
}

fn start(api_url: &str, token: Option<&str>) -> Parts {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path()).unwrap();
    let config = Config {
        token: Token { secret: token.map(|token| token.to_owned().into()), origin: "the test".to_owned() },
        api_url: format!("{}/", api_url.trim_end_matches('/')).parse().unwrap(),
        route: Route::default(),
        data_dir: home.path().to_owned(),
        socket: home.path().join("s"),
        history: History::All,
        sync_interval: Duration::from_secs(15),
        freshness: Duration::from_secs(300),
        settle: Duration::from_secs(1),
        requests_per_minute: None,
        log: "off".to_owned(),
        business_hours: None,
    };
    let wall = WallClock::simulated(Timestamp(EPOCH));
    let (sync, engine) =
        SyncHandle::start(config, store.clone(), wall, CancellationToken::new(), &Handle::current());
    let server = tokio::spawn(std::future::pending());
    let liveness = Liveness::new(sync.clone(), store.clone(), server.abort_handle());
    Parts { sync, store, engine, server, liveness, _home: home }
}

async fn synced() -> (Sim, Parts) {
    let options = Options { conversations: 20, clock: Clock::From(EPOCH), ..Options::default() };
    let sim = Sim::start_here(options).unwrap();
    let parts = start(&sim.url(), Some(&sim.token()));
    let mut looks = 0;
    while parts.sync.summary().stored != Some(20) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        looks += 1;
        assert!(looks < 100_000, "{:?}", parts.sync.summary());
    }
    (sim, parts)
}

impl Parts {
    /// Looks at every tick for a while, and returns the first thing that is stuck and after how long it was found.
    async fn stuck_within(&mut self, time: Duration) -> Option<(Stuck, Duration)> {
        let begin = Instant::now();
        while begin.elapsed() < time {
            if let Err(stuck) = self.liveness.look() {
                return Some((stuck, begin.elapsed()));
            }
            tokio::time::sleep(TICK).await;
        }
        None
    }
}

#[tokio::test(start_paused = true)]
async fn a_daemon_without_anything_to_do_is_alive_for_hours() {
    let mut idle = start("http://127.0.0.1:9", None);
    assert_eq!(idle.stuck_within(Duration::from_secs(3 * 3_600)).await, None);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_intercom_that_does_not_answer_is_not_being_stuck() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut waiting = start(&format!("http://{}", silent.local_addr().unwrap()), Some("token"));
    assert_eq!(waiting.stuck_within(Duration::from_secs(3_600)).await, None);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_answer_with_nothing_else_to_do_is_not_being_stuck() {
    let (sim, mut parts) = synced().await;
    // Until all is calm: the next thing that is due is an hour away then.
    for _ in 0..1_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sim.inject(Fault::always(Target::Any, FaultKind::Hang));
    assert_eq!(parts.stuck_within(Duration::from_secs(3_600)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_scheduler_that_hangs_in_the_midst_of_its_work_is_stuck() {
    let (_sim, mut parts) = synced().await;
    assert_eq!(parts.liveness.look(), Ok(()));
    // It waits for the database, before every step that it takes.
    let _never_done = parts.store.block_reads(crate::store::Cost::Quick).await;
    let (stuck, found_after) = parts.stuck_within(Duration::from_secs(3_600)).await.unwrap();
    assert!(matches!(stuck, Stuck::Scheduler(_)), "{stuck}");
    assert!(found_after <= Duration::from_secs(150), "{found_after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_scheduler_that_is_gone_is_stuck() {
    let mut parts = start("http://127.0.0.1:9", None);
    parts.engine.abort();
    let (stuck, _) = parts.stuck_within(Duration::from_secs(3_600)).await.unwrap();
    assert!(matches!(stuck, Stuck::Scheduler(_)), "{stuck}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_writes_no_more_is_stuck_until_it_does_again() {
    let mut parts = start("http://127.0.0.1:9", None);
    let write = parts.store.block_writes().await;
    let (stuck, found_after) = parts.stuck_within(Duration::from_secs(3_600)).await.unwrap();
    assert!(matches!(stuck, Stuck::Store(_)), "{stuck}");
    assert!(found_after > SILENT, "emptying a large database takes a while: {found_after:?}");
    drop(write);
    tokio::time::sleep(TICK).await;
    assert_eq!(parts.stuck_within(Duration::from_secs(3_600)).await, None);
}

#[tokio::test(start_paused = true)]
async fn systemd_is_told_twice_in_its_interval_while_all_moves_and_never_while_something_is_stuck() {
    let Parts { store, liveness, engine: _engine, server: _server, _home, .. } =
        start("http://127.0.0.1:9", None);
    let (told, count) = (Arc::new(AtomicU32::new(0)), |told: &AtomicU32| told.swap(0, Ordering::Relaxed));
    let say = {
        let told = Arc::clone(&told);
        move || {
            told.fetch_add(1, Ordering::Relaxed);
        }
    };
    let interval = 2 * TICK;
    tokio::spawn(crate::systemd::feed(liveness, interval, CancellationToken::new(), say));
    tokio::time::sleep(10 * interval - Duration::from_secs(1)).await;
    assert_eq!(count(&told), 20);
    let write = store.block_writes().await;
    tokio::time::sleep(SILENT + interval).await;
    count(&told);
    tokio::time::sleep(10 * interval).await;
    assert_eq!(count(&told), 0);
    drop(write);
    tokio::time::sleep(interval).await;
    assert!(count(&told) > 0);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_nobody_can_connect_to_any_more_is_stuck() {
    let mut parts = start("http://127.0.0.1:9", None);
    assert_eq!(parts.stuck_within(Duration::from_secs(60)).await, None);
    parts.server.abort();
    tokio::task::yield_now().await;
    assert_eq!(parts.liveness.look(), Err(Stuck::Server));
}
