//! The command line: what little there is of it.

use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::*;
use proto::local::Workspace;

const HELP: &str = "\
Serve the local copy of Intercom conversations to an agent, as an MCP server over standard input and output

Usage: syncd-mcp [--workspace NAME] [--socket PATH] [--http ADDRESS]

Options:
      --workspace NAME  Serve this workspace instead of the default one
      --socket PATH     Connect to the syncd that listens on this Unix socket
      --http ADDRESS    Serve Streamable HTTP on this address of this machine, such as 127.0.0.1:8808, in place of
                        standard input and output; clients need the token whose file is named when it starts
  -h, --help            Print this help
  -V, --version         Print the version

An agent's host starts this program; where no syncd answers, it starts one.

Examples:
  syncctl mcp install --client claude-code                 Tell a client about this program
  claude mcp add --scope user syncd -- ~/.local/bin/syncd-mcp   The same by hand
  syncd-mcp --http 127.0.0.1:8808                          Serve clients that speak HTTP, until interrupted
";

/// What to do.
pub(crate) enum Command {
    /// Serve until the input ends.
    Serve {
        /// The workspace from the command line.
        workspace: Option<Workspace>,
        /// The socket from the command line.
        socket: Option<PathBuf>,
        /// Where to serve HTTP; `None`: standard input and output.
        http: Option<SocketAddr>,
    },
    /// Print this and leave.
    Print(String),
}

/// Reads the process's arguments.
///
/// # Errors
/// When an option is unknown, lacks its value, or has one that cannot be used.
pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let (mut workspace, mut socket, mut http) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("workspace") => workspace = Some(parser.value()?.parse()?),
            Long("socket") => socket = Some(PathBuf::from(parser.value()?)),
            Long("http") => http = Some(parser.value()?.parse_with(address)?),
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Command::Print(format!("syncd-mcp {}\n", proto::VERSION)));
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve { workspace, socket, http })
}

/// Reads an address that only this machine can reach.
fn address(text: &str) -> Result<SocketAddr, String> {
    let text =
        text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    let address: SocketAddr =
        text.parse().map_err(|_| "it is an address and a port, such as 127.0.0.1:8808".to_owned())?;
    if !address.ip().is_loopback() {
        return Err(
            "other machines could reach it: use 127.0.0.1 or [::1], and a tunnel from elsewhere".to_owned()
        );
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_has_every_option_of_the_help() {
        let page = include_str!("../syncd-mcp.1").replace("\\-", "-");
        let words = HELP.split_whitespace().filter(|word| word.starts_with("--"));
        for option in words.filter(|word| !["--client", "--scope", "--"].contains(word)) {
            assert!(page.contains(&format!("\\fB{option}\\fR")), "{option}");
        }
    }

    #[test]
    fn http_is_served_on_addresses_of_this_machine_only() {
        for here in ["127.0.0.1:8808", "127.1.2.3:0", "[::1]:8808", "localhost:8808"] {
            assert!(address(here).is_ok(), "{here}");
        }
        for elsewhere in ["0.0.0.0:8808", "[::]:8808", "192.0.2.1:8808", "example.com:8808", "8808", ""] {
            assert!(address(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
