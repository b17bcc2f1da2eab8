//! The client programs as whole processes, if they were built.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::times::{Times, time};

/// Returns where a program of the workspace lies beside the daemon.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_syncd")).with_file_name(name);
    path.exists().then_some(path)
}

/// Returns how long runs of a program take from start to end.
pub(crate) fn runs(rounds: usize, program: &Path, arguments: &[&str]) -> Times {
    let run = || {
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    (0..rounds).map(|_| time(run)).collect()
}

/// Returns how long it takes from the start of the MCP server to its answer to its first request.
pub(crate) fn first_answers(rounds: usize, program: &Path, socket: &Path, request: &Value) -> Times {
    (0..rounds).map(|_| first_answer(program, socket, request)).collect()
}

fn first_answer(program: &Path, socket: &Path, request: &Value) -> Duration {
    let started = Instant::now();
    let mut child = Command::new(program)
        .arg("--socket")
        .arg(socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{request}\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let took = started.elapsed();
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert!(answer["result"].is_object(), "{answer}");
    drop(input);
    child.wait().unwrap();
    took
}

/// The request that opens a session.
pub(crate) fn initialize() -> Value {
    let client = json!({"name": "bench", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

/// The request of those who need no session.
pub(crate) fn discover() -> Value {
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}})
}
