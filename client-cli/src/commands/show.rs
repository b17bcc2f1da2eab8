//! `show`: one conversation, whole.

use anyhow::Result;
use clap::Args;
use proto::link::conversation_id;

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Buffer, conversation, warning};

const EXAMPLES: &str = "\
Examples:
  syncctl show 215469810
  syncctl show 215469810 --refresh
  syncctl show https://app.intercom.com/a/inbox/xyz/inbox/conversation/215469810
  syncctl show 215469810 --json | jq -r '.conversation.messages[].body'";

/// Show one conversation, whole
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// Id of the conversation, or a link to it
    #[arg(value_name = "ID_OR_LINK")]
    id: String,
    /// Fetch it anew from Intercom first
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Shows a conversation.
///
/// # Errors
/// When there is none of this id, no daemon answers, or Intercom cannot be asked though it should be.
pub(crate) async fn run(args: &Show, context: &Context) -> Result<Exit> {
    let reply = connect(context).await?.show_whole(conversation_id(&args.id), args.refresh).await?;
    let mut notes = Buffer::new(&context.err);
    warning(&mut notes, &reply.sync_info, reply.window);
    context.note(&notes);
    if context.json {
        context.print_json(&reply)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        conversation(&mut buffer, &reply.conversation);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}
