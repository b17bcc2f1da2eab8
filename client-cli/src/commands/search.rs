//! `search`: finds conversations; waits for the sync of a stale timeframe.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};
use proto::client::Client;
use proto::types::{Question, SearchReply, SearchRequest, Sort};

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::meter::Meter;
use crate::question::{By, Notes, QuestionArgs, SYNCING, WaitArgs, add_notes, severity};
use crate::render::{Buffer, hits, style};

/// How long pages that were cut short are followed by further ones.
const GOING_ON: Duration = Duration::from_secs(5);
/// Most results that the daemon puts on a page.
const LARGEST_PAGE: u32 = 200;

const EXAMPLES: &str = "\
Examples:
  syncctl search refund --timeframe \"last 7 days\"
  syncctl search '\"duplicate charge\" OR (charged twice)' --state open --tag billing
  syncctl search --customer ada@example.com --since 2026-10-01 --until 2026-10-15
  syncctl search --assignee none --by created --since yesterday --limit 500 --json
  syncctl search 'refund tag:billing -from:ada@example.com after:2026-10-01'
  syncctl search -- refund -late

Text: words that must all occur, \"phrases\", prefixes*, -excluded or NOT excluded, this OR that, brackets; and conditions \
among it: tag:billing, state:open, is:waiting, is:unassigned, from:ada@example.com, from:@example.com, assignee:none, \
team:, said:customer (who says the words beside it), id:, since:, until:, after:, before:, during:\"last week\"; -tag:spam \
excludes. An id or a link of Intercom's inbox finds its conversation.";

/// Find conversations by text, time, people, state and tags
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Search {
    #[command(flatten)]
    question: QuestionArgs,
    /// Apply the timeframe to this time of a conversation
    #[arg(long, value_name = "TIME", default_value = "activity")]
    by: By,
    /// Return at most this many conversations
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Continue where an earlier answer to the same question ended
    #[arg(long, value_name = "CURSOR")]
    page: Option<String>,
    /// Order the results
    #[arg(long, value_name = "ORDER", default_value = "newest")]
    sort: SortArg,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SortArg {
    /// Last changed first
    Newest,
    /// Best match first
    Relevance,
}

impl Search {
    fn request(&self, question: Question) -> SearchRequest {
        SearchRequest {
            question,
            sort: match self.sort {
                SortArg::Newest => Sort::Newest,
                SortArg::Relevance => Sort::Relevance,
            },
            limit: self.limit.min(LARGEST_PAGE),
            page: self.page.clone(),
        }
    }
}

/// Searches.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or it refuses the question.
pub(crate) async fn run(args: &Search, context: &Context) -> Result<Exit> {
    let (question, understood) = args.question.asked(args.by.into(), context)?;
    let request = args.request(question);
    let client = connect(context).await?;
    let mut meter = Meter::new(context, SYNCING);
    let first = client.search_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);
    let mut reply = collect(&client, request, first, args.limit).await?;

    let mut notes = Buffer::new(&context.err);
    for note in &reply.notes {
        notes.put(style::NOTE, "note: ").put(style::PLAIN, note).end();
    }
    reply.notes.splice(0..0, understood);
    let (window, healing) = (reply.window, reply.sync.is_some());
    let said = Notes { info: &reply.sync_info, window, unknown: &reply.unknown, healing };
    add_notes(&mut notes, &said, &args.wait);
    context.note(&notes);
    if context.json {
        context.print_json(&reply)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        hits(&mut buffer, &reply);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}

/// Returns as many results as were asked for, from as many pages as that takes. Each page is judged by itself, so the
/// whole is as good as the worst of them; what was cut short is whole when the next page goes on from there.
async fn collect(
    client: &Client,
    mut request: SearchRequest,
    first: SearchReply,
    limit: u32,
) -> Result<SearchReply> {
    let limit = limit as usize;
    let until = Instant::now() + GOING_ON;
    let mut whole = first;
    while whole.hits.len() < limit
        && let Some(cursor) = whole.next_page.take()
    {
        let missing = u32::try_from(limit - whole.hits.len()).unwrap_or(u32::MAX);
        request.limit = missing.min(LARGEST_PAGE);
        request.page = Some(cursor);
        let page = client.search(&request).await?;
        whole.hits.extend(page.hits);
        whole.next_page = page.next_page;
        if whole.cut_short || severity(page.sync_info.state) > severity(whole.sync_info.state) {
            whole.sync_info = page.sync_info;
        }
        whole.cut_short = page.cut_short;
        if page.cut_short && Instant::now() >= until {
            break;
        }
    }
    Ok(whole)
}
