//! `sync_conversations`, and `force_sync` as users of the predecessor know it.

use std::time::Duration;

use chrono::{Local, Utc};
use proto::Timestamp;
use proto::types::{CheckRequest, SyncMode, SyncReport, SyncRequest, Window};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::lines::{freshness, line};
use super::search::{DEFAULT_WAIT, LONGEST_WAIT};
use super::{Answer, Call, read};
use crate::answers::{Outcome, SyncInfo, Synced};
use crate::error::Error;
use crate::progress::{self, counts};
use crate::window::Asked;

const EXAMPLE: &str = r#"{"start_date": "2026-10-01"}"#;
const SECONDS_A_DAY: i64 = 86_400;

/// What to sync.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    /// List the timeframe in Intercom again even where it is covered, and fetch what differs. Rarely needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    force: Option<bool>,
    /// Start of the timeframe: a date ("2026-10-01", the user's zone) or an instant; without it, all of the history
    /// that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    start_date: Option<String>,
    /// End of the timeframe, a date (that whole day counts) or an instant; without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    end_date: Option<String>,
    /// How many days back to sync, in place of a start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    days: Option<u32>,
    /// How many seconds to wait for the sync, 20 unless given, at most 40; 0 only asks for it. It goes on in the background
    /// in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(max = 40))]
    wait_seconds: Option<u32>,
}

impl Arguments {
    fn window(&self) -> Result<Window, Error> {
        let asked = Asked {
            start_date: self.start_date.as_deref(),
            end_date: self.end_date.as_deref(),
            ..Asked::default()
        };
        let mut window = asked.window(&Local::now())?;
        if let Some(days) = self.days {
            if window.start.is_some() {
                return Err(Error::arguments(
                    "give either `days` or `start_date`, not both; e.g. {\"days\": 7}",
                ));
            }
            let end = window.end.unwrap_or_else(|| Timestamp::from(Utc::now()));
            window.start = Some(end.minus(i64::from(days) * SECONDS_A_DAY).max(Timestamp::EPOCH));
        }
        Ok(window)
    }
}

pub(super) async fn call(name: &str, arguments: JsonObject, call: &Call<'_>) -> Result<Answer, Error> {
    let arguments: Arguments = read(arguments, EXAMPLE)?;
    let window = arguments.window()?;
    let force = arguments.force.unwrap_or(name == "force_sync");
    let mode = if force { SyncMode::Relist } else { SyncMode::New };
    let wait = Duration::from_secs(arguments.wait_seconds.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT).into());
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
    let info = call.daemon.ask(|client| async move { client.check(request.clone()).await }).await?;
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
