//! What is done to the database as a whole, apart from what is stored: beginning anew, taking away for good what was
//! deleted, giving memory back, learning how to compress.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::{Attempt, Error};
use super::writer::{Step, Writer};
use super::{Store, aside, blob};
use crate::offload::offload;

/// Most steps of a merge that one idle moment is used for.
const IDLE_MERGES: usize = 16;
/// Conversations stored before a dictionary is trained from them.
const DICTIONARY_SAMPLES: u64 = 300;

impl Store {
    /// Sets the database aside where it turned out to be damaged, and begins a new one; returns what was done, in words
    /// for a person. Nobody may be writing what began before: it would become a claim about the new one.
    ///
    /// # Errors
    /// When it cannot be set aside, or no new one begun; then nothing is answered or stored until that can be done.
    pub async fn mend(&self) -> Result<Option<String>, Error> {
        if self.0.damage.borrow().is_none() {
            return Ok(None);
        }
        let old = self.0.engine.read().map_err(|_| Error::Closed)?.clone();
        // A writer that was closed by an earlier attempt cannot be told, and need not be.
        let _ = old.writer.run(Writer::abandon).await;
        old.close().await;
        let shared = Arc::clone(&self.0);
        let notice = offload(move || shared.begin_anew()).await.map_err(|_| Error::Panicked)??;
        self.forget_dictionary();
        self.0.damage.send_replace(None);
        Ok(notice)
    }

    /// Removes everything, and leaves nothing of it in the file, nor what was set aside because it was damaged.
    ///
    /// # Errors
    /// When it cannot be removed. What was cut off half-way is finished when the database is opened next.
    pub async fn reset(&self) -> Result<(), Error> {
        let wiped = self.on_writer(Writer::reset).await;
        // The rows are gone even where their pages could not be wiped: what their JSON was packed with is gone with them, and
        // must not pack the new ones'.
        self.forget_dictionary();
        self.heed(self.engine()?.shrink().await)?;
        wiped?;
        aside::delete_all(&self.0.path)
    }

    /// Takes what was deleted or redacted out of the text index and the files for good: until then no search finds it,
    /// yet its words stand there. Other writes go on between its steps; costs nothing where nothing was deleted.
    ///
    /// # Errors
    /// When SQLite fails at it.
    pub async fn purge(&self) -> Result<(), Error> {
        let mut step = Some(Step::First);
        while let Some(next) = step {
            step = self.on_writer(move |writer| writer.purge(next)).await?;
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
            if !self.on_writer(Writer::merge).await? {
                break;
            }
        }
        self.heed(self.engine()?.shrink().await)?;
        self.on_writer(Writer::tidy).await
    }

    /// Trains the dictionary for JSON, once there is enough to train it from.
    pub(super) async fn train(&self) -> Result<(), Error> {
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

    fn forget_dictionary(&self) {
        if let Ok(mut dictionary) = self.0.dictionary.write() {
            *dictionary = None;
        }
        self.0.trained.store(false, Ordering::Relaxed);
    }
}
