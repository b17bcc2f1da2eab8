//! Starting a daemon where none answers: by its units where they are installed, else as `syncd --daemonize` does. Programs
//! that do so at once end up with the same one: the second that is started ends by itself, and of those that find an older
//! one, one replaces it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::systemd::{self, SystemdError, Units};
use super::{LocateError, Places, Running, Workspace, program, running};
use crate::client::{Client, ClientError};
use crate::private;

/// Why no daemon could be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no `syncd` beside this program or in the search path.
    #[error("there is no program syncd beside this one or in PATH")]
    NotInstalled,
    /// Nobody knows where it is to listen.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The units are installed and do not start.
    #[error(transparent)]
    Unit(#[from] SystemdError),
    /// The program cannot be run.
    #[error("cannot run {path} --daemonize: {source}")]
    CannotRun {
        /// The program.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The one that runs is in the way.
    #[error("cannot stop the syncd that runs (process {pid}): {why}")]
    DoesNotEnd {
        /// Its process.
        pid: u32,
        /// Why not.
        why: String,
    },
    /// It ran and ended with an error.
    #[error("syncd does not start: {0}")]
    Ended(String),
}

impl StartError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NotInstalled => "install all of the programs: client-cli/install.sh",
            Self::Unit(_) => "see why: journalctl --user -u syncd",
            Self::Locate(_) | Self::CannotRun { .. } | Self::DoesNotEnd { .. } | Self::Ended(_) => {
                "see what is wrong: syncctl doctor"
            }
        }
    }
}

/// What runs the daemon that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// systemd, by the units.
    Service,
    /// Nothing does: it is in the background.
    Background,
}

/// How long a daemon may take to end; it finishes the transaction in hand.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long to look for one that another program started at the same time.
const OTHERS: Duration = Duration::from_secs(1);
/// How long to look for the one that takes an older one's place.
const REPLACED: Duration = Duration::from_secs(10);
/// How long between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// What a program locks that replaces a daemon; in the database's folder.
const TURN: &str = "syncd.replacing";

/// What a process is told by systemd about itself, which its children must not take for their own.
const OF_A_UNIT: [&str; 8] = [
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// Starts a daemon that is to listen at `socket`, or at the usual place; returns as soon as it listens, or another one that
/// was started at the same time.
///
/// # Errors
/// When there is none to start, or it does not start.
pub async fn start(socket: Option<&Path>) -> Result<Started, StartError> {
    let usual = Places::here()?.socket()?;
    let units = Units::look_if_there().await.filter(Units::are_installed);
    let mut refusal = None;
    if units.is_some_and(|units| units.socket.listens_on(socket.unwrap_or(&usual))) {
        match systemd::start_socket().await {
            Ok(()) => {
                answers_within(socket, OTHERS).await;
                return Ok(Started::Service);
            }
            // The service takes over from the one in the background when it works again.
            Err(error) => refusal = Some(error),
        }
    }
    match in_background(socket).await {
        Ok(()) => Ok(Started::Background),
        Err(StartError::Ended(_)) if answers_within(socket, OTHERS).await => Ok(Started::Background),
        Err(error) => Err(refusal.map_or(error, StartError::Unit)),
    }
}

/// Ends the daemon that answers, of an earlier version, and starts the installed one in its place; returns as soon as that
/// answers. Where another program is about to do so, that one is left to it.
///
/// # Errors
/// As [`start`], or when it does not end.
pub async fn replace(socket: Option<&Path>) -> Result<(), StartError> {
    let data = Places::here()?.data_dir()?;
    let turn = take_turn(&data);
    // It may have been replaced before it was this program's turn.
    if turn.is_some()
        && let Err(ClientError::VersionMismatch(peer)) = Client::find(socket).await
    {
        if !Units::look_if_there().await.is_some_and(|units| units.service.is_active()) {
            // A socket that systemd made is the manager's.
            let answering = peer.pid.filter(|pid| running::is_daemon(*pid));
            if let Some(pid) = answering.or_else(|| Running::process(&data)) {
                end(pid).await?;
            }
            return start(socket).await.map(drop);
        }
        systemd::tell(&["restart", "--no-block", &systemd::service()]).await?;
    }
    answers_within(socket, REPLACED).await;
    Ok(())
}

async fn end(pid: u32) -> Result<(), StartError> {
    let failed = |why: String| StartError::DoesNotEnd { pid, why };
    let stopping = tokio::task::spawn_blocking(move || running::stop(pid, PATIENCE));
    match stopping.await.map_err(io::Error::other).flatten() {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed(format!("it has not ended after {} s", PATIENCE.as_secs()))),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Says whether a program is about to replace the daemon of a folder: that none answers passes.
#[must_use]
pub fn is_being_replaced(data_dir: &Path) -> bool {
    running::is_held(&data_dir.join(TURN))
}

/// Returns what keeps other programs from replacing the daemon of a folder meanwhile, and has them wait for the next one;
/// `None` where another program is at it.
#[must_use]
pub fn take_turn(data_dir: &Path) -> Option<File> {
    private::folder(data_dir).ok()?;
    let turn = private::file(&data_dir.join(TURN), OpenOptions::new().write(true)).ok()?;
    turn.try_lock().ok().map(|()| turn)
}

/// Waits until a daemon of this version answers, at most so long; returns whether one does.
async fn answers_within(socket: Option<&Path>, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    while Client::find(socket).await.is_err() {
        if Instant::now() > until {
            return false;
        }
        sleep(LOOK).await;
    }
    true
}

/// Starts a daemon that outlives this program, in a session of its own.
///
/// # Errors
/// When there is none to start, or it does not start; the error has its words.
pub async fn in_background(socket: Option<&Path>) -> Result<(), StartError> {
    let path = program("syncd").ok_or(StartError::NotInstalled)?;
    let mut command = Command::new(&path);
    command
        .arg("--daemonize")
        .args(Workspace::chosen().flag())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(socket) = socket {
        command.arg("--socket").arg(socket);
    }
    for variable in OF_A_UNIT {
        command.env_remove(variable);
    }
    let output = command.output().await.map_err(|source| StartError::CannotRun { path, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(StartError::Ended(said.trim().trim_start_matches("error: ").to_owned()))
}
