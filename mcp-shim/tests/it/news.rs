//! Being told that a resource has changed.

use serde_json::json;

use crate::support::{Era, Fake, Home, Program};

const UPDATED: &str = "notifications/resources/updated";
const STATUS: &str = "intercom://status";
const ONE: &str = "intercom://conversations/1";
const TWO: &str = "intercom://conversations/2";

#[tokio::test]
async fn a_subscriber_is_told_of_its_conversations_until_it_unsubscribes() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    program.call("get_sync_status", json!({})).await;
    daemon.await_listening(0).await;
    for uri in [ONE, TWO] {
        let answer = program.request("resources/subscribe", json!({"uri": uri})).await;
        assert_eq!(answer["result"], json!({}), "{answer}");
    }
    daemon.await_listening(1).await;
    for (id, uri) in [("2", TWO), ("9", ""), ("1", ONE)] {
        daemon.bring(id);
        if !uri.is_empty() {
            assert_eq!(program.notification(UPDATED).await["params"]["uri"], uri);
        }
    }
    for uri in [ONE, TWO] {
        program.request("resources/unsubscribe", json!({"uri": uri})).await;
    }
    daemon.await_listening(0).await;
}

#[tokio::test]
async fn news_that_come_right_after_the_answer_are_not_missed() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    program.request("resources/subscribe", json!({"uri": STATUS})).await;
    daemon.bring("5");
    assert_eq!(program.notification(UPDATED).await["params"]["uri"], STATUS);
}

#[tokio::test]
async fn a_listener_without_a_session_is_told_until_it_ends_the_request() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Stateless).await;
    let wanted = json!({"resourceSubscriptions": [ONE, "intercom://elsewhere"], "toolsListChanged": true});
    let id = program.send("subscriptions/listen", json!({"notifications": wanted})).await;
    let accepted = program.notification("notifications/subscriptions/acknowledged").await;
    assert_eq!(accepted["params"]["notifications"], json!({"resourceSubscriptions": [ONE]}), "{accepted}");
    daemon.await_listening(1).await;
    daemon.bring("2");
    daemon.bring("1");
    let told = program.notification(UPDATED).await;
    assert_eq!(told["params"]["uri"], ONE);
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id, "{told}");
    program.notify("notifications/cancelled", json!({"requestId": id})).await;
    daemon.await_listening(0).await;
}

#[tokio::test]
async fn after_a_restart_of_the_daemon_anything_may_have_changed() {
    for era in Era::BOTH {
        let home = Home::new();
        let daemon = Fake::start(&home.socket());
        let mut program = Program::open(&home, era).await;
        if era == Era::Handshake {
            program.request("resources/subscribe", json!({"uri": ONE})).await;
        } else {
            let wanted = json!({"notifications": {"resourceSubscriptions": [ONE]}});
            program.send("subscriptions/listen", wanted).await;
            program.notification("notifications/subscriptions/acknowledged").await;
        }
        daemon.await_listening(1).await;
        drop(daemon);
        let daemon = Fake::start(&home.socket());
        assert_eq!(program.notification(UPDATED).await["params"]["uri"], ONE);
        daemon.await_listening(1).await;
        daemon.bring("1");
        assert_eq!(program.notification(UPDATED).await["params"]["uri"], ONE);
        assert!(program.close().await.success());
    }
}

#[tokio::test]
async fn who_subscribes_starts_no_daemon_and_is_told_when_one_runs() {
    let home = Home::new();
    home.install("syncd", "echo wrong > \"$HOME/wrong\"");
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let answer = program.request("resources/subscribe", json!({"uri": STATUS})).await;
    assert_eq!(answer["result"], json!({}), "{answer}");
    let _daemon = Fake::start(&home.socket());
    assert_eq!(program.notification(UPDATED).await["params"]["uri"], STATUS);
    assert!(!home.path("wrong").exists());
}

#[tokio::test]
async fn there_is_no_subscribing_to_what_is_no_resource() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Handshake).await;
    let answer = program.request("resources/subscribe", json!({"uri": "intercom://elsewhere"})).await;
    assert_eq!(answer["error"]["code"], -32002, "{answer}");
}
