//! `conversation_stats`: counts and response times, in groups.

use std::time::Duration;

use chrono::{Local, Utc};
use proto::Timestamp;
use proto::timeframe::{Every, edges};
use proto::types::{Grouping, StatsRequest, Window};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::search::{DEFAULT_WAIT, LONGEST_WAIT};
use super::stats_answer;
use super::{Answer, Call, read, status};
use crate::budget::Room;
use crate::error::Error;
use crate::progress;
use crate::question::Filters;
use crate::window::{Asked, given};

const EXAMPLE: &str = r#"{"timeframe": "last 7 days", "group_by": "day"}"#;
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
/// Most groups that can be paged through; a reply of the daemon has all up to the page.
pub(super) const MOST_GROUPS: u32 = 5_000;

/// Of which conversations, and in which groups. Everything is optional; what is given must all hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    /// What the conversations are put together by: "day" or "week" (from Monday; both in the user's time zone), "tag"
    /// (one with two tags counts in both), "assignee", "state" or "customer". Without it, only the total is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["day", "week", "tag", "assignee", "state", "customer"]))]
    group_by: Option<String>,
    /// The timeframe in words, in the user's time zone: "today", "last 7 days", "last month", "Q3 2026",
    /// "2026-10-01..2026-10-15". Use either this or `start_date` and `end_date`. Without any, all of the history counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    timeframe: Option<String>,
    /// Start of the timeframe: a date ("2026-10-01", the user's zone) or an instant ("2026-10-01T09:00:00Z").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    start_date: Option<String>,
    /// End of the timeframe, a date (that whole day counts) or an instant; without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    end_date: Option<String>,
    /// What the timeframe is about: "activity" (anything that happened in the conversation, unless given; grouped by day,
    /// a conversation then counts on each day on which something happened), "created" (count new ones, each on one
    /// day) or "updated" (the last change).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["activity", "created", "updated"]))]
    by: Option<String>,
    /// Only conversations in whose texts these words occur, with conditions such as `-tag:spam`, as in
    /// search_conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    query: Option<String>,
    /// Only conversations with the contact of this e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    customer_email: Option<String>,
    /// Only conversations that are now "open", "closed" or "snoozed".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["open", "closed", "snoozed"]))]
    state: Option<String>,
    /// Only conversations with the tag of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    tag: Option<String>,
    /// Only conversations assigned to the teammate or team of this name or id; "none": unassigned ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    assignee: Option<String>,
    /// Most groups on one page, at most 100: 20 unless given, of days and weeks 100. A page may have fewer, to stay
    /// readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_page` of the previous answer, to get the groups that follow; repeat its other arguments unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    page: Option<String>,
    /// How many of the open conversations that have waited longest for an answer to name, none unless given, at most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(max = 20))]
    waiting: Option<u32>,
    /// How many seconds to wait for a sync when the data is stale, 20 unless given, at most 40; 0 answers at once with what
    /// is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(max = 40))]
    wait_seconds: Option<u32>,
}

/// What conversations are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    Whole,
    Time(Every),
    Tag,
    Assignee,
    State,
    Customer,
}

impl GroupBy {
    fn read(text: Option<&str>) -> Result<Self, Error> {
        Ok(match given(text).map(str::to_ascii_lowercase).as_deref() {
            None => Self::Whole,
            Some("day") => Self::Time(Every::Day),
            Some("week") => Self::Time(Every::Week),
            Some("tag") => Self::Tag,
            Some("assignee") => Self::Assignee,
            Some("state") => Self::State,
            Some("customer") => Self::Customer,
            Some(other) => {
                return Err(Error::arguments(format!(
                    "`group_by`: there is no {other:?}; it is \"day\", \"week\", \"tag\", \"assignee\", \"state\" or \
                     \"customer\", e.g. {EXAMPLE}"
                )));
            }
        })
    }
}

