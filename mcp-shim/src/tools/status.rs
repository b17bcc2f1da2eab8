//! `get_sync_status`, and the two names under which users of the predecessor ask for the same.

use chrono::Utc;
use proto::Timestamp;
use proto::types::{CountState, Status};
use proto::view;

use super::{Answer, Call};
use crate::answers::DataInfo;
use crate::daemon::Daemon;
use crate::error::Error;
use crate::text;

pub(super) async fn call(call: &Call<'_>) -> Result<Answer, Error> {
    let status = current(call.daemon).await?;
    Answer::new(describe(&status), &view::Status::from(&status))
}

pub(super) async fn data_info(call: &Call<'_>) -> Result<Answer, Error> {
    let status = current(call.daemon).await?;
    // The local clock is translated to Intercom's before the two are compared.
    let now = Timestamp::from(Utc::now()).plus(status.clock_offset_seconds.unwrap_or(0));
    let info = DataInfo {
        has_data: status.total_conversations > 0,
        data_age_minutes: status.last_sync.map(|last_sync| now.since(last_sync).max(0) / 60),
        coverage_start: status.sync_coverage.map(|head| head.start.to_rfc3339()),
        coverage_end: status.sync_coverage.map(|head| head.end.to_rfc3339()),
        database_size_mb: mebibytes(status.database.bytes),
        status: view::Status::from(&status),
    };
    Answer::new(describe(&status), &info)
}

/// Asks the daemon for its status.
///
/// # Errors
/// When there is no daemon.
pub(crate) async fn current(daemon: &Daemon) -> Result<Status, Error> {
    daemon.ask(|client| async move { client.status().await }).await
}

fn describe(status: &Status) -> String {
    let mut text = match status.last_sync {
        Some(last_sync) => format!("The local copy is complete through {}.\n", last_sync.to_minute()),
        None => "Nothing is synced yet.\n".to_owned(),
    };
    text += &format!(
        "{} conversations with {} messages; the history kept begins {}.\n",
        status.total_conversations,
        status.total_messages,
        status.horizon.to_minute()
    );
    if let Some(head) = status.sync_coverage {
        text += &format!("Held without holes: {} to {}.\n", head.start.to_minute(), head.end.to_minute());
    }
    for progress in &status.progress {
        let of = progress.total.map_or_else(String::new, |total| format!(" of {total}"));
        let (kind, phase) = (text::one_line(&progress.kind, 40), progress.phase.as_str());
        text += &format!("Sync {kind}: {phase}, {}{of} conversations.\n", progress.done);
    }
    if status.pending + status.failed > 0 {
        text += &format!("Not stored whole: {} pending, {} failed.\n", status.pending, status.failed);
    }
    if let Some(late) = status.calibration.late_arrival {
        text += &format!(
            "A change came {} s late on {}; the settle margin is {} s.\n",
            late.delay_seconds,
            late.seen_at.to_minute(),
            status.settle_seconds
        );
    }
    if let Some(check) = status.calibration.count_check.filter(|check| check.state == CountState::Different) {
        text += &format!(
            "Tell the user: Intercom counts {} conversations and {} are stored; what differs is being synced again.\n",
            check.intercom, check.stored
        );
    }
    if let Some(at) = status.deletions_as_of {
        text += &format!("Deletions are known up to {}.\n", at.to_minute());
    }
    if let Some(error) = &status.sync_error {
        text +=
            &format!("Tell the user: syncing does not work at present: {}\n", text::one_line(error, 1000));
    }
    text
}

#[allow(clippy::cast_precision_loss)] // a size in hundredths of a MiB
fn mebibytes(bytes: u64) -> f64 {
    (bytes as f64 / f64::from(1 << 20) * 100.0).round() / 100.0
}
