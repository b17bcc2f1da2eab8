//! Folders and files that only their owner can read, whatever the umask, and whatever stands in their place already.
//!
//! In a folder that others can write, a symbolic link or a file of theirs may wait under a name of ours; so no link is
//! followed, and nothing that belongs to another user is written to.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use thiserror::Error;

/// How the names of all our files begin.
const OURS: &str = "syncd.";
/// Permission bits of anybody but the owner.
const OTHERS: u32 = 0o077;
/// Of those, the ones that let a file be replaced.
const OTHERS_WRITE: u32 = 0o022;
/// The bit by which only a file's owner may replace it.
const STICKY: u32 = 0o1000;

/// Why a place is not private, and cannot be made so.
#[derive(Debug, Error)]
pub enum NotPrivate {
    /// The operating system refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It could lead anywhere.
    #[error("{0} is a symbolic link, which is not followed here: move it away, or name another folder")]
    Link(PathBuf),
    /// Whoever owns it can change what is in it.
    #[error("{0} belongs to another user: use a folder of your own")]
    Foreign(PathBuf),
    /// Other users can put their files in place of ours.
    #[error("other users can write to the folder {path} (mode {mode:03o}): chmod go-w {path}")]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

/// Makes a folder that only its owner can enter. One that is there already is made so if nothing but our files is in
/// it; else it is left as it is, and refused where others could replace files in it.
///
/// # Errors
/// When it cannot be made, belongs to somebody else, or is open to others and not ours to close.
pub fn folder(path: &Path) -> Result<(), NotPrivate> {
    let failed = |action| move |source| NotPrivate::Io { action, path: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("cannot create the folder"))?;
    let found = fs::metadata(path).map_err(failed("cannot look at the folder"))?;
    if !is_trusted(&found) {
        return Err(NotPrivate::Foreign(path.to_owned()));
    }
    let mode = found.mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    if is_own(&found)
        && mode & STICKY == 0
        && holds_nothing_else(path).map_err(failed("cannot list the folder"))?
    {
        let closed = Permissions::from_mode(mode & !OTHERS);
        return fs::set_permissions(path, closed).map_err(failed("cannot make the folder private:"));
    }
    look_at(path).map(drop)
}

/// How a folder is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Nobody but its owner can enter it.
    Private,
    /// Others can enter it, and cannot replace files of ours in it.
    Safely,
}

/// Looks at a folder that is there, and changes nothing.
///
/// # Errors
/// When it cannot be looked at, belongs to somebody else, or lets others replace what is in it.
pub fn look_at(path: &Path) -> Result<Shared, NotPrivate> {
    let failed =
        |source| NotPrivate::Io { action: "cannot look at the folder", path: path.to_owned(), source };
    let found = fs::metadata(path).map_err(failed)?;
    if !is_trusted(&found) {
        return Err(NotPrivate::Foreign(path.to_owned()));
    }
    let mode = found.mode() & 0o7777;
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Err(NotPrivate::OpenToOthers { path: path.to_owned(), mode });
    }
    Ok(if is_own(&found) && mode & OTHERS == 0 { Shared::Private } else { Shared::Safely })
}

/// Opens a file for writing, made with mode 0600 where it is missing; one that others can read is made private.
///
/// # Errors
/// When it is a symbolic link, belongs to another user, or cannot be opened.
pub fn file(path: &Path, options: &mut OpenOptions) -> Result<File, NotPrivate> {
    let failed = |action| move |source| NotPrivate::Io { action, path: path.to_owned(), source };
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let file = options.create(true).truncate(false).mode(0o600).custom_flags(no_link).open(path);
    let file = match file {
        Err(_) if path.is_symlink() => return Err(NotPrivate::Link(path.to_owned())),
        file => file.map_err(failed("cannot open"))?,
    };
    let found = file.metadata().map_err(failed("cannot look at"))?;
    if !is_own(&found) {
        return Err(NotPrivate::Foreign(path.to_owned()));
    }
    if found.is_file() && found.mode() & OTHERS != 0 {
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed("cannot make private"))?;
    }
    Ok(file)
}

fn is_own(found: &Metadata) -> bool {
    found.uid() == geteuid().as_raw()
}

/// Root can do anything anyway.
fn is_trusted(found: &Metadata) -> bool {
    is_own(found) || found.uid() == 0
}

fn holds_nothing_else(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !entry?.file_name().to_string_lossy().starts_with(OURS) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_holds_only_our_files_is_closed_to_others() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data");
        for open in [0o755, 0o775, 0o777, 0o711] {
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join("syncd.db"), "").unwrap();
            set(&dir, open);
            folder(&dir).unwrap();
            assert_eq!(mode(&dir), 0o700, "{open:o}");
        }
    }

    #[test]
    fn a_folder_that_holds_other_things_keeps_its_mode_and_is_refused_if_others_can_write_to_it() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("photo.jpg"), "").unwrap();
        set(&dir, 0o755);
        folder(&dir).unwrap();
        assert_eq!(look_at(&dir).unwrap(), Shared::Safely);
        set(&dir, 0o1777);
        folder(&dir).unwrap();
        assert_eq!((mode(&dir), look_at(&dir).unwrap()), (0o1777, Shared::Safely));
        set(&dir, 0o775);
        let error = folder(&dir).unwrap_err().to_string();
        assert!(
            error.contains("mode 775") && error.contains(&format!("chmod go-w {}", dir.display())),
            "{error}"
        );
        assert_eq!(mode(&dir), 0o775);
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("syncd.db");
        fs::write(&path, "").unwrap();
        // Only root can give a file away.
        if geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
            assert!(matches!(file(&path, OpenOptions::new().write(true)), Err(NotPrivate::Foreign(_))));
            std::os::unix::fs::chown(home.path(), Some(65_534), None).unwrap();
            assert!(matches!(folder(home.path()), Err(NotPrivate::Foreign(_))));
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_made_private_and_keeps_what_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("syncd.db");
        fs::write(&path, "rows").unwrap();
        set(&path, 0o644);
        file(&path, OpenOptions::new().write(true)).unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o600, "rows"));
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let (victim, link) = (home.path().join("victim"), home.path().join("syncd.log"));
        for target in ["precious", ""] {
            fs::write(&victim, target).unwrap();
            set(&victim, 0o644);
            std::os::unix::fs::symlink(&victim, &link).unwrap();
            let error = file(&link, OpenOptions::new().append(true)).unwrap_err().to_string();
            assert!(error.contains("syncd.log is a symbolic link"), "{error}");
            assert_eq!((mode(&victim), fs::read_to_string(&victim).unwrap().as_str()), (0o644, target));
            fs::remove_file(&link).unwrap();
        }
        std::os::unix::fs::symlink(home.path().join("nowhere"), &link).unwrap();
        assert!(file(&link, OpenOptions::new().append(true)).is_err());
        assert!(!home.path().join("nowhere").exists());
    }
}
