//! Counts and response times in JSON.

use serde::Serialize;

use super::search::{Summary, Unknown};
use super::{Span, SyncInfo};
use crate::types;

/// How a quantity is spread: nearest-rank percentiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spread {
    /// Of how many conversations it is known.
    pub count: u64,
    /// The arithmetic mean.
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

impl From<types::Spread> for Spread {
    fn from(spread: types::Spread) -> Self {
        let types::Spread { count, sum, min, median, p90, p95, max } = spread;
        // Exact up to 2^53, which is 285 million years of seconds.
        let mean = (sum as f64 / count.max(1) as f64 * 10.0).round() / 10.0;
        Self { count, mean, min, median, p90, p95, max }
    }
}

/// What is counted and measured of some conversations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figures {
    /// How many there are.
    pub conversations: u64,
    /// How many of them are open now.
    pub open: u64,
    /// How many are snoozed now.
    pub snoozed: u64,
    /// How many are closed now.
    pub closed: u64,
    /// Messages in all.
    pub messages: u64,
    /// Open ones in which a customer asked, and neither a teammate nor a bot has ever answered.
    pub unanswered: u64,
    /// Open ones in which the customer spoke last.
    pub waiting: u64,
    /// How many a bot answered, whether or not a teammate did, too.
    pub answered_by_bot: u64,
    /// How many were opened again after a close.
    pub reopened: u64,
    /// Messages in a conversation; null where there is none.
    pub messages_each: Option<Spread>,
    /// Seconds from a customer's first question to a teammate's first answer; null where there is none.
    pub first_response_seconds: Option<Spread>,
    /// The same of every answer; by responder of that one's. Null where there is none.
    pub response_seconds: Option<Spread>,
    /// Seconds from creation to the first close; null where there is none.
    pub time_to_first_close_seconds: Option<Spread>,
    /// Seconds from creation to the last close, of closed conversations; null where there is none.
    pub time_to_close_seconds: Option<Spread>,
}

impl From<types::Figures> for Figures {
    fn from(figures: types::Figures) -> Self {
        Self {
            conversations: figures.conversations,
            open: figures.open,
            snoozed: figures.snoozed,
            closed: figures.closed,
            messages: figures.messages,
            unanswered: figures.unanswered,
            waiting: figures.waiting,
            answered_by_bot: figures.answered_by_bot,
            reopened: figures.reopened,
            messages_each: figures.messages_each.map(Spread::from),
            first_response_seconds: figures.first_response.map(Spread::from),
            response_seconds: figures.response.map(Spread::from),
            time_to_first_close_seconds: figures.time_to_first_close.map(Spread::from),
            time_to_close_seconds: figures.time_to_close.map(Spread::from),
        }
    }
}

/// Conversations that have something in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The value, of people and teams their id; of a query its words; null: those that have none, or a span of time.
    pub key: Option<String>,
    /// `person` or `team`; null where it is neither, or a bot, or somebody who has left.
    pub kind: Option<&'static str>,
    /// What people call it: the value as it is spelt, the teammate's name, the customer's address or name.
    pub name: Option<String>,
    /// The span of time, where they are put together by that.
    pub span: Option<Span>,
    /// What is counted of them.
    #[serde(flatten)]
    pub figures: Figures,
    /// The same in the time compared with; null where nothing is compared, and of spans of time.
    pub before: Option<Figures>,
}

/// An open conversation whose last word is a contact's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waiting {
    /// Its header.
    pub conversation: Summary,
    /// When the contact wrote what nobody has answered since, RFC 3339, UTC.
    pub since: String,
    /// For how many seconds it has waited.
    pub waited_seconds: u64,
    /// What the contact wrote last, on one line and cut.
    pub said: String,
}

/// The time compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsBefore {
    /// The timeframe.
    pub window: Span,
    /// Of all that was asked about, within it.
    pub total: Figures,
}

/// Counts and response times.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsReply {
    /// Of all that was asked about, each conversation once.
    pub total: Figures,
    /// The time compared with; null where nothing is compared.
    pub before: Option<StatsBefore>,
    /// Of each group: spans of time in order, others the largest first.
    pub groups: Vec<Group>,
    /// Groups that there are beyond these.
    pub groups_left_out: u64,
    /// Those that have waited longest for an answer, where they were asked for.
    pub waiting: Vec<Waiting>,
    /// The business hours that lengths of time count alone, in words; null: they count all that passes.
    pub business_hours: Option<String>,
    /// How fresh and complete this answer is.
    pub sync_info: SyncInfo,
    /// The timeframe as understood.
    pub window: Span,
    /// Conditions that nothing fulfils, with what may have been meant.
    pub unknown: Vec<Unknown>,
}

impl From<&types::StatsReply> for StatsReply {
    fn from(reply: &types::StatsReply) -> Self {
        let group = |group: &types::Group| Group {
            key: group.key.clone(),
            kind: group.kind.map(types::GroupKind::as_str),
            name: group.name.clone(),
            span: group.span.map(Span::from),
            figures: Figures::from(group.figures),
            before: group.before.map(Figures::from),
        };
        let waiting = |waiting: &types::Waiting| Waiting {
            conversation: Summary::from(&waiting.conversation),
            since: waiting.since.to_rfc3339(),
            waited_seconds: waiting.seconds,
            said: waiting.said.clone(),
        };
        Self {
            total: Figures::from(reply.total),
            before: reply.before.map(|before| StatsBefore {
                window: Span::from(before.window),
                total: Figures::from(before.total),
            }),
            groups: reply.groups.iter().map(group).collect(),
            groups_left_out: reply.left_out,
            waiting: reply.waiting.iter().map(waiting).collect(),
            business_hours: reply.business_hours.clone(),
            sync_info: SyncInfo::from(&reply.sync_info),
            window: Span::from(reply.window),
            unknown: reply.unknown.iter().map(Unknown::from).collect(),
        }
    }
}
