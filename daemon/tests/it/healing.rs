//! Stale and partial answers, and how they mend themselves.

use std::time::Duration;

use proto::types::{Expr, Phase, Question, SearchRequest, State, SyncMode, SyncRequest, Window};
use sim::{Author, Fault, FaultKind, Options, Target};
use syncd::config::History;

use crate::support::{Bench, PATIENCE, since, window, workspace};

const DAY: i64 = 86_400;

#[tokio::test(start_paused = true)]
async fn a_search_on_an_empty_copy_is_stale_at_once_and_fresh_after_the_wait() {
    let bench =
        Bench::start_with(Options { latency: Duration::from_millis(30), ..workspace(400) }, |_| ()).await;
    let request = SearchRequest {
        question: Question { window: since(bench.sim.now() - 30 * DAY), ..Question::default() },
        limit: 20,
        ..SearchRequest::default()
    };
    let first = bench.client.search(&request).await.unwrap();
    assert_eq!(first.sync_info.state, State::Stale);
    assert_eq!(first.sync_info.message.as_deref(), Some("Data is stale - syncing latest conversations..."));
    assert!(first.sync.is_some(), "the daemon syncs by itself");
    let mut phases = Vec::new();
    let healed = bench
        .client
        .search_fresh(&request, PATIENCE, |report| phases.push((report.sequence, report.phase)))
        .await
        .unwrap();
    assert_eq!(healed.sync_info.state, State::Fresh, "{:?}", healed.sync_info);
    assert!(phases.is_sorted_by(|one, next| one.0 < next.0), "progress goes forward: {phases:?}");
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_for_the_same_share_one_sync() {
    let bench = Bench::start(Options { latency: Duration::from_millis(200), ..workspace(200) }).await;
    let request = SearchRequest {
        question: Question { window: since(bench.sim.now() - 300 * DAY), ..Question::default() },
        limit: 5,
        ..SearchRequest::default()
    };
    let replies = futures::future::join_all((0..8).map(|_| bench.client.search(&request))).await;
    let tickets: Vec<_> = replies.into_iter().map(|reply| reply.unwrap().sync.unwrap()).collect();
    assert!(tickets.iter().all(|ticket| *ticket == tickets[0]), "{tickets:?}");
    let report = bench.client.wait(tickets[0], Some(PATIENCE), |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done);
    assert_eq!(bench.check(request.question.window).await.state, State::Fresh);
    let calls = bench.sim.requests().total;
    assert!(calls < 240, "{calls} calls for 200 conversations");
}

#[tokio::test(start_paused = true)]
async fn what_lies_before_the_horizon_is_partial_until_it_is_asked_for() {
    let bench = Bench::start_with(workspace(400), |config| {
        config.history = History::Last(Duration::from_secs(30 * 86_400));
    })
    .await;
    bench.sync().await;
    let now = bench.sim.now();
    let older = bench.check(since(now - 90 * DAY)).await;
    assert_eq!(older.state, State::Partial);
    assert!(older.message.unwrap().starts_with("Conversations before "));
    assert_eq!(bench.check(since(now - 20 * DAY)).await.state, State::Fresh);
    let report = bench.try_sync(SyncRequest { window: since(now - 90 * DAY), mode: SyncMode::New }).await;
    assert_eq!(report.phase, Phase::Done, "{report:?}");
    assert_eq!(bench.check(since(now - 90 * DAY)).await.state, State::Fresh);
    assert_eq!(bench.check(since(now - 200 * DAY)).await.state, State::Partial);
}

#[tokio::test(start_paused = true)]
async fn a_query_is_answered_while_intercom_hangs() {
    let bench = Bench::start(workspace(100)).await;
    bench.sync().await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::Hang));
    let asked = bench.client.sync(SyncRequest::default()).await.unwrap();
    for _ in 0..50 {
        let reply =
            bench.client.search(&SearchRequest { limit: 5, ..SearchRequest::default() }).await.unwrap();
        assert_eq!(reply.hits.len(), 5);
    }
    let report = bench.client.wait(asked, Some(Duration::ZERO), |_| ()).await.unwrap();
    assert!(!report.phase.is_final(), "the sync still hangs: {report:?}");
}

