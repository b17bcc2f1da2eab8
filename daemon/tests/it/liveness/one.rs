//! One conversation's trouble is its own, however it fails and for however long.

use std::time::Duration;

use proto::types::{State, Window};
use sim::{Author, Body, Fault, FaultKind, Target};
use tokio::time::{Instant, sleep};

use super::{BEHIND, INTERVAL, copied, has_said, keeps_up, seconds_until_said};
use crate::support::{Bench, window, workspace};

const NEWS: &str = "<p>Any news?</p>";

/// Returns the conversation that was created last.
fn youngest(bench: &Bench) -> String {
    let created = |id: &String| bench.sim.conversation(id).map(|truth| truth.created_at);
    bench.sim.ids().into_iter().max_by_key(created).unwrap()
}

/// Returns all of the time before a conversation came into being.
fn before(bench: &Bench, id: &str) -> Window {
    Window { start: None, ..window(0, bench.sim.conversation(id).unwrap().created_at - 60) }
}

/// Lets one conversation be in trouble for ever while others change, and asserts that claims follow the present and that
/// windows which it was never active in stay as they are.
async fn troubles_nobody_else(kind: FaultKind) {
    let bench = copied(workspace(30)).await;
    let troubled = youngest(&bench);
    bench.sim.inject(Fault::always(Target::Details(Some(troubled.clone())), kind.clone()));
    bench.sim.reply(&troubled, Author::Customer, NEWS);
    let others: Vec<String> = bench.sim.ids().into_iter().filter(|id| *id != troubled).collect();
    keeps_up(&bench, 120, BEHIND, |second| {
        if second % 4 == 0 {
            bench.sim.reply(&others[second as usize % others.len()], Author::Customer, NEWS);
        }
    })
    .await;
    sleep(Duration::from_secs(2 * INTERVAL.unsigned_abs())).await;
    for id in others.iter().step_by(4) {
        assert!(has_said(&bench, id, "Any news").await, "{kind:?}: {id} is not up to date");
    }
    let info = bench.check(before(&bench, &troubled)).await;
    assert_eq!(info.state, State::Fresh, "{kind:?}: {info:?}");
    let info = bench.check(Window::default()).await;
    assert!(!info.data_complete, "{kind:?}: it is missing all the same: {info:?}");
    assert_eq!(bench.client.status().await.unwrap().sync_error, None, "{kind:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_whose_reads_stay_older_than_its_listing_holds_up_no_claim() {
    troubles_nobody_else(FaultKind::Outdated).await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_refused_holds_up_no_claim() {
    let body = Body::ErrorList("forbidden".to_owned());
    troubles_nobody_else(FaultKind::Status { code: 403, body }).await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_cannot_be_read_and_goes_on_changing_takes_no_claim_back() {
    let bench = copied(workspace(30)).await;
    let troubled = youngest(&bench);
    let body = Body::ErrorList("server_error".to_owned());
    let kind = FaultKind::Status { code: 500, body };
    bench.sim.inject(Fault::always(Target::Details(Some(troubled.clone())), kind));
    bench.sim.reply(&troubled, Author::Customer, NEWS);
    let failed = || async { (bench.client.status().await.unwrap().failed == 1).then_some(()) };
    bench.eventually("giving it up", failed).await;
    keeps_up(&bench, 180, BEHIND, |second| {
        if second % 20 == 0 {
            bench.sim.reply(&troubled, Author::Customer, NEWS);
        }
    })
    .await;
    assert_eq!(bench.check(before(&bench, &troubled)).await.state, State::Fresh);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_refused_in_a_quiet_workspace_ends_no_session() {
    let bench = copied(workspace(20)).await;
    let troubled = youngest(&bench);
    let body = Body::ErrorList("forbidden".to_owned());
    bench.sim.inject(Fault::always(
        Target::Details(Some(troubled.clone())),
        FaultKind::Status { code: 403, body },
    ));
    bench.sim.reply(&troubled, Author::Customer, NEWS);
    bench.sim.reset_requests();
    for _ in 0..600 {
        sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.client.status().await.unwrap().sync_error, None);
    }
    let requests = bench.sim.requests();
    assert_eq!(requests.me, 0, "nothing was opened anew: {requests:?}");
    assert!(requests.details_by_id[&troubled] < 40, "it is left alone for longer and longer: {requests:?}");
}

#[tokio::test(start_paused = true)]
async fn conversations_that_are_not_found_delay_no_other() {
    let bench = copied(workspace(40)).await;
    let ids = bench.sim.ids();
    for id in &ids[..3] {
        bench.sim.inject(Fault::always(Target::Details(Some(id.clone())), FaultKind::NotFound));
        bench.sim.reply(id, Author::Customer, NEWS);
    }
    // As soon as the three are known to be missing.
    bench
        .eventually("reading them", || async {
            bench.sim.requests().details_by_id.get(&ids[2]).copied().filter(|reads| *reads > 1)
        })
        .await;
    let others = ids[3..18].iter().zip(1..).map(|(id, second)| {
        let bench = &bench;
        async move {
            sleep(Duration::from_secs(second)).await;
            bench.sim.reply(id, Author::Customer, NEWS);
            let took = seconds_until_said(bench, id, "Any news").await;
            assert!(took <= INTERVAL.unsigned_abs() + 2, "{took} s at second {second}");
        }
    });
    futures::future::join_all(others).await;
}

#[tokio::test(start_paused = true)]
async fn reads_that_hang_do_not_hold_up_the_end() {
    let bench = copied(workspace(30)).await;
    bench.sim.inject(Fault::always(Target::Details(None), FaultKind::Hang));
    for id in bench.sim.ids() {
        bench.sim.reply(&id, Author::Customer, NEWS);
    }
    sleep(Duration::from_secs(2 * INTERVAL.unsigned_abs())).await;
    let began = Instant::now();
    bench.daemon.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
