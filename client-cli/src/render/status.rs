//! What the daemon knows and does, for people.

use proto::display::duration;
use proto::types::{ApiBudget, CountState, Progress, Status};

use super::table::table;
use super::time::{ago, local, span};
use super::{Buffer, style};

/// Clock offset from which on it is shown, in seconds.
const NOTABLE_OFFSET: u64 = 60;

/// Adds the status.
pub(crate) fn status(buffer: &mut Buffer<'_>, status: &Status) {
    let screen = buffer.screen();
    let uptime = duration(status.daemon.uptime_seconds);
    buffer.put(style::GOOD, "syncd ").put(style::STRONG, &status.daemon.version);
    buffer.put(style::FAINT, &format!("  process {}, up {uptime}", status.daemon.pid)).end();
    buffer.field("workspace", style::PLAIN, &workspace(status));
    let last_sync = status.last_sync.map_or_else(|| "never".to_owned(), |at| ago(at, screen));
    buffer.field("last sync", style::STRONG, &last_sync);
    coverage(buffer, status);
    buffer.field("history since", style::PLAIN, &local(status.horizon, screen));
    counts(buffer, status);
    calibration(buffer, status);
    buffer.field("API", style::PLAIN, &budget(status.api));
    let size = indicatif::HumanBytes(status.database.bytes);
    buffer.field("database", style::PLAIN, &format!("{size} in {}", status.database.path));
    if let Some(offset) = status.clock_offset_seconds.filter(|offset| offset.unsigned_abs() > NOTABLE_OFFSET)
    {
        let direction = if offset > 0 { "behind" } else { "ahead of" };
        let by = duration(offset.unsigned_abs());
        buffer.field("clock", style::WARN, &format!("this machine's is {by} {direction} Intercom's"));
    }
    if let Some(error) = &status.sync_error {
        buffer.field("sync error", style::BAD, error);
    }
    if let Some(error) = status.last_error.as_ref().filter(|error| status.sync_error.as_ref() != Some(*error))
    {
        let at = status.last_error_at.map_or_else(String::new, |at| format!(", {}", ago(at, screen)));
        buffer.field("last error", style::WARN, &format!("{error}{at}"));
    }
    syncs(buffer, &status.progress);
}

fn workspace(status: &Status) -> String {
    let Some(workspace) = &status.workspace else { return "not known yet".to_owned() };
    let name = workspace.name.as_deref().unwrap_or("(no name)");
    let region = workspace.region.as_deref().unwrap_or("unknown region");
    format!("{name} ({}, {region})", workspace.id)
}

fn coverage(buffer: &mut Buffer<'_>, status: &Status) {
    let screen = buffer.screen();
    if status.coverage.is_empty() {
        buffer.field("covered", style::PLAIN, "nothing yet");
    }
    for (index, covered) in status.coverage.iter().rev().enumerate() {
        buffer.field(if index == 0 { "covered" } else { "" }, style::PLAIN, &span(*covered, screen));
    }
    if let Some(at) = status.deletions_as_of {
        buffer.field("deletions", style::PLAIN, &format!("known up to {}", ago(at, screen)));
    }
    if let Some(error) = &status.calibration.deletions_error {
        let label = if status.deletions_as_of.is_some() { "" } else { "deletions" };
        buffer.field(label, style::WARN, &format!("unknown: {error}"));
    }
}

fn calibration(buffer: &mut Buffer<'_>, status: &Status) {
    let screen = buffer.screen();
    let found = &status.calibration;
    let why = found.late_arrival.map_or_else(
        || "no change came late in the last 7 days".to_owned(),
        |late| format!("a change came {} late, {}", duration(late.delay_seconds), ago(late.seen_at, screen)),
    );
    buffer.field("settle margin", style::PLAIN, &format!("{}; {why}", duration(status.settle_seconds)));
    if let Some(at) = found.tail_listed_at {
        buffer.field("", style::PLAIN, &format!("recent past listed again {}", ago(at, screen)));
    }
    let verification = found.verification;
    if let Some(at) = verification.read_since {
        let (read, since) = (verification.verified, ago(at, screen));
        let told = format!("{read} calls to read conversations again; the oldest was read {since}");
        buffer.field("verification", style::PLAIN, &told);
    }
    if let Some(at) = verification.last_difference_at {
        let count = verification.differences;
        let text =
            format!("{count} had changed without a new activity time, the last found {}", ago(at, screen));
        buffer.field("", style::WARN, &text);
    }
    if let Some(check) = found.count_check {
        let numbers = format!("Intercom counts {}, {} are stored", check.intercom, check.stored);
        let (look, meaning) = match check.state {
            CountState::Equal => (style::PLAIN, ""),
            CountState::Doubtful => (style::PLAIN, ", to be counted again"),
            CountState::Different => (style::WARN, ", what differs is listed and read again"),
        };
        buffer.field("count check", look, &format!("{numbers}{meaning}; {}", ago(check.checked_at, screen)));
    }
}

fn counts(buffer: &mut Buffer<'_>, status: &Status) {
    let unfinished = [
        (status.pending, "waiting for their details"),
        (status.failed, "whose details could not be read"),
        (status.truncated, "whose oldest messages Intercom no longer returns"),
    ];
    buffer.field("conversations", style::STRONG, &status.total_conversations.to_string());
    for (count, what) in unfinished.into_iter().filter(|(count, _)| *count > 0) {
        buffer.field("", style::WARN, &format!("{count} {what}"));
    }
    buffer.field("messages", style::STRONG, &status.total_messages.to_string());
}

fn budget(api: ApiBudget) -> String {
    let left = match (api.remaining, api.limit) {
        (Some(remaining), Some(limit)) => format!("{remaining} of {limit} calls left"),
        _ => "limit not known yet".to_owned(),
    };
    format!("{left}, {} made, {} refused, {} in flight", api.requests, api.rate_limited, api.in_flight)
}

fn syncs(buffer: &mut Buffer<'_>, running: &[Progress]) {
    if running.is_empty() {
        buffer.field("syncs", style::PLAIN, "none running");
        return;
    }
    buffer.end();
    let screen = buffer.screen();
    let rows: Vec<_> = running
        .iter()
        .map(|sync| {
            vec![
                sync.kind.clone(),
                sync.phase.as_str().to_owned(),
                sync.done.to_string(),
                sync.total.map_or_else(|| "?".to_owned(), |total| total.to_string()),
                format!("{:.1}/s", sync.rate),
                sync.eta_seconds.map_or_else(String::new, duration),
                sync.range.map_or_else(String::new, |range| span(range, screen)),
            ]
        })
        .collect();
    table(buffer, &["sync", "phase", "done", "of", "rate", "left", "range"], &rows, &[2, 3, 4, 5]);
}
