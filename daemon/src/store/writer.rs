//! The one connection that writes. Each job is one transaction, in the order in which they came.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::blob::Unpacker;
use super::error::{Attempt, Error};
use super::{counters, documents, labels};

/// How many pages of the index one step of a merge writes.
const MERGE_PAGES: i64 = 500;

/// Whether a step begins a purge or carries it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It begins one.
    First,
    /// It carries one on.
    Further,
}

/// The writing connection.
pub(super) struct Writer {
    /// The connection.
    pub(super) connection: Connection,
    /// Reads stored values back.
    pub(super) unpacker: Unpacker,
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
        Ok(Self { connection, unpacker: Unpacker::new()? })
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

    /// Takes a step, of some tens of milliseconds, at taking what was deleted or redacted out of the index for good;
    /// says whether another one is needed. The index only marks documents as deleted until their segments are merged.
    pub(super) fn purge(&mut self, step: Step) -> Result<bool, Error> {
        let attempt = "cannot remove deleted text from the index";
        let unpurged = counters::get(&self.connection, counters::Counter::Unpurged)?;
        if unpurged == 0 {
            return Ok(false);
        }
        // A negative number of pages starts a merge of all segments, positive ones carry it on.
        let pages = match step {
            Step::First => -MERGE_PAGES,
            Step::Further => MERGE_PAGES,
        };
        self.transact(|batch| {
            let before = batch.transaction.total_changes();
            batch
                .transaction
                .execute("INSERT INTO fts(fts, rank) VALUES ('merge', ?1)", [pages])
                .attempt(attempt)?;
            let goes_on = batch.transaction.total_changes() - before >= 2;
            if !goes_on {
                batch.counters.add(counters::Counter::Unpurged, -unpurged);
            }
            Ok(goes_on)
        })
    }

    /// Takes a step, of some tens of milliseconds, at merging the index's small segments, which makes searches faster;
    /// says whether another one is worth it.
    pub(super) fn merge(&mut self) -> Result<bool, Error> {
        self.transact(|batch| {
            let before = batch.transaction.total_changes();
            batch
                .transaction
                .execute("INSERT INTO fts(fts, rank) VALUES ('merge', ?1)", [MERGE_PAGES])
                .attempt("cannot merge the index")?;
            Ok(batch.transaction.total_changes() - before >= 2)
        })
    }

    /// Gives memory back, and does what is better done while nobody waits.
    pub(super) fn tidy(&mut self) -> Result<(), Error> {
        let attempt = "cannot tidy up the database";
        self.connection.execute_batch("PRAGMA optimize").attempt(attempt)?;
        self.checkpoint()?;
        self.unpacker.shrink();
        self.connection.execute_batch("PRAGMA shrink_memory").attempt(attempt)
    }

    /// Moves what is in the write-ahead log into the database; readers in the way are no failure.
    pub(super) fn checkpoint(&self) -> Result<(), Error> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .attempt("cannot empty the write-ahead log")
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
                    "DELETE FROM conversation; DELETE FROM body; DELETE FROM raw; DELETE FROM dictionary;
                     DELETE FROM label; DELETE FROM labelled; DELETE FROM contact; DELETE FROM teammate;
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
        self.wipe()
    }

    /// Finishes a reset that was cut off, where there was one.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        let unwiped: i64 = self
            .connection
            .query_row("SELECT count(*) FROM counter WHERE name = 'unwiped'", [], |row| row.get(0))
            .attempt("cannot read the counters")?;
        if unwiped == 0 { Ok(()) } else { self.wipe() }
    }

    fn wipe(&mut self) -> Result<(), Error> {
        self.connection
            .execute_batch("VACUUM; DELETE FROM counter WHERE name = 'unwiped'")
            .attempt("cannot vacuum the database")?;
        self.checkpoint()
    }
}
