//! What the daemon knows and does.

use serde::{Deserialize, Serialize};

use crate::types::{Calibration, Phase};
use crate::wire::timestamp::{Interval, Timestamp};

/// The workspace that the local copy is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workspace {
    /// Intercom's id code of the workspace.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `us`, `eu` or `au`, as Intercom says.
    pub region: Option<String>,
}

/// A running or queued sync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// `incremental`, `backfill`, `requested`, `full` or `details`.
    pub kind: String,
    /// `queued`, `listing`, `fetching`, `settling`, `done` or `failed`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub phase: Phase,
    /// The span of activity that it works on.
    pub range: Option<Interval>,
    /// Conversations done.
    pub done: u64,
    /// Conversations in all; null where that is not known.
    pub total: Option<u64>,
    /// Conversations a second, lately.
    pub rate: f64,
    /// Seconds to the end; null where that cannot be told.
    #[serde(rename = "eta")]
    pub eta_seconds: Option<u64>,
}

/// How much of Intercom's rate limit is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiBudget {
    /// Calls that Intercom allows in the current window of 10 seconds; null until it has said so.
    pub limit: Option<u64>,
    /// Calls left in it.
    pub remaining: Option<u64>,
    /// When the next window begins, on Intercom's clock.
    pub resets_at: Option<Timestamp>,
    /// Calls made since the daemon started.
    pub requests: u64,
    /// How many of those Intercom answered with 429.
    pub rate_limited: u64,
    /// Calls being answered now.
    pub in_flight: u64,
}

/// The database on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Database {
    /// Where it is.
    pub path: String,
    /// Its size with the write-ahead log, in bytes.
    pub bytes: u64,
}

/// The daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Daemon {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// How long it has run, in seconds.
    pub uptime_seconds: u64,
}

/// What the daemon knows and does, as of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// The instant through which the local copy is known to be complete.
    pub last_sync: Option<Timestamp>,
    /// Conversations stored.
    pub total_conversations: u64,
    /// Messages stored.
    pub total_messages: u64,
    /// A sync is running.
    pub sync_in_progress: bool,
    /// The head: the latest span of activity that is held without holes.
    pub sync_coverage: Option<Interval>,
    /// All spans of activity that are covered, oldest first, the head last.
    pub coverage: Vec<Interval>,
    /// How far back the copy is to reach.
    pub horizon: Timestamp,
    /// Each running or queued sync.
    pub progress: Vec<Progress>,
    /// Conversations listed and not yet stored whole.
    pub pending: u64,
    /// Conversations whose details could not be fetched or read.
    pub failed: u64,
    /// Conversations of which Intercom no longer returns every part.
    pub truncated: u64,
    /// Why syncing does not work at present.
    pub sync_error: Option<String>,
    /// The last thing that went wrong, though it may have been fixed since.
    pub last_error: Option<String>,
    /// When that was, on this machine's clock.
    pub last_error_at: Option<Timestamp>,
    /// Intercom's clock minus this machine's, in seconds.
    pub clock_offset_seconds: Option<i64>,
    /// How far behind Intercom's clock a scan's end stays, in seconds.
    pub settle_seconds: u64,
    /// What was found out about how far claims can be trusted.
    pub calibration: Calibration,
    /// The lag that still counts as fresh, in seconds.
    pub tolerance_seconds: u64,
    /// Up to when deletions in Intercom are known.
    pub deletions_as_of: Option<Timestamp>,
    /// The workspace; null until the first successful call.
    pub workspace: Option<Workspace>,
    /// Use of the rate limit.
    pub api: ApiBudget,
    /// The database.
    pub database: Database,
    /// The daemon itself.
    pub daemon: Daemon,
}

/// How a check of the diagnosis went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, with something to know.
    Warning,
    /// Does not work.
    Failed,
}

/// One line of the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What was checked.
    pub subject: String,
    /// How it went.
    pub health: Health,
    /// What was found.
    pub finding: String,
    /// What to do, where there is something to do.
    pub remedy: Option<String>,
}
