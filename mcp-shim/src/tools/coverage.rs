//! `check_coverage`: the verdict alone.

use chrono::Local;
use proto::types::CheckRequest;

use super::lines::freshness;
use super::{Answer, Call};
use crate::answers::SyncInfo;
use crate::budget::{self, Room};
use crate::error::Error;
use crate::window::Asked;

pub(super) const EXAMPLE: &str = r#"{"start_date": "2026-10-01", "end_date": "2026-10-15"}"#;

pub(super) async fn call(asked: Asked, call: &Call<'_>) -> Result<Answer, Error> {
    let request = &CheckRequest { window: asked.window(&Local::now())? };
    let info = call.daemon.ask(|client| async move { client.check(request.clone()).await }).await?.sync_info;
    let build = |gaps| {
        let info = SyncInfo::with_gaps(&info, gaps);
        Answer::new(freshness(&info), &info)
    };
    Ok(budget::most(0, info.gaps.len(), build, |answer| answer.fits(Room::Usual))?.1)
}
