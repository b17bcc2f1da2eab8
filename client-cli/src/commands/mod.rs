//! One file a command: its flags, what it asks of the daemon, what it prints.

mod answer;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod fields;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod mcp;
pub(crate) mod open;
pub(crate) mod report;
pub(crate) mod reset;
pub(crate) mod search;
pub(crate) mod service;
pub(crate) mod show;
pub(crate) mod sql;
pub(crate) mod stats;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod tail;
pub(crate) mod topics;

use anyhow::Result;

use crate::args::Command;
use crate::context::Context;
use crate::exit::Exit;

/// Does what was asked.
///
/// # Errors
/// When it cannot be done; [`crate::exit`] knows the code to end with.
pub(crate) async fn run(command: &Command, context: &Context) -> Result<Exit> {
    match command {
        Command::Search(args) => search::run(args, context).await,
        Command::Show(args) => show::run(args, context).await,
        Command::Open(args) => open::run(args, context).await,
        Command::Stats(args) => stats::run(args, context).await,
        Command::Topics(args) => topics::run(args, context).await,
        Command::Sql(args) => sql::run(args, context).await,
        Command::Fields(args) => fields::run(args, context).await,
        Command::Export(args) => export::run(args, context).await,
        Command::Tail(args) => tail::run(args, context).await,
        Command::Report(args) => report::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Sync(args) => sync::run(args, context).await,
        Command::Check(args) => check::run(args, context).await,
        Command::Init(args) => init::run(args, context).await,
        Command::Service(args) => service::run(args, context).await,
        Command::Mcp(args) => mcp::run(args, context),
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Reset(args) => reset::run(args, context).await,
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
    }
}
