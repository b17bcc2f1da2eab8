//! The order of results by activity time. PURE.

use serde::{Deserialize, Serialize};

/// A place in the order of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    /// The activity time.
    pub(super) updated_at: i64,
    /// The document, which tells conversations of one second apart.
    pub(super) docid: i64,
}

impl Position {
    /// The place before all.
    pub(super) const FIRST: Self = Self { updated_at: i64::MAX, docid: i64::MAX };
}

/// Why a walk stops before its end.
pub(super) enum Stop {
    /// The visitor had enough.
    Enough,
    /// The deadline passed.
    Deadline,
}
