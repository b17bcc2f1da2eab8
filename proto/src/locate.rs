//! Where the configuration, the socket and the programs are. Shared, so that the daemon and its clients never look in two
//! places.

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
        .map_err(|error| LocateError::Malformed { path: config.to_owned(), message: explain(&text, &error) })
}

/// Returns where a program is that is installed with this one: beside it, else in the search path. A relative folder there
/// does not count: what it holds depends on where this program was started, and is not to be handed the access token.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(env::split_paths(&path).filter(|folder| folder.is_absolute()))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Keys under which people put the access token into the configuration file, where it does not belong.
const TOKEN_KEYS: [&str; 4] = ["token", "access_token", "intercom_access_token", "INTERCOM_ACCESS_TOKEN"];
/// Longest key that is repeated in a message: ours are shorter, a token is longer.
const LONGEST_KEY: usize = 24;

/// Returns what is wrong in a configuration file's `text`, and where, without repeating anything that could be a
/// secret: no line of the file, no value, no key that looks like a token.
#[must_use]
pub fn explain(text: &str, error: &toml::de::Error) -> String {
    let keys = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim().trim_matches(['"', '\'']));
    if let Some(key) = keys.into_iter().find(|key| TOKEN_KEYS.contains(key)) {
        return format!(
            "`{key}`: the access token does not belong in this file: put it alone into a file that only you can read \
             and set token_file to that file's place, or set INTERCOM_ACCESS_TOKEN"
        );
    }
    let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", without_values(error.message()))
}

/// Returns a parser's message without the value that it quotes, and without the key if that is none of a setting.
fn without_values(message: &str) -> String {
    if let Some((before, rest)) = message.split_once("string \"")
        && let Some((_, after)) = rest.rsplit_once('"')
    {
        return format!("{before}a string{after}");
    }
    let key = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    match key {
        Some((key, after)) if !is_plain_key(key) => {
            format!("unknown field (not shown, lest it is a token){after}")
        }
        _ => message.to_owned(),
    }
}

fn is_plain_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
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

    #[test]
    fn what_is_wrong_in_the_file_is_told_without_repeating_what_could_be_the_token() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[allow(dead_code)]
            region: Option<String>,
            #[allow(dead_code)]
            number: Option<i64>,
        }
        const SECRET: &str = "dG9rOm1hZGUtdXAtc2VjcmV0";
        let cases = [
            ("token = \"SECRET\"", "`token`: the access token does not belong in this file"),
            ("region = \"eu\"\n\"access_token\" = \"SECRET\"", "token_file"),
            ("token = SECRET=", "INTERCOM_ACCESS_TOKEN"),
            ("region = \"eu\"\nSECRET", "line 2, column 25: key with no value"),
            ("SECRET==", "line 1"),
            ("region = SECRET", "line 1, column 10: string values must be quoted"),
            ("region = \"SECRET", "line 1"),
            ("number = \"SECRET\"", "line 1, column 10: invalid type: a string, expected i64"),
            ("number = 'a \" SECRET'", "a string, expected"),
            ("SECRET = 1", "unknown field (not shown, lest it is a token), expected `region`"),
            ("[SECRET]", "line 1, column 2"),
            ("regoin = \"SECRET\"", "line 1, column 1: unknown field `regoin`, expected `region`"),
        ];
        for (text, expected) in cases {
            let text = text.replace("SECRET", SECRET);
            let told = explain(&text, &toml::from_str::<File>(&text).unwrap_err());
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("dG9r"), "{text}: {told}");
        }
    }
}
