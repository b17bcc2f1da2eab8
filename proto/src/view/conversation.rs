//! A conversation in JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Summary, SyncInfo};
use crate::types::{self, FieldValue};

/// Who wrote a message or caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Author {
    /// `user`, `lead`, `contact`, `admin`, `bot`, `team`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Intercom's id.
    pub id: Option<String>,
}

impl From<&types::Author> for Author {
    fn from(author: &types::Author) -> Self {
        Self {
            kind: author.kind.clone(),
            name: author.name.clone(),
            email: author.email.clone(),
            id: author.id.clone(),
        }
    }
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// File name.
    pub name: Option<String>,
    /// A signed link that soon expires.
    pub url: Option<String>,
    /// MIME type.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub filesize: Option<i64>,
}

/// What a part changed, or tells of: to whom it assigned, which tag, which attribute from what to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// `assignee`, `team`, `tag`, `rating`, `attr.NAME`, or a word of Intercom's such as `action` or `workflow`.
    pub field: String,
    /// What it was; null where Intercom does not say.
    pub from: Option<String>,
    /// What it became; null: nothing, nobody.
    pub to: Option<String>,
    /// Intercom's id of the assignee, team or tag.
    pub id: Option<String>,
}

impl From<&types::Change> for Change {
    fn from(change: &types::Change) -> Self {
        let types::Change { field, from, to, id } = change.clone();
        Self { field, from, to, id }
    }
}

/// Returns fields by name, as JSON has them: one value by itself, several as a list, whom an id stands for beside it.
#[must_use]
pub fn fields(fields: &[FieldValue]) -> BTreeMap<String, Value> {
    let mut named: BTreeMap<String, Value> = BTreeMap::new();
    for field in fields {
        let value = match &field.name {
            Some(name) => json!({"id": field.value.to_string(), "name": name}),
            None => value(&field.value),
        };
        named
            .entry(field.field.to_string())
            .and_modify(|known| match known {
                Value::Array(list) => list.push(value.clone()),
                first => *first = json!([first.take(), value]),
            })
            .or_insert(value);
    }
    named
}

/// Returns a value as JSON.
#[must_use]
pub fn value(value: &types::Value) -> Value {
    match value {
        types::Value::Whole(number) => json!(number),
        types::Value::Flag(flag) => json!(flag),
        types::Value::Real(text) | types::Value::Json(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        types::Value::Text(_) | types::Value::Time(_) => json!(value.to_string()),
    }
}

/// A part of a conversation that says something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Intercom's part id.
    pub id: String,
    /// Who wrote it.
    pub author: Author,
    /// Intercom's part type; `source` for the opening message.
    #[serde(rename = "type")]
    pub kind: String,
    /// Plain text.
    pub body: String,
    /// As Intercom sent it, at most 1 MiB; null where that was no HTML.
    pub body_html: Option<String>,
    /// When it was written, RFC 3339, UTC.
    pub created_at: String,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// Deleted by someone in Intercom.
    pub redacted: bool,
    /// What it did besides, such as to assign.
    pub changes: Vec<Change>,
}

impl From<&types::Message> for Message {
    fn from(message: &types::Message) -> Self {
        Self {
            id: message.id.clone(),
            author: Author::from(&message.author),
            kind: message.kind.clone(),
            body: message.body.clone(),
            body_html: message.body_html.clone(),
            created_at: message.created_at.to_rfc3339(),
            attachments: message
                .attachments
                .iter()
                .map(|file| Attachment {
                    name: file.name.clone(),
                    url: file.url.clone(),
                    content_type: file.content_type.clone(),
                    filesize: file.filesize,
                })
                .collect(),
            redacted: message.redacted,
            changes: message.changes.iter().map(Change::from).collect(),
        }
    }
}

/// A part of a conversation that says nothing, such as an assignment or a close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Intercom's part id.
    pub id: String,
    /// Intercom's part type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who caused it.
    pub author: Author,
    /// When it happened, RFC 3339, UTC.
    pub created_at: String,
    /// What it changed, as far as Intercom tells.
    pub changes: Vec<Change>,
}

impl From<&types::Event> for Event {
    fn from(event: &types::Event) -> Self {
        Self {
            id: event.id.clone(),
            kind: event.kind.clone(),
            author: Author::from(&event.author),
            created_at: event.created_at.to_rfc3339(),
            changes: event.changes.iter().map(Change::from).collect(),
        }
    }
}

/// A conversation with its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// The header's fields.
    #[serde(flatten)]
    pub summary: Summary,
    /// Messages, oldest first.
    pub messages: Vec<Message>,
    /// What it has besides, by name: channel, rating, `attr.Plan`, `statistics.count_reopens` and so on.
    pub fields: BTreeMap<String, Value>,
    /// What else happened, oldest first.
    pub events: Vec<Event>,
    /// When the stored state was read from Intercom, RFC 3339, UTC.
    pub fetched_at: String,
    /// A newer state is known to exist in Intercom and is not stored yet.
    pub outdated: bool,
}

impl From<&types::Conversation> for Conversation {
    fn from(conversation: &types::Conversation) -> Self {
        Self {
            summary: Summary::from(&conversation.summary),
            messages: conversation.messages.iter().map(Message::from).collect(),
            fields: fields(&conversation.fields),
            events: conversation.events.iter().map(Event::from).collect(),
            fetched_at: conversation.fetched_at.to_rfc3339(),
            outdated: conversation.outdated,
        }
    }
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShowReply {
    /// The conversation.
    pub conversation: Conversation,
    /// How fresh and complete this answer is.
    pub sync_info: SyncInfo,
}

impl From<&types::ShowReply> for ShowReply {
    fn from(reply: &types::ShowReply) -> Self {
        Self {
            conversation: Conversation::from(&reply.conversation),
            sync_info: SyncInfo::from(&reply.sync_info),
        }
    }
}
