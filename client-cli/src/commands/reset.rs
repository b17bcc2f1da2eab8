//! `reset`: deletes the local copy, after asking.

use std::io::{self, IsTerminal as _};

use anyhow::Result;
use clap::Args;
use proto::client::Client;
use serde_json::json;

use crate::ask::confirm;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Buffer, style};

const EXAMPLES: &str = "\
Examples:
  syncctl reset
  syncctl reset --yes";

/// Delete the local copy and start over
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reset {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Deletes the local copy.
///
/// # Errors
/// When nobody said yes, no daemon answers, or it cannot write its database.
pub(crate) async fn run(args: &Reset, context: &Context) -> Result<Exit> {
    if !args.yes && !io::stdin().is_terminal() {
        let message = "deleting the local copy needs your confirmation, and there is no terminal to ask on";
        return Err(Failure::new(Exit::Usage, message).hint("repeat with --yes").into());
    }
    let client = connect(context).await?;
    if !args.yes && !confirmed(&client, context).await? {
        return Err(Failure::new(Exit::Error, "nothing was deleted").into());
    }
    client.reset().await?;
    if context.json {
        context.print_json(&json!({ "reset": true }))?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        buffer.put(style::PLAIN, "the local copy is deleted; syncd fetches it anew from Intercom").end();
        context.print(&buffer)?;
    }
    Ok(Exit::Done)
}

/// Asks, and says what would be lost.
async fn confirmed(client: &Client, context: &Context) -> Result<bool> {
    let status = client.status().await?;
    let count = status.total_conversations;
    confirm(&format!("Delete the local copy of {count} conversations in {}?", status.database.path), context)
}
