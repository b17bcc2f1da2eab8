//! What each change does to a conversation.

use std::time::Duration;

use sim::{Author, New, Options};

use crate::support::{START, Workspace, everything, filter, still};

#[tokio::test]
async fn a_new_conversation_has_its_customer_text_and_tags() {
    let workspace = Workspace::start(still(3)).await;
    let new = New {
        subject: Some("Invoice".to_owned()),
        body: "<p>Please resend</p>".to_owned(),
        email: Some("leo@example.com".to_owned()),
        name: Some("Leo".to_owned()),
        tags: vec!["billing".to_owned(), "brand-new".to_owned()],
        ..New::default()
    };
    let id = workspace.sim.create(new.clone());
    let shown = workspace.details(&id).await.body;
    assert_eq!(shown["title"], "Invoice");
    assert_eq!(shown["source"]["body"], "<p>Please resend</p>");
    assert_eq!(shown["source"]["author"]["email"], "leo@example.com");
    let truth = workspace.sim.conversation(&id).unwrap();
    assert_eq!(truth.tags, ["billing", "brand-new"]);
    let again = workspace.sim.create(new);
    assert_eq!(workspace.sim.conversation(&again).unwrap().customer, truth.customer);
}

#[tokio::test]
async fn a_customers_reply_reopens_and_an_admins_does_not() {
    let workspace = Workspace::start(still(1)).await;
    let sim = &workspace.sim;
    let id = sim.ids()[0].clone();
    let state = || sim.conversation(&id).unwrap().state;
    sim.close(&id).unwrap();
    sim.reply(&id, Author::Admin(2), "<p>One more thing</p>").unwrap();
    assert_eq!(state(), "closed");
    sim.reply(&id, Author::Customer, "<p>Still broken</p>").unwrap();
    assert_eq!(state(), "open");
    assert_eq!(sim.conversation(&id).unwrap().messages.last().unwrap().part_type, "open");
    sim.snooze(&id, START + 500).unwrap();
    assert_eq!(workspace.details(&id).await.body["snoozed_until"], START + 500);
}

#[tokio::test]
async fn redaction_replaces_the_text_and_moves_updated_at() {
    let workspace = Workspace::start(still(1)).await;
    let sim = &workspace.sim;
    let id = sim.create(New { body: "<p>secret opening</p>".to_owned(), ..New::default() });
    let part = sim.reply(&id, Author::Customer, "<p>secret reply</p>").unwrap();
    let source = sim.conversation(&id).unwrap().messages[0].id.clone();
    sim.advance(Duration::from_secs(9));
    assert!(sim.redact(&id, &part) && sim.redact(&id, &source));
    assert!(!sim.redact(&id, "123"));
    let shown = workspace.details(&id).await.body;
    assert!(!shown.to_string().contains("secret"));
    assert_eq!(shown["source"]["redacted"], true);
    assert_eq!(shown["conversation_parts"]["conversation_parts"][0]["redacted"], true);
    assert_eq!(shown["updated_at"], START + 9);
}

#[tokio::test]
async fn silent_changes_leave_the_time_of_change_alone() {
    let workspace = Workspace::start(still(1)).await;
    let sim = &workspace.sim;
    let id = sim.create(New { body: "<p>first words</p>".to_owned(), ..New::default() });
    let part = sim.reply(&id, Author::Customer, "<p>more words</p>").unwrap();
    let other = sim.reply(&id, Author::Customer, "<p>secret words</p>").unwrap();
    let before = sim.conversation(&id).unwrap();
    sim.advance(Duration::from_secs(60));
    let silent = sim.silently();
    silent.close(&id).unwrap();
    assert!(silent.tag(&id, "quiet"));
    assert!(silent.retitle(&id, "Printer on the second floor"));
    assert!(silent.reword(&id, &part, "<p>other words</p>") && silent.redact(&id, &other));
    let shown = workspace.details(&id).await.body;
    assert_eq!(shown["updated_at"], before.updated_at);
    assert_eq!(
        (shown["state"].as_str(), shown["title"].as_str()),
        (Some("closed"), Some("Printer on the second floor"))
    );
    assert!(shown.to_string().contains("other words"));
    assert!(!shown.to_string().contains("more words") && !shown.to_string().contains("secret words"));
    let after = sim.conversation(&id).unwrap();
    assert_eq!(after.activity, before.activity);
    assert_eq!((after.tags, after.state), (vec!["quiet".to_owned()], "closed"));
    let found = workspace.search(filter("updated_at", "=", before.updated_at)).await;
    assert!(found.items().contains(&(id.clone(), before.updated_at)));
    assert!(silent.delete(&id));
    assert_eq!(workspace.details(&id).await.status, 404);
    assert_eq!(workspace.get("/conversations/deleted").await.body["total_count"], 0);
}

