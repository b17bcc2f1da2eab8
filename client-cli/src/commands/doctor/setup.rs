//! What was set up on this side of the socket: configuration, token, service, agents. Each line says what to do where
//! something is not as it should be.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use proto::keyring;
use proto::local::systemd::{Unit, Units};
use proto::local::{self, Named, Places};
use proto::types::Diagnosis;
use rustix::process::geteuid;

use super::{OTHERS, failed, ok, warning, way};
use crate::commands::mcp::{self, Start};
use crate::commands::service;
use crate::programs;
use crate::settings::Settings;

/// Returns one line each.
pub(super) async fn examine(daemon_answers: bool) -> Vec<Diagnosis> {
    let mut checks = vec![configuration().await];
    checks.extend(token(daemon_answers));
    checks.extend(way::examine());
    checks.extend(service(daemon_answers).await);
    checks.push(agents());
    checks
}

/// Has the daemon's program judge the file; where there is none of its version, at least the form of it.
async fn configuration() -> Diagnosis {
    let subject = "configuration";
    let path = match Places::here() {
        Ok(places) => places.config_file(),
        Err(error) => return failed(subject, error.to_string(), "set HOME"),
    };
    let shown = path.display();
    let complaint = match programs::judge_configuration().await {
        Some(complaint) => Some(complaint),
        None => Named::in_file(&path).err().map(|error| error.to_string()),
    };
    match complaint {
        Some(complaint) => failed(subject, complaint, "fix the file, or make it readable to you"),
        None if path.exists() => ok(subject, format!("{shown} can be used")),
        None => ok(subject, format!("there is no {shown}, so the defaults apply")),
    }
}

/// Where the token is looked for. What a running daemon found is its own line.
fn token(daemon_answers: bool) -> Option<Diagnosis> {
    let subject = "token file";
    let settings = Settings::read().ok()?;
    let variable = local::setting("SYNCD_TOKEN_FILE").map(Into::into);
    let Some(path) = variable.or_else(|| settings.path_of("token_file")) else {
        let set = local::setting("INTERCOM_ACCESS_TOKEN").is_some();
        if !set && keyring::lookup().is_ok_and(|entry| entry.is_some()) {
            return Some(ok(subject, "none; the token is in the keyring".to_owned()));
        }
        return match (set, daemon_answers) {
            (true, _) => {
                let finding = "none; the service and agents do not see this shell's INTERCOM_ACCESS_TOKEN";
                Some(warning(subject, finding.to_owned(), "to store it where they can read it: syncctl init"))
            }
            (false, true) => None,
            (false, false) => {
                Some(warning(subject, "there is none, and no token in this shell".to_owned(), "syncctl init"))
            }
        };
    };
    Some(token_file(subject, &path))
}

fn token_file(subject: &str, path: &Path) -> Diagnosis {
    let shown = path.display();
    // What stands there may be the token itself, put where its file's name belongs.
    if !path.is_absolute() {
        return failed(subject, "token_file is not an absolute path".to_owned(), "syncctl init");
    }
    match fs::metadata(path) {
        Ok(found) if ![0, geteuid().as_raw()].contains(&found.uid()) => failed(
            subject,
            format!("{shown} belongs to another user"),
            "use a file of your own: syncctl init",
        ),
        Ok(found) if found.mode() & OTHERS != 0 => {
            let finding = format!("{shown} can be read by others (mode {:03o})", found.mode() & 0o777);
            failed(subject, finding, format!("chmod 600 {shown}"))
        }
        Ok(found) if found.len() == 0 => failed(subject, format!("{shown} is empty"), "syncctl init"),
        Ok(found) => ok(subject, format!("{shown}, mode {:03o}", found.mode() & 0o777)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            failed(subject, format!("{shown} does not exist"), "syncctl init")
        }
        Err(error) => failed(subject, format!("cannot look at {shown}: {error}"), "check its owner and mode"),
    }
}

/// What systemd says of the service, and of what happens at logout.
async fn service(daemon_answers: bool) -> Vec<Diagnosis> {
    let subject = "service";
    let Some(units) = Units::look_if_there().await else {
        return vec![ok(subject, "there is no systemd --user here; syncd runs in the background".to_owned())];
    };
    if !units.service.is_loaded() || !units.socket.is_loaded() {
        let finding = "not installed, so syncd does not start at login".to_owned();
        return vec![warning(subject, finding, "syncctl service install")];
    }
    let line = if let Some(missing) = units.service.program().filter(|program| !program.is_file()) {
        let finding = format!("it runs {}, which is not there", missing.display());
        failed(subject, finding, "install syncd there again, or: syncctl service install")
    } else if units.service.get("ActiveState") == "failed" {
        let finding = format!("syncd.service has failed ({})", units.service.get("SubState"));
        failed(subject, finding, "see why: journalctl --user -u syncd; then: syncctl service start")
    } else if !units.service.is_enabled() || !units.socket.is_enabled() {
        warning(subject, states(&units), "have it start at login: syncctl service install")
    } else if !units.socket.is_active() {
        warning(subject, states(&units), "syncctl service start")
    } else if daemon_answers && !units.service.is_active() {
        let remedy = "let systemd keep it: syncctl service stop, then syncctl service start";
        warning(subject, "the daemon that answers runs outside of systemd".to_owned(), remedy)
    } else {
        ok(subject, states(&units))
    };
    let lingers = service::lingers();
    let finding =
        if lingers { "it keeps running" } else { "it stops; to keep it running: loginctl enable-linger" };
    vec![line, ok("at logout", finding.to_owned())]
}

fn states(units: &Units) -> String {
    let state = |unit: &Unit| {
        let login = if unit.is_enabled() { "enabled" } else { "not enabled" };
        format!("{}, {login}", unit.get("ActiveState"))
    };
    format!("syncd.service {}; syncd.socket {}", state(&units.service), state(&units.socket))
}

/// Says whether a program is there, by its path or in the search path.
fn is_there(command: &str) -> bool {
    if command.contains('/') { Path::new(command).is_file() } else { local::program(command).is_some() }
}

/// Which agents' programs know of syncd, by which file, and whether what they start is there.
fn agents() -> Diagnosis {
    let subject = "agents";
    let installed = match mcp::installed() {
        Ok(installed) => installed,
        Err(error) => return failed(subject, format!("{error:#}"), "set HOME"),
    };
    let (mut known, mut missing) = (Vec::new(), Vec::new());
    for installation in &installed {
        let title = installation.title();
        match mcp::reached(installation) {
            Err(error) => return failed(subject, format!("{title}: {error:#}"), "fix that file"),
            Ok(Some(Start::Program(command))) if !is_there(&command) => {
                let finding = format!("{title} starts {command}, which is not there");
                return failed(subject, finding, "syncctl mcp install");
            }
            Ok(Some(_)) => known.push(format!("{title} ({})", installation.file().display())),
            Ok(None) => missing.push(title),
        }
    }
    match (known.is_empty(), missing.is_empty()) {
        (true, true) => ok(subject, "none of the supported agents' programs was found".to_owned()),
        (true, false) => {
            warning(subject, format!("not set up yet for {}", missing.join(", ")), "syncctl mcp install")
        }
        (false, true) => ok(subject, format!("set up for {}", known.join(", "))),
        // Some, but not all, may be what the user wants.
        (false, false) => {
            ok(subject, format!("set up for {}; not for {}", known.join(", "), missing.join(", ")))
        }
    }
}
