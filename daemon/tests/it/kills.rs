//! A daemon that is killed at any moment, as a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use proto::client::Client;
use proto::types::{Phase, State, SyncRequest, Window};
use sim::{Clock, Options, Sim};

use crate::support::{PATIENCE, workspace};

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(sim: &Sim, home: &Path) -> Process {
    let child = Command::new(env!("CARGO_BIN_EXE_syncd"))
        .env_clear()
        .env("HOME", home)
        .env("INTERCOM_ACCESS_TOKEN", sim.token())
        .env("SYNCD_API_URL", sim.url())
        .env("SYNCD_SOCKET", home.join("s"))
        .env("SYNCD_HISTORY", "all")
        .env("SYNCD_SETTLE", "1s")
        .env("SYNCD_SYNC_INTERVAL", "1s")
        .env("SYNCD_LOG", "off")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Process(child)
}

async fn connect(home: &Path) -> Client {
    let start = std::time::Instant::now();
    loop {
        match Client::connect(&home.join("s")).await {
            Ok(client) => return client,
            Err(error) => assert!(start.elapsed() < PATIENCE, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_daemon_in_a_first_sync_loses_nothing_committed_and_claims_nothing_false() {
    let conversations = 1_200;
    let sim = Sim::start(Options {
        latency: Duration::from_millis(3),
        clock: Clock::Real,
        ..workspace(conversations)
    })
    .await
    .unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut stored = 0;
    let mut dice = fastrand::Rng::with_seed(5);
    for _ in 0..12 {
        let process = spawn(&sim, home.path());
        let client = connect(home.path()).await;
        let status = client.status().await.unwrap();
        assert!(status.total_conversations >= stored, "{} of {stored} are left", status.total_conversations);
        // Wait until a little more is stored, then kill at a random moment after.
        let more = (stored + dice.u64(1..60)).min(conversations as u64);
        loop {
            let status = client.status().await.unwrap();
            stored = status.total_conversations;
            if stored >= more {
                break;
            }
        }
        for _ in 0..dice.u64(..40) {
            stored = client.status().await.unwrap().total_conversations;
        }
        drop(process);
    }
    let _process = spawn(&sim, home.path());
    let client = connect(home.path()).await;
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    let report = client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap();
    assert_eq!(report.phase, Phase::Done);
    let status = client.status().await.unwrap();
    assert_eq!(status.total_conversations, conversations as u64);
    let info = client.check(proto::types::CheckRequest { window: Window::default() }).await.unwrap();
    assert_eq!(info.state, State::Fresh, "{info:?}");
    for id in sim.ids().iter().step_by(17) {
        let truth = sim.conversation(id).unwrap();
        let shown = client.show_whole(id, false).await.unwrap().conversation;
        assert_eq!(shown.messages.len(), truth.messages.len(), "{id}");
    }
}
