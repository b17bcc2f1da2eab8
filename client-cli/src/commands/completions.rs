//! `completions`: the completion script of a shell.

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use crate::args::Cli;
use crate::context::{Context, write_out};
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  syncctl completions bash > ~/.local/share/bash-completion/completions/syncctl
  syncctl completions zsh > ~/.zfunc/_syncctl
  syncctl completions fish > ~/.config/fish/completions/syncctl.fish";

/// Flags of `completions`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// Write the script of this shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(args: &Completions, context: &Context) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "syncctl", &mut script);
    if context.json {
        let script = String::from_utf8_lossy(&script);
        context.print_json(&json!({ "shell": args.shell.to_string(), "script": script }))?;
    } else {
        write_out(&script)?;
    }
    Ok(Exit::Done)
}
