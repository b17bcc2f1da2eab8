//! `service`: syncd as a service of the user's systemd; where there is none, as a program in the background.

mod background;
mod control;
mod install;
mod manager;
mod shown;
mod status;
mod units;

use anyhow::Result;
use clap::{Args, Subcommand};
use proto::local::systemd::Units;

pub(crate) use self::install::{Installed, install, keep_up, lingers};

use crate::context::Context;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  syncctl service install
  syncctl service status
  syncctl service stop";

/// Install, start and stop syncd as a service
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Service {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Install syncd as a systemd user service, and start it now and at each login
    Install,
    /// Stop the service and remove its units; data and configuration stay
    Uninstall,
    /// Start syncd
    Start,
    /// Stop syncd
    Stop,
    /// Stop syncd and start the installed one, such as after an upgrade
    Restart {
        /// Do nothing where it does not run
        #[arg(long)]
        if_running: bool,
    },
    /// Show what systemd and the daemon say
    Status,
}

/// Does it, and says what was done.
///
/// # Errors
/// When systemd or the daemon do not do as they are told.
pub(crate) async fn run(args: &Service, context: &Context) -> Result<Exit> {
    match args.action {
        Action::Install => {
            let installed = install(context).await?;
            if context.json {
                context.print_json(&installed)?;
            }
            Ok(Exit::Done)
        }
        Action::Uninstall => install::uninstall(context).await,
        Action::Start => control::start(context).await,
        Action::Stop => control::stop(context).await,
        Action::Restart { if_running } => control::restart(if_running, context).await,
        Action::Status => status::run(context).await,
    }
}

/// Says whether there is a systemd that has no service of ours yet.
pub(crate) async fn is_missing() -> bool {
    Units::look_if_there().await.is_some_and(|units| !units.service.is_loaded())
}
