//! The way to the daemon. Starts nothing: a daemon that is not there is reported with how to start it.

use anyhow::Result;
use proto::client::Client;
use proto::{PROTOCOL, locate};

use crate::context::Context;

/// Connects to the daemon at the socket that flag, environment and configuration name.
pub(crate) async fn connect(context: &Context) -> Result<Client> {
    let socket = locate::socket(context.socket.as_deref())?;
    context.detail(&format!("asking syncd at {}", socket.display()));
    let client = Client::connect(&socket).await?;
    context.detail(&format!("it speaks protocol {PROTOCOL}, as this program does"));
    Ok(client)
}
