//! `topics`: what customers write about, and how that changed.

use anyhow::Result;
use clap::Args;
use proto::timeframe::parse_timeframe;
use proto::types::{Compare, TopicsRequest, Window};
use proto::{Timestamp, view};

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::question::{By, Notes, QuestionArgs, SYNCING, WaitArgs, add_notes};
use crate::render::{Buffer, topics};

const EXAMPLES: &str = "\
Examples:
  syncctl topics --timeframe \"last 7 days\"
  syncctl topics --timeframe \"last month\" --compare previous
  syncctl topics --timeframe \"October 2026\" --compare \"October 2025\"
  syncctl topics invoice --tag billing --timeframe \"Q3 2026\" --json | jq '.topics[].name'

Topics are made from what customers wrote, without a model. Each conversation is in one topic, or in none; the query of a
topic lists its conversations: syncctl search --timeframe … --by created 'QUERY'.";

/// Flags of `topics`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Topics {
    #[command(flatten)]
    question: QuestionArgs,
    /// Compare with the same length of time before (previous), with another timeframe in words, or with nothing (none);
    /// unless given, with the time before where the local copy has it
    #[arg(long, value_name = "TIMEFRAME")]
    compare: Option<String>,
    /// Hold the timeframe against this time of a conversation
    #[arg(long, value_name = "TIME", default_value = "created")]
    time: By,
    /// Show at most this many topics, the largest ones
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Shows topics.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or it refuses the question.
pub(crate) async fn run(args: &Topics, context: &Context) -> Result<Exit> {
    let question = args.question.question(args.time.into(), context)?;
    let compare = compare(args.compare.as_deref(), context)?;
    let client = connect(context).await?;
    let request = TopicsRequest { question, compare, limit: args.limit };
    let mut meter = Meter::new(context, SYNCING);
    let reply = client.topics_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);

    let mut notes = Buffer::new(&context.err);
    let (window, healing) = (reply.window, reply.sync.is_some());
    let said = Notes { info: &reply.sync_info, window, unknown: &reply.unknown, healing };
    add_notes(&mut notes, &said, &args.wait);
    context.note(&notes);
    if context.json {
        context.print_json(&view::TopicsReply::from(&reply))?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        topics(&mut buffer, &reply);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}

fn compare(words: Option<&str>, context: &Context) -> Result<Compare> {
    Ok(match words.map(str::trim) {
        None => Compare::PreviousIfKept,
        Some("none") => Compare::Nothing,
        Some("previous") => Compare::Previous,
        Some(words) => {
            let timeframe = parse_timeframe(words, &context.now)
                .map_err(|error| Failure::new(Exit::Usage, format!("--compare: {error}")))?;
            Compare::With(Window {
                start: timeframe.start.map(Timestamp::from),
                end: timeframe.end.map(Timestamp::from),
            })
        }
    })
}
