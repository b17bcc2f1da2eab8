//! The situations that a fault is put into, and what is looked at in each.

use std::time::Duration;

use proto::types::{
    Health, Phase, Question, SearchReply, SearchRequest, State, SyncInfo, SyncRequest, Window,
};
use sim::{Options, Parts};
use syncd::config::Config;
use tokio::time::{Instant, sleep};

use super::table::{Fault, Meeting, Told};
use crate::support::{Bench, since, truth, workspace};

/// How often its users look.
const LOOK: Duration = Duration::from_secs(2);
/// An answer that takes longer was held up by something.
const AT_ONCE: Duration = Duration::from_millis(500);
/// How long a client waits for a stale answer to be healed.
const WAIT: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600;
/// So many conversations are compared with the workspace's, where there are more.
const SAMPLE: usize = 20;
/// How often every claim is compared with the workspace.
const COMPARE: u64 = 10;

fn patient(config: &mut Config) {
    config.sync_interval = Duration::from_secs(5);
    config.settle = Duration::from_secs(2);
    config.freshness = Duration::from_secs(60);
}

/// The fault is there when the daemon copies the workspace for the first time.
pub(super) async fn first_sync(fault: Fault) {
    let latency = match fault.first {
        Meeting::AtOnce => Duration::ZERO,
        Meeting::Midway => Duration::from_millis(300),
    };
    let options = Options { latency, ..holding(&fault) };
    let bench = match fault.first {
        Meeting::AtOnce => {
            Bench::start_prepared(options, patient, |sim| {
                (fault.begin)(sim);
                (fault.change)(sim);
            })
            .await
        }
        Meeting::Midway => {
            let bench = Bench::start_with(options, patient).await;
            bench
                .eventually("storing the first conversations", || async {
                    (bench.client.status().await.unwrap().total_conversations > 0).then_some(())
                })
                .await;
            begin(bench, &fault).await
        }
    };
    endure(&bench, &fault).await;
    recover(&bench, &fault).await;
}

/// The copy is whole, and the fault is there when the daemon looks for changes by itself.
pub(super) async fn incremental(fault: Fault) {
    let bench = Bench::start_with(holding(&fault), patient).await;
    bench.sync().await;
    let bench = begin(bench, &fault).await;
    endure(&bench, &fault).await;
    recover(&bench, &fault).await;
}

/// Returns the workspace that a fault wants.
fn holding(fault: &Fault) -> Options {
    let parts = Parts { mean: fault.parts, ..Parts::default() };
    Options { parts, ..workspace(fault.conversations) }
}

/// The machine slept for a day; the fault is there when it wakes and a client asks about the last hour, and waits.
pub(super) async fn on_demand(fault: Fault) {
    let bench = Bench::start_with(holding(&fault), patient).await;
    bench.sync().await;
    let day = Duration::from_secs(86_400);
    bench.sim.advance(day);
    bench.wall.step(86_400);
    let bench = begin(bench, &fault).await;
    tokio::join!(wait_for_an_answer(&bench, &fault), endure(&bench, &fault));
    recover(&bench, &fault).await;
}

async fn begin(bench: Bench, fault: &Fault) -> Bench {
    (fault.begin)(&bench.sim);
    let bench = if fault.restart { bench.restart(patient).await } else { bench };
    sleep(fault.settles).await;
    (fault.change)(&bench.sim);
    bench
}

/// Asks about the last hour as clients do, who wait for what is stale.
async fn wait_for_an_answer(bench: &Bench, fault: &Fault) {
    let asked = Instant::now();
    let now = bench.sim.now().max(bench.wall.now().0);
    let request = SearchRequest {
        question: Question { window: since(now - HOUR), ..Question::default() },
        limit: 20,
        ..SearchRequest::default()
    };
    let reply = bench.client.search_fresh(&request, WAIT, |_| ()).await.unwrap();
    assert!(asked.elapsed() < WAIT + Duration::from_secs(2), "waited for {:?}", asked.elapsed());
    let info = &reply.sync_info;
    match fault.told {
        Told::Nothing => assert_eq!(info.state, State::Fresh, "{info:?}"),
        Told::Missing(_) => assert!(!info.data_complete, "{info:?}"),
        Told::Error { words, within } if Duration::from_secs(within) < WAIT => {
            assert_says("the answer", info.message.as_deref(), words);
        }
        Told::Error { .. } => {
            let message = info.message.as_deref().unwrap_or_default();
            assert!(message.starts_with("Data is stale - "), "{message}");
        }
    }
    if fault.refused {
        let ticket = bench.client.sync(SyncRequest::default()).await.unwrap();
        let report = bench.client.wait(ticket, Some(Duration::from_secs(5)), |_| ()).await.unwrap();
        assert_eq!(report.phase, Phase::Failed, "{report:?}");
        assert!(report.failure.is_some_and(|failure| failure.refused));
    }
}

