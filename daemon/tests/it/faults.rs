//! What breaks around the daemon, and that nothing is claimed or lost by it.

use std::time::Duration;

use proto::types::{Phase, SearchRequest, State, SyncRequest, Window};
use sim::{Body, Fault, FaultKind, Options, Sim, Target, Times};

use crate::first_sync::assert_whole;
use crate::support::{Bench, config, workspace};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_cannot_be_read_counts_against_its_windows_and_stops_nothing_else() {
    let sim = Sim::start(workspace(120)).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspaces_token_is_refused_and_the_copy_stays() {
    let bench = Bench::start(workspace(50)).await;
    bench.sync().await;
    let Bench { daemon, client, home, .. } = bench;
    drop(client);
    daemon.stop().await;
    let other =
        Sim::start(Options { workspace_id: "other123".to_owned(), seed: 9, ..workspace(10) }).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_equals_the_workspace_in_the_end_though_calls_fail_at_random() {
    let sim = Sim::start(workspace(150)).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
