//! Conversations as the daemon knows them, between Intercom's wire format and the rows of the store. Plain data.

use std::fmt;

use proto::Timestamp;
use proto::types::{Change, FieldValue};
use serde::{Deserialize, Serialize};

/// Intercom's id of a conversation, unique within a workspace: text of digits so far, up to 15 and more of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationId(pub String);

impl ConversationId {
    /// Returns it as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A conversation as search or list showed it: that it exists, and how new its state was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which one.
    pub id: ConversationId,
    /// When it was created; absent in a row that Intercom sent without it.
    pub created_at: Option<Timestamp>,
    /// Its activity time as listed.
    pub updated_at: Timestamp,
    /// Only a read after this instant settles it, however new the stored state looks.
    pub read_after: Option<Timestamp>,
}

/// A conversation whole, as read from Intercom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// Its title, or else the subject of its source, as plain text.
    pub title: Option<String>,
    /// `open`, `closed`, `snoozed`, or an unknown word kept as it came.
    pub state: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its activity time.
    pub updated_at: Timestamp,
    /// Everybody who is in it or wrote in it and is no admin, bot or team; the customer first.
    pub contacts: Vec<Contact>,
    /// The admin it is assigned to.
    pub admin_assignee: Option<String>,
    /// The team it is assigned to.
    pub team_assignee: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The opening message, then every part that Intercom returned, oldest first.
    pub parts: Vec<Part>,
    /// Intercom returned only the newest parts.
    pub truncated: bool,
    /// What it has besides: channel, rating, attributes and so on.
    pub fields: Vec<FieldValue>,
    /// The JSON as it came.
    pub raw: bytes::Bytes,
}

/// A person who writes in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Intercom's contact id.
    pub id: Option<String>,
    /// Name, where an author entry tells it.
    pub name: Option<String>,
    /// E-mail address, where an author entry tells it.
    pub email: Option<String>,
}

/// A contact as Intercom's search shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundContact {
    /// Who it is.
    pub contact: Contact,
    /// When it changed last, on Intercom's clock.
    pub updated_at: Option<Timestamp>,
    /// What Intercom knows of it: role, attributes, companies and so on.
    pub fields: Vec<FieldValue>,
}

/// What has names that change without any activity, and is read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Register {
    /// The workspace's tags.
    Tags,
    /// The people who answer.
    Admins,
    /// Their teams.
    Teams,
    /// The people who write in.
    Contacts,
}

impl Register {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Admins => "admins",
            Self::Teams => "teams",
            Self::Contacts => "contacts",
        }
    }
}

/// A tag on a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Intercom's tag id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One entry of a conversation: a message, a note, or an event such as an assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Intercom's part id; for the opening message its source's id, or `source`.
    pub id: String,
    /// Intercom's part type, kept as it came; `source` for the opening message.
    pub kind: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub author: Author,
    /// What it says as plain text; empty where it says nothing.
    pub text: String,
    /// What it says as it came, at most 1 MiB; `None` where that was no HTML, or an empty paragraph.
    pub html: Option<String>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// Deleted by someone in Intercom.
    pub redacted: bool,
    /// What it changed, or tells of.
    pub changes: Vec<Change>,
}

impl Part {
    /// Says whether it is a message: whether it says something, in words or with a file.
    #[must_use]
    pub fn is_message(&self) -> bool {
        !self.text.is_empty() || self.html.is_some() || !self.attachments.is_empty()
    }
}

/// Who made a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Intercom's word: `user`, `lead`, `contact`, `admin`, `bot`, `team`, or one unknown to this program.
    pub kind: String,
    /// Intercom's id.
    pub id: Option<String>,
    /// Name as of the read.
    pub name: Option<String>,
    /// E-mail address as of the read.
    pub email: Option<String>,
}

impl Author {
    /// Says whether it is somebody who writes in, not the workspace's own people and programs.
    #[must_use]
    pub fn is_contact(&self) -> bool {
        is_contact(&self.kind)
    }
}

/// Says whether this is Intercom's word for somebody who writes in.
#[must_use]
pub fn is_contact(kind: &str) -> bool {
    matches!(kind, "user" | "lead" | "contact")
}

/// A file that came with a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// A conversation as fetched, with when that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The conversation.
    pub conversation: Conversation,
    /// Intercom's clock when the request was sent, never later than the truth.
    pub asked_at: Timestamp,
}

/// A deletion in Intercom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Which conversation.
    pub id: ConversationId,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

/// The workspace that a token opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Its id code.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `US`, `EU` or `AU`, in lower case.
    pub region: Option<String>,
}

/// An admin or team that conversations can be assigned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teammate {
    /// Intercom's id, as text.
    pub id: String,
    /// Which of the two.
    pub kind: TeammateKind,
    /// Its name.
    pub name: Option<String>,
    /// An admin's e-mail address.
    pub email: Option<String>,
}

/// Whether a teammate is a person or a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TeammateKind {
    /// A person.
    Admin,
    /// A team.
    Team,
}
