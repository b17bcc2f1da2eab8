//! A daemon that answers what it is told to over a real socket, and the program under test in a home of its own.

pub(crate) mod bench;
pub(crate) mod samples;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use assert_cmd::Command;
use futures::StreamExt as _;
use proto::local::{Manager, Running};
use proto::types::{
    CheckReply, CheckRequest, Diagnosis, FieldsReply, FieldsRequest, ListReply, ListRequest, NewsReply,
    NewsRequest, ReadReply, ReadRequest, SearchReply, SearchRequest, ShowReply, ShowRequest, SqlColumn,
    SqlReply, SqlRequest, SqlSchema, SqlView, StatsReply, StatsRequest, Status, SuggestRequest, Suggestion,
    SyncInfo, SyncReport, SyncRequest, SyncTicket, TopicsReply, TopicsRequest, WatchRequest, Window,
};
use proto::{ApiError, Interval, Syncd, transport};
use tarpc::context::Context;
use tarpc::server::{BaseChannel, Channel as _};
use tempfile::TempDir;
use tokio::net::UnixListener;

/// What the daemon answers: to each kind of question the next of its answers, the last one again and again.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) searches: VecDeque<Result<SearchReply, ApiError>>,
    pub(crate) shows: VecDeque<Result<ShowReply, ApiError>>,
    pub(crate) statuses: VecDeque<Result<Status, ApiError>>,
    pub(crate) checks: VecDeque<Result<SyncInfo, ApiError>>,
    pub(crate) syncs: VecDeque<Result<SyncTicket, ApiError>>,
    pub(crate) reports: VecDeque<Result<SyncReport, ApiError>>,
    pub(crate) diagnoses: VecDeque<Result<Vec<Diagnosis>, ApiError>>,
    pub(crate) resets: VecDeque<Result<(), ApiError>>,
    pub(crate) stats: VecDeque<Result<StatsReply, ApiError>>,
    pub(crate) topics: VecDeque<Result<TopicsReply, ApiError>>,
    pub(crate) lists: VecDeque<Result<ListReply, ApiError>>,
    pub(crate) reads: VecDeque<Result<ReadReply, ApiError>>,
    /// Gives each answer to a read once, and none after the last.
    pub(crate) stalls: bool,
    pub(crate) news: VecDeque<Result<NewsReply, ApiError>>,
    pub(crate) suggestions: VecDeque<Result<Vec<Suggestion>, ApiError>>,
    pub(crate) sql: VecDeque<Result<SqlReply, ApiError>>,
    pub(crate) fields: VecDeque<Result<FieldsReply, ApiError>>,
}

/// What the daemon was asked.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) searches: Vec<SearchRequest>,
    pub(crate) shows: Vec<ShowRequest>,
    pub(crate) checks: Vec<CheckRequest>,
    pub(crate) syncs: Vec<SyncRequest>,
    pub(crate) watches: usize,
    pub(crate) resets: usize,
    pub(crate) stats: Vec<StatsRequest>,
    pub(crate) topics: Vec<TopicsRequest>,
    pub(crate) lists: Vec<ListRequest>,
    pub(crate) reads: Vec<ReadRequest>,
    pub(crate) news: Vec<NewsRequest>,
    pub(crate) suggestions: Vec<SuggestRequest>,
    pub(crate) sql: Vec<SqlRequest>,
}

#[derive(Clone)]
struct Service {
    script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<Asked>>,
}

fn next<T: Clone>(answers: &mut VecDeque<Result<T, ApiError>>) -> Result<T, ApiError> {
    let unscripted = || ApiError::Internal("the test has no answer to this question".to_owned());
    let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
    answer.ok_or_else(unscripted)?
}

impl Syncd for Service {
    async fn search(self, _: Context, request: SearchRequest) -> Result<SearchReply, ApiError> {
        self.asked.lock().unwrap().searches.push(request);
        next(&mut self.script.lock().unwrap().searches)
    }

    async fn show(self, _: Context, request: ShowRequest) -> Result<ShowReply, ApiError> {
        self.asked.lock().unwrap().shows.push(request);
        next(&mut self.script.lock().unwrap().shows)
    }

    async fn status(self, _: Context) -> Result<Status, ApiError> {
        next(&mut self.script.lock().unwrap().statuses)
    }

    async fn check(self, _: Context, request: CheckRequest) -> Result<CheckReply, ApiError> {
        let Window { start, end } = request.window;
        self.asked.lock().unwrap().checks.push(request);
        let sync_info = next(&mut self.script.lock().unwrap().checks)?;
        let horizon = samples::NOON.minus(365 * 86_400);
        let window = Interval { start: start.unwrap_or(horizon), end: end.unwrap_or(samples::NOON) };
        Ok(CheckReply { sync_info, window })
    }

    async fn sync(self, _: Context, request: SyncRequest) -> Result<SyncTicket, ApiError> {
        self.asked.lock().unwrap().syncs.push(request);
        next(&mut self.script.lock().unwrap().syncs)
    }

    async fn watch(self, _: Context, request: WatchRequest) -> Result<SyncReport, ApiError> {
        self.asked.lock().unwrap().watches += 1;
        let report = next(&mut self.script.lock().unwrap().reports);
        // As the daemon does: no answer before there is news.
        if report.as_ref().is_ok_and(|report| report.sequence <= request.seen) {
            std::future::pending::<()>().await;
        }
        report
    }

    async fn diagnose(self, _: Context) -> Result<Vec<Diagnosis>, ApiError> {
        next(&mut self.script.lock().unwrap().diagnoses)
    }

