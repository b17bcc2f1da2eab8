//! How fast the product is from end to end: the programs that users run, over a simulated workspace, each number
//! beside a floor that is measured in the same run: `cargo bench -p syncd --bench whole -- [CONVERSATIONS] [--paced]`.
//!
//! `--paced` adds a first sync at the pace that Intercom allows, which takes a minute. `syncctl` and `syncd-mcp` are
//! measured where `cargo build --release` has put them.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod daemon;
    pub(crate) mod elsewhere;
    pub(crate) mod floor;
    pub(crate) mod programs;
    pub(crate) mod report;
    pub(crate) mod stored;
    pub(crate) mod times;
    pub(crate) mod transfer;
    pub(crate) mod words;
}

use std::path::Path;
use std::time::{Duration, Instant};

use proto::Timestamp;
use proto::client::Client;
use proto::types::{
    Field, Grouping, ListRequest, Phase, Question, ReadRequest, SearchRequest, ShowRequest, StatsRequest,
    SuggestRequest, SyncMode, SyncRequest, TimeField,
};
use sim::{Fault, FaultKind, Options, Sim, Target};

use support::daemon::Daemon;
use support::elsewhere;
use support::floor::Floor;
use support::programs;
use support::report::{self, line, milliseconds, per_second};
use support::stored::Stored;
use support::times::{Times, ratio, time};
use support::transfer::{self, Echo};
use support::words::{self, Words};

const ROUNDS: usize = 300;
/// Rounds of what takes long.
const FEW: usize = 20;
/// Runs of a whole process.
const RUNS: usize = 50;
/// Calls that Intercom allows in ten seconds, and how long it takes to answer.
const PACE: (u32, Duration) = (1_666, Duration::from_millis(100));
/// The span over which calls are counted: whole windows of the limit.
const WINDOWS: u32 = 3;
const WINDOW: Duration = Duration::from_secs(10);
/// Changes a second in the workspace that faults happen to.
const CHANGES: f64 = 20.0;
/// The share of calls that something happens to.
const FAULTS: f64 = 0.05;
/// What happens to them, besides an answer that is far too long.
const KINDS: [&str; 18] = [
    "latency",
    "500",
    "502",
    "503",
    "429",
    "reset",
    "truncated",
    "malformed",
    "wrong-types",
    "html",
    "empty",
    "hang",
    "slow",
    "repeated-cursor",
    "wrong-order",
    "empty-page",
    "token-revoked",
    "scope-missing",
];
/// Conversations that keep the daemon busy at that pace until they are counted.
const PACED: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    println!("{count} conversations");
    report::heading();
    let home = tempfile::tempdir().unwrap();
    let sim = elsewhere::start(Options { conversations: count, ..Options::default() });
    let (daemon, client, synced) = first_sync(&sim, home.path()).await;
    resting(&daemon).await;
    drop(client);
    let (daemon, client) = restart(daemon, &sim, home.path()).await;
    let (floor, words, loaded) = words::load(&sim, &home.path().join("floor.db"));
    line("first sync, no limit (floor: storing by hand)", per_second(count as f64, synced))
        .floor(per_second(count as f64, loaded), ratio(loaded, synced))
        .print();
    let common = searches(&client, &floor, &words).await;
    others(&client, &sim).await;
    let stored = Stored::open(&home.path().join("data/syncd.db"));
    counting(&client, &sim, &common, &stored).await;
    export(&client, &stored).await;
    whole_processes(&client, daemon.socket(), &common).await;
    line("memory after the searches", megabytes(daemon.resident())).target("<= 150 MB");
    searches_during_sync(&client, &sim, &common).await;
    drop(daemon);
    under_faults().await;
    if arguments.iter().any(|argument| argument == "--paced") {
        paced().await;
    } else {
        println!("first sync at Intercom's pace: left out, since --paced was not given");
    }
}

