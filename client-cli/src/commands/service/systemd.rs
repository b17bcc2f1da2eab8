//! The user's service manager, through `systemctl --user`: the one place that runs it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::exit::{Exit, Failure};

/// The unit of the daemon.
pub(crate) const SERVICE: &str = "syncd.service";
/// The unit of its socket.
pub(crate) const SOCKET: &str = "syncd.socket";

/// How long the manager may take to answer a question.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take to do something; a new version may rewrite a large database before it is ready.
const WORK: Duration = Duration::from_secs(600);
/// What is asked of a unit.
const PROPERTIES: &str =
    "LoadState,ActiveState,SubState,UnitFileState,FragmentPath,ExecMainStatus,ExecStart,StatusText";

/// What the manager knows of a unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    properties: HashMap<String, String>,
}

impl Unit {
    fn read(text: &str) -> Self {
        let properties = text.lines().filter_map(|line| line.split_once('='));
        Self { properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    /// Returns a property; one that is not known is empty.
    pub(crate) fn get(&self, property: &str) -> &str {
        self.properties.get(property).map_or("", String::as_str)
    }

    /// Says whether the manager has a file of it.
    pub(crate) fn is_loaded(&self) -> bool {
        self.get("LoadState") == "loaded"
    }

    /// Says whether it runs, or listens.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.get("ActiveState"), "active" | "activating" | "reloading")
    }

    /// Says whether it is started at each login.
    pub(crate) fn is_enabled(&self) -> bool {
        self.get("UnitFileState").starts_with("enabled")
    }

    /// Returns the program that it runs.
    pub(crate) fn program(&self) -> Option<PathBuf> {
        let (_, rest) = self.get("ExecStart").split_once("path=")?;
        let (path, _) = rest.split_once(" ;")?;
        Some(PathBuf::from(path))
    }
}

/// What the manager knows of both units.
#[derive(Clone, Debug)]
pub(crate) struct Units {
    pub(crate) service: Unit,
    pub(crate) socket: Unit,
}

impl Units {
    /// Asks the manager, if this user has one.
    pub(crate) async fn look_if_there() -> Option<Self> {
        if is_there().await { Self::look().await.ok() } else { None }
    }

    /// Asks the manager.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn look() -> Result<Self> {
        let show = async |unit| systemctl(&["show", "--property", PROPERTIES, unit], ANSWER).await;
        Ok(Self { service: Unit::read(&show(SERVICE).await?), socket: Unit::read(&show(SOCKET).await?) })
    }
}

/// Says whether this user has a service manager that can be reached from here.
pub(super) async fn is_there() -> bool {
    // In a chroot systemctl succeeds and says nothing.
    let version = systemctl(&["show", "--property", "Version", "--value"], ANSWER).await;
    version.is_ok_and(|version| !version.trim().is_empty())
}

/// Asks the manager something.
///
/// # Errors
/// When it does not answer.
pub(super) async fn ask(arguments: &[&str]) -> Result<String> {
    systemctl(arguments, ANSWER).await
}

/// Has the manager do something.
///
/// # Errors
/// When it does not; the error has its words.
pub(super) async fn tell(arguments: &[&str]) -> Result<()> {
    systemctl(arguments, WORK).await.map(drop)
}

async fn systemctl(arguments: &[&str], patience: Duration) -> Result<String> {
    let output = Command::new("systemctl")
        .arg("--user")
        .args(arguments)
        // Only the daemon needs it.
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let typed = || format!("systemctl --user {}", arguments.join(" "));
    let output = tokio::time::timeout(patience, output)
        .await
        .with_context(|| format!("{} does not end", typed()))?
        .with_context(|| format!("cannot run {}", typed()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let message = format!("{}: {}", typed(), said.join("; "));
    Err(Failure::new(Exit::Error, message).hint("see why: systemctl --user status syncd").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managers_words_are_read() {
        let unit = Unit::read(
            "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\
             ExecStart={ path=/home/u n/syncd ; argv[]=/home/u n/syncd ; ignore_errors=no ; pid=0 }\n",
        );
        assert!(unit.is_loaded() && unit.is_active() && unit.is_enabled());
        assert_eq!(unit.program(), Some(PathBuf::from("/home/u n/syncd")));
        let none = Unit::read("LoadState=not-found\nActiveState=inactive\n");
        assert!(!none.is_loaded() && !none.is_active() && !none.is_enabled());
        assert_eq!(none.program(), None);
    }
}
