//! Questions that are asked again where the answer is stale: once its sync is done, of whose progress is told meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use super::{CALL_TIMEOUT, Client, ClientError, deadline};
use crate::types::{
    ListReply, ListRequest, SearchReply, SearchRequest, SqlReply, SqlRequest, State, StatsReply,
    StatsRequest, SyncReport, SyncTicket, TopicsReply, TopicsRequest, WatchRequest,
};
use crate::wire::error::ApiError;

impl Client {
    /// Searches; where the answer is stale, waits up to `wait` for the sync that makes it fresh, tells `progress` of each
    /// step, and searches again.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn search_fresh(
        &self,
        request: &SearchRequest,
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<SearchReply, ClientError> {
        self.fresh(|| self.search(request), |reply| (reply.sync_info.state, reply.sync), wait, progress).await
    }

    /// Counts and measures; waits for a stale window's sync as [`Client::search_fresh`] does.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn stats_fresh(
        &self,
        request: &StatsRequest,
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<StatsReply, ClientError> {
        self.fresh(|| self.stats(request), |reply| (reply.sync_info.state, reply.sync), wait, progress).await
    }

    /// Tells what conversations are about; waits for a stale window's sync as [`Client::search_fresh`] does.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn topics_fresh(
        &self,
        request: &TopicsRequest,
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<TopicsReply, ClientError> {
        let topics = || async { Ok(self.rpc.topics(deadline(CALL_TIMEOUT), request.clone()).await??) };
        self.fresh(topics, |reply| (reply.sync_info.state, reply.sync), wait, progress).await
    }

    /// Names everything that matches; waits for a stale window's sync as [`Client::search_fresh`] does.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn list_fresh(
        &self,
        request: &ListRequest,
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<ListReply, ClientError> {
        self.fresh(|| self.list(request), |reply| (reply.sync_info.state, reply.sync), wait, progress).await
    }

    /// Answers a question in SQL; waits for a stale window's sync as [`Client::search_fresh`] does.
    ///
    /// # Errors
    /// As [`Client::sql`].
    pub async fn sql_fresh(
        &self,
        request: &SqlRequest,
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<SqlReply, ClientError> {
        self.fresh(|| self.sql(request), |reply| (reply.sync_info.state, reply.sync), wait, progress).await
    }

    /// Asks; where the answer is stale, waits for the sync that makes it fresh, and asks again.
    /// `verdict` returns the state of an answer, and the sync that it came with.
    async fn fresh<T, Answer>(
        &self,
        ask: impl Fn() -> Answer,
        verdict: impl Fn(&T) -> (State, Option<SyncTicket>),
        wait: Duration,
        progress: impl FnMut(&SyncReport),
    ) -> Result<T, ClientError>
    where
        Answer: Future<Output = Result<T, ClientError>>,
    {
        let reply = ask().await?;
        let (state, sync) = verdict(&reply);
        let Some(ticket) = sync.filter(|_| state == State::Stale && !wait.is_zero()) else {
            return Ok(reply);
        };
        match self.wait(ticket, Some(wait), progress).await {
            Ok(_) | Err(ClientError::Api(ApiError::UnknownTicket)) => ask().await,
            Err(error) => Err(error),
        }
    }

    /// Watches a sync until it is done or given up, or `wait` has passed (`None`: however long it takes); tells
    /// `progress` of each step and returns the last report. Dropping the future cancels only the wait.
    ///
    /// # Errors
    /// When the daemon is gone or does not know the ticket.
    pub async fn wait(
        &self,
        ticket: SyncTicket,
        wait: Option<Duration>,
        mut progress: impl FnMut(&SyncReport),
    ) -> Result<SyncReport, ClientError> {
        let until = wait.map(|wait| Instant::now() + wait);
        let mut report = self.watch(WatchRequest { ticket, seen: 0 }).await?;
        loop {
            progress(&report);
            if report.phase.is_final() {
                return Ok(report);
            }
            let next = self.watch(WatchRequest { ticket, seen: report.sequence });
            report = match until {
                None => next.await?,
                Some(until) => {
                    match tokio::time::timeout(until.saturating_duration_since(Instant::now()), next).await {
                        Ok(next) => next?,
                        Err(_) => return Ok(report),
                    }
                }
            };
        }
    }
}
