//! `open`: a conversation in the browser, where Intercom shows it.

use std::io;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use clap::Args;
use proto::link::conversation_id;
use proto::types::ShowRequest;
use serde_json::json;
use tokio::process::Command;

use crate::connect::connect;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Buffer, is_web_address, style};

/// What opens addresses in the browser that the user prefers.
const OPENER: &str = "xdg-open";

const EXAMPLES: &str = "\
Examples:
  syncctl open 215469810";

/// Open one conversation in the browser
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Open {
    /// Id of the conversation, or a link to it
    #[arg(value_name = "ID_OR_LINK")]
    id: String,
}

/// Opens a conversation, and prints its address.
///
/// # Errors
/// When there is none of this id, it has no address, or no browser is found.
pub(crate) async fn run(args: &Open, context: &Context) -> Result<Exit> {
    let request =
        ShowRequest { id: conversation_id(&args.id).to_owned(), limit: 1, ..ShowRequest::default() };
    let conversation = connect(context).await?.show(&request).await?.conversation;
    let Some(url) = conversation.summary.url.filter(|url| is_web_address(url)) else {
        let message = format!("conversation {} has no address in Intercom", request.id);
        return Err(Failure::new(Exit::Error, message).into());
    };
    if context.json {
        context.print_json(&json!({ "url": url }))?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        buffer.put(style::PLAIN, &url).end();
        context.print(&buffer)?;
    }
    let status = Command::new(OPENER)
        .arg(&url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status.await {
        Ok(status) if status.success() => Ok(Exit::Done),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context(format!("cannot run {OPENER}"))
        }
        Ok(_) | Err(_) => {
            let message = format!("{OPENER} finds no browser to open it with");
            Err(Failure::new(Exit::Error, message).hint("open the address above by hand").into())
        }
    }
}
