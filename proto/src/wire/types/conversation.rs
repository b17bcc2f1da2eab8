//! A conversation as it is shown.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use crate::fields::Field;
use crate::types::{Summary, SyncInfo};
use crate::wire::timestamp::{Interval, Timestamp};

/// The person who wrote in: Intercom's contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Customer {
    /// Name as of the last read.
    pub name: Option<String>,
    /// E-mail address as of the last read.
    pub email: Option<String>,
    /// Intercom's contact id.
    pub id: Option<String>,
}

/// The admin or team that a conversation is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assignee {
    /// Intercom's id of the admin or team.
    pub id: String,
    /// `admin` or `team`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name, where known.
    pub name: Option<String>,
}

/// Who wrote a message or caused an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Author {
    /// Intercom's word: `user`, `lead`, `contact`, `admin`, `bot`, `team`, or one that is newer than this program.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name as of the last read.
    pub name: Option<String>,
    /// E-mail address as of the last read.
    pub email: Option<String>,
    /// Intercom's id.
    pub id: Option<String>,
}

/// A file that came with a message. Its URL is signed and short-lived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// File name.
    pub name: Option<String>,
    /// Where it could be downloaded from when the conversation was read.
    pub url: Option<String>,
    /// MIME type.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub filesize: Option<i64>,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A word or a text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Another number, as JSON writes it.
    Real(String),
    /// There or not.
    Flag(bool),
    /// An instant.
    Time(Timestamp),
    /// An object, as JSON.
    Json(String),
}

impl Value {
    /// Returns it as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Whole(number) => json!(number),
            Self::Flag(flag) => json!(flag),
            Self::Real(text) | Self::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            Self::Text(_) | Self::Time(_) => json!(self.to_string()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Real(text) | Self::Json(text) => f.write_str(text),
            Self::Whole(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Time(at) => f.write_str(&at.to_rfc3339()),
        }
    }
}

/// A value that a conversation has of a field; a field with several values occurs as often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// Which field.
    pub field: Field,
    /// The value.
    pub value: Value,
    /// Whom the value stands for, where it is an id and the name is known.
    pub name: Option<String>,
}

impl FieldValue {
    /// Returns a value of a field.
    #[must_use]
    pub const fn new(field: Field, value: Value) -> Self {
        Self { field, value, name: None }
    }

    /// Returns values by the names of their fields, as JSON has them: one value by itself, several as a list, whom an id
    /// stands for beside it.
    #[must_use]
    pub fn by_name(values: &[Self]) -> BTreeMap<String, serde_json::Value> {
        let mut named: BTreeMap<String, serde_json::Value> = BTreeMap::new();
        for one in values {
            let value = match &one.name {
                Some(name) => json!({"id": one.value.to_string(), "name": name}),
                None => one.value.to_json(),
            };
            named
                .entry(one.field.to_string())
                .and_modify(|known| match known {
                    serde_json::Value::Array(list) => list.push(value.clone()),
                    first => *first = json!([first.take(), value]),
                })
                .or_insert(value);
        }
        named
    }
}

/// What a part changed, or tells of: to whom it assigned, which tag, which attribute from what to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// `assignee`, `team`, `tag`, `rating`, `attr.NAME`, or a word of Intercom's such as `action` or `workflow`.
    pub field: String,
    /// What it was; null where Intercom does not say.
    pub from: Option<String>,
    /// What it became; of an assignee or a team its name, where that is known. Null: nothing, nobody.
    pub to: Option<String>,
    /// Intercom's id of the assignee, team or tag.
    pub id: Option<String>,
}

/// A part that says something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Intercom's part id; for the opening message the id of its source, or `source`.
    pub id: String,
    /// Who wrote it.
    pub author: Author,
    /// Intercom's part type, such as `comment`, `note`, `assignment`; `source` for the opening message.
    #[serde(rename = "type")]
    pub kind: String,
    /// Plain text; of one of more than 4 MiB the beginning, and a line that says so.
    pub body: String,
    /// As Intercom sent it, at most 1 MiB; `None` where that was no HTML.
    pub body_html: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// Deleted by someone in Intercom; the body then says so.
    pub redacted: bool,
    /// What it did besides: an answer can assign, too.
    pub changes: Vec<Change>,
}

/// A part that says nothing: an assignment, a close, a changed attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    pub created_at: Timestamp,
    /// What it changed, as far as Intercom tells.
    pub changes: Vec<Change>,
}

/// A conversation with a page of its messages, oldest first. In JSON the header's fields are its own, and the others are
/// known by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Conversation {
    /// The header, without snippets.
    pub summary: Summary,
    /// Messages from `offset` on.
    pub messages: Vec<Message>,
    /// Events between the first message of this page and the first of the next.
    pub events: Vec<Event>,
    /// How many messages come before this page.
    pub offset: u32,
    /// Where the next page begins; `None` on the last.
    pub next_offset: Option<u32>,
    /// When the stored state was read from Intercom, on Intercom's clock.
    pub fetched_at: Timestamp,
    /// A newer state is known to exist in Intercom and is not stored yet.
    pub outdated: bool,
    /// What it has besides: channel, rating, attributes and so on; those of one field follow each other.
    pub fields: Vec<FieldValue>,
}

impl Serialize for Conversation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            #[serde(flatten)]
            summary: &'a Summary,
            messages: &'a [Message],
            fields: BTreeMap<String, serde_json::Value>,
            events: &'a [Event],
            fetched_at: Timestamp,
            outdated: bool,
        }
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        let Self { summary, messages, events, fetched_at, outdated, fields, .. } = self;
        let (fields, fetched_at, outdated) = (FieldValue::by_name(fields), *fetched_at, *outdated);
        Json { summary, messages, fields, events, fetched_at, outdated }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Conversation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// Asks for one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowRequest {
    /// Intercom's conversation id.
    pub id: String,
    /// Index of the first message wanted.
    pub offset: u32,
    /// Most messages wanted; the daemon may return fewer, to bound the size of a reply.
    pub limit: u32,
    /// Fetch it anew from Intercom first.
    pub refresh: bool,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowReply {
    /// The conversation, or the page asked for.
    pub conversation: Conversation,
    /// The verdict on the time since its last change: what happened since may concern it.
    pub sync_info: SyncInfo,
    /// That time.
    pub window: Interval,
}
