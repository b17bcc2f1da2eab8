//! Opening and closing a session, in every revision of the protocol.

use std::process::Command;

use serde_json::json;

use crate::support::{Era, Home, Program};

#[tokio::test]
async fn every_revision_with_a_handshake_is_agreed_to() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let home = Home::new();
        let mut program = Program::start(&home);
        let answer = program.initialize(version).await;
        assert_eq!(answer["result"]["protocolVersion"], version);
        assert_eq!(answer["result"]["serverInfo"]["name"], "syncd-mcp");
        assert!(answer["result"]["instructions"].as_str().unwrap().contains("sync_info"));
        assert_eq!(
            program.request("tools/list", json!({})).await["result"]["tools"].as_array().unwrap().len(),
            8
        );
    }
}

#[tokio::test]
async fn a_revision_that_is_unknown_or_has_no_handshake_is_answered_with_the_newest_that_has_one() {
    for version in ["2026-07-28", "2099-01-01", "1999-01-01", ""] {
        let home = Home::new();
        let answer = Program::start(&home).initialize(version).await;
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{version}");
    }
}

#[tokio::test]
async fn the_newest_revision_is_spoken_without_a_handshake_and_others_are_refused_by_name() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Stateless).await;
    let answer = program.request("tools/list", json!({})).await;
    assert_eq!(answer["result"]["resultType"], "complete");
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2099-01-01",
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    let mut other = Program::open(&home, Era::Handshake).await;
    let answer = other.request("tools/list", json!({"_meta": meta})).await;
    assert_eq!(answer["error"]["code"], -32022, "{answer}");
}

#[tokio::test]
async fn discovery_names_every_revision_and_needs_no_session() {
    let home = Home::new();
    let mut program = Program::start(&home);
    let answer = program.request("server/discover", json!({})).await;
    let versions = answer["result"]["supportedVersions"].as_array().unwrap();
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        assert!(versions.contains(&json!(version)), "{versions:?}");
    }
    assert!(program.close().await.success());
}

#[tokio::test]
async fn the_end_of_the_input_is_success_whenever_it_comes() {
    let home = Home::new();
    assert!(Program::start(&home).close().await.success());
    for era in Era::BOTH {
        let mut program = Program::open(&home, era).await;
        program.request("tools/list", json!({})).await;
        assert!(program.close().await.success(), "{era:?}");
    }
}

#[test]
fn the_command_line_has_a_version_help_and_an_exit_code_for_wrong_usage() {
    let run = |argument: &str| Command::new(env!("CARGO_BIN_EXE_syncd-mcp")).arg(argument).output().unwrap();
    let version = String::from_utf8(run("--version").stdout).unwrap();
    assert_eq!(version, format!("syncd-mcp {}\n", env!("CARGO_PKG_VERSION")));
    assert!(
        String::from_utf8(run("--help").stdout)
            .unwrap()
            .contains("Usage: syncd-mcp [--workspace NAME] [--socket PATH] [--http ADDRESS]")
    );
    for wrong in ["--sockets", "here", "--socket"] {
        let output = run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(output.stdout.is_empty() && output.stderr.starts_with(b"error: "), "{wrong}");
    }
}
