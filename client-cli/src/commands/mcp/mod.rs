//! `mcp`: tells agents' programs where `syncd-mcp` is, in the files that they read.

mod apply;
mod bundle;
mod clients;
mod difference;
mod edit;
mod server;

use anyhow::Result;
use clap::{Args, Subcommand};

use self::apply::Action;
pub(crate) use self::clients::Client;
pub(crate) use self::edit::server_command;
use self::server::Server;
use crate::context::{Context, write_out};
use crate::exit::{Exit, Failure};
use crate::render::clean_json;

const EXAMPLES: &str = "\
Examples:
  syncctl mcp install
  syncctl mcp install --client claude-desktop --dry-run
  syncctl mcp config --client vscode
  syncctl mcp uninstall
  syncctl mcp bundle -o syncd.mcpb";

/// Flags of `mcp`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Mcp {
    #[command(subcommand)]
    action: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add syncd-mcp to the configuration of the agents' programs
    Install(Change),
    /// Take it out again
    Uninstall(Change),
    /// Print the configuration, for a program that is not known here
    Config {
        /// Print it in the form of this program's
        #[arg(long, value_name = "CLIENT")]
        client: Option<Client>,
    },
    /// Write a bundle that desktop programs install by a double click
    Bundle(bundle::Bundle),
}

/// Flags of what changes files.
#[derive(Args, Debug)]
struct Change {
    /// Change this program's file; may be given several times [default: all that are found]
    #[arg(long, value_name = "CLIENT")]
    client: Vec<Client>,
    /// Change the server of this name alone [default: whichever is syncd-mcp, else intercom]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Does what was asked.
///
/// # Errors
/// When there is no `syncd-mcp`, or no program whose file could be changed.
pub(crate) async fn run(args: &Mcp, context: &Context) -> Result<Exit> {
    match &args.action {
        Command::Install(change) => {
            let server = Server::installed(context)?;
            let clients = if change.client.is_empty() { found() } else { change.client.clone() };
            if clients.is_empty() {
                let message = "none of the agents' programs that are known here was found";
                let hint =
                    "name one: syncctl mcp install --client cursor; or see what to write: syncctl mcp config";
                return Err(Failure::new(Exit::Error, message).hint(hint).into());
            }
            apply::run(&clients, &Action::Add(change.name.as_deref(), &server), change.dry_run, context)
        }
        Command::Uninstall(change) => {
            let clients = if change.client.is_empty() { found() } else { change.client.clone() };
            apply::run(&clients, &Action::Remove(change.name.as_deref()), change.dry_run, context)
        }
        Command::Bundle(args) => bundle::run(args, context).await,
        Command::Config { client } => config(client.unwrap_or(Client::ClaudeDesktop), context),
    }
}

/// Returns the programs that are on this machine.
fn found() -> Vec<Client> {
    Client::ALL.into_iter().filter(|client| client.is_found()).collect()
}

fn config(client: Client, context: &Context) -> Result<Exit> {
    let server = Server::installed(context)?;
    let document = server.document(client);
    if context.json {
        context.print_json(&document)?;
    } else {
        write_out(format!("{}\n", clean_json(serde_json::to_string_pretty(&document)?)).as_bytes())?;
    }
    Ok(Exit::Done)
}
