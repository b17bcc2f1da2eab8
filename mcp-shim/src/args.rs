//! The command line: what little there is of it.

use std::path::PathBuf;

use lexopt::prelude::*;

const HELP: &str = "\
Serve the local copy of Intercom conversations to an agent, as an MCP server over standard input and output

Usage: syncd-mcp [--socket PATH]

Options:
      --socket PATH  Connect to the syncd that listens on this Unix socket
  -h, --help         Print this help
  -V, --version      Print the version

An agent's host starts this program; where no syncd answers, it starts one.

Examples:
  syncctl mcp install --client claude-code   Tell a client about this program
  claude mcp add intercom -- syncd-mcp       The same by hand
";

/// What to do.
pub(crate) enum Command {
    /// Serve until the input ends.
    Serve {
        /// The socket from the command line.
        socket: Option<PathBuf>,
    },
    /// Print this and leave.
    Print(String),
}

/// Reads the process's arguments.
///
/// # Errors
/// When an option is unknown or lacks its value.
pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut socket = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("socket") => socket = Some(PathBuf::from(parser.value()?)),
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Command::Print(format!("syncd-mcp {}\n", proto::VERSION)));
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve { socket })
}
