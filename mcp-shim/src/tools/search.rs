//! `search_conversations`.

use std::time::Duration;

use chrono::Local;
use proto::types::{Explanation, SearchReply, SearchRequest, Similar, Sort, TimeField};
use schemars::JsonSchema;
use serde::Deserialize;

use super::lines::{freshness, header, line, quoted, span, summary};
use super::{Answer, Call};
use crate::answers::{self, Found};
use crate::arguments::Notes;
use crate::budget::{self, Room};
use crate::error::Error;
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
    /// Seconds to wait for a sync where the data is stale: 20 unless given, at most 40.
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
    let asked = &request;
    let reply = call
        .ask_fresh(arguments.wait_seconds, |client, wait, reports| async move {
            client.search_fresh(asked, wait, |report| drop(reports.send(report.clone()))).await
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
            let mut found = Found::new(&reply, shown);
            loop {
                let answer = Answer::new(describe(&found, request.question.by), &found)?.with(&notes);
                let explained = found.explanation.as_mut().filter(|_| !answer.fits(room));
                if !explained.is_some_and(answers::shorten_explanation) {
                    return Ok(answer);
                }
            }
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
    let nearest = found.explanation.as_ref().and_then(|explanation| explanation.nearest.as_ref());
    text += &found.explanation.as_ref().map(explained).unwrap_or_default();
    if shown > 0 || nearest.is_some() {
        text += text::QUOTED;
        text.push('\n');
    }
    for conversation in &found.conversations {
        text.push('\n');
        text += &header(conversation);
    }
    for example in nearest.iter().flat_map(|nearest| &nearest.hits) {
        text += "\nNot a match, but near: ";
        text += &summary(example);
    }
    if let Some(links) = &found.links {
        text += &format!("\nLinks: {}\n", line(links));
    }
    if let Some(page) = &found.next_page {
        text += &format!("\nMore: call again with the same arguments and \"page\": \"{}\"\n", line(page));
    }
    text
}

/// Returns what each piece of a search that found nothing finds by itself, and the nearest search that finds something.
fn explained(explanation: &Explanation) -> String {
    let count = |conversations: u64, at_least: bool| match (conversations, at_least) {
        (0, true) => "not counted in time".to_owned(),
        (some, true) => format!("at least {}", text::count(some, "conversation")),
        (some, false) => text::count(some, "conversation"),
    };
    let mut lines = String::new();
    for piece in &explanation.pieces {
        lines += &format!("{} alone: {}", quoted(&piece.text), count(piece.conversations, piece.at_least));
        let meant = |similar: &Similar| {
            format!("{} ({})", quoted(&similar.word), count(similar.conversations, similar.at_least))
        };
        if !piece.similar.is_empty() {
            let meant = piece.similar.iter().map(meant).collect::<Vec<_>>().join(" or ");
            lines += &format!("; did you mean {meant}? Search again with that");
        }
        lines += ".\n";
    }
    if let Some(nearest) = &explanation.nearest {
        let count = count(nearest.conversations, nearest.at_least);
        lines += &format!("The nearest search that finds something: {}, {count}.\n", quoted(&nearest.query));
    }
    lines
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
