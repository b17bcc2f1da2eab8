//! The calls, each handed on to the service: as soon as there is one, since a daemon listens before its database is open.

use std::future::Future;
use std::time::Duration;

use proto::types::{
    CheckReply, CheckRequest, Diagnosis, FieldsReply, FieldsRequest, ListReply, ListRequest, NewsReply,
    NewsRequest, ReadReply, ReadRequest, SearchReply, SearchRequest, ShowReply, ShowRequest, SqlReply,
    SqlRequest, SqlSchema, StatsReply, StatsRequest, Status, SuggestRequest, Suggestion, SyncReport,
    SyncRequest, SyncTicket, TopicsReply, TopicsRequest, WatchRequest,
};
use proto::{ApiError, Starting, Syncd};
use tarpc::context::Context;
use tokio::sync::watch;

use super::guard::guarded;
use super::service::Service;

/// How long a call waits for the database to open before it is told that it does: it takes a few milliseconds, unless the
/// database is brought up to date.
const OPENING: Duration = Duration::from_millis(500);

/// How far a daemon is.
#[derive(Clone)]
pub(crate) enum Readiness {
    /// It opens the database.
    Starting(Starting),
    /// It answers.
    Ready(Service),
}

/// What calls arrive at; cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls(pub(crate) watch::Receiver<Readiness>);

impl Calls {
    /// Answers a call, or how far the daemon is that cannot yet.
    async fn answer<T, Answer>(mut self, call: impl FnOnce(Service) -> Answer) -> Result<T, ApiError>
    where
        Answer: Future<Output = Result<T, ApiError>>,
    {
        let ready = self.0.wait_for(|readiness| matches!(readiness, Readiness::Ready(_)));
        let opened = tokio::time::timeout(OPENING, ready)
            .await
            .map(|readiness| readiness.map(|readiness| readiness.clone()));
        let readiness = match opened {
            Ok(Ok(readiness)) => readiness,
            Ok(Err(_)) | Err(_) => self.0.borrow().clone(),
        };
        match readiness {
            Readiness::Ready(service) => guarded(call(service)).await,
            Readiness::Starting(how_far) => Err(ApiError::Starting(how_far)),
        }
    }
}

impl Syncd for Calls {
    async fn search(self, _: Context, request: SearchRequest) -> Result<SearchReply, ApiError> {
        self.answer(|service| async move { service.find(request).await }).await
    }

    async fn show(self, _: Context, request: ShowRequest) -> Result<ShowReply, ApiError> {
        self.answer(|service| async move { service.show_one(request).await }).await
    }

    async fn status(self, _: Context) -> Result<Status, ApiError> {
        self.answer(|service| async move { service.tell_status().await }).await
    }

    async fn check(self, _: Context, request: CheckRequest) -> Result<CheckReply, ApiError> {
        self.answer(|service| async move { service.judge(request).await }).await
    }

    async fn sync(self, _: Context, request: SyncRequest) -> Result<SyncTicket, ApiError> {
        self.answer(|service| async move { service.request(&request) }).await
    }

    async fn watch(self, _: Context, request: WatchRequest) -> Result<SyncReport, ApiError> {
        self.answer(|service| async move { service.watch(request).await }).await
    }

    async fn diagnose(self, _: Context) -> Result<Vec<Diagnosis>, ApiError> {
        self.answer(|service| async move { service.diagnose().await }).await
    }

    async fn reset(self, _: Context) -> Result<(), ApiError> {
        self.answer(|service| async move { service.reset().await }).await
    }

    async fn stats(self, _: Context, request: StatsRequest) -> Result<StatsReply, ApiError> {
        self.answer(|service| async move { service.count(request).await }).await
    }

    async fn list(self, _: Context, request: ListRequest) -> Result<ListReply, ApiError> {
        self.answer(|service| async move { service.name_all(request).await }).await
    }

    async fn read(self, _: Context, request: ReadRequest) -> Result<ReadReply, ApiError> {
        self.answer(|service| async move { service.read_all(request).await }).await
    }

    async fn news(self, _: Context, request: NewsRequest) -> Result<NewsReply, ApiError> {
        self.answer(|service| async move { service.news(request).await }).await
    }

    async fn suggest(self, _: Context, request: SuggestRequest) -> Result<Vec<Suggestion>, ApiError> {
        self.answer(|service| async move { service.suggest(request).await }).await
    }

    async fn topics(self, _: Context, request: TopicsRequest) -> Result<TopicsReply, ApiError> {
        self.answer(|service| async move { service.topics(request).await }).await
    }

    async fn sql(self, _: Context, request: SqlRequest) -> Result<SqlReply, ApiError> {
        self.answer(|service| async move { service.query_sql(request).await }).await
    }

    async fn sql_schema(self, _: Context) -> Result<SqlSchema, ApiError> {
        self.answer(|service| async move { Ok(service.sql_schema()) }).await
    }

    async fn fields(self, _: Context, request: FieldsRequest) -> Result<FieldsReply, ApiError> {
        self.answer(|service| async move { service.fields_in_use(request).await }).await
    }
}
