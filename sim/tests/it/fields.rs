//! Fields besides state, people and tags: they are shown as Intercom shows them, and change with and without moving
//! `updated_at`.

use std::time::Duration;

use serde_json::{Value, json};
use sim::{Agent, New, Set, Sla, Ticket};

use crate::support::{START, Workspace, still};

/// Each change, where it is shown, and as what.
fn changes() -> Vec<(Set, &'static str, Value)> {
    let agent = Agent { resolution: Some("escalated".to_owned()), rating: Some(2), ..Agent::default() };
    let ticket = Ticket { kind: "Bug".to_owned(), title: "It fails".to_owned(), ..Ticket::default() };
    let sla = Sla { name: "Gold".to_owned(), status: "missed".to_owned() };
    vec![
        (Set::Priority("urgent".to_owned()), "/priority", json!("urgent")),
        (Set::Channel("whatsapp".to_owned()), "/source/type", json!("whatsapp")),
        (Set::Rating(2, "slow".to_owned()), "/conversation_rating/remark", json!("slow")),
        (Set::Attribute("Ürün.1 a".to_owned(), json!([1, "b"])), "/custom_attributes/Ürün.1 a/1", json!("b")),
        (Set::Agent(Some(agent)), "/ai_agent/resolution_state", json!("escalated")),
        (Set::Topics(vec!["Refunds".to_owned()]), "/topics/topics/0/name", json!("Refunds")),
        (Set::Sla(Some(sla)), "/sla_applied/sla_status", json!("missed")),
        (Set::Ticket(Some(ticket)), "/ticket/ticket_attributes/_default_title_", json!("It fails")),
        (Set::Company(Some("Acme".to_owned())), "/company/name", json!("Acme")),
    ]
}

#[tokio::test]
async fn each_field_changes_with_and_without_moving_updated_at() {
    let workspace = Workspace::start(still(0)).await;
    let sim = &workspace.sim;
    for (set, place, value) in changes() {
        let [loud, silent] = [sim.create(New::default()), sim.create(New::default())];
        sim.advance(Duration::from_secs(60));
        let now = sim.now();
        assert!(sim.set(&loud, set.clone()) && sim.silently().set(&silent, set));
        for (id, updated_at) in [(loud, now), (silent, now - 60)] {
            let shown = workspace.details(&id).await.body;
            assert_eq!(shown.pointer(place), Some(&value), "{place}");
            assert_eq!(shown["updated_at"], updated_at, "{place}");
        }
    }
    assert!(sim.now() > START && !sim.set("1", Set::Company(None)));
}

#[tokio::test]
async fn a_changed_attribute_leaves_a_part_that_tells_from_what_to_what() {
    let workspace = Workspace::start(still(0)).await;
    let id = workspace.sim.create(New::default());
    for plan in ["Free", "Pro"] {
        workspace.sim.set(&id, Set::Attribute("Plan".to_owned(), json!(plan)));
    }
    let shown = workspace.details(&id).await.body;
    let event = &shown["conversation_parts"]["conversation_parts"][1]["event_details"];
    assert_eq!(*event, json!({"attribute": {"name": "Plan"}, "value": {"name": "Pro", "previous": "Free"}}));
    assert_eq!(workspace.sim.conversation(&id).unwrap().attributes["Plan"], "Pro");
}
