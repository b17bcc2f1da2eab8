//! Which conversations a timeframe is about: for what is at hand, and in SQL for what is read. Nothing changes before it is
//! created, nor does a document lie before its conversation's last change.

use proto::types::TimeField;
use proto::{Interval, Timestamp};

use super::docid;
use super::error::Error;

/// Says whether a timeframe is about a conversation by its times; `None` where only what happened in it tells.
pub(super) fn is_about(
    window: Interval,
    by: TimeField,
    updated_at: i64,
    created_at: impl FnOnce() -> Result<i64, Error>,
) -> Result<Option<bool>, Error> {
    let (start, end) = (window.start.0, window.end.0);
    let inside = |at: i64| (start..=end).contains(&at);
    match by {
        TimeField::Updated => Ok(Some(inside(updated_at))),
        TimeField::Created => Ok(Some(inside(created_at()?))),
        TimeField::Activity if updated_at <= end => Ok(Some(updated_at >= start)),
        TimeField::Activity => {
            let created_at = created_at()?;
            Ok((created_at >= start).then_some(created_at <= end))
        }
    }
}

/// Says whether something happened in a timeframe. Of a truncated conversation, what followed its opening is missing up to the
/// next instant that is known: it may have been active at any time between.
pub(super) fn was_active(instants: &[i64], truncated: bool, window: Interval) -> bool {
    let (start, end) = (window.start.0, window.end.0);
    let unknown = match instants {
        [opened, next, ..] if truncated => *opened <= end && start <= *next,
        _ => false,
    };
    unknown || instants.iter().any(|at| (start..=end).contains(at))
}

/// Returns the first and the last document that can be of a conversation that a timeframe is about.
pub(super) fn documents(window: Interval, by: TimeField) -> (i64, i64) {
    let last = match by {
        TimeField::Updated => docid::last(window.end),
        TimeField::Activity | TimeField::Created => i64::MAX,
    };
    (docid::first(window.start), last)
}

/// Returns the first and the last instant at which a conversation can have been created that a timeframe is about.
pub(super) fn created(window: Interval, by: TimeField) -> (i64, i64) {
    match by {
        TimeField::Created => (window.start.0, window.end.0),
        TimeField::Activity => (i64::MIN, window.end.0),
        TimeField::Updated => (i64::MIN, i64::MAX),
    }
}

/// Returns what holds of the rows `c` of conversations that a timeframe may be about.
pub(super) fn condition(window: Interval, by: TimeField) -> String {
    let Interval { start: Timestamp(start), end: Timestamp(end) } = window;
    match by {
        TimeField::Created => format!("c.created_at BETWEEN {start} AND {end}"),
        TimeField::Updated => format!("c.updated_at BETWEEN {start} AND {end}"),
        TimeField::Activity => format!("c.updated_at >= {start} AND c.created_at <= {end}"),
    }
}

/// Returns what holds of the rows `c` of conversations in which something happened within a timeframe.
pub(super) fn active(window: Interval) -> String {
    let Interval { start: Timestamp(start), end: Timestamp(end) } = window;
    let may_be = condition(window, TimeField::Activity);
    format!(
        "{may_be} AND (c.created_at >= {start} OR c.updated_at <= {end} OR was_active(c.key, c.activity, c.truncated))"
    )
}
