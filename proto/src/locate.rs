//! Where the configuration and the socket are. Shared, so that the daemon and its clients never look in two places.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::Deserialize;
use thiserror::Error;

/// Why a place could not be told.
#[derive(Debug, Error)]
pub enum LocateError {
    /// The user has no home folder.
    #[error("cannot tell the home folder: set HOME")]
    NoHome,
    /// The configuration file exists and cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is not TOML, or its `socket` is not text.
    #[error("cannot read {path}: {message}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where in it, and what was expected.
        message: String,
    },
}

/// Returns the configuration file's place, whether or not it exists: `$XDG_CONFIG_HOME/syncd/config.toml`.
///
/// # Errors
/// When there is no home folder.
pub fn config_file() -> Result<PathBuf, LocateError> {
    Ok(base()?.config_dir().join("syncd/config.toml"))
}

/// Returns the default folder of the database: `$XDG_DATA_HOME/syncd`.
///
/// # Errors
/// When there is no home folder.
pub fn data_dir() -> Result<PathBuf, LocateError> {
    Ok(base()?.data_dir().join("syncd"))
}

/// Returns the folder of log and pid files: `$STATE_DIRECTORY` under systemd, else `$XDG_STATE_HOME/syncd`.
///
/// # Errors
/// When there is no home folder.
pub fn state_dir() -> Result<PathBuf, LocateError> {
    if let Some(dir) = env_path("STATE_DIRECTORY") {
        return Ok(dir);
    }
    let base = base()?;
    Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("syncd"))
}

/// Returns the default socket: in `$XDG_RUNTIME_DIR/syncd`, or in the state folder where that is not set.
///
/// # Errors
/// When there is no home folder.
pub fn default_socket() -> Result<PathBuf, LocateError> {
    match env_path("XDG_RUNTIME_DIR") {
        Some(dir) => Ok(dir.join("syncd/syncd.sock")),
        None => Ok(state_dir()?.join("syncd.sock")),
    }
}

/// Returns the socket that a client should use: the flag, else `SYNCD_SOCKET`, else the configuration file's `socket`,
/// else the default.
///
/// # Errors
/// When the configuration file cannot be read, or there is no home folder.
pub fn socket(flag: Option<&Path>) -> Result<PathBuf, LocateError> {
    if let Some(path) = flag {
        return Ok(path.to_owned());
    }
    if let Some(path) = env_path("SYNCD_SOCKET") {
        return Ok(path);
    }
    match socket_in(&config_file()?)? {
        Some(path) => Ok(path),
        None => default_socket(),
    }
}

/// Returns the `socket` that a configuration file names; `None` where there is no file, or it names none.
///
/// # Errors
/// When the file cannot be read.
pub fn socket_in(config: &Path) -> Result<Option<PathBuf>, LocateError> {
    #[derive(Deserialize)]
    struct SocketOnly {
        socket: Option<PathBuf>,
    }
    let text = match std::fs::read_to_string(config) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LocateError::Unreadable { path: config.to_owned(), source }),
    };
    toml::from_str::<SocketOnly>(&text)
        .map(|found| found.socket)
        .map_err(|error| LocateError::Malformed { path: config.to_owned(), message: error.to_string() })
}

fn base() -> Result<etcetera::base_strategy::Xdg, LocateError> {
    etcetera::base_strategy::Xdg::new().map_err(|_| LocateError::NoHome)
}

/// Returns a variable that is set to something, as a path.
fn env_path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| *value != OsString::new()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_configuration_files_socket_is_read_beside_keys_that_a_client_does_not_know() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        std::fs::write(&file, "history = \"90d\"\nsocket = \"/run/x.sock\"\n").unwrap();
        assert_eq!(socket_in(&file).unwrap(), Some(PathBuf::from("/run/x.sock")));
    }

    #[test]
    fn a_missing_configuration_file_is_no_error_and_a_broken_one_names_itself() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        assert_eq!(socket_in(&file).unwrap(), None);
        std::fs::write(&file, "socket = [").unwrap();
        assert!(socket_in(&file).unwrap_err().to_string().contains("config.toml"));
    }
}
