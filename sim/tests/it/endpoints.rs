//! The other endpoints, authentication, versions and the rate limit.

use std::time::{Duration, Instant};

use sim::{Options, Parts};

use crate::support::{Reply, START, Workspace, client, still, text};

#[tokio::test]
async fn details_say_what_the_truth_says() {
    let workspace = Workspace::start(still(40)).await;
    for id in workspace.sim.ids() {
        let shown = workspace.details(&id).await.body;
        let truth = workspace.sim.conversation(&id).unwrap();
        assert_eq!(shown["updated_at"], truth.updated_at);
        assert_eq!(shown["state"], truth.state);
        let parts = shown["conversation_parts"]["conversation_parts"].as_array().unwrap();
        assert_eq!(parts.len(), truth.parts);
        assert!(parts.iter().map(|part| part["created_at"].as_i64()).is_sorted());
        let said: Vec<(String, String)> = std::iter::once(&shown["source"])
            .chain(parts.iter().filter(|part| part["body"].is_string()))
            .map(|message| (text(&message["id"]), text(&message["body"])))
            .collect();
        let expected: Vec<(String, String)> =
            truth.messages.into_iter().map(|message| (message.id, message.html)).collect();
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn details_hold_the_newest_500_parts_and_the_true_count() {
    let parts = Parts { long_share: 1.0, long: 620, ..Parts::default() };
    let workspace = Workspace::start(Options { parts, ..still(5) }).await;
    let id = workspace.sim.ids()[0].clone();
    let shown = workspace.details(&id).await.body["conversation_parts"].clone();
    let truth = workspace.sim.conversation(&id).unwrap();
    assert!(truth.parts >= 620);
    assert_eq!(shown["total_count"], truth.parts);
    let bodies = shown["conversation_parts"].as_array().unwrap();
    assert_eq!(bodies.len(), 500);
    assert_eq!(bodies[499]["created_at"], truth.updated_at);
}

#[tokio::test]
async fn deletions_are_listed_latest_first_from_version_2_16_on() {
    let workspace = Workspace::start(still(5)).await;
    let ids = workspace.sim.ids();
    for id in &ids[..3] {
        workspace.sim.advance(Duration::from_secs(1));
        workspace.sim.delete(id);
    }
    let first = workspace.get("/conversations/deleted?per_page=2").await.body;
    assert_eq!(first["conversations"][0]["id"], ids[2]);
    assert_eq!(first["conversations"][0]["deleted_at"], START + 3);
    assert_eq!(first["total_count"], 3);
    let next = first["pages"]["next"].as_str().unwrap().strip_prefix(&workspace.sim.url()).unwrap();
    let second = workspace.get(next).await.body;
    assert_eq!(second["conversations"][0]["id"], ids[0]);
    assert!(second["pages"]["next"].is_null());
    assert_eq!(workspace.get("/conversations/deleted?per_page=61").await.code(), "parameter_invalid");

    let url = format!("{}/conversations/deleted", workspace.sim.url());
    let old = client().get(url).bearer_auth(workspace.sim.token());
    let refused = Reply::of(old.header("Intercom-Version", "2.15")).await;
    assert_eq!((refused.status, refused.code()), (400, "intercom_version_invalid"));
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let workspace = Workspace::start(still(1)).await;
    let url = format!("{}/me", workspace.sim.url());
    let http = client();
    let refused = Reply::of(http.get(url).bearer_auth("other")).await;
    assert_eq!((refused.status, refused.code()), (401, "unauthorized"));
}

#[tokio::test]
async fn the_directory_names_who_and_what_conversations_refer_to() {
    let workspace = Workspace::start(still(1)).await;
    assert_eq!(workspace.get("/me").await.body["app"]["id_code"], "sim12345");
    assert_eq!(workspace.get("/admins").await.body["admins"].as_array().unwrap().len(), 8);
    assert_eq!(workspace.get("/teams").await.body["teams"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_rate_limit_counts_in_windows_of_the_workspaces_clock() {
    let workspace = Workspace::start(Options { rate_limit: Some(2), ..still(1) }).await;
    let first = workspace.get("/me").await;
    assert_eq!((first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")), ("2", "1"));
    workspace.get("/me").await;
    let refused = workspace.get("/me").await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limit_exceeded"));
    assert_eq!(refused.header("x-ratelimit-reset"), (START + 10).to_string());
    workspace.sim.advance(Duration::from_secs(10));
    assert_eq!(workspace.get("/me").await.status, 200);
    let counted = workspace.sim.requests();
    assert_eq!((counted.total, counted.rate_limited, counted.max_in_window), (4, 1, 3));
}

#[tokio::test]
async fn the_date_header_is_the_workspaces_clock() {
    let workspace = Workspace::start(still(1)).await;
    workspace.sim.set_clock(0);
    assert_eq!(workspace.get("/me").await.header("date"), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[tokio::test]
async fn the_server_stops_with_its_last_handle() {
    let workspace = Workspace::start(still(1)).await;
    let url = workspace.sim.url();
    let second = workspace.sim.clone();
    drop(workspace);
    let http = client();
    assert!(http.get(&url).send().await.is_ok());
    drop(second);
    // The server's thread ends in its own time; the connection ends with it.
    let deadline = Instant::now() + Duration::from_secs(20);
    while http.get(&url).send().await.is_ok() {
        assert!(Instant::now() < deadline, "still serving");
    }
}
