//! Freshness in JSON.

use serde::Serialize;

use crate::timestamp::{Interval, Timestamp};
use crate::types;

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// First instant, RFC 3339, UTC.
    pub start_date: String,
    /// First instant after it, RFC 3339, UTC.
    pub end_date: String,
}

impl From<Interval> for Span {
    fn from(interval: Interval) -> Self {
        Self { start_date: interval.start.to_rfc3339(), end_date: interval.end.to_rfc3339() }
    }
}

/// How fresh and complete an answer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncInfo {
    /// `fresh`, `partial` or `stale`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["fresh", "partial", "stale"])))]
    pub state: String,
    /// The instant through which the local copy is known to be complete; null where nothing is.
    pub last_sync: Option<String>,
    /// What to tell the user about missing data; null when fresh.
    pub message: Option<String>,
    /// True exactly when the state is fresh.
    pub data_complete: bool,
    /// The latest span of activity that is held without holes; null where there is none.
    pub coverage: Option<Span>,
    /// What of the timeframe is not covered.
    pub gaps: Vec<Span>,
    /// Conversations in the timeframe that are not stored whole.
    pub incomplete: Incomplete,
    /// A sync is running.
    pub sync_in_progress: bool,
    /// Why syncing does not work at present; null while it does.
    pub sync_error: Option<String>,
    /// What the answer rests on whose changes no activity tells of, and how new that is.
    pub fields: Vec<FieldAge>,
}

/// A field that changes without a conversation's activity time moving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldAge {
    /// Its name.
    pub name: String,
    /// Since when all of its values that could matter were read, RFC 3339, UTC; null where there is none.
    pub as_of: Option<String>,
}

/// Conversations that are known to exist and are not stored whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Incomplete {
    /// Waiting for their details.
    pub pending: u64,
    /// Their details could not be fetched or read.
    pub failed: u64,
}

impl From<&types::SyncInfo> for SyncInfo {
    fn from(info: &types::SyncInfo) -> Self {
        Self {
            state: info.state.as_str().to_owned(),
            last_sync: info.last_sync.map(Timestamp::to_rfc3339),
            message: info.message.clone(),
            data_complete: info.data_complete,
            coverage: info.coverage.map(Span::from),
            gaps: info.gaps.iter().copied().map(Span::from).collect(),
            incomplete: Incomplete { pending: info.incomplete.pending, failed: info.incomplete.failed },
            sync_in_progress: info.sync_in_progress,
            sync_error: info.sync_error.clone(),
            fields: info
                .fields
                .iter()
                .map(|age| FieldAge { name: age.name.clone(), as_of: age.as_of.map(Timestamp::to_rfc3339) })
                .collect(),
        }
    }
}
