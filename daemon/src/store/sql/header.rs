//! Fields of a conversation that stand in its JSON alone. A field is one line of the list: its name, what it says, and where
//! it is.

use proto::Timestamp;
use proto::fields::Field as Asked;
use rusqlite::types::Value;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::fields::spelt;

/// What is read of a conversation's JSON; its parts are skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    ai_agent: Json,
    ai_agent_participated: Json,
    channel: Json,
    conversation_rating: Json,
    /// Its attributes.
    pub(super) custom_attributes: Map<String, Json>,
    priority: Json,
    sla_applied: Json,
    snoozed_until: Json,
    source: Source,
}

/// The opening message, without what it says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Source {
    r#type: Json,
    delivered_as: Json,
}

/// A field.
pub(super) struct Field {
    /// Its column.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) about: &'static str,
    /// Where it is.
    pub(super) of: fn(&Header) -> Value,
}

/// The fields.
pub(super) const HEADER: [Field; 10] = [
    Field { name: "channel", about: "chat, email, …", of: channel },
    Field {
        name: "delivered_as",
        about: "customer_initiated, …",
        of: |header| plain(&header.source.delivered_as),
    },
    Field { name: "priority", about: "none to urgent", of: |header| plain(&header.priority) },
    Field { name: "rating", about: "1-5", of: |header| plain(&header.conversation_rating["rating"]) },
    Field { name: "rating_remark", about: "", of: |header| said(&header.conversation_rating["remark"]) },
    Field {
        name: "ai_agent_participated",
        about: "1 or 0",
        of: |header| plain(&header.ai_agent_participated),
    },
    Field {
        name: "ai_resolution_state",
        about: "",
        of: |header| plain(&header.ai_agent["resolution_state"]),
    },
    Field { name: "sla_name", about: "", of: |header| plain(&header.sla_applied["sla_name"]) },
    Field {
        name: "sla_status",
        about: "hit, missed, …",
        of: |header| plain(&header.sla_applied["sla_status"]),
    },
    Field { name: "snoozed_until", about: "", of: |header| instant(&header.snoozed_until) },
];

fn channel(header: &Header) -> Value {
    let channel = match &header.channel["initial"] {
        Json::Null => plain(&header.source.r#type),
        channel => plain(channel),
    };
    match channel {
        Value::Text(word) => Value::Text(spelt(&Asked::Channel, word)),
        other => other,
    }
}

/// Returns a text that is there and not empty.
fn said(value: &Json) -> Value {
    value.as_str().filter(|text| !text.is_empty()).map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn instant(value: &Json) -> Value {
    value.as_i64().map_or(Value::Null, |seconds| Value::Text(Timestamp(seconds).to_rfc3339()))
}

/// Returns a value of JSON as one of SQL: truth as 1 and 0, lists and objects as JSON.
pub(super) fn plain(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Integer((*truth).into()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(number)) => Value::Real(number),
            (None, None) => Value::Text(number.to_string()),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => Value::Text(value.to_string()),
    }
}

/// Returns the word for the type of a value of JSON.
pub(super) const fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    }
}
