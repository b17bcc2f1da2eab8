//! Files that are replaced whole or not at all: what is new is written beside the old one and takes its place at once.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proto::private;
use tempfile::NamedTempFile;

/// The permission bits of a file.
const MODE: u32 = 0o7777;
/// Permission bits of anybody but the owner.
const OTHERS: u32 = 0o077;
/// Mode of a file that only its owner can read.
const PRIVATE: u32 = 0o600;

/// New content that lies beside the file whose place it is to take. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Draft {
    temporary: NamedTempFile,
    /// The file itself, however many links lead to it.
    target: PathBuf,
}

impl Draft {
    /// Begins content that only its owner will be able to read.
    ///
    /// # Errors
    /// When nothing can be written beside the file.
    pub(crate) fn begin(path: &Path) -> Result<Self> {
        Self::with_mode(path, PRIVATE)
    }

    /// Writes content that only its owner will be able to read.
    ///
    /// # Errors
    /// As [`Draft::begin`].
    pub(crate) fn private(path: &Path, content: &[u8]) -> Result<Self> {
        Self::begin(path)?.with(path, content)
    }

    /// Writes content that keeps the mode of what it replaces; a file that is new has `mode`.
    ///
    /// # Errors
    /// As [`Draft::begin`].
    pub(crate) fn keeping_mode(path: &Path, content: &[u8], mode: u32) -> Result<Self> {
        let mode = fs::metadata(path).map_or(mode, |found| found.mode() & MODE);
        Self::with_mode(path, mode)?.with(path, content)
    }

    fn with_mode(path: &Path, mode: u32) -> Result<Self> {
        let failed = || format!("cannot write {}", path.display());
        let target = target(path).with_context(failed)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .suffix(".part")
            .tempfile_in(folder_of(&target))
            .with_context(failed)?;
        temporary.as_file().set_permissions(Permissions::from_mode(mode)).with_context(failed)?;
        Ok(Self { temporary, target })
    }

    fn with(mut self, path: &Path, content: &[u8]) -> Result<Self> {
        self.temporary.write_all(content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(self)
    }

    /// Returns where it lies until then.
    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Takes the file's place.
    ///
    /// # Errors
    /// When the folder does not let it.
    pub(crate) fn commit(self) -> Result<()> {
        let failed = || format!("cannot write {}", self.target.display());
        self.temporary.as_file().sync_all().with_context(failed)?;
        self.temporary.persist(&self.target).map_err(|error| error.error).with_context(failed)?;
        // The name is on the disk only when the folder is; some file systems cannot be asked for that.
        let _ = File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Makes a folder of ours, and closes it to others.
///
/// # Errors
/// When it cannot be made, or belongs to somebody else.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    private::folder(path)?;
    let found = fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    if found.mode() & OTHERS != 0 {
        fs::set_permissions(path, Permissions::from_mode(found.mode() & MODE & !OTHERS))
            .with_context(|| format!("cannot close {} to others", path.display()))?;
    }
    Ok(())
}

/// Reads a file; one that does not exist is `None`.
///
/// # Errors
/// When it is there and cannot be read, or is no text.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Removes a file, and says whether there was one.
///
/// # Errors
/// When it is there and stays.
pub(crate) fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot remove {}", path.display())),
    }
}

/// Returns where the content of a path is, behind its links.
fn target(path: &Path) -> io::Result<PathBuf> {
    if path.is_symlink() { fs::canonicalize(path) } else { Ok(path.to_owned()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & MODE
    }

    #[test]
    fn a_file_is_replaced_behind_its_link_and_keeps_its_mode() {
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        Draft::keeping_mode(&link, b"new", 0o600).unwrap().commit().unwrap();
        assert!(link.is_symlink());
        assert_eq!((fs::read_to_string(&real).unwrap().as_str(), mode(&real)), ("new", 0o640));
    }

    #[test]
    fn a_draft_that_is_given_up_leaves_everything_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::write(&path, "old").unwrap();
        drop(Draft::private(&path, b"new").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_to_nothing_is_neither_read_as_nothing_nor_replaced() {
        let home = tempfile::tempdir().unwrap();
        let link = home.path().join("link");
        symlink(home.path().join("nowhere"), &link).unwrap();
        assert!(read_text(&link).unwrap_err().to_string().contains("link"));
        assert!(Draft::private(&link, b"new").is_err() && link.is_symlink());
    }

    #[test]
    fn a_folder_of_ours_is_closed_whatever_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("syncd");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("config.toml"), "").unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        private_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }
}
