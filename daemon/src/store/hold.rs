//! Who has the database: one daemon, by a lock on a file beside it for as long as it lives.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proto::local::Running;
use proto::private;

use super::error::Error;
use crate::systemd;

/// How long a lock that another holds is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is tried meanwhile.
const LOOK: Duration = Duration::from_millis(5);

/// The lock on a database; no other daemon opens it until this is dropped.
#[derive(Debug)]
pub struct Held {
    dir: PathBuf,
    pub(super) lock: File,
}

impl Held {
    /// Creates the folder, mode 0700, and takes the lock.
    ///
    /// # Errors
    /// [`Error::InUse`] when another daemon has it, or when the folder is not private.
    pub fn take(dir: &Path) -> Result<Self, Error> {
        private::folder(dir)?;
        let path = dir.join("syncd.lock");
        let lock = private::file(&path, OpenOptions::new().read(true).write(true))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { dir: dir.to_owned(), lock }),
                // Whoever held it may be about to end, and so may a program that it was just starting.
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => return Err(Error::in_use(dir)),
                Err(TryLockError::Error(source)) => {
                    return Err(Error::File { action: "cannot lock", path, source });
                }
            }
        }
    }

    /// Looks whether another daemon has the database, without taking it.
    ///
    /// # Errors
    /// [`Error::InUse`] when one has, and says so.
    pub fn check(dir: &Path) -> Result<(), Error> {
        Running::read(dir).map_or(Ok(()), |_| Err(Error::in_use(dir)))
    }

    /// Returns where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.dir.join("syncd.db")
    }

    /// Says beside the database where this process listens. That it cannot be written, on a full disk, keeps nobody from
    /// being answered at the usual place.
    pub fn announce(&self, socket: &Path) {
        announce(&self.dir, socket);
    }
}

/// Does that for a folder whose lock this process has.
pub(crate) fn announce(dir: &Path, socket: &Path) {
    let running = Running { pid: std::process::id(), socket: socket.to_owned(), manager: systemd::manager() };
    if let Err(error) = running.announce(dir) {
        tracing::warn!(%error, "clients find this daemon at {} alone", socket.display());
    }
}
