//! What the daemon found out about how far its claims can be trusted.

use serde::{Deserialize, Serialize};

use crate::wire::timestamp::{Interval, Timestamp};

/// A change that turned up at an activity time that had been claimed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LateArrival {
    /// How long after its activity time.
    pub delay_seconds: u64,
    /// When it turned up.
    pub seen_at: Timestamp,
}

/// How far stored conversations were read again and compared with what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verification {
    /// Every stored conversation was read at or after this instant; null before the first look.
    pub read_since: Option<Timestamp>,
    /// Conversations that were read again for nothing but to compare them: each was a call.
    pub verified: u64,
    /// How many of those had changed in Intercom without a new activity time.
    pub differences: u64,
    /// When the last of these was found.
    pub last_difference_at: Option<Timestamp>,
}

/// What a comparison of the number of conversations came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountState {
    /// As many are stored as Intercom counts, but for what changed in between.
    Equal,
    /// The numbers differ, which may be the index's lag: they are compared once more.
    Doubtful,
    /// They still differ: what differs was or is being listed and read again.
    Different,
}

impl CountState {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Doubtful => "doubtful",
            Self::Different => "different",
        }
    }
}

/// A comparison of how many conversations Intercom counts with how many are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountCheck {
    /// When they were counted.
    pub checked_at: Timestamp,
    /// The span of activity in which they were.
    pub range: Interval,
    /// How many Intercom counts.
    pub intercom: u64,
    /// How many are stored or known to be missing.
    pub stored: u64,
    /// `equal`, `doubtful` where the difference may be the index's lag, or `different` where it persisted.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub state: CountState,
}

/// What the daemon found out about how far its claims can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calibration {
    /// The worst late arrival of the last seven days: it sets the settle margin. Null where there was none.
    pub late_arrival: Option<LateArrival>,
    /// When a longer stretch below the head was last listed again.
    pub tail_listed_at: Option<Timestamp>,
    /// Where re-verification is.
    pub verification: Verification,
    /// The last comparison of counts.
    pub count_check: Option<CountCheck>,
    /// Why deletions cannot be learned of at present.
    pub deletions_error: Option<String>,
}
