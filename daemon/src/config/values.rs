//! What each setting may be. Pure.

use std::fmt;
use std::net::IpAddr;
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};
use proto::Timestamp;
use reqwest::Url;

use super::ConfigError;
use super::keys::{self, Key};

/// How far back to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Everything since so long ago.
    Last(Duration),
    /// Everything since this instant.
    Since(Timestamp),
    /// Everything.
    All,
}

impl History {
    /// Returns the horizon: the start of the history that is kept, given what time it is.
    #[must_use]
    pub fn horizon(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Last(span) => {
                now.minus(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)).max(Timestamp::EPOCH)
            }
            Self::Since(start) => start.max(Timestamp::EPOCH),
            Self::All => Timestamp::EPOCH,
        }
    }
}

/// Where Intercom keeps a workspace's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Region {
    #[default]
    Us,
    Eu,
    Au,
}

impl Region {
    pub(super) fn api_url(self) -> Url {
        let text = match self {
            Self::Us => "https://api.intercom.io/",
            Self::Eu => "https://api.eu.intercom.io/",
            Self::Au => "https://api.au.intercom.io/",
        };
        Url::parse(text).expect("the three literals are URLs")
    }
}

/// Where settings come from besides flags.
pub(super) struct Sources<'a, E: Fn(&str) -> Option<String>> {
    pub(super) path: &'a Path,
    pub(super) environment: E,
}

impl<E: Fn(&str) -> Option<String>> Sources<'_, E> {
    /// Returns a setting read by `parse`: the environment's if it is set to something, else the file's.
    pub(super) fn setting<T>(
        &self,
        key: &Key,
        file: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        Ok(self.named(key, file, parse)?.map(|(_, value)| value))
    }

    /// Does the same, and returns the setting's name and place besides, for people.
    pub(super) fn named<T>(
        &self,
        key: &Key,
        file: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<(String, T)>, ConfigError> {
        let Some((origin, found)) = self.find(key, file) else { return Ok(None) };
        let name = match &origin {
            Origin::Variable(variable) => (*variable).to_owned(),
            Origin::File(_) | Origin::Default => format!("`{}` in {origin}", key.name),
        };
        Ok(Some((name, read(key, &origin, &found, parse)?)))
    }

    /// Does the same for a setting that has a default.
    pub(super) fn required<T>(
        &self,
        key: &Key,
        file: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let default = || (Origin::Default, key.default.unwrap_or_default().to_owned());
        let (origin, found) = self.find(key, file).unwrap_or_else(default);
        read(key, &origin, &found, parse)
    }

    /// Returns where a value comes from, and the value.
    fn find(&self, key: &Key, file: Option<&str>) -> Option<(Origin<'_>, String)> {
        let set = |variable: &&'static str| {
            let value = (self.environment)(variable).filter(|value| !value.is_empty())?;
            Some((Origin::Variable(variable), value))
        };
        let variable = key.variables.iter().find_map(set);
        variable.or_else(|| file.map(|value| (Origin::File(self.path), value.to_owned())))
    }
}

/// Where a value comes from.
enum Origin<'a> {
    Variable(&'static str),
    File(&'a Path),
    Default,
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => write!(f, "the environment variable {variable}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

fn read<T>(
    key: &Key,
    origin: &Origin<'_>,
    found: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    parse(found).map_err(|allowed| ConfigError::Value {
        origin: origin.to_string(),
        key: key.name,
        // What is no address may have its password anywhere.
        found: if *key == keys::PROXY { "(not shown)".to_owned() } else { without_credentials(found) },
        allowed,
    })
}

/// Returns a value for a message, less what stands before an `@`: in an address that is a name and a password.
fn without_credentials(found: &str) -> String {
    match found.rsplit_once('@') {
        Some((_, after)) => format!("(not shown)@{after}"),
        None => found.to_owned(),
    }
}

pub(super) fn region(text: &str) -> Result<Region, String> {
    match text.to_ascii_lowercase().as_str() {
        "us" => Ok(Region::Us),
        "eu" => Ok(Region::Eu),
        "au" => Ok(Region::Au),
        _ => Err("allowed are \"us\", \"eu\" and \"au\"".to_owned()),
    }
}

pub(super) fn api_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text)
        .map_err(|error| format!("not a URL ({error}), such as \"https://api.intercom.io\""))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "no user name or password is allowed in it; the access token comes from elsewhere".to_owned()
        );
    }
    let loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => return Err("a URL with a host is needed, such as \"https://api.intercom.io\"".to_owned()),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err("plain http is allowed to a loopback address only: use https".to_owned()),
        _ => return Err("allowed are https, and http to a loopback address".to_owned()),
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

pub(super) fn proxy(text: &str) -> Result<Url, String> {
    // As everybody else who takes such a variable does.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    url.filter(|url| known.contains(&url.scheme())).ok_or_else(|| {
        "an address such as \"http://proxy.example.com:3128\" is needed, of http, https or socks5".to_owned()
    })
}

pub(super) fn certificate_file(text: &str) -> Result<PathBuf, String> {
    path::absolute(text).map_err(|error| format!("the path of a file is needed ({error})"))
}

pub(super) fn certificate_folders(text: &str) -> Result<Vec<PathBuf>, String> {
    let named = std::env::split_paths(text).filter(|path| !path.as_os_str().is_empty());
    let folders = named.map(path::absolute).collect::<Result<Vec<_>, _>>();
    folders.map_err(|error| format!("the paths of folders are needed ({error})"))
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "a duration is needed, such as \"15s\", \"5m\" or \"2h\"".to_owned())
}

pub(super) fn positive_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        span if span >= Duration::from_secs(1) => Ok(span),
        _ => Err("at least one second is needed, such as \"15s\"".to_owned()),
    }
}

pub(super) fn history(text: &str) -> Result<History, String> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(History::All);
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(History::Since(day.and_time(NaiveTime::MIN).and_utc().into()));
    }
    match humantime::parse_duration(text) {
        Ok(span) if !span.is_zero() => Ok(History::Last(span)),
        _ => {
            Err("allowed are a duration such as \"365d\", a date such as \"2026-01-31\", and \"all\""
                .to_owned())
        }
    }
}

pub(super) fn requests_per_minute(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number @ 6..) => Ok(number),
        _ => Err("a whole number of at least 6 is needed".to_owned()),
    }
}

pub(super) fn log(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("not a filter such as \"info\" or \"syncd=debug\" ({error})")),
    }
}

/// Returns the filter that a flag gave, checked.
pub(super) fn checked_log(text: &str, flag: &str) -> Result<String, ConfigError> {
    log(text).map_err(|allowed| ConfigError::Value {
        origin: format!("the flag {flag}"),
        key: "log",
        found: text.to_owned(),
        allowed,
    })
}
