//! `service start`, `service stop` and `service restart`.

use anyhow::Result;
use proto::local::Places;
use proto::local::start::{self, Started};
use proto::local::systemd::{self, Units};
use serde_json::json;

use super::background::{self, Daemon};
use super::install;
use crate::context::Context;
use crate::environment;
use crate::exit::Exit;
use crate::render::{Buffer, style};

/// Returns what the manager knows, where there is one and the units are installed.
async fn installed() -> Option<Units> {
    Units::look_if_there().await.filter(Units::are_installed)
}

/// Starts the daemon. The service takes over from one that a client started.
///
/// # Errors
/// When it does not start.
pub(super) async fn start(context: &Context) -> Result<Exit> {
    if let Some(units) = installed().await {
        if units.service.is_active() && units.socket.is_active() {
            return say(context, "syncd is already running, as a service", "systemd", "running");
        }
        systemd::start_units().await?;
        return say(context, "syncd is running as a service", "systemd", "running");
    }
    let said = match background::look(context).await? {
        Daemon::Ready(status) => format!("syncd is already running (process {})", status.daemon.pid),
        Daemon::Starting(how_far) => format!("syncd is {how_far}"),
        Daemon::Foreign(error, _) => return Err(error.into()),
        Daemon::Absent => {
            environment::settle_first(context)?;
            return started(context, start::start(context.socket.as_deref()).await?);
        }
    };
    say(context, &said, "none", "running")
}

/// Stops the daemon, of whatever version.
///
/// # Errors
/// When it does not stop.
pub(super) async fn stop(context: &Context) -> Result<Exit> {
    let mut stopped = false;
    let mut manager = "none";
    if let Some(units) = installed().await {
        manager = "systemd";
        stopped = units.are_active();
        // The socket as well: the next question would start the daemon again.
        systemd::tell(&["stop", &systemd::socket(), &systemd::service()]).await?;
    }
    stopped |= background::stop(context).await?.is_some();
    say(context, if stopped { "syncd is stopped" } else { "syncd is not running" }, manager, "stopped")
}

/// Stops the daemon that runs and starts the installed one in its place: as the service where the units are installed,
/// which are brought up to date first.
///
/// # Errors
/// When it does not stop, or not start again.
pub(super) async fn restart(if_running: bool, context: &Context) -> Result<Exit> {
    let data = Places::here()?.data_dir()?;
    // Whoever asks meanwhile waits. Where nothing has run yet, nothing is made.
    let _turn = data.is_dir().then(|| start::take_turn(&data)).flatten();
    let Some(units) = installed().await else {
        let stopped = background::stop(context).await?.is_some();
        if if_running && !stopped {
            return say(context, "syncd is not running", "none", "stopped");
        }
        return started(context, start::start(context.socket.as_deref()).await?);
    };
    if if_running && !units.are_active() && matches!(background::look(context).await?, Daemon::Absent) {
        return say(context, "syncd is not running", "systemd", "stopped");
    }
    // What runs goes on until that has worked; the service takes over from one that runs outside of it.
    install::install(context).await?;
    let process = |units: &Units| units.service.get("MainPID").to_owned();
    if units.service.is_active() && process(&Units::look().await?) == process(&units) {
        // The socket stays: who asks meanwhile waits.
        systemd::tell(&["restart", &systemd::service()]).await?;
    }
    say(context, "syncd is running as a service", "systemd", "running")
}

fn started(context: &Context, started: Started) -> Result<Exit> {
    match started {
        Started::Service => say(context, "syncd is running as a service", "systemd", "running"),
        Started::Background => {
            let how =
                "in the background; it is not installed as a service, so it will not be started at login";
            say(context, &format!("syncd runs {how}"), "none", "running")
        }
    }
}

fn say(context: &Context, text: &str, manager: &str, state: &str) -> Result<Exit> {
    if context.json {
        context.print_json(&json!({ "state": state, "manager": manager }))?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        buffer.put(style::PLAIN, text).end();
        context.print(&buffer)?;
    }
    Ok(Exit::Done)
}
