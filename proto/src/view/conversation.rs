//! A conversation in JSON.

use serde::Serialize;

use super::{Summary, SyncInfo};
use crate::types;

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
}

impl From<&types::Event> for Event {
    fn from(event: &types::Event) -> Self {
        Self {
            id: event.id.clone(),
            kind: event.kind.clone(),
            author: Author::from(&event.author),
            created_at: event.created_at.to_rfc3339(),
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
