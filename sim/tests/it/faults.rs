//! Faults on request.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use sim::{Body, Fault, FaultKind, Target, Times};

use crate::support::{Workspace, everything, still};

/// What a client makes of an answer.
async fn outcome(workspace: &Workspace, kind: FaultKind) -> Result<(u16, String), reqwest::Error> {
    workspace.sim.inject(Fault::once(Target::Details(None), kind));
    let id = workspace.sim.ids()[0].clone();
    let response = workspace.request(Method::GET, &format!("/conversations/{id}")).send().await?;
    let status = response.status().as_u16();
    Ok((status, response.text().await?))
}

#[tokio::test]
async fn error_answers_have_their_status_and_code() {
    let workspace = Workspace::start(still(1)).await;
    let status = |code, body| FaultKind::Status { code, body };
    let cases = [
        (status(500, Body::ErrorList("server_error".to_owned())), 500, "server_error"),
        (status(502, Body::Html), 502, "<html>"),
        (status(503, Body::Empty), 503, ""),
        (FaultKind::RateLimited { headers: true, retry_after: Some(3) }, 429, "rate_limit_exceeded"),
        (FaultKind::TokenRevoked, 401, "token_revoked"),
        (FaultKind::ScopeMissing, 403, "forbidden"),
        (FaultKind::ScopeUnauthorized, 401, "unauthorized"),
        (FaultKind::PlanRestricted, 403, "api_plan_restricted"),
        (FaultKind::NotFound, 404, "not_found"),
        (FaultKind::HtmlBody, 200, "<html>"),
        (FaultKind::WrongTypes, 200, r#""updated_at":[]"#),
    ];
    for (kind, status, part) in cases {
        let (got, body) = outcome(&workspace, kind.clone()).await.unwrap();
        assert_eq!(got, status, "{kind:?}");
        assert!(body.contains(part), "{kind:?}: {body}");
    }
    assert_eq!(outcome(&workspace, FaultKind::EmptyBody).await.unwrap(), (200, String::new()));
    assert_eq!(workspace.sim.requests().faulted, 12);
}

#[tokio::test]
async fn connections_break_before_and_within_answers() {
    let workspace = Workspace::start(still(1)).await;
    assert!(outcome(&workspace, FaultKind::Reset).await.is_err());
    assert!(outcome(&workspace, FaultKind::TruncatedBody).await.is_err());
    let (_, malformed) = outcome(&workspace, FaultKind::MalformedJson).await.unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&malformed).is_err());
}

#[tokio::test]
async fn slow_and_huge_answers_arrive_whole() {
    let workspace = Workspace::start(still(1)).await;
    let (_, plain) = outcome(&workspace, FaultKind::Latency(Duration::ZERO)).await.unwrap();
    let drip = FaultKind::SlowDrip { pieces: 4, pause: Duration::from_millis(1) };
    let (_, dripped) = outcome(&workspace, drip).await.unwrap();
    assert_eq!(dripped.len(), plain.len());
    let (_, huge) = outcome(&workspace, FaultKind::HugeBody(2)).await.unwrap();
    assert!(huge.len() > 2 << 20);
}

