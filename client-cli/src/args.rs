//! The command line as typed: global flags, commands, and the flags that several commands share.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Local, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use proto::Timestamp;
use proto::local::Workspace;
use proto::timeframe::{self, TimeError};
use proto::types::{SyncInfo, Window};

use crate::commands::{
    check, completions, doctor, export, fields, init, man, mcp, open, report, reset, search, service, show,
    sql, stats, status, sync, tail, topics,
};
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  syncctl search refund --timeframe \"last 7 days\"
  syncctl show 215469810
  syncctl stats --timeframe \"last 30 days\" --by day
  syncctl status --watch

Exit codes:
  0 done, 1 error, 2 wrong usage, 3 no daemon, 4 no such conversation, 5 refused by Intercom, 6 not fresh";

/// Search, check and steer the local copy of an Intercom workspace that syncd keeps
#[derive(Debug, Parser)]
#[command(name = "syncctl", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Print one JSON document and nothing else
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Use this workspace instead of the default one [env: SYNCD_WORKSPACE]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) workspace: Option<Workspace>,
    /// Connect to the daemon at this socket
    #[arg(long, global = true, value_name = "PATH", help_heading = "Global options")]
    pub(crate) socket: Option<PathBuf>,
    /// Print the answer and errors only: no progress, notes or warnings
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Show what is asked of the daemon, and how long it takes
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Print long answers instead of showing them in $PAGER
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_pager: bool,
    /// Use colours and links
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Nowhere
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
// The flags of the one command that is run are enough: those of all take longer to make than an answer.
#[command(defer = true)]
pub(crate) enum Command {
    /// Find conversations by text, time, people, state and tags
    Search(search::Search),
    /// Show one conversation, whole
    Show(show::Show),
    /// Open one conversation in the browser
    Open(open::Open),
    /// Count conversations, and measure how they were answered
    Stats(stats::Stats),
    /// Show what customers write about, and how that changed
    Topics(topics::Topics),
    /// Answer a question in SQL
    Sql(sql::Sql),
    /// List the fields that conversations have, with their values
    Fields(fields::FieldsArgs),
    /// Print conversations as they come in, until interrupted
    Tail(tail::Tail),
    /// Write everything that matches into a file
    Export(export::Export),
    /// Write a report on a timeframe as one HTML file
    Report(report::ReportArgs),
    /// Show what the daemon knows and does
    Status(status::Status),
    /// Fetch what is new, or a range again, and wait for it
    Sync(sync::Sync),
    /// Say whether the local copy is complete for a timeframe
    Check(check::Check),
    /// Set up the access token and the configuration
    Init(init::Init),
    /// Install, start and stop syncd as a service
    Service(service::Service),
    /// Give syncd to your agents
    Mcp(mcp::Mcp),
    /// Check everything that can be wrong, and say what to do
    Doctor(doctor::Doctor),
    /// Delete the local copy and start over
    Reset(reset::Reset),
    /// Print a shell's completion script
    Completions(completions::Completions),
    /// Write the man pages
    #[command(hide = true)]
    Man(man::Man),
}

/// The timeframe that a question is about.
#[derive(Args, Debug, Default)]
pub(crate) struct WindowArgs {
    /// Use a timeframe in words, such as "last 7 days", yesterday, "Q3 2026", 2026-10-01..2026-10-15
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["since", "until"])]
    timeframe: Option<String>,
    /// Begin at a time: 2026-10-15, yesterday, "3 days ago", 2h, 2026-10-15T14:30:00Z
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// End at a time; a day is included whole
    #[arg(long, value_name = "T")]
    until: Option<String>,
}

/// A way to read a time.
type Parse = fn(&str, &DateTime<Local>) -> Result<DateTime<Utc>, TimeError>;

impl WindowArgs {
    /// Returns the timeframe in instants.
    ///
    /// # Errors
    /// When a text cannot be read; a wrong usage.
    pub(crate) fn window(&self, now: &DateTime<Local>) -> Result<Window> {
        let read = |text: Option<&str>, parse: Parse| {
            text.map(|text| parse(text, now).map(Timestamp::from).map_err(unreadable)).transpose()
        };
        if let Some(words) = &self.timeframe {
            let timeframe = timeframe::parse_timeframe(words, now).map_err(unreadable)?;
            let (start, end) = (timeframe.start.map(Timestamp::from), timeframe.end.map(Timestamp::from));
            return Ok(Window { start, end });
        }
        Ok(Window {
            start: read(self.since.as_deref(), timeframe::parse_instant)?,
            end: read(self.until.as_deref(), timeframe::parse_instant_end)?,
        })
    }
}

#[allow(clippy::needless_pass_by_value)] // the shape that map_err wants
fn unreadable(error: TimeError) -> Failure {
    Failure::new(Exit::Usage, error.to_string())
}

/// What to make of an answer that is not fresh.
#[derive(Args, Debug)]
pub(crate) struct FreshArgs {
    /// Exit with code 6 when the answer is not fresh
    #[arg(long)]
    require_fresh: bool,
}

impl FreshArgs {
    /// Returns how a command ends that gave an answer with this verdict.
    pub(crate) const fn exit(&self, info: &SyncInfo) -> Exit {
        if self.require_fresh && !info.data_complete { Exit::NotFresh } else { Exit::Done }
    }
}

/// Longest wait that can be asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 86_400);

/// Reads a wait: a number of seconds, or a duration with units.
pub(crate) fn parse_wait(text: &str) -> Result<Duration, String> {
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            humantime::parse_duration(text).map_err(|_| "expected 30s, 5m, 0 and the like".to_owned())?
        }
    };
    if wait > LONGEST_WAIT { Err("expected 30 days at most".to_owned()) } else { Ok(wait) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::TimeZone as _;
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wait_is_seconds_or_a_duration() {
        let cases = [("0", Some(0)), ("45", Some(45)), ("2m", Some(120)), ("1h 5s", Some(3_605))];
        for (text, seconds) in cases {
            assert_eq!(parse_wait(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
        for text in ["", "soon", "-1", "31d", "99999999999999999999"] {
            assert!(parse_wait(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_day_of_a_range_is_taken_whole() {
        let now = Local.with_ymd_and_hms(2026, 11, 22, 20, 0, 0).unwrap();
        let midnight =
            |day| Some(Timestamp(Local.with_ymd_and_hms(2026, 10, day, 0, 0, 0).unwrap().timestamp()));
        let text = |text: &str| Some(text.to_owned());
        let flags = WindowArgs { since: text("2026-10-01"), until: text("2026-10-15"), timeframe: None };
        let words = WindowArgs { timeframe: text("2026-10-01..2026-10-15"), ..WindowArgs::default() };
        for args in [flags, words] {
            assert_eq!(args.window(&now).unwrap(), Window { start: midnight(1), end: midnight(16) });
        }
    }

    #[test]
    fn contradicting_flags_are_a_wrong_usage() {
        let lines: [&[&str]; 5] = [
            &["search", "--timeframe", "today", "--since", "today"],
            &["check", "--timeframe", "today", "--until", "today"],
            &["sync", "--days", "3", "--since", "today"],
            &["sync", "--full", "--days", "3"],
            &["search", "--limit", "0"],
        ];
        for line in lines {
            let line = [&["syncctl"], line].concat();
            assert_eq!(Cli::try_parse_from(&line).unwrap_err().exit_code(), 2, "{line:?}");
        }
    }
}
