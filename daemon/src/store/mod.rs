//! The local copy on disk: the only code that speaks SQL. One connection writes, in order; a few read, each
//! question from one snapshot, and dear questions apart from quick ones. It fetches nothing and decides nothing about what to fetch.

mod commits;
mod counters;
mod coverage;
mod damaged;
mod directory;
mod docid;
mod documents;
mod engine;
mod error;
mod feed;
mod fields;
mod format_3;
mod forms;
mod hold;
mod ingest;
mod key;
mod labels;
mod ledger;
mod measure;
mod migrate;
mod pages;
mod pending;
mod people;
mod prepare;
mod query;
mod readers;
mod rebuild;
mod registers;
mod removal;
mod rows;
mod silent;
mod sql;
mod stored;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod upkeep;
mod window;
mod worker;
mod workspace;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use proto::types::{NewsMark, NewsReply};
use tokio::sync::watch;

pub(crate) use self::engine::CLOCK_OFFSET;
pub use self::engine::Remembered;
use self::engine::{Damage, Engine, Opened};
use self::feed::Feed;
use self::readers::Deadline;
use self::writer::{Batch, Writer};
use crate::model;

pub use self::error::Error;
pub use self::hold::Held;
pub(crate) use self::hold::announce;
pub use self::ingest::DetailsOutcome;
pub use self::ledger::{Claim, Failure, ListedOutcome, Listing};
pub use self::query::{
    Clocks, Compared, Counted, Counting, Counts, Cut, Found, Named, Pending, Question, Search, Snapshot,
    Topical,
};
pub use self::readers::{Cost, Limit};
pub use self::rebuild::Parse;
pub use self::removal::NOT_FOUND;
pub use self::sql::{SqlQuestion, SqlRows, sql_schema};

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    path: PathBuf,
    engine: RwLock<Arc<Engine>>,
    /// What shows that the database is damaged: from then on it is not asked any more.
    damage: watch::Sender<Option<Damage>>,
    /// What came in since it was opened.
    feed: Feed,
    /// What was set aside last, in words for a person.
    notice: Mutex<Option<String>>,
    /// Keeps a second daemon out until the store is closed.
    lock: Mutex<Option<File>>,
}

impl Shared {
    /// Sets the damaged database aside, unless that was done, and opens a new one; returns what was done in words.
    fn begin_anew(&self) -> Result<Option<String>, Error> {
        let lock = self.lock.lock().map_err(|_| Error::Closed)?;
        let lock = lock.as_ref().ok_or(Error::Closed)?;
        let Some(Damage { why, notice }) = self.damage.borrow().clone() else { return Ok(None) };
        let notice = match notice {
            Some(notice) => notice,
            None => engine::set_aside(&self.path, &why)?,
        };
        let done = Damage { why, notice: Some(notice.clone()) };
        self.damage.send_replace(Some(done));
        let Opened { engine, .. } = Engine::open(&self.path, lock, &no_json, &|_, _| ())?;
        *self.engine.write().map_err(|_| Error::Closed)? = engine;
        if let Ok(mut current) = self.notice.lock() {
            *current = Some(notice.clone());
        }
        Ok(Some(notice))
    }
}

