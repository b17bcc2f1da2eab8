//! The truth, and that it is the same for the same seed.

use std::time::Duration;

use sim::{Author, New, Options};

use crate::support::{START, Workspace, still};

#[tokio::test]
async fn activity_is_remembered_after_later_changes() {
    let workspace = Workspace::start(still(0)).await;
    let sim = &workspace.sim;
    let id = sim.create(New::default());
    sim.advance(Duration::from_secs(100));
    sim.reply(&id, Author::Customer, "<p>Hello</p>").unwrap();
    sim.advance(Duration::from_secs(100));
    sim.tag(&id, "bug");
    assert_eq!(sim.active_between(START + 50, START + 150), [id.as_str()]);
    assert!(sim.active_between(START + 101, START + 199).is_empty());
    let as_of = |at| sim.updated_at_as_of(&id, at);
    assert_eq!([as_of(START - 1), as_of(START + 99)], [None, Some(START)]);
    assert_eq!([as_of(START + 100), as_of(START + 900)], [Some(START + 100), Some(START + 200)]);
}

#[tokio::test]
async fn an_imported_conversation_is_old_but_active_only_now() {
    let workspace = Workspace::start(still(0)).await;
    let new = New { created_at: Some(START - 86_400), ..New::default() };
    let id = workspace.sim.create(new);
    let truth = workspace.sim.conversation(&id).unwrap();
    assert_eq!((truth.created_at, truth.updated_at), (START - 86_400, START));
    assert!(workspace.sim.active_between(START - 90_000, START - 1).is_empty());
}

#[tokio::test]
async fn the_window_query_agrees_with_each_conversations_activity() {
    let workspace = Workspace::start(still(200)).await;
    let (start, end) = (START - 40 * 86_400, START - 20 * 86_400);
    let expected: Vec<String> = workspace
        .sim
        .ids()
        .into_iter()
        .filter(|id| {
            let truth = workspace.sim.conversation(id).unwrap();
            truth.activity.iter().any(|at| (start..=end).contains(at))
        })
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(workspace.sim.active_between(start, end), expected);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_workspace() {
    let first = Workspace::start(still(60)).await;
    let second = Workspace::start(still(60)).await;
    let other = Workspace::start(Options { seed: 2, ..still(60) }).await;
    let all = |workspace: &Workspace| {
        workspace.sim.ids().iter().map(|id| workspace.sim.conversation(id).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(all(&first), all(&second));
    assert_ne!(all(&first), all(&other));
}

#[tokio::test]
async fn generated_conversations_are_in_the_past_and_varied() {
    let workspace = Workspace::start(still(1000)).await;
    let truths: Vec<_> =
        workspace.sim.ids().iter().map(|id| workspace.sim.conversation(id).unwrap()).collect();
    let oldest = START - 365 * 86_400;
    assert!(truths.iter().all(|truth| oldest <= truth.created_at && truth.updated_at <= START));
    let count = |state| truths.iter().filter(|truth| truth.state == state).count();
    let (open, snoozed) = (count("open"), count("snoozed"));
    assert!((150..350).contains(&open), "{open} of 1000 are open");
    assert!((10..70).contains(&snoozed), "{snoozed} of 1000 are snoozed");
    let mean = truths.iter().map(|truth| truth.parts).sum::<usize>() / 1000;
    assert!((6..=10).contains(&mean), "{mean} parts on average");
    let text: String =
        truths.iter().flat_map(|truth| &truth.messages).map(|message| message.text.as_str()).collect();
    for word in ["Hello", "Guten Tag", "Bonjour", "Buenos días", "ます", "您好", "สวัสดี"] {
        assert!(text.contains(word), "nobody says {word}");
    }
    let customers: std::collections::HashSet<_> = truths.iter().map(|truth| &truth.customer.email).collect();
    assert!((100..600).contains(&customers.len()), "{} customers", customers.len());
}
