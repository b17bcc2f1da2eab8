//! The one connection that writes. Each job is one transaction, in the order in which they came.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::counters::{self, Counter};
use super::error::{Attempt, Error};
use super::forms::{self, Known};
use super::stored::Unpacker;
use super::{documents, labels, migrate, pages, rebuild};

/// How many pages of the index one step of a merge writes.
const MERGE_PAGES: i64 = 1_000;
/// So many pages of merges each changed document is worth: what merges write has to stay in proportion to what changes, however
/// large the index is.
const MERGE_SHARE: i64 = 4;
/// From how many bytes on the log is emptied while nobody waits. A shorter one is left to grow, since a page that many changes
/// write moves into the database once then.
const LONG_LOG: u64 = 48 << 20;

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
    /// The words that are known to be noted.
    known: Known,
    /// How many pages merges may still write for what has changed.
    mergeable: i64,
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
        Ok(Self {
            connection,
            unpacker: Unpacker::new()?,
            known: Known::new(),
            mergeable: 0,
            abandoned: false,
        })
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
        let changed = batch.documents.len();
        let written = batch.documents.write(&batch.transaction, &mut self.known);
        let committed = written.and_then(|()| batch.transaction.commit().attempt("cannot commit"));
        if committed.is_err() {
            self.known.clear();
        }
        self.mergeable = self.mergeable.saturating_add(changed.saturating_mul(MERGE_SHARE));
        committed.map(|()| done)
    }

    /// Returns how many changes took something away that may still stand in gaps of pages, or in the log.
    pub(super) fn unpurged(&self) -> Result<i64, Error> {
        counters::get(&self.connection, Counter::Unpurged)
    }

    /// Removes some words that no conversation has any more, after a word; returns after which to go on.
    pub(super) fn prune(&mut self, after: &str) -> Result<Option<String>, Error> {
        let last = self.transact(|batch| forms::prune(&batch.transaction, after));
        self.known.clear();
        last
    }

    /// Clears the gaps of some pages, from one on; returns where to go on.
    pub(super) fn clear(&mut self, first: i64) -> Result<Option<i64>, Error> {
        self.transact(|batch| pages::clear(&batch.transaction, first))
    }

    /// Takes the log with the pages as they were away, and so many changes off the count: others may have come since. Until the
    /// log is emptied they count; the next purge tries again.
    pub(super) fn purged(&mut self, changes: i64) -> Result<(), Error> {
        if self.checkpoint()? == Log::Held {
            return Ok(());
        }
        self.transact(|batch| {
            batch.counters.add(Counter::Unpurged, -changes);
            Ok(())
        })
    }

    /// Takes a step, of some tens of milliseconds, at merging the index's small segments, which makes searches faster;
    /// says whether another one is worth it.
    pub(super) fn merge(&mut self) -> Result<bool, Error> {
        let pages = self.mergeable.min(MERGE_PAGES);
        if pages == 0 {
            return Ok(false);
        }
        self.mergeable -= pages;
        let goes_on = self.transact(|batch| merge(batch, pages))?;
        if !goes_on {
            self.mergeable = 0;
        }
        Ok(goes_on)
    }

    /// Gives memory back, and does what is better done while nobody waits.
    pub(super) fn tidy(&mut self) -> Result<(), Error> {
        let attempt = "cannot tidy up the database";
        self.connection.execute_batch("PRAGMA optimize").attempt(attempt)?;
        self.recover()?;
        if std::fs::metadata(self.path().with_extension("db-wal")).is_ok_and(|log| log.len() >= LONG_LOG) {
            self.checkpoint()?;
        }
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
            batch.transaction.execute_batch("INSERT INTO fts(fts) VALUES ('delete-all')").attempt(attempt)?;
            for table in tables(&batch.transaction)? {
                batch.transaction.execute_batch(&format!("DELETE FROM {table}")).attempt(attempt)?;
            }
            set_unwiped(&batch.transaction, Unwiped::Pages)?;
            rebuild::is_done(&batch.transaction)
        });
        let on = self.connection.execute_batch("PRAGMA secure_delete = ON").attempt(attempt);
        self.known.clear();
        emptied?;
        on?;
        match self.wipe()? {
            Log::Empty => Ok(()),
            Log::Held => Err(Error::Unwiped(self.path())),
        }
    }

    /// Finishes a reset that was cut off, where there was one and nobody reads what was.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        self.wipe().map(drop)
    }

    /// Leaves nothing of what a reset deleted in the files. Only then it forgets that this was to be done.
    fn wipe(&mut self) -> Result<Log, Error> {
        let attempt = "cannot vacuum the database";
        let unwiped = unwiped(&self.connection)?;
        if unwiped.is_none() {
            return Ok(Log::Empty);
        }
        if unwiped == Some(Unwiped::Pages) {
            // What has come since then may be large, and is put together on the disk.
            let vacuum = "PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY";
            self.connection.execute_batch(vacuum).attempt(attempt)?;
            set_unwiped(&self.connection, Unwiped::Log)?;
        }
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

/// What a reset has still to take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unwiped {
    /// What was deleted, in pages of the database, and in the log.
    Pages = 1,
    /// The log.
    Log = 2,
}

fn unwiped(connection: &Connection) -> Result<Option<Unwiped>, Error> {
    let value: Option<i64> = connection
        .query_row("SELECT value FROM counter WHERE name = 'unwiped'", [], |row| row.get(0))
        .optional()
        .attempt("cannot read the counters")?;
    Ok(value.map(|value| if value == Unwiped::Log as i64 { Unwiped::Log } else { Unwiped::Pages }))
}

fn set_unwiped(connection: &Connection, unwiped: Unwiped) -> Result<(), Error> {
    connection
        .execute("INSERT OR REPLACE INTO counter(name, value) VALUES ('unwiped', ?1)", [unwiped as i64])
        .map(drop)
        .attempt("cannot write the counters")
}

/// Returns the tables, but for those that are the text index's.
fn tables(connection: &Connection) -> Result<Vec<String>, Error> {
    connection
        .prepare(
            "SELECT name FROM sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'fts%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .attempt("cannot read which tables there are")
}
