//! The one connection that writes. Each job is one transaction, in the order in which they came.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::blob::Unpacker;
use super::error::{Attempt, Error};
use super::{counters, documents, labels, migrate};

/// How many pages of the index one step of a merge writes.
const MERGE_PAGES: i64 = 500;

/// Whether a step begins a purge or carries it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It begins one.
    First,
    /// It carries one on that began with so many changes to purge: what came since may have been copied already.
    Further(i64),
    /// It moves what one did into the database, and takes the log with the old pages away.
    Last(i64),
}

/// Whether the write-ahead log was emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// It was.
    Empty,
    /// Somebody read an older state until just now.
    Held,
}

/// How long emptying the log waits for readers.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a write waits for a foreign program's.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// The writing connection.
pub(super) struct Writer {
    /// The connection.
    pub(super) connection: Connection,
    /// Reads stored values back.
    pub(super) unpacker: Unpacker,
    /// The files are damaged.
    abandoned: bool,
}

/// A transaction that writes, with what is summed up at its end.
pub(super) struct Batch<'a> {
    /// The transaction.
    pub(super) transaction: Transaction<'a>,
    /// Reads stored values back.
    pub(super) unpacker: &'a mut Unpacker,
    /// Totals to change.
    pub(super) counters: counters::Changes,
    /// Documents to index.
    pub(super) documents: documents::Changes,
    /// Labels to count.
    pub(super) labels: labels::Changes,
}

impl Writer {
    /// Returns a writer on this connection.
    pub(super) fn new(connection: Connection) -> Result<Self, Error> {
        Ok(Self { connection, unpacker: Unpacker::new()?, abandoned: false })
    }

