//! Where an export or a report goes: standard output, or a file that appears under its name when it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::exit::{Exit, Failure};
use crate::files::Draft;

/// Bytes that are put together before they are written.
const BUFFER: usize = 1 << 18;

/// Where an output is to go, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// `-`: to standard output.
    Standard,
    /// Into a file.
    File(PathBuf),
}

impl From<OsString> for Output {
    fn from(typed: OsString) -> Self {
        if typed == "-" { Self::Standard } else { Self::File(PathBuf::from(typed)) }
    }
}

/// Where bytes go.
pub(crate) enum Target {
    /// To the reader of standard output.
    Out(BufWriter<Stdout>),
    /// Into a file beside the one that it is to become; dropping it removes it. Only its owner may read it.
    File { draft: BufWriter<Draft>, path: PathBuf },
    /// Into something that is no file, such as a pipe with a name.
    Device { device: BufWriter<File>, path: PathBuf },
}

impl Target {
    /// Opens a file, or standard output.
    ///
    /// # Errors
    /// When the file's folder cannot be written, or it is a folder itself.
    pub(crate) fn open(output: &Output) -> Result<Self> {
        let named = match output {
            Output::Standard => return Ok(Self::Out(BufWriter::with_capacity(BUFFER, io::stdout()))),
            Output::File(path) => path,
        };
        // A link stays one: what it points to is replaced.
        let path = std::fs::canonicalize(named).unwrap_or_else(|_| named.clone());
        let failed = || format!("cannot write {}", path.display());
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                let message = format!("{}: it is a folder", failed());
                return Err(Failure::new(Exit::Usage, message).hint("name a file in it").into());
            }
            Ok(found) if !found.is_file() => {
                let device = File::options().write(true).open(&path).with_context(failed)?;
                let device = BufWriter::with_capacity(BUFFER, device);
                return Ok(Self::Device { device, path: named.clone() });
            }
            Ok(_) | Err(_) => {}
        }
        Ok(Self::File { draft: BufWriter::with_capacity(BUFFER, Draft::begin(&path)?), path })
    }

    /// Returns the file that is to be removed if the program ends before [`Target::keep`].
    pub(crate) fn unfinished(&self) -> Option<&Path> {
        match self {
            Self::File { draft, .. } => Some(draft.get_ref().path()),
            Self::Out(_) | Self::Device { .. } => None,
        }
    }

    /// Returns the file's path.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Out(_) => None,
            Self::File { path, .. } | Self::Device { path, .. } => Some(path),
        }
    }

    /// Makes what was written last: on the disk first, then under its name.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written; then nothing appears.
    pub(crate) fn keep(mut self) -> Result<()> {
        self.flush().with_context(|| self.failed())?;
        if let Self::File { draft, path } = self {
            let failed = || format!("cannot write {}", path.display());
            draft.into_inner().map_err(io::IntoInnerError::into_error).with_context(failed)?.commit()?;
        }
        Ok(())
    }

    /// Returns what an error to write it begins with.
    pub(crate) fn failed(&self) -> String {
        let place =
            self.path().map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
        format!("cannot write {place}")
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Out(out) => out.write(bytes),
            Self::File { draft, .. } => draft.write(bytes),
            Self::Device { device, .. } => device.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Out(out) => out.flush(),
            Self::File { draft, .. } => draft.flush(),
            Self::Device { device, .. } => device.flush(),
        }
    }
}
