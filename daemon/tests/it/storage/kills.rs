//! A daemon that is killed again and again in a first sync, while it is asked questions: nothing committed is lost, nothing
//! false is claimed, and next to nothing is fetched twice.
//!
//! `SYNCD_KILLS=500 cargo test -p syncd --test it killed` is the long form, of 150,000 conversations: some
//! twenty minutes.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use proto::client::Client;
use proto::types::{CheckRequest, Expr, Phase, Question, SearchRequest, State, SyncRequest, Window};
use proto::{Interval, Timestamp};
use sim::{Clock, Options, Parts, Sim};
use syncd::freshness::Coverage;

use super::disk::{Contents, Depth, NAME, examine};
use super::process::{PATIENCE, Process, connect, data, spawn};
use crate::support::workspace;

/// Calls that the workspace allows in ten seconds, as Intercom does. At that pace little is under way when a life ends.
const RATE_LIMIT: u32 = 1_667;

/// How often to kill, and how much is stored between two kills.
struct Plan {
    kills: u64,
    /// Conversations, on average.
    between: u64,
    /// Calls that all of it may make, where an undisturbed sync makes so many: each life costs a few at its start, and what
    /// was under way at its end; of the listing, some is repeated.
    calls: fn(&Plan, u64) -> u64,
}

impl Plan {
    fn get() -> Self {
        match std::env::var("SYNCD_KILLS").ok().and_then(|kills| kills.parse().ok()) {
            Some(kills) => {
                Self { kills, between: 300, calls: |_, undisturbed| undisturbed + undisturbed / 10 }
            }
            // Lives are so short here that their number counts, and where other tests have the processors most of what is
            // fetched is not stored yet at a kill: this only tells that the queue in between is bounded.
            None => {
                Self { kills: 24, between: 120, calls: |plan, undisturbed| undisturbed + 300 * plan.kills }
            }
        }
    }
}

/// Calls for anything but conversations that a life may make: to learn who and where it is, and what it listed before.
const START: u64 = 20;

/// A database up to this size is looked into after each kill, a larger one after each tenth.
const SMALL: u64 = 48 << 20;

async fn simulated(conversations: u64) -> Sim {
    let (latency, conversations) = (Duration::from_millis(3), usize::try_from(conversations).unwrap());
    // Short ones: it is the number of commits that matters.
    let parts = Parts { mean: 2.0, ..Parts::default() };
    Sim::start(Options {
        latency,
        parts,
        rate_limit: Some(RATE_LIMIT),
        clock: Clock::Real,
        ..workspace(conversations)
    })
    .await
    .unwrap()
}

async fn finish(client: &Client) {
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    let report = client.wait(ticket, Some(PATIENCE * 30), |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done, "{report:?}");
}

/// Asks questions until the daemon is gone; returns every window that was said to be complete, up to where.
async fn question(home: &Path, sim: &Sim, seed: u64) -> Vec<Interval> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut claimed = Vec::new();
    let Ok(client) = Client::connect(&home.join("s")).await else { return claimed };
    loop {
        let start = sim.now() - dice.i64(0..300 * 86_400);
        let window = Window { start: Some(Timestamp(start)), end: None };
        let search = SearchRequest {
            question: Question { query: Expr::word("the"), window, ..Question::default() },
            limit: 20,
            ..SearchRequest::default()
        };
        let Ok(reply) = client.search(&search).await else { return claimed };
        let Ok(checked) = client.check(CheckRequest { window }).await else { return claimed };
        for info in [reply.sync_info, checked.sync_info] {
            if info.data_complete {
                claimed.push(Interval { start: Timestamp(start), end: info.last_sync.unwrap() });
            }
        }
    }
}

