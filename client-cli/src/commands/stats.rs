//! `stats`: how much came in and how it was answered, in all and by group.

use anyhow::Result;
use chrono::Local;
use clap::{Args, ValueEnum};
use proto::client::Client;
use proto::timeframe::{self, Every};
use proto::types::{Grouping, Question, StatsRequest};
use proto::{Interval, view};

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::question::{Asides, By, QuestionArgs, SYNCING, WaitArgs, asides, understood};
use crate::render::{Sheet, stats};

/// Most of those that wait longest that the daemon names.
const MOST_WAITING: i64 = 100;

const EXAMPLES: &str = "\
Examples:
  syncctl stats --timeframe \"last 30 days\" --by day
  syncctl stats --timeframe \"last week\" --by tag --limit 10
  syncctl stats refund --since 2026-10-01 --by assignee --waiting 10
  syncctl stats --timeframe \"Q3 2026\" --by week --json | jq '.groups[].conversations'

A conversation counts in the timeframe in which it was created; --of says otherwise.
First response: from a customer's first message to a teammate's first answer; bots and notes do not count.";

/// Flags of `stats`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stats {
    #[command(flatten)]
    question: QuestionArgs,
    /// Count in groups
    #[arg(long, value_name = "GROUP")]
    by: Option<GroupArg>,
    /// Hold the timeframe against this time of a conversation
    #[arg(long, value_name = "TIME", default_value = "created")]
    of: By,
    /// Show at most this many groups, the largest ones; spans of time are all shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Name this many open conversations that have waited longest for an answer
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=MOST_WAITING))]
    waiting: u32,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GroupArg {
    Hour,
    Day,
    /// From Monday
    Week,
    Month,
    /// A conversation with two is in both
    Tag,
    Assignee,
    State,
    Customer,
}

impl GroupArg {
    /// Returns the spans of time that are meant, where they are.
    const fn every(self) -> Option<Every> {
        match self {
            Self::Hour => Some(Every::Hour),
            Self::Day => Some(Every::Day),
            Self::Week => Some(Every::Week),
            Self::Month => Some(Every::Month),
            Self::Tag | Self::Assignee | Self::State | Self::Customer => None,
        }
    }
}

/// Counts and measures.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or it refuses the question.
pub(crate) async fn run(args: &Stats, context: &Context) -> Result<Exit> {
    let question = args.question.question(args.of.into(), context)?;
    let client = connect(context).await?;
    let every = args.by.and_then(GroupArg::every);
    let grouping = match (args.by, every) {
        (None, _) => Grouping::Whole,
        (Some(_), Some(every)) => spans(&client, &question, every, context).await?,
        (Some(GroupArg::Assignee), None) => Grouping::Assignee,
        (Some(GroupArg::State), None) => Grouping::State,
        (Some(GroupArg::Customer), None) => Grouping::Customer,
        (Some(_), None) => Grouping::Tag,
    };
    let request = StatsRequest { question, grouping, limit: args.limit, waiting: args.waiting };
    let mut meter = Meter::new(context, SYNCING);
    let reply = client.stats_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);

    let mut notes = Sheet::new(&context.err);
    let (window, healing) = (reply.window, reply.sync.is_some());
    let said = Asides { info: &reply.sync_info, window, unknown: &reply.unknown, healing };
    asides(&mut notes, &said, &args.wait);
    context.note(&notes);
    if context.json {
        context.print_json(&view::StatsReply::from(&reply))?;
    } else {
        let mut sheet = Sheet::new(&context.out);
        stats(&mut sheet, &reply, every);
        context.page(&sheet).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}

/// Returns where the spans of the question's timeframe begin in the user's zone. One without a start begins where the
/// local copy does.
async fn spans(client: &Client, question: &Question, every: Every, context: &Context) -> Result<Grouping> {
    let Interval { start, end } = understood(client, question.window, context).await?;
    let edges = timeframe::edges(every, start, end.max(start), &Local)
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    Ok(Grouping::Time(edges))
}
