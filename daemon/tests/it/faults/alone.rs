//! Faults that no row of the matrix has: those of one conversation, those that come at random, and how long some last.

use std::time::Duration;

use proto::ApiError;
use proto::client::ClientError;
use proto::types::{Phase, ShowRequest, State, SyncRequest, Window};
use sim::{Author, Body, Fault, FaultKind, New, Options, Sim, Target, Times};
use tokio::time::{Instant, sleep};

use crate::support::{Bench, config, truth, workspace};

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
    truth::assert_shown(&bench, &bench.sim.ids()).await;
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

#[tokio::test(start_paused = true)]
async fn retry_after_is_respected_and_syncing_goes_on_right_after_it() {
    let sim = Sim::start_here(workspace(60)).unwrap();
    sim.inject(Fault::once(Target::Any, FaultKind::RateLimited { headers: false, retry_after: Some(200) }));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    let began = Instant::now();
    let whole = || async { (bench.client.status().await.unwrap().total_conversations == 60).then_some(()) };
    sleep(Duration::from_secs(198)).await;
    assert_eq!(bench.sim.requests().total, 1, "nothing is asked before");
    let error = bench.client.status().await.unwrap().sync_error.unwrap();
    assert!(error.contains("rate limit is used up for the next "), "{error}");
    bench.eventually("a copy", whole).await;
    assert!(began.elapsed() < Duration::from_secs(210), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_conversation_is_blamed_while_none_of_them_can_be_read() {
    let sim = Sim::start_here(workspace(80)).unwrap();
    let body = Body::ErrorList("server_error".to_owned());
    sim.inject(Fault::always(Target::Details(None), FaultKind::Status { code: 500, body }));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    sleep(Duration::from_secs(60)).await;
    bench.sim.reset_requests();
    for _ in 0..16 {
        sleep(Duration::from_secs(15)).await;
        let status = bench.client.status().await.unwrap();
        assert_eq!((status.failed, status.total_conversations), (0, 0), "{status:?}");
        let info = bench.check(Window::default()).await;
        assert!(!info.data_complete && info.incomplete.pending == 80, "{info:?}");
    }
    let calls = bench.sim.requests().details;
    // Two feel the way every eight seconds, so that all go on soon after the end, and each is tried again a few times.
    assert!(calls < 330, "{calls} calls in four minutes");
    bench.sim.clear_faults();
    bench
        .eventually("a whole copy", || async {
            (bench.client.status().await.unwrap().total_conversations == 80).then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_one_conversation_that_keeps_failing_is_put_aside_and_holds_up_no_later_one() {
    let bench = Bench::start(workspace(60)).await;
    bench.sync().await;
    let [broken, later] = [7, 8].map(|number: usize| bench.sim.ids()[number].clone());
    let body = Body::ErrorList("server_error".to_owned());
    let kind = FaultKind::Status { code: 500, body };
    bench.sim.inject(Fault::always(Target::Details(Some(broken.clone())), kind));
    bench.sim.reply(&broken, Author::Customer, "<p>Broken</p>");
    bench
        .eventually("putting it aside", || async {
            (bench.client.status().await.unwrap().failed == 1).then_some(())
        })
        .await;
    let began = Instant::now();
    bench.sim.reply(&later, Author::Customer, "<p>Said later</p>");
    bench
        .eventually("the later change", || async {
            let shown = bench.client.show_whole(&later, false).await.unwrap().conversation;
            shown.messages.iter().any(|message| message.body.contains("Said later")).then_some(())
        })
        .await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_stays_not_found_counts_as_deleted_though_no_list_names_it() {
    let sim = Sim::start_here(workspace(30)).unwrap();
    let gone = sim.ids()[4].clone();
    sim.inject(Fault::always(Target::Details(Some(gone.clone())), FaultKind::NotFound));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    sleep(Duration::from_secs(600)).await;
    let status = bench.client.status().await.unwrap();
    assert_eq!((status.total_conversations, status.failed), (29, 1));
    assert!(!bench.check(Window::default()).await.data_complete, "ten minutes may be an outage");
    sleep(Duration::from_secs(600)).await;
    let info = bench.check(Window::default()).await;
    assert!(info.data_complete, "{info:?}");
    assert_eq!(bench.client.status().await.unwrap().total_conversations, 29);
}

#[tokio::test(start_paused = true)]
async fn ten_megabytes_come_through_a_line_of_a_hundred_kilobytes_a_second() {
    let sim = Sim::start_here(workspace(10)).unwrap();
    let long = sim.ids()[2].clone();
    sim.reply_at_length(&long, 400, 26 << 10);
    let line = FaultKind::SlowDrip { pieces: 110, pause: Duration::from_secs(1) };
    sim.inject(Fault::always(Target::Details(Some(long.clone())), line));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    bench
        .eventually("the long conversation", || async {
            (bench.client.status().await.unwrap().total_conversations == 10).then_some(())
        })
        .await;
    assert_eq!(bench.sim.requests().details_by_id[&long], 1, "it came at the first try");
    assert!(bench.client.show_whole(&long, false).await.unwrap().conversation.messages.len() > 400);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_larger_than_any_is_put_aside_and_stops_nothing_else() {
    let sim = Sim::start_here(workspace(20)).unwrap();
    let huge = sim.ids()[2].clone();
    sim.inject(Fault::always(Target::Details(Some(huge)), FaultKind::HugeBody(80)));
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with(sim, home, config).await;
    let status = bench
        .eventually("putting it aside", || async {
            Some(bench.client.status().await.unwrap()).filter(|status| status.failed == 1)
        })
        .await;
    assert_eq!(status.total_conversations, 19);
    assert!(status.last_error.is_some_and(|error| error.contains("larger than 64 MiB")));
}

#[tokio::test(start_paused = true)]
async fn names_that_could_not_be_read_are_read_within_minutes() {
    let bench = Bench::start_prepared(
        workspace(20),
        |_| (),
        |sim| {
            sim.inject(Fault::times(Target::Directory, FaultKind::Reset, 4));
        },
    )
    .await;
    bench.sync().await;
    let began = Instant::now();
    bench.eventually("reading names", || async { (bench.sim.requests().teams > 0).then_some(()) }).await;
    assert!(began.elapsed() < Duration::from_secs(180), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_read_contacts_syncs_and_is_not_asked_for_them_again_and_again() {
    let forbidden = FaultKind::Status { code: 403, body: Body::ErrorList("token_unauthorized".to_owned()) };
    // Some resources say so with the status of a token that is no good at all; that is asked twice.
    for (refused, most) in [(forbidden, 1), (FaultKind::ScopeUnauthorized, 2)] {
        let sim = Sim::start_here(workspace(60)).unwrap();
        sim.inject(Fault::always(Target::Contacts, refused));
        // Its contact has never written, so that no conversation tells their name.
        let email = Some("silent@example.com".to_owned());
        let body = "<p>How do you like it?</p>".to_owned();
        sim.create(New { author: Author::Admin(0), email, body, ..New::default() });
        let home = tempfile::tempdir().unwrap();
        let config = config(&sim, &home);
        let bench = Bench::with(sim, home, config).await;
        bench.sync().await;
        for round in 0..40 {
            bench.sim.reply(&bench.sim.ids()[round], Author::Customer, "<p>And one more thing</p>");
            for _ in 0..20 {
                sleep(Duration::from_secs(1)).await;
                assert_eq!(bench.client.status().await.unwrap().sync_error, None);
            }
        }
        assert_eq!(bench.check(Window::default()).await.state, State::Fresh);
        let asked = bench.sim.requests().contacts;
        assert!((1..=most).contains(&asked), "{asked} calls for what is refused");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_asked_for_with_a_revoked_token_is_refused() {
    let bench = Bench::start(workspace(20)).await;
    bench.sync().await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::TokenRevoked));
    bench.eventually("the refusal", || async { bench.client.status().await.unwrap().sync_error }).await;
    // By now it is being tried anew, and nothing is connected.
    sleep(Duration::from_secs(600)).await;
    let request = ShowRequest { id: bench.sim.ids()[0].clone(), refresh: true, ..ShowRequest::default() };
    let error = bench.client.show(&request).await.unwrap_err();
    assert!(matches!(error, ClientError::Api(ApiError::Refused(_))), "{error:?}");
}
