//! The access token stays where its owner put it, whatever happens and however much is logged.

use std::cell::RefCell;
use std::fs;

use proto::types::{Phase, SyncRequest};
use rustix::process::{Pid, Signal, kill_process};
use sim::{Fault, FaultKind, Target};

use super::home::{Detached, Home, Running, TOKEN, eventually, holds, run, sim};
use crate::support::PATIENCE;

/// Fails if the token, or a good part of it, is anywhere but in the one file where it belongs.
fn assert_kept(home: &Home, pid: Pid, told: &str) {
    let part = &TOKEN[4..20];
    let command_line = format!("/proc/{}/cmdline", pid.as_raw_nonzero());
    assert!(!holds(command_line.as_ref(), part), "{command_line}");
    assert!(!told.contains(part), "{told}");
    let files = home.made().into_iter().chain([home.printed()]);
    for file in files.filter(|path| path.is_file() && !path.ends_with("secret")) {
        assert!(!holds(&file, part), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_in_no_log_no_answer_no_file_and_no_command_line_whatever_goes_wrong() {
    let (sim, home) = (sim().await, Home::new());
    let secret = home.write("secret", TOKEN);
    let config = format!("token_file = {secret:?}\n");
    home.write(".config/syncd/config.toml", &config);
    let daemon = Running::start(home.command(&sim.url(), "true", ""));
    let client = home.client().await;
    let mut told = String::new();
    let faults = [
        (None, Phase::Done),
        (Some(FaultKind::TokenRevoked), Phase::Failed),
        (Some(FaultKind::Redirect(format!("{}/elsewhere", sim.url()))), Phase::Failed),
        (Some(FaultKind::MalformedJson), Phase::Failed),
        (None, Phase::Done),
    ];
    for (fault, phase) in faults {
        sim.clear_faults();
        if let Some(kind) = fault {
            sim.inject(Fault::always(Target::Any, kind));
        }
        let reports = RefCell::new(Vec::new());
        eventually("the end of a sync", || async {
            let ticket = client.sync(SyncRequest::default()).await.unwrap();
            let report = client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap();
            let ended = report.phase == phase;
            reports.borrow_mut().push(report);
            ended.then_some(())
        })
        .await;
        told += &format!("{reports:?}\n");
        told += &format!("{:?}\n{:?}\n", client.status().await.unwrap(), client.diagnose().await.unwrap());
    }
    assert!(told.contains("redirects to") && told.contains("secret"), "{told}");

    // The mistake that people make, in a file that is read again by the daemon and by its clients.
    home.write(".config/syncd/config.toml", &format!("{config}token = \"{TOKEN}\"\n"));
    kill_process(daemon.pid(), Signal::HUP).unwrap();
    eventually("the refusal of the configuration", || async {
        holds(&home.printed(), "does not belong in this file").then_some(())
    })
    .await;
    home.write(".config/syncd/config.toml", &config);
    assert!(holds(&home.printed(), "DEBUG") && !holds(&home.printed(), "hyper"));
    assert_kept(&home, daemon.pid(), &told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_from_the_environment_is_kept_by_a_daemon_in_the_background() {
    let (sim, home) = (sim().await, Home::new());
    let mut command = home.command(&sim.url(), "true", "--daemonize");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    let daemon = Detached::start(&home, command);
    let client = home.client().await;
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    let report = client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done, "{report:?}");
    let told = format!("{:?}", client.diagnose().await.unwrap());
    assert!(told.contains("INTERCOM_ACCESS_TOKEN") && home.state().join("syncd.log").is_file(), "{told}");
    assert_kept(&home, daemon.0, &told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_replaced_is_taken_up_by_a_daemon_in_the_background() {
    let (sim, home) = (sim().await, Home::new());
    let secret = home.write("secret", "dG9rOnJldm9rZWQ=");
    home.write("elsewhere.toml", &format!("token_file = {secret:?}\n"));
    // Relative to where it was started, which is not where it runs.
    let daemon =
        Detached::start(&home, home.command(&sim.url(), "true", "--daemonize --config elsewhere.toml"));
    let client = home.client().await;
    let sync = || async {
        let ticket = client.sync(SyncRequest::default()).await.unwrap();
        client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap()
    };
    let report = sync().await;
    assert!(report.failure.is_some_and(|failure| failure.refused));
    home.write("secret", TOKEN);
    kill_process(daemon.0, Signal::HUP).unwrap();
    eventually("a sync with the new token", || async { (sync().await.phase == Phase::Done).then_some(()) })
        .await;
    assert_kept(&home, daemon.0, "");
}

#[test]
fn a_daemon_that_does_not_start_does_not_say_the_token() {
    let home = Home::new();
    let mistakes = [
        format!("token = \"{TOKEN}\"\n"),
        format!("{TOKEN}\n"),
        format!("token_file = \"{TOKEN}\"\n"),
        format!("token_file = \"{TOKEN}\n"),
        format!("requests_per_minute = \"{TOKEN}\"\n"),
        format!("api_url = \"https://{TOKEN}@api.intercom.io\"\n"),
        format!("{TOKEN} = 1\n"),
    ];
    for mistake in mistakes {
        home.write(".config/syncd/config.toml", &mistake);
        let command = home.command("", "true", "");
        assert_eq!(run(command).code(), Some(1), "{mistake}");
    }
    let printed = fs::read_to_string(home.printed()).unwrap();
    assert_eq!(printed.lines().filter(|line| line.starts_with("error: ")).count(), 7, "{printed}");
    assert!(!printed.contains(&TOKEN[4..20]), "{printed}");
}
