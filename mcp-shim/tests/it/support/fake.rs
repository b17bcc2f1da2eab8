//! A made-up daemon: answers from what the test gave it, and tells the test what it was asked.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures::StreamExt as _;
use proto::types::{
    CheckReply, CheckRequest, Conversation, Diagnosis, Explanation, FieldsReply, FieldsRequest, Incomplete,
    ListReply, ListRequest, News, NewsMark, NewsReply, NewsRequest, Phase, ReadReply, ReadRequest,
    SearchReply, SearchRequest, ShowReply, ShowRequest, SqlColumn, SqlReply, SqlRequest, SqlSchema, SqlView,
    State, StatsReply, StatsRequest, Status, SuggestRequest, Suggestion, SyncInfo, SyncReport, SyncRequest,
    SyncTicket, TopicsReply, TopicsRequest, Unknown, WatchRequest, Window,
};
use proto::{ApiError, Interval, Syncd, Timestamp, transport};
use tarpc::context::Context;
use tarpc::server::{BaseChannel, Channel as _};
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::{report, soon};

static RUNS: AtomicU64 = AtomicU64::new(1);
const TICKET: SyncTicket = SyncTicket(7);
pub(crate) const STALE: &str = "Data is stale - syncing latest conversations...";

/// What the daemon knows, and what it was asked.
#[derive(Default)]
pub(crate) struct Known {
    /// Whether the asked window is complete.
    pub(crate) fresh: bool,
    /// What is not covered; in the status, what is covered.
    pub(crate) gaps: Vec<Interval>,
    /// Why syncing does not work, and when that was last seen.
    pub(crate) sync_error: Option<String>,
    pub(crate) last_error_at: Option<Timestamp>,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) explanation: Option<Explanation>,
    pub(crate) stats: Option<StatsReply>,
    pub(crate) topics: Option<TopicsReply>,
    pub(crate) suggestions: Vec<Suggestion>,
    pub(crate) sql: Option<SqlReply>,
    /// Why a query in SQL cannot be read.
    pub(crate) sql_error: Option<String>,
    /// Conversations that were to be fetched anew.
    pub(crate) refreshed: Vec<String>,
    pub(crate) searched: Vec<SearchRequest>,
    pub(crate) measured: Vec<StatsRequest>,
    pub(crate) compared: Vec<TopicsRequest>,
    pub(crate) queried: Vec<SqlRequest>,
    pub(crate) suggested: Vec<SuggestRequest>,
    pub(crate) synced: Vec<SyncRequest>,
    pub(crate) checked: Vec<CheckRequest>,
}

/// A running daemon; gone with all of its connections when dropped.
pub(crate) struct Fake {
    service: Service,
    accepting: JoinHandle<()>,
}

#[derive(Clone)]
struct Service {
    known: Arc<Mutex<Known>>,
    report: Arc<watch::Sender<SyncReport>>,
    /// How many calls wait for news of a sync.
    waiting: Arc<watch::Sender<usize>>,
    /// What came in, in this run.
    news: Arc<watch::Sender<Vec<News>>>,
    /// How many calls wait for news of conversations.
    listening: Arc<watch::Sender<usize>>,
    run: u64,
}

impl Fake {
    /// Listens on the socket, with fresh data and nothing in it.
    pub(crate) fn start(socket: &Path) -> Self {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let service = Service {
            known: Arc::new(Mutex::new(Known { fresh: true, ..Known::default() })),
            report: Arc::new(watch::Sender::new(report(1, Phase::Queued, 0))),
            waiting: Arc::new(watch::Sender::new(0)),
            news: Arc::default(),
            listening: Arc::new(watch::Sender::new(0)),
            run: RUNS.fetch_add(1, Ordering::Relaxed),
        };
        let accepting = tokio::spawn(accept(listener, service.clone()));
        Self { service, accepting }
    }

    /// The same, knowing these conversations.
    pub(crate) fn with(socket: &Path, conversations: Vec<Conversation>) -> Self {
        let fake = Self::start(socket);
        fake.known().conversations = conversations;
        fake
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.service.known.lock().unwrap()
    }

    pub(crate) fn tell(&self, report: SyncReport) {
        self.service.report.send_replace(report);
    }

    /// Waits until so many calls wait for news of a sync beyond the report with this number.
    pub(crate) async fn await_waiting(&self, calls: usize) {
        let mut waiting = self.service.waiting.subscribe();
        soon("waiting for a sync", waiting.wait_for(|now| *now == calls)).await.unwrap();
    }

    /// Tells of a conversation that came in.
    pub(crate) fn bring(&self, id: &str) {
        let news = News { id: id.to_owned(), updated_at: Timestamp(1_790_000_000), new: true };
        self.service.news.send_modify(|all| all.push(news));
    }

