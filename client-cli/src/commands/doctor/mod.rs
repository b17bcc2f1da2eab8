//! `doctor`: checks everything that can be wrong, from this side of the socket and through the daemon from the other.

mod agents;
mod setup;
mod way;

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use anyhow::Result;
use clap::Args;
use proto::ApiError;
use proto::client::{Client, ClientError};
use proto::local::Places;
use proto::private::{self, NotPrivate, Shared};
use proto::types::{Diagnosis, Health};
use rustix::process::geteuid;
use serde::Serialize;

use crate::context::Context;
use crate::exit::{Exit, LOG, START, of_workspace};
use crate::render::{Buffer, style};

const EXAMPLES: &str = "\
Examples:
  syncctl doctor
  syncctl doctor --json | jq '.checks[] | select(.health != \"ok\")'";

/// Permission bits of anybody but the owner.
const OTHERS: u32 = 0o077;
/// Columns of the longest subject.
const SUBJECT: usize = 15;
/// Columns before a finding.
const INDENT: usize = 6 + SUBJECT + 1;

/// Check everything that can be wrong, and say what to do
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    healthy: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    subject: String,
    health: &'static str,
    finding: String,
    remedy: Option<String>,
}

/// Prints what was found, one line each.
///
/// # Errors
/// When standard output cannot be written. What was found wrong is no error, but an exit code.
pub(crate) async fn run(_: &Doctor, context: &Context) -> Result<Exit> {
    let mut checks = examine(context).await;
    for check in &mut checks {
        check.remedy = check.remedy.as_deref().map(of_workspace);
    }
    let healthy = checks.iter().all(|check| check.health != Health::Failed);
    if context.json {
        let checks = checks.into_iter().map(|Diagnosis { subject, health, finding, remedy }| Check {
            subject,
            health: word(health),
            finding,
            remedy,
        });
        context.print_json(&Document { healthy, checks: checks.collect() })?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        for check in &checks {
            line(&mut buffer, check);
        }
        context.print(&buffer)?;
    }
    Ok(if healthy { Exit::Done } else { Exit::Error })
}

fn line(buffer: &mut Buffer<'_>, check: &Diagnosis) {
    let (look, label) = match check.health {
        Health::Ok => (style::GOOD, "ok    "),
        Health::Warning => (style::WARN, "warn  "),
        Health::Failed => (style::BAD, "fail  "),
    };
    let subject = format!("{:SUBJECT$} ", check.subject);
    buffer.put(look, label).put(style::STRONG, &subject).put(style::PLAIN, &check.finding).end();
    if let Some(remedy) = &check.remedy {
        buffer.block(style::NOTE, INDENT, remedy);
    }
}

/// Returns all findings, those of the daemon last.
async fn examine(context: &Context) -> Vec<Diagnosis> {
    let client = Client::find(context.socket.as_deref()).await;
    let path = match (&client, &context.socket) {
        (Ok(client), _) => Ok(client.socket().to_owned()),
        (Err(_), Some(socket)) => Ok(socket.clone()),
        (Err(_), None) => Places::here().and_then(|places| places.socket()),
    };
    let places = match path {
        Ok(path) => vec![folder(&path), socket(&path)],
        Err(error) => vec![failed("socket", error.to_string(), "name the socket with --socket PATH")],
    };
    let daemon = match &client {
        Ok(client) => diagnose(client).await.unwrap_or_else(|error| vec![unanswered(&error)]),
        Err(error) => vec![unanswered(error)],
    };
    let mut checks = setup::examine(client.is_ok()).await;
    checks.extend(places);
    checks.extend(agents::examine(client.as_ref().ok(), context).await);
    checks.extend(daemon);
    checks
}

async fn diagnose(client: &Client) -> Result<Vec<Diagnosis>, ClientError> {
    let status = client.status().await?;
    let finding = format!("syncd {} answers (process {})", status.daemon.version, status.daemon.pid);
    let mut checks = vec![ok("daemon", finding)];
    checks.extend(client.diagnose().await?);
    Ok(checks)
}

fn folder(socket: &Path) -> Diagnosis {
    let subject = "socket folder";
    let folder = socket.parent().unwrap_or(Path::new("."));
    let shown = folder.display();
    if fs::metadata(folder).is_ok_and(|found| !found.is_dir()) {
        return failed(subject, format!("{shown} is not a folder"), "name another socket with --socket PATH");
    }
    // By the rules of the daemon.
    match private::look_at(folder) {
        Ok(Shared::Private) => ok(subject, format!("{shown} is yours alone")),
        Ok(Shared::Safely) => {
            ok(subject, format!("{shown} is shared, and nobody else can replace your files"))
        }
        Err(NotPrivate::OpenToOthers { .. }) => warning(
            subject,
            format!("others can replace the socket in {shown}"),
            format!("chmod go-w {shown}"),
        ),
        Err(NotPrivate::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            warning(subject, format!("{shown} does not exist yet"), "syncd makes it when it starts")
        }
        Err(NotPrivate::Foreign(_)) => {
            failed(subject, format!("{shown} belongs to another user"), "give your own with --socket PATH")
        }
        Err(error) => failed(subject, error.to_string(), "check its owner and mode"),
    }
}

fn socket(path: &Path) -> Diagnosis {
    let subject = "socket";
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if !found.file_type().is_socket() => failed(
            subject,
            format!("{shown} is not a socket"),
            format!("move it away: mv {shown} {shown}.old"),
        ),
        Ok(found) if found.uid() != geteuid().as_raw() => {
            failed(subject, format!("{shown} belongs to another user"), "give your own with --socket PATH")
        }
        Ok(found) if found.mode() & OTHERS != 0 => {
            warning(subject, format!("{shown} is open to others"), format!("chmod 600 {shown}"))
        }
        Ok(_) => ok(subject, format!("{shown} is yours alone")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            failed(subject, format!("{shown} does not exist"), START)
        }
        Err(error) => failed(subject, format!("cannot look at {shown}: {error}"), "check its owner and mode"),
    }
}

fn unanswered(error: &ClientError) -> Diagnosis {
    let remedy = match error {
        ClientError::NoDaemon { .. } => START,
        ClientError::VersionMismatch(_) => "syncctl service restart",
        ClientError::Api(ApiError::Starting(_)) => "watch it: syncctl status --watch",
        ClientError::Locate(_)
        | ClientError::NotSyncd { .. }
        | ClientError::Lost(_)
        | ClientError::Api(_) => LOG,
    };
    failed("daemon", error.to_string(), remedy)
}

fn ok(subject: &str, finding: String) -> Diagnosis {
    Diagnosis { subject: subject.to_owned(), health: Health::Ok, finding, remedy: None }
}

fn warning(subject: &str, finding: String, remedy: impl Into<String>) -> Diagnosis {
    Diagnosis { health: Health::Warning, remedy: Some(remedy.into()), ..ok(subject, finding) }
}

fn failed(subject: &str, finding: String, remedy: impl Into<String>) -> Diagnosis {
    Diagnosis { health: Health::Failed, ..warning(subject, finding, remedy) }
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warning => "warning",
        Health::Failed => "failed",
    }
}
