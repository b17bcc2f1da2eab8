//! `syncd-mcp`: the MCP server over stdio that an agent's host starts, or over HTTP on this machine.
//!
//! It translates tools, resources and prompts into calls of `syncd` and holds nothing of its own besides the
//! connection. Standard output belongs to the protocol: nothing else may be written there.

#![deny(clippy::print_stdout)]

mod answers;
mod args;
mod arguments;
mod budget;
mod completions;
mod daemon;
mod error;
mod http;
mod input;
mod news;
mod progress;
mod prompts;
mod question;
mod resources;
mod server;
mod skills;
mod text;
mod token;
mod tools;
mod window;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use proto::local::Workspace;
use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use args::Command;

/// How long calls in progress may go on after the input has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let done = match args::parse() {
        Ok(Command::Serve { workspace, socket, http }) => {
            Workspace::choose(workspace.as_ref()).map_err(Into::into).and_then(|()| run(socket, http))
        }
        Ok(Command::Print(text)) => io::stdout().write_all(text.as_bytes()).or_else(closed_pipe_is_success),
        Err(error) => {
            tell(&format!("error: {error}\nhint: syncd-mcp --help"));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Serves one client, from the first message until the input ends; or over HTTP any number, until interrupted.
fn run(socket: Option<PathBuf>, http: Option<SocketAddr>) -> anyhow::Result<()> {
    log_to_stderr();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the asynchronous runtime")?;
    let daemon = Arc::new(daemon::Daemon::new(socket));
    let done = runtime.block_on(async {
        match http {
            None => serve(server::Server::new(daemon)).await,
            Some(address) => http::serve(address, daemon).await,
        }
    });
    // A read of standard input cannot be cancelled where it is no pipe; do not wait for it.
    runtime.shutdown_background();
    done
}

async fn serve(server: server::Server) -> anyhow::Result<()> {
    let (input, output) = rmcp::transport::stdio_pipes();
    let (input, ended) = input::announce_end(input);
    let session = match server.serve((input, output)).await {
        Ok(session) => session,
        // The client only asked what this server is, or thought better of it.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::TransportError { .. }) => {
            return Ok(());
        }
        Err(error) => return Err(error).context("opening the MCP session"),
    };
    let left_behind = async {
        ended.notified().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        quit = session.waiting() => quit.map(drop).context("serving the MCP session"),
        () = left_behind => Ok(()),
    }
}

/// Sends this program's own log to standard error. The MCP library's is left out: it would carry conversations.
fn log_to_stderr() {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false).with_target(false);
    let own = Targets::new().with_target("syncd_mcp", LevelFilter::INFO);
    tracing_subscriber::registry().with(lines.with_filter(own)).init();
}

/// Prints a line on standard error; that it may be closed is no reason to fail.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn closed_pipe_is_success(error: io::Error) -> anyhow::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error).context("writing to standard output")
    }
}
