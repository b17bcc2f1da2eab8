//! `search_conversations`.

use std::time::Duration;

use chrono::Local;
use proto::types::{SearchReply, SearchRequest, Sort, TimeField};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::lines::{freshness, header, line, span};
use super::{Answer, Call, read};
use crate::answers::Found;
use crate::budget::{self, Room};
use crate::error::Error;
use crate::progress;
use crate::question::{Filters, unknown, when};
use crate::text;
use crate::window::{Asked, given};

const EXAMPLE: &str = r#"{"query": "refund", "timeframe": "last 7 days", "limit": 20}"#;
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
/// How long an agent waits for a stale window unless it says otherwise, in seconds.
pub(super) const DEFAULT_WAIT: u32 = 20;
/// Longest wait, in seconds, whatever was asked for: many clients give up on a call after a minute, and most of them
/// though they are told of its progress. A sync goes on without its waiter, and can be waited for again.
pub(super) const LONGEST_WAIT: u32 = 40;

/// What to look for. Everything is optional; what is given must all hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    /// Words that must all occur in the texts. `"a phrase"`, `prefix*`, `-excluded` and `this OR that` work, and so do
    /// conditions, excluded by a `-` before them: `tag:billing`, `-tag:spam`, `from:ada@example.com`, `state:open`,
    /// `assignee:"Kim Ode"`, `after:yesterday`, `before:2026-10-01`, `during:"last week"`. Leave it out to list every
    /// conversation that the other arguments allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    query: Option<String>,
    /// When something happened in the conversation, in words, in the user's time zone: "today", "yesterday",
    /// "last 24 hours", "last 7 days", "this week", "last month", "Q3 2026", "since Monday",
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
    /// What the timeframe is about: "activity" (anything that happened in the conversation, unless given), "created" or
    /// "updated" (the last change).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["activity", "created", "updated"]))]
    by: Option<String>,
    /// Only conversations with the contact of this e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    customer_email: Option<String>,
    /// Only conversations in this state.
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
    /// The order: "newest" (last changed first, unless given) or "relevance" (best match of `query` first).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["newest", "relevance"]))]
    sort: Option<String>,
    /// Most conversations on one page, 20 unless given, at most 100. A page may have fewer, to stay readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `next_page` of the previous answer, to continue it; repeat its other arguments unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    page: Option<String>,
    /// How many seconds to wait for a sync when the data is stale, 20 unless given, at most 40; 0 answers at once with what
    /// is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(max = 40))]
    wait_seconds: Option<u32>,
}

impl Arguments {
    fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT).into())
    }

    fn request(&self) -> Result<SearchRequest, Error> {
        if self.limit == Some(0) {
            return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}")));
        }
        let sort = match given(self.sort.as_deref()).map(str::to_ascii_lowercase).as_deref() {
            None | Some("newest") => Sort::Newest,
            Some("relevance") => Sort::Relevance,
            Some(other) => {
                return Err(Error::arguments(format!(
                    "`sort`: there is no {other:?}; it is \"newest\" or \"relevance\", e.g. {{\"sort\": \"relevance\"}}"
                )));
            }
        };
        let filters = Filters {
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
        };
        Ok(SearchRequest {
            question: filters.question(&Local::now())?,
            sort,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT).min(MOST),
            page: given(self.page.as_deref()).map(str::to_owned),
        })
    }
}

pub(super) async fn call(arguments: JsonObject, call: &Call<'_>) -> Result<Answer, Error> {
    let arguments: Arguments = read(arguments, EXAMPLE)?;
    let request = arguments.request()?;
    let room = if request.limit > DEFAULT_LIMIT { Room::More } else { Room::Usual };
    let until = Instant::now() + arguments.wait();
    let asked = &request;
    let reply = call
        .progress
        .tell(progress::STALE, |reports| {
            call.daemon.ask(move |client| {
                let reports = reports.clone();
                async move {
                    let wait = until.saturating_duration_since(Instant::now());
                    client.search_fresh(asked, wait, |report| drop(reports.send(report.clone()))).await
                }
            })
        })
        .await?;
    readable(reply, &request, room, call).await
}

/// Returns the answer; where it does not fit, that of a page with fewer conversations, which is asked for anew: only the
/// daemon knows where the next one then begins.
async fn readable(
    mut reply: SearchReply,
    request: &SearchRequest,
    room: Room,
    call: &Call<'_>,
) -> Result<Answer, Error> {
    loop {
        let build = |shown| {
            let found = Found::new(&reply, shown);
            Answer::new(describe(&found, request.question.by), &found)
        };
        let all = reply.hits.len();
        let (fit, answer) = budget::most(1, all, build, |answer| answer.fits(room))?;
        if fit >= all {
            return Ok(answer);
        }
        let limit = u32::try_from(fit).unwrap_or(MOST);
        let fewer = &SearchRequest { limit, ..request.clone() };
        reply = call.daemon.ask(|client| async move { client.search(fewer).await }).await?;
    }
}

fn describe(found: &Found, by: TimeField) -> String {
    let shown = found.conversations.len();
    let mut text = match found.total {
        Some(total) => {
            format!("{} {}", text::count(total, "conversation"), if total == 1 { "matches" } else { "match" })
        }
        None => "More conversations match than are counted".to_owned(),
    };
    text += &format!(", {shown} on this page, {} from {}.\n", when(by), span(&found.window));
    if found.cut_short {
        text += "Too many matches to look at each in time, so some may be missing. Narrow it down.\n";
    }
    text += &unknown(&found.unknown);
    text += &freshness(&found.sync_info);
    if shown > 0 {
        text += text::QUOTED;
        text.push('\n');
    }
    for conversation in &found.conversations {
        text.push('\n');
        text += &header(conversation);
    }
    if let Some(page) = &found.next_page {
        text += &format!("\nMore: call again with the same arguments and \"page\": \"{}\"\n", line(page));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_comes_near_the_minute_after_which_clients_give_up_whatever_is_asked_for() {
        let wait = |wait_seconds| Arguments { wait_seconds, ..Arguments::default() }.wait().as_secs();
        assert_eq!([None, Some(0), Some(40), Some(600)].map(wait), [20, 0, 40, 40]);
        // The question before the wait and the one after it may each take its time.
        assert!(super::super::LONGEST_CALL < Duration::from_secs(60));
        assert!(
            super::super::LONGEST_CALL > Duration::from_secs(LONGEST_WAIT.into()) + Duration::from_secs(10)
        );
    }
}
