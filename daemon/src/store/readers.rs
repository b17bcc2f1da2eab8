//! The connections that read. Each job is one read transaction, so that rows and the
//! coverage that judges them are of the same moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::blob::Unpacker;
use super::error::{Attempt, Error};
use super::migrate;
use super::query::Snapshot;

/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS: i32 = 2_000;

/// A reading connection.
pub(super) struct Reader {
    connection: Connection,
    unpacker: Unpacker,
    deadline: Deadline,
    path: Arc<PathBuf>,
}

impl Reader {
    /// Opens one.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = migrate::open_reader(path)?;
        let deadline = Deadline::default();
        let handler = deadline.clone();
        connection
            .progress_handler(STEPS, Some(move || handler.has_passed()))
            .attempt("cannot set up the database")?;
        Ok(Self { connection, unpacker: Unpacker::new()?, deadline, path: Arc::new(path.to_owned()) })
    }

    /// Answers a question from one read transaction.
    pub(super) fn answer<T>(
        &mut self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // A question that panicked may have left it armed.
        self.deadline.disarm();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .attempt("cannot begin reading")?;
        let snapshot = Snapshot::new(&transaction, &mut self.unpacker, &self.deadline, &self.path);
        question(&snapshot)
    }

    /// Gives back the memory that it holds.
    pub(super) fn shrink(&mut self) -> Result<(), Error> {
        self.unpacker.shrink();
        self.connection.flush_prepared_statement_cache();
        self.connection.execute_batch("PRAGMA shrink_memory").attempt("cannot give memory back")
    }
}

/// The instant after which SQLite stops a statement; shared with the handler that it calls now and then.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    started: Instant,
    /// Microseconds since `started`; the maximum where there is no deadline.
    at: Arc<AtomicU64>,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { started: Instant::now(), at: Arc::new(AtomicU64::new(u64::MAX)) }
    }
}

impl Deadline {
    /// Stops statements after `time` from now.
    pub(super) fn arm(&self, time: Duration) {
        let at = (self.started.elapsed() + time).as_micros();
        self.at.store(u64::try_from(at).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Lets statements run on.
    pub(super) fn disarm(&self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }

    /// Says whether it has passed.
    pub(super) fn has_passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != u64::MAX && self.started.elapsed().as_micros() >= u128::from(at)
    }
}
