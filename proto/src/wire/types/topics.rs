//! What conversations are about.

use serde::{Deserialize, Serialize};

use crate::types::{Compare, Question, SyncInfo, SyncTicket, Unknown};
use crate::wire::timestamp::Interval;

/// Asks what conversations are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicsRequest {
    /// Which conversations.
    pub question: Question,
    /// The time that they are compared with.
    pub compare: Compare,
    /// Most topics wanted, those with most conversations in either time; at most 200.
    pub limit: u32,
}

/// A conversation that shows what a topic is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicExample {
    /// Intercom's id.
    pub id: String,
    /// Where to open it in Intercom's inbox.
    pub url: Option<String>,
    /// What its customer wrote, on one line and cut.
    pub text: String,
}

/// Conversations that are about the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// A few words of the customers.
    pub name: String,
    /// A search that lists them within the same timeframe: the conditions that were asked with are in it.
    pub query: String,
    /// How many are about it: each conversation is in one topic, or in none.
    pub conversations: u64,
    /// Their share of what was read, in percent.
    pub percent: f64,
    /// How many that search finds: these, and such as are about another topic more.
    pub found: u64,
    /// How many were about it in the time before, where there is one.
    pub before: Option<u64>,
    /// What came or went since; `None` where nothing is compared.
    pub change: Option<i64>,
    /// There was none in the time before, of which something was read.
    pub new: bool,
    /// At most three of them.
    pub examples: Vec<TopicExample>,
}

/// The time that a timeframe is compared with, as understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicsBefore {
    /// The time.
    pub window: Interval,
    /// How many conversations match in it.
    pub total: u64,
    /// How many of them were read.
    pub read: u64,
    /// How many of those are in topics beyond the limit.
    pub in_left_out: u64,
    /// How many of those are in no topic.
    #[serde(rename = "in_no_topic")]
    pub in_none: u64,
}

/// What conversations are about. The conversations of the topics, those in topics left out, and those in none add up to
/// what was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicsReply {
    /// The topics, the largest first.
    pub topics: Vec<Topic>,
    /// How many conversations match.
    pub total: u64,
    /// How many conversations were read: evenly chosen ones, where there was no time to read all.
    pub read: u64,
    /// How many conversations are in no topic.
    #[serde(rename = "in_no_topic")]
    pub in_none: u64,
    /// Their share of what was read, in percent.
    #[serde(rename = "percent_in_no_topic")]
    pub percent_in_none: f64,
    /// Topics beyond the limit.
    #[serde(rename = "topics_left_out")]
    pub left_out: u64,
    /// How many conversations are in those.
    pub in_left_out: u64,
    /// The time that they are compared with.
    pub before: Option<TopicsBefore>,
    /// The verdict on the time asked about, from the beginning of the earlier window to the end of the later one.
    pub sync_info: SyncInfo,
    /// The window as understood.
    pub window: Interval,
    /// Conditions that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}

/// Returns a share in percent, to a tenth.
#[must_use]
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1_000.0 / whole as f64).round() / 10.0 }
}
