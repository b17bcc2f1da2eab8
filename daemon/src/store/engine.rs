//! The connections to one database file, and what is done when that file turns out to be damaged: nothing more is read
//! from it or written to it, and the whole engine is replaced by one over a new file.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use proto::Timestamp;
use tokio_util::sync::CancellationToken;

use super::coverage;
use super::damaged;
use super::error::Error;
use super::migrate;
use super::readers::Reader;
use super::rebuild::{self, Parse, Progress};
use super::sql::SqlReader;
use super::worker::Workers;
use super::writer::Writer;

/// How many connections answer quick questions.
const QUICK: usize = 2;
/// How many answer dear ones: a second one would take the processor that quick ones need.
const DEAR: usize = 1;

/// One connection that writes, a few that read.
pub(super) struct Engine {
    /// The one that writes.
    pub(super) writer: Workers<Writer>,
    /// Those that answer quick questions.
    pub(super) readers: Workers<Reader>,
    /// Those that answer dear ones.
    pub(super) dear: Workers<Reader>,
    /// What answers questions in SQL, one at a time.
    pub(super) sql: Workers<SqlReader>,
    /// Ends the reads in progress: nobody waits for their answers once the database is closed.
    pub(super) closing: CancellationToken,
    /// What was known of the time when it was opened.
    pub(super) remembered: Remembered,
}

/// The mark under which it is kept how far this machine's clock is behind Intercom's, in seconds.
pub(crate) const CLOCK_OFFSET: &str = "clock_offset";

/// What is known of the time before Intercom has answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remembered {
    /// The instant up to which the copy was complete: it is later than that in Intercom.
    pub last_sync: Option<Timestamp>,
    /// Intercom's clock minus this machine's when it was heard last, in seconds.
    pub clock_offset: i64,
}

/// What is wrong with a database.
#[derive(Clone, Debug)]
pub(super) struct Damage {
    /// What showed it.
    pub(super) why: String,
    /// It is set aside; in words for a person.
    pub(super) notice: Option<String>,
}

/// An engine that was just opened.
pub(super) struct Opened {
    /// The engine.
    pub(super) engine: Arc<Engine>,
    /// What was set aside first, in words for a person.
    pub(super) notice: Option<String>,
}

impl Engine {
    /// Opens the database; one that is ours and damaged is set aside first.
    pub(super) fn open(
        path: &Path,
        lock: &File,
        parse: &Parse,
        progress: &Progress<'_>,
    ) -> Result<Opened, Error> {
        let orphan = damaged::set_orphan_aside(path)?;
        let mut notice = orphan.map(|aside| describe(path, "only its log was left", &aside));
        let engine = match Self::start(path, parse, progress).map_err(|error| error.at(path)) {
            Err(Error::Corrupt { why, .. }) if damaged::is_ours(path, lock) => {
                notice = Some(set_aside(path, &why)?);
                Self::start(path, parse, progress).map_err(|error| error.at(path))?
            }
            Err(Error::Corrupt { path, .. }) => return Err(Error::NotADatabase(path)),
            started => started?,
        };
        damaged::remember(path, lock);
        Ok(Opened { engine: Arc::new(engine), notice })
    }

    fn start(path: &Path, parse: &Parse, progress: &Progress<'_>) -> Result<Self, Error> {
        let mut writer = Writer::new(migrate::open_writer(path)?)?;
        writer.recover()?;
        rebuild::rebuild(&mut writer, parse, progress)?;
        let offset = rebuild::mark(&writer.connection, CLOCK_OFFSET)?;
        let remembered = Remembered {
            last_sync: coverage::load(&writer.connection)?.last_sync(),
            clock_offset: offset.and_then(|offset| offset.parse().ok()).unwrap_or(0),
        };
        let readers = |count| {
            let readers = (0..count).map(|_| Reader::open(path)).collect::<Result<Vec<_>, _>>();
            readers.map(|readers| Workers::new(readers, |_| {}))
        };
        let (readers, dear) = (readers(QUICK)?, readers(DEAR)?);
        migrate::leave_as_is(&writer.connection, false)?;
        let sql = Workers::new(vec![SqlReader::new(path)], |_| {});
        let (writer, closing) = (Workers::new(vec![writer], Writer::end), CancellationToken::new());
        Ok(Self { writer, readers, dear, sql, closing, remembered })
    }

    /// Gives back the memory that the reading connections hold.
    pub(super) async fn shrink(&self) -> Result<(), Error> {
        self.readers.run_on_each(Reader::shrink).await?;
        self.dear.run_on_each(Reader::shrink).await
    }

    /// Ends what is being read, finishes what is to be written, then closes the database.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.readers.close().await;
        self.dear.close().await;
        self.sql.close().await;
        self.writer.close().await;
    }
}

/// Sets a damaged database aside, and says so; no connection may be open.
pub(super) fn set_aside(path: &Path, why: &str) -> Result<String, Error> {
    Ok(describe(path, why, &damaged::set_aside(path)?))
}

fn describe(path: &Path, why: &str, aside: &Path) -> String {
    let notice = format!(
        "{} was damaged ({why}): it is set aside as {}, and a new copy is fetched from Intercom; delete the old one \
         when you do not need it, and check the disk if this happens again",
        path.display(),
        aside.display()
    );
    tracing::warn!("{notice}");
    notice
}