    /// Waits until so many calls wait for news of conversations.
    pub(crate) async fn await_listening(&self, calls: usize) {
        let mut listening = self.service.listening.subscribe();
        soon("waiting for news", listening.wait_for(|now| *now == calls)).await.unwrap();
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: UnixListener, service: Service) {
    let mut connections = JoinSet::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let service = service.clone();
        connections.spawn(async move {
            transport::greet(&mut stream).await.unwrap();
            let calls = BaseChannel::with_defaults(transport::server(stream)).execute(service.serve());
            calls.for_each_concurrent(None, |call| call).await;
        });
    }
}

struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Service {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    fn sync_info(&self) -> SyncInfo {
        let known = self.known();
        let fresh = known.fresh;
        let gaps = match known.gaps.as_slice() {
            [] if !fresh => vec![Interval::new(1_789_000_000, 1_790_000_000)],
            gaps => gaps.to_vec(),
        };
        SyncInfo {
            state: if fresh { State::Fresh } else { State::Stale },
            last_sync: fresh.then_some(Timestamp(1_790_010_000)),
            message: (!fresh).then(|| STALE.to_owned()),
            data_complete: fresh,
            coverage: fresh.then(|| Interval::new(1_780_000_000, 1_790_010_000)),
            gaps,
            incomplete: Incomplete::default(),
            sync_in_progress: !fresh,
            sync_error: known.sync_error.clone(),
            fields: Vec::new(),
        }
    }
}

impl Syncd for Service {
    async fn search(self, _: Context, request: SearchRequest) -> Result<SearchReply, ApiError> {
        let sync_info = self.sync_info();
        let mut known = self.known();
        let from = request.page.as_ref().map_or(0, |page| page.parse().unwrap());
        let until = known.conversations.len().min(from + usize::try_from(request.limit).unwrap());
        known.searched.push(request);
        Ok(SearchReply {
            hits: known.conversations[from..until].iter().map(|found| found.summary.clone()).collect(),
            total: u64::try_from(known.conversations.len()).ok(),
            next_page: (until < known.conversations.len()).then(|| until.to_string()),
            unknown: known.unknown.clone(),
            notes: Vec::new(),
            explanation: known.explanation.clone(),
            cut_short: false,
            window: Interval::new(1_789_000_000, 1_790_000_000),
            sync: (!known.fresh).then_some(TICKET),
            sync_info,
        })
    }

    async fn show(self, _: Context, request: ShowRequest) -> Result<ShowReply, ApiError> {
        let sync_info = self.sync_info();
        let mut known = self.known();
        if request.refresh {
            known.refreshed.push(request.id.clone());
        }
        let found = known.conversations.iter().find(|conversation| conversation.summary.id == request.id);
        let Some(mut conversation) = found.cloned() else {
            return Err(ApiError::NoSuchConversation(request.id));
        };
        let (from, all) = (usize::try_from(request.offset).unwrap(), conversation.messages.len());
        let until = all.min(from + usize::try_from(request.limit).unwrap());
        let begins = |index: usize| conversation.messages.get(index).map(|message| message.created_at);
        let (begin, end) = (begins(from).filter(|_| from > 0), begins(until));
        conversation.events.retain(|event| {
            begin.is_none_or(|begin| event.created_at >= begin)
                && end.is_none_or(|end| event.created_at < end)
        });
        conversation.messages = conversation.messages.get(from..until).unwrap_or_default().to_vec();
        conversation.offset = request.offset;
        conversation.next_offset = (until < all).then(|| u32::try_from(until).unwrap());
        let window = Interval { start: conversation.summary.updated_at, end: Timestamp(1_790_010_000) };
        Ok(ShowReply { conversation, sync_info, window })
    }

    async fn status(self, _: Context) -> Result<Status, ApiError> {
        let info = self.sync_info();
        let known = self.known();
        Ok(Status {
            daemon: proto::types::Daemon { version: "0.0.0".to_owned(), pid: 1, uptime_seconds: 60 },
            workspace: None,
            last_sync: info.last_sync,
            total_conversations: u64::try_from(known.conversations.len()).unwrap(),
            total_messages: 0,
            truncated: 0,
            pending: 0,
            failed: 0,
            sync_in_progress: !known.fresh,
            sync_coverage: info.coverage,
            coverage: known.gaps.iter().copied().chain(info.coverage).collect(),
            horizon: Timestamp(1_780_000_000),
            progress: Vec::new(),
            sync_error: info.sync_error,
            last_error: known.last_error_at.map(|_| "a call timed out".to_owned()),
            last_error_at: known.last_error_at,
            clock_offset_seconds: None,
            settle_seconds: 60,
            calibration: proto::types::Calibration::default(),
            tolerance_seconds: 300,
            deletions_as_of: None,
            api: proto::types::ApiBudget::default(),
            database: proto::types::Database { path: "/var/empty/syncd.db".to_owned(), bytes: 3 << 20 },
        })
    }

