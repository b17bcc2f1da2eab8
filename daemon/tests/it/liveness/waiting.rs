//! Whoever asks for a sync, or waits for a fresh answer, gets a try; and done means that what was changed before is there.

use std::time::Duration;

use proto::types::{Phase, Question, SearchRequest, State, SyncMode, SyncRequest, Window};
use sim::{Author, Body, Fault, FaultKind, Options, Target};
use tokio::time::{Instant, sleep};

use super::{BEHIND, INTERVAL, copied, has_said, keeps_up};
use crate::support::{Bench, since, workspace};

const WAIT: Duration = Duration::from_secs(30);

fn outage(bench: &Bench) {
    let body = Body::ErrorList("service_unavailable".to_owned());
    bench.sim.inject(Fault::always(Target::Any, FaultKind::Status { code: 503, body }));
}

fn about(window: Window) -> SearchRequest {
    SearchRequest { question: Question { window, ..Question::default() }, ..SearchRequest::default() }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_three_seconds_fails_no_sync_that_is_waited_for() {
    for mode in [SyncMode::New, SyncMode::Relist, SyncMode::Full] {
        let bench = copied(Options { latency: Duration::from_millis(100), ..workspace(60) }).await;
        bench.sim.reply(&bench.sim.ids()[3], Author::Customer, "<p>Any news?</p>");
        let ticket = bench.client.sync(SyncRequest { window: Window::default(), mode }).await.unwrap();
        let waits = bench.client.wait(ticket, Some(Duration::from_secs(120)), |_| ());
        let hiccup = async {
            outage(&bench);
            sleep(Duration::from_secs(3)).await;
            bench.sim.clear_faults();
        };
        let (report, ()) = tokio::join!(waits, hiccup);
        let report = report.unwrap();
        assert_eq!(report.phase, Phase::Done, "{mode:?}: {report:?}");
        assert!(has_said(&bench, &bench.sim.ids()[3], "Any news").await);
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_waits_right_after_an_outage_is_answered_fresh() {
    for minutes in [2, 60] {
        let bench = copied(workspace(60)).await;
        outage(&bench);
        sleep(Duration::from_secs(minutes * 60)).await;
        let now = bench.sim.now();
        let told = bench.client.search(&about(since(now - 30))).await.unwrap().sync_info;
        assert_eq!(told.state, State::Stale);
        bench.sim.clear_faults();
        let reply = bench.client.search_fresh(&about(since(now - 30)), WAIT, |_| ()).await.unwrap();
        assert_eq!(reply.sync_info.state, State::Fresh, "{:?}", reply.sync_info);
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_waits_during_an_outage_is_told_the_reason_once_the_attempt_failed() {
    let bench = copied(workspace(60)).await;
    outage(&bench);
    sleep(Duration::from_secs(300)).await;
    // An attempt that was made within the last second is not repeated, and takes a moment.
    let calls = bench.sim.requests().total;
    sleep(Duration::from_secs(2)).await;
    let window = since(bench.sim.now() - 30);
    let asked = Instant::now();
    let reply = bench.client.search_fresh(&about(window), WAIT, |_| ()).await.unwrap();
    let message = reply.sync_info.message.unwrap_or_default();
    assert!(
        message.starts_with("Data is stale - last sync failed: ") && message.contains("503"),
        "{message}"
    );
    assert!(asked.elapsed() <= WAIT, "{:?}", asked.elapsed());
    assert!(bench.sim.requests().total > calls, "somebody tried");
}

#[tokio::test(start_paused = true)]
async fn claims_are_back_at_the_present_as_soon_as_an_outage_is_over() {
    let kinds = [
        FaultKind::Status { code: 503, body: Body::Html },
        FaultKind::Reset,
        FaultKind::MalformedJson,
        FaultKind::RateLimited { headers: true, retry_after: None },
        FaultKind::TokenRevoked,
    ];
    for kind in kinds {
        for lasts in [20, 900] {
            let bench = copied(workspace(30)).await;
            bench.sim.inject(Fault::always(Target::Any, kind.clone()));
            sleep(Duration::from_secs(lasts)).await;
            bench.sim.clear_faults();
            // Where a rate limit is used up, nothing is asked before its next window of ten seconds.
            let window = if matches!(kind, FaultKind::RateLimited { .. }) { 10 } else { 0 };
            sleep(Duration::from_secs(BEHIND.unsigned_abs() + window)).await;
            println!("{kind:?} of {lasts} s");
            keeps_up(&bench, 10, BEHIND, |_| ()).await;
            bench.end().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn questions_that_nobody_waits_for_pile_nothing_up() {
    let bench = copied(workspace(60)).await;
    outage(&bench);
    sleep(Duration::from_secs(120)).await;
    bench.sim.reset_requests();
    for _ in 0..120 {
        let window = since(bench.sim.now() - 30);
        let info = bench.client.search(&about(window)).await.unwrap().sync_info;
        assert_eq!(info.state, State::Stale);
        sleep(Duration::from_secs(1)).await;
    }
    let progress = bench.client.status().await.unwrap().progress;
    assert!(progress.len() <= 3, "{} syncs are queued: {progress:?}", progress.len());
    let calls = bench.sim.requests().total;
    assert!(calls <= 150, "{calls} calls for 120 questions");
    bench.sim.clear_faults();
    sleep(Duration::from_secs(BEHIND.unsigned_abs())).await;
    assert_eq!(bench.client.status().await.unwrap().progress, [], "nothing is left of them");
}

#[tokio::test(start_paused = true)]
async fn what_changed_before_a_sync_was_asked_for_is_there_when_it_is_done() {
    for latency in [0, 300] {
        let options = Options { latency: Duration::from_millis(latency), ..workspace(30) };
        let bench = copied(options).await;
        for number in 0..8 {
            let id = bench.sim.ids()[number].clone();
            sleep(Duration::from_millis(130 * number as u64 + 40)).await;
            bench.sim.reply(&id, Author::Customer, "<p>Said just now</p>");
            bench.sync().await;
            assert!(has_said(&bench, &id, "Said just now").await, "try {number}, {latency} ms a call");
        }
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_answer_says_why_syncing_fails() {
    let bench = copied(workspace(60)).await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::TokenRevoked));
    sleep(Duration::from_secs(300)).await;
    let info = bench.check(since(bench.sim.now() - 3_600)).await;
    assert_eq!(info.state, State::Partial, "{info:?}");
    let message = info.message.unwrap_or_default();
    assert!(message.starts_with("Analysis includes conversations up to "), "{message}");
    assert!(message.contains("token_revoked"), "it says why: {message}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_sync_is_told_so_at_once() {
    let bench = copied(workspace(20)).await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::TokenRevoked));
    let asked = Instant::now();
    let report = bench.try_sync(SyncRequest::default()).await;
    assert!(report.failure.is_some_and(|failure| failure.refused));
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    bench.sim.clear_faults();
    let report = bench.try_sync(SyncRequest::default()).await;
    assert_eq!(report.phase, Phase::Done, "who asks gets a try: {report:?}");
    keeps_up(&bench, 10, BEHIND, |_| ()).await;
}

#[tokio::test(start_paused = true)]
async fn questions_ring_for_a_look_at_most_once_in_half_an_interval() {
    let bench = copied(workspace(60)).await;
    bench.sim.reset_requests();
    for _ in 0..600 {
        let asked = bench.client.search(&about(since(bench.sim.now() - 3_600))).await.unwrap();
        assert_ne!(asked.sync_info.state, State::Stale);
        sleep(Duration::from_millis(200)).await;
    }
    let looks = bench.sim.requests().search;
    let most = 2 * 120 / INTERVAL.unsigned_abs() + 2;
    assert!(looks <= most, "{looks} looks for changes in two minutes of questions, {most} at most");
}
