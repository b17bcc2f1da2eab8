//! `check_coverage`: the verdict alone.

use chrono::Local;
use proto::types::{CheckRequest, State};
use proto::view;

use super::{Answer, Call, search};
use crate::error::Error;
use crate::window::Asked;

pub(super) const EXAMPLE: &str = r#"{"start_date": "2026-10-01", "end_date": "2026-10-15"}"#;

pub(super) async fn call(asked: Asked, call: &Call<'_>) -> Result<Answer, Error> {
    let request = &CheckRequest { window: asked.window(&Local::now())? };
    let info = call.daemon.ask(|client| async move { client.check(request.clone()).await }).await?;
    let mut text = match info.state {
        State::Fresh => "Fresh: everything in this timeframe is in the local copy.\n".to_owned(),
        State::Partial | State::Stale => search::freshness(&info),
    };
    for gap in &info.gaps {
        text += &format!("Not covered: {} to {}\n", gap.start.to_minute(), gap.end.to_minute());
    }
    Answer::new(text, &view::SyncInfo::from(&info))
}
