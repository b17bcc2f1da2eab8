//! Sets a damaged database aside: it is renamed, never deleted, so that whoever wants to can still look into it. What
//! is not ours is not touched.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::Error;
use super::migrate::APPLICATION_ID;

/// What follows the database's name in the name of one that was set aside, before the time at which it was.
const MARK: &str = ".damaged-";
/// What SQLite keeps beside a database. The log of a database comes after it: without its database it is known to be a
/// left-over, while a database without its log may look whole and be old.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];
/// Where the application id stands in a database's first page.
const ID_AT: u64 = 68;
/// So many damaged databases in a day are no accident any more: to set a further one aside would only fill the disk.
const MOST: usize = 3;
/// In seconds.
const DAY: u64 = 86_400;

/// Returns the path with something added to its last name.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Says whether a file that SQLite cannot read is ours all the same: it says so itself where it still can, or it is the
/// very file that was opened last.
pub(super) fn is_ours(path: &Path, lock: &File) -> bool {
    let mut id = [0; 4];
    let says = File::open(path).and_then(|file| file.read_exact_at(&mut id, ID_AT)).is_ok();
    (says && i64::from(i32::from_be_bytes(id)) == APPLICATION_ID)
        || identity(path).is_ok_and(|file| known(lock) == file)
}

/// Writes into the lock file which file is ours. That it cannot be written, on a full disk, only costs the knowledge.
pub(super) fn remember(path: &Path, lock: &File) {
    let written = identity(path).and_then(|file| {
        if known(lock) == file {
            return Ok(());
        }
        lock.set_len(0)?;
        lock.write_all_at(file.as_bytes(), 0)
    });
    if let Err(error) = written {
        tracing::debug!(%error, "noting which file is the database");
    }
}

fn identity(path: &Path) -> io::Result<String> {
    let file = fs::metadata(path)?;
    Ok(format!("{} {}\n", file.dev(), file.ino()))
}

fn known(lock: &File) -> String {
    let mut text = [0; 64];
    let read = lock.read_at(&mut text, 0).unwrap_or(0);
    String::from_utf8_lossy(text.get(..read).unwrap_or_default()).into_owned()
}

/// Renames a database with what SQLite keeps beside it; returns its new name. No connection may be open.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, Error> {
    check_count(path)?;
    let before = list(path);
    let stem = format!("{MARK}{}", chrono::Utc::now().format("%Y%m%dT%H%M%SZ"));
    let aside = (0..)
        .map(|again| with(path, &if again == 0 { stem.clone() } else { format!("{stem}.{again}") }))
        .find(|name| !before.contains(name))
        .unwrap_or_else(|| with(path, &stem));
    rename(path, &aside)?;
    for companion in COMPANIONS {
        rename(&with(path, companion), &with(&aside, companion))?;
    }
    Ok(aside)
}

/// Refuses to set one more aside where that happened too often.
pub(super) fn check_count(path: &Path) -> Result<(), Error> {
    let copies = list(path).iter().filter(|file| is_recent(file)).count();
    if copies < MOST { Ok(()) } else { Err(Error::DamagedOften { path: path.to_owned(), copies }) }
}

/// Sets a write-ahead log aside that has lost its database, which SQLite would delete.
pub(super) fn set_orphan_aside(path: &Path) -> Result<Option<PathBuf>, Error> {
    let is_empty = |path: &Path| fs::metadata(path).map_or(true, |file| file.len() == 0);
    if is_empty(path) && !is_empty(&with(path, "-wal")) { set_aside(path).map(Some) } else { Ok(None) }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    // It may have been put there by whoever restored a backup.
    let private = || fs::set_permissions(to, Permissions::from_mode(0o600));
    match fs::rename(from, to).and_then(|()| private()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(|source| Error::File {
            action: "cannot set aside the damaged database",
            path: from.to_owned(),
            source,
        }),
    }
}

/// Says whether a file was renamed within the last day.
fn is_recent(file: &Path) -> bool {
    let changed = fs::symlink_metadata(file).map_or(0, |file| u64::try_from(file.ctime()).unwrap_or(0));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now.as_secs().saturating_sub(changed) < DAY
}

/// Returns the databases that were set aside, oldest first.
pub(super) fn list(path: &Path) -> Vec<PathBuf> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let prefix = format!("{name}{MARK}");
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(&prefix))
        .map(|name| {
            let of = COMPANIONS.iter().find_map(|companion| name.strip_suffix(companion));
            dir.join(of.unwrap_or(&name))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Deletes what was set aside, which only a reset asks for.
pub(super) fn delete_all(path: &Path) -> Result<(), Error> {
    for aside in list(path) {
        for file in COMPANIONS.iter().map(|companion| with(&aside, companion)).chain([aside.clone()]) {
            match fs::remove_file(&file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => {
                    result.map_err(|source| Error::File { action: "cannot delete", path: file, source })?;
                }
            }
        }
    }
    Ok(())
}
