//! The way to the daemon. Starts nothing: a daemon that is not there is reported with how to start it.

use anyhow::Result;
use proto::client::Client;
use proto::locate;

use crate::context::Context;

/// Connects to the daemon at the socket that flag, environment and configuration name.
pub(crate) async fn connect(context: &Context) -> Result<Client> {
    Ok(Client::connect(&locate::socket(context.socket.as_deref())?).await?)
}
