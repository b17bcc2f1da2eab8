//! `conversation_stats`: counts and response times, in groups.

use chrono::{Local, Utc};
use proto::Timestamp;
use proto::fields::FIELDS;
use proto::timeframe::{Every, edges};
use proto::types::{Field, Grouping, StatsRequest, Window};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::search;
use super::stats_answer;
use super::{Answer, Call, status};
use crate::budget::Room;
use crate::error::Error;
use crate::progress;
use crate::question::Filters;
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"timeframe": "last 7 days", "group_by": "day"}"#;
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
/// Most groups that can be paged through; a reply of the daemon has all up to the page.
pub(super) const MOST_GROUPS: u32 = 5_000;

/// Of which conversations, and in which groups. Everything is optional; what is given must all hold.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    /// day, week (from Monday; user's zone), month; or a field: tag, assignee, responder (who answered), team, state,
    /// channel, rating, priority, sla, ai, company, domain, customer, attr.NAME. Unless given: only the total.
    group_by: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    /// Most groups on one page: 20 unless given, 100 of days and weeks; at most 100.
    limit: Option<u32>,
    /// `next_page` of the previous answer, with its other arguments unchanged.
    page: Option<String>,
    /// How many of the open conversations that wait longest for an answer to name: none unless given, at most 20.
    waiting: Option<u32>,
    /// Seconds to wait for a sync where the data is stale: 20 unless given, at most 40.
    wait_seconds: Option<u32>,
}

/// What conversations are put together by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum GroupBy {
    #[default]
    None,
    Spans(Every),
    Field(Field),
}

/// The spans of time that can be asked for.
const SPANS: [(&str, Every); 3] = [("day", Every::Day), ("week", Every::Week), ("month", Every::Month)];

impl GroupBy {
    /// Reads what a model asked for.
    fn read(text: &str) -> Result<Self, Error> {
        let word = text.trim();
        if word.is_empty()
            || ["any", "all", "*", "none", "null"].iter().any(|none| none.eq_ignore_ascii_case(word))
        {
            return Ok(Self::None);
        }
        if let Some((_, every)) = SPANS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
            return Ok(Self::Spans(*every));
        }
        Field::named(word).filter(Field::can_group).map(Self::Field).ok_or_else(|| {
            let fields = FIELDS.iter().filter(|info| info.field.can_group());
            let fields = fields.filter(|info| !matches!(info.field, Field::Attribute(_) | Field::Contact(_)));
            let known: Vec<&str> =
                SPANS.iter().map(|(name, _)| *name).chain(fields.map(|info| info.name)).collect();
            Error::arguments(format!(
                "`group_by`: there is no {:?}; it is {} or attr.NAME, e.g. {EXAMPLE}",
                text::one_line(word, 60),
                known.join(", ")
            ))
        })
    }

    fn name(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Spans(every) => {
                SPANS.iter().find(|(_, known)| known == every).map_or("hour", |(name, _)| name).to_owned()
            }
            Self::Field(field) => field.to_string(),
        }
    }

    /// Says whether the groups are spans of time.
    const fn is_of_time(&self) -> bool {
        matches!(self, Self::Spans(_))
    }
}

/// Which groups are on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// What they are groups by.
    pub(super) group_by: GroupBy,
    /// How many come before it.
    pub(super) offset: u32,
    /// How many are wanted.
    pub(super) limit: u32,
}

impl Page {
    /// Returns what to ask with for the groups after this many. It is no number alone, which agents would make up.
    pub(super) fn cursor(&self, offset: u64) -> String {
        format!("{}:{offset}", self.group_by.name())
    }

    fn offset(cursor: &str, group_by: &GroupBy) -> Option<u32> {
        let offset = cursor.strip_prefix(&group_by.name())?.strip_prefix(':')?;
        offset.parse().ok().filter(|offset| *offset < MOST_GROUPS)
    }
}

impl Arguments {
    fn page(&self) -> Result<Page, Error> {
        let group_by = self.group_by.as_deref().map_or(Ok(GroupBy::None), GroupBy::read)?;
        let limit = match self.limit {
            Some(0) => return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}"))),
            Some(limit) => limit.min(MOST),
            None if group_by.is_of_time() => MOST,
            None => DEFAULT_LIMIT,
        };
        let offset = match self.page.as_deref() {
            None => 0,
            Some(page) => Page::offset(page, &group_by).ok_or_else(|| {
                Error::arguments(format!(
                    "`page` is not the `next_page` of an earlier answer with the same `group_by`; leave it out to begin \
                     with the first groups, e.g. {EXAMPLE}"
                ))
            })?,
        };
        Ok(Page { group_by, offset, limit })
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let until = Instant::now() + search::wait(arguments.wait_seconds);
    let page = arguments.page()?;
    let (question, notes) = arguments.filters.question(&Local::now())?;
    let request = &StatsRequest {
        grouping: grouping(&page.group_by, question.window, call).await?,
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
    stats_answer::answer((&reply, &notes), &page, request.question.by, room, &Local)
}

async fn grouping(group_by: &GroupBy, window: Window, call: &Call<'_>) -> Result<Grouping, Error> {
    Ok(match group_by {
        GroupBy::None => Grouping::Whole,
        GroupBy::Field(field) => Grouping::Field(field.clone()),
        GroupBy::Spans(every) => Grouping::Time(spans(*every, window, call).await?),
    })
}

/// Returns where the spans of a window begin in the user's zone, from the history that is kept to the present at most.
async fn spans(every: Every, window: Window, call: &Call<'_>) -> Result<Vec<Timestamp>, Error> {
    let start = match window.start {
        Some(start) => start,
        None => status::current(call.daemon).await?.horizon,
    };
    let now = Timestamp::from(Utc::now());
    let end = window.end.unwrap_or(now).min(now);
    let spans = edges(every, start, end, &Local).map_err(|error| Error::arguments(error.to_string()))?;
    if spans.is_empty() {
        return Err(Error::arguments(format!(
            "the timeframe begins at {start}, which is not in the past; e.g. {EXAMPLE}"
        )));
    }
    Ok(spans)
}
