//! A page that fails, or whose rows are ahead of the index, costs nothing but itself.

use std::time::Duration;

use proto::types::State;
use sim::{Author, Body, Fault, FaultKind, Options, Rows, Sim, Target};
use syncd::config::Config;
use tokio::time::{Instant, sleep};

use super::{BEHIND, INTERVAL, SETTLE, copied, has_said, keeps_up, usual};
use crate::support::{Bench, window, workspace};

/// How far claims may be behind where a page fails: what changed on it lately may be younger than the margin, and until it is
/// older nothing is known of its time.
const BEHIND_A_PAGE: i64 = BEHIND + SETTLE + INTERVAL;

/// How a page can fail for ever.
fn failures() -> Vec<FaultKind> {
    let told = |code, text: &str| FaultKind::Status { code, body: Body::ErrorList(text.to_owned()) };
    vec![
        told(404, "not_found"),
        told(400, "parameter_invalid"),
        told(500, "server_error"),
        FaultKind::Status { code: 404, body: Body::Html },
        FaultKind::Status { code: 504, body: Body::Html },
        FaultKind::MalformedJson,
    ]
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_goes_around_a_conversation_whose_page_always_fails() {
    for kind in failures() {
        let mut broken = (String::new(), 0);
        let prepare = |sim: &Sim| {
            let id = sim.ids()[150].clone();
            broken = (id.clone(), sim.conversation(&id).unwrap().updated_at);
            sim.inject(Fault::always(Target::Page(id), kind.clone()));
        };
        let bench = Bench::start_prepared(workspace(300), usual, prepare).await;
        let stored = || async { bench.client.status().await.unwrap().total_conversations };
        let began = Instant::now();
        while stored().await < 299 {
            let status = bench.client.status().await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(300), "{kind:?}: {status:#?}");
            sleep(Duration::from_secs(1)).await;
        }
        keeps_up(&bench, 30, BEHIND_A_PAGE, |_| ()).await;
        let (_, at) = broken;
        let info = bench.check(window(at + 60, bench.sim.now())).await;
        assert_eq!(info.state, State::Fresh, "{kind:?}: nothing after its second is open: {info:?}");
        let info = bench.check(window(at - 300 * 86_400, bench.sim.now())).await;
        assert_ne!(info.state, State::Fresh, "{kind:?}: whoever is in that second is missing: {info:?}");
        let open: i64 = info.gaps.iter().map(|gap| gap.end.0 - gap.start.0).sum();
        assert!((1..=2).contains(&open), "{kind:?}: only its second stays open: {info:?}");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_finds_what_changes_after_a_conversation_whose_page_always_fails() {
    for kind in failures() {
        let bench = copied(workspace(60)).await;
        let ids = bench.sim.ids();
        let broken = ids[7].clone();
        bench.sim.inject(Fault::always(Target::Page(broken.clone()), kind.clone()));
        bench.sim.reply(&broken, Author::Customer, "<p>Here I am</p>");
        keeps_up(&bench, 120, BEHIND_A_PAGE, |second| {
            if second % 5 == 1 {
                bench.sim.reply(&ids[20 + second as usize / 5], Author::Customer, "<p>Said later</p>");
            }
        })
        .await;
        for id in &ids[20..40] {
            assert!(has_said(&bench, id, "Said later").await, "{kind:?}: {id} is not up to date");
        }
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_always_fails_is_not_asked_for_all_the_time() {
    let bench = copied(workspace(60)).await;
    let broken = bench.sim.ids()[7].clone();
    let kind = FaultKind::Status { code: 500, body: Body::Html };
    bench.sim.inject(Fault::always(Target::Page(broken.clone()), kind));
    bench.sim.reply(&broken, Author::Customer, "<p>Here I am</p>");
    sleep(Duration::from_secs(120)).await;
    bench.sim.reset_requests();
    sleep(Duration::from_secs(600)).await;
    let requests = bench.sim.requests();
    let looks = 600 / INTERVAL.unsigned_abs();
    assert!(requests.search < 2 * looks, "{} searches in {looks} looks: {requests:?}", requests.search);
}

#[tokio::test(start_paused = true)]
async fn one_search_that_fails_ends_no_session_and_no_sync() {
    for code in [400, 403, 404, 405, 409, 410, 413, 415, 422, 451, 500, 501, 599] {
        let bench = copied(workspace(20)).await;
        let body = Body::ErrorList("not_found".to_owned());
        bench.sim.inject(Fault::once(Target::Search, FaultKind::Status { code, body }));
        bench.sync().await;
        keeps_up(&bench, 20, BEHIND, |_| ()).await;
        assert_eq!(bench.sim.requests().me, 1, "{code}: nothing was opened anew");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_is_blamed_only_for_answers_that_are_not_intercoms() {
    let bench = copied(workspace(20)).await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::Status { code: 404, body: Body::Html }));
    let error =
        bench.eventually("the error", || async { bench.client.status().await.unwrap().sync_error }).await;
    assert!(error.contains("address"), "{error}");
    bench.sim.clear_faults();
    keeps_up_again(&bench).await;
    bench.sim.inject(Fault::always(Target::Search, FaultKind::NotFound));
    let error =
        bench.eventually("the error", || async { bench.client.status().await.unwrap().sync_error }).await;
    assert!(!error.contains("address") && error.contains("not_found"), "{error}");
    bench.sim.clear_faults();
    keeps_up_again(&bench).await;
}

/// Asserts that claims are back at the present as soon as an outage is over.
async fn keeps_up_again(bench: &Bench) {
    sleep(Duration::from_secs(BEHIND.unsigned_abs())).await;
    keeps_up(bench, 10, BEHIND, |_| ()).await;
}

#[tokio::test(start_paused = true)]
async fn deletions_that_fail_the_pages_they_are_on_hold_up_no_claim() {
    let lag = Duration::from_secs(4);
    let bench = copied(Options { index_lag: lag, deleted_rows_fail: true, ..workspace(80) }).await;
    let ids = bench.sim.ids();
    keeps_up(&bench, 120, BEHIND_A_PAGE + 4, |second| {
        let place = second as usize / 8;
        if second % 8 == 0 {
            bench.sim.reply(&ids[place], Author::Customer, "<p>Forget it</p>");
        } else if second % 8 == 2 {
            bench.sim.delete(&ids[place]);
        }
    })
    .await;
}

/// Lets somebody reply each second, and asserts that each reply is found as soon as it must be.
async fn every_reply_is_found_in_time(lag: u64, seconds: u64) {
    let options = Options { index_lag: Duration::from_secs(lag), rows: Rows::Current, ..workspace(30) };
    // No margin that is shorter than the lag would hold.
    let settle = SETTLE + i64::try_from(lag).unwrap();
    let settings = |config: &mut Config| {
        usual(config);
        config.settle = Duration::from_secs(settle.unsigned_abs());
    };
    let bench = Bench::start_with(options, settings).await;
    bench.sync().await;
    let ids = bench.sim.ids();
    let within = BEHIND - SETTLE + settle + i64::try_from(lag).unwrap();
    let mut waiting: Vec<(String, String, i64)> = Vec::new();
    for second in 0..seconds {
        let id = ids[(second * 7 % 5) as usize].clone();
        let words = format!("reply number {second} of many");
        bench.sim.reply(&id, Author::Customer, &format!("<p>{words}</p>")).unwrap();
        waiting.push((id, words, bench.sim.now()));
        sleep(Duration::from_secs(1)).await;
        let mut missing = Vec::new();
        for (id, words, at) in waiting {
            if !has_said(&bench, &id, &words).await {
                let age = bench.sim.now() - at;
                assert!(age <= within, "lag {lag}: {words:?} in {id} is missing after {age} s");
                missing.push((id, words, at));
            }
        }
        waiting = missing;
        let last_sync = bench.client.status().await.unwrap().last_sync.unwrap().0;
        let behind = bench.sim.now() - last_sync;
        assert!(behind <= within, "lag {lag}: claims are {behind} s behind after {second} s");
    }
    bench.end().await;
}

/// With `SYNCD_LIVENESS=full` for five minutes each.
#[tokio::test(start_paused = true)]
async fn rows_that_are_ahead_of_the_index_delay_no_reply() {
    for lag in [1, 2, 4, 8] {
        every_reply_is_found_in_time(lag, if super::is_full() { 300 } else { 60 }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_ends_though_rows_are_ahead_of_the_index() {
    let options = Options {
        index_lag: Duration::from_secs(4),
        rows: Rows::Current,
        latency: Duration::from_millis(50),
        ..workspace(300)
    };
    let bench = Bench::start_with(options, usual).await;
    let ids = bench.sim.ids();
    for number in 0..5 * 60_usize {
        bench.sim.reply(&ids[number * 17 % 300], Author::Customer, "<p>Any news?</p>");
        sleep(Duration::from_millis(200)).await;
    }
    let status = bench.client.status().await.unwrap();
    assert_eq!(status.total_conversations, 300, "{status:#?}");
    keeps_up(&bench, 30, SETTLE + 4 + 2 * INTERVAL + 1, |second| {
        for number in 0..5 {
            bench.sim.reply(&ids[(second as usize * 5 + number) * 17 % 300], Author::Customer, "<p>News</p>");
        }
    })
    .await;
}
