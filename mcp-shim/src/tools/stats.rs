//! `conversation_stats`: counts and, where they are asked for, lengths of time, in groups and against another time.

use chrono::Local;
use proto::types::{Compare, Measure, StatsRequest, TimeField};
use schemars::JsonSchema;
use serde::Deserialize;

use super::grouping::{GroupBy, Page};
use super::stats_answer;
use super::{Answer, Call};
use crate::budget::Room;
use crate::error::Error;
use crate::question::{Filters, compare};

pub(super) const EXAMPLE: &str = r#"{"timeframe": "last 7 days", "group_by": "day"}"#;
/// The parameters that agents are told of.
pub(super) const LISTED: [&str; 11] = [
    "query",
    "timeframe",
    "time",
    "group_by",
    "queries",
    "measure",
    "business_hours",
    "compare",
    "waiting",
    "limit",
    "page",
];
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
const MOST_WAITING: u32 = 20;

/// Of which conversations, and in which groups. Everything is optional; what is given must all hold. `time` is "created"
/// unless given.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    /// day, week (from Monday; user's zone), 7days, month, hour_of_day, weekday; or a field: tag, assignee, responder (who
    /// answered), team, state, channel, rating, priority, sla, ai, company, domain, customer, attr.NAME.
    group_by: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    /// Instead of `group_by`, a group for each line "name = query", up to 20.
    #[schemars(extend("several" = true))]
    queries: Option<String>,
    /// Times wanted: some of first_response, response (every answer; "who is fastest"), close; or all.
    measure: Option<String>,
    /// Measure in business hours alone, where syncd is configured with them.
    business_hours: Option<bool>,
    /// "previous" (the same length of time before) or another timeframe.
    compare: Option<String>,
    /// Most groups on one page: 20 unless given, at most 100.
    limit: Option<u32>,
    /// `next_page` of the previous answer, with its other arguments unchanged.
    page: Option<String>,
    /// Also name so many of those counted that wait longest for an answer, with the customer's last words: at most 20.
    waiting: Option<u32>,
    /// Seconds to wait for a sync where the data is stale: 20 unless given, at most 40.
    wait_seconds: Option<u32>,
}

impl Arguments {
    fn page(&self) -> Result<Page, Error> {
        let group_by = self.group_by.as_deref().map_or(Ok(GroupBy::None), GroupBy::read)?;
        let queries = self
            .queries
            .as_deref()
            .map_or(Ok(GroupBy::None), |text| GroupBy::queries(text, &Local::now()))?;
        let group_by = match (group_by, queries) {
            (group_by, GroupBy::None) => group_by,
            (GroupBy::None, queries) => queries,
            _ => return Err(Error::arguments("give either `group_by` or `queries`, not both")),
        };
        let limit = match self.limit {
            Some(0) => return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}"))),
            Some(limit) => limit.min(MOST),
            None if group_by.is_short() => MOST,
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

    fn measures(&self) -> Result<Vec<Measure>, Error> {
        Measure::parse_list(self.measure.as_deref().unwrap_or_default())
            .map_err(|what| Error::arguments(format!("`measure`: {what}")))
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let (page, measures) = (arguments.page()?, arguments.measures()?);
    let now = Local::now();
    let (question, notes) = arguments.filters.question_by(TimeField::Created, &now)?;
    let request = &StatsRequest {
        grouping: page.group_by.grouping(question.window, call).await?,
        question,
        compare: compare(arguments.compare.as_deref(), &now)?.unwrap_or(Compare::Nothing),
        limit: page.offset.saturating_add(page.limit),
        waiting: arguments.waiting.unwrap_or(0).min(MOST_WAITING),
        business_hours: arguments.business_hours.unwrap_or(false),
    };
    let mut reply = call
        .ask_fresh(arguments.wait_seconds, |client, wait, reports| async move {
            client.stats_fresh(request, wait, |report| drop(reports.send(report.clone()))).await
        })
        .await?;
    reply.keep(&measures);
    let more = arguments.limit.is_some_and(|limit| limit > DEFAULT_LIMIT) || request.waiting > 0;
    let room = if more { Room::More } else { Room::Usual };
    let shape = stats_answer::Shape { page: &page, measures: &measures, by: request.question.by, room };
    stats_answer::answer((&reply, &notes), &shape, &Local)
}
