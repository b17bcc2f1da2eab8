//! The local copy on disk: the only code that speaks SQL. One connection writes, in order; three read, each
//! question from one snapshot. It fetches nothing and decides nothing about what to fetch.

mod blob;
mod counters;
mod coverage;
mod directory;
mod docid;
mod documents;
mod error;
mod ingest;
mod key;
mod labels;
mod ledger;
mod migrate;
mod people;
mod prepare;
mod query;
mod readers;
mod removal;
#[cfg(test)]
mod tests;
mod text;
mod worker;
mod workspace;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use proto::Timestamp;

use self::blob::{Dictionary, Packer};
use self::error::Attempt;
use self::readers::Reader;
use self::worker::Workers;
use self::writer::{Batch, Step, Writer};
use crate::model::{Contact, ConversationId, Deletion, Fetched, Teammate, Workspace};
use crate::offload::offload;

pub use self::error::Error;
pub use self::ingest::DetailsOutcome;
pub use self::ledger::{Claim, Failure, ListedOutcome, Listing};
pub use self::query::{Clocks, Counts, Found, Pending, Search, Snapshot};
pub use self::removal::NOT_FOUND;

/// Most steps of a merge that one idle moment is used for.
const IDLE_MERGES: usize = 16;
/// How many connections read.
const READERS: usize = 3;
/// Conversations stored before a dictionary is trained from them.
const DICTIONARY_SAMPLES: u64 = 300;

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    path: PathBuf,
    writer: Workers<Writer>,
    readers: Workers<Reader>,
    dictionary: RwLock<Option<Arc<Dictionary>>>,
    /// A dictionary is trained already, or cannot be.
    trained: AtomicBool,
    /// Keeps a second daemon out until the store is closed.
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the database in a folder; creates both where they are missing.
    ///
    /// # Errors
    /// When the file is not ours, is newer than this program, is used by another daemon, or cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("syncd.db");
        let lock = migrate::lock(dir, &path)?;
        let mut writer = Writer::new(migrate::open_writer(&path)?)?;
        writer.recover()?;
        let dictionary = blob::latest_dictionary(&writer.connection)?;
        let readers = (0..READERS).map(|_| Reader::open(&path)).collect::<Result<Vec<_>, _>>()?;
        let checkpoint = |writer: &mut Writer| {
            if let Err(error) = writer.checkpoint() {
                tracing::warn!("{}", error.to_line());
            }
        };
        Ok(Self(Arc::new(Shared {
            path,
            writer: Workers::new(vec![writer], checkpoint),
            readers: Workers::new(readers, |_| {}),
            trained: AtomicBool::new(dictionary.is_some()),
            dictionary: RwLock::new(dictionary),
            lock: Mutex::new(Some(lock)),
        })))
    }

    /// Returns where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Answers a question from one read transaction.
    ///
    /// # Errors
    /// What the question answers, or when the store is closed.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.readers.run(move |reader| reader.answer(question)).await
    }

    /// Stores which workspace the copy is of, or its new name and address.
    ///
    /// # Errors
    /// [`Error::OtherWorkspace`] when the copy is of another one.
    pub async fn bind_workspace(&self, workspace: Workspace, api_url: String) -> Result<(), Error> {
        self.write(move |batch| workspace::bind(&batch.transaction, &workspace, &api_url)).await
    }

    /// Stores a page of a scan and, on the last one, what the scan proves.
    ///
    /// # Errors
    /// When it cannot be stored; then nothing of it is.
    pub async fn commit_listing(&self, listing: Listing) -> Result<ListedOutcome, Error> {
        self.write(move |batch| ledger::commit_listing(batch, &listing)).await
    }

    /// Takes back every claim that was made by a clock that was ahead of this instant.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn retract(&self, instant: Timestamp) -> Result<(), Error> {
        self.write(move |batch| {
            let mut coverage = coverage::load(&batch.transaction)?;
            coverage.retract(instant);
            coverage::save(&batch.transaction, &coverage)
        })
        .await
    }

    /// Stores conversations. An older state never replaces a newer one; of a truncated conversation, stored parts that
    /// Intercom no longer returns are kept.
    ///
    /// # Errors
    /// When they cannot be stored; then none is.
    pub async fn commit_details(&self, fetched: Vec<Fetched>) -> Result<DetailsOutcome, Error> {
        let dictionary = self.0.dictionary.read().ok().and_then(|dictionary| dictionary.clone());
        let prepared = offload(move || {
            let mut packer = Packer::new(dictionary.as_deref())?;
            fetched
                .into_iter()
                .map(|fetched| prepare::prepare(fetched, &mut packer))
                .collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|_| Error::Panicked)??;
        let outcome = self.write(move |batch| ingest::commit_details(batch, prepared)).await?;
        self.train().await?;
        Ok(outcome)
    }

    /// Stores that details could not be fetched or read; who is not pending is left out.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_failures(&self, failures: Vec<Failure>) -> Result<(), Error> {
        self.write(move |batch| ledger::commit_failures(batch, &failures)).await
    }

    /// Removes what is stored of a conversation of which one read found nothing; it is to be read again at `retry_at`, on
    /// the daemon's clock, before it counts as deleted.
    ///
    /// # Errors
    /// When it cannot be removed; then nothing is.
    pub async fn commit_missing(&self, id: ConversationId, retry_at: Timestamp) -> Result<(), Error> {
        self.write(move |batch| removal::commit_missing(batch, &id, retry_at)).await
    }

    /// Removes conversations of which reads found nothing.
    ///
    /// # Errors
    /// When they cannot be removed; then none is.
    pub async fn commit_gone(&self, ids: Vec<ConversationId>) -> Result<(), Error> {
        self.write(move |batch| removal::commit_gone(batch, &ids)).await
    }

    /// Removes conversations that Intercom lists as deleted, and stores up to when deletions are known; returns how
    /// many were not known to be deleted.
    ///
    /// # Errors
    /// When they cannot be removed; then none is.
    pub async fn commit_deletions(
        &self,
        deletions: Vec<Deletion>,
        as_of: Option<Timestamp>,
    ) -> Result<u64, Error> {
        self.write(move |batch| removal::commit_deletions(batch, &deletions, as_of)).await
    }

    /// Stores admins and teams; those that are no longer listed stay.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub async fn commit_directory(&self, teammates: Vec<Teammate>) -> Result<(), Error> {
        self.write(move |batch| directory::commit_teammates(batch, &teammates)).await
    }

    /// Stores what a look-up by id told of contacts, an absent name or address included.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_contacts(&self, contacts: Vec<Contact>) -> Result<(), Error> {
        self.write(move |batch| directory::commit_contacts(batch, &contacts)).await
    }

    /// Stores a small fact under a name; names that start with `store.` are the store's own.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn set_mark(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |batch| ledger::set_mark(&batch.transaction, &name, &value)).await
    }

    /// Removes everything, and leaves nothing of it in the file.
    ///
    /// # Errors
    /// When it cannot be removed. What was cut off half-way is finished when the database is opened next.
    pub async fn reset(&self) -> Result<(), Error> {
        self.0.writer.run(Writer::reset).await?;
        if let Ok(mut dictionary) = self.0.dictionary.write() {
            *dictionary = None;
        }
        self.0.trained.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Takes what was deleted or redacted out of the text index for good: until then no search finds it, yet its words
    /// stand in the file. Other writes go on between its steps; costs nothing where nothing was deleted.
    ///
    /// # Errors
    /// When SQLite fails at it.
    pub async fn purge(&self) -> Result<(), Error> {
        let mut step = Step::First;
        while self.0.writer.run(move |writer| writer.purge(step)).await? {
            step = Step::Further;
        }
        Ok(())
    }

    /// Gives memory back and tidies up; for when nothing has happened for a while.
    ///
    /// # Errors
    /// When SQLite fails at it.
    pub async fn idle(&self) -> Result<(), Error> {
        self.purge().await?;
        for _ in 0..IDLE_MERGES {
            if !self.0.writer.run(Writer::merge).await? {
                break;
            }
        }
        self.0.readers.run_on_each(Reader::shrink).await?;
        self.0.writer.run(Writer::tidy).await
    }

    /// Does a write and a read that are nothing; returns when their turns have come.
    ///
    /// # Errors
    /// When the store is closed.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        self.0.writer.run(|_| Ok(())).await?;
        self.0.readers.run(|_| Ok(())).await
    }

    /// Keeps whoever wants to write waiting, as a write that never ends would.
    #[cfg(test)]
    pub(crate) async fn block_writes(&self) -> tokio::sync::OwnedSemaphorePermit {
        self.0.writer.occupy().await
    }

    /// Keeps whoever wants to read waiting, as reads that never end would.
    #[cfg(test)]
    pub(crate) async fn block_reads(&self) -> tokio::sync::OwnedSemaphorePermit {
        self.0.readers.occupy().await
    }

    /// Finishes what is queued, then closes the database. Other handles fail from now on.
    pub async fn close(self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
        if let Ok(mut lock) = self.0.lock.lock() {
            lock.take();
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.writer.run(move |writer| writer.transact(work)).await
    }

    /// Trains the dictionary for JSON, once there is enough to train it from.
    async fn train(&self) -> Result<(), Error> {
        if self.0.trained.load(Ordering::Relaxed) {
            return Ok(());
        }
        let enough = self.read(|snapshot| Ok(snapshot.counts()?.conversations >= DICTIONARY_SAMPLES)).await?;
        if !enough || self.0.trained.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let samples = self.read(|snapshot| snapshot.json_samples(DICTIONARY_SAMPLES)).await?;
        let trained = offload(move || blob::train(&samples)).await.map_err(|_| Error::Panicked)?;
        // Samples that are all alike cannot be trained from; JSON is then compressed without.
        let Ok(bytes) = trained else { return Ok(()) };
        let dictionary = self
            .write(move |batch| {
                batch
                    .transaction
                    .execute("INSERT OR IGNORE INTO dictionary(id, bytes) VALUES (1, ?1)", [bytes])
                    .attempt("cannot store a dictionary")?;
                blob::latest_dictionary(&batch.transaction)
            })
            .await?;
        if let Ok(mut current) = self.0.dictionary.write() {
            *current = dictionary;
        }
        Ok(())
    }
}
