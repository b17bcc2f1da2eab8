//! Waiting for the sync of a stale timeframe.

use proto::types::{Phase, SearchReply, State, SyncTicket};

use crate::support::samples::{STALE, found, report};
use crate::support::{Home, Script};

fn stale() -> SearchReply {
    SearchReply { sync: Some(SyncTicket(3)), ..found(&["7"], State::Stale) }
}

#[test]
fn a_stale_answer_is_asked_for_again_when_its_sync_is_done() {
    let home = Home::with(Script {
        searches: [Ok(stale()), Ok(found(&["7", "8"], State::Fresh))].into(),
        reports: [Ok(report(1, Phase::Queued)), Ok(report(2, Phase::Fetching)), Ok(report(3, Phase::Done))]
            .into(),
        ..Script::default()
    });
    let ended = home.run(&["search", "--require-fresh"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("Conversation 8"), "{ended:?}");
    assert_eq!(ended.stderr, format!("{STALE}\n"));
    assert_eq!(home.asked.lock().unwrap().watches, 3);
}

#[test]
fn a_wait_of_zero_prints_the_stale_answer_at_once() {
    let home = Home::with(Script { searches: [Ok(stale())].into(), ..Script::default() });
    let ended = home.run(&["search", "--wait", "0", "--require-fresh"]);
    assert_eq!(ended.code, 6);
    assert!(ended.stdout.contains("Conversation 7"), "{ended:?}");
    assert!(ended.stderr.starts_with(&format!("stale: {STALE}\n")), "{ended:?}");
    assert_eq!(home.asked.lock().unwrap().watches, 0);
}

#[test]
fn a_wait_that_runs_out_prints_what_there_is_and_how_to_wait_longer() {
    let home = Home::with(Script {
        searches: [Ok(stale())].into(),
        reports: [Ok(report(1, Phase::Fetching))].into(),
        ..Script::default()
    });
    let ended = home.run(&["search", "--wait", "50ms"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stdout.contains("Conversation 7"), "{ended:?}");
    assert!(ended.stderr.contains("hint: the sync goes on"), "{ended:?}");
}

#[test]
fn a_stale_answer_that_no_sync_can_heal_comes_at_once_with_the_reason() {
    let mut reply = found(&["7"], State::Stale);
    let reason = "Data is stale - last sync failed: no route; showing what is stored";
    reply.sync_info.message = Some(reason.to_owned());
    let home = Home::with(Script { searches: [Ok(reply)].into(), ..Script::default() });
    let ended = home.run(&["search"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains(reason) && !ended.stderr.contains("hint:"), "{ended:?}");
}
