//! The environment, read once and handed on, so that what another program sees of it can be computed as well.
//!
//! Agents' programs, cron, `su` and `sudo` start programs without a session's variables, with empty ones, or with those
//! of another user: what cannot be this user's is taken as if it were not set.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, Uid, User, access};

use super::workspace::{self, Workspace};

/// What says where things are.
const VARIABLES: [&str; 7] = [
    "HOME",
    "SYNCD_DATA_DIR",
    "SYNCD_SOCKET",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];

/// What of an environment says where things are, whose it is, and which workspace is meant.
#[derive(Clone, Debug)]
pub struct Environment {
    variables: BTreeMap<&'static str, OsString>,
    user: Uid,
    workspace: Workspace,
}

impl Environment {
    /// Returns this process's.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(workspace::setting)
    }

    /// Returns what agents' programs, cron and `su` leave of it: the home folder alone. They name the workspace by a flag.
    #[must_use]
    pub fn bare() -> Self {
        Self::new(|name| std::env::var_os(name).filter(|_| name == "HOME"))
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| Some((name, variable(name).filter(|value| !value.is_empty())?));
        Self {
            variables: VARIABLES.into_iter().filter_map(set).collect(),
            user: Uid::effective(),
            workspace: Workspace::chosen(),
        }
    }

    /// Returns the workspace that is meant.
    pub(super) const fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns it for another workspace.
    #[cfg(test)]
    pub(super) fn about(self, workspace: Workspace) -> Self {
        Self { workspace, ..self }
    }

    /// Returns one that has these variables.
    #[cfg(test)]
    pub(super) fn with(variables: &[(&str, &Path)]) -> Self {
        Self::new(|name| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, path)| path.as_os_str().to_owned())
        })
    }

    /// Returns what a variable of ours says, where it says something. A relative path is one of this process's folder.
    pub(super) fn setting(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.variables.get(name)?);
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    /// Returns one of the folders that the XDG specification names: the variable's, unless it is no whole path or is
    /// there and cannot be this user's.
    pub(super) fn base(&self, name: &str) -> Option<PathBuf> {
        self.folder(name).filter(|folder| can_be_ours(folder))
    }

    /// Returns the home folder: the variable's, unless it is another user's; then, and without one, that of the user
    /// database.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let named = self.folder("HOME");
        if let Some(home) = named.as_ref().filter(|home| can_be_ours(home)) {
            return Some(home.clone());
        }
        let user = User::from_uid(self.user).ok().flatten();
        user.map(|user| user.dir).filter(|home| home.is_absolute()).or(named)
    }

    /// Returns the folder of the user's session: the variable's, or the usual one, if that is this user's own.
    #[must_use]
    pub fn runtime_dir(&self) -> Option<PathBuf> {
        let is_own = |folder: &PathBuf| {
            fs::metadata(folder).is_ok_and(|found| found.is_dir() && found.uid() == self.user.as_raw())
        };
        self.folder("XDG_RUNTIME_DIR")
            .filter(is_own)
            .or_else(|| Some(PathBuf::from(format!("/run/user/{}", self.user))).filter(is_own))
    }

    fn folder(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).map(PathBuf::from).filter(|folder| folder.is_absolute())
    }
}

/// Says whether a folder lets this user write to it, or is missing and can be made.
fn can_be_ours(folder: &Path) -> bool {
    // What cannot be looked at is there as far as this user can tell.
    let there = folder.ancestors().find(|path| !matches!(path.try_exists(), Ok(false)));
    there.is_some_and(|path| access(path, AccessFlags::W_OK).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_session_folder_that_is_empty_relative_or_gone_is_as_if_it_were_not_set() {
        let own = tempfile::tempdir().unwrap();
        let with = |path: &Path| Environment::with(&[("XDG_RUNTIME_DIR", path)]).runtime_dir();
        let without = Environment::with(&[]).runtime_dir();
        assert_eq!(with(own.path()).as_deref(), Some(own.path()));
        for stale in ["", "run", "/run/user/no-such-user"] {
            assert_eq!(with(Path::new(stale)), without, "{stale:?}");
        }
        let file = own.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(with(&file), without);
    }

    #[test]
    fn a_folder_that_is_empty_or_relative_is_as_if_it_were_not_set() {
        let base = |path: &Path| Environment::with(&[("XDG_DATA_HOME", path)]).base("XDG_DATA_HOME");
        let own = tempfile::tempdir().unwrap();
        let new = own.path().join("nowhere/yet");
        assert_eq!(base(&new), Some(new));
        assert_eq!((base(Path::new("")), base(Path::new("share"))), (None, None));
    }

    #[test]
    fn a_folder_that_this_user_cannot_make_is_as_if_it_were_not_set() {
        let own = tempfile::tempdir().unwrap();
        fs::write(own.path().join("file"), "").unwrap();
        // Nobody can make one there.
        let (home, data) = (own.path().join("file/home"), own.path().join("file/home/.local/share"));
        let foreign = Environment::with(&[("HOME", &home), ("XDG_DATA_HOME", &data)]);
        assert_eq!(foreign.base("XDG_DATA_HOME"), None);
        assert_eq!(foreign.home(), Environment::with(&[]).home());
    }

    #[test]
    fn the_home_folder_is_known_without_the_variable() {
        let home = Environment::with(&[]).home();
        assert_eq!(home, User::from_uid(Uid::effective()).unwrap().map(|user| user.dir));
    }
}
