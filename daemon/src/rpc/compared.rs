//! The times that an answer rests on which compares two.

use proto::types::{Compare, Window};
use proto::{ApiError, Interval};

use crate::freshness::{Policy, normalise};

/// A timeframe, and the one that it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// The timeframe that is compared with.
    pub(super) before: Option<Interval>,
    /// What the answer rests on: both, and for simplicity's sake what lies between them.
    pub(super) whole: Interval,
    /// The same as it was asked for: without an end where that is the present.
    pub(super) asked: Window,
}

impl Compared {
    /// Returns what a timeframe is compared with, as it was asked for and as it is understood.
    ///
    /// # Errors
    /// When the other timeframe ends before it starts.
    pub(super) fn new(
        compare: Compare,
        asked: Window,
        window: Interval,
        policy: Policy,
    ) -> Result<Self, ApiError> {
        // Both ends of a window lie in it.
        let end = window.start.minus(1);
        let previous = Interval { start: end.minus(window.end.since(window.start)), end };
        let before = match compare {
            Compare::Nothing => None,
            Compare::Previous => Some(previous),
            Compare::PreviousIfKept => Some(previous).filter(|previous| previous.start >= policy.horizon),
            Compare::With(window) => Some(normalise(window, policy)?),
        };
        let Some(other) = before else { return Ok(Self { before, whole: window, asked }) };
        let whole = Interval { start: window.start.min(other.start), end: window.end.max(other.end) };
        let asked = Window { start: Some(whole.start), end: asked.end.map(|_| whole.end) };
        Ok(Self { before, whole, asked })
    }
}
