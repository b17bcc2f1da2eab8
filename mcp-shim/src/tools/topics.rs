//! `topics`: what customers write about, and how that changed.

use chrono::{DateTime, Local, TimeZone};
use proto::types::{Compare, TimeField, TopicsRequest};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Call, topics_answer};
use crate::error::Error;
use crate::question::{Filters, compare};

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
        let (question, notes) = self.filters.question_by(TimeField::Created, now)?;
        let limit = match self.limit {
            Some(0) => return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}"))),
            limit => limit.unwrap_or(DEFAULT_LIMIT).min(MOST),
        };
        let compare = compare(self.compare.as_deref(), now)?.unwrap_or(Compare::PreviousIfKept);
        Ok((TopicsRequest { question, compare, limit }, notes))
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let (request, notes) = &arguments.request(&Local::now())?;
    let reply = call
        .ask_fresh(arguments.wait_seconds, |client, wait, reports| async move {
            client.topics_fresh(request, wait, |report| drop(reports.send(report.clone()))).await
        })
        .await?;
    let more = request.limit > DEFAULT_LIMIT;
    Ok(topics_answer::answer(&reply, request.question.by, more)?.with(notes))
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
