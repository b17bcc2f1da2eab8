//! `man`: writes the man pages, for whoever packages the programs.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _};
use serde_json::json;

use crate::args::Cli;
use crate::context::Context;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  syncctl man ~/.local/share/man/man1";

/// Write the man pages
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// Write the pages into this folder
    folder: PathBuf,
}

/// Writes a page for the program and one for each command.
///
/// # Errors
/// When the folder cannot be made or written.
pub(crate) fn run(args: &Man, context: &Context) -> Result<Exit> {
    let failed = || format!("cannot write man pages to {}", args.folder.display());
    std::fs::create_dir_all(&args.folder).with_context(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).with_context(failed)?;
    if context.json {
        context.print_json(&json!({ "folder": args.folder }))?;
    }
    Ok(Exit::Done)
}
