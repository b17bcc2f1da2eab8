//! Questions in SQL.

use proto::ApiError;
use proto::types::{SqlCut, SqlReply, SqlRequest, SqlSchema, State, SyncInfo};

use super::service::{Judged, Service, inbox_url};
use crate::freshness::normalise;
use crate::store::{self, Limit, SqlQuestion};

/// Most rows in an answer.
const MOST_ROWS: u32 = 10_000;

impl Service {
    /// Answers a question in SQL.
    pub(super) async fn query_sql(&self, request: SqlRequest) -> Result<SqlReply, ApiError> {
        let policy = self.0.sync.policy();
        let SqlRequest { sql, window: asked, max_rows } = request;
        let window = normalise(asked, policy)?;
        let max_rows = max_rows.clamp(1, MOST_ROWS) as usize;
        let question = SqlQuestion { sql, asked, window, now: policy.now, max_rows, url: inbox_url };
        let limit = Limit::default();
        let _dropped = limit.dropped.clone().drop_guard();
        let store = self.0.store.clone();
        // A task of its own, since a call cannot be dropped by the thread that it keeps busy.
        let answering = tokio::spawn(async move {
            store.query_sql(limit, question, move |snapshot| Judged::by(snapshot, window, policy)).await
        });
        let answered = answering.await.unwrap_or(Err(store::Error::Panicked));
        let (mut found, judged) = answered.map_err(ApiError::from)?;
        let fields = std::mem::take(&mut found.fields);
        let sync = self.heal(&judged, asked, window, policy);
        let mut sync_info = judged.with_fields(fields).into_sync_info(self.0.sync.activity());
        if let Some(cut @ (SqlCut::Time | SqlCut::Memory)) = found.cut {
            weaken(&mut sync_info, cut);
        }
        Ok(SqlReply {
            columns: found.columns,
            rows: found.rows,
            total: found.counted_all.then_some(found.counted),
            total_at_least: found.counted,
            truncated: found.cut.is_some(),
            cut: found.cut,
            sync_info,
            window,
            unknown: found.unknown,
            sync,
        })
    }

    /// Returns what can be asked in SQL.
    #[allow(clippy::unused_self)] // as every call
    pub(super) fn sql_schema(&self) -> SqlSchema {
        store::sql_schema()
    }
}

/// Says of an answer that it ends before its time, however complete the copy is.
fn weaken(info: &mut SyncInfo, cut: SqlCut) {
    let limit = match cut {
        SqlCut::Memory => {
            "The query was stopped when it had taken all memory that one may: further rows are missing"
        }
        _ => {
            "The query was stopped when its time was over: further rows are missing; a shorter timeframe takes less"
        }
    };
    if info.state == State::Fresh {
        info.state = State::Partial;
    }
    info.data_complete = false;
    info.message = Some(match info.message.take() {
        Some(message) => format!("{message}. {limit}"),
        None => limit.to_owned(),
    });
}
