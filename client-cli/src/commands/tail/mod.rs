//! `tail`: prints what comes in as it comes in. Goes on when the daemon is restarted, and catches up on what it missed.

mod seen;

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use chrono::Utc;
use clap::Args;
use proto::client::{Client, ClientError};
use proto::types::{
    Conversation, Expr, ListRequest, NewsMark, NewsReply, NewsRequest, Question, ReadRequest, TimeField,
    Window,
};
use proto::{ApiError, Timestamp};

use self::seen::Seen;
use crate::connect::connect;
use crate::context::{Context, write_out};
use crate::exit::Exit;
use crate::filter::FilterArgs;
use crate::render::{Buffer, Screen, clean_json, incoming, style};

/// How long a daemon that went away is left alone before it is looked for again.
const PATIENCE: Duration = Duration::from_secs(1);
/// Conversations that are asked for at once.
const BATCH: usize = 100;
/// Ids that are asked for at once when something was missed.
const PAGE: u32 = 10_000;

const EXAMPLES: &str = "\
Examples:
  syncctl tail
  syncctl tail --tag billing --assignee none
  syncctl tail --json | jq -r '.messages[].body'

With --json, each line is a conversation as show --json prints it, with the messages and events that are new.";

/// Print conversations as they come in, until interrupted
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tail {
    #[command(flatten)]
    filters: FilterArgs,
}

/// Prints what comes in until the program is ended.
///
/// # Errors
/// When no daemon answers at first, it refuses, or standard output cannot be written.
pub(crate) async fn run(args: &Tail, context: &Context) -> Result<Exit> {
    let client = connect(context).await?;
    let status = client.status().await?;
    // What happened while the copy lagged behind as it may is news still.
    let tolerance = i64::try_from(status.tolerance_seconds).unwrap_or(i64::MAX);
    let offset = status.clock_offset_seconds.unwrap_or(0);
    let mut tail = Follower {
        context,
        query: args.filters.query(),
        tolerance,
        offset,
        seen: Seen::since(now(offset).minus(tolerance)),
        mark: None,
        caught_up: now(offset),
    };
    let mut client = Some(client);
    let mut told = false;
    loop {
        let followed = match client.take() {
            Some(connection) => tail.follow(&connection).await,
            None => match connect(context).await {
                Ok(connection) => {
                    if std::mem::take(&mut told) {
                        tail.note("syncd is back");
                    }
                    client = Some(connection);
                    continue;
                }
                Err(error) => Err(error),
            },
        };
        let Err(error) = followed else { continue };
        if !error.downcast_ref::<ClientError>().is_some_and(passes) {
            return Err(error);
        }
        if !std::mem::replace(&mut told, true) {
            tail.note(&format!("waiting for syncd: {error}"));
        }
        tokio::time::sleep(PATIENCE).await;
    }
}

/// Returns Intercom's clock, which is so many seconds ahead of this machine's: everything was stamped by it.
fn now(offset: i64) -> Timestamp {
    Timestamp::from(Utc::now()).plus(offset)
}

/// Says whether an error is one of a daemon that is stopped, restarted or busy: it answered before.
const fn passes(error: &ClientError) -> bool {
    error.is_disconnected()
        || matches!(error, ClientError::NotSyncd { .. } | ClientError::Api(ApiError::Unavailable(_)))
}

/// What is known of the stream of news.
struct Follower<'a> {
    context: &'a Context,
    query: Expr,
    tolerance: i64,
    /// Intercom's clock minus this machine's, in seconds.
    offset: i64,
    seen: Seen,
    mark: Option<NewsMark>,
    /// When all there was had been printed, on Intercom's clock.
    caught_up: Timestamp,
}

impl Follower<'_> {
    /// Prints what comes in, as long as the connection lasts.
    async fn follow(&mut self, client: &Client) -> Result<()> {
        loop {
            let asked_at = now(self.offset);
            let reply = client.news(NewsRequest { after: self.mark }).await?;
            let ids = if reply.missed {
                self.changed_since(client, self.caught_up.minus(self.tolerance)).await?
            } else {
                self.fresh(client, &reply).await?
            };
            for ids in ids.chunks(BATCH) {
                self.print(client, ids).await?;
            }
            self.mark = Some(reply.mark);
            self.caught_up = asked_at;
            if let Some(latest) = reply.news.iter().map(|news| news.updated_at).max() {
                self.seen.forget_before(latest);
            }
        }
    }

    /// Returns which conversations came in that are wanted, each once. What a backfill brings in is old, and no news.
    async fn fresh(&self, client: &Client, reply: &NewsReply) -> Result<Vec<String>> {
        let news = || reply.news.iter().filter(|news| news.updated_at >= self.seen.floor());
        let mut ids: Vec<String> = Vec::new();
        for news in news() {
            if !ids.contains(&news.id) {
                ids.push(news.id.clone());
            }
        }
        if let (false, Some(first)) = (self.query.is_everything(), news().map(|news| news.updated_at).min()) {
            let wanted: HashSet<_> = self.changed_since(client, first).await?.into_iter().collect();
            ids.retain(|id| wanted.contains(id));
        }
        Ok(ids)
    }

    /// Returns which conversations have changed since an instant and fulfil the conditions, as the daemon has them.
    async fn changed_since(&self, client: &Client, instant: Timestamp) -> Result<Vec<String>> {
        let window = Window { start: Some(instant.max(self.seen.floor())), end: None };
        let question = Question { query: self.query.clone(), window, by: TimeField::Updated };
        let mut request = ListRequest { question, after: None, limit: PAGE };
        let mut ids = Vec::new();
        loop {
            let page = client.list(&request).await?;
            let more = page.more && !page.ids.is_empty();
            ids.extend(page.ids);
            if !more {
                return Ok(ids);
            }
            request.after = ids.last().cloned();
        }
    }

    /// Prints what is new of these conversations.
    async fn print(&mut self, client: &Client, ids: &[String]) -> Result<()> {
        let mut rest = ids;
        while !rest.is_empty() {
            let reply = client.read(&ReadRequest { ids: rest.to_vec() }).await?;
            rest = rest.get((reply.done as usize).max(1)..).unwrap_or_default();
            for mut conversation in reply.conversations {
                if conversation.next_offset.is_some() {
                    conversation = client.show_whole(&conversation.summary.id, false).await?.conversation;
                }
                self.seen.keep_new(&mut conversation);
                self.print_one(&conversation)?;
            }
        }
        Ok(())
    }

    fn print_one(&self, conversation: &Conversation) -> Result<()> {
        if conversation.messages.is_empty() && conversation.events.is_empty() {
            return Ok(());
        }
        if self.context.json {
            let mut line = clean_json(serde_json::to_string(conversation)?);
            line.push('\n');
            return write_out(line.as_bytes());
        }
        let screen = Screen { now: Timestamp::from(Utc::now()), ..self.context.out };
        let mut buffer = Buffer::new(&screen);
        incoming(&mut buffer, conversation);
        write_out(buffer.as_str().as_bytes())
    }

    fn note(&self, text: &str) {
        let mut notes = Buffer::new(&self.context.err);
        notes.put(style::WARN, text).end();
        self.context.note(&notes);
    }
}
