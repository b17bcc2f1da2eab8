//! What `syncd` says without becoming a daemon: what Intercom makes of a token that comes on standard input, and what is
//! wrong in the configuration.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use proto::setup::{CHECK_CONFIG, CHECK_TOKEN, TokenCheck};
use sim::{Fault, FaultKind, Options, Sim, Target};

use crate::support::workspace;

const TOKEN: &str = "dG9rOm1hZGUtdXAtYW5kLWRpc3RpbmN0";

/// Runs the check of what is typed, in a home that must be empty afterwards too.
fn check(api: &str, typed: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_syncd"))
        .arg(CHECK_TOKEN)
        .env_clear()
        .env("HOME", home.path())
        .env("SYNCD_API_URL", api)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let made: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
    output
}

fn answer(output: &Output) -> TokenCheck {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_tried_with_one_call_and_the_workspace_that_it_opens_is_told() {
    let options = Options { token: TOKEN.to_owned(), region: "EU".to_owned(), ..workspace(3) };
    let sim = Sim::start(options).await.unwrap();
    let output = check(&sim.url(), &format!(" {TOKEN}\r\n"));
    assert!(output.status.success(), "{output:?}");
    let (id, name) = ("sim12345".to_owned(), Some("Example Workspace".to_owned()));
    assert_eq!(answer(&output), TokenCheck::Accepted { id, name, region: Some("eu".to_owned()) });
    assert_eq!(sim.requests().total, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_intercom_refuses_is_told_with_its_words_and_without_the_token() {
    let sim = Sim::start(Options { token: "another".to_owned(), ..workspace(3) }).await.unwrap();
    let output = check(&sim.url(), TOKEN);
    let TokenCheck::Refused { message, unknown: true } = answer(&output) else { panic!("{output:?}") };
    assert!(message.contains("Intercom answered 401") && message.contains("Developer Hub"), "{message}");
    assert!(!format!("{output:?}").contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_on_the_way_is_told_from_what_intercom_refuses() {
    let sim = Sim::start(Options { token: TOKEN.to_owned(), ..workspace(3) }).await.unwrap();
    sim.inject(Fault::always(Target::Any, FaultKind::MalformedJson));
    assert!(matches!(answer(&check(&sim.url(), TOKEN)), TokenCheck::Failed { .. }));
}

#[test]
fn what_is_no_token_is_an_error_that_does_not_repeat_it() {
    for typed in ["", "\n", "Bearer dG9rOnNlY3JldA=="] {
        let output = check("http://127.0.0.1:1", typed);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        assert!(told.contains("standard input") && !told.contains("dG9r"), "{told}");
    }
}

#[test]
fn the_configuration_is_judged_without_a_daemon() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    for (text, fault) in
        [("history = \"90d\"\n", None), ("history = \"soon\"\n", Some("`history` is \"soon\""))]
    {
        std::fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_syncd"))
            .args([CHECK_CONFIG, "--config", file.to_str().unwrap()])
            .env_clear()
            .env("HOME", home.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), fault.is_none(), "{told}");
        assert!(told.contains(fault.unwrap_or_default()), "{told}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_found_in_the_keyring_where_nothing_else_names_one() {
    let sim = Sim::start(Options { token: TOKEN.to_owned(), ..workspace(3) }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let tool = home.path().join("secret-tool");
    // Written by a process of its own: one that a test beside this one starts would carry our open file over to it for a
    // moment, and a file that is open for writing cannot be run.
    let script = format!("#!/bin/sh\n[ \"$1\" = lookup ] && printf %s {TOKEN}\n");
    let write = "printf %s \"$1\" >\"$0\" && chmod 755 \"$0\"";
    assert!(Command::new("sh").args(["-c", write]).arg(&tool).arg(script).status().unwrap().success());
    let once = |session: &str| {
        Command::new(env!("CARGO_BIN_EXE_syncd"))
            .arg("--once")
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", format!("{}:/usr/bin:/bin", home.path().display()))
            .env("DBUS_SESSION_BUS_ADDRESS", session)
            .env("SYNCD_API_URL", sim.url())
            .output()
            .unwrap()
    };
    let without = once("");
    assert!(!without.status.success(), "{without:?}");
    assert_eq!(sim.requests().total, 0);
    let with = once("unix:path=/nowhere");
    assert!(with.status.success() && sim.requests().details == 3, "{with:?}");
}
