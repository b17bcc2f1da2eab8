//! What can go wrong with the store; where a person can do something about it, the text says what.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

use proto::ApiError;
use proto::local::Running;
use proto::private::NotPrivate;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHORT_READ};
use thiserror::Error;

/// A file ends before what it says it holds.
const SHORT_READ: i32 = SQLITE_IOERR_SHORT_READ;
/// The file that readers and the writer share memory by cannot grow, for want of room.
const NO_SHARED_MEMORY: i32 = SQLITE_IOERR_SHMSIZE;

/// The daemon that has a database, as far as that is known.
#[derive(Debug)]
pub struct Holder {
    /// What it says of itself.
    pub running: Option<Running>,
    /// Its process.
    pub pid: Option<u32>,
}

impl Holder {
    /// Looks who holds the database of a folder.
    pub(super) fn of(dir: &Path) -> Self {
        let running = Running::read(dir);
        Self { running, pid: Running::process(dir) }
    }
}

impl Error {
    /// Returns the error that another daemon has the database of a folder.
    pub(super) fn in_use(dir: &Path) -> Self {
        Self::InUse { path: dir.join("syncd.db"), holder: Holder::of(dir) }
    }
}

impl Display for Holder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.pid, &self.running) {
            (Some(pid), Some(running)) => {
                write!(f, " (process {pid}, listening on {})", running.socket.display())
            }
            (Some(pid), None) => write!(f, " (process {pid})"),
            (None, _) => Ok(()),
        }
    }
}

