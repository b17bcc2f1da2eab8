//! Where the access token comes from: the environment, a systemd credential, or a private file. Never printed.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use secrecy::{SecretString, zeroize::Zeroizing};

use super::ConfigError;

/// The name under which systemd hands the token over.
const CREDENTIAL: &str = "intercom-token";

/// The access token, if there is one.
#[derive(Clone)]
pub struct Token {
    /// The token.
    pub secret: Option<SecretString>,
    /// Where it came from, or would have to come from, for people.
    pub origin: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.secret.is_some() { "present" } else { "absent" };
        f.debug_struct("Token").field("secret", &secret).field("origin", &self.origin).finish()
    }
}

/// Finds the token; having none is no error, since the local copy can be read without.
pub(super) fn find(token_file: Option<&Path>) -> Result<Token, ConfigError> {
    if let Some(text) = std::env::var("INTERCOM_ACCESS_TOKEN").ok().map(Zeroizing::new)
        && !text.trim().is_empty()
    {
        return accept(&text, "the environment variable INTERCOM_ACCESS_TOKEN".to_owned());
    }
    if let Some(dir) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let path = PathBuf::from(dir).join(CREDENTIAL);
        if path.exists() {
            return accept(&read(&path)?, format!("the systemd credential {CREDENTIAL}"));
        }
    }
    if let Some(path) = token_file {
        refuse_readable_by_others(path)?;
        return accept(&read(path)?, path.display().to_string());
    }
    Ok(Token { secret: None, origin: "nowhere".to_owned() })
}

fn accept(text: &str, origin: String) -> Result<Token, ConfigError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ConfigError::Token(format!("the access token from {origin} is empty: put one there")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::Token(format!(
            "the access token from {origin} has characters that no token has"
        )));
    }
    Ok(Token { secret: Some(SecretString::from(text)), origin })
}

fn read(path: &Path) -> Result<Zeroizing<String>, ConfigError> {
    std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    let place = path.display();
    ConfigError::Token(format!(
        "cannot read the access token from {place}: {error}; write it there, or set token_file to where it is"
    ))
}

fn refuse_readable_by_others(path: &Path) -> Result<(), ConfigError> {
    let mode = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.mode();
    if mode & 0o077 != 0 {
        return Err(ConfigError::Token(format!(
            "{} can be read by others than its owner (mode {:03o}): chmod 600 {}",
            path.display(),
            mode & 0o777,
            path.display()
        )));
    }
    Ok(())
}
