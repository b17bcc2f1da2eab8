//! The server as an agent's program is told of it.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jsonc_parser::cst::CstInputValue;
use proto::local::Places;
use serde::Serialize;

use super::clients::Client;
use super::edit::NAME;
use crate::context::Context;
use crate::programs;

/// The program.
pub(super) const PROGRAM: &str = "syncd-mcp";
/// The variable that leads it to another socket.
pub(super) const SOCKET: &str = "SYNCD_SOCKET";

/// How to start the server.
#[derive(Debug)]
pub(super) struct Server {
    /// The program's whole path: agents' programs start it with a bare search path.
    pub(super) command: String,
    /// The socket, where it is another than the program finds by itself.
    pub(super) socket: Option<String>,
}

/// An entry, as it is printed.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    transport: Option<&'static str>,
    command: &'a str,
    args: [&'static str; 0],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<&'static str, &'a str>,
}

impl Server {
    /// Returns the one that is installed with this program.
    ///
    /// # Errors
    /// When there is none, or its path is no text.
    pub(super) fn installed(context: &Context) -> Result<Self> {
        let text = |path: PathBuf| {
            path.into_os_string()
                .into_string()
                .ok()
                .context("a path that is not UTF-8 cannot be written as JSON")
        };
        let command = text(std::path::absolute(programs::find(PROGRAM)?)?)?;
        let variable = env::var_os(SOCKET).filter(|path| !path.is_empty()).map(PathBuf::from);
        let socket = match context.socket.clone().or(variable) {
            Some(path) => {
                Some(std::path::absolute(path)?).filter(|path| !is_default(path)).map(text).transpose()?
            }
            None => None,
        };
        Ok(Self { command, socket })
    }

    /// Returns the whole configuration of a program that has this server alone.
    pub(super) fn document(&self, client: Client) -> impl Serialize {
        let entry = Entry {
            transport: client.names_transport().then_some("stdio"),
            command: &self.command,
            args: [],
            env: self.socket.iter().map(|socket| (SOCKET, socket.as_str())).collect(),
        };
        BTreeMap::from([(client.key(), BTreeMap::from([(NAME, entry)]))])
    }

    /// Returns the entry to be written into a file.
    pub(super) fn entry(&self, client: Client) -> CstInputValue {
        let mut entry = Vec::new();
        if client.names_transport() {
            entry.push(("type".to_owned(), CstInputValue::from("stdio")));
        }
        entry.push(("command".to_owned(), self.command.clone().into()));
        entry.push(("args".to_owned(), CstInputValue::Array(Vec::new())));
        if let Some(socket) = &self.socket {
            entry.push((
                "env".to_owned(),
                CstInputValue::Object(vec![(SOCKET.to_owned(), socket.clone().into())]),
            ));
        }
        CstInputValue::Object(entry)
    }
}

fn is_default(path: &std::path::Path) -> bool {
    Places::here().is_ok_and(|places| places.default_socket() == path)
}