/// Asserts that everything in the spans is held as the workspace has it, or known to be missing.
fn assert_held(sim: &Sim, contents: &Contents, spans: &[Interval], may_be_pending: bool) {
    // Merged, since there are many that overlap.
    let spans = Coverage::new(spans.iter().copied(), []);
    let spans = spans.proven();
    for (id, at) in sim.updated_at_of_all() {
        if spans.iter().any(|span| span.start.0 <= at && at < span.end.0) {
            let key: i64 = id.parse().unwrap();
            let held = contents.stored.get(&key) == Some(&at);
            assert!(held || (may_be_pending && contents.pending.contains(&key)), "{id} of {at} in {spans:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_killed_again_and_again_in_a_first_sync_loses_nothing_and_fetches_next_to_nothing_twice() {
    let plan = Plan::get();
    let conversations = plan.kills * plan.between;
    // What a first sync costs that nobody disturbs: a call a conversation, a page each 150.
    let undisturbed = conversations + conversations / 150 + 10;
    let (sim, home) = (simulated(conversations).await, tempfile::tempdir().unwrap());
    let mut dice = fastrand::Rng::with_seed(5);
    let mut before = Contents::default();
    let mut fetched = HashMap::new();
    let mut claimed = Vec::new();
    for kill in 0..plan.kills {
        let process = spawn(&sim, home.path());
        if dice.u8(..8) == 0 {
            // While it opens the database, or shortly after.
            tokio::time::sleep(Duration::from_micros(dice.u64(..60_000))).await;
            drop(process);
        } else {
            let client = connect(home.path()).await;
            let asking = tokio::spawn({
                let (path, sim) = (home.path().to_owned(), sim.clone());
                async move { question(&path, &sim, kill).await }
            });
            let stored = client.status().await.unwrap().total_conversations;
            assert!(stored >= before.stored.len() as u64, "kill {kill}");
            let wanted = (stored + dice.u64(1..2 * plan.between)).min(conversations);
            kill_once_stored(process, &client, wanted, dice.u64(..20)).await;
            claimed.extend(asking.await.unwrap());
        }
        let size = std::fs::metadata(data(home.path()).join(NAME)).map_or(0, |file| file.len());
        if size > SMALL && kill % 10 != 9 {
            continue;
        }
        let after = examine(&data(home.path()), if kill % 10 == 9 { Depth::Whole } else { Depth::Quick });
        let lost = before.stored.keys().find(|key| !after.stored.contains_key(key));
        assert_eq!(lost, None, "kill {kill}");
        assert_held(&sim, &after, &std::mem::take(&mut claimed), false);
        let spans: Vec<_> = after.covered.iter().map(|(start, end)| Interval::new(*start, *end)).collect();
        assert_held(&sim, &after, &spans, true);
        fetched = assert_not_fetched_again(&sim, &before, &fetched);
        before = after;
        if kill % 50 == 49 {
            let (kills, stored, calls) = (kill + 1, before.stored.len(), Counted::of(&sim));
            eprintln!("{kills} kills: {stored} of {conversations} stored, {calls:?}");
        }
    }
    let interrupted = before.stored.len();
    let _process = spawn(&sim, home.path());
    let client = connect(home.path()).await;
    finish(&client).await;
    assert_not_fetched_again(&sim, &before, &fetched);
    assert_all_there(&sim, &client).await;
    let requests = sim.requests();
    let (kills, calls, most) = (plan.kills, requests.total, (plan.calls)(&plan, undisturbed));
    eprintln!(
        "{kills} kills, {interrupted} of {conversations} stored by the last: {calls} calls, {undisturbed} undisturbed"
    );
    assert!(calls <= most, "{calls} calls of at most {most}: {:?}", Counted::of(&sim));
    let (besides, most) = (calls - requests.details, undisturbed - conversations + START * kills);
    assert!(besides <= most, "{besides} calls besides at most {most}: {:?}", Counted::of(&sim));
}

/// Asserts that what was stored has not been asked for since so many calls for each; returns how many there are now.
fn assert_not_fetched_again(
    sim: &Sim,
    stored: &Contents,
    before: &HashMap<String, u64>,
) -> HashMap<String, u64> {
    let now = sim.requests().details_by_id;
    for key in stored.stored.keys() {
        let id = key.to_string();
        assert_eq!(now.get(&id), before.get(&id), "{id} is stored, and was fetched again");
    }
    now
}

/// What the calls were for.
#[derive(Debug)]
#[expect(dead_code, reason = "it is there to be shown")]
struct Counted {
    search: u64,
    details: u64,
    deleted: u64,
    names: u64,
}

impl Counted {
    fn of(sim: &Sim) -> Self {
        let calls = sim.requests();
        Self {
            search: calls.search,
            details: calls.details,
            deleted: calls.deleted,
            names: calls.admins + calls.teams,
        }
    }
}

/// Kills the daemon once so many are stored, and it has answered a few questions since.
async fn kill_once_stored(process: Process, client: &Client, wanted: u64, questions: u64) {
    let start = Instant::now();
    loop {
        let status = client.status().await.unwrap();
        if status.total_conversations >= wanted {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{status:#?}");
    }
    for _ in 0..questions {
        let _ = client.status().await;
    }
    drop(process);
}

async fn assert_all_there(sim: &Sim, client: &Client) {
    let ids = sim.ids();
    assert_eq!(client.status().await.unwrap().total_conversations, ids.len() as u64);
    let info = client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
    assert_eq!(info.state, State::Fresh, "{info:?}");
    for id in ids.iter().step_by(41) {
        let truth = sim.conversation(id).unwrap();
        let shown = client.show_whole(id, false).await.unwrap().conversation;
        assert_eq!(shown.messages.len(), truth.messages.len(), "{id}");
    }
}
