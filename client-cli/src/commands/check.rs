//! `check`: the verdict on a timeframe, and nothing else.

use anyhow::Result;
use clap::Args;
use proto::types::CheckRequest;
use proto::view;
use serde::Serialize;

use crate::args::{FreshArgs, WindowArgs};
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::question::understood;
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
    sync_info: view::SyncInfo,
    window: view::Span,
}

/// Prints the verdict.
///
/// # Errors
/// When a time cannot be read, no daemon answers, or the timeframe ends before it starts.
pub(crate) async fn run(args: &Check, context: &Context) -> Result<Exit> {
    let window = args.window.window(&context.now)?;
    let client = connect(context).await?;
    let info = client.check(CheckRequest { window }).await?;
    if context.json {
        let window = understood(&client, window, context).await?;
        context.print_json(&Document { sync_info: view::SyncInfo::from(&info), window: window.into() })?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        verdict(&mut buffer, &info);
        context.print(&buffer)?;
    }
    Ok(args.fresh.exit(&info))
}
