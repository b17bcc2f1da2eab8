//! `service status`: what systemd and the daemon say, side by side. Starts nothing.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use proto::display::duration;
use proto::local::systemd::{Unit, Units, service, socket};
use proto::types;

use super::background::{self, Daemon as Found};
use super::install;
use crate::context::Context;
use crate::exit::{Exit, START};
use crate::render::{Buffer, style};

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    manager: &'static str,
    units: Vec<UnitView>,
    daemon: Option<Daemon>,
    /// Why one that is there does not answer.
    daemon_error: Option<String>,
    pid_file: PathBuf,
    lingers: bool,
}

#[derive(Serialize)]
struct UnitView {
    unit: String,
    load: String,
    active: String,
    sub: String,
    enabled: bool,
    file: Option<PathBuf>,
    status: Option<String>,
}

#[derive(Serialize)]
struct Daemon {
    #[serde(flatten)]
    program: types::Daemon,
    workspace: Option<String>,
    conversations: u64,
    sync_error: Option<String>,
}

/// Prints it, and ends with exit code 3 where nothing runs or listens.
///
/// # Errors
/// When systemd does not answer.
pub(super) async fn run(context: &Context) -> Result<Exit> {
    let units = Units::look_if_there().await;
    let waits = units.as_ref().is_some_and(|units| units.socket.is_active() && !units.service.is_active());
    // A question would start it.
    let found = if waits { Found::Absent } else { background::look(context).await? };
    let starting = match &found {
        Found::Starting(how_far) => Some(format!("it is {how_far}")),
        Found::Foreign(error, _) => Some(error.to_string()),
        Found::Absent | Found::Ready(_) => None,
    };
    let daemon = if let Found::Ready(status) = found { Some(status) } else { None };
    let daemon = daemon.map(|status| Daemon {
        program: status.daemon,
        workspace: status.workspace.map(|workspace| workspace.name.unwrap_or(workspace.id)),
        conversations: status.total_conversations,
        sync_error: status.sync_error,
    });
    let exit = if waits || daemon.is_some() || starting.is_some() { Exit::Done } else { Exit::NoDaemon };
    let document = Document {
        manager: if units.is_some() { "systemd" } else { "none" },
        units: units
            .iter()
            .flat_map(|units| [view(service(), &units.service), view(socket(), &units.socket)])
            .collect(),
        daemon,
        daemon_error: starting,
        pid_file: background::pid_file()?,
        lingers: install::lingers(),
    };
    if context.json {
        context.print_json(&document)?;
    } else {
        context.print(&text(&document, waits, context))?;
    }
    Ok(exit)
}

fn view(name: String, unit: &Unit) -> UnitView {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    UnitView {
        unit: name,
        load: unit.get("LoadState").to_owned(),
        active: unit.get("ActiveState").to_owned(),
        sub: unit.get("SubState").to_owned(),
        enabled: unit.is_enabled(),
        file: some(unit.get("FragmentPath")).map(PathBuf::from),
        status: some(unit.get("StatusText")),
    }
}

fn text<'a>(document: &Document, waits: bool, context: &'a Context) -> Buffer<'a> {
    let mut buffer = Buffer::new(&context.out);
    if document.units.is_empty() {
        buffer.field("systemd", style::PLAIN, "there is no systemd --user here");
    }
    for unit in &document.units {
        if unit.load != "loaded" {
            buffer.field(&unit.unit, style::WARN, "not installed: syncctl service install");
            continue;
        }
        let look = if unit.active == "active" { style::GOOD } else { style::WARN };
        let login = if unit.enabled { "starts at login" } else { "does not start at login" };
        buffer.field(&unit.unit, look, &format!("{} ({}), {login}", unit.active, unit.sub));
        if let Some(status) = &unit.status {
            buffer.field("", style::PLAIN, status);
        }
    }
    match &document.daemon {
        Some(daemon) => {
            let uptime = duration(daemon.program.uptime_seconds);
            let text = format!(
                "syncd {} answers (process {}), up {uptime}",
                daemon.program.version, daemon.program.pid
            );
            buffer.field("daemon", style::GOOD, &text);
            if let Some(workspace) = &daemon.workspace {
                let text = format!("{workspace}, {} conversations", daemon.conversations);
                buffer.field("", style::PLAIN, &text);
            }
            if let Some(error) = &daemon.sync_error {
                buffer.field("", style::BAD, error);
            }
        }
        None if document.daemon_error.is_some() => {
            buffer.field("daemon", style::WARN, document.daemon_error.as_deref().unwrap_or_default());
        }
        None if waits => {
            buffer.field("daemon", style::PLAIN, "starts with the first question");
        }
        None => {
            buffer.field("daemon", style::BAD, &format!("does not answer; {START}"));
        }
    }
    if !document.units.is_empty() && !document.lingers {
        buffer.field("at logout", style::FAINT, "it stops; to keep it running: loginctl enable-linger");
    }
    buffer
}