/// Lives with a fault for a while: looks at the daemon as its users do, and counts what Intercom has to answer.
async fn endure(bench: &Bench, fault: &Fault) {
    let began = Instant::now();
    let mut calls = vec![bench.sim.requests().total];
    while began.elapsed() < fault.lasts {
        look(bench, fault, began).await;
        sleep(LOOK).await;
        calls.push(bench.sim.requests().total);
    }
    assert_tame(&calls, fault.calls);
    let diagnosis = bench.client.diagnose().await.unwrap();
    let failed: Vec<String> = diagnosis
        .iter()
        .filter(|line| line.health == Health::Failed)
        .map(|line| {
            format!("{}: {}; {}", line.subject, line.finding, line.remedy.as_deref().unwrap_or_default())
        })
        .collect();
    match fault.told {
        Told::Error { words, .. } => assert_says("the doctor", Some(&failed.join("\n")), words),
        Told::Nothing | Told::Missing(_) => assert!(failed.is_empty(), "{failed:?}"),
    }
    let status = bench.client.status().await.unwrap();
    assert!(
        status.failed <= fault.blamed,
        "no conversation is blamed for what all of them suffer from: {status:#?}"
    );
    if let Told::Missing(words) = fault.told {
        assert_says("the last error", status.last_error.as_deref(), words);
    }
}

/// Asserts that a minute never costs more than so many calls, and that it gets no worse.
fn assert_tame(calls: &[u64], most: u64) {
    let minute = usize::try_from(60 / LOOK.as_secs()).unwrap();
    let minutes: Vec<u64> = calls.windows(minute + 1).map(|span| span[minute] - span[0]).collect();
    let worst = minutes.iter().copied().max().unwrap_or(0);
    assert!(worst <= most, "{worst} calls in a minute: {minutes:?}");
}

/// Asks what users ask, and asserts that the answers come at once and are true.
async fn look(bench: &Bench, fault: &Fault, began: Instant) {
    let asked = Instant::now();
    let request = SearchRequest { limit: 5, ..SearchRequest::default() };
    let SearchReply { hits, sync_info, cut_short, .. } = bench.client.search(&request).await.unwrap();
    let all = bench.check(Window::default()).await;
    let status = bench.client.status().await.unwrap();
    assert!(asked.elapsed() < AT_ONCE, "questions were held up for {:?}", asked.elapsed());
    // A busy machine may have no time to look further than where nothing is found.
    assert!(
        !hits.is_empty() || cut_short || status.total_conversations < 5,
        "what is stored is found: {status:?}"
    );
    assert_eq!(sync_info.data_complete, sync_info.state == State::Fresh);
    assert!(
        sync_info.data_complete || sync_info.message.is_some(),
        "what is not complete says so: {sync_info:?}"
    );
    if began.elapsed().as_secs() % COMPARE < LOOK.as_secs() {
        assert_true(bench, &all).await;
    }
    match fault.told {
        Told::Error { words, within } if began.elapsed() > Duration::from_secs(within) => {
            assert_says("sync_error", sync_info.sync_error.as_deref(), words);
            assert_says("the status", status.sync_error.as_deref(), words);
            if sync_info.state == State::Stale {
                let message = sync_info.message.unwrap_or_default();
                assert!(message.starts_with("Data is stale - last sync failed: "), "{message}");
                assert!(message.ends_with("; showing what is stored"), "{message}");
            }
        }
        Told::Error { .. } => {}
        Told::Nothing => assert_eq!(sync_info.sync_error, None),
        Told::Missing(_) if began.elapsed() > Duration::from_secs(70) => {
            assert_ne!(sync_info.state, State::Fresh, "{sync_info:?}");
        }
        Told::Missing(_) => {}
    }
}

/// Asserts that an answer claims no more than the copy backs.
async fn assert_true(bench: &Bench, info: &SyncInfo) {
    if !info.data_complete {
        return;
    }
    let last_sync = info.last_sync.unwrap().0;
    let stored = bench.stored().await;
    for id in bench.sim.active_between(0, last_sync) {
        let Some(then) = bench.sim.updated_at_as_of(&id, last_sync) else { continue };
        match stored.get(&id) {
            Some(at) => assert!(at.0 >= then, "{id} is stored as of {at}: {info:?}"),
            None => panic!("{id} is missing: {info:?}"),
        }
    }
}

fn assert_says(who: &str, said: Option<&str>, words: &[&str]) {
    let said = said.unwrap_or_default();
    for word in words {
        assert!(said.contains(word), "{who} does not say {word:?}: {said:?}");
    }
}

/// Ends the fault, leaves the daemon alone, and asserts that the copy becomes the workspace.
async fn recover(bench: &Bench, fault: &Fault) {
    bench.sim.clear_faults();
    let ended = Instant::now();
    let ids = bench.sim.ids();
    loop {
        // A verdict asks for nothing: no client helps.
        let info = bench.check(Window::default()).await;
        if ended.elapsed().as_secs() % COMPARE < LOOK.as_secs() {
            assert_true(bench, &info).await;
        }
        let status = bench.client.status().await.unwrap();
        // What bears an instant that is yet to come is read once more then.
        let now = bench.sim.now();
        let ahead = bench.sim.updated_at_of_all().into_values().filter(|at| *at + 2 > now).count() as u64;
        let whole = status.total_conversations == ids.len() as u64
            && status.pending <= ahead
            && status.failed == 0
            && status.last_sync.is_some_and(|last_sync| (now - 30..=now).contains(&last_sync.0));
        if whole && info.state == State::Fresh {
            assert_eq!(status.sync_error, None);
            break;
        }
        assert!(
            ended.elapsed() < fault.healed,
            "not whole after {:?}: {status:#?} {info:?}",
            ended.elapsed()
        );
        sleep(LOOK).await;
    }
    let sample: Vec<String> = ids.iter().step_by(ids.len().div_ceil(SAMPLE)).cloned().collect();
    truth::assert_shown(bench, &sample).await;
    let diagnosis = bench.client.diagnose().await.unwrap();
    assert!(diagnosis.iter().all(|line| line.health != Health::Failed), "{diagnosis:?}");
}
