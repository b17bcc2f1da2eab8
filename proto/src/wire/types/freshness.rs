//! What an answer claims about its own completeness.

use serde::{Deserialize, Serialize};

use crate::wire::timestamp::{Interval, Timestamp};

/// The timeframe that a question is about, as asked: no start means the horizon, no end means now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First instant asked about; `None`: as far back as the local copy is kept.
    pub start: Option<Timestamp>,
    /// Last instant asked about; `None`: now.
    pub end: Option<Timestamp>,
}

/// The verdict's one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everything with activity in the window is in the local copy, but for the last few minutes (the tolerance).
    Fresh,
    /// Some of the window is missing; the message says what.
    Partial,
    /// Nothing of the window is known to be complete.
    Stale,
}

impl State {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Partial => "partial",
            Self::Stale => "stale",
        }
    }
}

/// Conversations in the window that are known to exist and are not stored whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Incomplete {
    /// Listed, and waiting for their details to be fetched.
    pub pending: u64,
    /// Their details could not be fetched or read; retried with growing pauses.
    pub failed: u64,
}

impl Incomplete {
    /// Returns how many there are of both kinds.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.pending.saturating_add(self.failed)
    }
}

/// What every answer says about its own freshness and completeness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncInfo {
    /// `fresh`, `partial` or `stale`.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("enum" = ["fresh", "partial", "stale"])))]
    pub state: State,
    /// The instant through which the local copy is known to be complete: the end of the head. Null where nothing is.
    pub last_sync: Option<Timestamp>,
    /// What to tell the user about missing data; null when fresh.
    pub message: Option<String>,
    /// True exactly when the state is fresh.
    pub data_complete: bool,
    /// The head: the latest span of activity that is held without holes; null where there is none.
    pub coverage: Option<Interval>,
    /// The pieces of the timeframe that are not covered; where all of it is, the holes between its end and `last_sync`, into
    /// which its conversations may have moved on.
    pub gaps: Vec<Interval>,
    /// Conversations in the timeframe that are not stored whole.
    pub incomplete: Incomplete,
    /// A sync is running now.
    pub sync_in_progress: bool,
    /// Why syncing does not work at present; null while it does.
    pub sync_error: Option<String>,
    /// What the answer rests on whose changes no activity tells of, and how new that is.
    pub fields: Vec<FieldAge>,
}

/// A field that changes without a conversation's activity time moving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldAge {
    /// Its name.
    pub name: String,
    /// Since when all of its values that could matter were read, RFC 3339, UTC; null where they have not been read yet.
    pub as_of: Option<Timestamp>,
}

/// Asks for the verdict on a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// The window asked about.
    pub window: Window,
}

/// The verdict on a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReply {
    /// The verdict.
    pub sync_info: SyncInfo,
    /// The window as understood.
    pub window: Interval,
}
