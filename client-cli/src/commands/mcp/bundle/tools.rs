//! What the server offers, in its own words: asked of the program itself, so that a bundle never lists what it lacks.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

use crate::exit::{Exit, Failure};

/// How long the program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The version of the protocol that is spoken here.
const PROTOCOL: &str = "2025-06-18";
/// The number of the question.
const QUESTION: u64 = 2;

/// A tool, as a manifest lists it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Tool {
    pub(super) name: String,
    description: Option<String>,
}

/// Asks the program.
///
/// # Errors
/// When it does not answer, or not with a list of tools.
pub(super) async fn ask(program: &Path) -> Result<Vec<Tool>> {
    let failed = || format!("cannot ask {} what it offers", program.display());
    let asked = tokio::time::timeout(PATIENCE, converse(program)).await.with_context(failed)?;
    asked.with_context(failed)
}

async fn converse(program: &Path) -> Result<Vec<Tool>> {
    let mut child = Command::new(program)
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let client = json!({ "name": "syncctl", "version": env!("CARGO_PKG_VERSION") });
    let greeting = json!({ "protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client });
    let questions = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": QUESTION, "method": "tools/list" }),
    ];
    let mut input = child.stdin.take().context("it has no standard input")?;
    for question in questions {
        // One that has ended gives no answer either, which is told below.
        let _ = input.write_all(format!("{question}\n").as_bytes()).await;
    }
    let mut lines = BufReader::new(child.stdout.take().context("it has no standard output")?).lines();
    while let Some(line) = lines.next_line().await? {
        let mut answer: Value = serde_json::from_str(&line)?;
        if answer["id"] == json!(QUESTION) {
            return Ok(serde_json::from_value(answer["result"]["tools"].take())?);
        }
    }
    Err(Failure::new(Exit::Error, "it ended without an answer").into())
}
