//! The user's service manager, through `systemctl --user`: the one place that runs it, with the variables that it needs.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;

use super::environment::Environment;
use super::workspace::Workspace;

/// Returns the unit of the workspace's daemon.
#[must_use]
pub fn service() -> String {
    format!("{}.service", Workspace::chosen())
}

/// Returns the unit of its socket.
#[must_use]
pub fn socket() -> String {
    format!("{}.socket", Workspace::chosen())
}

/// How long the manager may take to answer a question.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take to do something; a new version may rewrite a large database before it is ready.
const WORK: Duration = Duration::from_secs(600);
/// What is asked of a unit.
const PROPERTIES: &str = "LoadState,ActiveState,SubState,UnitFileState,FragmentPath,ExecMainStatus,ExecStart,Listen,MainPID,StatusText";

/// Why the manager did not do as it was told.
#[derive(Debug, Error)]
pub enum SystemdError {
    /// There is no `systemctl`.
    #[error("cannot run {typed}: {source}")]
    CannotRun {
        /// What was to be run.
        typed: String,
        /// Why not.
        source: io::Error,
    },
    /// It hangs.
    #[error("{0} does not end")]
    Hangs(String),
    /// It refuses, or has failed.
    #[error("{typed}: {said}")]
    Failed {
        /// What was run.
        typed: String,
        /// What it said.
        said: String,
    },
}

/// What the manager knows of a unit.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    properties: HashMap<String, String>,
}

impl Unit {
    fn read(text: &str) -> Self {
        let properties = text.lines().filter_map(|line| line.split_once('='));
        Self { properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    /// Returns a property; one that is not known is empty.
    #[must_use]
    pub fn get(&self, property: &str) -> &str {
        self.properties.get(property).map_or("", String::as_str)
    }

    /// Says whether the manager has a file of it.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.get("LoadState") == "loaded"
    }

    /// Says whether it runs, or listens.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.get("ActiveState"), "active" | "activating" | "reloading")
    }

    /// Says whether it is started at each login.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.get("UnitFileState").starts_with("enabled")
    }

    /// Returns the program that it runs.
    #[must_use]
    pub fn program(&self) -> Option<PathBuf> {
        let (_, rest) = self.get("ExecStart").split_once("path=")?;
        let (path, _) = rest.split_once(" ;")?;
        Some(PathBuf::from(path))
    }

    /// Says whether it listens at this path.
    #[must_use]
    pub fn listens_on(&self, socket: &Path) -> bool {
        self.get("Listen").strip_suffix(" (Stream)").is_some_and(|path| Path::new(path) == socket)
    }
}

/// What the manager knows of both units.
#[derive(Clone, Debug)]
pub struct Units {
    /// The daemon's.
    pub service: Unit,
    /// That of its socket.
    pub socket: Unit,
}

impl Units {
    /// Asks the manager, if this user has one.
    pub async fn look_if_there() -> Option<Self> {
        if is_there().await { Self::look().await.ok() } else { None }
    }

    /// Asks the manager.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn look() -> Result<Self, SystemdError> {
        let show = async |unit: String| systemctl(&["show", "--property", PROPERTIES, &unit], ANSWER).await;
        Ok(Self { service: Unit::read(&show(service()).await?), socket: Unit::read(&show(socket()).await?) })
    }

    /// Says whether both are installed.
    #[must_use]
    pub fn are_installed(&self) -> bool {
        self.service.is_loaded() && self.socket.is_loaded()
    }

    /// Says whether the daemon runs or is started by the first question.
    #[must_use]
    pub fn are_active(&self) -> bool {
        self.service.is_active() || self.socket.is_active()
    }
}

/// Says whether this user has a service manager that can be reached from here.
pub async fn is_there() -> bool {
    // In a chroot systemctl succeeds and says nothing.
    ask(&["show", "--property", "Version", "--value"]).await.is_ok_and(|version| !version.trim().is_empty())
}

/// Has the manager forget what failed, and how often: else it refuses to start again what failed a few times.
pub async fn forget_failures() {
    // Of what has not failed, that is an error.
    let _ = tell(&["reset-failed", &service(), &socket()]).await;
}

/// Starts both units.
///
/// # Errors
/// When they do not start.
pub async fn start_units() -> Result<(), SystemdError> {
    forget_failures().await;
    tell(&["start", &socket(), &service()]).await
}

/// Has the socket listen, so that the first connection starts the daemon; does not wait for that.
///
/// # Errors
/// When it does not listen.
pub async fn start_socket() -> Result<(), SystemdError> {
    forget_failures().await;
    tell(&["start", &socket()]).await
}

/// Asks the manager something.
///
/// # Errors
/// When it does not answer.
pub async fn ask(arguments: &[&str]) -> Result<String, SystemdError> {
    systemctl(arguments, ANSWER).await
}

/// Has the manager do something.
///
/// # Errors
/// When it does not; the error has its words.
pub async fn tell(arguments: &[&str]) -> Result<(), SystemdError> {
    systemctl(arguments, WORK).await.map(drop)
}

async fn systemctl(arguments: &[&str], patience: Duration) -> Result<String, SystemdError> {
    let mut command = Command::new("systemctl");
    command
        .arg("--user")
        .args(arguments)
        // Only the daemon needs it.
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(dir) = Environment::of_process().runtime_dir() {
        if std::env::var_os("XDG_RUNTIME_DIR").is_none_or(|named| Path::new(&named) != dir) {
            // Of another user's session, as `su` leaves it, or of none.
            command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        }
        command.env("XDG_RUNTIME_DIR", dir);
    }
    let typed = || format!("systemctl --user {}", arguments.join(" "));
    let output = tokio::time::timeout(patience, command.output())
        .await
        .map_err(|_| SystemdError::Hangs(typed()))?
        .map_err(|source| SystemdError::CannotRun { typed: typed(), source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(SystemdError::Failed { typed: typed(), said: said.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managers_words_are_read() {
        let unit = Unit::read(
            "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\
             ExecStart={ path=/home/u n/syncd ; argv[]=/home/u n/syncd ; ignore_errors=no ; pid=0 }\n\
             Listen=/run/user/1000/syncd/syncd.sock (Stream)\n",
        );
        assert!(unit.is_loaded() && unit.is_active() && unit.is_enabled());
        assert_eq!(unit.program(), Some(PathBuf::from("/home/u n/syncd")));
        assert!(unit.listens_on(Path::new("/run/user/1000/syncd/syncd.sock")));
        let none = Unit::read("LoadState=not-found\nActiveState=inactive\n");
        assert!(!none.is_loaded() && !none.is_active() && !none.is_enabled());
        assert_eq!(none.program(), None);
        assert!(!none.listens_on(Path::new("")));
    }
}
