//! `topics`: what customers write about, and how that changed.

use anyhow::Result;
use clap::Args;
use proto::types::{Compare, TopicsRequest};

use super::answer::Answer;
use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::meter::Meter;
use crate::question::{By, CompareArgs, Notes, QuestionArgs, SYNCING, WaitArgs};
use crate::render::topics;

const EXAMPLES: &str = "\
Examples:
  syncctl topics --timeframe \"last 7 days\"
  syncctl topics --timeframe \"last month\" --compare previous
  syncctl topics --timeframe \"October 2026\" --compare \"October 2025\"
  syncctl topics invoice --tag billing --timeframe \"Q3 2026\" --json | jq '.topics[].name'

Topics are made from what customers wrote, without a model. Each conversation is in one topic, or in none; the query of a \
topic lists its conversations: syncctl search --timeframe … --by created 'QUERY'. Unless told otherwise, they are compared with the \
same length of time before, where the local copy has it.";

/// Show what customers write about, and how that changed
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Topics {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    compare: CompareArgs,
    /// Apply the timeframe to this time of a conversation
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
    let compare = args.compare.compare(context)?.unwrap_or(Compare::PreviousIfKept);
    let client = connect(context).await?;
    let request = TopicsRequest { question, compare, limit: args.limit };
    let mut meter = Meter::new(context, SYNCING);
    let reply = client.topics_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);

    let (info, window, unknown) = (&reply.sync_info, reply.window, reply.unknown.as_slice());
    let said = Notes { info, window, unknown, healing: reply.sync.is_some() };
    Answer { said, wait: &args.wait, fresh: &args.fresh }
        .print(&reply, |buffer| topics(buffer, &reply), context)
        .await
}
