//! Waiting on stale data.

use proto::types::{Phase, SyncFailure};
use serde_json::json;

use crate::support::{Era, Fake, Home, Program, report};

#[tokio::test]
async fn a_stale_search_waits_for_the_sync_and_tells_of_its_progress() {
    for era in Era::BOTH {
        let home = Home::new();
        let daemon = Fake::start(&home.socket());
        daemon.known().fresh = false;
        let mut program = Program::open(&home, era).await;
        let params =
            json!({"name": "search_conversations", "arguments": {}, "_meta": {"progressToken": "p1"}});
        let id = program.send("tools/call", params).await;
        daemon.await_waiting(1).await;
        daemon.tell(report(2, Phase::Fetching, 0));
        daemon.tell(report(3, Phase::Fetching, 2));
        daemon.known().fresh = true;
        daemon.tell(report(4, Phase::Done, 3));
        let answer = program.response(id).await;
        assert_eq!(answer["result"]["structuredContent"]["sync_info"]["state"], "fresh", "{answer}");

        let told: Vec<_> = program.notifications.iter().map(|told| &told["params"]).collect();
        assert!(told.len() >= 2, "{told:?}");
        assert!(told.iter().all(|told| told["progressToken"] == "p1"));
        assert!(told.is_sorted_by(|a, b| a["progress"].as_f64() < b["progress"].as_f64()), "{told:?}");
        let message = told[0]["message"].as_str().unwrap();
        assert!(message.starts_with("Data is stale - syncing latest conversations..."), "{message}");
        assert!(message.contains("0 of 3 conversations"), "{message}");
    }
}

#[tokio::test]
async fn when_the_wait_runs_out_the_answer_is_what_there_is_and_says_so() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().fresh = false;
    let mut program = Program::open(&home, Era::Handshake).await;
    for wait in [0, 1] {
        let result = program.call("search_conversations", json!({"wait_seconds": wait})).await;
        assert_eq!(result["isError"], false);
        assert_eq!(result["structuredContent"]["sync_info"]["state"], "stale");
        assert_eq!(result["structuredContent"]["sync_info"]["data_complete"], false);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("Tell the user (stale data): Data is stale"), "{text}");
        assert!(program.notifications.is_empty(), "nobody asked to be told");
    }
}

#[tokio::test]
async fn cancelling_a_call_ends_the_wait_and_gets_no_answer() {
    for era in Era::BOTH {
        let home = Home::new();
        let daemon = Fake::start(&home.socket());
        daemon.known().fresh = false;
        let mut program = Program::open(&home, era).await;
        let id = program.send("tools/call", json!({"name": "search_conversations", "arguments": {}})).await;
        daemon.await_waiting(1).await;
        program
            .notify("notifications/cancelled", json!({"requestId": id, "reason": "changed my mind"}))
            .await;
        daemon.await_waiting(0).await;
        // The next response is this one's; the cancelled call has none.
        let status = program.call("get_sync_status", json!({})).await;
        assert_eq!(status["isError"], false);
    }
}

#[tokio::test]
async fn the_end_of_the_input_does_not_wait_for_a_sync() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().fresh = false;
    let mut program = Program::open(&home, Era::Handshake).await;
    let params = json!({"name": "search_conversations", "arguments": {"wait_seconds": 600}});
    program.send("tools/call", params).await;
    daemon.await_waiting(1).await;
    assert!(program.close().await.success());
}

#[tokio::test]
async fn a_sync_that_is_asked_for_tells_what_it_did_and_fails_as_a_tool() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    daemon.tell(report(2, Phase::Done, 3));
    let result = program.call("sync_conversations", json!({"start_date": "2026-09-01"})).await;
    let done = json!({
        "phase": "done", "finished": true, "done": 3, "total": 3, "fetched": 3, "eta": null, "error": null
    });
    assert_eq!(result["structuredContent"]["synced"], done);
    assert_eq!(result["structuredContent"]["sync_info"]["state"], "fresh");

    let mut failed = report(3, Phase::Failed, 1);
    failed.failure = Some(SyncFailure { message: "the access token was refused".to_owned(), refused: true });
    daemon.tell(failed);
    let text = program.failing_call("sync_conversations", json!({})).await;
    assert!(text.contains("the access token was refused"), "{text}");
}