    async fn check(self, _: Context, request: CheckRequest) -> Result<CheckReply, ApiError> {
        let Window { start, end } = request.window;
        let window = Interval {
            start: start.unwrap_or(Timestamp(1_780_000_000)),
            end: end.unwrap_or(Timestamp(1_790_010_000)),
        };
        self.known().checked.push(request);
        Ok(CheckReply { sync_info: self.sync_info(), window })
    }

    async fn sync(self, _: Context, request: SyncRequest) -> Result<SyncTicket, ApiError> {
        self.known().synced.push(request);
        Ok(TICKET)
    }

    async fn watch(self, _: Context, request: WatchRequest) -> Result<SyncReport, ApiError> {
        if request.ticket != TICKET {
            return Err(ApiError::UnknownTicket);
        }
        let mut reports = self.report.subscribe();
        let now = reports.borrow().clone();
        if now.sequence > request.seen {
            return Ok(now);
        }
        let _waiting = Waiting::new(&self.waiting);
        Ok(reports.wait_for(|report| report.sequence > request.seen).await.unwrap().clone())
    }

    async fn diagnose(self, _: Context) -> Result<Vec<Diagnosis>, ApiError> {
        Ok(Vec::new())
    }

    async fn reset(self, _: Context) -> Result<(), ApiError> {
        Ok(())
    }

    async fn stats(self, _: Context, request: StatsRequest) -> Result<StatsReply, ApiError> {
        let sync_info = self.sync_info();
        let mut known = self.known();
        let mut reply = known.stats.clone().unwrap_or_else(|| super::samples::stats(Vec::new()));
        known.measured.push(request);
        reply.sync_info = sync_info;
        reply.sync = (!known.fresh).then_some(TICKET);
        reply.unknown.clone_from(&known.unknown);
        Ok(reply)
    }

    async fn topics(self, _: Context, request: TopicsRequest) -> Result<TopicsReply, ApiError> {
        let sync_info = self.sync_info();
        let mut known = self.known();
        let mut reply = known.topics.clone().unwrap_or_else(|| super::samples::topics(2, "refund"));
        known.compared.push(request);
        reply.sync_info = sync_info;
        reply.sync = (!known.fresh).then_some(TICKET);
        reply.unknown.clone_from(&known.unknown);
        Ok(reply)
    }

    async fn fields(self, _: Context, _: FieldsRequest) -> Result<FieldsReply, ApiError> {
        Err(ApiError::Unavailable("nobody asks for it here".to_owned()))
    }

    async fn list(self, _: Context, _: ListRequest) -> Result<ListReply, ApiError> {
        Err(ApiError::Unavailable("nobody asks for it here".to_owned()))
    }

    async fn read(self, _: Context, _: ReadRequest) -> Result<ReadReply, ApiError> {
        Err(ApiError::Unavailable("nobody asks for it here".to_owned()))
    }

    async fn news(self, _: Context, request: NewsRequest) -> Result<NewsReply, ApiError> {
        let mut all = self.news.subscribe();
        let reply = |all: &[News], from: usize, missed| NewsReply {
            mark: NewsMark { run: self.run, sequence: u64::try_from(all.len()).unwrap() },
            news: all[from..].to_vec(),
            missed,
        };
        let Some(mark) = request.after else {
            let all = all.borrow();
            return Ok(reply(&all, all.len(), false));
        };
        if mark.run != self.run {
            let all = all.borrow();
            return Ok(reply(&all, all.len(), true));
        }
        let seen = usize::try_from(mark.sequence).unwrap();
        let _listening = Waiting::new(&self.listening);
        let all = all.wait_for(|all| all.len() > seen).await.unwrap();
        Ok(reply(&all, seen, false))
    }

    async fn sql(self, _: Context, request: SqlRequest) -> Result<SqlReply, ApiError> {
        let mut known = self.known();
        known.queried.push(request);
        match &known.sql_error {
            Some(error) => Err(ApiError::BadRequest(error.clone())),
            None => Ok(known.sql.clone().unwrap_or_else(|| super::samples::rows(Vec::new()))),
        }
    }

    async fn sql_schema(self, _: Context) -> Result<SqlSchema, ApiError> {
        let column = |name: &str| SqlColumn { name: name.to_owned(), about: "what it says".to_owned() };
        let view = SqlView {
            name: "conversations".to_owned(),
            about: "one row each".to_owned(),
            columns: vec![column("id")],
        };
        Ok(SqlSchema {
            version: 1,
            views: vec![view],
            functions: vec![column("median(x)")],
            notes: Vec::new(),
        })
    }

    async fn suggest(self, _: Context, request: SuggestRequest) -> Result<Vec<Suggestion>, ApiError> {
        let mut known = self.known();
        known.suggested.push(request);
        Ok(known.suggestions.clone())
    }
}
