//! `mcp bundle`: programs and manifest in one `.mcpb` file, which desktop programs install by a double click.

mod archive;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

use self::archive::Archive;
use self::tools::Tool;
use super::server::{PROGRAM, SOCKET};
use crate::context::Context;
use crate::exit::Exit;
use crate::files::Draft;
use crate::programs;
use crate::render::{Sheet, style};

/// Mode of the bundle.
const MODE: u32 = 0o644;

/// Flags of `mcp bundle`.
#[derive(Args, Debug)]
pub(super) struct Bundle {
    /// Write this file [default: syncd-VERSION-SYSTEM-PROCESSOR.mcpb here]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the bundle.
///
/// # Errors
/// When a program is missing or does not say what it offers, or the file cannot be written.
pub(super) async fn run(args: &Bundle, context: &Context) -> Result<Exit> {
    let (server, daemon) = (programs::find(PROGRAM)?, programs::find("syncd")?);
    let tools = tools::ask(&server).await?;
    let manifest = serde_json::to_vec_pretty(&manifest(&tools))?;
    let mut archive = Archive::default();
    archive.add("manifest.json", &manifest, false)?;
    // The server starts the daemon that lies beside it where none answers.
    for (name, program) in [(PROGRAM, &server), ("syncd", &daemon)] {
        let content = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
        archive.add(&format!("server/{name}"), &content, true)?;
    }
    let bytes = archive.finish()?;
    let output = args.output.clone().unwrap_or_else(default_name);
    Draft::keeping_mode(&output, &bytes, MODE)?.commit()?;
    if context.json {
        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
        context.print_json(&json!({ "file": output, "bytes": bytes.len(), "tools": names }))?;
    } else {
        let mut sheet = Sheet::new(&context.out);
        let size = bytes.len() >> 20;
        let text = format!(
            "wrote {} ({size} MiB, {} tools): open it with Claude Desktop",
            output.display(),
            tools.len()
        );
        sheet.put(style::PLAIN, &text).end();
        context.print(&sheet)?;
    }
    Ok(Exit::Done)
}

fn default_name() -> PathBuf {
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    Path::new(&format!("syncd-{}-{system}-{processor}.mcpb", env!("CARGO_PKG_VERSION"))).to_owned()
}

/// Returns what the host is told, by version 0.3 of its specification.
fn manifest(tools: &[Tool]) -> Value {
    // A setting that is left empty has to reach the program as an empty variable, which counts as none.
    let setting = |title: &str, description: &str, sensitive: bool| {
        json!({
            "type": "string", "title": title, "description": description,
            "required": false, "default": "", "sensitive": sensitive,
        })
    };
    json!({
        "manifest_version": "0.3",
        "name": "syncd",
        "display_name": "Intercom conversations",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "A truthful local copy of your Intercom workspace's conversations",
        "long_description": "Searches, reads and counts customer conversations in a copy on this machine that a daemon \
                             keeps current. Every answer says how fresh and how complete it is. Nothing is written to \
                             Intercom.",
        "author": { "name": "The syncd maintainers" },
        "license": env!("CARGO_PKG_LICENSE"),
        "keywords": ["intercom", "support", "conversations", "search"],
        "server": {
            "type": "binary",
            "entry_point": format!("server/{PROGRAM}"),
            "mcp_config": {
                "command": format!("${{__dirname}}/server/{PROGRAM}"),
                "args": [],
                "env": {
                    "INTERCOM_ACCESS_TOKEN": "${user_config.access_token}",
                    "SYNCD_REGION": "${user_config.region}",
                    SOCKET: "${user_config.socket}",
                },
            },
        },
        "tools": tools,
        "user_config": {
            "access_token": setting(
                "Access token",
                "Of an app of your workspace in Intercom's Developer Hub; it has to read conversations, contacts, \
                 admins and tags. Leave it empty where `syncctl init` was run",
                true,
            ),
            "region": setting("Region", "us, eu or au; empty for us, or for what syncctl init found out", false),
            "socket": setting("Socket", "Of a syncd that listens elsewhere; usually empty", false),
        },
        "compatibility": { "platforms": [platform()] },
    })
}

/// Returns this system's name in the specification.
const fn platform() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { "linux" }
}
