//! `init`: takes an access token, has it checked, keeps it where only its owner can read it, and writes the configuration.
//! Nothing is written before Intercom has accepted the token.

mod check;
mod token;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use proto::client::Client;
use proto::local::Places;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use self::check::{Address, Workspace};
use crate::ask::{confirm, somebody_is_there};
use crate::commands::service;
use crate::context::Context;
use crate::environment::{self, Kept};
use crate::exit::{Exit, Failure};
use crate::files::{self, Draft};
use crate::render::{Buffer, style};
use crate::settings::Settings;

const EXAMPLES: &str = "\
Examples:
  syncctl init
  syncctl init --region eu --service
  pass show intercom | syncctl init --yes --json

In Intercom's Developer Hub, make an app for your workspace and copy its access token (Configure > Authentication). \
It has to read conversations, contacts, admins and tags, and needs no other permission.";

/// Set up the access token and the configuration
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Init {
    /// Look for the workspace in this region; all are tried when left out
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// Use another address of Intercom's API
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// Keep the token in a file that only you can read, or in your desktop's keyring
    #[arg(long, value_name = "PLACE", default_value = "file")]
    store: Store,
    /// Replace the token of another workspace without asking
    #[arg(long, short)]
    yes: bool,
    /// Install syncd as a user service without asking
    #[arg(long)]
    service: bool,
    /// Install no service, and do not ask
    #[arg(long, conflicts_with = "service")]
    no_service: bool,
}

/// Where the token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Store {
    /// ~/.config/syncd/token, or what token_file says
    File,
    /// Through secret-tool, in a desktop's session
    Keyring,
}

/// Where Intercom keeps a workspace's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Region {
    /// United States
    Us,
    /// Europe
    Eu,
    /// Australia
    Au,
}

impl Region {
    /// Returns it as configuration and Intercom name it.
    const fn word(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Au => "au",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Us, Self::Eu, Self::Au].into_iter().find(|region| region.word().eq_ignore_ascii_case(word))
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    workspace: Workspace,
    region: &'static str,
    store: Store,
    token_file: Option<PathBuf>,
    config: PathBuf,
    config_changed: bool,
    /// What was taken from this shell's environment into the configuration.
    kept: Vec<Kept>,
    /// The process that took up the new configuration.
    reloaded: Option<u32>,
    service: Option<service::Installed>,
}

/// Sets up the token and the configuration.
///
/// # Errors
/// When Intercom does not accept the token, nobody agrees to replace another one, or something cannot be written.
pub(crate) async fn run(args: &Init, context: &Context) -> Result<Exit> {
    let mut settings = Settings::read()?;
    let mut kept = environment::keep(&mut settings)?;
    kept.retain(|kept| kept.key != "api_url" || args.api_url.is_none());
    let links = environment::missing_links(&settings, vec![Places::bare()?.config_dir()])?;
    let address = Address::of(args, &settings)?;
    let token_file = settings.token_file().unwrap_or_else(|| settings.folder().join("token"));
    if args.store == Store::Keyring {
        token::keyring_is_there()?;
    }
    let token = token::take(context)?;
    let found = check::find(&token, &address).await?;
    let daemon = running(context).await;
    if !args.yes {
        let held = held_workspace(&token, &token_file, &address, daemon.as_ref()).await?;
        agree(&held, &found.workspace, context)?;
    }
    environment::link(&links, &settings, context)?;
    let config_changed = write(args, &mut settings, &token_file, &token, found.region)?;
    let reloaded = daemon.as_ref().map(|daemon| daemon.pid).filter(|pid| reload(*pid));
    let mut document = Document {
        workspace: found.workspace,
        region: found.region.word(),
        store: args.store,
        token_file: (args.store == Store::File).then_some(token_file),
        config: settings.path().to_owned(),
        config_changed,
        kept,
        reloaded,
        service: None,
    };
    tell(&document, daemon.as_ref(), context)?;
    environment::tell(&document.kept, context);
    service::keep_up(args.store == Store::Keyring, !document.kept.is_empty(), context).await?;
    if wants_service(args, context).await? {
        document.service = Some(service::install(context).await?);
    }
    if context.json {
        context.print_json(&document)?;
    } else {
        next_steps(&document, context)?;
    }
    Ok(Exit::Done)
}

/// A daemon that answers already.
struct Running {
    pid: u32,
    workspace: Option<String>,
}

async fn running(context: &Context) -> Option<Running> {
    let status = Client::find(context.socket.as_deref()).await.ok()?.status().await.ok()?;
    Some(Running { pid: status.daemon.pid, workspace: status.workspace.map(|workspace| workspace.id) })
}

/// Has the daemon read its configuration again.
fn reload(pid: u32) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, Signal::HUP).is_ok())
}

/// What is known of the token that would be replaced.
enum Held {
    /// There is none, or it is the same one.
    Nothing,
    /// It opens this workspace.
    Of(Workspace),
    /// It opens none, and no daemon knows which it opened.
    Unknown,
}

