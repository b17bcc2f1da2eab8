//! `topics`: what customers write about, and how that changed.

use chrono::{DateTime, Local, TimeZone};
use proto::Timestamp;
use proto::timeframe::parse_timeframe;
use proto::types::{Compare, TimeField, TopicsRequest, Window};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::{Answer, Call, search, topics_answer};
use crate::arguments::is_nothing;
use crate::error::Error;
use crate::progress;
use crate::question::Filters;

pub(super) const EXAMPLE: &str = r#"{"timeframe": "last 7 days", "compare": "previous"}"#;
/// Topics where no more are asked for.
pub(super) const DEFAULT_LIMIT: u32 = 12;
const MOST: u32 = 50;
/// The parameters that agents are told of.
pub(super) const LISTED: [&str; 4] = ["query", "timeframe", "compare", "limit"];

/// Of which conversations. Everything is optional; what is given must all hold. `time` is "created" unless given.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    #[serde(flatten)]
    filters: Filters,
    /// "previous" (the same length of time before; unless given, where it is kept), another timeframe, or "none".
    compare: Option<String>,
    /// Most topics: 12 unless given, at most 50.
    limit: Option<u32>,
    /// Seconds to wait for a sync where the data is stale: 20 unless given, at most 40.
    wait_seconds: Option<u32>,
}

impl Arguments {
    fn request<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Result<(TopicsRequest, Vec<String>), Error> {
        let (mut question, notes) = self.filters.question(now)?;
        if !self.filters.has_time() {
            question.by = TimeField::Created;
        }
        let limit = match self.limit {
            Some(0) => return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}"))),
            limit => limit.unwrap_or(DEFAULT_LIMIT).min(MOST),
        };
        Ok((TopicsRequest { question, compare: compare(self.compare.as_deref(), now)?, limit }, notes))
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let until = Instant::now() + search::wait(arguments.wait_seconds);
    let (request, notes) = &arguments.request(&Local::now())?;
    let reply = call
        .progress
        .tell(progress::STALE, |reports| {
            call.daemon.ask(move |client| {
                let reports = reports.clone();
                async move {
                    let wait = until.saturating_duration_since(Instant::now());
                    client.topics_fresh(request, wait, |report| drop(reports.send(report.clone()))).await
                }
            })
        })
        .await?;
    let more = request.limit > DEFAULT_LIMIT;
    Ok(topics_answer::answer(&reply, request.question.by, more)?.with(notes))
}

fn compare<Tz: TimeZone>(words: Option<&str>, now: &DateTime<Tz>) -> Result<Compare, Error> {
    let words =
        words.map(|words| words.trim().to_lowercase()).filter(|words| !is_nothing(words) || words == "none");
    Ok(match words.as_deref() {
        None => Compare::PreviousIfKept,
        Some("none") => Compare::Nothing,
        Some("previous") => Compare::Previous,
        Some(words) => {
            let read = parse_timeframe(words, now)
                .map_err(|error| Error::arguments(format!("`compare`: {error}; e.g. {EXAMPLE}")))?;
            Compare::With(Window {
                start: read.start.map(Timestamp::from),
                end: read.end.map(Timestamp::from),
            })
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::Utc;
    use serde_json::json;

    use super::*;

    #[test]
    fn conversations_count_by_their_creation_and_are_compared_with_the_time_before_unless_told_otherwise() {
        let request = |given: serde_json::Value| {
            serde_json::from_value::<Arguments>(given)
                .unwrap()
                .request(&Utc::now())
                .map(|(request, _)| request)
        };
        let usual = request(json!({"timeframe": "last 7 days"})).unwrap();
        let expected = (TimeField::Created, Compare::PreviousIfKept, DEFAULT_LIMIT);
        assert_eq!((usual.question.by, usual.compare, usual.limit), expected);
        let told = request(json!({"time": "activity", "compare": "none", "limit": 500})).unwrap();
        assert_eq!(
            (told.question.by, told.compare, told.limit),
            (TimeField::Activity, Compare::Nothing, MOST)
        );
        assert!(matches!(request(json!({"compare": "yesterday"})).unwrap().compare, Compare::With(_)));
        let unreadable = request(json!({"compare": "lasst wek"})).unwrap_err().to_string();
        assert!(unreadable.starts_with("`compare`"), "{unreadable}");
    }
}
