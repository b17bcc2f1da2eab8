//! Starting a daemon where none answers: by its units where they are installed, else as `syncd --daemonize` does. Two that
//! are started at once are harmless: the second one ends by itself.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;

use super::systemd::{self, SERVICE, SystemdError, Units};
use super::{LocateError, Places, Running, program, running};

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
            Self::Unit(_) => "see why: systemctl --user status syncd.socket syncd.service",
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

/// Starts a daemon that is to listen at `socket`, or at the usual place; returns as soon as it listens.
///
/// # Errors
/// When there is none to start, or it does not start.
pub async fn start(socket: Option<&Path>) -> Result<Started, StartError> {
    let usual = Places::here()?.socket()?;
    if let Some(units) = Units::look_if_there().await.filter(Units::are_installed)
        && units.socket.listens_on(socket.unwrap_or(&usual))
    {
        let Err(refusal) = systemd::start_socket().await else { return Ok(Started::Service) };
        // The service takes over from it when it works again.
        return in_background(socket).await.map(|()| Started::Background).map_err(|_| refusal.into());
    }
    in_background(socket).await?;
    Ok(Started::Background)
}

/// Ends the daemon that runs, of whatever version, and starts the installed one in its place. Its process is `pid` unless
/// it holds the database.
///
/// # Errors
/// As [`start`], or when it does not end.
pub async fn replace(socket: Option<&Path>, pid: Option<u32>) -> Result<Started, StartError> {
    if Units::look_if_there().await.is_some_and(|units| units.service.is_active()) {
        systemd::tell(&["restart", SERVICE]).await?;
        return Ok(Started::Service);
    }
    if let Some(pid) = Running::process(&Places::here()?.data_dir()?).or(pid) {
        let failed = |why: String| StartError::DoesNotEnd { pid, why };
        let stopping = tokio::task::spawn_blocking(move || running::stop(pid, PATIENCE));
        match stopping.await.map_err(io::Error::other).flatten() {
            Ok(true) => {}
            Ok(false) => return Err(failed(format!("it has not ended after {} s", PATIENCE.as_secs()))),
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    start(socket).await
}

/// Starts a daemon that outlives this program, in a session of its own.
///
/// # Errors
/// When there is none to start, or it does not start; the error has its words.
pub async fn in_background(socket: Option<&Path>) -> Result<(), StartError> {
    let path = program("syncd").ok_or(StartError::NotInstalled)?;
    let mut command = Command::new(&path);
    command.arg("--daemonize").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
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
