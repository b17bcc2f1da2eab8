//! `intercom-sim`: a simulated Intercom workspace to point a client at. It prints one line of JSON with its address
//! and token when it is ready, and serves until it is told to stop. All it does is the library's; this reads flags, and
//! shows the demo.

mod demo;

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use serde::Serialize;
use sim::{Clock, Fault, Options, Parts, Rows, Sim};
use tokio::io::{AsyncReadExt, stdin};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serve a simulated Intercom workspace on loopback
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Conversations that exist at the start
    #[arg(long, value_name = "N", default_value_t = 1000)]
    conversations: usize,
    /// Seed of everything that is generated
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Loopback port; 0 takes any free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    port: u16,
    /// Access token to accept
    #[arg(long, value_name = "T", default_value = "sim-token")]
    token: String,
    /// Workspace id that /me answers
    #[arg(long, value_name = "ID", default_value = "sim12345")]
    workspace: String,
    /// Calls allowed in 10 seconds [default: no limit]
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// Time that every answer is held back
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// Time after which search sees a change
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = humantime::parse_duration)]
    index_lag: Duration,
    /// Show conversations on search pages as the database has them, ahead of the index
    #[arg(long)]
    current_rows: bool,
    /// Random changes a second while it runs
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    changes_per_second: f64,
    /// Mean number of parts of a conversation
    #[arg(long, value_name = "MEAN", default_value_t = 8.0)]
    parts: f64,
    /// Share of conversations, 0 to 1, with more than 500 parts
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    long_share: f64,
    /// Span over which the conversations were created
    #[arg(long, value_name = "DURATION", default_value = "365d", value_parser = humantime::parse_duration)]
    history: Duration,
    /// Seconds that the workspace's clock is ahead of this machine's
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true)]
    clock_offset: i64,
    /// Fault and its chance on each request; may be given several times
    #[arg(long = "fault", value_name = "KIND:PROBABILITY")]
    faults: Vec<Fault>,
    /// Answer strictly by the documented schema
    #[arg(long)]
    no_oddities: bool,
    /// Stop when standard input closes, so as not to outlive a parent process
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try the whole system on a simulated workspace: syncd and syncctl have to be built beside this program
    Demo {
        /// Simulate a workspace of this many conversations
        #[arg(long, value_name = "N", default_value_t = 5_000)]
        conversations: usize,
        /// Simulate the workspace that this seed makes
        #[arg(long, value_name = "S", default_value_t = 7)]
        seed: u64,
    },
}

const EXAMPLES: &str = "\
Examples:
  intercom-sim demo
  intercom-sim --conversations 5000 --changes-per-second 2
  intercom-sim --rate-limit 166 --latency 100ms --index-lag 3s
  intercom-sim --fault 503:0.05 --fault reset:0.01

Faults: latency, a status such as 503, 429, reset, truncated, malformed, wrong-types, html, empty, hang, slow, huge,
repeated-cursor, wrong-order, empty-page, nothing-new, outdated, no-date, token-revoked, scope-missing,
scope-unauthorized, plan-restricted, not-found";

/// The line that says where the workspace is.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    url: &'a str,
    token: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
    if let Some(Command::Demo { conversations, seed }) = args.command {
        let index_lag = Duration::from_secs(1);
        let options =
            Options { seed, conversations, changes_per_second: 2.0, index_lag, ..Options::default() };
        let stopped = async {
            tokio::select! {
                _ = terminate.recv() => "terminated",
                _ = interrupt.recv() => "interrupted",
                _ = hangup.recv() => "the terminal has gone",
            }
        };
        return demo::run(options, stopped).await;
    }
    serve(args, terminate, interrupt).await
}

async fn serve(args: Args, mut terminate: Signal, mut interrupt: Signal) -> anyhow::Result<()> {
    let until_stdin_closes = args.until_stdin_closes;
    let faults = args.faults.clone();
    let count = args.conversations;
    let sim = Sim::start(options(args)).await.context("starting the workspace")?;
    for fault in faults {
        sim.inject(fault);
    }
    let line = serde_json::to_string(&Ready { url: &sim.url(), token: &sim.token() })
        .context("writing the address")?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("writing the address")?;
    eprintln!("serving {count} conversations at {}", sim.url());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_closes(), if until_stdin_closes => {}
    }
    sim.shutdown();
    let requests = sim.requests();
    eprintln!(
        "stopped after {} requests: {} of details, {} of search, {} refused by the rate limit, {} struck by faults",
        requests.total, requests.details, requests.search, requests.rate_limited, requests.faulted
    );
    // The runtime would wait for a read of standard input that may never end.
    std::process::exit(0);
}

fn options(args: Args) -> Options {
    Options {
        seed: args.seed,
        conversations: args.conversations,
        parts: Parts { mean: args.parts, long_share: args.long_share, ..Parts::default() },
        history: args.history,
        token: args.token,
        workspace_id: args.workspace,
        rate_limit: args.rate_limit,
        latency: args.latency,
        index_lag: args.index_lag,
        rows: if args.current_rows { Rows::Current } else { Rows::Indexed },
        changes_per_second: args.changes_per_second,
        clock: if args.clock_offset == 0 { Clock::Real } else { Clock::Offset(args.clock_offset) },
        oddities: !args.no_oddities,
        port: args.port,
        ..Options::default()
    }
}

async fn stdin_closes() {
    let mut ignored = [0; 256];
    let mut stdin = stdin();
    // What cannot be read any more is closed.
    while stdin.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}
