//! The daemon that runs, whoever runs it: found by its socket and by its database, told to stop whatever version it is.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use proto::client::{Client, ClientError};
use proto::local::start::PATIENCE;
use proto::local::{self, Places, Running};
use proto::types::Status;
use proto::{ApiError, Starting};

use crate::context::Context;
use crate::exit::{Exit, Failure};

/// What answers at the daemon's socket.
pub(super) enum Daemon {
    /// Nobody.
    Absent,
    /// One that opens its database.
    Starting(Starting),
    /// One that answers.
    Ready(Box<Status>),
    /// One that cannot be talked to; why, and its process where that is known.
    Foreign(ClientError, Option<u32>),
}

/// Asks the daemon how it is.
///
/// # Errors
/// When its place cannot be told, or it does not answer well.
pub(super) async fn look(context: &Context) -> Result<Daemon> {
    let status = match Client::find(context.socket.as_deref()).await {
        Ok(client) => client.status().await,
        Err(error) => Err(error),
    };
    match status {
        Ok(status) => Ok(Daemon::Ready(Box::new(status))),
        Err(error) if error.is_absent() => Ok(Daemon::Absent),
        Err(ClientError::Api(ApiError::Starting(how_far))) => Ok(Daemon::Starting(how_far)),
        Err(ClientError::VersionMismatch(peer)) => {
            let pid = peer.pid;
            Ok(Daemon::Foreign(ClientError::VersionMismatch(peer), pid))
        }
        Err(error @ ClientError::NotSyncd { .. }) => Ok(Daemon::Foreign(error, None)),
        Err(error) => Err(error.into()),
    }
}

/// Stops the daemon that answers or holds the database; returns its process if there was one.
///
/// # Errors
/// When it cannot be told to stop, or does not.
pub(super) async fn stop(context: &Context) -> Result<Option<u32>> {
    let answering = match look(context).await? {
        Daemon::Ready(status) => Some(status.daemon.pid),
        Daemon::Foreign(_, pid) => pid,
        Daemon::Absent | Daemon::Starting(_) => None,
    };
    let holding = match &context.socket {
        Some(_) => None,
        None => Running::process(&Places::here()?.data_dir()?),
    };
    let Some(pid) = answering.or(holding) else { return Ok(None) };
    if !local::stop(pid, PATIENCE).with_context(|| format!("cannot stop syncd (process {pid})"))? {
        let message = format!("syncd (process {pid}) does not stop");
        return Err(Failure::new(Exit::Error, message).hint(format!("kill it: kill -KILL {pid}")).into());
    }
    Ok(Some(pid))
}

/// Returns where a daemon in the background writes its process id.
pub(super) fn pid_file() -> Result<PathBuf> {
    Ok(Places::here()?.state_dir().join("syncd.pid"))
}
