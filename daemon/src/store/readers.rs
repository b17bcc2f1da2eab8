//! The connections that read. Each job is one read transaction, so that rows and the
//! coverage that judges them are of the same moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio_util::sync::CancellationToken;

use super::error::{Attempt, Error};
use super::migrate;
use super::query::Snapshot;
use super::stored::Unpacker;

/// How many steps of SQLite's machine pass between two looks at the clock. The text index takes a few of them for each
/// page that it reads, and none else.
const STEPS: i32 = 400;

/// What a question is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Little, however much is stored.
    Quick,
    /// The more, the more is stored: such questions have a connection of their own, and keep no quick one waiting.
    Dear,
}

/// How long a question may take, and whether anybody still wants its answer.
#[derive(Clone, Debug, Default)]
pub struct Limit {
    /// The longest, where there is any such bound.
    pub time: Option<Duration>,
    /// Whoever asked has gone.
    pub dropped: CancellationToken,
}

/// A reading connection.
pub(super) struct Reader {
    connection: Connection,
    unpacker: Unpacker,
    path: Arc<PathBuf>,
}

impl Reader {
    /// Opens one.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection = migrate::open_reader(path)?;
        Ok(Self { connection, unpacker: Unpacker::new()?, path: Arc::new(path.to_owned()) })
    }

    /// Answers a question from one read transaction, within a deadline.
    pub(super) fn answer<T>(
        &mut self,
        deadline: &Deadline,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let handler = deadline.clone();
        self.connection
            .progress_handler(STEPS, Some(move || handler.has_passed()))
            .attempt("cannot begin reading")?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .attempt("cannot begin reading")?;
        let snapshot = Snapshot::new(&transaction, &mut self.unpacker, deadline, &self.path);
        question(&snapshot).map_err(|error| if error.is_interrupted() { deadline.error() } else { error })
    }

    /// Gives back the memory that it holds.
    pub(super) fn shrink(&mut self) -> Result<(), Error> {
        self.unpacker.shrink();
        self.connection.flush_prepared_statement_cache();
        self.connection.execute_batch("PRAGMA shrink_memory").attempt("cannot give memory back")
    }
}

/// The instant after which a question is stopped: SQLite asks for it now and then, and so does whatever goes through many
/// rows. A part of a question can have an earlier one of its own.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    started: Instant,
    limit: Limit,
    /// The database is being closed.
    closing: CancellationToken,
    /// Microseconds since `started` at which the part ends; the maximum where it has no end of its own.
    part: Arc<AtomicU64>,
}

impl Deadline {
    /// Begins the time that a question has.
    pub(super) fn new(limit: Limit, closing: CancellationToken) -> Self {
        Self { started: Instant::now(), limit, closing, part: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    /// Returns what is left of it, where there is a limit.
    pub(super) fn left(&self) -> Option<Duration> {
        self.limit.time.map(|time| time.saturating_sub(self.started.elapsed()))
    }

    /// Stops the part of the question that begins now after `time`.
    pub(super) fn arm(&self, time: Duration) {
        let at = (self.started.elapsed() + time).as_micros();
        self.part.store(u64::try_from(at).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Ends that part; the whole question still has its end.
    pub(super) fn disarm(&self) {
        self.part.store(u64::MAX, Ordering::Relaxed);
    }

    /// Says whether the part, or the whole, has had its time.
    pub(super) fn has_passed(&self) -> bool {
        let part = self.part.load(Ordering::Relaxed);
        (part != u64::MAX && self.started.elapsed().as_micros() >= u128::from(part)) || self.is_over()
    }

    /// Ends a question that has had its time: for what takes long without SQLite.
    ///
    /// # Errors
    /// When it has.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.is_over() { Err(self.error()) } else { Ok(()) }
    }

    /// Returns what is said of a question that was stopped.
    pub(super) fn error(&self) -> Error {
        if self.closing.is_cancelled() {
            return Error::Closed;
        }
        Error::OutOfTime { seconds: self.limit.time.unwrap_or(self.started.elapsed()).as_secs() }
    }

    fn is_over(&self) -> bool {
        self.limit.dropped.is_cancelled()
            || self.closing.is_cancelled()
            || self.limit.time.is_some_and(|time| self.started.elapsed() >= time)
    }
}
