//! `search_conversations`.

use std::time::Duration;

use chrono::Local;
use proto::types::{SearchReply, SearchRequest, Sort, TimeField};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::lines::{freshness, header, line, span};
use super::{Answer, Call};
use crate::answers::{self, Found};
use crate::arguments::Notes;
use crate::budget::{self, Room};
use crate::error::Error;
use crate::progress;
use crate::question::{Filters, unknown, when};
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"query": "refund", "timeframe": "last 7 days", "limit": 20}"#;
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
/// How long an agent waits for a stale window unless it says otherwise, in seconds.
const DEFAULT_WAIT: u32 = 20;
/// Longest wait, in seconds, whatever was asked for: many clients give up on a call after a minute, and most of them
/// though they are told of its progress. A sync goes on without its waiter, and can be waited for again.
const LONGEST_WAIT: u32 = 40;

/// What to look for. Everything is optional; what is given must all hold.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    #[serde(flatten)]
    filters: Filters,
    /// "newest" (last changed first; unless given) or "relevance" (best match of `query` first).
    sort: Option<Order>,
    /// Most on one page: 20 unless given, at most 100.
    limit: Option<u32>,
    /// `next_page` of the previous answer, with its other arguments unchanged.
    page: Option<String>,
    /// Seconds to wait for a sync where the data is stale: 20 unless given, at most 40; 0 answers at once.
    wait_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Order {
    Newest,
    Relevance,
}

/// Returns how long a call waits that asks for so many seconds, or for none in particular.
pub(super) fn wait(seconds: Option<u32>) -> Duration {
    Duration::from_secs(seconds.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT).into())
}

impl Arguments {
    fn request(&self) -> Result<(SearchRequest, Vec<String>), Error> {
        if self.limit == Some(0) {
            return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}")));
        }
        let (question, notes) = self.filters.question(&Local::now())?;
        let request = SearchRequest {
            question,
            sort: match self.sort {
                None | Some(Order::Newest) => Sort::Newest,
                Some(Order::Relevance) => Sort::Relevance,
            },
            limit: self.limit.unwrap_or(DEFAULT_LIMIT).min(MOST),
            page: self.page.clone(),
        };
        Ok((request, notes))
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let (request, notes) = arguments.request()?;
    let room = if request.limit > DEFAULT_LIMIT { Room::More } else { Room::Usual };
    let until = Instant::now() + wait(arguments.wait_seconds);
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
    readable(reply, (&request, &notes), room, call).await
}

/// Returns the answer; where it does not fit, that of a page with fewer conversations, which is asked for anew: only the
/// daemon knows where the next one then begins.
async fn readable(
    mut reply: SearchReply,
    (request, notes): (&SearchRequest, &[String]),
    room: Room,
    call: &Call<'_>,
) -> Result<Answer, Error> {
    loop {
        let notes: Notes = notes.iter().chain(&reply.notes).map(|note| answers::note(note)).collect();
        let build = |shown| {
            let found = Found::new(&reply, shown);
            Ok(Answer::new(describe(&found, request.question.by), &found)?.with(&notes))
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
        None if found.cut_short => {
            "Not all conversations were looked at in the time for one answer".to_owned()
        }
        None if found.next_page.is_none() => "The last conversations that match".to_owned(),
        None => "More conversations match than are counted".to_owned(),
    };
    text += &format!(", {shown} on this page, {} from {}.\n", when(by), span(&found.window));
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
        let seconds = [None, Some(0), Some(40), Some(600)].map(|asked| wait(asked).as_secs());
        assert_eq!(seconds, [20, 0, 40, 40]);
        // The question before the wait and the one after it may each take its time.
        assert!(super::super::LONGEST_CALL < Duration::from_secs(60));
        assert!(
            super::super::LONGEST_CALL > Duration::from_secs(LONGEST_WAIT.into()) + Duration::from_secs(10)
        );
    }
}
