//! `demo`: the whole system on a simulated workspace, told as a story of commands that a user would type.

mod stage;
mod teller;

use std::time::Duration;

use anyhow::Result;
use chrono::{SecondsFormat, Utc};
use clap::Args;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use self::stage::Stage;
use self::teller::{Step, Teller};
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// How long the daemon stays away while the workspace moves on.
const ABSENCE: Duration = Duration::from_secs(4);

const EXAMPLES: &str = "\
Examples:
  cargo build --release && target/release/syncctl demo
  target/release/syncctl demo --conversations 20000

It is for a checkout, where intercom-sim is built beside syncctl.";

/// Flags of `demo`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Simulate a workspace of this many conversations
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    conversations: u32,
    /// Simulate the workspace that this seed makes
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    steps: Vec<Step>,
}

/// Tells the story. Whatever way it ends, the programs it started end and its folder is removed.
///
/// # Errors
/// When a program is missing, or a command does not end as the story says.
pub(crate) async fn run(args: &Demo, context: &Context) -> Result<Exit> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut stage = Stage::set(args.conversations, args.seed)?;
    let mut teller = Teller::new(context);
    let told = tokio::select! {
        told = tell(&mut stage, &mut teller) => told,
        _ = interrupt.recv() => Err(Failure::new(Exit::Error, "interrupted").into()),
        _ = terminate.recv() => Err(Failure::new(Exit::Error, "terminated").into()),
        _ = hangup.recv() => Err(Failure::new(Exit::Error, "hung up").into()),
    };
    stage.clear().await;
    told?;
    if context.json {
        context.print_json(&Document { steps: teller.steps })?;
    }
    Ok(Exit::Done)
}

async fn tell(stage: &mut Stage, teller: &mut Teller<'_>) -> Result<()> {
    teller.heading("1. A first sync")?;
    teller.text("A simulated workspace is up, and syncd keeps its last 30 days.")?;
    stage.start_workspace().await?;
    stage.start_daemon().await?;
    teller.command(stage, &["sync"], Exit::Done).await?;

    teller.heading("2. A fresh answer")?;
    teller.text("The local copy is complete for the timeframe: no warning.")?;
    let week = "last 7 days";
    teller.command(stage, &["search", "refund", "--timeframe", week, "--limit", "3"], Exit::Done).await?;
    teller.command(stage, &["check", "--timeframe", week, "--require-fresh"], Exit::Done).await?;

    teller.heading("3. A partial answer, healed by a sync")?;
    teller.text(
        "The question reaches further back than the copy. The answer comes at once and says what it lacks; \
         --require-fresh turns that into exit code 6.",
    )?;
    let quarter = "last 90 days";
    let asked = ["search", "refund", "--timeframe", quarter, "--limit", "1", "--require-fresh"];
    teller.command(stage, &asked, Exit::NotFresh).await?;
    teller.command(stage, &["sync", "--timeframe", quarter], Exit::Done).await?;
    teller.command(stage, &asked, Exit::Done).await?;

    teller.heading("4. A stale answer, healed while you wait")?;
    teller.text("syncd stops, as on a laptop that sleeps, and the workspace moves on without it.")?;
    stage.stop_daemon().await?;
    tokio::time::sleep(ABSENCE).await;
    stage.start_daemon().await?;
    // The settle margin keeps what is known at least two seconds behind the present, so nothing is known of the time
    // from now on, however fast the daemon catches up.
    let since = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let asked = ["search", "--since", since.as_str(), "--limit", "3", "--require-fresh"];
    teller.text("It is back, and knows nothing yet of the time since then. An answer without waiting:")?;
    teller.command(stage, &[&asked[..], &["--wait", "0"]].concat(), Exit::NotFresh).await?;
    teller.text("That question has made the daemon sync what was asked for. An answer that waits for it:")?;
    teller.command(stage, &asked, Exit::Done).await?;
    teller.command(stage, &["status"], Exit::Done).await?;
    teller.next_steps()
}
