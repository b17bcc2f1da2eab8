//! The objects that few conversations have, in Intercom's shapes.

use serde_json::{Value, json};

use crate::generate::conversation_id;
use crate::world::fields::{Agent, Sla, Ticket};

/// `ai_agent`.
pub(super) fn agent(agent: &Agent, created_at: i64, updated_at: i64) -> Value {
    let content = agent.content.iter().map(|title| {
        json!({"content_type": "article", "url": "https://help.example.com/1", "title": title, "locale": "en"})
    });
    let content: Vec<Value> = content.collect();
    json!({
        "source_type": "workflow",
        "source_title": agent.source,
        "last_answer_type": "ai_answer",
        "resolution_state": agent.resolution,
        "rating": agent.rating,
        "rating_remark": agent.remark,
        "created_at": created_at,
        "updated_at": updated_at,
        "content_sources": {
            "type": "content_source.list", "total_count": content.len(), "content_sources": content
        },
    })
}

/// `sla_applied`.
pub(super) fn sla(sla: &Sla) -> Value {
    json!({"type": "conversation_sla_summary", "sla_name": sla.name, "sla_status": sla.status})
}

/// `topics`, which the schema does not have.
pub(super) fn topics(names: &[String]) -> Value {
    let topics = (1..).zip(names).map(|(id, name)| json!({"type": "topic", "id": id, "name": name}));
    json!({"type": "topic.list", "topics": topics.collect::<Vec<_>>(), "total_count": names.len()})
}

/// `company`.
pub(super) fn company(name: &str, workspace: &str) -> Value {
    let number = name.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    json!({
        "type": "company", "id": format!("{number:024x}"), "company_id": format!("{number}"), "name": name,
        "app_id": workspace, "custom_attributes": {},
    })
}

/// `ticket`, which the schema does not have: a ticket made from a conversation keeps its id.
pub(super) fn ticket(ticket: &Ticket, index: u32) -> Value {
    let id = conversation_id(index).to_string();
    let mut attributes = ticket.attributes.clone();
    attributes.insert("_default_title_".to_owned(), json!(ticket.title));
    attributes.insert("_default_description_".to_owned(), json!(ticket.description));
    json!({
        "type": "ticket", "id": id, "ticket_id": index.to_string(), "category": "Customer",
        "ticket_attributes": attributes,
        "ticket_state": {
            "type": "ticket_state", "id": "12", "category": ticket.state, "internal_label": "With us",
            "external_label": "We are at it",
        },
        "ticket_type": {"type": "ticket_type", "id": "1295", "category": "Customer", "name": ticket.kind},
        "is_shared": true,
    })
}
