//! The verdict: what an answer may claim about a window.

use proto::types::{Incomplete, State, Window};
use proto::{ApiError, Interval, Timestamp};

use super::Coverage;

/// What the user configured about freshness, and the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The latest that Intercom's clock can show.
    pub now: Timestamp,
    /// Intercom has answered; before that it is what this machine's clock says, which may be wrong.
    pub is_known: bool,
    /// The lag that still counts as fresh, in seconds.
    pub tolerance: i64,
    /// The start of the history that is kept.
    pub horizon: Timestamp,
}

/// What may be said about a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The one word.
    pub state: State,
    /// What to tell the user; `None` when fresh.
    pub message: Option<String>,
    /// What is not covered of the window; or, where all of it is, of the time between its end and the head's.
    pub gaps: Vec<Interval>,
}

/// Returns the window in instants: no end is now, an end in the future is now, no start is the horizon.
///
/// # Errors
/// When it starts after its end; the text says which bound is wrong.
pub fn normalise(window: Window, policy: Policy) -> Result<Interval, ApiError> {
    let end = window.end.map_or(policy.now, |end| end.min(policy.now));
    let Some(start) = window.start else {
        return Ok(Interval { start: policy.horizon.min(end), end });
    };
    if start <= end {
        return Ok(Interval { start, end });
    }
    if !policy.is_known && window.end.is_none_or(|end| start <= end) {
        // It may be later in Intercom than this machine believes.
        return Ok(Interval { start, end: start });
    }
    Err(ApiError::BadRequest(match window.end {
        Some(asked) if start > asked => {
            format!("the timeframe's start {start} is after its end {asked}: give a start before the end")
        }
        _ => format!(
            "the timeframe's start {start} is in the future (it is {} in Intercom): give an earlier one, or set this machine's clock",
            policy.now
        ),
    }))
}

/// Returns the verdict on a normalised window, of which `incomplete` conversations are not stored whole.
///
/// Fresh takes more than that every instant of `[start, end - tolerance]` is covered: a conversation that was active
/// in the window may have changed since, and then is found at its latest activity only. So nothing between the
/// window and the head's end may be missing either. Tolerance excuses the recent end alone.
#[must_use]
pub fn verdict(coverage: &Coverage, incomplete: Incomplete, window: Interval, policy: Policy) -> Verdict {
    let Some(head) = coverage.head().filter(|head| head.end >= window.start) else {
        return Verdict {
            state: State::Stale,
            message: Some("Data is stale - syncing latest conversations...".to_owned()),
            gaps: [window].into_iter().filter(|gap| !gap.is_empty()).collect(),
        };
    };
    let last_sync = head.end;
    let recent_missing = last_sync < window.end.minus(policy.tolerance);
    let older_missing = head.start > window.start;
    if !recent_missing && !older_missing && incomplete.total() == 0 {
        return Verdict { state: State::Fresh, message: None, gaps: Vec::new() };
    }

    let reach = if recent_missing { window.end } else { window.end.min(last_sync) };
    let mut gaps = coverage.gaps(Interval { end: reach, ..window });
    if gaps.is_empty() && older_missing {
        gaps = coverage.gaps(Interval { start: window.start, end: last_sync });
    }
    let message = Some(describe(&gaps, incomplete, window, last_sync, recent_missing));
    Verdict { state: State::Partial, message, gaps }
}

/// Returns the sentences about what is missing, the most recent first.
fn describe(
    gaps: &[Interval],
    incomplete: Incomplete,
    window: Interval,
    last_sync: Timestamp,
    recent_missing: bool,
) -> String {
    let mut sentences = Vec::new();
    if recent_missing {
        sentences.push(format!(
            "Analysis includes conversations up to {} - may be missing recent conversations",
            last_sync.to_minute()
        ));
    }
    let older = gaps.first().filter(|gap| gap.start == window.start && gap.end <= last_sync);
    let holes: Vec<_> = gaps.iter().filter(|gap| gap.start > window.start && gap.end <= last_sync).collect();
    if let Some(largest) = holes.iter().max_by_key(|gap| gap.seconds()) {
        let count = match holes.len() {
            1 => "1 gap is".to_owned(),
            several => format!("{several} gaps are"),
        };
        sentences.push(format!(
            "{count} not synced yet, the largest from {} to {}",
            largest.start.to_minute(),
            largest.end.to_minute()
        ));
    }
    if let Some(gap) = older {
        sentences.push(format!(
            "Conversations before {} are not synced yet - results from {} on may be incomplete",
            gap.end.to_minute(),
            window.start.to_minute()
        ));
    }
    match incomplete.total() {
        0 => {}
        1 => sentences.push("1 conversation in this timeframe is not fully synced yet".to_owned()),
        several => {
            sentences.push(format!("{several} conversations in this timeframe are not fully synced yet"));
        }
    }
    sentences.join(". ")
}