#[tokio::test]
async fn a_merge_closes_the_secondary_and_links_both() {
    let workspace = Workspace::start(still(2)).await;
    let ids = workspace.sim.ids();
    assert!(workspace.sim.merge(&ids[0], &ids[1]));
    assert_eq!(workspace.sim.conversation(&ids[1]).unwrap().state, "closed");
    assert_eq!(workspace.details(&ids[0]).await.body["linked_objects"]["data"][0]["id"], ids[1]);
    assert!(!workspace.sim.merge(&ids[0], &ids[0]));
}

#[tokio::test]
async fn tags_and_assignees_come_and_go() {
    let workspace = Workspace::start(still(0)).await;
    let sim = &workspace.sim;
    let id = sim.create(New::default());
    assert!(sim.tag(&id, "urgent-case"));
    assert_eq!(sim.conversation(&id).unwrap().tags, ["urgent-case"]);
    assert!(sim.untag(&id, "urgent-case"));
    assert!(sim.conversation(&id).unwrap().tags.is_empty());
    sim.assign(&id, Some(1)).unwrap();
    assert_eq!(sim.conversation(&id).unwrap().assignee.as_deref(), Some("Bruno Carvalho"));
    sim.assign(&id, None).unwrap();
    assert_eq!(sim.conversation(&id).unwrap().assignee, None);
}

#[tokio::test]
async fn what_is_deleted_changes_no_more() {
    let workspace = Workspace::start(still(1)).await;
    let sim = &workspace.sim;
    let id = sim.ids()[0].clone();
    assert!(sim.delete(&id) && !sim.delete(&id));
    assert_eq!(sim.reply(&id, Author::Customer, "<p>Hello?</p>"), None);
    assert_eq!(sim.conversation(&id), None);
    assert_eq!(sim.deleted(), [(id, START)]);
    assert_eq!(sim.reply("17", Author::Bot, "<p>Hello?</p>"), None);
}

#[tokio::test]
async fn a_conversations_own_time_never_goes_back() {
    let workspace = Workspace::start(still(0)).await;
    let id = workspace.sim.create(New::default());
    workspace.sim.set_clock(START - 1000);
    workspace.sim.close(&id).unwrap();
    assert_eq!(workspace.sim.conversation(&id).unwrap().updated_at, START);
}

#[tokio::test]
async fn random_changes_are_reproducible_and_leave_the_index_true() {
    let mut histories = Vec::new();
    for _ in 0..2 {
        let workspace = Workspace::start(Options { index_lag: Duration::from_secs(3), ..still(150) }).await;
        let mut rng = fastrand::Rng::with_seed(7);
        let mut history = Vec::new();
        for _ in 0..600 {
            workspace.sim.advance(Duration::from_millis(700));
            history.push(workspace.sim.random_change(&mut rng));
        }
        workspace.sim.advance(Duration::from_secs(3));
        let listed: std::collections::HashMap<String, i64> =
            workspace.walk(&everything(), 150, "ascending").await.into_iter().collect();
        assert_eq!(listed, workspace.sim.updated_at_of_all());
        histories.push(history);
    }
    assert_eq!(histories[0], histories[1]);
}

#[tokio::test]
async fn conversations_change_on_their_own_at_the_rate_asked_for() {
    let workspace = Workspace::start(Options { changes_per_second: 500.0, ..still(50) }).await;
    let before = workspace.sim.updated_at_of_all();
    workspace.sim.advance(Duration::from_secs(1));
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while workspace.sim.updated_at_of_all() == before {
        assert!(std::time::Instant::now() < deadline, "nothing changed");
        tokio::task::yield_now().await;
    }
}
