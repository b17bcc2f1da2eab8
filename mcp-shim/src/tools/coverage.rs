//! `check_coverage`: the verdict alone.

use chrono::Local;
use proto::types::CheckRequest;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;

use super::lines::freshness;
use super::{Answer, Call, read};
use crate::answers::SyncInfo;
use crate::budget::{self, Room};
use crate::error::Error;
use crate::window::Asked;

const EXAMPLE: &str = r#"{"start_date": "2026-10-01", "end_date": "2026-10-15"}"#;

/// The timeframe to check.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    /// Start of the timeframe: a date ("2026-10-01", the user's zone) or an instant ("2026-10-01T09:00:00Z"); without
    /// it, the beginning of the history that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    start_date: Option<String>,
    /// End of the timeframe, a date (that whole day counts) or an instant; without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    end_date: Option<String>,
}

pub(super) async fn call(arguments: JsonObject, call: &Call<'_>) -> Result<Answer, Error> {
    let arguments: Arguments = read(arguments, EXAMPLE)?;
    let asked = Asked {
        start_date: arguments.start_date.as_deref(),
        end_date: arguments.end_date.as_deref(),
        ..Asked::default()
    };
    let request = &CheckRequest { window: asked.window(&Local::now())? };
    let info = call.daemon.ask(|client| async move { client.check(request.clone()).await }).await?;
    let build = |gaps| {
        let info = SyncInfo::with_gaps(&info, gaps);
        Answer::new(freshness(&info), &info)
    };
    Ok(budget::most(0, info.gaps.len(), build, |answer| answer.fits(Room::Usual))?.1)
}
