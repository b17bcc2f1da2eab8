//! `show`: one conversation, whole.

use anyhow::Result;
use clap::Args;
use proto::link::conversation_id;
use proto::{Interval, view};
use serde::Serialize;

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

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    reply: view::ShowReply,
    /// What the verdict is about.
    window: view::Span,
}

/// Shows a conversation.
///
/// # Errors
/// When there is none of this id, no daemon answers, or Intercom cannot be asked though it should be.
pub(crate) async fn run(args: &Show, context: &Context) -> Result<Exit> {
    let reply = connect(context).await?.show_whole(conversation_id(&args.id), args.refresh).await?;
    let mut notes = Buffer::new(&context.err);
    // What happened since its last change may concern it.
    let (since, now) = (reply.conversation.summary.updated_at, context.err.now);
    let window = Interval { start: since.min(now), end: now };
    warning(&mut notes, &reply.sync_info, window);
    context.note(&notes);
    if context.json {
        context.print_json(&Document { reply: view::ShowReply::from(&reply), window: window.into() })?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        conversation(&mut buffer, &reply.conversation);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}
