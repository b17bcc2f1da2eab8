//! A conversation as it is shown.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;
use crate::types::{Summary, SyncInfo};

/// The person who wrote in: Intercom's contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Intercom's contact id.
    pub id: Option<String>,
    /// Name as of the last read.
    pub name: Option<String>,
    /// E-mail address as of the last read.
    pub email: Option<String>,
}

/// The admin or team that a conversation is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// Intercom's id of the admin or team.
    pub id: String,
    /// `admin` or `team`.
    pub kind: String,
    /// Name, where known.
    pub name: Option<String>,
}

/// Who wrote a message or caused an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Intercom's word: `user`, `lead`, `contact`, `admin`, `bot`, `team`, or one that is newer than this program.
    pub kind: String,
    /// Intercom's id.
    pub id: Option<String>,
    /// Name as of the last read.
    pub name: Option<String>,
    /// E-mail address as of the last read.
    pub email: Option<String>,
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

/// A part that says something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Intercom's part id; for the opening message the id of its source, or `source`.
    pub id: String,
    /// Intercom's part type, such as `comment`, `note`, `assignment`; `source` for the opening message.
    pub kind: String,
    /// Who wrote it.
    pub author: Author,
    /// Plain text; of one of more than 4 MiB the beginning, and a line that says so.
    pub body: String,
    /// As Intercom sent it, at most 1 MiB; absent where that was no HTML.
    pub body_html: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// Deleted by someone in Intercom; the body then says so.
    pub redacted: bool,
}

/// A part that says nothing: an assignment, a close, a changed attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Intercom's part id.
    pub id: String,
    /// Intercom's part type.
    pub kind: String,
    /// Who caused it.
    pub author: Author,
    /// When it happened.
    pub created_at: Timestamp,
}

/// A conversation with a page of its messages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The header; its snippet is absent.
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
    /// The verdict on the span from its creation to now.
    pub sync_info: SyncInfo,
}