/// Copies the workspace as fast as it goes; tells how long that took.
async fn first_sync(sim: &Sim, home: &Path) -> (Daemon, Client, Duration) {
    let ids = sim.ids();
    let count = ids.len() as f64;
    let floor = transfer::download(sim, &ids).await;
    let started = Instant::now();
    let daemon = Daemon::start(sim, home);
    let client = daemon.connect().await;
    daemon.until_whole(&client, ids.len() as u64).await;
    let took = started.elapsed();
    line("first sync, no limit (floor: downloading)", per_second(count, took))
        .floor(per_second(count, floor), ratio(floor, took))
        .target(">= 1000 /s; >= 0.6 x");
    line("first sync, the daemon's processor time", format!("{:.2} s", daemon.cpu().as_secs_f64())).print();
    (daemon, client, took)
}

/// Leaves the daemon alone.
async fn resting(daemon: &Daemon) {
    line("memory right after the sync", megabytes(daemon.resident())).print();
    // Idle connections to Intercom are closed after a while.
    tokio::time::sleep(Duration::from_secs(45)).await;
    line("memory 45 s after the sync", megabytes(daemon.resident())).target("< 30 MB at 10,000");
    let before = daemon.cpu();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let used = daemon.cpu().saturating_sub(before);
    line("processor time in 20 s of rest", format!("{:.2} s", used.as_secs_f64())).print();
}

/// Stops the daemon and starts it over what it has stored.
async fn restart(daemon: Daemon, sim: &Sim, home: &Path) -> (Daemon, Client) {
    line("stop", milliseconds(daemon.stop())).target("< 2000 ms");
    let started = Instant::now();
    let daemon = Daemon::start(sim, home);
    let client = daemon.connect().await;
    let reply = client.search(&question("")).await.unwrap();
    let took = started.elapsed();
    assert_eq!(reply.hits.len(), 20);
    line("start to the first answer", milliseconds(took)).target("<= 20 ms");
    (daemon, client)
}

fn question(word: &str) -> SearchRequest {
    SearchRequest {
        question: Question::of(proto::query::parse(word, &chrono::Utc::now()).unwrap().query),
        limit: 20,
        ..SearchRequest::default()
    }
}

async fn ask(client: &Client, word: &str) -> Duration {
    let question = question(word);
    let started = Instant::now();
    std::hint::black_box(client.search(&question).await.unwrap());
    started.elapsed()
}

/// Searches for words of each class; returns the common one.
async fn searches(client: &Client, floor: &Floor, words: &Words) -> String {
    let mut echo = Echo::start();
    for (class, word, frequency) in words {
        let reply = client.search(&question(word)).await.unwrap();
        let wire = bincode::serde::encode_to_vec(&reply, bincode::config::legacy()).unwrap().len();
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for _ in 0..ROUNDS {
            theirs.add(time(|| floor.search(word)) + echo.round_trip(wire));
            ours.add(ask(client, word).await);
        }
        let (p50, floor_p50) = (ours.median(), theirs.median());
        let name = format!("search {class}, {} of {frequency}, p50", reply.hits.len());
        line(name, milliseconds(p50))
            .floor(milliseconds(floor_p50), ratio(p50, floor_p50))
            .target("<= 1.5 x");
        let (p99, floor_p99) = (ours.percentile(0.99), theirs.percentile(0.99));
        line(format!("search {class}, p99"), milliseconds(p99))
            .floor(milliseconds(floor_p99), ratio(p99, floor_p99))
            .target("< 5 ms");
    }
    let common = words.iter().find(|(class, ..)| *class == "common");
    common.map(|(_, word, _)| word.clone()).unwrap_or_default()
}

/// Asks the other questions that have a target.
async fn others(client: &Client, sim: &Sim) {
    let mut echo = Echo::start();
    let ids = sim.ids();
    let (mut show, mut status, mut floor) = (Times::default(), Times::default(), Times::default());
    for round in 0..ROUNDS {
        let id = ids[round * 7 % ids.len()].clone();
        let request = ShowRequest { id, offset: 0, limit: 100, refresh: false };
        let started = Instant::now();
        let reply = client.show(&request).await.unwrap();
        show.add(started.elapsed());
        let wire = bincode::serde::encode_to_vec(&reply, bincode::config::legacy()).unwrap().len();
        floor.add(echo.round_trip(wire));
        let started = Instant::now();
        client.status().await.unwrap();
        status.add(started.elapsed());
    }
    let (show, floor) = (show.median(), floor.median());
    line("show, p50 (floor: a round trip)", milliseconds(show))
        .floor(milliseconds(floor), ratio(show, floor))
        .print();
    line("status, p50", milliseconds(status.median())).target("<= 1 ms");
}

