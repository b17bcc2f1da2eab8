//! Which of a user's workspaces a program is about. Each has a daemon, a configuration, a database and a socket of its own,
//! all under one name: `syncd`, or `syncd@NAME` for one that has a name.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use thiserror::Error;

/// The variable that names the workspace where no flag does.
pub const WORKSPACE: &str = "SYNCD_WORKSPACE";
/// The flag that names it.
const FLAG: &str = "--workspace";
/// Longest name: it is part of a socket's path, which has to stay short.
const LONGEST: usize = 32;

/// What this process is about, once it has been chosen.
static CHOSEN: OnceLock<Workspace> = OnceLock::new();

/// A text that cannot name a workspace.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} cannot name a workspace: use up to 32 lower-case letters, digits and hyphens, and a letter or digit first"
)]
pub struct NoWorkspace(String);

/// One of a user's workspaces; the usual one has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace(Option<String>);

impl FromStr for Workspace {
    type Err = NoWorkspace;

    fn from_str(name: &str) -> Result<Self, NoWorkspace> {
        if name.is_empty() {
            return Ok(Self::default());
        }
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = name.len() <= LONGEST && name.bytes().all(|byte| is_plain(byte) || byte == b'-');
        if fits && name.bytes().next().is_some_and(is_plain) {
            Ok(Self(Some(name.to_owned())))
        } else {
            Err(NoWorkspace(name.to_owned()))
        }
    }
}

impl fmt::Display for Workspace {
    /// Writes what its folders and units are called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "syncd@{name}"),
            None => f.write_str("syncd"),
        }
    }
}

impl Workspace {
    /// Has this process be about a workspace: the one that a flag names, else the environment's. To be called once, before
    /// anything is looked for.
    ///
    /// # Errors
    /// When the environment names none that can be.
    pub fn choose(flag: Option<&Self>) -> Result<(), NoWorkspace> {
        let chosen = flag.map_or_else(Self::of_environment, |workspace| Ok(workspace.clone()))?;
        // A second choice is without effect.
        let _ = CHOSEN.set(chosen);
        Ok(())
    }

    /// Returns the one that this process is about.
    #[must_use]
    pub fn chosen() -> Self {
        CHOSEN.get().cloned().or_else(|| Self::of_environment().ok()).unwrap_or_default()
    }

    fn of_environment() -> Result<Self, NoWorkspace> {
        env::var_os(WORKSPACE).unwrap_or_default().to_string_lossy().parse()
    }

    /// Returns its name; the usual one has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns the flag that other programs of ours are given to be about the same one; none for the usual one, unless the
    /// environment names another.
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        let name = self.name().unwrap_or_default();
        (!name.is_empty() || !is_of_environment(self)).then(|| format!("{FLAG}={name}"))
    }

    /// Says whether these words, of a command that starts a program of ours, name this one.
    #[must_use]
    pub fn is_named_by(&self, words: &[&str]) -> bool {
        let mut words = words.iter();
        let mut named = "";
        while let Some(word) = words.next() {
            if *word == FLAG {
                named = words.next().copied().unwrap_or_default();
            } else if let Some(name) = word.strip_prefix(FLAG).and_then(|rest| rest.strip_prefix('=')) {
                named = name;
            }
        }
        named == self.name().unwrap_or_default()
    }

    /// Returns the one that these words of a command line name, such as one that is being typed.
    #[must_use]
    pub fn in_words(words: impl Iterator<Item = OsString>) -> Option<Self> {
        let words: Vec<_> = words.filter_map(|word| word.into_string().ok()).collect();
        let named = words.iter().enumerate().find_map(|(index, word)| {
            let rest = word.strip_prefix(FLAG)?;
            if rest.is_empty() { words.get(index + 1).map(String::as_str) } else { rest.strip_prefix('=') }
        });
        named?.parse().ok()
    }
}

/// Says whether the environment's variables of ours are about this one.
fn is_of_environment(workspace: &Workspace) -> bool {
    Workspace::of_environment().is_ok_and(|named| named == *workspace)
}

/// Returns what a variable is set to, if that is something. Those of ours are about the workspace that the environment names:
/// where a flag names another one, they say nothing.
#[must_use]
pub fn setting(name: &str) -> Option<OsString> {
    let is_ours = name.starts_with("SYNCD_") || name == "INTERCOM_ACCESS_TOKEN";
    if is_ours && !is_of_environment(&Workspace::chosen()) {
        return None;
    }
    env::var_os(name).filter(|value| value != OsStr::new(""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_leads_to_no_other_folder() {
        let cases = [("", "syncd"), ("eu", "syncd@eu"), ("0-a", "syncd@0-a")];
        for (name, unit) in cases {
            assert_eq!(name.parse::<Workspace>().unwrap().to_string(), unit);
        }
        let long = "a".repeat(33);
        for name in ["..", "a/b", "-x", "Eu", "a b", "a%i", "a@b", "ä", &long] {
            assert!(name.parse::<Workspace>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_command_says_which_workspace_it_is_about() {
        let (usual, eu) = (Workspace::default(), "eu".parse::<Workspace>().unwrap());
        assert_eq!(eu.flag().as_deref(), Some("--workspace=eu"));
        for words in [["syncd-mcp", "--workspace=eu", ""], ["syncd-mcp", "--workspace", "eu"]] {
            assert!(eu.is_named_by(&words) && !usual.is_named_by(&words));
            let words = words.iter().map(OsString::from);
            assert_eq!(Workspace::in_words(words).as_ref(), Some(&eu));
        }
        assert!(usual.is_named_by(&["syncd-mcp"]) && !eu.is_named_by(&["syncd-mcp"]));
        assert_eq!(Workspace::in_words(["search".into()].into_iter()), None);
    }
}
