//! What breaks around the daemon, and that nothing is claimed or lost by it.

use std::time::Duration;

use proto::types::{Phase, SearchRequest, State, SyncRequest, Window};
use sim::{Body, Fault, FaultKind, Options, Sim, Target, Times};

use crate::first_sync::assert_whole;
use crate::support::{Bench, config, workspace};

#[tokio::test(start_paused = true)]
async fn a_conversation_that_cannot_be_read_counts_against_its_windows_and_stops_nothing_else() {
    let sim = Sim::start_here(workspace(120)).unwrap();
    let broken = sim.ids()[60].clone();
    sim.inject(Fault::always(Target::Details(Some(broken.clone())), FaultKind::MalformedJson));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    bench.sync().await;
    let status = bench.client.status().await.unwrap();
    assert_eq!((status.total_conversations, status.failed), (119, 1));
    assert!(status.last_error.unwrap().contains(&broken));
    let info = bench.check(Window::default()).await;
    assert_eq!((info.state, info.incomplete.failed), (State::Partial, 1));
    assert_eq!(info.message.as_deref(), Some("1 conversation in this timeframe is not fully synced yet"));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_conversation_disappears_from_the_copy() {
    let bench = Bench::start(workspace(80)).await;
    bench.sync().await;
    let gone = bench.sim.ids()[3].clone();
    bench.sim.delete(&gone);
    let sim = bench.sim.clone();
    let bench = bench.restart(|_| ()).await;
    assert!(!sim.ids().contains(&gone));
    bench
        .eventually("learning of the deletion", || async {
            let status = bench.client.status().await.unwrap();
            (status.total_conversations == 79).then_some(())
        })
        .await;
    assert!(bench.client.show_whole(&gone, false).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_told_at_once_and_mended_when_it_works_again() {
    let bench = Bench::start(workspace(60)).await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::TokenRevoked));
    let report = bench.try_sync(SyncRequest::default()).await;
    if report.phase == Phase::Failed {
        assert!(report.failure.unwrap().refused);
    }
    let reply = bench
        .eventually("the reason", || async {
            let reply =
                bench.client.search(&SearchRequest { limit: 5, ..SearchRequest::default() }).await.unwrap();
            reply.sync_info.sync_error.is_some().then_some(reply)
        })
        .await;
    assert!(reply.sync.is_none(), "nobody is made to wait for what cannot be");
    if reply.sync_info.state == State::Stale {
        let message = reply.sync_info.message.unwrap();
        assert!(message.starts_with("Data is stale - last sync failed: "), "{message}");
        assert!(message.ends_with("; showing what is stored"), "{message}");
    }
    bench.sim.clear_faults();
    bench
        .eventually("syncing again", || async {
            let report = bench.try_sync(SyncRequest::default()).await;
            (report.phase == Phase::Done).then_some(())
        })
        .await;
    assert_eq!(bench.client.status().await.unwrap().sync_error, None);
}

#[tokio::test(start_paused = true)]
async fn another_workspaces_token_is_refused_and_the_copy_stays() {
    let bench = Bench::start(workspace(50)).await;
    bench.sync().await;
    let Bench { daemon, client, home, .. } = bench;
    drop(client);
    daemon.stop().await;
    let other =
        Sim::start_here(Options { workspace_id: "other123".to_owned(), seed: 9, ..workspace(10) }).unwrap();
    let config = config(&other, &home);
    let bench = Bench::with(other, home, config).await;
    let error =
        bench.eventually("the refusal", || async { bench.client.status().await.unwrap().sync_error }).await;
    assert!(error.contains("other123") && error.contains("syncctl reset"), "{error}");
    assert_eq!(bench.client.status().await.unwrap().total_conversations, 50);
    bench.client.reset().await.unwrap();
    bench
        .eventually("copying the other workspace", || async {
            (bench.client.status().await.unwrap().total_conversations == 10).then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_equals_the_workspace_in_the_end_though_calls_fail_at_random() {
    let sim = Sim::start_here(workspace(150)).unwrap();
    for kind in [
        FaultKind::Status { code: 503, body: Body::Html },
        FaultKind::Reset,
        FaultKind::TruncatedBody,
        FaultKind::MalformedJson,
        FaultKind::EmptyBody,
        FaultKind::RateLimited { headers: true, retry_after: Some(1) },
    ] {
        sim.inject(Fault { on: Target::Any, kind, times: Times::N(6), probability: 0.05 });
    }
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    bench
        .eventually("a whole copy", || async {
            let report = bench.try_sync(SyncRequest::default()).await;
            let status = bench.client.status().await.unwrap();
            (report.phase == Phase::Done && status.total_conversations == 150).then_some(())
        })
        .await;
    assert_whole(&bench, &bench.sim.ids()).await;
    assert_eq!(bench.check(Window::default()).await.state, State::Fresh);
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_of_a_sync_takes_no_time() {
    let bench = Bench::start(Options { latency: Duration::from_millis(50), ..workspace(2_000) }).await;
    bench
        .eventually("a sync", || async {
            (bench.client.status().await.unwrap().total_conversations > 0).then_some(())
        })
        .await;
    let stop = tokio::time::timeout(Duration::from_secs(2), bench.daemon.stop());
    assert!(stop.await.is_ok(), "it stops in under two seconds");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_wrong_types_is_not_taken_for_an_empty_workspace() {
    let sim = Sim::start_here(workspace(120)).unwrap();
    sim.inject(Fault::times(Target::Search, FaultKind::WrongTypes, 2));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    bench
        .eventually("a whole copy", || async {
            let info = bench.check(Window::default()).await;
            let stored = bench.client.status().await.unwrap().total_conversations;
            assert!(!info.data_complete || stored == 120, "complete with {stored} of 120: {info:?}");
            info.data_complete.then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_not_found_once_is_not_lost() {
    let sim = Sim::start_here(workspace(60)).unwrap();
    let missed = sim.ids()[20].clone();
    sim.inject(Fault::once(Target::Details(Some(missed.clone())), FaultKind::NotFound));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    bench
        .eventually("reading it once more", || async {
            let info = bench.check(Window::default()).await;
            let shown = bench.client.show_whole(&missed, false).await;
            assert!(!info.data_complete || shown.is_ok(), "complete without {missed}: {info:?}");
            (info.data_complete && shown.is_ok()).then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn another_workspaces_token_removes_nothing_by_asking_for_one_conversation() {
    let bench = Bench::start(workspace(40)).await;
    bench.sync().await;
    let id = bench.sim.ids()[0].clone();
    let Bench { daemon, client, home, sim, .. } = bench;
    drop(client);
    daemon.stop().await;
    let other =
        Sim::start_here(Options { workspace_id: "other123".to_owned(), seed: 9, ..workspace(0) }).unwrap();
    let foreign = config(&other, &home);
    let bench = Bench::with(other, home, foreign).await;
    bench.eventually("the refusal", || async { bench.client.status().await.unwrap().sync_error }).await;
    assert!(bench.client.show_whole(&id, true).await.is_err());
    assert!(bench.client.show_whole(&id, false).await.is_ok());
    drop(sim);
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_intercoms_that_was_ahead_for_a_while_leaves_no_claim_behind() {
    let bench = Bench::start(workspace(60)).await;
    bench.sync().await;
    bench.sim.advance(Duration::from_secs(3_600));
    bench.sync().await;
    let right = bench.sim.now() - 3_600;
    bench.sim.set_clock(right);
    let changed = bench.sim.ids()[5].clone();
    bench.sim.reply(&changed, sim::Author::Customer, "<p>Said after the clock was set right</p>");
    bench
        .eventually("the change", || async {
            let shown = bench.client.show_whole(&changed, false).await.unwrap().conversation;
            let said = shown.messages.iter().any(|message| message.body.contains("set right"));
            let last_sync = bench.client.status().await.unwrap().last_sync;
            (said && last_sync.is_some_and(|last_sync| last_sync.0 < right + 1_800)).then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_workspace_in_which_something_always_happens_is_fresh_all_the_same() {
    let bench = Bench::start(Options { changes_per_second: 8.0, ..workspace(100) }).await;
    for _ in 0..3 {
        bench.sync().await;
        let info = bench.check(Window::default()).await;
        assert_eq!(info.state, State::Fresh, "{info:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_comes_through_while_intercom_hangs() {
    let sim = Sim::start_here(workspace(50)).unwrap();
    sim.inject(Fault::always(Target::Any, FaultKind::Hang));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    tokio::time::timeout(Duration::from_secs(5), bench.client.reset()).await.unwrap().unwrap();
}