#[tokio::test]
async fn a_hanging_request_does_not_hold_up_others() {
    let workspace = Workspace::start(still(1)).await;
    workspace.sim.inject(Fault::once(Target::Me, FaultKind::Hang));
    let hanging = workspace.request(Method::GET, "/me").timeout(Duration::from_millis(50)).send();
    let (hung, other) = tokio::join!(hanging, workspace.get("/admins"));
    assert!(hung.unwrap_err().is_timeout());
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn pages_can_be_wrong_in_ways_that_clients_must_notice() {
    let workspace = Workspace::start(still(200)).await;
    let page = async |kind| {
        workspace.sim.clear_faults();
        workspace.sim.inject(Fault::always(Target::Search, kind));
        workspace.search(everything()).await
    };
    let empty = page(FaultKind::EmptyPageWithNext).await;
    assert!(empty.ids().is_empty() && empty.body["pages"]["next"]["starting_after"].is_string());
    let reversed = page(FaultKind::WrongOrder).await.items();
    assert!(reversed.iter().map(|(_, updated_at)| updated_at).is_sorted());
    page(FaultKind::RepeatedCursor).await;
    let cursor = "WzE3NjQxMTQ1NTQwMDAsMjE1NDczMDAwMDAwMTAyLDJd";
    let body = serde_json::json!({ "query": everything(), "pagination": { "starting_after": cursor } });
    let given = workspace.post("/conversations/search", &body).await;
    assert_eq!(given.body["pages"]["next"]["starting_after"], cursor);
}

#[tokio::test]
async fn pages_can_go_on_for_ever_with_nothing_new() {
    let workspace = Workspace::start(still(200)).await;
    workspace.sim.inject(Fault::always(Target::Search, FaultKind::NothingNew));
    let (mut cursor, mut cursors, mut pages) = (serde_json::Value::Null, HashSet::new(), Vec::new());
    for _ in 0..5 {
        let pagination = serde_json::json!({ "per_page": 150, "starting_after": cursor });
        let body = serde_json::json!({ "query": everything(), "pagination": pagination });
        let page = workspace.post("/conversations/search", &body).await;
        cursor = page.body["pages"]["next"]["starting_after"].clone();
        assert!(cursors.insert(cursor.to_string()), "{cursor} came before");
        pages.push(page.ids());
    }
    assert!(pages.iter().all(|page| page.len() == 150 && *page == pages[0]));
}

#[tokio::test]
async fn a_token_can_turn_out_to_be_another_workspaces() {
    let workspace = Workspace::start(still(1)).await;
    workspace.sim.inject(Fault::once(Target::Me, FaultKind::OtherWorkspace("other123".to_owned())));
    assert_eq!(workspace.get("/me").await.body["app"]["id_code"], "other123");
    assert_eq!(workspace.get("/me").await.body["app"]["id_code"], workspace.sim.workspace_id());
}

#[tokio::test]
async fn a_redirect_names_the_address_that_it_was_made_with() {
    let workspace = Workspace::start(still(1)).await;
    let itself = format!("{}/me", workspace.sim.url());
    workspace.sim.inject(Fault::once(Target::Me, FaultKind::Redirect(itself.clone())));
    let policy = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(policy).build().unwrap();
    let answer = http.get(&itself).bearer_auth(workspace.sim.token()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (302, &*itself));
}

#[tokio::test]
async fn every_page_fails_that_a_certain_conversation_is_on_and_no_other() {
    let workspace = Workspace::start(still(40)).await;
    let all = workspace.walk(&everything(), 40, "ascending").await;
    let broken = &all[17].0;
    workspace.sim.inject(Fault::always(Target::Page(broken.clone()), FaultKind::NotFound));
    for per_page in [1, 5, 40] {
        let mut cursor = serde_json::Value::Null;
        for page in all.chunks(per_page) {
            let body = serde_json::json!({
                "query": everything(),
                "pagination": { "per_page": per_page, "starting_after": cursor },
                "sort": { "field": "updated_at", "order": "ascending" },
            });
            let answer = workspace.post("/conversations/search", &body).await;
            if page.iter().any(|(id, _)| id == broken) {
                assert_eq!((answer.status, answer.code()), (404, "not_found"), "pages of {per_page}");
                break;
            }
            assert_eq!(answer.items(), page);
            cursor = answer.body["pages"]["next"]["starting_after"].clone();
        }
    }
    assert_eq!(workspace.details(broken).await.status, 200);
    assert_eq!(workspace.get("/conversations?per_page=40").await.status, 404);
}

#[tokio::test]
async fn details_can_stay_older_than_their_listing() {
    let workspace = Workspace::start(still(2)).await;
    let id = workspace.sim.ids()[0].clone();
    workspace.sim.inject(Fault::always(Target::Details(None), FaultKind::Outdated));
    let listed = workspace.sim.conversation(&id).unwrap();
    assert_eq!(workspace.details(&id).await.body["updated_at"], listed.updated_at - 1);
    workspace.sim.advance(Duration::from_secs(9));
    workspace.sim.close(&id);
    let before = workspace.details(&id).await.body;
    assert_eq!(
        (before["updated_at"].as_i64().unwrap(), before["state"].as_str().unwrap()),
        (listed.updated_at, listed.state)
    );
}

#[tokio::test]
async fn the_date_of_an_answer_can_be_wrong_or_missing() {
    let workspace = Workspace::start(still(1)).await;
    let right = workspace.get("/me").await.header("date").to_owned();
    workspace.sim.inject(Fault::once(Target::Me, FaultKind::Date(Some(3_600))));
    workspace.sim.inject(Fault::once(Target::Me, FaultKind::Date(None)));
    let off = workspace.get("/me").await;
    assert!(off.status == 200 && off.header("date") != right, "{}", off.header("date"));
    assert!(!workspace.get("/me").await.headers.contains_key("date"));
    assert_eq!(workspace.get("/me").await.header("date"), right);
}

#[tokio::test]
async fn the_list_of_deletions_can_go_on_for_ever() {
    let workspace = Workspace::start(still(3)).await;
    let gone = workspace.sim.ids()[1].clone();
    workspace.sim.delete(&gone);
    workspace.sim.inject(Fault::always(Target::Deleted, FaultKind::NothingNew));
    let mut next = "/conversations/deleted".to_owned();
    for _ in 0..5 {
        let page = workspace.get(&next).await;
        assert_eq!(page.body["conversations"][0]["id"], gone);
        let link = page.body["pages"]["next"].as_str().unwrap().strip_prefix(&workspace.sim.url()).unwrap();
        assert_ne!(link, next, "it leads on");
        next = link.to_owned();
    }
}

#[tokio::test]
async fn a_conversation_can_be_of_ten_megabytes() {
    let workspace = Workspace::start(still(1)).await;
    let id = workspace.sim.ids()[0].clone();
    workspace.sim.reply_at_length(&id, 500, 20 << 10);
    let details = workspace.details(&id).await;
    let parts = details.body["conversation_parts"]["conversation_parts"].as_array().unwrap();
    let length: usize = parts.iter().map(|part| part["body"].as_str().map_or(0, str::len)).sum();
    assert_eq!(parts.len(), 500);
    assert!(length >= 10_000_000, "{length} bytes");
    assert_eq!(details.body["updated_at"], workspace.sim.now());
}

#[tokio::test]
async fn probability_decides_how_many_are_struck() {
    let workspace = Workspace::start(still(1)).await;
    let fault = Fault { probability: 0.5, ..Fault::always(Target::Me, FaultKind::NotFound) };
    assert_eq!(fault.times, Times::Forever);
    let id = workspace.sim.inject(fault);
    let mut statuses = HashSet::new();
    for _ in 0..64 {
        statuses.insert(workspace.get("/me").await.status);
    }
    assert_eq!(statuses, HashSet::from([200, 404]));
    workspace.sim.clear_fault(id);
    assert_eq!(workspace.get("/me").await.status, 200);
}

#[tokio::test]
async fn latency_holds_an_answer_back_and_leaves_it_right() {
    let workspace = Workspace::start(still(1)).await;
    let before = Instant::now();
    assert_eq!(outcome(&workspace, FaultKind::Latency(Duration::from_millis(20))).await.unwrap().0, 200);
    assert!(before.elapsed() >= Duration::from_millis(20));
}

#[test]
fn faults_can_be_written_on_a_command_line() {
    let fault: Fault = "503:0.25".parse().unwrap();
    assert_eq!(fault.kind, FaultKind::Status { code: 503, body: Body::ErrorList("server_error".to_owned()) });
    assert!((fault.probability - 0.25).abs() < f64::EPSILON);
    assert_eq!("reset".parse::<Fault>().unwrap(), Fault::always(Target::Any, FaultKind::Reset));
    for wrong in ["", "rest", "503:2", "200", "reset:often"] {
        assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
    }
}
