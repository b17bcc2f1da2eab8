//! `mcp`: tells agents' programs where `syncd-mcp` is, in the files that they read.

mod apply;
mod clients;
mod difference;
mod edit;
mod entry;
mod installations;
mod server;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};

use self::apply::Action;
use self::clients::Client;
use self::edit::Edited;
pub(crate) use self::entry::Start;
pub(crate) use self::installations::Installation;
use self::server::Server;
use crate::context::{Context, write_out};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::render::{Buffer, clean_json, style};

/// How agents answer that have a shell and not the tools.
const SKILL: &str = include_str!("../../../SKILL.md");

const EXAMPLES: &str = "\
Examples:
  syncctl mcp install
  syncctl mcp install --client claude-desktop --dry-run
  syncctl mcp install --project
  syncctl mcp install --client cursor --http 127.0.0.1:8808
  syncctl mcp config --client codex
  syncctl mcp uninstall
  syncctl mcp skill > ~/.claude/skills/intercom-conversations/SKILL.md";

/// Give syncd to your agents
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Mcp {
    #[command(subcommand)]
    action: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add syncd-mcp to the configuration of the agents' programs
    Install {
        #[command(flatten)]
        change: Change,
        #[command(flatten)]
        reach: Reach,
    },
    /// Remove it from there again
    Uninstall(Change),
    /// Print the configuration, to paste by hand or for a program that syncctl does not know
    Config {
        /// Print it as this program expects it
        #[arg(long, value_name = "CLIENT", default_value = "claude-desktop", hide_default_value = true)]
        client: &'static Client,
        #[command(flatten)]
        reach: Reach,
    },
    /// Print a skill that tells agents with a shell how to answer with syncctl
    Skill,
}

/// Flags of what changes files.
#[derive(Args, Debug)]
struct Change {
    /// Change this program's file; may be given several times [default: all that are found]
    #[arg(long, value_name = "CLIENT")]
    client: Vec<&'static Client>,
    /// Change the files in a project's folder instead of your own [default folder: this one]
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = ".")]
    project: Option<PathBuf>,
    /// Change the server of this name alone [default: whichever is syncd-mcp for this workspace, else syncd or syncd-NAME]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Change {
    fn installations(&self) -> Result<Vec<Installation>> {
        match &self.project {
            Some(folder) => installations::in_project(folder, &self.client),
            None => installations::installed(&self.client),
        }
    }
}

/// How the server is to be reached.
#[derive(Args, Debug)]
struct Reach {
    /// Connect over HTTP, at the address of a running `syncd-mcp --http` [default address: 127.0.0.1:8808]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8808",
          value_parser = server::address)]
    http: Option<SocketAddr>,
}

impl Reach {
    fn server(&self, context: &Context) -> Result<Server> {
        self.http.map_or_else(|| Server::installed(context), Server::over_http)
    }
}

/// Does what was asked.
///
/// # Errors
/// When there is no `syncd-mcp`, or no program whose file could be changed.
pub(crate) fn run(args: &Mcp, context: &Context) -> Result<Exit> {
    match &args.action {
        Command::Install { change, reach } => install(change, &reach.server(context)?, context),
        Command::Uninstall(change) => {
            let action = Action::Remove(change.name.as_deref());
            apply::run(&change.installations()?, &action, change.dry_run, context)
        }
        Command::Skill => write_out(SKILL.as_bytes()).map(|()| Exit::Done),
        Command::Config { client, reach } => config(client, &reach.server(context)?, context),
    }
}

fn install(change: &Change, server: &Server, context: &Context) -> Result<Exit> {
    if change.project.is_some() && matches!(server, Server::Http { .. }) {
        let message =
            "the token of clients over HTTP is yours alone, and a project's files are for all who work on it";
        return Err(Failure::new(Exit::Usage, message).hint("leave out --http, or --project").into());
    }
    let mut installations = change.installations()?;
    if change.client.is_empty() {
        installations.retain(|installation| {
            let can = (installation.client.entry)(server, &edit::name()).is_some();
            if !can {
                note(
                    &format!("{} does not support servers over HTTP, and was left out", installation.title()),
                    context,
                );
            }
            can
        });
    }
    if installations.is_empty() {
        let message = "none of the supported agents' programs was found";
        let hint = "name one: syncctl mcp install --client cursor; or see what to write: syncctl mcp config";
        return Err(Failure::new(Exit::Error, message).hint(hint).into());
    }
    apply::run(&installations, &Action::Add(change.name.as_deref(), server), change.dry_run, context)
}

fn config(client: &Client, server: &Server, context: &Context) -> Result<Exit> {
    let text = match edit::add("", client, None, server)? {
        Edited::Added(text) => text,
        other => return Err(anyhow!("an empty file became {other:?}")),
    };
    if context.json {
        context.print_json(&edit::value(&text, client)?)?;
    } else {
        // The other formats write what it replaces in the same way.
        write_out(format!("{}\n", clean_json(text).trim_end()).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn note(text: &str, context: &Context) {
    let mut buffer = Buffer::new(&context.err);
    buffer.put(style::NOTE, "note: ").put(style::PLAIN, text).end();
    context.note(&buffer);
}

/// Returns the agents' programs that are on this machine.
///
/// # Errors
/// When there is no home folder.
pub(crate) fn installed() -> Result<Vec<Installation>> {
    installations::installed(&[])
}

/// Returns how a program reaches our server, if it knows of it.
///
/// # Errors
/// When its file cannot be read.
pub(crate) fn reached(installation: &Installation) -> Result<Option<Start>> {
    let file = installation.file();
    let text = files::read_text(file)?.unwrap_or_default();
    edit::find(&text, installation.client).map_err(|error| anyhow!("{}: {error}", file.display()))
}
