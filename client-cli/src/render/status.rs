//! What the daemon knows and does, for people.

use proto::types::{ApiBudget, Progress, Status};

use super::table::table;
use super::time::{ago, duration, local, span};
use super::{Sheet, style};

/// Clock offset from which on it is shown, in seconds.
const NOTABLE_OFFSET: u64 = 60;

/// Adds the status.
pub(crate) fn status(sheet: &mut Sheet<'_>, status: &Status) {
    let screen = sheet.screen();
    let uptime = duration(status.uptime_seconds);
    sheet.put(style::GOOD, "syncd ").put(style::STRONG, &status.version);
    sheet.put(style::FAINT, &format!("  process {}, up {uptime}", status.pid)).end();
    sheet.field("workspace", style::PLAIN, &workspace(status));
    let last_sync = status.last_sync.map_or_else(|| "never".to_owned(), |at| ago(at, screen));
    sheet.field("last sync", style::STRONG, &last_sync);
    coverage(sheet, status);
    sheet.field("history since", style::PLAIN, &local(status.horizon, screen));
    counts(sheet, status);
    sheet.field("API", style::PLAIN, &budget(status.api, status));
    let size = indicatif::HumanBytes(status.database.bytes);
    sheet.field("database", style::PLAIN, &format!("{size} in {}", status.database.path));
    if let Some(offset) = status.clock_offset_seconds.filter(|offset| offset.unsigned_abs() > NOTABLE_OFFSET)
    {
        let direction = if offset > 0 { "behind" } else { "ahead of" };
        let by = duration(offset.unsigned_abs());
        sheet.field("clock", style::WARN, &format!("this machine's is {by} {direction} Intercom's"));
    }
    if let Some(error) = &status.sync_error {
        sheet.field("sync error", style::BAD, error);
    }
    if let Some(error) = status.last_error.as_ref().filter(|error| status.sync_error.as_ref() != Some(*error))
    {
        let at = status.last_error_at.map_or_else(String::new, |at| format!(", {}", ago(at, screen)));
        sheet.field("last error", style::WARN, &format!("{error}{at}"));
    }
    syncs(sheet, &status.progress);
}

fn workspace(status: &Status) -> String {
    let Some(workspace) = &status.workspace else { return "not known yet".to_owned() };
    let name = workspace.name.as_deref().unwrap_or("(no name)");
    let region = workspace.region.as_deref().unwrap_or("unknown region");
    format!("{name} ({}, {region})", workspace.id)
}

fn coverage(sheet: &mut Sheet<'_>, status: &Status) {
    let screen = sheet.screen();
    if status.coverage.is_empty() {
        sheet.field("covered", style::PLAIN, "nothing yet");
    }
    for (index, covered) in status.coverage.iter().rev().enumerate() {
        sheet.field(if index == 0 { "covered" } else { "" }, style::PLAIN, &span(*covered, screen));
    }
    if let Some(at) = status.deletions_as_of {
        sheet.field("deletions", style::PLAIN, &format!("known up to {}", ago(at, screen)));
    }
}

fn counts(sheet: &mut Sheet<'_>, status: &Status) {
    let unfinished = [
        (status.pending, "waiting for their details"),
        (status.failed, "whose details could not be read"),
        (status.truncated, "whose oldest messages Intercom no longer returns"),
    ];
    sheet.field("conversations", style::STRONG, &status.total_conversations.to_string());
    for (count, what) in unfinished.into_iter().filter(|(count, _)| *count > 0) {
        sheet.field("", style::WARN, &format!("{count} {what}"));
    }
    sheet.field("messages", style::STRONG, &status.total_messages.to_string());
}

fn budget(api: ApiBudget, status: &Status) -> String {
    let left = match (api.remaining, api.limit) {
        (Some(remaining), Some(limit)) => format!("{remaining} of {limit} calls left"),
        _ => "limit not known yet".to_owned(),
    };
    format!(
        "{left}, {} made, {} told to wait, {} in flight; settle margin {}",
        api.requests,
        api.rate_limited,
        api.in_flight,
        duration(status.settle_seconds)
    )
}

fn syncs(sheet: &mut Sheet<'_>, running: &[Progress]) {
    if running.is_empty() {
        sheet.field("syncs", style::PLAIN, "none running");
        return;
    }
    sheet.end();
    let screen = sheet.screen();
    let rows: Vec<_> = running
        .iter()
        .map(|sync| {
            let (whole, thousandths) = (sync.millirate / 1000, sync.millirate % 1000);
            vec![
                sync.kind.clone(),
                sync.phase.as_str().to_owned(),
                sync.done.to_string(),
                sync.total.map_or_else(|| "?".to_owned(), |total| total.to_string()),
                format!("{whole}.{}/s", thousandths / 100),
                sync.eta_seconds.map_or_else(String::new, duration),
                sync.range.map_or_else(String::new, |range| span(range, screen)),
            ]
        })
        .collect();
    table(sheet, &["sync", "phase", "done", "of", "rate", "left", "range"], &rows, &[2, 3, 4, 5]);
}
