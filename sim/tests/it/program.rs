//! The program around the library.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::client;

/// Starts the program and returns it with the line that it prints when it is ready.
fn start(flags: &[&str]) -> (Child, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_intercom-sim"));
    command.args(["--until-stdin-closes"]).args(flags);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn it_says_where_it_serves_and_stops_with_its_input() {
    let flags = ["--conversations", "10", "--token", "t0", "--index-lag", "2s", "--fault", "503:0"];
    let (mut child, ready) = start(&flags);
    let http = client();
    let url = ready["url"].as_str().unwrap();
    let me =
        http.get(format!("{url}/me")).bearer_auth(ready["token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(me.status(), 200);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_wrong_flag_is_explained() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_intercom-sim"));
    let output = command.args(["--fault", "earthquake"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is no fault"));
}