/// Finds out whose token would be replaced.
async fn held_workspace(
    new: &SecretString,
    file: &Path,
    address: &Address,
    daemon: Option<&Running>,
) -> Result<Held> {
    let old = match token::held(file)?.or(token::in_keyring()) {
        Some(old) if old.expose_secret() != new.expose_secret() => old,
        _ => return Ok(Held::Nothing),
    };
    if let Ok(found) = check::find(&old, address).await {
        return Ok(Held::Of(found.workspace));
    }
    let known = daemon.and_then(|daemon| daemon.workspace.clone());
    Ok(known.map_or(Held::Unknown, |id| Held::Of(Workspace { id, name: None })))
}

/// Has somebody agree to the end of another workspace's token.
fn agree(held: &Held, new: &Workspace, context: &Context) -> Result<()> {
    let old = match held {
        Held::Nothing => return Ok(()),
        Held::Of(old) if old.id == new.id => return Ok(()),
        Held::Of(old) => format!("the token of {old}"),
        Held::Unknown => "a token whose workspace is unknown".to_owned(),
    };
    if !somebody_is_there() {
        let message = format!("there is already {old}, and this one opens {new}: nothing was changed");
        return Err(Failure::new(Exit::Usage, message).hint("repeat with --yes to replace it").into());
    }
    if confirm(&format!("Replace {old} by that of {new}?"), context)? {
        return Ok(());
    }
    Err(Failure::new(Exit::Error, "nothing was changed").into())
}

/// Writes token and configuration, and says whether that changed the configuration. Both are on the disk before either
/// takes its place, so what can fail does so before anything has changed.
fn write(
    args: &Init,
    settings: &mut Settings,
    token_file: &Path,
    token: &SecretString,
    region: Region,
) -> Result<bool> {
    files::private_folder(settings.folder())?;
    match args.store {
        Store::File => {
            let place = token_file.to_str().with_context(|| {
                format!("the path {} cannot be named in config.toml: it is not UTF-8", token_file.display())
            })?;
            settings.set("token_file", place);
        }
        // It would go before the keyring.
        Store::Keyring => settings.remove("token_file"),
    }
    // The default is not written, lest it has to be found and changed one day.
    if settings.get("region").unwrap_or(Region::Us.word()) != region.word() {
        settings.set("region", region.word());
    }
    if let Some(url) = &args.api_url {
        settings.set("api_url", url);
    }
    let config = settings.draft()?;
    let changed = config.is_some();
    match args.store {
        Store::File => Draft::private(token_file, token.expose_secret().as_bytes())?.commit()?,
        Store::Keyring => token::into_keyring(token)?,
    }
    if let Some(config) = config {
        config.commit()?;
    }
    // The one that was made here; another's file is another's.
    if args.store == Store::Keyring && token_file == settings.folder().join("token") {
        files::remove(token_file)?;
    }
    Ok(changed)
}

async fn wants_service(args: &Init, context: &Context) -> Result<bool> {
    if args.service || args.no_service || !somebody_is_there() || !service::is_missing().await {
        return Ok(args.service);
    }
    confirm("Install syncd as a user service that starts when you log in?", context)
}

/// Says what was written. It goes to standard error where standard output is the document.
fn tell(document: &Document, daemon: Option<&Running>, context: &Context) -> Result<()> {
    let mut buffer = Buffer::new(if context.json { &context.err } else { &context.out });
    let workspace = format!("{}, region {}", document.workspace, document.region);
    let token = match &document.token_file {
        Some(file) => format!("{} (only you can read it)", file.display()),
        None => "in the keyring".to_owned(),
    };
    let config = document.config.display().to_string();
    let config = if document.config_changed { config } else { format!("{config} (unchanged)") };
    buffer.field("workspace", style::GOOD, &workspace).field("token", style::PLAIN, &token);
    buffer.field("configuration", style::PLAIN, &config);
    if let Some(pid) = document.reloaded {
        buffer.field("daemon", style::PLAIN, &format!("syncd (process {pid}) uses it from now on"));
    }
    if context.json {
        context.note(&buffer);
    } else {
        context.print(&buffer)?;
    }
    let mut notes = Buffer::new(&context.err);
    if std::env::var_os("INTERCOM_ACCESS_TOKEN").is_some_and(|value| !value.is_empty()) {
        let text = "INTERCOM_ACCESS_TOKEN is set here, and takes precedence over the file for a syncd that is started here: \
                    unset INTERCOM_ACCESS_TOKEN";
        notes.put(style::WARN, "warning: ").put(style::PLAIN, text).end();
    }
    let held = daemon.and_then(|daemon| daemon.workspace.as_ref()).filter(|id| **id != document.workspace.id);
    if let Some(id) = held {
        let text = format!("the local copy is of another workspace, {id}: delete it with syncctl reset");
        notes.put(style::WARN, "warning: ").put(style::PLAIN, &text).end();
    }
    context.note(&notes);
    Ok(())
}

fn next_steps(document: &Document, context: &Context) -> Result<()> {
    let mut buffer = Buffer::new(&context.out);
    let mut step = |typed: &str, what: &str| {
        buffer.indent(2).put(style::NOTE, &format!("{typed:25}")).put(style::FAINT, what).end();
    };
    if document.service.is_none() && document.reloaded.is_none() {
        step("syncctl service install", "keep the copy up to date in the background");
    }
    step("syncctl status --watch", "see the first sync");
    step("syncctl mcp install", "give it to your agents");
    context.print(&buffer)
}