    async fn reset(self, _: Context) -> Result<(), ApiError> {
        self.asked.lock().unwrap().resets += 1;
        next(&mut self.script.lock().unwrap().resets)
    }

    async fn stats(self, _: Context, request: StatsRequest) -> Result<StatsReply, ApiError> {
        self.asked.lock().unwrap().stats.push(request);
        next(&mut self.script.lock().unwrap().stats)
    }

    async fn topics(self, _: Context, request: TopicsRequest) -> Result<TopicsReply, ApiError> {
        self.asked.lock().unwrap().topics.push(request);
        next(&mut self.script.lock().unwrap().topics)
    }

    async fn list(self, _: Context, request: ListRequest) -> Result<ListReply, ApiError> {
        self.asked.lock().unwrap().lists.push(request);
        next(&mut self.script.lock().unwrap().lists)
    }

    async fn read(self, _: Context, request: ReadRequest) -> Result<ReadReply, ApiError> {
        self.asked.lock().unwrap().reads.push(request);
        if self.script.lock().unwrap().stalls {
            let answer = self.script.lock().unwrap().reads.pop_front();
            return match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            };
        }
        next(&mut self.script.lock().unwrap().reads)
    }

    async fn news(self, _: Context, request: NewsRequest) -> Result<NewsReply, ApiError> {
        self.asked.lock().unwrap().news.push(request);
        let reply = next(&mut self.script.lock().unwrap().news);
        // As the daemon does: no answer before there is news.
        if reply.as_ref().is_ok_and(|reply| request.after == Some(reply.mark)) {
            std::future::pending::<()>().await;
        }
        reply
    }

    async fn sql(self, _: Context, request: SqlRequest) -> Result<SqlReply, ApiError> {
        self.asked.lock().unwrap().sql.push(request);
        next(&mut self.script.lock().unwrap().sql)
    }

    async fn sql_schema(self, _: Context) -> Result<SqlSchema, ApiError> {
        let column = SqlColumn { name: "id".to_owned(), about: "what it says".to_owned() };
        let view =
            SqlView { name: "tags".to_owned(), about: "one row each".to_owned(), columns: vec![column] };
        Ok(SqlSchema { version: 1, views: vec![view], functions: Vec::new(), notes: Vec::new() })
    }

    async fn suggest(self, _: Context, request: SuggestRequest) -> Result<Vec<Suggestion>, ApiError> {
        self.asked.lock().unwrap().suggestions.push(request);
        next(&mut self.script.lock().unwrap().suggestions)
    }

    async fn fields(self, _: Context, _: FieldsRequest) -> Result<FieldsReply, ApiError> {
        next(&mut self.script.lock().unwrap().fields)
    }
}

/// A home in a temporary folder, perhaps with a daemon in it.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) asked: Arc<Mutex<Asked>>,
    runtime: Option<tokio::runtime::Runtime>,
    /// What a daemon holds for as long as it runs.
    lock: Option<File>,
}

impl Home {
    /// Returns a home where no daemon runs.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(folder.path().join("syncd")).unwrap();
        Self { folder, asked: Arc::default(), runtime: None, lock: None }
    }

    /// Returns a home with a daemon that answers by the script.
    pub(crate) fn with(script: Script) -> Self {
        let mut home = Self::empty();
        home.start(script);
        home
    }

    /// Ends the daemon as a restart does: every connection breaks. Another one answers by the script.
    pub(crate) fn restart(&mut self, script: Script) {
        drop(self.runtime.take());
        std::fs::remove_file(self.socket()).unwrap();
        self.start(script);
    }

    /// Starts a daemon where none runs.
    pub(crate) fn start(&mut self, script: Script) {
        let service = Service { script: Arc::new(Mutex::new(script)), asked: Arc::clone(&self.asked) };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = {
            let _context = runtime.enter();
            UnixListener::bind(self.socket()).unwrap()
        };
        std::fs::set_permissions(self.socket(), std::fs::Permissions::from_mode(0o600)).unwrap();
        runtime.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    if transport::greet(&mut stream).await.is_ok() {
                        let calls =
                            BaseChannel::with_defaults(transport::server(stream)).execute(service.serve());
                        calls.for_each(|call| async { drop(tokio::spawn(call)) }).await;
                    }
                });
            }
        });
        self.runtime = Some(runtime);
        self.announce();
    }

    /// Says beside the database where the daemon listens, as each does.
    fn announce(&mut self) {
        let data = self.path().join(".local/share/syncd");
        std::fs::create_dir_all(&data).unwrap();
        let lock = File::create(data.join("syncd.lock")).unwrap();
        self.lock = None;
        lock.try_lock().unwrap();
        self.lock = Some(lock);
        let running = Running { pid: std::process::id(), socket: self.socket(), manager: Manager::Nobody };
        running.announce(&data).unwrap();
    }

    /// Returns a home where something answers every connection with these bytes and nothing else.
    pub(crate) fn with_greeting(greeting: &'static [u8]) -> Self {
        let home = Self::empty();
        let listener = std::os::unix::net::UnixListener::bind(home.socket()).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // The client may have gone already; that is its business.
                let _ = stream.write_all(greeting);
                let _ = stream.read_to_end(&mut Vec::new());
            }
        });
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("syncd/syncd.sock")
    }

    /// Returns the program, in this home and at UTC.
    pub(crate) fn syncctl(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syncctl"));
        command.env_clear().env("HOME", self.path()).env("TZ", "UTC0");
        command.env("XDG_RUNTIME_DIR", self.path()).env("XDG_CONFIG_HOME", self.path().join("config"));
        command.args(args);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        let output = self.syncctl(args).output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Returns standard output as the one JSON document that it has to be.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
