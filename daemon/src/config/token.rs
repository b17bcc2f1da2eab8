//! Where the access token comes from: the environment, a systemd credential, a private file, or the keyring. Never printed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use proto::{keyring, local};
use secrecy::{SecretString, zeroize::Zeroizing};

use super::ConfigError;

/// The name under which systemd hands the token over.
const CREDENTIAL: &str = "intercom-token";
/// The keyring's name, for people.
const KEYRING: &str = "the keyring";

/// Longest file that is read for the token, in bytes; a token has about 60.
const LONGEST: usize = 8192;

/// The access token, if there is one.
#[derive(Clone)]
pub struct Token {
    /// The token.
    pub secret: Option<SecretString>,
    /// Where it came from, or would have to come from, for people.
    pub origin: String,
}

impl Token {
    /// Reads a token that somebody hands over, such as on standard input.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read(source: impl io::Read, origin: &str) -> Result<Self, ConfigError> {
        accept(&read(Path::new(origin), source)?, origin.to_owned())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.secret.is_some() { "present" } else { "absent" };
        f.debug_struct("Token").field("secret", &secret).field("origin", &self.origin).finish()
    }
}

/// Finds the token; having none is no error, since the local copy can be read without.
pub(super) fn find(token_file: Option<&Path>) -> Result<Token, ConfigError> {
    if let Some(text) =
        local::setting("INTERCOM_ACCESS_TOKEN").and_then(|text| text.into_string().ok()).map(Zeroizing::new)
        && !text.trim().is_empty()
    {
        return accept(&text, "the environment variable INTERCOM_ACCESS_TOKEN".to_owned());
    }
    if let Some(dir) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let path = PathBuf::from(dir).join(CREDENTIAL);
        if path.exists() {
            return accept(&read(&path, open(&path)?)?, format!("the systemd credential {CREDENTIAL}"));
        }
    }
    if let Some(path) = token_file {
        return accept(&read(path, open_private(path)?)?, path.display().to_string());
    }
    match keyring::lookup() {
        Ok(Some(entry)) => accept(&read(Path::new(KEYRING), entry)?, KEYRING.to_owned()),
        Ok(None) => Ok(Token { secret: None, origin: "nowhere".to_owned() }),
        Err(error) => Ok(Token { secret: None, origin: format!("nowhere, since {KEYRING} fails: {error}") }),
    }
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

/// Reads a file into memory that is wiped, and that never grows: growing would leave a copy behind.
fn read(path: &Path, file: impl io::Read) -> Result<Zeroizing<String>, ConfigError> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let read = file.take(most).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    if read == LONGEST {
        return Err(ConfigError::Token(format!("{} is too long for an access token", path.display())));
    }
    Ok(text)
}

fn open(path: &Path) -> Result<File, ConfigError> {
    File::open(path).map_err(|error| unreadable(path, &error))
}

/// Opens a file that only its owner can read, and that this user or root owns.
fn open_private(path: &Path) -> Result<File, ConfigError> {
    let file = open(path)?;
    let found = file.metadata().map_err(|error| unreadable(path, &error))?;
    let (place, mode) = (path.display(), found.mode());
    if ![0, rustix::process::geteuid().as_raw()].contains(&found.uid()) {
        return Err(ConfigError::Token(format!(
            "{place} belongs to another user, who could change the access token in it: use a file of your own"
        )));
    }
    if mode & 0o077 != 0 {
        return Err(ConfigError::Token(format!(
            "{place} can be read by others than its owner (mode {:03o}): chmod 600 {place}",
            mode & 0o777,
        )));
    }
    Ok(file)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    // A path that begins nowhere may be the token itself, put where its file's name belongs.
    if error.kind() == io::ErrorKind::NotFound && !path.is_absolute() {
        return ConfigError::Token(
            "token_file does not name a file that exists (its value is not shown, as it may be the token itself): put the \
             access token into a file that only you can read, and set token_file to that file's whole path"
                .to_owned(),
        );
    }
    ConfigError::Token(format!(
        "cannot read the access token from {}: {error}; write it there, or set token_file to where it is",
        path.display()
    ))
}