/// Counts all conversations in every way, beside reading the rows that this takes by hand.
async fn counting(client: &Client, sim: &Sim, word: &str, stored: &Stored) {
    let day = |days: i64| Timestamp(sim.now() - days * 86_400);
    let days = Grouping::Time((0..=365).rev().map(day).collect());
    let cases = [
        ("stats, whole", "", Grouping::Whole),
        ("stats, by day of a year", "", days),
        ("stats, by tag", "", Grouping::Field(Field::Tag)),
        ("stats, by assignee", "", Grouping::Field(Field::Assignee)),
        ("stats, by customer", "", Grouping::Field(Field::Customer)),
        ("stats of a common word, by tag", word, Grouping::Field(Field::Tag)),
    ];
    for (name, text, grouping) in cases {
        let question = Question { by: TimeField::Created, ..question(text).question };
        let request = StatsRequest { question, grouping, limit: 20, waiting: 10, ..StatsRequest::default() };
        let (mut times, mut floor) = (Times::default(), Times::default());
        for _ in 0..FEW {
            floor.add(time(|| stored.figures()));
            let started = Instant::now();
            std::hint::black_box(client.stats(&request).await.unwrap());
            times.add(started.elapsed());
        }
        let (times, floor) = (times.median(), floor.median());
        line(format!("{name}, p50"), milliseconds(times))
            .floor(milliseconds(floor), ratio(times, floor))
            .target("< 100 ms");
    }
    for (name, field) in [("tag", Field::Tag), ("customer", Field::Customer)] {
        let request = SuggestRequest { field, text: "a".to_owned(), limit: 20 };
        let mut times = Times::default();
        for _ in 0..FEW {
            let started = Instant::now();
            std::hint::black_box(client.suggest(&request).await.unwrap());
            times.add(started.elapsed());
        }
        line(format!("values of a {name}, p50"), milliseconds(times.median())).print();
    }
}

/// Takes everything out, as an export does, beside reading the compressed bodies by hand.
async fn export(client: &Client, stored: &Stored) {
    let started = Instant::now();
    let request = ListRequest { question: Question::default(), after: None, limit: 100_000 };
    let mut ids = client.list(&request).await.unwrap().ids;
    let took = started.elapsed();
    let floor = time(|| stored.figures());
    line("list", milliseconds(took)).floor(milliseconds(floor), ratio(took, floor)).print();
    let (floor, count) = (time(|| stored.bodies()), ids.len() as f64);
    let started = Instant::now();
    while !ids.is_empty() {
        let batch = ids[..ids.len().min(500)].to_vec();
        let reply = client.read(&ReadRequest { ids: batch }).await.unwrap();
        ids.drain(..reply.done as usize);
    }
    let took = started.elapsed();
    line("read all, whole", per_second(count, took))
        .floor(per_second(count, floor), ratio(floor, took))
        .print();
}

/// Runs the client programs.
async fn whole_processes(client: &Client, socket: &Path, word: &str) {
    let mut answers = Times::default();
    for _ in 0..RUNS {
        answers.add(ask(client, word).await);
    }
    let nothing = programs::runs(RUNS, Path::new("/bin/true"), &[]).median();
    match programs::find("syncctl") {
        None => println!("syncctl: not built"),
        Some(program) => {
            let place = socket.to_str().unwrap();
            let arguments = ["search", word, "--limit", "20", "--json", "--socket", place];
            let (took, floor) =
                (programs::runs(RUNS, &program, &arguments).median(), nothing + answers.median());
            line("syncctl search, whole process, median", milliseconds(took))
                .floor(milliseconds(floor), ratio(took, floor))
                .target("<= 2 x");
        }
    }
    let Some(program) = programs::find("syncd-mcp") else {
        println!("syncd-mcp: not built");
        return;
    };
    for (name, request) in [("initialize", programs::initialize()), ("server/discover", programs::discover())]
    {
        let took = programs::first_answers(RUNS, &program, socket, &request).median();
        line(format!("syncd-mcp, start to {name}, median"), milliseconds(took))
            .floor(milliseconds(nothing), ratio(took, nothing))
            .target("< 10 ms");
    }
}