/// Which groups are on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// How many come before it.
    pub(super) offset: u32,
    /// How many are wanted.
    pub(super) limit: u32,
}

impl Arguments {
    fn page(&self, group_by: GroupBy) -> Result<Page, Error> {
        let limit = match (self.limit, group_by) {
            (Some(0), _) => return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}"))),
            (Some(limit), _) => limit.min(MOST),
            (None, GroupBy::Time(_)) => MOST,
            (None, _) => DEFAULT_LIMIT,
        };
        let offset = match given(self.page.as_deref()) {
            None => 0,
            Some(page) => page.parse().ok().filter(|offset| *offset < MOST_GROUPS).ok_or_else(|| {
                Error::arguments(format!(
                    "`page` is not the `next_page` of an earlier answer; leave it out to begin with the first groups, \
                     e.g. {EXAMPLE}"
                ))
            })?,
        };
        Ok(Page { offset, limit })
    }

    fn filters(&self) -> Filters<'_> {
        Filters {
            query: self.query.as_deref(),
            window: Asked {
                timeframe: self.timeframe.as_deref(),
                start_date: self.start_date.as_deref(),
                end_date: self.end_date.as_deref(),
            },
            by: self.by.as_deref(),
            customer_email: self.customer_email.as_deref(),
            state: self.state.as_deref(),
            tag: self.tag.as_deref(),
            assignee: self.assignee.as_deref(),
        }
    }
}

pub(super) async fn call(arguments: JsonObject, call: &Call<'_>) -> Result<Answer, Error> {
    let arguments: Arguments = read(arguments, EXAMPLE)?;
    let wait = arguments.wait_seconds.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT);
    let until = Instant::now() + Duration::from_secs(wait.into());
    let group_by = GroupBy::read(arguments.group_by.as_deref())?;
    let page = arguments.page(group_by)?;
    let question = arguments.filters().question(&Local::now())?;
    let request = &StatsRequest {
        grouping: grouping(group_by, question.window, call).await?,
        question,
        limit: page.offset.saturating_add(page.limit),
        waiting: arguments.waiting.unwrap_or(0).min(20),
    };
    let reply = call
        .progress
        .tell(progress::STALE, |reports| {
            call.daemon.ask(move |client| {
                let reports = reports.clone();
                async move {
                    let wait = until.saturating_duration_since(Instant::now());
                    client.stats_fresh(request, wait, |report| drop(reports.send(report.clone()))).await
                }
            })
        })
        .await?;
    let more = arguments.limit.is_some_and(|limit| limit > DEFAULT_LIMIT) || request.waiting > 0;
    let room = if more { Room::More } else { Room::Usual };
    stats_answer::answer(&reply, page, (request.question.by, group_by), room, &Local)
}

async fn grouping(group_by: GroupBy, window: Window, call: &Call<'_>) -> Result<Grouping, Error> {
    Ok(match group_by {
        GroupBy::Whole => Grouping::Whole,
        GroupBy::Tag => Grouping::Tag,
        GroupBy::Assignee => Grouping::Assignee,
        GroupBy::State => Grouping::State,
        GroupBy::Customer => Grouping::Customer,
        GroupBy::Time(every) => {
            let start = match window.start {
                Some(start) => start,
                None => status::current(call.daemon).await?.horizon,
            };
            Grouping::Time(spans(every, start, window.end, Timestamp::from(Utc::now()))?)
        }
    })
}

/// Returns where the spans of a window begin in the user's zone, up to the present at most.
fn spans(
    every: Every,
    start: Timestamp,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Error> {
    let end = end.unwrap_or(now).min(now);
    let spans = edges(every, start, end, &Local).map_err(|error| Error::arguments(error.to_string()))?;
    if spans.is_empty() {
        return Err(Error::arguments(format!(
            "the timeframe begins at {start}, which is not in the past; e.g. {EXAMPLE}"
        )));
    }
    Ok(spans)
}
