//! The configuration file, as far as it says where things are, and what is wrong in one that cannot be read. The daemon
//! alone knows the rest of it.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::places::LocateError;

/// The places that a configuration file names.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Named {
    /// Where clients connect.
    pub socket: Option<PathBuf>,
    /// Where the database is.
    pub data_dir: Option<PathBuf>,
}

impl Named {
    /// Reads a configuration file; one that is not there names nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn in_file(config: &Path) -> Result<Self, LocateError> {
        let text = match std::fs::read_to_string(config) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(LocateError::Unreadable { path: config.to_owned(), source }),
        };
        toml::from_str(&text).map_err(|error| LocateError::Malformed {
            path: config.to_owned(),
            message: explain(&text, &error),
        })
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_configuration_files_socket_is_read_beside_keys_that_a_client_does_not_know() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        std::fs::write(&file, "history = \"90d\"\nsocket = \"/run/x.sock\"\n").unwrap();
        assert_eq!(Named::in_file(&file).unwrap().socket, Some(PathBuf::from("/run/x.sock")));
    }

    #[test]
    fn a_missing_configuration_file_is_no_error_and_a_broken_one_names_itself() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        assert_eq!(Named::in_file(&file).unwrap(), Named::default());
        std::fs::write(&file, "socket = [").unwrap();
        assert!(Named::in_file(&file).unwrap_err().to_string().contains("config.toml"));
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
