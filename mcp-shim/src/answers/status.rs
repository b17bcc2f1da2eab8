//! What is answered of the local copy as a whole.

use proto::Timestamp;
use proto::types::Status;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ID, MESSAGE, shorten, some};
use crate::text;

/// Most syncs that are named: there is hardly ever more than one of each kind.
const SYNCS: usize = 10;

/// What the daemon knows and does.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Current {
    /// Its fields.
    #[serde(flatten)]
    pub(crate) status: Status,
    /// How many covered spans there are besides these, all of them older: check_coverage says what of a timeframe is not
    /// covered. Absent where these are all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub(crate) coverage_left_out: Option<usize>,
    /// How many syncs run or are queued besides these. Absent where these are all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub(crate) progress_left_out: Option<usize>,
}

impl Current {
    /// Returns the status with at most so many of the covered spans, the latest ones.
    pub(crate) fn new(status: &Status, spans: usize) -> Self {
        let mut status = status.clone();
        for text in [&mut status.sync_error, &mut status.last_error, &mut status.calibration.deletions_error]
        {
            shorten(text, MESSAGE);
        }
        status.database.path = text::one_line(&status.database.path, MESSAGE);
        if let Some(workspace) = &mut status.workspace {
            workspace.id = text::one_line(&workspace.id, ID);
            shorten(&mut workspace.name, ID);
            shorten(&mut workspace.region, ID);
        }
        let coverage_left_out = status.coverage.len().saturating_sub(spans);
        status.coverage.drain(..coverage_left_out);
        let progress_left_out = status.progress.len().saturating_sub(SYNCS);
        status.progress.truncate(SYNCS);
        Self {
            status,
            coverage_left_out: some(coverage_left_out),
            progress_left_out: some(progress_left_out),
        }
    }
}

/// The status under the names that `get_data_info` has always had, and in full.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DataInfo {
    /// Something is stored.
    pub(crate) has_data: bool,
    /// How old the newest stored state is known to be, in minutes; null where nothing is covered.
    pub(crate) data_age_minutes: Option<i64>,
    /// Start of the span that is held without holes; null where there is none.
    pub(crate) coverage_start: Option<Timestamp>,
    /// End of that span.
    pub(crate) coverage_end: Option<Timestamp>,
    /// The database's size in MiB.
    pub(crate) database_size_mb: f64,
    /// Everything else.
    #[serde(flatten)]
    pub(crate) status: Current,
}
