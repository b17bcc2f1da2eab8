//! What the parts of a conversation changed: to whom it was assigned, which tag, which attribute from what to what. Pure.

use proto::fields::Field;
use proto::types::{Change, FieldValue};
use serde_json::Value;

use super::lenient::{List, Object};
use super::{parse, wire};
use crate::model::Part;

/// Most changes of one part that are kept.
const MOST: usize = 50;

/// Returns what a part tells of itself.
pub(super) fn of(
    assigned_to: Object<wire::Reference<'_>>,
    tags: List<Object<wire::Named<'_>>>,
    details: Value,
) -> Vec<Change> {
    let mut changes: Vec<Change> = assigned_to.0.and_then(|to| assigned(&to)).into_iter().collect();
    let tags = tags.0.into_iter().filter_map(|tag| parse::tag(&tag.or_empty()));
    changes.extend(tags.map(|tag| Change {
        field: "tag".to_owned(),
        to: Some(tag.name).filter(|name| !name.is_empty()),
        id: Some(tag.id),
        ..Change::default()
    }));
    if let Value::Object(mut details) = details {
        // The attribute's name stands in one object, its values in another.
        if let Some(name) = details.get("attribute").and_then(|attribute| words(attribute.get("name")?)) {
            let value = details.remove("value").unwrap_or_default();
            details.remove("attribute");
            let part = |key: &str| value.get(key).and_then(words);
            changes.push(Change {
                field: Field::Attribute(name).to_string(),
                from: part("previous"),
                to: part("name").or_else(|| words(&value).filter(|_| !value.is_object())),
                id: None,
            });
        }
        for (key, value) in &details {
            others(key, value, &mut changes);
        }
    }
    changes.truncate(MOST);
    changes
}

fn assigned(to: &wire::Reference<'_>) -> Option<Change> {
    let kind = to.kind.as_str()?;
    let id = to.id.text().filter(|id| id != "0");
    let field = match kind {
        "team" => Field::Team,
        kind if kind.contains("admin") || kind.contains("nobody") => Field::Assignee,
        _ => return None,
    };
    let id = id.filter(|_| !kind.contains("nobody"));
    // The name is looked up whenever it is shown.
    Some(Change { field: field.to_string(), from: None, to: id.clone(), id })
}

/// Adds what is told in other shapes, by the words that stand there: an action's or a workflow's name by that alone.
fn others(key: &str, value: &Value, changes: &mut Vec<Change>) {
    match value {
        Value::Object(entries) => {
            for (inner, value) in entries {
                let key = if inner == "name" { key.to_owned() } else { format!("{key}_{inner}") };
                others(&key, value, changes);
            }
        }
        Value::Array(list) => list.iter().for_each(|item| others(key, item, changes)),
        value => {
            let to = words(value);
            changes.extend(to.map(|to| Change { field: key.to_owned(), to: Some(to), ..Change::default() }));
        }
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// Fills in what Intercom leaves out of the last event of a kind: what it led to is what is so now.
pub(super) fn complete(parts: &mut [Part], fields: &[FieldValue]) {
    for (kind, field) in [
        ("conversation_rating_changed", Field::Rating),
        ("conversation_rating_remarked", Field::Remark),
        ("ticket_state_updated", Field::TicketState),
    ] {
        let last = parts.iter_mut().rfind(|part| part.kind.starts_with(kind));
        let now = fields.iter().find(|value| value.field == field);
        if let (Some(last), Some(now)) = (last.filter(|part| part.changes.is_empty()), now) {
            let to = Some(now.value.to_string());
            last.changes.push(Change { field: field.to_string(), to, ..Change::default() });
        }
    }
}
