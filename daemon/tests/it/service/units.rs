//! The shipped units, driven with `systemctl --user` as a user does.

use std::time::Duration;

use proto::client::ClientError;
use proto::types::{Phase, SyncRequest};
use sim::{Clock, Options, Sim};

use super::manager::{HOME, Manager};

const SERVICE: &str = "syncd.service";

/// Starts listening, as `systemctl --user enable --now syncd.socket` does.
fn listen(manager: &Manager) {
    manager.systemctl(&["start", "syncd.socket"]);
}

/// Asks the daemon something until it answers. Being refused is a failure; being cut off by a daemon that dies is not.
fn answered(manager: &Manager) -> u64 {
    loop {
        match manager.ask(async |client| client.status().await) {
            Ok(status) => return status.total_conversations,
            Err(error @ ClientError::NoDaemon { .. }) => panic!("refused: {error}\n{}", manager.log()),
            Err(_) => {}
        }
    }
}

async fn workspace() -> Sim {
    Sim::start(Options { conversations: 30, clock: Clock::Real, ..Options::default() }).await.unwrap()
}

#[test]
fn the_first_connection_starts_the_daemon_and_is_answered() {
    let Some(manager) = Manager::start("") else { return };
    listen(&manager);
    assert_eq!(manager.show(SERVICE, "ActiveState"), "inactive");
    assert_eq!(answered(&manager), 0);
    // For Type=notify this is what READY=1 makes of it.
    assert_eq!(manager.show(SERVICE, "ActiveState"), "active");
    manager.wait_for("StatusText", |text| text.starts_with("not syncing: there is no access token"));
}

#[test]
fn a_killed_daemon_comes_back_and_nobody_is_refused_meanwhile() {
    let Some(manager) = Manager::start("") else { return };
    listen(&manager);
    answered(&manager);
    let before = manager.show(SERVICE, "MainPID");
    manager.systemctl(&["kill", "--signal", "KILL", SERVICE]);
    answered(&manager);
    assert_ne!(manager.show(SERVICE, "MainPID"), before);
    manager.wait_for("NRestarts", |restarts| restarts == "1");
}

#[test]
fn a_daemon_that_stands_still_is_restarted_by_its_watchdog() {
    let Some(manager) = Manager::start("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\nRestartSec=0\n") else {
        return;
    };
    listen(&manager);
    answered(&manager);
    manager.systemctl(&["kill", "--signal", "STOP", SERVICE]);
    manager.wait_for("NRestarts", |restarts| restarts != "0");
    answered(&manager);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_takes_up_the_configuration_and_keeps_the_process() {
    let sim = workspace().await;
    let Some(manager) = Manager::start("") else { return };
    manager.systemctl(&["start", SERVICE]);
    let before = manager.show(SERVICE, "MainPID");
    manager.write(&format!("{HOME}/.config/syncd/token"), sim.token().as_bytes());
    manager.run(&["chmod", "600", &format!("{HOME}/.config/syncd/token")]);
    let config = format!(
        "token_file = \"{HOME}/.config/syncd/token\"\napi_url = \"{}\"\nsettle = \"1s\"\n",
        sim.url()
    );
    manager.write(&format!("{HOME}/.config/syncd/config.toml"), config.as_bytes());
    manager.systemctl(&["reload", SERVICE]);
    manager.wait_for("StatusText", |text| {
        text.starts_with("up to date as of ") && text.ends_with("; 30 conversations")
    });
    assert_eq!(manager.show(SERVICE, "MainPID"), before);
    assert_eq!(manager.show(SERVICE, "ActiveState"), "active");
    assert_eq!(answered(&manager), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_can_be_a_credential_of_systemds() {
    let sim = workspace().await;
    let credential = format!(
        "[Service]\nLoadCredential=intercom-token:{HOME}/secrets/token\nEnvironment=SYNCD_API_URL={}\n",
        sim.url()
    );
    let Some(manager) = Manager::start(&credential) else { return };
    manager.write(&format!("{HOME}/secrets/token"), sim.token().as_bytes());
    listen(&manager);
    let report = manager.ask(async |client| {
        let ticket = client.sync(SyncRequest::default()).await?;
        client.wait(ticket, Some(Duration::from_secs(60)), |_| ()).await
    });
    let report = report.unwrap();
    assert!(matches!(report.phase, Phase::Done | Phase::Settling), "{report:?}\n{}", manager.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_midst_of_a_sync_is_clean_and_the_next_connection_starts_the_daemon_again() {
    let sim = Sim::start(Options {
        conversations: 20_000,
        latency: Duration::from_millis(20),
        clock: Clock::Real,
        ..Options::default()
    })
    .await
    .unwrap();
    let settings =
        format!("[Service]\nEnvironment=SYNCD_API_URL={} INTERCOM_ACCESS_TOKEN={}\n", sim.url(), sim.token());
    let Some(manager) = Manager::start(&settings) else { return };
    listen(&manager);
    while answered(&manager) == 0 {}
    manager.systemctl(&["stop", SERVICE]);
    let how = ["Result", "ExecMainCode", "ExecMainStatus"].map(|property| manager.show(SERVICE, property));
    assert_eq!(how, ["success", "1", "0"], "{}", manager.log());
    let microseconds = |property| manager.show(SERVICE, property).parse::<u64>().unwrap();
    let took = microseconds("InactiveEnterTimestampMonotonic") - microseconds("ActiveExitTimestampMonotonic");
    // TimeoutStopSec= is 10 s, after which it would have been killed.
    println!("stopped in {} ms", took / 1_000);
    assert!(answered(&manager) > 0);
}

#[test]
fn starting_the_service_starts_its_socket_and_restarting_it_refuses_nobody() {
    let Some(manager) = Manager::start("") else { return };
    manager.systemctl(&["start", SERVICE]);
    assert_eq!(manager.show("syncd.socket", "ActiveState"), "active");
    let before = manager.show(SERVICE, "MainPID");
    manager.systemctl(&["restart", "--no-block", SERVICE]);
    while manager.show(SERVICE, "MainPID") == before {
        answered(&manager);
    }
    answered(&manager);
}
