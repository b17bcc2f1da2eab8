//! File, environment and flags → one validated [`Config`]. Reads nothing else, and starts nothing.

mod business_hours;
mod file;
mod keys;
mod man;
#[cfg(test)]
mod tests;
mod token;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proto::local::{self, LocateError, Places};
use reqwest::Url;
use thiserror::Error;

use crate::hours::BusinessHours;
use crate::intercom::{Certificates, Proxy, Route};
use keys::Key;

pub use man::man_page;
pub use token::Token;
pub use values::History;

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A folder or file could not be told or read.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The file is not TOML, or has a key that does not exist.
    #[error("cannot read {path}: {message}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Where in it, what was found and what is allowed.
        message: String,
    },
    /// A setting's value is not one of those allowed.
    #[error("{origin}: `{key}` is {found:?}: {allowed}")]
    Value {
        /// The file, the variable or the flag.
        origin: String,
        /// The key.
        key: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// The token's file cannot be used.
    #[error("{0}")]
    Token(String),
}

/// What the command line says, before which file and environment have no say.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--socket`.
    pub socket: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--log`.
    pub log: Option<String>,
}

/// Everything that a user can set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The access token, if there is one, and where it came from.
    pub token: Token,
    /// Base of the REST API.
    pub api_url: Url,
    /// The way there.
    pub route: Route,
    /// Folder of the database.
    pub data_dir: PathBuf,
    /// The socket to listen on.
    pub socket: PathBuf,
    /// How far back to keep.
    pub history: History,
    /// How often to look for changes.
    pub sync_interval: Duration,
    /// The tolerance of the verdict.
    pub freshness: Duration,
    /// The floor of the settle margin.
    pub settle: Duration,
    /// The user's ceiling on calls to Intercom.
    pub requests_per_minute: Option<u32>,
    /// The tracing filter.
    pub log: String,
    /// When the user's business is open.
    pub business_hours: Option<Arc<BusinessHours>>,
}

impl Config {
    /// Returns the base of the REST API and the way there alone, so that a token can be tried before everything else is
    /// right.
    ///
    /// # Errors
    /// As [`Config::load`], as far as the file and what tells how Intercom is reached go.
    pub fn address(flags: &Overrides) -> Result<(Url, Route), ConfigError> {
        let (path, file) = read(flags)?;
        let sources = values::Sources { path: &path, environment: variable };
        Ok((address(&sources, &file)?, route(&sources, &file)?))
    }

    /// Reads the configuration: flags before environment before file before defaults.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or any setting is not allowed; the text names the place, the
    /// key, what was found and what is allowed.
    pub fn load(flags: &Overrides) -> Result<Self, ConfigError> {
        let (path, file) = read(flags)?;
        let sources = values::Sources { path: &path, environment: variable };
        let required = |key, file: Option<&str>| sources.required(key, file, values::duration);
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Ok(Self {
            api_url: address(&sources, &file)?,
            route: route(&sources, &file)?,
            data_dir: absolute(
                match choose(flags.data_dir.as_deref(), &keys::DATA_DIR, file.data_dir.as_deref()) {
                    Some(dir) => dir,
                    None => Places::here()?.default_data_dir(),
                },
            ),
            socket: absolute(match choose(flags.socket.as_deref(), &keys::SOCKET, file.socket.as_deref()) {
                Some(path) => path,
                None => Places::here()?.default_socket(),
            }),
            history: sources.required(&keys::HISTORY, file.history.as_deref(), values::history)?,
            sync_interval: sources.required(
                &keys::SYNC_INTERVAL,
                file.sync_interval.as_deref(),
                values::positive_duration,
            )?,
            freshness: required(&keys::FRESHNESS, file.freshness.as_deref())?,
            settle: required(&keys::SETTLE, file.settle.as_deref())?,
            requests_per_minute: sources.setting(
                &keys::REQUESTS_PER_MINUTE,
                file.requests_per_minute.map(|number| number.to_string()).as_deref(),
                values::requests_per_minute,
            )?,
            log: match &flags.log {
                Some(filter) => values::checked_log(filter, "--log")?,
                None => sources.required(&keys::LOG, file.log.as_deref(), values::log)?,
            },
            business_hours: match &file.business_hours {
                Some(table) => Some(Arc::new(business_hours::read(table, &path)?)),
                None => None,
            },
            token: token::find(choose(None, &keys::TOKEN_FILE, file.token_file.as_deref()).as_deref())?,
        })
    }
}

/// Returns the file's place and what is in it.
fn read(flags: &Overrides) -> Result<(PathBuf, file::File), ConfigError> {
    let (path, must_exist) = match &flags.file {
        Some(path) => (path.clone(), true),
        None => (Places::here()?.config_file(), false),
    };
    let file = file::read(&path, must_exist)?;
    Ok((path, file))
}

fn address<E>(sources: &values::Sources<'_, E>, file: &file::File) -> Result<Url, ConfigError>
where
    E: Fn(&str) -> Option<String>,
{
    let region = sources.setting(&keys::REGION, file.region.as_deref(), values::region)?;
    let api_url = sources.setting(&keys::API_URL, file.api_url.as_deref(), values::api_url)?;
    Ok(api_url.unwrap_or_else(|| region.unwrap_or_default().api_url()))
}

fn route<E>(sources: &values::Sources<'_, E>, file: &file::File) -> Result<Route, ConfigError>
where
    E: Fn(&str) -> Option<String>,
{
    let proxy = sources.named(&keys::PROXY, file.proxy.as_deref(), values::proxy)?;
    let no_proxy =
        sources.setting(&keys::NO_PROXY, file.no_proxy.as_deref(), |hosts| Ok(hosts.to_owned()))?;
    let bundle = sources.named(&keys::CA_FILE, file.ca_file.as_deref(), values::certificate_file)?;
    let folders = sources.named(&keys::CA_DIR, file.ca_dir.as_deref(), values::certificate_folders)?;
    Ok(Route {
        proxy: proxy.map(|(origin, url)| Proxy::new(url, origin)),
        no_proxy: no_proxy.unwrap_or_default(),
        certificates: Certificates::of(bundle, folders),
    })
}

fn choose(flag: Option<&Path>, key: &Key, file: Option<&Path>) -> Option<PathBuf> {
    flag.map(Path::to_owned)
        .or_else(|| key.variables.iter().find_map(path_in))
        .or_else(|| file.map(Path::to_owned))
}

/// Returns what a variable is set to, if that is something.
fn path_in(variable: &&'static str) -> Option<PathBuf> {
    local::setting(variable).map(PathBuf::from)
}

/// Returns what a variable is set to, as text.
fn variable(name: &str) -> Option<String> {
    local::setting(name)?.into_string().ok()
}
