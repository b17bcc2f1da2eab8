//! `sync`: asks for a sync, waits for it, and says what came of it.

use anyhow::Result;
use clap::Args;
use proto::Interval;
use proto::types::{
    CheckReply, CheckRequest, Phase, SyncFailure, SyncInfo, SyncMode, SyncReport, SyncRequest, SyncTicket,
    WatchRequest, Window,
};
use serde::Serialize;

use crate::args::WindowArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::render::{Buffer, style, verdict};

const DAY: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  syncctl sync
  syncctl sync --days 7
  syncctl sync --since 2026-10-01 --until 2026-10-15
  syncctl sync --full --no-wait";

/// Fetch what is new, or a range again, and wait for it
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sync {
    #[command(flatten)]
    window: WindowArgs,
    /// List the last N days again, and fetch what differs
    #[arg(long, value_name = "N", conflicts_with_all = ["timeframe", "since", "until"])]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Fetch all of the history again
    #[arg(long, conflicts_with_all = ["timeframe", "since", "until", "days"])]
    full: bool,
    /// Ask for the sync and do not wait for it
    #[arg(long)]
    no_wait: bool,
}

impl Sync {
    fn request(&self, context: &Context) -> Result<SyncRequest> {
        let mut window = self.window.window(&context.now)?;
        if let Some(days) = self.days {
            window.start = Some(context.out.now.minus(i64::from(days) * DAY));
        }
        let mode = if self.full {
            SyncMode::Full
        } else if window == Window::default() {
            SyncMode::New
        } else {
            SyncMode::Relist
        };
        Ok(SyncRequest { window, mode })
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    sync: Outcome,
    sync_info: SyncInfo,
    window: Interval,
}

/// What came of the sync so far.
#[derive(Serialize)]
struct Outcome {
    ticket: SyncTicket,
    phase: Phase,
    done: u64,
    total: Option<u64>,
    fetched: u64,
    error: Option<String>,
}

impl Outcome {
    fn of(ticket: SyncTicket, report: &SyncReport) -> Self {
        Self {
            ticket,
            phase: report.phase,
            done: report.done,
            total: report.total,
            fetched: report.fetched,
            error: report.failure.as_ref().map(|failure| failure.message.clone()),
        }
    }
}

/// Syncs.
///
/// # Errors
/// When a time cannot be read, no daemon answers, or the sync failed.
pub(crate) async fn run(args: &Sync, context: &Context) -> Result<Exit> {
    let request = args.request(context)?;
    let client = connect(context).await?;
    let ticket = client.sync(request.clone()).await?;
    let report = if args.no_wait {
        client.watch(WatchRequest { ticket, seen: 0 }).await?
    } else {
        let mut meter = Meter::new(context, "Syncing...");
        client.wait(ticket, None, |report| meter.show(report)).await?
    };
    let CheckReply { sync_info, window } = client.check(CheckRequest { window: request.window }).await?;
    if context.json {
        context.print_json(&Document { sync: Outcome::of(ticket, &report), sync_info, window })?;
    } else {
        print(context, ticket, &report, &sync_info)?;
    }
    match report.failure.as_ref().filter(|_| report.phase == Phase::Failed) {
        Some(failure) => Err(failed(failure).into()),
        None => Ok(Exit::Done),
    }
}

fn print(context: &Context, ticket: SyncTicket, report: &SyncReport, info: &SyncInfo) -> Result<()> {
    let mut buffer = Buffer::new(&context.out);
    if report.phase == Phase::Failed {
        buffer.field("synced", style::BAD, "not all of it: the sync failed");
    } else if report.phase.is_final() {
        let summary = match report.fetched {
            0 => "nothing was new or had changed".to_owned(),
            1 => "1 conversation fetched".to_owned(),
            fetched => format!("{fetched} conversations fetched"),
        };
        buffer.field("synced", style::STRONG, &summary);
    } else {
        buffer.field(
            "asked for",
            style::STRONG,
            &format!("sync {}, now {}", ticket.0, report.phase.as_str()),
        );
    }
    verdict(&mut buffer, info);
    context.print(&buffer)
}

fn failed(failure: &SyncFailure) -> Failure {
    let exit = if failure.refused { Exit::Refused } else { Exit::Error };
    Failure::new(exit, format!("the sync failed: {}", failure.message))
        .hint("see what is wrong: syncctl doctor")
}
