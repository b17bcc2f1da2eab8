//! Our server, as agents' programs are told of it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proto::local::{self, Places, Workspace};

use super::entry::SPAWN;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::programs;

/// The program.
pub(super) const PROGRAM: &str = "syncd-mcp";
/// The variable that leads it to another socket.
pub(super) const SOCKET: &str = "SYNCD_SOCKET";

/// How the server is reached.
#[derive(Clone, Debug)]
pub(super) enum Server {
    /// By starting it.
    Program {
        /// Its whole path: agents' programs start it with a bare search path.
        command: String,
        /// What it is given.
        args: Vec<String>,
        /// The socket, where it is another than the program finds by itself.
        socket: Option<String>,
    },
    /// Over HTTP, where it has been started already.
    Http {
        /// Its address.
        url: String,
        /// What clients have to show.
        token: String,
    },
}

impl Server {
    /// Returns the one that is installed with this program.
    ///
    /// # Errors
    /// When there is none, or its path is no text.
    pub(super) fn installed(context: &Context) -> Result<Self> {
        let command = text(std::path::absolute(programs::find(PROGRAM)?)?)?;
        let variable = local::setting(SOCKET).map(PathBuf::from);
        let socket = match context.socket.clone().or(variable) {
            Some(path) => {
                Some(std::path::absolute(path)?).filter(|path| !is_default(path)).map(text).transpose()?
            }
            None => None,
        };
        let args = Workspace::chosen().name().map(|name| format!("--workspace={name}"));
        Ok(Self::Program { command, args: args.into_iter().collect(), socket })
    }

    /// Returns the one that serves HTTP on this address.
    ///
    /// # Errors
    /// When it has not been started yet: then there is no token.
    pub(super) fn over_http(address: SocketAddr) -> Result<Self> {
        let file = Places::here()?.http_token();
        let found = fs::read_to_string(&file).map_err(|error| {
            let message = format!("cannot read the token of clients over HTTP, {}: {error}", file.display());
            Failure::new(Exit::Error, message)
                .hint(format!("start the server first: syncd-mcp --http {address}"))
        })?;
        Ok(Self::Http { url: format!("http://{address}/mcp"), token: found.trim().to_owned() })
    }

    /// Returns it as a program reaches it that is in a sandbox of Flatpak's. Variables do not get out of there by themselves.
    pub(super) fn spawned_outside(&self) -> Self {
        match self {
            Self::Program { command, args, socket } => {
                let socket = socket.iter().map(|socket| format!("--env={SOCKET}={socket}"));
                let words = ["--host".to_owned()].into_iter().chain(socket).chain([command.clone()]);
                let args = words.chain(args.iter().cloned()).collect();
                Self::Program { command: SPAWN.to_owned(), args, socket: None }
            }
            Self::Http { .. } => self.clone(),
        }
    }
}

/// Reads an address of this machine, as `syncd-mcp --http` takes it.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let text =
        text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    let address: SocketAddr =
        text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8808".to_owned())?;
    let is_here = address.ip().is_loopback() && address.port() != 0;
    is_here
        .then_some(address)
        .ok_or_else(|| "expected an address of this machine, 127.0.0.1 or [::1]".to_owned())
}

fn text(path: PathBuf) -> Result<String> {
    path.into_os_string()
        .into_string()
        .ok()
        .context("a path that is not UTF-8 cannot be written into such files")
}

fn is_default(path: &Path) -> bool {
    Places::bare().and_then(|places| places.socket()).is_ok_and(|socket| socket == path)
}
