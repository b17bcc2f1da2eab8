//! A disk that is full or cannot be written: nothing is lost or claimed, answers go on, the user is told what to do, and
//! syncing goes on by itself when it can.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use proto::client::Client;
use proto::types::{CheckRequest, Expr, Question, SearchRequest, SyncRequest, Window};
use sim::{Clock, Sim};

use super::disk::{Depth, examine};
use super::process::{PATIENCE, Process, connect, data, private_mounts};
use crate::support::workspace;

/// A daemon whose data folder is a file system of its own, that a shell can change meanwhile.
struct Small {
    process: Process,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

const SCRIPT: &str = r#"
    mount -t tmpfs -o size=1200k,mode=700 tmpfs "$DATA"
    "$SYNCD" > /dev/null 2>&1 &
    while read -r order; do eval "$order"; echo done; done
"#;

impl Small {
    fn start(sim: &Sim, home: &Path) -> Option<Self> {
        let mut command = private_mounts(sim, home, SCRIPT)?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Self { process: Process(child), orders, answers })
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{order}");
    }

    /// Where this process finds the daemon's folder.
    fn folder(&self, home: &Path) -> PathBuf {
        let data = data(home);
        Path::new("/proc")
            .join(self.process.0.id().to_string())
            .join("root")
            .join(data.strip_prefix("/").unwrap())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // The shell is killed, which the daemon would outlive.
        let _ = writeln!(self.orders, "kill -9 $!; exit").and_then(|()| self.process.0.wait().map(drop));
    }
}

/// Waits until syncing fails for want of room, or all is there; returns how much is. Asserts meanwhile that nothing
/// false is claimed and that questions are answered.
async fn until_full(client: &Client, all: u64) -> (u64, Option<String>) {
    let start = Instant::now();
    loop {
        client.sync(SyncRequest::default()).await.unwrap();
        let info = client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
        let search =
            SearchRequest { question: Question::of(Expr::word("the")), limit: 5, ..SearchRequest::default() };
        client.search(&search).await.unwrap();
        let status = client.status().await.unwrap();
        let stored = status.total_conversations;
        assert!(!info.data_complete || stored == all, "complete with {stored}");
        let is_full = status.sync_error.as_ref().is_some_and(|error| error.contains("is full"));
        if is_full || info.data_complete {
            return (stored, status.sync_error);
        }
        assert!(start.elapsed() < PATIENCE, "{status:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_and_syncing_goes_on_when_there_is_room() {
    let sim = Sim::start(sim::Options { clock: Clock::Real, ..workspace(700) }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let Some(mut small) = Small::start(&sim, home.path()) else { return };
    let client = connect(home.path()).await;
    let mut stored = 0;
    let mut times = 0;
    // It is full again at another write each time.
    for size in (1_200..).step_by(913).take(8) {
        small.order(&format!("mount -o remount,size={size}k \"$DATA\""));
        let (now, error) = until_full(&client, 700).await;
        assert!(now >= stored, "{now} of {stored}");
        stored = now;
        let Some(error) = error else { break };
        assert!(error.contains("free some space") && error.contains("syncd.db"), "{error}");
        times += 1;
    }
    assert!(times >= 2, "it was full {times} times");
    small.order("mount -o remount,size=64m \"$DATA\"");
    let start = Instant::now();
    // Nobody asks for it: it goes on by itself.
    loop {
        let status = client.status().await.unwrap();
        let info = client.check(CheckRequest { window: Window::default() }).await.unwrap().sync_info;
        // The status is older than the verdict: what was in the way may still be told in it.
        if info.data_complete && status.sync_error.is_none() {
            assert_eq!(status.total_conversations, 700);
            break;
        }
        assert!(start.elapsed() < PATIENCE * 2, "{status:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let contents = examine(&small.folder(home.path()), Depth::Whole);
    assert_eq!(contents.stored.len(), 700);
}

/// Runs a script with a data folder of its own, and returns how it ended and what it said.
async fn run(script: &str) -> Option<(Option<i32>, String)> {
    let sim = Sim::start(sim::Options { clock: Clock::Real, ..workspace(5) }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = private_mounts(&sim, home.path(), script)?;
    let output = command.stdin(Stdio::null()).output().unwrap();
    Some((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_at_the_start_is_named_with_what_to_do() {
    let script = r#"mount -t tmpfs -o size=16k,mode=700 tmpfs "$DATA" && "$SYNCD""#;
    let Some((code, said)) = run(script).await else { return };
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is full") && said.contains("free some space"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_cannot_be_written_is_named_with_what_to_do_and_left_as_it_is() {
    let script = r#"
        mount -t tmpfs -o mode=700 tmpfs "$DATA" && SYNCD_LOG=off "$SYNCD" --once > /dev/null
        before=$(cat "$DATA"/syncd.db* | cksum)
        mount -o remount,ro "$DATA" && "$SYNCD"; code=$?
        test "$before" = "$(cat "$DATA"/syncd.db* | cksum)" || exit 9
        exit $code"#;
    let Some((code, said)) = run(script).await else { return };
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("syncd.") && said.contains("writable"), "{said}");
}
