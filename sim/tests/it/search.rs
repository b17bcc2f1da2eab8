//! Conversation and contact search.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use sim::{Author, New, Options, Rows};

use crate::support::{START, Workspace, all_of, everything, filter, still};

#[tokio::test]
async fn a_walk_finds_every_conversation_once_in_order() {
    let workspace = Workspace::start(still(500)).await;
    for order in ["ascending", "descending"] {
        let seen = workspace.walk(&everything(), 37, order).await;
        let mut ids: Vec<String> = seen.iter().map(|(id, _)| id.clone()).collect();
        ids.sort_unstable();
        assert_eq!(ids, workspace.sim.ids());
        let mut times: Vec<i64> = seen.iter().map(|(_, updated_at)| *updated_at).collect();
        if order == "descending" {
            times.reverse();
        }
        assert!(times.is_sorted());
    }
}

#[tokio::test]
async fn bounds_are_strict_unless_the_workspace_is_inclusive() {
    for (inclusive, expected) in [(false, 0), (true, 1)] {
        let options = Options { inclusive_operators: inclusive, ..still(0) };
        let workspace = Workspace::start(options).await;
        workspace.sim.create(New::default());
        let window = all_of(&[filter("updated_at", ">", START), filter("updated_at", "<", START)]);
        assert_eq!(workspace.search(window).await.body["total_count"], expected);
        assert_eq!(workspace.search(filter("updated_at", "=", START)).await.body["total_count"], 1);
    }
}

#[tokio::test]
async fn any_number_of_conversations_may_share_a_second() {
    let workspace = Workspace::start(still(400)).await;
    workspace.sim.advance(Duration::from_secs(60));
    let ids = workspace.sim.ids();
    workspace.sim.touch_all(&ids);
    let seen = workspace.walk(&filter("updated_at", "=", START + 60), 150, "ascending").await;
    assert_eq!(seen.len(), 400);
}

#[tokio::test]
async fn search_sees_a_change_only_after_the_index_lag_but_details_at_once() {
    let workspace = Workspace::start(Options { index_lag: Duration::from_secs(5), ..still(3) }).await;
    let sim = &workspace.sim;
    let id = sim.ids()[0].clone();
    sim.advance(Duration::from_secs(100));
    sim.reply(&id, Author::Customer, "<p>Hello again</p>").unwrap();
    let recent = filter("updated_at", ">", START);
    assert_eq!(workspace.search(recent.clone()).await.ids(), Vec::<String>::new());
    assert_eq!(workspace.details(&id).await.body["updated_at"], START + 100);
    sim.advance(Duration::from_secs(5));
    assert_eq!(workspace.search(recent).await.items(), [(id, START + 100)]);
}

#[tokio::test]
async fn rows_can_stand_at_their_old_place_with_their_new_time() {
    let lag = Duration::from_secs(5);
    let workspace = Workspace::start(Options { index_lag: lag, rows: Rows::Current, ..still(3) }).await;
    let sim = &workspace.sim;
    let before = workspace.walk(&everything(), 1, "ascending").await;
    let first = before[0].0.clone();
    sim.advance(Duration::from_secs(100));
    sim.reply(&first, Author::Customer, "<p>Hello again</p>").unwrap();
    let ahead = workspace.walk(&everything(), 1, "ascending").await;
    assert_eq!(ahead[0], (first.clone(), START + 100), "the order is the index's, the row the database's");
    assert_eq!(ahead[1..], before[1..]);
    assert_eq!(workspace.search(filter("updated_at", ">", START)).await.ids(), Vec::<String>::new());
    sim.advance(lag);
    assert_eq!(workspace.walk(&everything(), 1, "ascending").await[2], (first, START + 100));
}

#[tokio::test]
async fn a_page_can_fail_over_a_row_that_was_just_deleted() {
    let lag = Duration::from_secs(5);
    let workspace = Workspace::start(Options { index_lag: lag, deleted_rows_fail: true, ..still(30) }).await;
    let gone = workspace.sim.ids()[7].clone();
    workspace.sim.delete(&gone);
    let failed = workspace.search(everything()).await;
    assert_eq!((failed.status, failed.code()), (404, "not_found"));
    workspace.sim.advance(lag);
    assert_eq!(workspace.search(everything()).await.ids().len(), 29);
}

#[tokio::test]
async fn one_change_can_reach_the_index_later_than_the_others() {
    let workspace = Workspace::start(still(2)).await;
    let sim = &workspace.sim;
    let ids = sim.ids();
    sim.advance(Duration::from_secs(10));
    sim.indexed_after(Duration::from_secs(600)).close(&ids[0]).unwrap();
    sim.close(&ids[1]).unwrap();
    let recent = filter("updated_at", ">", START);
    assert_eq!(workspace.search(recent.clone()).await.ids(), [ids[1].as_str()]);
    sim.advance(Duration::from_secs(600));
    assert_eq!(workspace.search(recent).await.ids().len(), 2);
}

#[tokio::test]
async fn a_deleted_conversation_stays_in_the_index_for_the_lag() {
    let workspace = Workspace::start(Options { index_lag: Duration::from_secs(5), ..still(2) }).await;
    let id = workspace.sim.ids()[0].clone();
    assert!(workspace.sim.delete(&id));
    assert_eq!(workspace.search(everything()).await.ids().len(), 2);
    assert_eq!(workspace.details(&id).await.status, 404);
    workspace.sim.advance(Duration::from_secs(5));
    assert_eq!(workspace.search(everything()).await.ids(), workspace.sim.ids());
}

#[tokio::test]
async fn malformed_searches_are_refused() {
    let workspace = Workspace::start(still(1)).await;
    let query = everything();
    let cases = [
        (json!({}), "parameter_not_found"),
        (json!({ "query": filter("updated_att", ">", 1) }), "parameter_invalid"),
        (json!({ "query": filter("updated_at", "~", "1") }), "parameter_invalid"),
        (json!({ "query": query, "pagination": { "per_page": 151 } }), "parameter_invalid"),
        (json!({ "query": query, "pagination": { "starting_after": "???" } }), "parameter_invalid"),
        (json!({ "query": query, "sort": { "field": "updated_at", "order": "desc" } }), "invalid_sort_order"),
    ];
    for (body, code) in cases {
        let refused = workspace.post("/conversations/search", &body).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{body}");
    }
}

#[tokio::test]
async fn many_contacts_resolve_in_one_call() {
    let workspace = Workspace::start(still(50)).await;
    let customers: HashSet<String> =
        workspace.sim.ids().iter().map(|id| workspace.sim.conversation(id).unwrap().customer.id).collect();
    let wanted: Vec<&String> = customers.iter().collect();
    let body = json!({ "query": filter("id", "IN", json!(wanted)), "pagination": { "per_page": 150 } });
    let found = workspace.post("/contacts/search", &body).await;
    let ids: HashSet<String> = found.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| contact["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, customers);
}
