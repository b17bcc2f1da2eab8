//! What an answer claims about its own completeness, for people.

use proto::Interval;
use proto::types::{State, SyncInfo};

use super::time::{ago, span};
use super::{Buffer, style};

/// Adds what an answer that is not fresh says of itself, and the timeframe it speaks of; nothing when it is fresh.
pub(crate) fn warning(buffer: &mut Buffer<'_>, info: &SyncInfo, window: Interval) {
    if info.state == State::Fresh {
        return;
    }
    let label = format!("{}: ", info.state.as_str());
    buffer.put(look(info.state), &label).put(style::PLAIN, info.message.as_deref().unwrap_or_default()).end();
    let asked = span(window, buffer.screen());
    buffer.indent(label.len()).put(style::FAINT, &format!("asked about {asked}")).end();
}

/// Adds the whole verdict.
pub(crate) fn verdict(buffer: &mut Buffer<'_>, info: &SyncInfo) {
    let screen = buffer.screen();
    buffer.field("verdict", look(info.state), info.state.as_str());
    if let Some(message) = &info.message {
        buffer.field("", style::PLAIN, message);
    }
    let last_sync = info.last_sync.map_or_else(|| "never".to_owned(), |at| ago(at, screen));
    buffer.field("last sync", style::PLAIN, &last_sync);
    let coverage = info.coverage.map_or_else(|| "nothing".to_owned(), |coverage| span(coverage, screen));
    buffer.field("covered", style::PLAIN, &coverage);
    for (index, gap) in info.gaps.iter().enumerate() {
        buffer.field(if index == 0 { "missing" } else { "" }, style::WARN, &span(*gap, screen));
    }
    if info.incomplete.total() > 0 {
        let text = format!(
            "{} waiting for their details, {} whose details could not be read",
            info.incomplete.pending, info.incomplete.failed
        );
        buffer.field("incomplete", style::WARN, &text);
    }
    buffer.field("syncing", style::PLAIN, if info.sync_in_progress { "yes" } else { "no" });
    if let Some(error) = &info.sync_error {
        buffer.field("sync error", style::BAD, error);
    }
}

/// Returns the look of a verdict's word.
const fn look(state: State) -> anstyle::Style {
    match state {
        State::Fresh => style::GOOD,
        State::Partial => style::WARN,
        State::Stale => style::BAD,
    }
}
