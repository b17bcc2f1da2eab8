//! In JSON, what the daemon found out about how far its claims can be trusted.

use serde::Serialize;

use super::Span;
use crate::timestamp::Timestamp;
use crate::types;

/// A change that turned up at an activity time that had been claimed already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LateArrival {
    /// How long after its activity time.
    pub delay_seconds: u64,
    /// When it turned up.
    pub seen_at: String,
}

/// How far stored conversations were read again and compared with what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verification {
    /// Every stored conversation was read at or after this instant; null before the first look.
    pub read_since: Option<String>,
    /// Conversations that were read again for nothing but to compare them: each was a call.
    pub verified: u64,
    /// How many of those had changed in Intercom without a new activity time.
    pub differences: u64,
    /// When the last of these was found.
    pub last_difference_at: Option<String>,
}

/// A comparison of how many conversations Intercom counts with how many are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountCheck {
    /// When they were counted.
    pub checked_at: String,
    /// The span of activity in which they were.
    pub range: Span,
    /// How many Intercom counts.
    pub intercom: u64,
    /// How many are stored or known to be missing.
    pub stored: u64,
    /// `equal`, `doubtful` where the difference may be the index's lag, or `different` where it persisted.
    pub state: String,
}

/// What the daemon found out about how far its claims can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calibration {
    /// The worst late arrival of the last seven days: it sets the settle margin. Null where there was none.
    pub late_arrival: Option<LateArrival>,
    /// When a longer stretch below the head was last listed again.
    pub tail_listed_at: Option<String>,
    /// Where re-verification is.
    pub verification: Verification,
    /// The last comparison of counts.
    pub count_check: Option<CountCheck>,
    /// Why deletions cannot be learned of at present.
    pub deletions_error: Option<String>,
}

impl From<&types::Calibration> for Calibration {
    fn from(calibration: &types::Calibration) -> Self {
        let verification = calibration.verification;
        Self {
            late_arrival: calibration.late_arrival.map(|late| LateArrival {
                delay_seconds: late.delay_seconds,
                seen_at: late.seen_at.to_rfc3339(),
            }),
            tail_listed_at: calibration.tail_listed_at.map(Timestamp::to_rfc3339),
            verification: Verification {
                read_since: verification.read_since.map(Timestamp::to_rfc3339),
                verified: verification.verified,
                differences: verification.differences,
                last_difference_at: verification.last_difference_at.map(Timestamp::to_rfc3339),
            },
            count_check: calibration.count_check.map(|check| CountCheck {
                checked_at: check.checked_at.to_rfc3339(),
                range: Span::from(check.range),
                intercom: check.intercom,
                stored: check.stored,
                state: check.state.as_str().to_owned(),
            }),
            deletions_error: calibration.deletions_error.clone(),
        }
    }
}