/// Searches while everything is fetched again at Intercom's pace.
async fn searches_during_sync(client: &Client, sim: &Sim, word: &str) {
    let mut idle = searches_for(client, word, WINDOW).await;
    sim.set_rate_limit(Some(PACE.0));
    sim.inject(Fault::always(Target::Any, FaultKind::Latency(PACE.1)));
    client.sync(SyncRequest { mode: SyncMode::Full, ..SyncRequest::default() }).await.unwrap();
    // Until it is up to speed.
    tokio::time::sleep(WINDOW).await;
    sim.reset_requests();
    let mut busy = searches_for(client, word, WINDOW * WINDOWS).await;
    let calls = sim.requests().total;
    for (name, share, target) in [("p50", 0.5, "<= 1.2 x"), ("p99", 0.99, "<= 1.5 x")] {
        let (busy, idle) = (busy.percentile(share), idle.percentile(share));
        line(format!("search during a full sync, {name} (floor: idle)"), milliseconds(busy))
            .floor(milliseconds(idle), ratio(busy, idle))
            .target(target);
    }
    let pace = f64::from(PACE.0) / WINDOW.as_secs_f64();
    let span = WINDOW * WINDOWS;
    line("that sync's calls", per_second(calls as f64, span))
        .floor(format!("{pace:.0} /s"), calls as f64 / span.as_secs_f64() / pace)
        .print();
}

async fn searches_for(client: &Client, word: &str, span: Duration) -> Times {
    let (mut times, started) = (Times::default(), Instant::now());
    while started.elapsed() < span {
        times.add(ask(client, word).await);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    times
}

/// Searches a workspace in which things change, first in calm, then while something happens to each twentieth call.
async fn under_faults() {
    let options =
        Options { conversations: PACED, latency: PACE.1, changes_per_second: CHANGES, ..Options::default() };
    let sim = elsewhere::start(options);
    let home = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(&sim, home.path());
    let client = daemon.connect().await;
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    let report = client.wait(ticket, None, |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done, "{report:?}");
    let word = "the";
    let mut calm = searches_for(&client, word, WINDOW * WINDOWS).await;
    let chance = FAULTS / (KINDS.len() + 1) as f64;
    for kind in KINDS {
        sim.inject(Fault { probability: chance, ..kind.parse().unwrap() });
    }
    let huge = FaultKind::HugeBody(10);
    sim.inject(Fault { probability: chance, ..Fault::always(Target::Any, huge) });
    sim.reset_requests();
    let mut stormy = searches_for(&client, word, WINDOW * WINDOWS).await;
    let requests = sim.requests();
    for (name, share, target) in [("p50", 0.5, "<= 1.2 x"), ("p99", 0.99, "<= 1.5 x")] {
        let (stormy, calm) = (stormy.percentile(share), calm.percentile(share));
        line(format!("search under faults, {name} (floor: in calm)"), milliseconds(stormy))
            .floor(milliseconds(calm), ratio(stormy, calm))
            .target(target);
    }
    line("calls struck meanwhile", format!("{} of {}", requests.faulted, requests.total)).print();
}

/// Copies a workspace at the pace that Intercom allows.
async fn paced() {
    let options =
        Options { conversations: PACED, rate_limit: Some(PACE.0), latency: PACE.1, ..Options::default() };
    let sim = elsewhere::start(options);
    let home = tempfile::tempdir().unwrap();
    let _daemon = Daemon::start(&sim, home.path());
    // The window in which it began is not a full one.
    tokio::time::sleep(WINDOW).await;
    let before = sim.requests().total;
    tokio::time::sleep(WINDOW * WINDOWS).await;
    let counted = sim.requests();
    let (calls, limit) = (counted.total - before, PACE.0 * WINDOWS);
    line("first sync at Intercom's pace, calls", calls.to_string())
        .floor(limit.to_string(), calls as f64 / f64::from(limit))
        .target(">= 0.95 x");
    line("of them refused (429)", counted.rate_limited.to_string()).target("0");
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}
