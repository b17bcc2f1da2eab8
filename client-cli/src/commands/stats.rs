//! `stats`: how much came in and how it was answered, in all and by group.

use anyhow::Result;
use chrono::{Local, Utc};
use clap::Args;
use proto::Interval;
use proto::client::Client;
use proto::fields::FIELDS;
use proto::timeframe::{self, Every};
use proto::types::{
    CheckRequest, Clock, Cycle, Field, Grouping, Measure, NamedQuery, Question, StatsRequest,
};

use super::answer::Answer;
use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::question::{By as Time, CompareArgs, Notes, QuestionArgs, SYNCING, WaitArgs, conditions};
use crate::render::{Shape, stats};
use crate::suggest;

/// Most of those that wait longest that the daemon names.
const MOST_WAITING: i64 = 100;

const EXAMPLES: &str = "\
Examples:
  syncctl stats --timeframe \"last 30 days\" --by day
  syncctl stats --timeframe \"last week\" --by tag --limit 10
  syncctl stats refund --since 2026-10-01 --by responder --waiting 10
  syncctl stats --timeframe \"last 30 days\" --by attr.Plan
  syncctl stats --timeframe \"Q3 2026\" --by week --json | jq '.groups[].conversations'

A conversation counts in the timeframe in which it was created; --time says otherwise. \
First response: from a customer's first question to a teammate's first answer; bots and notes do not count, and a close \
ends a question. By responder, response times are those of that teammate's answers.";

/// Count conversations, and measure how they were answered
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stats {
    #[command(flatten)]
    question: QuestionArgs,
    /// Count in groups: of hours, days, weeks, seven days or months, by hour-of-day or weekday, or by a field such as tag, responder, channel or attr.NAME
    #[arg(long, value_name = "GROUP", value_parser = parse_group, add = suggest::groups(groups))]
    by: Option<By>,
    /// Count what matches this, under this name; may be given up to 20 times, instead of --by
    #[arg(long, value_name = "NAME=QUERY", conflicts_with = "by")]
    query: Vec<String>,
    #[command(flatten)]
    compare: CompareArgs,
    /// Measure only these lengths of time: some of first-response, response, first-close, close; all or none
    #[arg(long, value_name = "WHICH", default_value = "all", value_parser = Measure::parse_list)]
    measure: Measures,
    /// Measure in the business hours of the configuration
    #[arg(long)]
    business_hours: bool,
    /// Apply the timeframe to this time of a conversation
    #[arg(long, alias = "of", value_name = "TIME", default_value = "created")]
    time: Time,
    /// Show at most this many groups, the largest ones; spans of time are all shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// List this many open conversations that have waited longest for an answer
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=MOST_WAITING))]
    waiting: u32,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What is measured.
type Measures = Vec<Measure>;

/// What conversations are put together by.
#[derive(Clone, Debug)]
enum By {
    Spans(Every),
    Clock(Cycle),
    Field(Field),
}

/// The spans of time that can be asked for.
const SPANS: [Every; 5] = [Every::Hour, Every::Day, Every::Week, Every::SevenDays, Every::Month];

/// Reads what to group by.
fn parse_group(text: &str) -> Result<By, String> {
    let word = text.trim();
    if let Some(every) = SPANS.iter().find(|every| every.as_str().eq_ignore_ascii_case(word)) {
        return Ok(By::Spans(*every));
    }
    if let Some(cycle) = Cycle::named(word) {
        return Ok(By::Clock(cycle));
    }
    Field::named(word).filter(Field::can_group).map(By::Field).ok_or_else(|| {
        format!(
            "it is {}, or attr.NAME; `syncctl fields` lists what there is",
            groups().collect::<Vec<_>>().join(", ")
        )
    })
}

/// Returns what can be grouped by.
fn groups() -> impl Iterator<Item = &'static str> {
    let fields = FIELDS.iter().filter(|info| info.field.can_group());
    let fields = fields.filter(|info| !matches!(info.field, Field::Attribute(_) | Field::Contact(_)));
    let times = SPANS.iter().map(|every| every.as_str()).chain(Cycle::ALL.map(Cycle::as_str));
    times.chain(fields.map(|info| info.name))
}

/// Counts and measures.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or it refuses the question.
pub(crate) async fn run(args: &Stats, context: &Context) -> Result<Exit> {
    let question = args.question.question(args.time.into(), context)?;
    let client = connect(context).await?;
    let (grouping, every) = match &args.by {
        None if !args.query.is_empty() => (Grouping::Queries(named(&args.query, context)?), None),
        None => (Grouping::Whole, None),
        Some(By::Spans(every)) => (spans(&client, &question, *every).await?, Some(*every)),
        Some(By::Clock(cycle)) => (Grouping::Clock(Clock::new(*cycle, &Local, Utc::now())), None),
        Some(By::Field(field)) => (Grouping::Field(field.clone()), None),
    };
    let compare = args.compare.compare(context)?.unwrap_or_default();
    let Stats { limit, waiting, business_hours, .. } = *args;
    let request = StatsRequest { question, grouping, compare, limit, waiting, business_hours };
    let mut meter = Meter::new(context, SYNCING);
    let mut reply = client.stats_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);

    reply.keep(&args.measure);
    let (info, window, unknown) = (&reply.sync_info, reply.window, reply.unknown.as_slice());
    let said = Notes { info, window, unknown, healing: reply.sync.is_some() };
    let shape = Shape { every, measures: &args.measure };
    Answer { said, wait: &args.wait, fresh: &args.fresh }
        .print(&reply, |buffer| stats(buffer, &reply, &shape), context)
        .await
}

/// Reads queries with their names.
fn named(queries: &[String], context: &Context) -> Result<Vec<NamedQuery>> {
    let read = |text: &String| {
        let (name, words) = NamedQuery::split(text);
        Ok(NamedQuery { name: name.to_owned(), query: conditions(words, context)? })
    };
    queries.iter().map(read).collect()
}

/// Returns where the spans of the question's timeframe begin in the user's zone. One without a start begins where the
/// local copy does.
async fn spans(client: &Client, question: &Question, every: Every) -> Result<Grouping> {
    let Interval { start, end } = client.check(CheckRequest { window: question.window }).await?.window;
    let edges = timeframe::edges(every, start, end.max(start), &Local)
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    Ok(Grouping::Time(edges))
}
