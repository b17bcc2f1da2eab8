//! One short method a call: each reads one snapshot of the store, and joins to it what the engine says of itself.

use std::sync::Arc;
use std::time::Duration;

use proto::types::{
    CheckReply, CheckRequest, Daemon, Database, Diagnosis, Field, FieldAge, Incomplete, NewsReply,
    NewsRequest, SearchReply, SearchRequest, ShowReply, ShowRequest, State, Status, SuggestRequest,
    Suggestion, SyncInfo, SyncReport, SyncRequest, SyncTicket, WatchRequest, Window, Workspace,
};
use proto::{ApiError, Interval};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::ages;
use super::cut::weaken;
use super::diagnose;
use super::guard::check_id;
use super::wholesale::understood;
use crate::freshness::{Coverage, Policy, Verdict, normalise, verdict};
use crate::intercom::Advice;
use crate::model::ConversationId;
use crate::store::{self, Cost, Limit, Search, Snapshot, Store};
use crate::sync::{Activity, FetchError, SyncHandle};

/// Questions that read the database at once; further ones wait.
const QUESTIONS: usize = 64;
/// The longest that an answer may take: well below what clients wait for one, and agents for two and a sync between them.
const ANSWER: Duration = Duration::from_secs(7);
/// The longest that an answer with news is held back.
const NEWS: Duration = Duration::from_secs(20);

/// What answers calls; cheap to clone.
#[derive(Clone)]
pub(crate) struct Service(pub(super) Arc<Parts>);

pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) sync: SyncHandle,
    started: Instant,
    questions: Semaphore,
}

/// What one snapshot says about a window.
pub(super) struct Judged {
    coverage: Coverage,
    incomplete: Incomplete,
    verdict: Verdict,
    window: Interval,
    policy: Policy,
    fields: Vec<FieldAge>,
}

impl Judged {
    /// Judges a normalised window of which `incomplete` conversations are not whole.
    fn of(coverage: Coverage, incomplete: Incomplete, window: Interval, policy: Policy) -> Self {
        let verdict = verdict(&coverage, incomplete, window, policy);
        Self { coverage, incomplete, verdict, window, policy, fields: Vec::new() }
    }

    /// Judges a window by a snapshot.
    pub(super) fn by(
        snapshot: &Snapshot<'_>,
        window: Interval,
        policy: Policy,
    ) -> Result<Self, store::Error> {
        Ok(Self::of(snapshot.claims()?, snapshot.incomplete(window)?, window, policy))
    }

    /// Takes into account that the answer rests on these fields.
    pub(super) fn resting_on(self, snapshot: &Snapshot<'_>, fields: &[Field]) -> Result<Self, store::Error> {
        let ages = snapshot.ages(fields, self.window, self.policy.now)?;
        Ok(self.with_fields(ages))
    }

    /// Takes into account how new the fields are that the answer rests on.
    pub(super) fn with_fields(mut self, fields: Vec<FieldAge>) -> Self {
        self.fields = fields;
        self
    }

    /// Returns what the answer says of itself.
    pub(super) fn into_sync_info(self, activity: Activity) -> SyncInfo {
        let Verdict { state, message, gaps } = self.verdict;
        let message = match (&state, &activity.error) {
            (State::Stale, Some(reason)) => {
                Some(format!("Data is stale - last sync failed: {reason}; showing what is stored"))
            }
            (State::Partial, Some(reason)) => message
                .map(|missing| format!("{missing}. The last sync failed: {reason}; showing what is stored")),
            _ => message,
        };
        let mut info = SyncInfo {
            state,
            last_sync: self.coverage.last_sync(),
            message,
            data_complete: state == State::Fresh,
            coverage: self.coverage.head(),
            gaps,
            incomplete: self.incomplete,
            sync_in_progress: activity.in_progress,
            sync_error: activity.error,
            fields: Vec::new(),
        };
        ages::tell(&mut info, self.fields, self.window, self.policy);
        info
    }
}

impl Service {
    pub(crate) fn new(store: Store, sync: SyncHandle) -> Self {
        let (started, questions) = (Instant::now(), Semaphore::new(QUESTIONS));
        Self(Arc::new(Parts { store, sync, started, questions }))
    }

