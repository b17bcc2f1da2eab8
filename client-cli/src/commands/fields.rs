//! `fields`: what this workspace's conversations have that can be asked for.

use anyhow::Result;
use clap::Args;
use proto::types::FieldsRequest;

use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Buffer, fields};

const EXAMPLES: &str = "\
Examples:
  syncctl fields
  syncctl fields --values 20
  syncctl fields --json | jq -r '.fields[].name'
  syncctl search 'channel:email rating:1..2'
  syncctl stats --by attr.Plan";

/// List the fields that conversations have, with their values
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FieldsArgs {
    /// Show at most this many values of each, the most frequent ones
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=100))]
    values: u32,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Lists the fields.
///
/// # Errors
/// When no daemon answers.
pub(crate) async fn run(args: &FieldsArgs, context: &Context) -> Result<Exit> {
    let reply = connect(context).await?.fields(&FieldsRequest { values: args.values }).await?;
    if context.json {
        context.print_json(&reply)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        fields(&mut buffer, &reply);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}
