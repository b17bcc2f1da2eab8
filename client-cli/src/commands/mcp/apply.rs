//! The change of the files: each is read, changed as text, kept beside itself, and replaced whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::iter;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::difference;
use super::edit::{self, Edited};
use super::installations::{ConfigFile, Installation};
use super::server::Server;
use crate::context::Context;
use crate::exit::Exit;
use crate::files::{self, Draft};
use crate::render::{Buffer, style};

/// Permission bits of anybody but the owner.
const OTHERS: u32 = 0o077;

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
    /// Which installation or profile of the program it is, if not the usual one.
    installation: Option<String>,
    file: PathBuf,
    /// `added`, `updated`, `renamed`, `removed`, `unchanged`, `failed`.
    outcome: &'static str,
    backup: Option<PathBuf>,
    error: Option<String>,
    /// The file has the token in it now, and others can read it.
    exposed: bool,
    #[serde(skip)]
    difference: Option<(String, String)>,
}

impl Outcome {
    fn unchanged(installation: &Installation) -> Self {
        Self {
            client: installation.client.word(),
            installation: installation.config.installation.clone(),
            file: installation.file().to_owned(),
            outcome: "unchanged",
            backup: None,
            error: None,
            exposed: false,
            difference: None,
        }
    }
}

/// Changes each program's file, and says what was done. One that cannot be changed keeps no other from it.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(
    installations: &[Installation],
    action: &Action<'_>,
    dry_run: bool,
    context: &Context,
) -> Result<Exit> {
    let change = |installation| {
        attempt(installation, action, dry_run, context).unwrap_or_else(|error| Outcome {
            outcome: "failed",
            error: Some(format!("{error:#}")),
            ..Outcome::unchanged(installation)
        })
    };
    let outcomes: Vec<_> = installations.iter().map(change).collect();
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    let document = Document { dry_run, clients: outcomes };
    if context.json {
        context.print_json(&document)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        if installations.is_empty() {
            buffer.put(style::PLAIN, "none of the supported agents' programs was found").end();
        }
        for (installation, outcome) in installations.iter().zip(&document.clients) {
            tell(&mut buffer, installation, outcome, dry_run);
        }
        context.print(&buffer)?;
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

fn attempt(
    installation: &Installation,
    action: &Action<'_>,
    dry_run: bool,
    context: &Context,
) -> Result<Outcome> {
    let path = installation.file();
    let found = files::read_text(path)?;
    let before = found.clone().unwrap_or_default();
    let edited = match action {
        Action::Add(name, server) if installation.config.sandboxed => {
            edit::add(&before, installation.client, *name, &server.spawned_outside())
        }
        Action::Add(name, server) => edit::add(&before, installation.client, *name, server),
        Action::Remove(name) => edit::remove(&before, installation.client, *name),
    };
    let unchanged = Outcome::unchanged(installation);
    let (outcome, after) = match edited.with_context(|| format!("cannot use {}", path.display()))? {
        Edited::Added(after) => ("added", after),
        Edited::Updated(after) => ("updated", after),
        Edited::Renamed(after) => ("renamed", after),
        Edited::Removed(after) => ("removed", after),
        Edited::Unchanged => return Ok(unchanged),
    };
    if dry_run {
        return Ok(Outcome { outcome, difference: Some((before, after)), ..unchanged });
    }
    let backup = replace(&installation.config, found.as_deref(), &after, context)?;
    let has_token = matches!(action, Action::Add(_, Server::Http { .. }));
    let exposed = has_token && fs::metadata(path).is_ok_and(|found| found.mode() & OTHERS != 0);
    Ok(Outcome { outcome, backup, exposed, ..unchanged })
}

/// Replaces a file, having kept a copy of what was in it.
fn replace(
    config: &ConfigFile,
    before: Option<&str>,
    after: &str,
    context: &Context,
) -> Result<Option<PathBuf>> {
    let path = config.file.as_path();
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let draft = Draft::keeping_mode(path, after.as_bytes(), config.mode)?;
    let backup = before.map(|text| keep(config, text, context)).transpose()?;
    // Programs write to their files while they run.
    if files::read_text(path)?.as_deref() != before {
        bail!("{} was changed by another program meanwhile: try again", path.display());
    }
    draft.commit()?;
    Ok(backup)
}

/// Writes a copy beside the file, as private as that is.
fn keep(config: &ConfigFile, text: &str, context: &Context) -> Result<PathBuf> {
    let path = config.file.as_path();
    let mode = fs::metadata(path).map_or(config.mode, |found| found.mode() & 0o777);
    let stem = format!(
        "{}.before-syncctl-{}",
        path.file_name().unwrap_or_default().display(),
        context.now.to_utc().format("%Y%m%dT%H%M%SZ")
    );
    let names = iter::once(stem.clone()).chain((2..100).map(|number| format!("{stem}-{number}")));
    for backup in names.map(|name| path.with_file_name(name)) {
        let failed = || format!("cannot write the backup {}", backup.display());
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&backup) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(failed),
        }
    }
    bail!("there are too many backups beside {}: remove {stem}*", path.display())
}

fn tell(buffer: &mut Buffer<'_>, installation: &Installation, outcome: &Outcome, dry_run: bool) {
    let title = installation.title();
    if let Some(error) = &outcome.error {
        buffer.field(&title, style::BAD, &format!("nothing was changed: {error}"));
        let by_hand = format!("what belongs there: syncctl mcp config --client {}", outcome.client);
        buffer.field("", style::FAINT, &by_hand);
        return;
    }
    let would = if dry_run { "would be " } else { "" };
    let file = outcome.file.display();
    let text = match outcome.outcome {
        "added" => format!("{would}added to {file}"),
        "updated" => format!("{would}updated in {file}"),
        "renamed" => format!("{would}renamed from intercom to syncd in {file}"),
        "removed" => format!("{would}removed from {file}"),
        _ => format!("nothing to change in {file}"),
    };
    buffer.field(&title, style::GOOD, &text);
    if let Some(backup) = &outcome.backup {
        buffer.field("", style::FAINT, &format!("backup: {}", backup.display()));
    }
    if outcome.exposed {
        buffer.field(
            "",
            style::WARN,
            &format!("the token is in it now, and others can read it: chmod 600 {file}"),
        );
    }
    if outcome.outcome == "renamed" {
        buffer.field("", style::FAINT, "permission rules that name its tools need the new name");
    }
    if let Some((before, after)) = &outcome.difference {
        difference::show(buffer, before, after);
    } else if outcome.outcome != "unchanged" {
        let program = installation.client.title;
        buffer.field("", style::FAINT, &format!("restart {program} to apply this"));
    }
}
