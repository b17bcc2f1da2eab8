//! A long time under faults of every kind: in the end the copy is the workspace, and nothing has piled up.

use std::time::{Duration, Instant};

use fastrand::Rng;
use proto::Timestamp;
use proto::types::{CheckRequest, Expr, Question, SearchRequest, State, SyncRequest, Window};
use sim::{Body, Fault, FaultKind, Sim, Target, Times};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::support::{Bench, config, truth, workspace};

/// The share of calls that something happens to.
const FAULTS: f64 = 0.05;

/// What the process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    tasks: usize,
    files: usize,
    kilobytes: u64,
}

impl Held {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            files: std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
            kilobytes: kilobytes.unwrap_or(0),
        }
    }
}

/// What a soak has seen.
struct Seen {
    before: Held,
    halfway: Held,
    end: Held,
    after: Held,
    calm: Vec<Duration>,
    stormy: Vec<Duration>,
    faulted: u64,
    requests: u64,
}

fn inject(sim: &Sim) {
    // What is not found twice in a row counts as deleted, so at random it would be a deletion that never was.
    let kinds = [
        FaultKind::Latency(Duration::from_secs(3)),
        FaultKind::Status { code: 500, body: Body::Html },
        FaultKind::Status { code: 503, body: Body::Empty },
        FaultKind::RateLimited { headers: true, retry_after: Some(2) },
        FaultKind::RateLimited { headers: false, retry_after: None },
        FaultKind::Reset,
        FaultKind::Hang,
        FaultKind::TruncatedBody,
        FaultKind::MalformedJson,
        FaultKind::WrongTypes,
        FaultKind::HtmlBody,
        FaultKind::EmptyBody,
        FaultKind::SlowDrip { pieces: 5, pause: Duration::from_secs(1) },
        FaultKind::HugeBody(2),
        FaultKind::TokenRevoked,
        FaultKind::ScopeMissing,
        FaultKind::PlanRestricted,
        FaultKind::Redirect("http://127.0.0.1:9/".to_owned()),
        FaultKind::RepeatedCursor,
        FaultKind::WrongOrder,
        FaultKind::EmptyPageWithNext,
    ];
    let probability = FAULTS / f64::from(u32::try_from(kinds.len()).unwrap());
    for kind in kinds {
        sim.inject(Fault { on: Target::Any, kind, times: Times::Forever, probability });
    }
}

async fn ask(bench: &Bench, times: &mut Vec<Duration>, dice: &mut Rng) {
    let start = Some(Timestamp(bench.sim.now() - dice.i64(0..30 * 86_400)));
    let text = ["refund", "invoice", "", "login"][dice.usize(..4)].to_owned();
    let request = SearchRequest {
        question: Question {
            query: Expr::word(text),
            window: Window { start, end: None },
            ..Question::default()
        },
        limit: 20,
        ..SearchRequest::default()
    };
    let began = Instant::now();
    bench.client.search(&request).await.unwrap();
    times.push(began.elapsed());
}

async fn soak(seconds: u64) -> Seen {
    let before = Held::now();
    let mut dice = Rng::with_seed(11);
    let sim = Sim::start_here(sim::Options { latency: Duration::from_millis(80), ..workspace(200) }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let settings = config(&sim, &home);
    let bench = Bench::with(sim, home, settings).await;
    bench.sync().await;
    let (mut calm, mut stormy) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        ask(&bench, &mut calm, &mut dice).await;
        sleep(Duration::from_millis(50)).await;
    }
    inject(&bench.sim);
    let mut halfway = Held::now();
    for second in 0..seconds {
        bench.sim.random_change(&mut dice);
        ask(&bench, &mut stormy, &mut dice).await;
        sleep(Duration::from_secs(1)).await;
        if second % 60 == 0 {
            let info =
                bench.client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
            if info.data_complete {
                truth::backed(&bench, (0, i64::MAX), &info, |_| false).await.unwrap();
            }
        }
        if second == seconds / 2 {
            halfway = Held::now();
        }
    }
    let end = Held::now();
    let requests = bench.sim.requests();
    bench.sim.clear_faults();
    let mut equal = Err("nothing was compared".to_owned());
    for _ in 0..300 {
        bench.try_sync(SyncRequest::default()).await;
        sleep(Duration::from_secs(2)).await;
        bench.sim.advance(Duration::from_secs(30));
        bench.wall.step(30);
        let info = bench.client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
        if info.state == State::Fresh {
            equal = truth::equal(&bench).await;
        }
        if equal.is_ok() {
            break;
        }
    }
    equal.unwrap();
    bench.end().await;
    // Whoever was told to end needs a moment for it.
    sleep(Duration::from_secs(120)).await;
    let after = Held::now();
    Seen { before, halfway, end, after, calm, stormy, faulted: requests.faulted, requests: requests.total }
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn minutes_of_faults_of_every_kind_leave_the_copy_whole_and_no_task_behind() {
    let seen = soak(240).await;
    assert!(seen.faulted > 0);
    assert_eq!(seen.after.tasks, seen.before.tasks, "tasks are left");
}

/// `cargo test -p syncd --test it soak -- --ignored --nocapture`
#[tokio::test(start_paused = true)]
#[ignore = "takes minutes, and counts what the whole process holds"]
async fn an_hour_of_faults_of_every_kind_leaves_the_copy_whole_and_nothing_piled_up() {
    let mut seen = soak(3_600).await;
    println!("{} of {} calls were struck", seen.faulted, seen.requests);
    println!(
        "held before {:?}, halfway {:?}, in the end {:?}, after {:?}",
        seen.before, seen.halfway, seen.end, seen.after
    );
    println!(
        "queries: p50 {:?} and p99 {:?} in calm, {:?} and {:?} under faults",
        percentile(&mut seen.calm, 50),
        percentile(&mut seen.calm, 99),
        percentile(&mut seen.stormy, 50),
        percentile(&mut seen.stormy, 99)
    );
    assert_eq!(seen.after.tasks, seen.before.tasks, "tasks are left");
    assert!(seen.after.files <= seen.before.files, "files are left open");
    assert!(seen.end.tasks <= seen.halfway.tasks + 20, "tasks pile up");
    // The simulated workspace is in the same process, and keeps its history: a kilobyte or two a change.
    assert!(seen.end.kilobytes <= seen.halfway.kilobytes + 8_192, "memory grows");
}
