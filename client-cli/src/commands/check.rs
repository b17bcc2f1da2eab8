//! `check`: the verdict on a timeframe, and nothing else.

use anyhow::Result;
use clap::Args;
use proto::Interval;
use proto::types::{CheckReply, CheckRequest, SyncInfo};
use serde::Serialize;

use crate::args::{FreshArgs, WindowArgs};
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Buffer, verdict};

const EXAMPLES: &str = "\
Examples:
  syncctl check --since 2026-10-01 --until 2026-10-15
  syncctl check --timeframe \"last week\" --require-fresh && make report
  syncctl check --since yesterday --json";

/// Say whether the local copy is complete for a timeframe
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    sync_info: SyncInfo,
    window: Interval,
}

/// Prints the verdict.
///
/// # Errors
/// When a time cannot be read, no daemon answers, or the timeframe ends before it starts.
pub(crate) async fn run(args: &Check, context: &Context) -> Result<Exit> {
    let window = args.window.window(&context.now)?;
    let CheckReply { sync_info, window } = connect(context).await?.check(CheckRequest { window }).await?;
    let exit = args.fresh.exit(&sync_info);
    if context.json {
        context.print_json(&Document { sync_info, window })?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        verdict(&mut buffer, &sync_info);
        context.print(&buffer)?;
    }
    Ok(exit)
}