    /// Does `work` in one transaction, which is rolled back where it fails.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .attempt("cannot begin a transaction")?;
        let mut batch = Batch {
            transaction,
            unpacker: &mut self.unpacker,
            counters: counters::Changes::default(),
            documents: documents::Changes::default(),
            labels: labels::Changes::default(),
        };
        let done = work(&mut batch)?;
        batch.labels.write(&batch.transaction)?;
        batch.counters.write(&batch.transaction)?;
        batch.documents.write(&batch.transaction)?;
        batch.transaction.commit().attempt("cannot commit")?;
        Ok(done)
    }

    /// Takes a step, of some tens of milliseconds, at taking what was deleted or redacted out of the files for good;
    /// returns the next one. The index only marks documents as deleted until their segments are merged.
    pub(super) fn purge(&mut self, step: Step) -> Result<Option<Step>, Error> {
        // A negative number of pages starts a merge of all segments, positive ones carry it on.
        let (pages, unpurged) = match step {
            Step::First => (-MERGE_PAGES, counters::get(&self.connection, counters::Counter::Unpurged)?),
            Step::Further(unpurged) => (MERGE_PAGES, unpurged),
            Step::Last(unpurged) => {
                // Until the log is emptied it holds the pages as they were; the next purge tries again.
                if self.checkpoint()? == Log::Empty {
                    self.transact(|batch| {
                        batch.counters.add(counters::Counter::Unpurged, -unpurged);
                        Ok(())
                    })?;
                }
                return Ok(None);
            }
        };
        if unpurged == 0 {
            return Ok(None);
        }
        let goes_on = self.transact(|batch| merge(batch, pages))?;
        Ok(Some(if goes_on { Step::Further(unpurged) } else { Step::Last(unpurged) }))
    }

    /// Takes a step, of some tens of milliseconds, at merging the index's small segments, which makes searches faster;
    /// says whether another one is worth it.
    pub(super) fn merge(&mut self) -> Result<bool, Error> {
        self.transact(|batch| merge(batch, MERGE_PAGES))
    }

    /// Gives memory back, and does what is better done while nobody waits.
    pub(super) fn tidy(&mut self) -> Result<(), Error> {
        let attempt = "cannot tidy up the database";
        self.connection.execute_batch("PRAGMA optimize").attempt(attempt)?;
        self.recover()?;
        self.checkpoint()?;
        self.unpacker.shrink();
        self.connection.execute_batch("PRAGMA shrink_memory").attempt(attempt)
    }

    /// Moves what is in the write-ahead log into the database and empties it, unless somebody reads an older state.
    pub(super) fn checkpoint(&self) -> Result<Log, Error> {
        let attempt = "cannot empty the write-ahead log";
        self.connection.busy_timeout(PATIENCE).attempt(attempt)?;
        let held = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.connection.busy_timeout(BUSY).attempt(attempt)?;
        Ok(if held.attempt(attempt)? { Log::Held } else { Log::Empty })
    }

    /// Leaves the files as they are when the connection is closed, for they are damaged.
    pub(super) fn abandon(&mut self) -> Result<(), Error> {
        self.abandoned = true;
        migrate::leave_as_is(&self.connection, true)
    }

    /// Tidies up before the connection is closed.
    pub(super) fn end(&mut self) {
        if !self.abandoned
            && let Err(error) = self.checkpoint()
        {
            tracing::warn!("{}", error.to_line());
        }
    }

    /// Removes every conversation and everything known about the workspace, and leaves nothing of it in the file.
    pub(super) fn reset(&mut self) -> Result<(), Error> {
        let attempt = "cannot empty the database";
        // Overwriting each page would write all of the file twice; the vacuum leaves none of them.
        self.connection.execute_batch("PRAGMA secure_delete = OFF").attempt(attempt)?;
        let emptied = self.transact(|batch| {
            batch
                .transaction
                .execute_batch(
                    "DELETE FROM conversation; DELETE FROM body; DELETE FROM raw; DELETE FROM fields; DELETE FROM dictionary;
                     DELETE FROM label; DELETE FROM labelled; DELETE FROM measure; DELETE FROM contact; DELETE FROM teammate;
                     DELETE FROM pending; DELETE FROM gone; DELETE FROM covered; DELETE FROM awaiting;
                     DELETE FROM counter; DELETE FROM mark; DELETE FROM workspace; DELETE FROM other_id;
                     INSERT INTO fts(fts) VALUES ('delete-all');
                     INSERT INTO counter(name, value) VALUES ('unwiped', 1);",
                )
                .attempt(attempt)
        });
        let on = self.connection.execute_batch("PRAGMA secure_delete = ON").attempt(attempt);
        emptied?;
        on?;
        match self.wipe()? {
            Log::Empty => Ok(()),
            Log::Held => Err(Error::Unwiped(self.path())),
        }
    }

    /// Finishes a reset that was cut off, where there was one and nobody reads what was.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        let unwiped: i64 = self
            .connection
            .query_row("SELECT count(*) FROM counter WHERE name = 'unwiped'", [], |row| row.get(0))
            .attempt("cannot read the counters")?;
        if unwiped == 0 { Ok(()) } else { self.wipe().map(drop) }
    }

    /// Leaves nothing of what was deleted in the files. Only then it forgets that this was to be done.
    fn wipe(&mut self) -> Result<Log, Error> {
        let attempt = "cannot vacuum the database";
        self.connection.execute_batch("VACUUM").attempt(attempt)?;
        let log = self.checkpoint()?;
        if log == Log::Empty {
            self.connection.execute_batch("DELETE FROM counter WHERE name = 'unwiped'").attempt(attempt)?;
        }
        Ok(log)
    }

    fn path(&self) -> PathBuf {
        self.connection.path().unwrap_or_default().into()
    }
}

/// Merges some pages of the index; says whether there was enough to do to go on.
fn merge(batch: &mut Batch<'_>, pages: i64) -> Result<bool, Error> {
    let before = batch.transaction.total_changes();
    batch
        .transaction
        .execute("INSERT INTO fts(fts, rank) VALUES ('merge', ?1)", [pages])
        .attempt("cannot merge the index")?;
    Ok(batch.transaction.total_changes() - before >= 2)
}
