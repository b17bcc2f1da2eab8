//! `sync_conversations`, and `force_sync` as users of the predecessor know it.

use chrono::{Local, Utc};
use proto::Timestamp;
use proto::types::{CheckRequest, SyncMode, SyncReport, SyncRequest, Window};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::lines::{freshness, line};
use super::search;
use super::{Answer, Call};
use crate::answers::{Outcome, SyncInfo, Synced};
use crate::error::Error;
use crate::progress::{self, counts};
use crate::window::Asked;

pub(super) const EXAMPLE: &str = r#"{"start_date": "2026-10-01"}"#;
const SECONDS_A_DAY: i64 = 86_400;

/// What to sync.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    #[serde(flatten)]
    asked: Asked,
    /// List the timeframe again even where it is covered, and fetch what differs. Rarely needed.
    force: Option<bool>,
    /// How many days back to sync, in place of a start.
    #[schemars(extend("unlisted" = true))]
    days: Option<u32>,
    /// Seconds to wait for the sync: 20 unless given, at most 40; 0 only asks for it. It goes on in any case.
    wait_seconds: Option<u32>,
}

impl Arguments {
    fn window(&self) -> Result<Window, Error> {
        let mut window = self.asked.window(&Local::now())?;
        if let Some(days) = self.days {
            if window.start.is_some() {
                return Err(Error::arguments(
                    "give either `days` or another start of the timeframe, not both; e.g. {\"days\": 7}",
                ));
            }
            let end = window.end.unwrap_or_else(|| Timestamp::from(Utc::now()));
            window.start = Some(end.minus(i64::from(days) * SECONDS_A_DAY).max(Timestamp::EPOCH));
        }
        Ok(window)
    }
}

pub(super) async fn call(name: &str, arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let window = arguments.window()?;
    let force = arguments.force.unwrap_or(name == "force_sync");
    let mode = if force { SyncMode::Relist } else { SyncMode::New };
    let wait = search::wait(arguments.wait_seconds);
    let until = Instant::now() + wait;
    let report = call
        .progress
        .tell(progress::SYNCING, |reports| {
            // Asking for what runs already joins it, so that asking again after a lost connection is harmless.
            call.daemon.ask(move |client| {
                let reports = reports.clone();
                async move {
                    let ticket = client.sync(SyncRequest { window, mode }).await?;
                    let left = until.saturating_duration_since(Instant::now());
                    client.wait(ticket, Some(left), |report| drop(reports.send(report.clone()))).await
                }
            })
        })
        .await?;
    let request = &CheckRequest { window };
    let info = call.daemon.ask(|client| async move { client.check(request.clone()).await }).await?.sync_info;
    let synced = Synced { synced: Outcome::from(&report), sync_info: SyncInfo::from(&info) };
    let mut answer = Answer::new(describe(&report, &synced), &synced)?;
    answer.failed = report.failure.is_some();
    Ok(answer)
}

fn describe(report: &SyncReport, synced: &Synced) -> String {
    let Synced { synced: Outcome { fetched, error, finished, .. }, sync_info } = synced;
    let counts = format!("{}, {fetched} fetched, because new or changed", counts(report));
    let text = match error {
        Some(error) => format!("The sync failed ({counts}). Tell the user: {}\n", line(error)),
        None if *finished => format!("Synced: {counts}.\n"),
        None => format!(
            "Still syncing ({counts}); it goes on in the background. Call again to wait for it; get_sync_status shows \
             how far it is.\n"
        ),
    };
    text + &freshness(sync_info)
}
