//! Starting a daemon where none answers: by its socket unit if that is installed, else by running `syncd` itself.
//!
//! Does not wait for the socket, and never stops what it started: the daemon serves other clients as well. Two that
//! are started at once are harmless, the second one exits by itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use proto::locate::{self, LocateError};
use proto::private::{self, NotPrivate};
use thiserror::Error;
use tokio::process::{Child, Command};
use tracing::{info, warn};

use crate::text;

const UNIT: &str = "syncd.socket";
const SYSTEMCTL_TIMEOUT: Duration = Duration::from_secs(3);
/// How much of the daemon's log is read to say why it did not start, in bytes.
const LOG_TAIL: u64 = 2048;

/// Why no daemon could be started.
#[derive(Debug, Error)]
pub(crate) enum LaunchError {
    /// There is no `syncd` beside this program or in the search path.
    #[error("syncd is neither beside syncd-mcp nor in PATH")]
    NotInstalled,
    /// The log cannot be written.
    #[error("cannot tell the place of its log: {0}")]
    NoLog(#[from] LocateError),
    /// The log cannot be written, or not without others reading it.
    #[error(transparent)]
    NotPrivate(#[from] NotPrivate),
    /// A file or program cannot be used.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The unit does not start, or does not listen on this socket.
    #[error("{UNIT}: {0}")]
    Unit(String),
    /// It ran and does not listen.
    #[error("{said} (its log: {log})")]
    Silent {
        /// The end of its log, or what became of it.
        said: String,
        /// Where the log is.
        log: PathBuf,
    },
}

impl LaunchError {
    /// Returns what the user can do.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::NotInstalled => {
                "Tell the user to install syncd, or to start it by hand: `systemctl --user start syncd`, or `syncd --daemonize`."
            }
            Self::Unit(_) => {
                "Tell the user to run `systemctl --user status syncd.socket syncd.service` and `syncctl doctor`."
            }
            Self::NoLog(_) | Self::NotPrivate(_) | Self::Io { .. } | Self::Silent { .. } => {
                "Tell the user: `syncctl doctor` finds what is wrong, and `syncd` in a terminal shows it. This server \
                 stays up and finds the daemon once it runs."
            }
        }
    }
}

/// What was started.
pub(crate) enum Started {
    /// The socket unit; the service follows on the first connection.
    Unit,
    /// The program itself.
    Program {
        /// The process; left running when dropped.
        child: Box<Child>,
        /// Where its log goes.
        log: PathBuf,
        /// How long the log was before.
        before: u64,
    },
}

impl Started {
    /// Says whether the process has already exited.
    pub(crate) fn has_exited(&mut self) -> bool {
        match self {
            Self::Unit => false,
            Self::Program { child, .. } => !matches!(child.try_wait(), Ok(None)),
        }
    }

    /// Returns why nothing listens yet.
    pub(crate) fn explain(mut self) -> LaunchError {
        let exited = self.has_exited();
        match self {
            Self::Unit => LaunchError::Unit("it was started and nothing answers".to_owned()),
            Self::Program { log, before, .. } => {
                let otherwise = if exited { "it exited at once" } else { "it does not answer yet" };
                let said = last_line(&log, before).unwrap_or_else(|| otherwise.to_owned());
                LaunchError::Silent { said, log }
            }
        }
    }
}

/// Starts a daemon that is to listen on `socket`.
///
/// # Errors
/// When there is none to start, or it cannot be run.
pub(crate) async fn start(socket: &Path) -> Result<Started, LaunchError> {
    let installed = systemctl(&["show", "--property", "Listen", "--value", UNIT]).await;
    if installed.is_ok_and(|listen| listens_on(&listen, socket)) {
        info!("starting {UNIT}");
        return systemctl(&["start", UNIT]).await.map(|_| Started::Unit).map_err(LaunchError::Unit);
    }
    run(socket)
}

/// Says whether a socket unit, by its `Listen` property, listens at this path; one that is not installed listens nowhere.
fn listens_on(listen: &str, socket: &Path) -> bool {
    listen.lines().filter_map(|line| line.strip_suffix(" (Stream)")).any(|path| Path::new(path) == socket)
}

/// Runs a command of the user's service manager and returns what it printed; on failure, what it complained of.
async fn systemctl(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("systemctl")
        .arg("--user")
        .args(arguments)
        // Only the daemon needs it.
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(SYSTEMCTL_TIMEOUT, output).await {
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => Err(text::one_line(&String::from_utf8_lossy(&output.stderr), 300)),
        Ok(Err(error)) => Err(format!("running systemctl: {error}")),
        Err(_) => Err("systemctl does not answer".to_owned()),
    }
}

fn run(socket: &Path) -> Result<Started, LaunchError> {
    let program = locate::program("syncd").ok_or(LaunchError::NotInstalled)?;
    let (log, sink) = open_log()?;
    let before = sink.metadata().map_or(0, |metadata| metadata.len());
    info!("starting {}", program.display());
    let child = Command::new(&program)
        .env("SYNCD_SOCKET", absolute(socket))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(sink)
        // A group of its own: what the agent's host sends to this program's group must not reach the daemon.
        .process_group(0)
        .spawn()
        .map_err(|source| LaunchError::Io { action: "running", path: program, source })?;
    Ok(Started::Program { child: Box::new(child), log, before })
}

fn open_log() -> Result<(PathBuf, File), LaunchError> {
    let dir = locate::state_dir()?;
    private::folder(&dir)?;
    let log = dir.join("syncd.log");
    let file = private::file(&log, OpenOptions::new().append(true))?;
    Ok((log, file))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the last line that was logged after the first `before` bytes.
fn last_line(log: &Path, before: u64) -> Option<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(before.max(length.saturating_sub(LOG_TAIL))))?;
        let mut tail = Vec::new();
        file.take(LOG_TAIL).read_to_end(&mut tail)?;
        Ok(tail)
    };
    let tail = read().inspect_err(|error| warn!("reading {}: {error}", log.display())).ok()?;
    let tail = String::from_utf8_lossy(&tail);
    let line = tail.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(text::one_line(line, 400))
}
