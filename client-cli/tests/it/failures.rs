//! What goes wrong: texts, hints and exit codes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use proto::ApiError;
use proto::local::start;
use proto::types::{Phase, State, SyncFailure, SyncReport, SyncTicket};

use crate::support::samples::{found, info, report, status};
use crate::support::{Home, Script};

#[test]
fn without_a_daemon_every_question_says_how_to_start_one() {
    let home = Home::empty();
    let lines: [&[&str]; 10] = [
        &["search"],
        &["show", "1"],
        &["stats"],
        &["tail"],
        &["export", "-o", "x.csv"],
        &["report", "-o", "x.html"],
        &["status"],
        &["sync"],
        &["check"],
        &["reset", "--yes"],
    ];
    for line in lines {
        let ended = home.run(line);
        assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{line:?}");
        let socket = home.socket();
        let error = format!("error: cannot reach syncd at {}: ", socket.display());
        assert!(ended.stderr.starts_with(&error), "{ended:?}");
        assert!(ended.stderr.contains("hint: start it: syncctl service start"), "{ended:?}");
        let with_json = home.run(&[line, &["--json"]].concat());
        assert_eq!((with_json.code, with_json.stdout.as_str()), (3, ""));
        assert!(with_json.stderr.contains("hint: start it"), "{with_json:?}");
    }
}

#[test]
fn while_a_daemon_is_being_replaced_a_question_waits_for_the_next_one() {
    let mut home = Home::empty();
    let data = home.path().join(".local/share/syncd");
    fs::create_dir_all(&data).unwrap();
    let turn = start::take_turn(&data).unwrap();
    let mut question = Command::new(env!("CARGO_BIN_EXE_syncctl"))
        .env_clear()
        .envs([("HOME", home.path()), ("SYNCD_SOCKET", home.socket().as_path())])
        .arg("status")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(question.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "note: syncd is being restarted\n");
    home.start(Script { statuses: [Ok(status())].into(), ..Script::default() });
    drop(turn);
    assert!(question.wait().unwrap().success());
}

#[test]
fn the_socket_flag_overrides_the_environment() {
    let home = Home::empty();
    let output =
        home.syncctl(&["status", "--socket", "/nowhere/x.sock"]).env("SYNCD_SOCKET", "/y").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/x.sock"));
}

#[test]
fn a_daemon_of_another_version_is_named_with_what_to_restart() {
    let ended = Home::with_greeting(b"sYnC\xff\xff\x059.9.9").run(&["status"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("syncd 9.9.9 is running (protocol 65535)"), "{ended:?}");
}

#[test]
fn something_else_behind_the_socket_is_no_daemon() {
    let ended = Home::with_greeting(b"HTTP/1.1 400 Bad Request").run(&["status"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.contains("is not a syncd of this user"), "{ended:?}");
}

#[test]
fn a_conversation_that_does_not_exist_has_an_exit_code_of_its_own() {
    let home = Home::with(Script {
        shows: [Err(ApiError::NoSuchConversation("9\x1b[2J".to_owned()))].into(),
        ..Script::default()
    });
    let ended = home.run(&["show", "9"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (4, ""));
    assert!(ended.stderr.starts_with("error: no conversation 9␛[2J in the local copy\n"), "{ended:?}");
}

#[test]
fn what_intercom_refuses_is_told_from_what_failed() {
    for (refused, code) in [(true, 5), (false, 1)] {
        let failure = SyncFailure { message: "the token is not accepted".to_owned(), refused };
        let report = SyncReport { failure: Some(failure), ..report(1, Phase::Failed) };
        let home = Home::with(Script {
            syncs: [Ok(SyncTicket(9))].into(),
            reports: [Ok(report)].into(),
            checks: [Ok(info(State::Stale))].into(),
            ..Script::default()
        });
        let ended = home.run(&["sync", "--json"]);
        assert_eq!(ended.code, code);
        assert_eq!(ended.json()["sync"]["error"], "the token is not accepted");
        assert!(ended.stderr.contains("error: the sync failed: the token is not accepted\n"), "{ended:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_a_wrong_usage() {
    let home = Home::empty();
    let lines: [&[&str]; 6] = [
        &["search", "--since", "the day after never"],
        &["check", "--timeframe", "soonish"],
        &["search", "--timeframe", "today", "--since", "today"],
        &["search", "--wait", "a while"],
        &["status", "--watch", "--json"],
        &["frobnicate"],
    ];
    for line in lines {
        let ended = home.run(line);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{line:?} {ended:?}");
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
    }
    let refused = Err(ApiError::BadRequest("the timeframe ends before it starts".to_owned()));
    let home = Home::with(Script { checks: [refused].into(), ..Script::default() });
    assert_eq!(home.run(&["check", "--since", "2026-10-02", "--until", "2026-10-01"]).code, 2);
}

#[test]
fn a_text_that_cannot_be_read_is_shown_with_the_place() {
    let ended = Home::empty().run(&["search", "refund", "state:opened"]);
    assert_eq!(ended.code, 2);
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert!(lines[0].starts_with("error: "), "{ended:?}");
    assert_eq!(lines[1..3], ["  refund state:opened", "         ^^^^^^^^^^^^"]);
}

#[test]
fn a_timeframe_that_is_given_twice_is_a_wrong_usage() {
    for command in ["search", "stats", "export"] {
        let ended = Home::empty().run(&[command, "since:yesterday", "--since", "today"]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("the start of the timeframe is given twice"), "{ended:?}");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let home = Home::with(Script { searches: [Ok(found(&["7"], State::Fresh))].into(), ..Script::default() });
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_syncctl"));
    command.env_clear().env("HOME", home.path()).env("SYNCD_SOCKET", home.socket());
    let child = command.arg("search").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
