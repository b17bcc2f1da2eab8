//! The program `syncd` as a process of its own, over a simulated workspace, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use proto::client::Client;
use rustix::process::{Pid, Signal};
use sim::Sim;

/// Clock ticks in a second, as `/proc` counts them.
const TICKS: f64 = 100.0;

/// A running daemon; it is killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    socket: PathBuf,
}

impl Daemon {
    /// Starts one whose files are in `home`.
    pub(crate) fn start(sim: &Sim, home: &Path) -> Self {
        let socket = home.join("syncd.sock");
        let child = Command::new(env!("CARGO_BIN_EXE_syncd"))
            .env_clear()
            .env("HOME", home)
            .env("SYNCD_SOCKET", &socket)
            .env("SYNCD_DATA_DIR", home.join("data"))
            .env("SYNCD_API_URL", sim.url())
            .env("SYNCD_HISTORY", "all")
            .env("SYNCD_LOG", "error")
            .env("INTERCOM_ACCESS_TOKEN", sim.token())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, socket }
    }

    /// Returns where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Returns a connection to it, as soon as it listens.
    pub(crate) async fn connect(&self) -> Client {
        let started = Instant::now();
        loop {
            match Client::connect(&self.socket).await {
                Ok(client) => return client,
                Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "{error}"),
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }

    /// Waits until it has so many conversations and knows of no other.
    pub(crate) async fn until_whole(&self, client: &Client, conversations: u64) {
        loop {
            let status = client.status().await.unwrap();
            if status.total_conversations >= conversations && status.pending == 0 {
                return;
            }
            assert!(status.sync_error.is_none(), "{:?}", status.sync_error);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Returns the memory it keeps resident, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
    }

    /// Returns the processor time it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
        Duration::from_secs_f64(ticks / TICKS)
    }

    /// Stops it and returns how long that took.
    pub(crate) fn stop(mut self) -> Duration {
        let started = Instant::now();
        rustix::process::kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        started.elapsed()
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
