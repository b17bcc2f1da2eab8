//! What is done to the database as a whole, apart from what is stored: beginning anew, taking away for good what was
//! deleted, giving memory back.

use std::sync::Arc;

use super::error::Error;
use super::writer::Writer;
use super::{Store, damaged};
use crate::offload::offload;

/// Most steps of a merge that one idle moment is used for.
const IDLE_MERGES: usize = 16;

impl Store {
    /// Sets the database aside where it turned out to be damaged, and begins a new one; returns what was done, in words
    /// for a person. Nobody may be writing what began before: it would become a claim about the new one.
    ///
    /// # Errors
    /// When it cannot be set aside, or no new one begun; then nothing is answered or stored until that can be done.
    pub async fn replace_damaged(&self) -> Result<Option<String>, Error> {
        if self.0.damage.borrow().is_none() {
            return Ok(None);
        }
        let old = self.0.engine.read().map_err(|_| Error::Closed)?.clone();
        // A writer that was closed by an earlier attempt cannot be told, and need not be.
        let _ = old.writer.run(Writer::abandon).await;
        old.close().await;
        let shared = Arc::clone(&self.0);
        let notice = offload(move || shared.begin_anew()).await.map_err(|_| Error::Panicked)??;
        self.0.damage.send_replace(None);
        Ok(notice)
    }

    /// Removes everything, and leaves nothing of it in the file, nor what was set aside because it was damaged.
    ///
    /// # Errors
    /// When it cannot be removed. What was cut off half-way is finished when the database is opened next.
    pub async fn reset(&self) -> Result<(), Error> {
        let wiped = self.on_writer(Writer::reset).await;
        let engine = self.engine()?;
        self.take_note(&engine, engine.shrink().await).await?;
        wiped?;
        damaged::delete_all(&self.0.path)
    }

    /// Takes what was deleted or redacted out of the gaps within pages and out of the log: no row and no index has it any more,
    /// yet it may stand there. Other writes go on between its steps; costs nothing where nothing was deleted.
    ///
    /// # Errors
    /// When SQLite fails at it.
    pub async fn purge(&self) -> Result<(), Error> {
        let changes = self.on_writer(|writer| writer.unpurged()).await?;
        if changes == 0 {
            return Ok(());
        }
        let mut words = Some(String::new());
        while let Some(after) = words {
            words = self.on_writer(move |writer| writer.prune(&after)).await?;
        }
        let mut next = Some(1);
        while let Some(page) = next {
            next = self.on_writer(move |writer| writer.clear(page)).await?;
        }
        self.on_writer(move |writer| writer.purged(changes)).await
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
        let engine = self.engine()?;
        self.take_note(&engine, engine.shrink().await).await?;
        self.on_writer(Writer::tidy).await
    }
}
