//! A daemon without systemd: `syncd --daemonize`, which says by its process id file where it is.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use proto::client::{Client, ClientError};
use proto::locate;
use proto::types::Status;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Command;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::programs;

/// How long the daemon may take to end; it finishes the transaction in hand.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long between two looks at whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// Returns the daemon that answers, if one does.
pub(super) async fn answering(context: &Context) -> Result<Option<Status>> {
    let path = locate::socket(context.socket.as_deref())?;
    let client = match Client::connect(&path).await {
        Ok(client) => client,
        Err(ClientError::NoDaemon { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some(client.status().await?))
}

/// Starts a daemon that outlives this program.
///
/// # Errors
/// When it cannot start; the error has its words.
pub(super) async fn start(context: &Context) -> Result<()> {
    let program = programs::find("syncd")?;
    let mut command = Command::new(&program);
    command.arg("--daemonize").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(socket) = &context.socket {
        command.arg("--socket").arg(socket);
    }
    let failed = || format!("cannot run {} --daemonize", program.display());
    let output = command.output().await.with_context(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = format!("syncd does not start: {}", said.trim().trim_start_matches("error: "));
    Err(Failure::new(Exit::Error, message).hint("see what is wrong: syncctl doctor").into())
}

/// Stops the daemon that answers, or the one of the process id file; returns its process if there was one.
///
/// # Errors
/// When it cannot be told to stop, or does not.
pub(super) async fn stop(context: &Context) -> Result<Option<u32>> {
    let answering = answering(context).await?.and_then(|status| i32::try_from(status.pid).ok());
    let Some(pid) = answering.or(in_file()?).and_then(Pid::from_raw) else { return Ok(None) };
    kill_process(pid, Signal::TERM).with_context(|| format!("cannot stop syncd (process {pid})"))?;
    let until = Instant::now() + PATIENCE;
    while test_kill_process(pid).is_ok() && !is_over(pid) {
        if Instant::now() > until {
            let message = format!("syncd (process {pid}) does not stop");
            return Err(Failure::new(Exit::Error, message).hint(format!("kill it: kill -KILL {pid}")).into());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(u32::try_from(pid.as_raw_nonzero().get()).ok())
}

/// Returns where a daemon in the background writes its process id.
pub(super) fn pid_file() -> Result<PathBuf> {
    Ok(locate::state_dir()?.join("syncd.pid"))
}

/// Returns the process of the file, if it still lives: it holds a lock on the file for as long as it does.
fn in_file() -> Result<Option<i32>> {
    let path = pid_file()?;
    let Ok(file) = File::open(&path) else { return Ok(None) };
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().parse().ok().filter(|pid| *pid > 1))
}

/// Says whether a process has ended and only waits for its parent to take note.
fn is_over(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X']))
}
