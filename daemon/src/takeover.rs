//! One daemon a database: what the second one does. The one that systemd runs takes over from one that a client started,
//! since it comes back by itself; `--once` has the one that runs do the work; any other says who is there, and ends.

use std::path::Path;

use anyhow::Context as _;
use proto::client::Client;
use proto::local::start::PATIENCE;
use proto::local::{self, Manager};
use proto::types::{Phase, SyncRequest};
use syncd::store::{Error, Held};
use syncd::systemd;

/// Takes the database of a folder; from a daemon that a client started, if systemd runs this one.
///
/// # Errors
/// When another daemon has it and keeps it.
pub(crate) fn hold(data_dir: &Path) -> anyhow::Result<Held> {
    let refusal = match Held::take(data_dir) {
        Err(Error::InUse { path, holder }) => Error::InUse { path, holder },
        taken => return Ok(taken?),
    };
    let Error::InUse { holder, .. } = &refusal else { return Err(refusal.into()) };
    let by_systemd = holder.running.as_ref().is_some_and(|running| running.manager == Manager::Systemd);
    let Some(pid) = holder.pid.filter(|_| systemd::is_manager() && !by_systemd) else {
        return Err(refusal.into());
    };
    tracing::info!(pid, "taking over from a syncd that runs outside of systemd");
    let stopped =
        local::stop(pid, PATIENCE).with_context(|| format!("taking over from syncd (process {pid})"))?;
    anyhow::ensure!(stopped, "syncd (process {pid}) does not stop: kill -KILL {pid}");
    Ok(Held::take(data_dir)?)
}

/// Has the daemon that runs sync what is new, and waits until it has.
///
/// # Errors
/// When it cannot be asked, or syncing does not work.
pub(crate) async fn have_synced(socket: &Path) -> anyhow::Result<()> {
    let client = Client::connect(socket).await?;
    let ticket = client.sync(SyncRequest::default()).await?;
    let report = client.wait(ticket, None, |_| ()).await?;
    match report.failure {
        Some(failure) if report.phase == Phase::Failed => anyhow::bail!(failure.message),
        _ => Ok(()),
    }
}
