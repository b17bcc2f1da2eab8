//! The change of the files: each is read, changed as text, kept beside itself, and replaced whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::iter;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::clients::Client;
use super::difference;
use super::edit::{self, Edited};
use super::server::Server;
use crate::context::Context;
use crate::exit::Exit;
use crate::files::{self, Draft};
use crate::render::{Sheet, style};

/// Mode of a file that is made here: such files hold other servers' secrets, too.
const MODE: u32 = 0o600;

/// What is to be done to each file.
pub(super) enum Action<'a> {
    /// The server is to be in it, under this name if one was asked for.
    Add(Option<&'a str>, &'a Server),
    /// No server of ours is to be in it, or none of this name.
    Remove(Option<&'a str>),
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    dry_run: bool,
    clients: Vec<Outcome>,
}

/// What became of one program's file.
#[derive(Serialize)]
struct Outcome {
    client: &'static str,
    file: Option<PathBuf>,
    /// `added`, `updated`, `removed`, `unchanged`, `failed`.
    outcome: &'static str,
    backup: Option<PathBuf>,
    error: Option<String>,
    #[serde(skip)]
    difference: Option<(String, String)>,
}

impl Outcome {
    const fn unchanged(client: Client, file: Option<PathBuf>) -> Self {
        let client = client.word();
        Self { client, file, outcome: "unchanged", backup: None, error: None, difference: None }
    }
}

/// Changes each program's file, and says what was done. One that cannot be changed keeps no other from it.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(clients: &[Client], action: &Action<'_>, dry_run: bool, context: &Context) -> Result<Exit> {
    let outcomes: Vec<_> = clients.iter().map(|client| change(*client, action, dry_run, context)).collect();
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    let document = Document { dry_run, clients: outcomes };
    if context.json {
        context.print_json(&document)?;
    } else {
        let mut sheet = Sheet::new(&context.out);
        if clients.is_empty() {
            sheet.put(style::PLAIN, "none of the agents' programs that are known here was found").end();
        }
        for (client, outcome) in clients.iter().zip(&document.clients) {
            tell(&mut sheet, *client, outcome, dry_run);
        }
        context.print(&sheet)?;
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

fn change(client: Client, action: &Action<'_>, dry_run: bool, context: &Context) -> Outcome {
    attempt(client, action, dry_run, context).unwrap_or_else(|error| Outcome {
        outcome: "failed",
        error: Some(format!("{error:#}")),
        ..Outcome::unchanged(client, client.file().ok())
    })
}

fn attempt(client: Client, action: &Action<'_>, dry_run: bool, context: &Context) -> Result<Outcome> {
    let path = client.file()?;
    let found = files::read_text(&path)?;
    let before = found.clone().unwrap_or_default();
    let edited = match action {
        Action::Add(name, server) => edit::add(&before, client, *name, server),
        Action::Remove(name) => edit::remove(&before, client, *name),
    };
    let unchanged = Outcome::unchanged(client, Some(path.clone()));
    let (outcome, after) = match edited.with_context(|| format!("cannot use {}", path.display()))? {
        Edited::Added(after) => ("added", after),
        Edited::Updated(after) => ("updated", after),
        Edited::Removed(after) => ("removed", after),
        Edited::Unchanged => return Ok(unchanged),
    };
    if dry_run {
        return Ok(Outcome { outcome, difference: Some((before, after)), ..unchanged });
    }
    let backup = replace(&path, found.as_deref(), &after, context)?;
    Ok(Outcome { outcome, backup, ..unchanged })
}

/// Replaces a file, having kept a copy of what was in it.
fn replace(path: &Path, before: Option<&str>, after: &str, context: &Context) -> Result<Option<PathBuf>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let draft = Draft::keeping_mode(path, after.as_bytes(), MODE)?;
    let backup = before.map(|text| keep(path, text, context)).transpose()?;
    // Programs write to their files while they run.
    if files::read_text(path)?.as_deref() != before {
        bail!("{} was changed by another program meanwhile: try again", path.display());
    }
    draft.commit()?;
    Ok(backup)
}

/// Writes a copy beside the file, as private as that is.
fn keep(path: &Path, text: &str, context: &Context) -> Result<PathBuf> {
    let mode = fs::metadata(path).map_or(MODE, |found| found.mode() & 0o777);
    let stem = format!(
        "{}.before-syncctl-{}",
        path.file_name().unwrap_or_default().display(),
        context.now.to_utc().format("%Y%m%dT%H%M%SZ")
    );
    let names = iter::once(stem.clone()).chain((2..100).map(|number| format!("{stem}-{number}")));
    for backup in names.map(|name| path.with_file_name(name)) {
        let failed = || format!("cannot keep a copy as {}", backup.display());
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&backup) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(failed),
        }
    }
    bail!("there are too many copies beside {}: remove {stem}*", path.display())
}

fn tell(sheet: &mut Sheet<'_>, client: Client, outcome: &Outcome, dry_run: bool) {
    let file = outcome.file.as_deref().map(|file| file.display().to_string()).unwrap_or_default();
    if let Some(error) = &outcome.error {
        sheet.field(client.title(), style::BAD, &format!("nothing was changed: {error}"));
        return;
    }
    let would = if dry_run { "would be " } else { "" };
    let text = match outcome.outcome {
        "added" => format!("{would}added to {file}"),
        "updated" => format!("{would}updated in {file}"),
        "removed" => format!("{would}removed from {file}"),
        _ => format!("nothing to change in {file}"),
    };
    sheet.field(client.title(), style::GOOD, &text);
    if let Some(backup) = &outcome.backup {
        sheet.field("", style::FAINT, &format!("as it was: {}", backup.display()));
    }
    if let Some((before, after)) = &outcome.difference {
        difference::show(sheet, before, after);
    } else if outcome.outcome != "unchanged" {
        sheet.field("", style::FAINT, &format!("restart {} to have it take note", client.title()));
    }
}
