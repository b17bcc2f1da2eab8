//! `check`: the verdict on a timeframe, and nothing else.

use anyhow::Result;
use clap::Args;
use proto::types::CheckRequest;
use proto::view;

use crate::args::{FreshArgs, WindowArgs};
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Sheet, verdict};

const EXAMPLES: &str = "\
Examples:
  syncctl check --since 2026-10-01 --until 2026-10-15
  syncctl check --timeframe \"last week\" --require-fresh && make report
  syncctl check --since yesterday --json";

/// Flags of `check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints the verdict.
///
/// # Errors
/// When a time cannot be read, no daemon answers, or the timeframe ends before it starts.
pub(crate) async fn run(args: &Check, context: &Context) -> Result<Exit> {
    let window = args.window.window(&context.now)?;
    let info = connect(context).await?.check(CheckRequest { window }).await?;
    if context.json {
        context.print_json(&view::SyncInfo::from(&info))?;
    } else {
        let mut sheet = Sheet::new(&context.out);
        verdict(&mut sheet, &info);
        context.print(&sheet)?;
    }
    Ok(args.fresh.exit(&info))
}
