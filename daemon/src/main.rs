//! The program `syncd`: arguments, logging, configuration; then the library.
//!
//! `main` is not async, since `--daemonize` has to fork before the first thread exists.

mod background;
mod check_token;
mod logging;
mod seal;
mod takeover;
mod threads;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser};
use proto::local::Workspace;
use syncd::clock::WallClock;
use syncd::config::{Config, Overrides};
use syncd::intercom::stored_conversation;
use syncd::signals::Signal;
use syncd::signals::Signals;
use syncd::store::{Error, Held, Store};
use syncd::{Listener, Listening};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// glibc keeps what a sync needed for as long as the process lives; this gives it back.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Keep a truthful local copy of an Intercom workspace's conversations, and answer from it
///
/// Runs in the foreground and logs to stderr. SIGTERM and SIGINT stop it cleanly, SIGHUP makes it read its configuration
/// again, SIGUSR1 makes it look for changes now.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  syncd                            Run in the foreground
  syncd --daemonize                Run in the background, without systemd
  syncd --once                     Sync what is due and exit, for cron
  systemctl --user start syncd     Run as a service"
)]
struct Arguments {
    /// Read this configuration file instead of $XDG_CONFIG_HOME/syncd/config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve this workspace instead of the default one
    #[arg(long, value_name = "NAME")]
    workspace: Option<Workspace>,
    /// Listen on this socket
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Keep the database in this folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Log what passes this filter, such as debug or syncd=trace
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Detach from the terminal; log and process id go to files in the state folder
    #[arg(long, conflicts_with = "once")]
    daemonize: bool,
    /// Sync what is due and exit
    #[arg(long)]
    once: bool,
    /// Read an access token from standard input, say as JSON what Intercom makes of it, and exit
    #[arg(long, hide = true, conflicts_with_all = ["daemonize", "once"])]
    check_token: bool,
    /// Read the configuration, say what is wrong in it, and exit
    #[arg(long, hide = true, conflicts_with_all = ["daemonize", "once", "check_token"])]
    check_config: bool,
    /// Write the man pages below this folder, and exit
    #[arg(long, hide = true, value_name = "DIR", conflicts_with_all = ["daemonize", "once", "check_token", "check_config"])]
    man: Option<PathBuf>,
}

fn main() -> ExitCode {
    let unsealed = seal::seal();
    let arguments = Arguments::parse();
    let mut start = background::Start::default();
    match run(&arguments, &unsealed, &mut start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            start.failed(&logging::escape(&format!("error: {}", proto::in_one_line(error.as_ref()))));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, unsealed: &[String], start: &mut background::Start) -> anyhow::Result<()> {
    if let Some(folder) = &arguments.man {
        return write_man(folder).with_context(|| format!("writing man pages below {}", folder.display()));
    }
    Workspace::choose(arguments.workspace.as_ref())?;
    let flags = Overrides {
        // In the background the working folder is another one, and the file is read again on SIGHUP.
        file: arguments.config.as_deref().map(std::path::absolute).transpose().context("reading --config")?,
        socket: arguments.socket.clone(),
        data_dir: arguments.data_dir.clone(),
        log: arguments.log.clone(),
    };
    if arguments.check_token {
        return check_token::run(&flags);
    }
    let config = Config::load(&flags)?;
    if arguments.check_config {
        return Ok(config.route.check()?);
    }
    if arguments.daemonize {
        // Said here, in words; else it would be the process id file that is taken.
        Held::check(&config.data_dir)?;
        match background::detach()? {
            background::Side::Parent => return Ok(()),
            background::Side::Child(child) => *start = child,
        }
    }
    logging::start(&config.log)?;
    for step in unsealed {
        tracing::warn!("other programs of this user may be able to read the access token: {step}");
    }
    let (runtime, background) = (threads::start("answers"), threads::start("sync"));
    let (runtime, background) =
        (runtime.context("starting the threads")?, background.context("starting the threads")?);
    let result = runtime.block_on(async {
        let mut signals = Signals::catch().context("catching signals")?;
        if arguments.once {
            return once(config, &mut signals, background.handle()).await;
        }
        let held = takeover::hold(&config.data_dir)?;
        let listener = match Listener::inherited()? {
            Some(listener) => listener,
            None => Listener::bind(&config.socket)?,
        };
        tracing::info!(version = env!("CARGO_PKG_VERSION"), socket = %listener.path().display(), "syncd starts");
        held.announce(listener.path());
        let listening = Listening::begin(listener)?;
        let Some(store) = open(held, &listening, &mut signals, start).await? else { return Ok(()) };
        let mut daemon = listening.answer(config, store, WallClock::system(), background.handle());
        start.succeeded();
        daemon.obey(&mut signals, &flags).await;
        tracing::info!("syncd stops");
        daemon.stop().await;
        Ok(())
    });
    // What still blocks a thread, such as a name look-up, must not hold up the end.
    background.shutdown_background();
    runtime.shutdown_background();
    result
}

/// Writes the man pages of this program and of its configuration.
fn write_man(folder: &Path) -> std::io::Result<()> {
    let (commands, files) = (folder.join("man1"), folder.join("man5"));
    std::fs::create_dir_all(&commands)?;
    std::fs::create_dir_all(&files)?;
    clap_mangen::generate_to(Arguments::command().name("syncd"), commands)?;
    std::fs::write(files.join("syncd.toml.5"), syncd::config::man_page())
}

/// Syncs what is due; where a daemon runs, has that one do it.
async fn once(config: Config, signals: &mut Signals, background: &Handle) -> anyhow::Result<()> {
    let held = match Held::take(&config.data_dir) {
        Err(Error::InUse { holder, path }) => {
            return match &holder.running {
                Some(running) => takeover::have_synced(&running.socket).await,
                None => Err(Error::InUse { holder, path }.into()),
            };
        }
        held => held?,
    };
    let store = Store::open_held(held, &stored_conversation, |_, _| ())?;
    syncd::sync_once(config, store, signals, background).await
}

/// Opens the database while whoever asks hears how far that is; returns none where a signal asks to stop meanwhile.
async fn open(
    held: Held,
    listening: &Listening,
    signals: &mut Signals,
    start: &mut background::Start,
) -> anyhow::Result<Option<Store>> {
    let (progress, mut changes) = watch::channel((0, 0));
    let mut opening = tokio::task::spawn_blocking(move || {
        Store::open_held(held, &stored_conversation, |done, total| {
            progress.send_replace((done, total));
        })
    });
    loop {
        tokio::select! {
            store = &mut opening => return Ok(Some(store.context("opening the database")??)),
            // What is not committed is as if it had not been begun.
            signal = signals.next() => if signal == Signal::Stop { return Ok(None) },
            Ok(()) = changes.changed() => {
                let (done, total) = *changes.borrow_and_update();
                listening.updating(done, total);
                // It may take minutes, and whoever started this daemon can ask how far it is.
                start.succeeded();
            }
        }
    }
}
