//! Finding, starting and losing the daemon.

use std::path::Path;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::support::{Era, Fake, Home, Program, TOKEN, content};

#[tokio::test]
async fn a_restarted_daemon_is_found_again() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    program.call("get_sync_status", json!({})).await;
    drop(daemon);
    let _daemon = Fake::start(&home.socket());
    let result = program.call("get_sync_status", json!({})).await;
    assert_eq!(result["isError"], false, "{result}");
}

#[tokio::test]
async fn without_a_daemon_a_call_says_what_to_do_and_the_program_stays_up() {
    for era in Era::BOTH {
        let home = Home::new();
        let mut program = Program::start_alone(&home).opened(era).await;
        let text = program.failing_call("search_conversations", json!({})).await;
        assert!(text.contains("there is no program syncd beside this one or in PATH"), "{text}");
        assert!(text.contains("syncctl doctor"), "{text}");
        let _daemon = Fake::start(&home.socket());
        let result = program.call("get_sync_status", json!({})).await;
        assert_eq!(result["isError"], false, "{result}");
    }
}

#[tokio::test]
async fn a_daemon_that_is_not_running_is_started_on_the_socket_in_use() {
    let home = Home::new();
    // Whoever starts it waits until it listens.
    home.install(
        "syncd",
        "echo \"$*\" > \"$HOME/started\"; while [ ! -e \"$HOME/listens\" ]; do sleep 0.02; done",
    );
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let id = program.send("tools/call", json!({"name": "get_sync_status"})).await;
    assert_eq!(content(&home.path("started")).await, "--daemonize\n");
    let _daemon = Fake::start(&home.socket());
    std::fs::write(home.path("listens"), "").unwrap();
    let answer = program.response(id).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[tokio::test]
async fn a_daemon_that_does_not_come_up_is_quoted() {
    let home = Home::new();
    home.install("syncd", "echo 'error: no access token' >&2; exit 1");
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let text = program.failing_call("get_sync_status", json!({})).await;
    assert!(
        text.contains("syncd does not start: no access token") && text.contains("syncctl doctor"),
        "{text}"
    );
}

/// Installs a service manager that has a socket unit which listens there, and notes what it starts.
fn install_unit(home: &Home, socket: &Path) {
    let script = format!(
        "case \"$2\" in\nstart) echo \"$*\" > \"$HOME/started\" ;;\n*) printf 'LoadState=loaded\\nListen={} (Stream)\\n' ;;\nesac",
        socket.display()
    );
    home.install("systemctl", &script);
}

#[tokio::test]
async fn a_unit_that_listens_elsewhere_is_left_alone() {
    let home = Home::new();
    home.install("syncd", "echo right > \"$HOME/right\"");
    install_unit(&home, &home.path("elsewhere.sock"));
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    program.send("tools/call", json!({"name": "get_sync_status"})).await;
    assert_eq!(content(&home.path("right")).await, "right\n");
    assert!(!home.path("started").exists());
}

#[tokio::test]
async fn an_installed_socket_unit_is_started_rather_than_the_program() {
    let home = Home::new();
    home.install("syncd", "echo wrong > \"$HOME/wrong\"");
    install_unit(&home, &home.socket());
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let id = program.send("tools/call", json!({"name": "get_sync_status"})).await;
    assert_eq!(content(&home.path("started")).await, "--user start syncd.socket\n");
    let _daemon = Fake::start(&home.socket());
    let answer = program.response(id).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert!(!home.path("wrong").exists());
}

#[tokio::test]
async fn the_token_is_handed_to_the_daemon_and_to_no_other_program() {
    let home = Home::new();
    home.install("systemctl", "echo \"[$INTERCOM_ACCESS_TOKEN]\" > \"$HOME/asked\"; exit 1");
    home.install("syncd", "echo \"[$INTERCOM_ACCESS_TOKEN]\" > \"$HOME/started\"");
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    program.send("tools/call", json!({"name": "get_sync_status"})).await;
    assert_eq!(content(&home.path("started")).await, format!("[{TOKEN}]\n"));
    assert_eq!(content(&home.path("asked")).await, "[]\n");
}

/// Has a daemon of an earlier version listen, which nobody can stop.
fn older_daemon(home: &Home) {
    let listener = UnixListener::bind(home.socket()).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Whoever only looks whether somebody listens says nothing.
            if stream.read_exact(&mut [0; 7]).await.is_ok() {
                let _ = stream.write_all(b"sYnC\x00\x00\x050.0.0").await;
            }
        }
    });
}

#[tokio::test]
async fn a_daemon_of_another_protocol_is_named_with_what_to_restart() {
    let home = Home::new();
    older_daemon(&home);
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let text = program.failing_call("get_sync_status", json!({})).await;
    assert!(text.contains("syncd 0.0.0 is running") && text.contains("syncctl service restart"), "{text}");
}

#[tokio::test]
async fn of_programs_that_find_an_older_daemon_one_replaces_it() {
    let home = Home::new();
    older_daemon(&home);
    // It takes its time, as one that brings a large database up to date.
    home.install("syncd", "echo x >> \"$HOME/started\"; while [ ! -e \"$HOME/done\" ]; do sleep 0.02; done");
    let mut first = Program::start_alone(&home).opened(Era::Handshake).await;
    let first_id = first.send("tools/call", json!({"name": "get_sync_status"})).await;
    assert_eq!(content(&home.path("started")).await, "x\n");
    let mut second = Program::start_alone(&home).opened(Era::Handshake).await;
    let second_id = second.send("tools/call", json!({"name": "get_sync_status"})).await;
    std::fs::remove_file(home.socket()).unwrap();
    let _daemon = Fake::start(&home.socket());
    let answer = second.response(second_id).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    std::fs::write(home.path("done"), "").unwrap();
    let answer = first.response(first_id).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(content(&home.path("started")).await, "x\n");
}
