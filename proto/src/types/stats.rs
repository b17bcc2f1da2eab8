//! Counts and response times.

use serde::{Deserialize, Serialize};

use crate::fields::Field;
use crate::timestamp::{Interval, Timestamp};
use crate::types::{Question, Summary, SyncInfo, SyncTicket, Unknown};

/// What conversations are put together by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// All of them together.
    #[default]
    Whole,
    /// Spans of time: each from one of these instants to before the next, at most 5,000 of them, ascending. The last one
    /// goes on to the end of the timeframe, which the daemon alone knows where that is now. The client
    /// knows the user's zone, so it says where days begin. A conversation is in the span of its creation; of its last
    /// change, where the question is about that; in each in which something happened, where it is about activity.
    Time(Vec<Timestamp>),
    /// Each value of a field: a conversation with several is in each. Of the assignee that is the admin, else the team; of
    /// the customer the first contact.
    Field(Field),
}

/// Asks for counts and response times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsRequest {
    /// Of which conversations.
    pub question: Question,
    /// What they are put together by.
    pub grouping: Grouping,
    /// Most groups wanted, the largest ones, at most 10,000; spans of time are all returned.
    pub limit: u32,
    /// How many of those that have waited longest for an answer are wanted; at most 100.
    pub waiting: u32,
}

/// How a quantity is spread: nearest-rank percentiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Of how many conversations it is known; at least one.
    pub count: u64,
    /// All of them added up.
    pub sum: u64,
    /// The least.
    pub min: u64,
    /// Half of them are at most this.
    pub median: u64,
    /// Nine tenths are at most this.
    pub p90: u64,
    /// 95 of a hundred are at most this.
    pub p95: u64,
    /// The most.
    pub max: u64,
}

/// What is counted and measured of some conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many there are.
    pub conversations: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many are snoozed.
    pub snoozed: u64,
    /// How many are closed.
    pub closed: u64,
    /// Messages in all.
    pub messages: u64,
    /// Open ones in which a contact asked, and neither a teammate nor a bot has ever answered.
    pub unanswered: u64,
    /// Open ones in which the contact spoke last.
    pub waiting: u64,
    /// How many a bot answered, whether or not a teammate did, too.
    pub answered_by_bot: u64,
    /// How many were opened again after a close.
    pub reopened: u64,
    /// Messages in a conversation; `None` where there is none.
    pub messages_each: Option<Spread>,
    /// Seconds from a contact's first question to a teammate's first answer; bots, notes and truncated conversations do
    /// not count, and a question that was closed without an answer is none. By responder: where that one answered first.
    /// `None` where there is none.
    pub first_response: Option<Spread>,
    /// The same of every answer to what no teammate had answered before. By responder: of that one's.
    pub response: Option<Spread>,
    /// Seconds from creation to the first close, of conversations that were ever closed; `None` where there is none.
    pub time_to_first_close: Option<Spread>,
    /// Seconds from creation to the last close, of closed conversations; `None` where there is none.
    pub time_to_close: Option<Spread>,
}

/// Conversations that have something in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The value, of people and teams their id; `None`: those that have none, or a span of time.
    pub key: Option<String>,
    /// What people call it: the value as it is spelt, the teammate's name, the contact's address or name.
    pub name: Option<String>,
    /// The span of time, up to the first instant after it.
    pub span: Option<Interval>,
    /// What is counted of them.
    pub figures: Figures,
}

/// An open conversation whose last word is a contact's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its header; the snippet is the beginning of the last message.
    pub conversation: Summary,
    /// When the contact wrote what nobody has answered since.
    pub since: Timestamp,
}

/// Counts and response times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsReply {
    /// Of all that was asked about, each conversation once.
    pub total: Figures,
    /// Of each group: spans of time in order, others the largest first.
    pub groups: Vec<Group>,
    /// Groups that there are beyond the limit.
    pub left_out: u64,
    /// Those that have waited longest.
    pub waiting: Vec<Waiting>,
    /// The window as understood.
    pub window: Interval,
    /// Conditions that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The verdict on the window.
    pub sync_info: SyncInfo,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}
