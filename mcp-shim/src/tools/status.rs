//! `get_sync_status`, and the two names under which users of the predecessor ask for the same.

use chrono::Utc;
use proto::Timestamp;
use proto::display::duration;
use proto::types::{Calibration, CountState, Status};

use super::lines::{line, quoted, span};
use super::{Answer, Call};
use crate::answers::{Current, DataInfo};
use crate::budget::{self, Room};
use crate::daemon::Daemon;
use crate::error::Error;
use crate::text;

pub(super) async fn call(call: &Call<'_>) -> Result<Answer, Error> {
    let status = current(call.daemon).await?;
    answer(&status, Room::Usual, |current| Answer::new(describe(&current), &current))
}

/// Returns the status as JSON.
///
/// # Errors
/// When there is no daemon.
pub(crate) async fn status(daemon: &Daemon) -> Result<String, Error> {
    let status = current(daemon).await?;
    let answer = answer(&status, Room::FieldsAlone, |current| Answer::new(String::new(), &current))?;
    Ok(answer.value.to_string())
}

pub(super) async fn data_info(call: &Call<'_>) -> Result<Answer, Error> {
    let status = current(call.daemon).await?;
    // The local clock is translated to Intercom's before the two are compared.
    let now = Timestamp::from(Utc::now()).plus(status.clock_offset_seconds.unwrap_or(0));
    answer(&status, Room::Usual, |current| {
        let info = DataInfo {
            has_data: status.total_conversations > 0,
            data_age_minutes: status.last_sync.map(|last_sync| now.since(last_sync).max(0) / 60),
            coverage_start: status.sync_coverage.map(|head| head.start),
            coverage_end: status.sync_coverage.map(|head| head.end),
            database_size_mb: mebibytes(status.database.bytes),
            status: current,
        };
        let age = info.data_age_minutes.map_or_else(String::new, |age| format!(", {age} min old"));
        let size = format!("The database has {} MiB{age}.\n", info.database_size_mb);
        Answer::new(describe(&info.status) + &size, &info)
    })
}

/// Asks the daemon for its status.
///
/// # Errors
/// When there is no daemon.
pub(crate) async fn current(daemon: &Daemon) -> Result<Status, Error> {
    daemon.ask(|client| async move { client.status().await }).await
}

/// Returns the answer with as many of the covered spans as fit.
fn answer(
    status: &Status,
    room: Room,
    write: impl Fn(Current) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let build = |spans| write(Current::new(status, spans));
    Ok(budget::most(0, status.coverage.len(), build, |answer| answer.fits(room))?.1)
}

fn describe(current: &Current) -> String {
    let status = &current.status;
    let mut text = match &status.last_sync {
        Some(last_sync) => format!("The local copy is complete through {last_sync}.\n"),
        None => "Nothing is synced yet.\n".to_owned(),
    };
    if let Some(error) = &status.sync_error {
        text += &format!("Tell the user: syncing does not work at present: {}\n", line(error));
    }
    text += &format!(
        "{} conversations with {} messages; the history kept begins {}.\n",
        status.total_conversations, status.total_messages, status.horizon
    );
    text += &coverage(current);
    text += &syncs(current);
    if status.pending + status.failed > 0 {
        text += &format!("Not stored whole: {} pending, {} failed.\n", status.pending, status.failed);
    }
    if status.truncated > 0 {
        let conversations = text::count(status.truncated, "conversation");
        text += &format!("Intercom no longer returns the oldest messages of {conversations}.\n");
    }
    text += &trust(status);
    if let (Some(error), Some(at)) = (&status.last_error, &status.last_error_at)
        && status.sync_error.as_ref() != Some(error)
    {
        text += &format!("The last thing that went wrong, {at}: {}\n", line(error));
    }
    text + &machinery(status)
}

fn coverage(current: &Current) -> String {
    let status = &current.status;
    let head = status.sync_coverage.as_ref();
    let mut text = head.map_or_else(String::new, |head| format!("Held without holes: {}.\n", span(head)));
    for older in status.coverage.iter().rev().filter(|span| Some(*span) != head) {
        text += &format!("Also covered: {}.\n", span(older));
    }
    if let Some(left_out) = current.coverage_left_out {
        let spans = text::count(left_out as u64, "span");
        text +=
            &format!("{spans} more before these: check_coverage says what of a timeframe is not covered.\n");
    }
    text
}