/// Why the store could not do something.
#[derive(Debug, Error)]
pub enum Error {
    /// A folder or file could not be made or opened.
    #[error("{action} {}: make its folder writable, or set data_dir to another one", path.display())]
    File {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A folder or file is open to other users, or theirs.
    #[error(transparent)]
    NotPrivate(NotPrivate),
    /// SQLite refused.
    #[error("{action}")]
    Sql {
        /// What was attempted.
        action: &'static str,
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// The disk is full.
    #[error(
        "{action}: the disk that {} is on is full; free some space there, and syncd goes on by itself: what is stored \
         stays and is answered from", path.display()
    )]
    NoRoom {
        /// What was attempted.
        action: &'static str,
        /// The database.
        path: PathBuf,
    },
    /// The disk or the file may not be written.
    #[error(
        "{action}: {} cannot be written ({why}); make its disk and folder writable, and syncd goes on by itself: what is \
         stored stays and is answered from", path.display()
    )]
    ReadOnly {
        /// What was attempted.
        action: &'static str,
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// Another program keeps the database to itself.
    #[error(
        "{action}: another program has locked {}; end it (a database browser, a backup), and syncd goes on by itself",
        path.display()
    )]
    Locked {
        /// What was attempted.
        action: &'static str,
        /// The database.
        path: PathBuf,
    },
    /// The disk failed.
    #[error(
        "{action}: reading or writing {} failed ({why}); syncd goes on trying, but check the disk and its quota",
        path.display()
    )]
    Disk {
        /// What was attempted.
        action: &'static str,
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The file is ours, and damaged.
    #[error(
        "{} is damaged ({why}): it is being set aside, nothing of it is deleted, and a new copy is begun", path.display()
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What showed it.
        why: String,
    },
    /// Databases were damaged again and again.
    #[error(
        "{} is damaged, and {copies} damaged ones were set aside beside it within a day already: check the disk and the \
         memory of this machine, then delete those (syncd.db.damaged-*) and restart syncd", path.display()
    )]
    DamagedOften {
        /// The database.
        path: PathBuf,
        /// How many were set aside.
        copies: usize,
    },
    /// A foreign program reads the database, so that deleted text cannot be taken out of its files yet.
    #[error(
        "the copy is emptied, but another program reads {}, so that its old text is still in the file: end that program, \
         and repeat the reset", .0.display()
    )]
    Unwiped(PathBuf),
    /// The file is no SQLite database.
    #[error("{} is not a database: move it away, or set data_dir to another folder", .0.display())]
    NotADatabase(PathBuf),
    /// The file is a database of another program.
    #[error("{} belongs to another program: move it away, or set data_dir to another folder", .0.display())]
    Foreign(PathBuf),
    /// A newer version of this program made the file.
    #[error("{} was written by a newer syncd (its format is {found}, this one knows {known}): update syncd", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Another daemon has the database open.
    #[error("another syncd{holder} has {} open: programs ask that one; for a second copy, set data_dir to another folder", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
        /// Which daemon.
        holder: Holder,
    },
    /// The database holds another workspace's conversations.
    #[error(
        "the local copy is of workspace {stored}, the token opens workspace {found}: \
         use that workspace's token, another data_dir, or `syncctl reset` to start over"
    )]
    OtherWorkspace {
        /// The id of the workspace that the database is of.
        stored: String,
        /// The id of the one that was found.
        found: String,
    },
    /// A question was stopped, since it took too long.
    #[error(
        "the question was stopped after {seconds} s, since too many conversations had to be looked at: ask about a shorter \
         timeframe, or add conditions that fewer conversations meet"
    )]
    OutOfTime {
        /// How long it may take.
        seconds: u64,
    },
    /// A question cannot be read.
    #[error("{0}")]
    BadQuery(String),
    /// Stored bytes cannot be read back. That conversation is removed and fetched again; the others stay.
    #[error(
        "stored {what} of conversation {key} cannot be read ({why}): it is being fetched again, ask again in a moment"
    )]
    Damaged {
        /// Which of its values.
        what: &'static str,
        /// The row's key.
        key: i64,
        /// Why not.
        why: String,
    },
    /// A value could not be made ready for storing.
    #[error("{action}")]
    Encode {
        /// What was attempted.
        action: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database has grown beyond what deleted text can be taken out of.
    #[error("{action}: the database is larger than 128 GB; keep less of the history")]
    TooLarge {
        /// What was attempted.
        action: &'static str,
    },
    /// A job of the store panicked; the message is in the log.
    #[error("the store failed at a job: this is a bug")]
    Panicked,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Says whether the same may work later without anybody doing anything: a full disk, a busy file.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoRoom { .. } | Self::ReadOnly { .. } | Self::Locked { .. } | Self::Disk { .. } => true,
            // A new copy is begun.
            Self::Corrupt { .. } => true,
            // That conversation is fetched again.
            Self::Damaged { .. } => true,
            Self::Sql { source, .. } => source.sqlite_error_code() == Some(ErrorCode::OutOfMemory),
            _ => false,
        }
    }

    /// Names the database and what to do where SQLite's refusal has a cause outside of this program.
    pub(super) fn at(self, path: &Path) -> Self {
        use ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase,
            PermissionDenied, ReadOnly, SystemIoFailure,
        };
        let path = path.to_owned();
        let (action, source) = match &self {
            Self::Sql { action, source } => (*action, source),
            _ => return self,
        };
        let why = source.to_string();
        match source.sqlite_error().map(|error| (error.code, error.extended_code)) {
            Some((DatabaseCorrupt | NotADatabase, _) | (_, SHORT_READ)) => Self::Corrupt { path, why },
            Some((DiskFull, _) | (_, NO_SHARED_MEMORY)) => Self::NoRoom { action, path },
            Some((ReadOnly | CannotOpen | PermissionDenied, _)) => Self::ReadOnly { action, path, why },
            Some((DatabaseBusy | DatabaseLocked, _)) => Self::Locked { action, path },
            Some((SystemIoFailure, _)) => Self::Disk { action, path, why },
            _ => self,
        }
    }

    /// Says whether SQLite stopped because the deadline had passed.
    pub(super) fn is_interrupted(&self) -> bool {
        let Self::Sql { source, .. } = self else { return false };
        source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
    }

    /// Returns it with its causes on one line.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            cause = error.source();
        }
        line
    }
}

impl From<NotPrivate> for Error {
    fn from(error: NotPrivate) -> Self {
        match error {
            NotPrivate::Io { action, path, source } => Self::File { action, path, source },
            error => Self::NotPrivate(error),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::BadQuery(text) => Self::BadRequest(text),
            Error::Closed => Self::Unavailable("syncd is stopping; ask again when it runs".to_owned()),
            error @ Error::OutOfTime { .. } => Self::Unavailable(error.to_line()),
            error if error.is_transient() => Self::Unavailable(error.to_line()),
            error => Self::Internal(error.to_line()),
        }
    }
}

/// Names what was attempted where SQLite refuses.
pub(super) trait Attempt<T> {
    /// Turns a refusal of SQLite into the store's error about `action`.
    fn attempt(self, action: &'static str) -> Result<T, Error>;
}

impl<T> Attempt<T> for rusqlite::Result<T> {
    fn attempt(self, action: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error::Sql { action, source })
    }
}
