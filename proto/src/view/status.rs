//! The status in JSON.

use serde::Serialize;

use super::{Calibration, Span};
use crate::timestamp::Timestamp;
use crate::types;

/// A running or queued sync.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// `incremental`, `backfill`, `requested`, `full` or `details`.
    pub kind: String,
    /// `queued`, `listing`, `fetching`, `settling`, `done` or `failed`.
    pub phase: String,
    /// The span of activity that it works on.
    pub range: Option<Span>,
    /// Conversations done.
    pub done: u64,
    /// Conversations in all; null where that is not known.
    pub total: Option<u64>,
    /// Conversations a second, lately.
    pub rate: f64,
    /// Seconds to the end; null where that cannot be told.
    pub eta: Option<u64>,
}

impl From<&types::Progress> for Progress {
    fn from(progress: &types::Progress) -> Self {
        Self {
            kind: progress.kind.clone(),
            phase: progress.phase.as_str().to_owned(),
            range: progress.range.map(Span::from),
            done: progress.done,
            total: progress.total,
            rate: per_second(progress.millirate),
            eta: progress.eta_seconds,
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a rate to three decimals, far below 2^52
fn per_second(millirate: u64) -> f64 {
    millirate as f64 / 1000.0
}

/// The workspace that the local copy is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workspace {
    /// Intercom's id code.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `us`, `eu` or `au`.
    pub region: Option<String>,
}

/// Use of Intercom's rate limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiBudget {
    /// Calls allowed in the current window of 10 seconds; null until Intercom has said so.
    pub limit: Option<u64>,
    /// Calls left in it.
    pub remaining: Option<u64>,
    /// When the next window begins, on Intercom's clock.
    pub resets_at: Option<String>,
    /// Calls made since the daemon started.
    pub requests: u64,
    /// How many of those were answered with 429.
    pub rate_limited: u64,
    /// Calls being answered now.
    pub in_flight: u64,
}

/// The database on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Database {
    /// Where it is.
    pub path: String,
    /// Its size in bytes, with the write-ahead log.
    pub bytes: u64,
}

/// The daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Daemon {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// How long it has run.
    pub uptime_seconds: u64,
}

/// What the daemon knows and does: the answer of `get_sync_status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// The instant through which the local copy is known to be complete.
    pub last_sync: Option<String>,
    /// Conversations stored.
    pub total_conversations: u64,
    /// Messages stored.
    pub total_messages: u64,
    /// A sync is running.
    pub sync_in_progress: bool,
    /// The latest span of activity that is held without holes.
    pub sync_coverage: Option<Span>,
    /// All spans that are covered, oldest first.
    pub coverage: Vec<Span>,
    /// How far back the copy is to reach.
    pub horizon: String,
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
    /// When that was.
    pub last_error_at: Option<String>,
    /// Intercom's clock minus this machine's.
    pub clock_offset_seconds: Option<i64>,
    /// How far behind Intercom's clock a scan's end stays.
    pub settle_seconds: u64,
    /// What was found out about how far claims can be trusted.
    pub calibration: Calibration,
    /// The lag that still counts as fresh.
    pub tolerance_seconds: u64,
    /// Up to when deletions in Intercom are known.
    pub deletions_as_of: Option<String>,
    /// The workspace; null until the first successful call.
    pub workspace: Option<Workspace>,
    /// Use of the rate limit.
    pub api: ApiBudget,
    /// The database.
    pub database: Database,
    /// The daemon itself.
    pub daemon: Daemon,
}

impl From<&types::Status> for Status {
    fn from(status: &types::Status) -> Self {
        Self {
            last_sync: status.last_sync.map(Timestamp::to_rfc3339),
            total_conversations: status.total_conversations,
            total_messages: status.total_messages,
            sync_in_progress: status.sync_in_progress,
            sync_coverage: status.sync_coverage.map(Span::from),
            coverage: status.coverage.iter().copied().map(Span::from).collect(),
            horizon: status.horizon.to_rfc3339(),
            progress: status.progress.iter().map(Progress::from).collect(),
            pending: status.pending,
            failed: status.failed,
            truncated: status.truncated,
            sync_error: status.sync_error.clone(),
            last_error: status.last_error.clone(),
            last_error_at: status.last_error_at.map(Timestamp::to_rfc3339),
            clock_offset_seconds: status.clock_offset_seconds,
            settle_seconds: status.settle_seconds,
            calibration: Calibration::from(&status.calibration),
            tolerance_seconds: status.tolerance_seconds,
            deletions_as_of: status.deletions_as_of.map(Timestamp::to_rfc3339),
            workspace: status.workspace.as_ref().map(|workspace| Workspace {
                id: workspace.id.clone(),
                name: workspace.name.clone(),
                region: workspace.region.clone(),
            }),
            api: ApiBudget {
                limit: status.api.limit,
                remaining: status.api.remaining,
                resets_at: status.api.resets_at.map(Timestamp::to_rfc3339),
                requests: status.api.requests,
                rate_limited: status.api.rate_limited,
                in_flight: status.api.in_flight,
            },
            database: Database { path: status.database.path.clone(), bytes: status.database.bytes },
            daemon: Daemon {
                version: status.version.clone(),
                pid: status.pid,
                uptime_seconds: status.uptime_seconds,
            },
        }
    }
}