    /// Asks a quick question of one snapshot of the store.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _place = self.0.questions.acquire().await;
        let limit = Limit { time: Some(ANSWER), ..Limit::default() };
        self.0.store.read_within(Cost::Quick, limit, question).await.map_err(ApiError::from)
    }

    /// Asks a dear one: it is stopped when whoever asked no longer waits.
    pub(super) async fn ask_dear<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, ApiError> {
        let limit = Limit { time: Some(ANSWER), ..Limit::default() };
        let _dropped = limit.dropped.clone().drop_guard();
        let store = self.0.store.clone();
        // A task of its own, since a call cannot be dropped by the thread that it keeps busy.
        let answering = tokio::spawn(async move { store.read_within(Cost::Dear, limit, question).await });
        answering.await.unwrap_or(Err(store::Error::Panicked)).map_err(ApiError::from)
    }

    pub(super) async fn find(&self, request: SearchRequest) -> Result<SearchReply, ApiError> {
        let sync = &self.0.sync;
        let policy = sync.policy();
        let asked = request.question.window;
        let SearchRequest { question, sort, limit, page } = request;
        let search = Search { question: understood(question, policy)?, sort, limit, page };
        let (judged, found, workspace) = self
            .ask(move |snapshot| {
                let found = snapshot.search(&search)?;
                let fields = ages::fields(&search.question, None);
                let judged = Judged::by(snapshot, found.window, policy)?.resting_on(snapshot, &fields)?;
                Ok((judged, found, snapshot.workspace()?))
            })
            .await?;
        let ticket = self.heal(&judged, asked, found.window, policy);
        let (mut hits, mut explanation) = (found.hits, found.explanation);
        if let Some((workspace, _)) = &workspace {
            let nearest = explanation.as_mut().and_then(|explanation| explanation.nearest.as_mut());
            let all = hits.iter_mut().chain(nearest.into_iter().flat_map(|nearest| &mut nearest.hits));
            all.for_each(|hit| hit.url = Some(inbox_url(workspace, &hit.id)));
        }
        let mut sync_info = judged.into_sync_info(self.0.sync.activity());
        if let Some(cut) = found.cut_short {
            weaken(&mut sync_info, cut);
        }
        Ok(SearchReply {
            hits,
            total: found.total,
            next_page: found.next_page,
            cut_short: found.cut_short.is_some(),
            window: found.window,
            unknown: found.unknown,
            notes: found.notes,
            explanation,
            sync_info,
            sync: ticket,
        })
    }

    /// Sees to it that what is missing of a window comes; returns the sync to wait for where all of it is.
    pub(super) fn heal(
        &self,
        judged: &Judged,
        asked: Window,
        window: Interval,
        policy: Policy,
    ) -> Option<SyncTicket> {
        let sync = &self.0.sync;
        let stale = judged.verdict.state == State::Stale;
        let ticket = (stale && !sync.has_just_failed()).then(|| sync.heal(asked));
        if judged.coverage.last_sync() < Some(window.end.minus(policy.tolerance)) {
            sync.ring();
        }
        ticket
    }

    pub(super) async fn show_one(&self, request: ShowRequest) -> Result<ShowReply, ApiError> {
        let id = ConversationId(request.id.clone());
        if request.refresh {
            check_id(&request.id)?;
            self.refresh(&id).await?;
        }
        let policy = self.0.sync.policy();
        let (offset, limit) = (request.offset, request.limit);
        let shown = self
            .ask(move |snapshot| {
                let Some(mut conversation) = snapshot.show(&id, offset, limit)? else { return Ok(None) };
                // What happened since its last change may concern it; what may be missing of the last minutes anyway does
                // not make one stale that changed in them.
                let since = conversation.summary.updated_at.min(policy.now.minus(policy.tolerance));
                let window = Interval { start: since, end: policy.now };
                let incomplete = Incomplete { pending: u64::from(conversation.outdated), failed: 0 };
                let judged = Judged::of(snapshot.claims()?, incomplete, window, policy);
                if let Some((workspace, _)) = snapshot.workspace()? {
                    conversation.summary.url = Some(inbox_url(&workspace, &conversation.summary.id));
                }
                Ok(Some((conversation, judged, window)))
            })
            .await?;
        let Some((conversation, judged, window)) = shown else {
            return Err(ApiError::NoSuchConversation(request.id));
        };
        Ok(ShowReply { conversation, sync_info: judged.into_sync_info(self.0.sync.activity()), window })
    }

    /// Fetches one conversation anew and stores it.
    async fn refresh(&self, id: &ConversationId) -> Result<(), ApiError> {
        let store = &self.0.store;
        let _storing = self.0.sync.storing().await;
        match self.0.sync.fetch(id).await {
            Ok(fetched) => {
                let read_at = fetched.asked_at;
                let outcome = store.commit_details(vec![fetched]).await.map_err(ApiError::from)?;
                self.0.sync.note_late(&outcome.late, read_at);
                Ok(())
            }
            Err(FetchError::Offline(failure)) if failure.refused => Err(ApiError::Refused(failure.message)),
            Err(FetchError::Offline(failure)) => Err(ApiError::Unavailable(failure.message)),
            Err(FetchError::Intercom(error)) => match error.advice() {
                Advice::Gone => {
                    let again = self.0.sync.confirm_deletion_at();
                    store.commit_missing(id.clone(), again).await.map_err(ApiError::from)?;
                    Err(ApiError::NoSuchConversation(id.0.clone()))
                }
                Advice::GiveUp(_) => Err(ApiError::Refused(error.to_string())),
                _ => Err(ApiError::Unavailable(error.to_string())),
            },
        }
    }

    pub(super) async fn tell_status(&self) -> Result<Status, ApiError> {
        let engine = self.0.sync.report();
        let (coverage, counts, workspace, deletions_as_of, bytes) = self
            .ask(|snapshot| {
                Ok((
                    snapshot.claims()?,
                    snapshot.counts()?,
                    snapshot.workspace()?,
                    snapshot.deletions_as_of()?,
                    snapshot.bytes_on_disk(),
                ))
            })
            .await?;
        Ok(Status {
            daemon: Daemon {
                version: proto::VERSION.to_owned(),
                pid: std::process::id(),
                uptime_seconds: self.0.started.elapsed().as_secs(),
            },
            workspace: workspace.map(|(workspace, _)| Workspace {
                id: workspace.id,
                name: workspace.name,
                region: workspace.region,
            }),
            last_sync: coverage.last_sync(),
            total_conversations: counts.conversations,
            total_messages: counts.messages,
            truncated: counts.truncated,
            pending: counts.pending,
            failed: counts.failed,
            sync_in_progress: engine.in_progress,
            sync_coverage: coverage.head(),
            coverage: coverage.proven().to_vec(),
            horizon: engine.policy.horizon,
            progress: engine.progress,
            sync_error: engine.error,
            last_error_at: engine.last_error.as_ref().map(|(_, at)| *at),
            last_error: engine.last_error.map(|(text, _)| text),
            clock_offset_seconds: engine.clock_offset,
            settle_seconds: engine.settle.unsigned_abs(),
            calibration: engine.calibration,
            tolerance_seconds: engine.policy.tolerance.unsigned_abs(),
            deletions_as_of,
            api: engine.api,
            database: Database { path: self.0.store.path().display().to_string(), bytes },
        })
    }

    pub(super) async fn judge(&self, request: CheckRequest) -> Result<CheckReply, ApiError> {
        let policy = self.0.sync.policy();
        let window = normalise(request.window, policy)?;
        let judged = self.ask(move |snapshot| Judged::by(snapshot, window, policy)).await?;
        Ok(CheckReply { sync_info: judged.into_sync_info(self.0.sync.activity()), window })
    }

    /// Asks for a sync.
    pub(super) fn request(&self, request: &SyncRequest) -> Result<SyncTicket, ApiError> {
        normalise(request.window, self.0.sync.policy())?;
        Ok(self.0.sync.request(request))
    }

    /// Waits for news of a sync.
    pub(super) async fn watch(&self, request: WatchRequest) -> Result<SyncReport, ApiError> {
        self.0.sync.watch(request.ticket, request.seen).await
    }

    /// Checks what only the daemon can check.
    pub(super) async fn diagnose(&self) -> Result<Vec<Diagnosis>, ApiError> {
        Ok(diagnose::run(&self.0, &self.tell_status().await?).await)
    }

    /// Deletes the local copy.
    pub(super) async fn reset(&self) -> Result<(), ApiError> {
        self.0.sync.reset().await
    }

    /// Waits until something new was stored.
    pub(super) async fn news(&self, request: NewsRequest) -> Result<NewsReply, ApiError> {
        Ok(self.0.store.news(request.after, NEWS).await)
    }

    /// Returns what a condition can be.
    pub(super) async fn suggest(&self, request: SuggestRequest) -> Result<Vec<Suggestion>, ApiError> {
        let SuggestRequest { field, text, limit } = request;
        self.ask(move |snapshot| snapshot.suggest(&field, &text, limit)).await
    }
}

/// Returns where people open a conversation.
pub(super) fn inbox_url(workspace: &crate::model::Workspace, id: &str) -> String {
    let host = match workspace.region.as_deref() {
        Some(region) if region.eq_ignore_ascii_case("eu") => "app.eu.intercom.com",
        Some(region) if region.eq_ignore_ascii_case("au") => "app.au.intercom.com",
        _ => "app.intercom.com",
    };
    format!("https://{host}/a/inbox/{}/inbox/conversation/{id}", workspace.id)
}
