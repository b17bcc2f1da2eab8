//! `search_conversations`.

use std::time::Duration;

use chrono::Local;
use proto::types::{SearchReply, SearchRequest, Sort, State, Summary, TimeField};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::{Answer, Call};
use crate::answers::{Found, compact};
use crate::budget::{self, PAGE};
use crate::error::Error;
use crate::progress;
use crate::question::{Filters, unknown, when};
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"query": "refund", "timeframe": "last 7 days", "limit": 20}"#;
const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;
/// How long an agent waits for a stale window unless it says otherwise, in seconds.
pub(super) const DEFAULT_WAIT: u32 = 20;
/// Longest wait, in seconds: clients give up on a call sooner or later.
pub(super) const LONGEST_WAIT: u32 = 600;

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
    /// Seconds to wait for a sync where the data is stale: 20 unless given; 0 answers at once.
    wait_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Order {
    Newest,
    Relevance,
}

impl Arguments {
    fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT).into())
    }

    fn request(&self) -> Result<SearchRequest, Error> {
        if self.limit == Some(0) {
            return Err(Error::arguments(format!("`limit` is 1 to {MOST}; e.g. {EXAMPLE}")));
        }
        Ok(SearchRequest {
            question: self.filters.question(&Local::now())?,
            sort: match self.sort {
                None | Some(Order::Newest) => Sort::Newest,
                Some(Order::Relevance) => Sort::Relevance,
            },
            limit: self.limit.unwrap_or(DEFAULT_LIMIT).min(MOST),
            page: self.page.clone(),
        })
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let request = arguments.request()?;
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
    let reply = readable(reply, &request, call).await?;
    Answer::new(describe(&reply, request.question.by), &Found::from(&reply))
}

/// Returns the page, asked for anew with fewer conversations as long as it has more than fit a model's context: only
/// the daemon knows where the next one then begins.
async fn readable(
    mut reply: SearchReply,
    request: &SearchRequest,
    call: &Call<'_>,
) -> Result<SearchReply, Error> {
    loop {
        let shown: Vec<_> = reply.hits.iter().map(compact).collect();
        let fit = budget::fitting(&shown, PAGE)?;
        if fit == shown.len() {
            return Ok(reply);
        }
        let limit = u32::try_from(fit).unwrap_or(MOST);
        let fewer = &SearchRequest { limit, ..request.clone() };
        reply = call.daemon.ask(|client| async move { client.search(fewer).await }).await?;
    }
}

fn describe(reply: &SearchReply, by: TimeField) -> String {
    let shown = reply.hits.len();
    let mut text = match reply.total {
        Some(total) => {
            format!("{} {}", text::count(total, "conversation"), if total == 1 { "matches" } else { "match" })
        }
        None => "More conversations match than are counted".to_owned(),
    };
    text += &format!(
        ", {shown} on this page, {} from {} to {}.\n",
        when(by),
        reply.window.start.to_minute(),
        reply.window.end.to_minute()
    );
    if reply.cut_short {
        text += "Too many matches to look at each in time, so some may be missing. Narrow it down.\n";
    }
    text += &unknown(&reply.unknown);
    text += &freshness(&reply.sync_info);
    if shown > 0 {
        text += text::QUOTED;
        text.push('\n');
    }
    for hit in &reply.hits {
        text.push('\n');
        text += &header(hit);
        if let Some(snippet) = compact(hit).snippet.filter(|snippet| !snippet.is_empty()) {
            text += &text::quote(&snippet);
        }
    }
    if let Some(page) = &reply.next_page {
        text += &format!(
            "\nMore: call again with the same arguments and \"page\": \"{}\"\n",
            text::one_line(page, 2000)
        );
    }
    text
}

/// Returns a conversation's header as one or two lines.
pub(super) fn header(conversation: &Summary) -> String {
    let line = |text: &str| text::one_line(text, 200);
    let quoted = |text: &str| text::quote_inline(text, 200);
    let mut header = format!(
        "Conversation {} ({}), {}, created {}, last changed {}",
        line(&conversation.id),
        line(&conversation.state),
        text::count(conversation.message_count.into(), "message"),
        conversation.created_at.to_minute(),
        conversation.updated_at.to_minute(),
    );
    if let Some(customer) = &conversation.customer {
        let who = [&customer.name, &customer.email].into_iter().flatten().map(|text| quoted(text));
        header += &format!("; customer: {}", who.collect::<Vec<_>>().join(", "));
    }
    if let Some(assignee) = &conversation.assignee {
        header += &format!("; assigned to {}", line(assignee.name.as_ref().unwrap_or(&assignee.id)));
    }
    if !conversation.tags.is_empty() {
        header += &format!("; tags: {}", line(&conversation.tags.join(", ")));
    }
    if conversation.truncated {
        header += "; its oldest messages are no longer to be had from Intercom";
    }
    if let Some(title) = &conversation.title {
        header += &format!("\nTitle: {}", quoted(title));
    }
    header.push('\n');
    header
}

/// Returns what the user must know about an answer's completeness, as a line; empty when it is fresh.
pub(super) fn freshness(info: &proto::types::SyncInfo) -> String {
    if info.state == State::Fresh {
        return String::new();
    }
    let message = info.message.as_deref().unwrap_or("this answer may be incomplete");
    format!("Tell the user ({} data): {}\n", info.state.as_str(), text::one_line(message, 1000))
}
