//! Searching.

use serde::{Deserialize, Serialize, Serializer};

use crate::fields::Field;
use crate::types::{Assignee, Customer, Expr, SyncInfo, SyncTicket, Window};
use crate::wire::timestamp::{Interval, Timestamp};

/// Which of a conversation's times the window is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeField {
    /// Anything that happened in it: any part's time, its creation, its last change.
    #[default]
    Activity,
    /// When it was created.
    Created,
    /// When it last changed.
    Updated,
}

/// The order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// Last changed first.
    #[default]
    Newest,
    /// Best match first; newest first where there is no text, or no time.
    Relevance,
}

/// Which conversations are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What has to hold of them.
    pub query: Expr,
    /// The timeframe.
    pub window: Window,
    /// What the timeframe is about.
    pub by: TimeField,
}

impl Question {
    /// Asks for what a query names, of any time.
    #[must_use]
    pub fn of(query: Expr) -> Self {
        Self { query, ..Self::default() }
    }

    /// Requires a value of a field, where there is one.
    #[must_use]
    pub fn with(mut self, field: Field, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.query = self.query.and(Expr::is(field, value));
        }
        self
    }
}

/// Asks for conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// Which ones.
    pub question: Question,
    /// The order.
    pub sort: Sort,
    /// Most results wanted on this page; the daemon returns at most 200.
    pub limit: u32,
    /// The `next_page` of an earlier answer to the same question.
    pub page: Option<String>,
}

/// A condition that nothing fulfils, since no stored conversation has such a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unknown {
    /// What the condition was about: `tag`, `assignee`, `customer`, `attr.NAME` and so on.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub field: Field,
    /// What was asked for.
    pub value: String,
    /// What may have been meant, the likeliest first.
    pub similar: Vec<String>,
    /// Whether the copy has the field at all: a condition on one that it has not cannot be tested.
    pub held: bool,
}

/// A text and what in it matches; in JSON the text alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Marked {
    /// Plain text on one line.
    pub text: String,
    /// Byte ranges of the matches in `text`, in order, on character boundaries.
    pub marks: Vec<(u32, u32)>,
}

impl Serialize for Marked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.text.serialize(serializer)
        } else {
            (&self.text, &self.marks).serialize(serializer)
        }
    }
}

/// The text around a match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Snippet {
    /// Plain text on one line.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub text: Marked,
    /// Who says it; null where it is no message, but the value of a field.
    pub author: Option<Speaker>,
}

/// Who says something, as far as a list of results tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Speaker {
    /// Intercom's word: `user`, `lead`, `contact`, `admin`, `bot`, `team`, or one that is newer than this program.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name as of the last read.
    pub name: Option<String>,
}

/// A conversation's header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Intercom's id.
    pub id: String,
    /// Where to open it in Intercom's inbox.
    pub url: Option<String>,
    /// Its title, or the subject of its first message.
    pub title: Option<String>,
    /// `open`, `closed`, `snoozed`, or a word that is newer than this program.
    pub state: String,
    /// When it was created, RFC 3339, UTC.
    pub created_at: Timestamp,
    /// When it last changed, RFC 3339, UTC.
    pub updated_at: Timestamp,
    /// The first contact.
    pub customer: Option<Customer>,
    /// Whom it is assigned to: the admin, else the team.
    pub assignee: Option<Assignee>,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// How many of its parts say something, the opening message included.
    pub message_count: u32,
    /// Intercom returns only the newest 500 parts, and older ones are not stored.
    pub truncated: bool,
    /// The matching text, or the beginning of the last message.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub snippet: Option<Marked>,
    /// Who says it; null where it is no message, but the value of a field.
    pub snippet_author: Option<Speaker>,
    /// Where the snippet does not show each word that matches, the text around the others, two at most.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Snippet>>"))]
    pub further_snippets: Vec<Snippet>,
    /// The beginning of the customer's first message; null where a snippet begins with it.
    pub first_words: Option<String>,
}

impl Summary {
    /// Returns what is shown of its texts, with whoever says it.
    pub fn snippets(&self) -> impl Iterator<Item = (&Marked, Option<&Speaker>)> {
        let first = self.snippet.iter().map(|text| (text, self.snippet_author.as_ref()));
        first.chain(self.further_snippets.iter().map(|Snippet { text, author }| (text, author.as_ref())))
    }

    /// Sets what is shown of its texts.
    pub fn set_snippets(&mut self, snippets: impl IntoIterator<Item = Snippet>) {
        let mut snippets = snippets.into_iter();
        let first = snippets.next();
        (self.snippet, self.snippet_author) =
            first.map_or((None, None), |first| (Some(first.text), first.author));
        self.further_snippets = snippets.collect();
    }
}

/// Why nothing matches, and what would: everything within the timeframe of the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// What each piece finds by itself.
    pub pieces: Vec<Piece>,
    /// What is found with as few pieces left out as need be, and with conditions where words may have meant them; null where
    /// nothing is.
    pub nearest: Option<Nearest>,
}

/// What a word or a condition finds by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Piece {
    /// The piece as it can be typed.
    pub text: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
    /// Words and conditions that may have been meant, the likeliest first.
    pub similar: Vec<Similar>,
}

/// A word or a condition that may have been meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Similar {
    /// The word, folded as the index has it, or the condition, as it can be typed.
    pub word: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
}

/// A question that leaves out a part of the one that was asked, or has conditions in the place of words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nearest {
    /// It as it can be typed.
    pub query: String,
    /// How many conversations match it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
    /// A few of them, last changed first; they do not match what was asked for.
    #[serde(rename = "examples")]
    pub hits: Vec<Summary>,
}

/// A page of results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchReply {
    /// The conversations found.
    #[serde(rename = "conversations")]
    pub hits: Vec<Summary>,
    /// The verdict on the window.
    pub sync_info: SyncInfo,
    /// How many match in all; `None` where there are more than are counted.
    pub total: Option<u64>,
    /// Cursor of the next page; `None` on the last.
    pub next_page: Option<String>,
    /// The window as understood: what no start and no end came to.
    pub window: Interval,
    /// Not every match was found in time, or put in order by relevance; `next_page` goes on from there.
    pub cut_short: bool,
    /// Conditions that nothing fulfils, since nothing has such a value.
    pub unknown: Vec<Unknown>,
    /// What was understood in another way than it may have been meant.
    pub notes: Vec<String>,
    /// Why nothing matches, where nothing does.
    pub explanation: Option<Explanation>,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}