impl Store {
    /// Opens the database in a folder; creates both where they are missing. One that is ours and damaged is set aside,
    /// and a new one begun.
    ///
    /// # Errors
    /// When the file is not ours, is newer than this program, is used by another daemon, or cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_held(Held::take(dir)?, &no_json, |_, _| ())
    }

    /// Opens the database that is held. One that another version left is derived anew from Intercom's JSON, which `parse`
    /// reads; `progress` hears how many conversations are done, of how many.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_held(
        held: Held,
        parse: &Parse,
        progress: impl Fn(u64, u64) + Send + Sync,
    ) -> Result<Self, Error> {
        let path = held.database();
        let lock = held.lock;
        let Opened { engine, notice } = Engine::open(&path, &lock, parse, &progress)?;
        Ok(Self(Arc::new(Shared {
            path,
            engine: RwLock::new(engine),
            damage: watch::Sender::new(None),
            feed: Feed::new(run_number()),
            notice: Mutex::new(notice),
            lock: Mutex::new(Some(lock)),
        })))
    }

    /// Returns where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Answers a quick question from one read transaction, however long it takes.
    ///
    /// # Errors
    /// What the question answers, or when the store is closed.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.read_within(Cost::Quick, Limit::default(), question).await
    }

    /// Answers a question from one read transaction within a limit; the wait for a connection counts.
    ///
    /// # Errors
    /// What the question answers, [`Error::OutOfTime`] when the time is over, or when the store is closed.
    pub async fn read_within<T: Send + 'static>(
        &self,
        cost: Cost,
        limit: Limit,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let engine = self.engine()?;
        let readers = match cost {
            Cost::Quick => &engine.readers,
            Cost::Dear => &engine.dear,
        };
        let deadline = Deadline::new(limit, engine.closing.clone());
        let work = deadline.clone();
        let answer = readers.run(move |reader| reader.answer(&work, question));
        let answered = match deadline.left() {
            None => answer.await,
            // A job that has begun ends by itself.
            Some(left) => tokio::time::timeout(left, answer).await.unwrap_or_else(|_| Err(deadline.error())),
        };
        self.take_note(&engine, answered).await
    }

    /// Returns what was set aside because it was damaged, in words for a person: the last of it since the store was opened.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.0.notice.lock().ok().and_then(|notice| notice.clone())
    }

    /// Returns what was known of the time when the copy was opened.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        self.engine().map(|engine| engine.remembered).unwrap_or_default()
    }

    /// Returns the damaged databases that were set aside and are still there, oldest first.
    #[must_use]
    pub fn set_aside(&self) -> Vec<PathBuf> {
        damaged::list(&self.0.path)
    }

    /// Returns how long the write-ahead log is, in bytes: it cannot be emptied while another program reads what was before it.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        std::fs::metadata(self.0.path.with_extension("db-wal")).map_or(0, |log| log.len())
    }

    /// Says whether the database turned out to be damaged and no new one is begun yet.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.0.damage.borrow().is_some()
    }

    /// Waits until the database turns out to be damaged; returns what everybody is told then.
    pub async fn until_damaged(&self) -> Error {
        let mut damage = self.0.damage.subscribe();
        // The sender lives as long as this handle, so that waiting does not fail.
        let _ = damage.wait_for(Option::is_some).await;
        self.engine().err().unwrap_or(Error::Closed)
    }

    /// Returns what came in after a mark, as soon as there is anything, or after `patience`.
    pub async fn news(&self, after: Option<NewsMark>, patience: Duration) -> NewsReply {
        self.0.feed.after(after, patience).await
    }

    /// Does a write and a read that are nothing; returns when their turns have come.
    ///
    /// # Errors
    /// When the store is closed.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let engine = self.engine()?;
        engine.writer.run(|_| Ok(())).await?;
        engine.readers.run(|_| Ok(())).await
    }

    /// Keeps whoever wants to write waiting, as a write that never ends would.
    #[cfg(test)]
    pub(crate) async fn block_writes(&self) -> tokio::sync::OwnedSemaphorePermit {
        self.engine().expect("the store is sound").writer.occupy().await
    }

    /// Keeps whoever wants to read waiting, as reads that never end would.
    #[cfg(test)]
    pub(crate) async fn block_reads(&self, cost: Cost) -> tokio::sync::OwnedSemaphorePermit {
        let engine = self.engine().expect("the store is sound");
        match cost {
            Cost::Quick => engine.readers.occupy().await,
            Cost::Dear => engine.dear.occupy().await,
        }
    }

    /// Finishes what is queued, then closes the database. Other handles fail from now on.
    pub async fn close(self) {
        let engine = self.0.engine.read().ok().map(|engine| Arc::clone(&engine));
        if let Some(engine) = engine {
            engine.close().await;
        }
        if let Ok(mut lock) = self.0.lock.lock() {
            lock.take();
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.on_writer(move |writer| writer.transact(work)).await
    }

    async fn on_writer<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let engine = self.engine()?;
        self.take_note(&engine, engine.writer.run(job).await).await
    }

    /// Returns the engine, unless its database is known to be damaged: what it says cannot be believed then.
    fn engine(&self) -> Result<Arc<Engine>, Error> {
        match self.0.damage.borrow().clone() {
            None => self.0.engine.read().map(|engine| Arc::clone(&engine)).map_err(|_| Error::Closed),
            Some(Damage { why, .. }) => {
                let path = self.0.path.clone();
                damaged::check_count(&path)?;
                Err(Error::Corrupt { path, why })
            }
        }
    }

    /// Names the database in an error, and takes note where it says that the database is damaged, or has a conversation
    /// fetched again whose values cannot be read back.
    async fn take_note<T>(&self, engine: &Engine, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Damaged { what, key, why }) = &result {
            let (key, damage) = (*key, Error::Damaged { what, key: *key, why: why.clone() });
            let removed = engine
                .writer
                .run(move |writer| writer.transact(|batch| removal::quarantine(batch, &damage, key)));
            if let Err(error) = removed.await {
                tracing::warn!("{}", error.at(&self.0.path).to_line());
            }
        }
        result.map_err(|error| {
            let error = error.at(&self.0.path);
            if let Error::Corrupt { why, .. } = &error {
                self.0.damage.send_if_modified(|damage| {
                    let first = damage.is_none();
                    damage.get_or_insert_with(|| Damage { why: why.clone(), notice: None });
                    first
                });
            }
            error
        })
    }
}

/// Reads no JSON: for a database of which nothing has to be derived anew.
fn no_json(_: bytes::Bytes) -> Result<model::Conversation, String> {
    Err("only the daemon reads it".to_owned())
}

/// Returns a number that no earlier run of the program is likely to have had.
fn run_number() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}
