//! A daemon whose database is not open yet: whoever asks hears that, and how far it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proto::client::{Client, ClientError};
use proto::{ApiError, Starting};
use rusqlite::Connection;
use sim::{Clock, Options, Sim};
use syncd::clock::WallClock;
use syncd::store::Store;
use syncd::{Listener, Listening};
use tokio::runtime::Handle;

use crate::storage::process::{PATIENCE, Process, command, connect, data, reach, spawn};
use crate::support::{config, workspace};

fn how_far(error: ClientError) -> Starting {
    match error {
        ClientError::Api(ApiError::Starting(how_far)) => how_far,
        error => panic!("{error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_hears_how_far_an_update_is_and_is_answered_when_it_is_done() {
    let sim = Sim::start_here(workspace(3)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let store = Store::open(&config.data_dir).unwrap();
    let socket = config.socket.clone();
    let listening = Listening::begin(Listener::bind(&socket).unwrap()).unwrap();
    let client = Client::connect(&socket).await.unwrap();
    let opening = how_far(client.status().await.unwrap_err());
    assert_eq!(opening.to_string(), "starting");
    listening.updating(500, 1_200);
    let updating = how_far(client.status().await.unwrap_err());
    assert_eq!(
        updating.to_string(),
        "starting: it brings the local copy up to date for this version, 500 of 1200 conversations"
    );
    // What was asked shortly before the end is answered.
    let (answer, daemon) = tokio::join!(client.status(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        listening.answer(config, store, WallClock::simulated(proto::Timestamp(0)), &Handle::current())
    });
    answer.unwrap();
    daemon.stop().await;
}

/// Returns what a daemon says that does not come into the background.
fn refusal(home: &Path) -> String {
    let daemon =
        Command::new(env!("CARGO_BIN_EXE_syncd")).arg("--daemonize").env_clear().env("HOME", home).output();
    let daemon = daemon.unwrap();
    assert!(!daemon.status.success());
    String::from_utf8(daemon.stderr).unwrap()
}

#[test]
fn why_a_daemon_does_not_start_is_said_once() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(".local"), "").unwrap();
    let said = refusal(home.path());
    assert_eq!(said.matches("Not a directory").count(), 1, "{said}");
    // Another one that begins at the same time has the file with the process id.
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join(".local/state/syncd");
    fs::create_dir_all(&state).unwrap();
    let file = fs::File::create(state.join("syncd.pid")).unwrap();
    file.lock().unwrap();
    let said = refusal(home.path());
    assert_eq!(said.matches("cannot take the process id file").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_waits_for_its_database_says_so_answers_then_and_stops_when_asked() {
    let sim = Sim::start(Options { clock: Clock::Real, ..workspace(5) }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    drop(spawn(&sim, home.path()));
    let first = spawn(&sim, home.path());
    connect(home.path()).await.status().await.unwrap();
    drop(first);
    let lock = || {
        let db = Connection::open(data(home.path()).join("syncd.db")).unwrap();
        db.busy_timeout(PATIENCE).unwrap();
        db.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
        db
    };
    let other = lock();
    let _daemon = spawn(&sim, home.path());
    let client = reach(home.path()).await;
    how_far(client.status().await.unwrap_err());
    drop(other);
    let begun = Instant::now();
    while let Err(error) = client.status().await {
        how_far(error);
        assert!(begun.elapsed() < PATIENCE);
    }
    drop(_daemon);

    let _other = lock();
    let mut daemon = Process(command(&sim, home.path()).stderr(Stdio::null()).spawn().unwrap());
    how_far(reach(home.path()).await.status().await.unwrap_err());
    let pid = rustix::process::Pid::from_child(&daemon.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.0.wait().unwrap().success());
}
