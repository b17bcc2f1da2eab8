//! A database that somebody else has locked.

use std::path::Path;
use std::time::{Duration, Instant};

use proto::client::Client;
use proto::types::{CheckRequest, Expr, Question, SearchRequest, SyncRequest, Window};
use rusqlite::Connection;
use sim::{Clock, Options, Sim};

use super::disk::NAME;
use super::process::{PATIENCE, command, connect, data, spawn};
use crate::support::workspace;

async fn simulated(conversations: usize) -> Sim {
    Sim::start(Options { clock: Clock::Real, ..workspace(conversations) }).await.unwrap()
}

/// Locks the database against writing as another program would.
fn lock(dir: &Path) -> Connection {
    let db = Connection::open(dir.join(NAME)).unwrap();
    db.busy_timeout(PATIENCE).unwrap();
    db.execute_batch("BEGIN EXCLUSIVE").unwrap();
    db
}

/// Says whether a process has a file open.
fn has_open(process: u32, file: &Path) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    open.flatten().any(|entry| std::fs::read_link(entry.path()).is_ok_and(|target| target == file))
}

async fn until_complete(client: &Client, all: u64) {
    let start = Instant::now();
    loop {
        let info = client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
        let status = client.status().await.unwrap();
        assert!(!info.data_complete || status.total_conversations == all, "{status:#?}");
        if info.data_complete {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{status:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_daemon_on_the_same_database_says_so_and_exits_with_1() {
    let (sim, home) = (simulated(5).await, tempfile::tempdir().unwrap());
    let _first = spawn(&sim, home.path());
    let client = connect(home.path()).await;
    let mut second = command(&sim, home.path());
    let output =
        second.env("SYNCD_SOCKET", home.path().join("other")).stderr(std::process::Stdio::piped()).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let process =
        format!("another syncd (process {}, listening on", client.status().await.unwrap().daemon.pid);
    assert!(said.contains(&process) && !said.contains("stop"), "{said}");
    until_complete(&client, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_another_program_is_told_and_syncing_goes_on_when_it_is_gone() {
    let (sim, home) = (simulated(200).await, tempfile::tempdir().unwrap());
    let _daemon = spawn(&sim, home.path());
    let client = connect(home.path()).await;
    let other = lock(&data(home.path()));
    client.sync(SyncRequest::default()).await.unwrap();
    let start = Instant::now();
    loop {
        let search =
            SearchRequest { question: Question::of(Expr::word("the")), limit: 5, ..SearchRequest::default() };
        let reply = client.search(&search).await.unwrap();
        assert!(!reply.sync_info.data_complete);
        match client.status().await.unwrap().sync_error {
            Some(error) if error.contains("locked") => {
                assert!(error.contains("another program") && error.contains("by itself"), "{error}");
                break;
            }
            _ => assert!(start.elapsed() < PATIENCE),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(other);
    until_complete(&client, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_held_for_a_moment_at_the_start_is_waited_for() {
    let (sim, home) = (simulated(20).await, tempfile::tempdir().unwrap());
    let first = spawn(&sim, home.path());
    connect(home.path()).await;
    drop(first);
    let other = lock(&data(home.path()));
    let daemon = spawn(&sim, home.path());
    let database = data(home.path()).join(NAME);
    let start = Instant::now();
    while !has_open(daemon.0.id(), &database) {
        assert!(start.elapsed() < PATIENCE);
        tokio::task::yield_now().await;
    }
    drop(other);
    until_complete(&connect(home.path()).await, 20).await;
}
