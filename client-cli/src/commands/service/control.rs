//! `service start` and `service stop`.

use anyhow::Result;
use serde_json::json;

use super::background;
use super::systemd::{self, SERVICE, SOCKET, Units};
use crate::context::Context;
use crate::environment;
use crate::exit::Exit;
use crate::render::{Sheet, style};

/// Returns what the manager knows, where there is one and the units are installed.
async fn installed() -> Result<Option<Units>> {
    if !systemd::is_there().await {
        return Ok(None);
    }
    let units = Units::look().await?;
    Ok((units.service.is_loaded() && units.socket.is_loaded()).then_some(units))
}

/// Starts the daemon.
///
/// # Errors
/// When it does not start.
pub(super) async fn start(context: &Context) -> Result<Exit> {
    if let Some(units) = installed().await? {
        let running = units.service.is_active() && units.socket.is_active();
        if !running {
            systemd::tell(&["start", SOCKET, SERVICE]).await?;
        }
        let said = if running { "syncd runs already, as a service" } else { "syncd runs, as a service" };
        return say(context, said, "systemd", "running");
    }
    if let Some(status) = background::answering(context).await? {
        let said = format!("syncd runs already (process {})", status.pid);
        return say(context, &said, "none", "running");
    }
    environment::settle_first(context)?;
    background::start(context).await?;
    let how = "in the background; it is not installed as a service, so it will not be started at login";
    say(context, &format!("syncd runs {how}"), "none", "running")
}

/// Stops the daemon.
///
/// # Errors
/// When it does not stop.
pub(super) async fn stop(context: &Context) -> Result<Exit> {
    let mut manager = "none";
    let mut stopped = false;
    if let Some(units) = installed().await? {
        manager = "systemd";
        stopped = units.service.is_active() || units.socket.is_active();
        // The socket as well: the next question would start the daemon again.
        systemd::tell(&["stop", SOCKET, SERVICE]).await?;
    }
    stopped |= background::stop(context).await?.is_some();
    say(context, if stopped { "syncd is stopped" } else { "syncd does not run" }, manager, "stopped")
}

fn say(context: &Context, text: &str, manager: &str, state: &str) -> Result<Exit> {
    if context.json {
        context.print_json(&json!({ "state": state, "manager": manager }))?;
    } else {
        let mut sheet = Sheet::new(&context.out);
        sheet.put(style::PLAIN, text).end();
        context.print(&sheet)?;
    }
    Ok(Exit::Done)
}
