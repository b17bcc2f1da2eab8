//! Counts and response times.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::Field;
use crate::types::{Clock, Compare, Expr, Question, Summary, SyncInfo, SyncTicket, Unknown};
use crate::wire::timestamp::{Interval, Timestamp};

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
    /// Each of these queries, at most 20, in this order: a conversation is in each that it matches.
    Queries(Vec<NamedQuery>),
    /// Hours of the day or days of the week, each of them, in order. A conversation is in those in which it would be in spans
    /// of time.
    Clock(Clock),
}

/// A query, and what its group is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedQuery {
    /// The name.
    pub name: String,
    /// What has to hold besides the question.
    pub query: Expr,
}

impl NamedQuery {
    /// Returns the name and the words of what is typed: `bugs = crash OR error`; words without a name are their own.
    #[must_use]
    pub fn split(typed: &str) -> (&str, &str) {
        // `rating:>=4` has no name.
        let at =
            typed.match_indices('=').map(|(at, _)| at).find(|at| !typed[..*at].ends_with(['<', '>', ':']));
        match at {
            Some(at) => (typed[..at].trim(), typed[at + 1..].trim()),
            None => (typed.trim(), typed.trim()),
        }
    }
}

/// Asks for counts and response times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsRequest {
    /// Of which conversations.
    pub question: Question,
    /// What they are put together by.
    pub grouping: Grouping,
    /// The time that they are compared with: of all, and of each group that is no span of time.
    pub compare: Compare,
    /// Most groups wanted, the largest ones in either time, at most 10,000; spans of time and queries are all returned.
    pub limit: u32,
    /// How many of those that have waited longest for an answer are wanted; at most 100.
    pub waiting: u32,
    /// Lengths of time count business hours alone, as the daemon is configured; else all that passes.
    pub business_hours: bool,
}

/// How a quantity is spread: nearest-rank percentiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Of how many conversations it is known; at least one.
    pub count: u64,
    /// The arithmetic mean, to a tenth.
    pub mean: f64,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many there are.
    pub conversations: u64,
    /// Of how many customers they are: of each the first contact.
    pub customers: u64,
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
    #[serde(rename = "first_response_seconds")]
    pub first_response: Option<Spread>,
    /// The same of every answer to what no teammate had answered before. By responder: of that one's.
    #[serde(rename = "response_seconds")]
    pub response: Option<Spread>,
    /// Seconds from creation to the first close, of conversations that were ever closed; `None` where there is none.
    #[serde(rename = "time_to_first_close_seconds")]
    pub time_to_first_close: Option<Spread>,
    /// Seconds from creation to the last close, of closed conversations; `None` where there is none.
    #[serde(rename = "time_to_close_seconds")]
    pub time_to_close: Option<Spread>,
}

/// What a group of conversations is put together by, where that is somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupKind {
    /// A teammate who is on the workspace's list.
    Person,
    /// A team.
    Team,
}

impl GroupKind {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Team => "team",
        }
    }
}

/// Conversations that have something in common. In JSON the figures are its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Group {
    /// The value, of people and teams their id; of a query its words; of an hour or a day its name; `None`: those that have
    /// none, or a span of time.
    pub key: Option<String>,
    /// Whether it is a person or a team; `None` where it is neither, or a bot, or somebody who has left.
    pub kind: Option<GroupKind>,
    /// What people call it: the value as it is spelt, the teammate's name, the contact's address or name.
    pub name: Option<String>,
    /// The span of time, up to the first instant after it.
    pub span: Option<Interval>,
    /// What is counted of them.
    pub figures: Figures,
    /// The same in the time compared with, where there is one and it is no span of time.
    pub before: Option<Figures>,
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            key: &'a Option<String>,
            kind: Option<GroupKind>,
            name: &'a Option<String>,
            span: Option<Interval>,
            #[serde(flatten)]
            figures: &'a Figures,
            before: &'a Option<Figures>,
        }
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        let Self { key, kind, name, span, figures, before } = self;
        Json { key, kind: *kind, name, span: *span, figures, before }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// An open conversation whose last word is a contact's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its header.
    pub conversation: Summary,
    /// When the contact wrote what nobody has answered since.
    pub since: Timestamp,
    /// For how many seconds it has waited.
    #[serde(rename = "waited_seconds")]
    pub seconds: u64,
    /// What the contact wrote last, on one line and cut; empty where it was no text.
    pub said: String,
}

/// The time that a timeframe is compared with, as understood.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatsBefore {
    /// The time.
    pub window: Interval,
    /// Of all that was asked about, within it.
    pub total: Figures,
}

/// Counts and response times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatsReply {
    /// Of all that was asked about, each conversation once.
    pub total: Figures,
    /// The time that they are compared with.
    pub before: Option<StatsBefore>,
    /// Of each group: spans of time, queries and ratings in order, others the largest first.
    pub groups: Vec<Group>,
    /// Groups that there are beyond the limit.
    #[serde(rename = "groups_left_out")]
    pub left_out: u64,
    /// Those that have waited longest.
    pub waiting: Vec<Waiting>,
    /// The business hours that lengths of time count alone, in words; `None`: they count all that passes.
    pub business_hours: Option<String>,
    /// The verdict on the window; where another one is compared with, from the beginning of the earlier to the end of the later.
    pub sync_info: SyncInfo,
    /// The window as understood.
    pub window: Interval,
    /// Conditions that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}

#[cfg(test)]
mod tests {
    use super::NamedQuery;

    #[test]
    fn a_query_has_the_name_before_it_or_is_its_own() {
        for (typed, expected) in [
            ("bugs = crash OR error", ("bugs", "crash OR error")),
            ("good=rating:>=4", ("good", "rating:>=4")),
            ("rating:>=4", ("rating:>=4", "rating:>=4")),
            (" refund ", ("refund", "refund")),
        ] {
            assert_eq!(NamedQuery::split(typed), expected);
        }
    }
}
