//! Fields of a conversation that its row does not have. A field is one line of the list: its column, what it says, and which
//! field it is.

use proto::Timestamp;
use proto::fields::Field as Asked;
use proto::types;
use rusqlite::types::Value;
use serde_json::Value as Json;

use crate::store::fields::Fields;

/// A field.
pub(super) struct Field {
    /// Its column.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) about: &'static str,
    /// Which it is.
    pub(super) field: Asked,
}

const fn field(name: &'static str, about: &'static str, field: Asked) -> Field {
    Field { name, about, field }
}

/// The fields.
pub(super) static HEADER: [Field; 14] = [
    field("channel", "chat, email, …", Asked::Channel),
    field("delivered_as", "customer_initiated, …", Asked::Delivered),
    field("priority", "none to urgent", Asked::Priority),
    field("rating", "1-5", Asked::Rating),
    field("rating_remark", "", Asked::Remark),
    field("ai_agent_participated", "1 or 0", Asked::Ai),
    field("ai_resolution_state", "", Asked::Ai),
    field("sla_name", "", Asked::SlaName),
    field("sla_status", "hit, missed, …", Asked::Sla),
    field("snoozed_until", "", Asked::SnoozedUntil),
    field("ticket_type", "", Asked::Ticket),
    field("ticket_state", "", Asked::TicketState),
    field(
        "intercom_first_response_seconds",
        "Intercom's own figure: less what its office hours leave out, and of the first reply by anybody",
        Asked::Statistic(String::new()),
    ),
    field("intercom_time_to_close_seconds", "likewise, to the last close", Asked::Statistic(String::new())),
];

impl Field {
    /// Returns what it is in a conversation.
    pub(super) fn of(&self, fields: &Fields) -> Value {
        let statistic = match self.name {
            "intercom_first_response_seconds" => Some("time_to_admin_reply"),
            "intercom_time_to_close_seconds" => Some("time_to_last_close"),
            _ => None,
        };
        let is_it = |field: &Asked| match (statistic, field) {
            (Some(wanted), Asked::Statistic(name)) => name == wanted,
            _ => *field == self.field,
        };
        let mut values = fields.list.iter().filter(|one| is_it(&one.field)).map(|one| &one.value);
        match self.name {
            "ai_agent_participated" => Value::Integer(values.next().is_some().into()),
            // That it took part is all that is known.
            "ai_resolution_state" => values
                .find(|value| **value != types::Value::Text("participated".to_owned()))
                .map_or(Value::Null, plain),
            _ => values.next().map_or(Value::Null, plain),
        }
    }
}

/// Returns a value as one of SQL: truth as 1 and 0, times as text.
pub(super) fn plain(value: &types::Value) -> Value {
    match value {
        types::Value::Text(text) | types::Value::Json(text) => Value::Text(text.clone()),
        types::Value::Whole(number) => Value::Integer(*number),
        types::Value::Real(number) => {
            number.parse().map_or_else(|_| Value::Text(number.clone()), Value::Real)
        }
        types::Value::Flag(flag) => Value::Integer((*flag).into()),
        types::Value::Time(at) => Value::Text(Timestamp::to_rfc3339(*at)),
    }
}

/// Returns a value of JSON as one of SQL: truth as 1 and 0, lists and objects as JSON.
pub(super) fn plain_json(value: &Json) -> Value {
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
