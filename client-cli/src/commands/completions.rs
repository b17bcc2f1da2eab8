//! `completions`: the completion script of a shell.

use anyhow::{Context as _, Result};
use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;
use serde_json::json;

use crate::context::{Context, write_out};
use crate::exit::Exit;

/// Under which name the program is asked.
const PROGRAM: &str = "syncctl";
/// What tells it that a shell asks.
pub(crate) const VARIABLE: &str = "COMPLETE";

const EXAMPLES: &str = "\
Examples:
  syncctl completions bash > ~/.local/share/bash-completion/completions/syncctl
  syncctl completions zsh > ~/.zfunc/_syncctl
  syncctl completions fish > ~/.config/fish/completions/syncctl.fish

The script asks syncctl what could come next, so it knows the flags of the version that is installed, and the tags, \
teammates and customers of the local copy while the daemon runs. Write it again after an upgrade.";

/// Print a shell's completion script
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// Write the script for this shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(args: &Completions, context: &Context) -> Result<Exit> {
    let name = args.shell.to_string();
    let shells = Shells::builtins();
    let shell = shells.completer(&name).with_context(|| format!("cannot complete for {name}"))?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    if context.json {
        let script = String::from_utf8_lossy(&script);
        context.print_json(&json!({ "shell": name, "script": script }))?;
    } else {
        write_out(&script)?;
    }
    Ok(Exit::Done)
}
