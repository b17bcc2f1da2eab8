//! Search results in JSON.

use serde::Serialize;

use super::{Span, SyncInfo};
use crate::types;

/// The person who wrote in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Customer {
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Intercom's contact id.
    pub id: Option<String>,
}

/// The admin or team that a conversation is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assignee {
    /// Intercom's id.
    pub id: String,
    /// `admin` or `team`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    pub name: Option<String>,
}

/// A conversation's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Intercom's conversation id.
    pub id: String,
    /// Where to open it in Intercom.
    pub url: Option<String>,
    /// Title or subject.
    pub title: Option<String>,
    /// `open`, `closed` or `snoozed`.
    pub state: String,
    /// When it was created, RFC 3339, UTC.
    pub created_at: String,
    /// When it last changed, RFC 3339, UTC.
    pub updated_at: String,
    /// The person who wrote in.
    pub customer: Option<Customer>,
    /// Whom it is assigned to.
    pub assignee: Option<Assignee>,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// How many messages it has.
    pub message_count: u32,
    /// Intercom no longer returns its oldest messages, and they are not stored.
    pub truncated: bool,
    /// The matching text, or the beginning of the last message.
    pub snippet: Option<String>,
    /// Who says it; null where it is no message, but the value of a field.
    pub snippet_author: Option<Speaker>,
    /// Where the snippet does not show each word that matches, the text around the others; absent where it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Snippet>>"))]
    pub further_snippets: Vec<Snippet>,
    /// The beginning of the customer's first message; absent where the snippet begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_words: Option<String>,
}

/// Who says something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Speaker {
    /// `user`, `lead`, `contact`, `admin`, `bot`, `team`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    pub name: Option<String>,
}

impl From<&types::Speaker> for Speaker {
    fn from(speaker: &types::Speaker) -> Self {
        Self { kind: speaker.kind.clone(), name: speaker.name.clone() }
    }
}

/// The text around a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Snippet {
    /// Plain text on one line.
    pub text: String,
    /// Who says it; null where it is no message, but the value of a field.
    pub author: Option<Speaker>,
}

impl From<&types::Snippet> for Snippet {
    fn from(snippet: &types::Snippet) -> Self {
        Self { text: snippet.text.clone(), author: snippet.speaker.as_ref().map(Speaker::from) }
    }
}

impl From<&types::Summary> for Summary {
    fn from(summary: &types::Summary) -> Self {
        let mut snippets = summary.snippets.iter();
        let first = summary.snippets.first();
        Self {
            id: summary.id.clone(),
            url: summary.url.clone(),
            title: summary.title.clone(),
            state: summary.state.clone(),
            created_at: summary.created_at.to_rfc3339(),
            updated_at: summary.updated_at.to_rfc3339(),
            customer: summary.customer.as_ref().map(|customer| Customer {
                name: customer.name.clone(),
                email: customer.email.clone(),
                id: customer.id.clone(),
            }),
            assignee: summary.assignee.as_ref().map(|assignee| Assignee {
                id: assignee.id.clone(),
                kind: assignee.kind.clone(),
                name: assignee.name.clone(),
            }),
            tags: summary.tags.clone(),
            message_count: summary.message_count,
            truncated: summary.truncated,
            snippet: snippets.next().map(|snippet| snippet.text.clone()),
            snippet_author: first.and_then(|snippet| snippet.speaker.as_ref()).map(Speaker::from),
            further_snippets: snippets.map(Snippet::from).collect(),
            first_words: summary.first_words_unshown().map(str::to_owned),
        }
    }
}

/// A condition that nothing fulfils, since no stored conversation has such a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unknown {
    /// What it is about: `tag`, `assignee`, `customer`, `attr.NAME` and so on.
    pub field: String,
    /// What was asked for.
    pub value: String,
    /// What may have been meant, the likeliest first.
    pub similar: Vec<String>,
    /// Whether the copy has the field at all: a condition on one that it has not cannot be tested.
    pub held: bool,
}

impl From<&types::Unknown> for Unknown {
    fn from(unknown: &types::Unknown) -> Self {
        Self {
            field: unknown.field.to_string(),
            value: unknown.value.clone(),
            similar: unknown.similar.clone(),
            held: unknown.held,
        }
    }
}

/// What a word or a condition finds by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Piece {
    /// The piece as it can be typed.
    pub text: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
    /// Words that may have been meant, the likeliest first.
    pub similar: Vec<Similar>,
}

/// A word that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Similar {
    /// The word.
    pub word: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
}

/// A search that leaves out a part of the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nearest {
    /// It as it can be typed.
    pub query: String,
    /// How many conversations match it.
    pub conversations: u64,
    /// There may be more: not all were counted.
    pub at_least: bool,
    /// A few of them, last changed first; they do not match what was asked for.
    pub examples: Vec<Summary>,
}

/// Why nothing matches, and what would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// What each piece finds by itself.
    pub pieces: Vec<Piece>,
    /// What is found with as few pieces left out as need be; null where nothing is.
    pub nearest: Option<Nearest>,
}

impl From<&types::Explanation> for Explanation {
    fn from(explanation: &types::Explanation) -> Self {
        let similar = |similar: &types::Similar| {
            let types::Similar { word, conversations, at_least } = similar.clone();
            Similar { word, conversations, at_least }
        };
        let piece = |piece: &types::Piece| Piece {
            text: piece.text.clone(),
            conversations: piece.conversations,
            at_least: piece.at_least,
            similar: piece.similar.iter().map(similar).collect(),
        };
        let nearest = |nearest: &types::Nearest| Nearest {
            query: nearest.query.clone(),
            conversations: nearest.conversations,
            at_least: nearest.at_least,
            examples: nearest.hits.iter().map(Summary::from).collect(),
        };
        Self {
            pieces: explanation.pieces.iter().map(piece).collect(),
            nearest: explanation.nearest.as_ref().map(nearest),
        }
    }
}

/// A page of results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchReply {
    /// The conversations found.
    pub conversations: Vec<Summary>,
    /// How fresh and complete this answer is.
    pub sync_info: SyncInfo,
    /// How many match in all; null where there are more than are counted.
    pub total: Option<u64>,
    /// Pass it as `page` to get the next page; null on the last.
    pub next_page: Option<String>,
    /// The timeframe as understood.
    pub window: Span,
    /// Not every match was looked at in time, or put in order by relevance; `next_page` goes on from there.
    pub cut_short: bool,
    /// Conditions that nothing fulfils, with what may have been meant.
    pub unknown: Vec<Unknown>,
    /// What of the search was understood in another way than it may have been meant.
    pub notes: Vec<String>,
    /// Why nothing matches; absent where something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

impl From<&types::SearchReply> for SearchReply {
    fn from(reply: &types::SearchReply) -> Self {
        Self {
            conversations: reply.hits.iter().map(Summary::from).collect(),
            sync_info: SyncInfo::from(&reply.sync_info),
            total: reply.total,
            next_page: reply.next_page.clone(),
            window: Span::from(reply.window),
            cut_short: reply.cut_short,
            unknown: reply.unknown.iter().map(Unknown::from).collect(),
            notes: reply.notes.clone(),
            explanation: reply.explanation.as_ref().map(Explanation::from),
        }
    }
}
