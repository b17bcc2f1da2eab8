//! The configuration file as it is written.

use std::io;
use std::path::{Path, PathBuf};

use proto::local::{self, LocateError};
use serde::Deserialize;

use super::{ConfigError, business_hours};

/// `config.toml`; every key is optional, and there are no others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) token_file: Option<PathBuf>,
    pub(super) region: Option<String>,
    pub(super) api_url: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) socket: Option<PathBuf>,
    pub(super) proxy: Option<String>,
    pub(super) no_proxy: Option<String>,
    pub(super) ca_file: Option<String>,
    pub(super) ca_dir: Option<String>,
    pub(super) history: Option<String>,
    pub(super) sync_interval: Option<String>,
    pub(super) freshness: Option<String>,
    pub(super) settle: Option<String>,
    pub(super) requests_per_minute: Option<i64>,
    pub(super) log: Option<String>,
    pub(super) business_hours: Option<business_hours::Table>,
}

/// Reads the file; one that need not exist and does not is empty.
pub(super) fn read(path: &Path, must_exist: bool) -> Result<File, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => return Ok(File::default()),
        Err(source) => return Err(LocateError::Unreadable { path: path.to_owned(), source }.into()),
    };
    toml::from_str(&text)
        .map_err(|error| ConfigError::File { path: path.to_owned(), message: local::explain(&text, &error) })
}