#[tokio::test(start_paused = true)]
async fn days_of_absence_heal_the_asked_window_and_then_the_hole() {
    let bench = Bench::start(workspace(200)).await;
    bench.sync().await;
    let before = bench.sim.now();
    let Bench { sim, client, daemon, home, .. } = bench;
    drop(client);
    daemon.stop().await;
    for id in sim.ids().into_iter().take(40) {
        sim.advance(Duration::from_secs(3 * 3_600));
        sim.reply(&id, Author::Customer, "<p>Still waiting for the refund</p>");
    }
    let config = crate::support::config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    let now = bench.sim.now();
    assert!(now - before > 4 * DAY);
    // Only Intercom's clock has moved: the daemon learns of that with the first answer.
    bench
        .eventually("the first answer", || async {
            bench.client.status().await.unwrap().clock_offset_seconds.filter(|offset| *offset > 4 * DAY)
        })
        .await;
    let request = SearchRequest {
        question: Question { query: Expr::word("refund"), window: since(now - DAY), ..Question::default() },
        limit: 50,
        ..SearchRequest::default()
    };
    let healed = bench.client.search_fresh(&request, PATIENCE, |_| ()).await.unwrap();
    assert_eq!(healed.sync_info.state, State::Fresh, "{:?}", healed.sync_info);
    assert!(healed.hits.len() >= 8);
    bench.sync().await;
    assert_eq!(bench.check(window(before - 10 * DAY, now)).await.state, State::Fresh);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_local_clock_is_measured_and_makes_no_false_claim() {
    for offset in [-7_200, 7_200] {
        let bench = Bench::start(Options {
            clock: sim::Clock::From(crate::support::EPOCH + offset),
            ..workspace(120)
        })
        .await;
        bench.sync().await;
        let status = bench.client.status().await.unwrap();
        let measured = status.clock_offset_seconds.unwrap();
        assert!((measured - offset).abs() <= 2, "{measured}");
        let info = bench.check(Window::default()).await;
        assert_eq!(info.state, State::Fresh);
        assert!(info.last_sync.unwrap().0 <= bench.sim.now());
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_asks_for_overtakes_the_backfill() {
    // Half an hour of fetching at this limit.
    let options = Options { rate_limit: Some(100), latency: Duration::from_millis(100), ..workspace(4_000) };
    let bench = Bench::start(options).await;
    bench.eventually("a head", || async { bench.client.status().await.unwrap().sync_coverage }).await;
    let window = since(bench.sim.now() - 2 * DAY);
    let wanted = bench.sim.active_between(window.start.unwrap().0, bench.sim.now()).len() as u64;
    for mode in [SyncMode::New, SyncMode::Relist] {
        let report = bench.try_sync(SyncRequest { window, mode }).await;
        assert_eq!(report.phase, Phase::Done, "{mode:?}: {report:?}");
        let stored = bench.client.status().await.unwrap().total_conversations;
        assert!(wanted <= stored && stored < 3_000, "{mode:?}: {wanted} wanted, {stored} stored");
        assert_eq!(bench.check(window).await.state, State::Fresh);
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_sync_is_over_when_everything_was_read_again() {
    let options = Options { rate_limit: Some(100), latency: Duration::from_millis(100), ..workspace(80) };
    let bench = Bench::start(options).await;
    bench.sync().await;
    // What was read in the very second in which it is asked for need not be read again.
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.sim.reset_requests();
    let ticket =
        bench.client.sync(SyncRequest { mode: SyncMode::Full, ..SyncRequest::default() }).await.unwrap();
    let mut left = Vec::new();
    let report = bench
        .client
        .wait(ticket, Some(PATIENCE), |report| left.extend(report.total.map(|total| total - report.done)))
        .await
        .unwrap();
    assert_eq!(report.phase, Phase::Done, "{report:?}");
    assert_eq!(bench.sim.requests().details_by_id.len(), 80);
    assert!(left.iter().any(|left| *left > 20), "what is left was told: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stale_window_older_than_what_is_kept_keeps_nobody_waiting() {
    let options = Options { latency: Duration::from_millis(100), ..workspace(200) };
    let bench = Bench::start_with(options, |config| {
        config.history = History::Last(Duration::from_secs(30 * 86_400));
    })
    .await;
    let now = bench.sim.now();
    let request = SearchRequest {
        question: Question { window: window(now - 90 * DAY, now - 60 * DAY), ..Question::default() },
        limit: 5,
        ..SearchRequest::default()
    };
    let ticket = bench.client.search(&request).await.unwrap().sync.expect("nothing is covered yet");
    let report = bench.client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done, "{report:?}");
    bench.sync().await;
    assert!(!bench.client.status().await.unwrap().sync_in_progress);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_changed_just_now_and_was_read_since_is_fresh() {
    let bench = Bench::start(workspace(30)).await;
    bench.sync().await;
    let id = bench.sim.ids()[0].clone();
    bench.sim.reply(&id, Author::Customer, "<p>One more thing</p>");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let shown = bench.client.show_whole(&id, true).await.unwrap();
    assert!(shown.conversation.messages.last().unwrap().body.contains("One more thing"));
    assert_eq!(shown.sync_info.state, State::Fresh, "{:?}", shown.sync_info);
}
