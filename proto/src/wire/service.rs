//! The RPC service. Methods are only ever appended: bincode knows them by their position.

use crate::types::{
    CheckReply, CheckRequest, Diagnosis, FieldsReply, FieldsRequest, ListReply, ListRequest, NewsReply,
    NewsRequest, ReadReply, ReadRequest, SearchReply, SearchRequest, ShowReply, ShowRequest, SqlReply,
    SqlRequest, SqlSchema, StatsReply, StatsRequest, Status, SuggestRequest, Suggestion, SyncReport,
    SyncRequest, SyncTicket, TopicsReply, TopicsRequest, WatchRequest,
};
use crate::wire::error::ApiError;

/// What a client can ask of the daemon. No method but `show` with `refresh` ever waits for Intercom.
#[tarpc::service]
pub trait Syncd {
    /// Finds conversations. A stale window triggers its own sync, whose ticket comes with the answer.
    async fn search(request: SearchRequest) -> Result<SearchReply, ApiError>;
    /// Returns one conversation with a page of its messages, fetched anew from Intercom first if asked.
    async fn show(request: ShowRequest) -> Result<ShowReply, ApiError>;
    /// Returns what the daemon knows and does, as of now.
    async fn status() -> Result<Status, ApiError>;
    /// Returns the verdict for a window alone, without triggering anything.
    async fn check(request: CheckRequest) -> Result<CheckReply, ApiError>;
    /// Asks for a sync and returns its ticket at once. Asking for what is queued or running joins it.
    async fn sync(request: SyncRequest) -> Result<SyncTicket, ApiError>;
    /// Waits until the ticket's report has moved on from the sequence number seen, or for 20 seconds; returns the report.
    async fn watch(request: WatchRequest) -> Result<SyncReport, ApiError>;
    /// Checks what only the daemon can check: token, workspace, database, clock, limits.
    async fn diagnose() -> Result<Vec<Diagnosis>, ApiError>;
    /// Deletes the local copy and begins anew.
    async fn reset() -> Result<(), ApiError>;
    /// Counts conversations and measures how they were answered. A stale window triggers its own sync, as in `search`.
    async fn stats(request: StatsRequest) -> Result<StatsReply, ApiError>;
    /// Names everything that matches. A stale window triggers its own sync, as in `search`.
    async fn list(request: ListRequest) -> Result<ListReply, ApiError>;
    /// Returns whole conversations, as many as fit into a reply.
    async fn read(request: ReadRequest) -> Result<ReadReply, ApiError>;
    /// Waits until something new was stored after the mark, or for 20 seconds; returns it.
    async fn news(request: NewsRequest) -> Result<NewsReply, ApiError>;
    /// Returns what a condition can be, the most frequent first.
    async fn suggest(request: SuggestRequest) -> Result<Vec<Suggestion>, ApiError>;
    /// Tells what conversations are about. A stale window triggers its own sync, as in `search`.
    async fn topics(request: TopicsRequest) -> Result<TopicsReply, ApiError>;
    /// Answers a question in SQL. A stale window triggers its own sync, as in `search`.
    async fn sql(request: SqlRequest) -> Result<SqlReply, ApiError>;
    /// Returns what can be asked in SQL.
    async fn sql_schema() -> Result<SqlSchema, ApiError>;
    /// Returns which fields stored conversations have.
    async fn fields(request: FieldsRequest) -> Result<FieldsReply, ApiError>;
}
