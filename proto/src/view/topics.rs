//! What conversations are about, in JSON.

use serde::Serialize;

use super::search::Unknown;
use super::{Span, SyncInfo};
use crate::types;

/// A conversation that shows what a topic is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicExample {
    /// Its id.
    pub id: String,
    /// Where to open it in Intercom.
    pub url: Option<String>,
    /// What its customer wrote, cut.
    pub text: String,
}

/// Conversations that are about the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Topic {
    /// A few words of the customers.
    pub name: String,
    /// A search that lists them with the same timeframe: the filters that were asked with are in it.
    pub query: String,
    /// How many are about it; each conversation is in one topic, or in none.
    pub conversations: u64,
    /// Their share of what was read, in percent.
    pub percent: f64,
    /// How many `query` finds: these, and such as are about another topic more.
    pub found: u64,
    /// How many there were in the time compared with; null where nothing is compared.
    pub before: Option<u64>,
    /// What came or went since; null where nothing is compared.
    pub change: Option<i64>,
    /// There was none in the time compared with.
    pub new: bool,
    /// At most three of them.
    pub examples: Vec<TopicExample>,
}

/// The time compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicsBefore {
    /// The timeframe.
    pub window: Span,
    /// How many conversations match in it.
    pub total: u64,
    /// How many of them were read.
    pub read: u64,
    /// How many of those are in topics left out.
    pub in_left_out: u64,
    /// How many of those are in no topic.
    pub in_no_topic: u64,
}

/// What conversations are about: those in `topics`, those in topics left out and those in none add up to `read`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicsReply {
    /// The topics, the largest first.
    pub topics: Vec<Topic>,
    /// How many conversations match.
    pub total: u64,
    /// How many were read: fewer than match, evenly chosen, where there was no time for all.
    pub read: u64,
    /// How many are in no topic.
    pub in_no_topic: u64,
    /// Their share of what was read, in percent.
    pub percent_in_no_topic: f64,
    /// Topics beyond these.
    pub topics_left_out: u64,
    /// How many conversations are in those.
    pub in_left_out: u64,
    /// The time compared with; null where nothing is compared.
    pub before: Option<TopicsBefore>,
    /// How fresh and complete this answer is, for both timeframes.
    pub sync_info: SyncInfo,
    /// The timeframe as understood.
    pub window: Span,
    /// Conditions that nothing fulfils, with what may have been meant.
    pub unknown: Vec<Unknown>,
}

impl Topic {
    fn new(topic: &types::Topic, reply: &types::TopicsReply) -> Self {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let example = |example: &types::TopicExample| TopicExample {
            id: example.id.clone(),
            url: example.url.clone(),
            text: example.text.clone(),
        };
        let compared = reply.before.is_some_and(|before| before.read > 0);
        Self {
            name: topic.name.clone(),
            query: topic.query.clone(),
            conversations: topic.conversations,
            percent: percent(topic.conversations, reply.read),
            found: topic.found,
            before: topic.before,
            change: topic.before.map(|before| signed(topic.conversations) - signed(before)),
            new: compared && topic.before == Some(0),
            examples: topic.examples.iter().map(example).collect(),
        }
    }
}

/// Returns a share in percent, to a tenth.
#[must_use]
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1_000.0 / whole as f64).round() / 10.0 }
}

impl From<&types::TopicsReply> for TopicsReply {
    fn from(reply: &types::TopicsReply) -> Self {
        Self {
            topics: reply.topics.iter().map(|topic| Topic::new(topic, reply)).collect(),
            total: reply.total,
            read: reply.read,
            in_no_topic: reply.in_none,
            percent_in_no_topic: percent(reply.in_none, reply.read),
            topics_left_out: reply.left_out,
            in_left_out: reply.in_left_out,
            before: reply.before.map(|before| TopicsBefore {
                window: Span::from(before.window),
                total: before.total,
                read: before.read,
                in_left_out: before.in_left_out,
                in_no_topic: before.in_none,
            }),
            sync_info: SyncInfo::from(&reply.sync_info),
            window: Span::from(reply.window),
            unknown: reply.unknown.iter().map(Unknown::from).collect(),
        }
    }
}
