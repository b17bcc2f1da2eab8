//! `report`: one HTML file about a timeframe, for people who have neither this program nor the data.

mod charts;
mod gather;
mod page;
mod tables;
#[cfg(test)]
mod tests;
mod topics;

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Args;
use proto::timeframe::Every;
use proto::types::{Group, Question, StatsReply, StatsRequest, SyncInfo, TopicsReply};
use proto::{Interval, Timestamp};
use serde::Serialize;

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::question::{By, Notes, QuestionArgs, WaitArgs, add_notes};
use crate::render::{Buffer, style};
use crate::target::{Output, Target};

const EXAMPLES: &str = "\
Examples:
  syncctl report --timeframe \"last 30 days\" -o october.html
  syncctl report --tag billing --timeframe \"Q3 2026\" -o billing.html

The file is self-contained: no script, no network. It names customers and titles, so only you may read it.";

/// Write a report on a timeframe as one HTML file
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// Apply the timeframe to this time of a conversation
    #[arg(long, alias = "of", value_name = "TIME", default_value = "created")]
    time: By,
    /// Measure in the business hours of the configuration
    #[arg(long)]
    business_hours: bool,
    /// Write into this file; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: Output,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Everything that a report tells.
struct Report {
    /// The workspace's name.
    workspace: Option<String>,
    /// What was asked.
    question: Question,
    /// When it was made.
    made_at: Timestamp,
    /// Of all: the figures, those that wait longest, the verdict.
    whole: StatsReply,
    /// The length of the spans of time.
    every: Every,
    /// The spans of time.
    spans: Vec<Group>,
    /// What customers write about, against the time before.
    topics: TopicsReply,
    /// By tag.
    tags: Groups,
    /// By assignee.
    assignees: Groups,
    /// By who answered.
    responders: Groups,
    /// By channel.
    channels: Groups,
    /// By rating.
    ratings: Groups,
    /// Conversations by weekday, from Monday, and hour of the day.
    hours: [[u64; 24]; 7],
    /// What the local copy covers.
    coverage: Vec<Interval>,
    /// The worst verdict of all that was asked.
    info: SyncInfo,
}

/// The largest groups, and how many others there are.
struct Groups {
    groups: Vec<Group>,
    left_out: u64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    file: Option<&'a Path>,
    conversations: u64,
    sync_info: &'a SyncInfo,
    window: Interval,
}

/// Writes a report.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or the file cannot be written.
pub(crate) async fn run(args: &ReportArgs, context: &Context) -> Result<Exit> {
    let question = args.question.question(args.time.into(), context)?;
    if let Output::File(file) = &args.output
        && let Some(ending) = file.extension().filter(|ending| !is_html(ending))
    {
        let message = format!("a report is HTML, and {} is not", ending.display());
        return Err(Failure::new(Exit::Usage, message).hint("name the file so: report.html").into());
    }
    if args.output == Output::Standard && context.json {
        let message = "--json prints what became of a report, and standard output is the report itself";
        return Err(Failure::new(Exit::Usage, message).hint("name a file: -o report.html").into());
    }
    let client = connect(context).await?;
    let asked = StatsRequest { question, business_hours: args.business_hours, ..StatsRequest::default() };
    let report = gather::gather(&client, asked, args.wait.wait, context).await?;
    let mut target = Target::open(&args.output)?;
    let page = page::page(&report, context.out.zone).into_string();
    target.write_all(page.as_bytes()).with_context(|| target.failed())?;
    let file = target.path().map(Path::to_owned);
    target.keep()?;

    let mut notes = Buffer::new(&context.err);
    let conversations = report.whole.total.conversations;
    let place = file.as_ref().map_or_else(String::new, |file| format!(" in {}", file.display()));
    let text = format!("reported on {conversations} conversations{place}");
    notes.put(style::PLAIN, &text).end();
    let (window, healing) = (report.whole.window, report.whole.sync.is_some());
    let said = Notes { info: &report.info, window, unknown: &report.whole.unknown, healing };
    add_notes(&mut notes, &said, &args.wait);
    context.note(&notes);
    if context.json {
        let (file, sync_info) = (file.as_deref(), &report.info);
        context.print_json(&Document { file, conversations, sync_info, window })?;
    }
    Ok(args.fresh.exit(&report.info))
}

fn is_html(ending: &std::ffi::OsStr) -> bool {
    ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
}