fn syncs(current: &Current) -> String {
    let mut text = String::new();
    if current.status.sync_in_progress && current.status.progress.is_empty() {
        text += "A sync is running.\n";
    }
    for progress in &current.status.progress {
        let of = progress.total.map_or_else(String::new, |total| format!(" of {total}"));
        text += &format!(
            "Sync {}: {}, {}{of} conversations, {} a second",
            line(&progress.kind),
            progress.phase.as_str(),
            progress.done,
            progress.rate
        );
        if let Some(range) = &progress.range {
            text += &format!("; {}", span(range));
        }
        if let Some(eta) = progress.eta_seconds {
            text += &format!("; about {eta} s to go");
        }
        text += ".\n";
    }
    if let Some(left_out) = current.progress_left_out {
        text += &format!("{} more.\n", text::count(left_out as u64, "sync"));
    }
    text
}

/// Returns what was found out about how far the claims can be trusted.
fn trust(status: &Status) -> String {
    let Calibration { late_arrival, tail_listed_at, verification, count_check, deletions_error } =
        &status.calibration;
    let mut text = String::new();
    if let Some(late) = late_arrival {
        text += &format!("A change came {} s late on {}.\n", late.delay_seconds, late.seen_at);
    }
    if let Some(check) = count_check {
        let tell = if check.state == CountState::Different { "Tell the user: " } else { "" };
        text += &format!(
            "{tell}{}: Intercom counts {} conversations and {} are stored ({}), as of {}.\n",
            span(&check.range),
            check.intercom,
            check.stored,
            check.state.as_str(),
            check.checked_at
        );
    }
    if let Some(at) = tail_listed_at {
        text += &format!("A longer stretch was last listed again {at}.\n");
    }
    if let Some(since) = &verification.read_since {
        text += &format!(
            "Stored conversations are read again and compared, each since {since}; in all {} read and {} found different",
            verification.verified, verification.differences
        );
        if let Some(last) = &verification.last_difference_at {
            text += &format!(", last {last}");
        }
        text += ".\n";
    }
    if let Some(at) = &status.deletions_as_of {
        text += &format!("Deletions are known up to {at}.\n");
    }
    if let Some(error) = deletions_error {
        text += &format!("Deletions cannot be learned of at present: {}\n", line(error));
    }
    text
}

/// Returns what the daemon works with.
fn machinery(status: &Status) -> String {
    let mut text = String::new();
    if let Some(workspace) = &status.workspace {
        text += &format!("Workspace {}", line(&workspace.id));
        text += &workspace.name.as_ref().map_or_else(String::new, |name| format!(" {}", quoted(name)));
        text += &workspace.region.as_ref().map_or_else(String::new, |region| format!(", {}", line(region)));
        text += ".\n";
    }
    let api = &status.api;
    text +=
        &format!("Calls of Intercom: {} made, {} refused by its rate limit", api.requests, api.rate_limited);
    if let (Some(limit), Some(remaining)) = (api.limit, api.remaining) {
        text += &format!(", {remaining} of {limit} left");
    }
    text += &api.resets_at.as_ref().map_or_else(String::new, |at| format!(" until {at}"));
    text += &format!(", {} under way.\n", api.in_flight);
    text += &format!("Settle margin {} s, tolerance {} s", status.settle_seconds, status.tolerance_seconds);
    if let Some(offset) = status.clock_offset_seconds {
        text += &format!(", Intercom's clock {offset} s ahead of this machine's");
    }
    text += &format!(
        ".\nDatabase {}, {} bytes; syncd {}, process {}, running for {}.\n",
        line(&status.database.path),
        status.database.bytes,
        line(&status.daemon.version),
        status.daemon.pid,
        duration(status.daemon.uptime_seconds)
    );
    text
}

#[allow(clippy::cast_precision_loss)] // a size in hundredths of a MiB
fn mebibytes(bytes: u64) -> f64 {
    (bytes as f64 / f64::from(1 << 20) * 100.0).round() / 100.0
}
