//! Asking for a sync and watching it.

use serde::{Deserialize, Serialize};

use crate::types::Window;

/// What a sync is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncMode {
    /// Bring the window up to date: list what changed since the last sync, fill what is not covered.
    #[default]
    New,
    /// List the window again even where it is covered, and fetch what differs.
    Relist,
    /// Fetch every conversation of the window anew.
    Full,
}

/// Asks for a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// The window; no start: the horizon.
    pub window: Window,
    /// How thorough.
    pub mode: SyncMode,
}

/// Names one asked-for sync, as long as the daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyncTicket(pub u64);

/// Waits for news of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRequest {
    /// Which sync.
    pub ticket: SyncTicket,
    /// The sequence number of the last report seen; 0 at first.
    pub seen: u64,
}

/// Where a sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Waits for its turn.
    Queued,
    /// Pages through what changed.
    Listing,
    /// Fetches the conversations listed.
    Fetching,
    /// All is fetched; waits until nothing that moved meanwhile can have been missed.
    Settling,
    /// Done.
    Done,
    /// Given up; the report's failure says why.
    Failed,
}

impl Phase {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Listing => "listing",
            Self::Fetching => "fetching",
            Self::Settling => "settling",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Says whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// Why a sync failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncFailure {
    /// What happened and what to do next.
    pub message: String,
    /// Intercom refused the token, the plan or a permission: trying again does not help.
    pub refused: bool,
}

/// The state of a sync: counters, not changes, so that a lost report costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReport {
    /// Rises with every change.
    pub sequence: u64,
    /// Where it is.
    pub phase: Phase,
    /// Conversations of `total` that are done.
    pub done: u64,
    /// Conversations known to be wanted, where known.
    pub total: Option<u64>,
    /// Conversations fetched by this sync so far.
    pub fetched: u64,
    /// Conversations fetched a second, lately, times 1,000.
    pub millirate: u64,
    /// Seconds to the end, where it can be told.
    pub eta_seconds: Option<u64>,
    /// Why it failed.
    pub failure: Option<SyncFailure>,
}
