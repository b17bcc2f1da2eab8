//! The daemon as a process of its own, to be killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use proto::ApiError;
use proto::client::{Client, ClientError};
use sim::Sim;

/// How long a test waits for something that must happen, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running program, killed when dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns where a daemon that `command` starts keeps its database.
pub(crate) fn data(home: &Path) -> PathBuf {
    home.join("data")
}

/// Returns the variables of a daemon in `home` that syncs from `sim`.
pub(crate) fn variables(sim: &Sim, home: &Path) -> Vec<(&'static str, String)> {
    let path = |path: PathBuf| path.display().to_string();
    vec![
        ("HOME", path(home.to_owned())),
        ("INTERCOM_ACCESS_TOKEN", sim.token()),
        ("SYNCD_API_URL", sim.url()),
        ("SYNCD_SOCKET", path(home.join("s"))),
        ("SYNCD_DATA_DIR", path(data(home))),
        ("SYNCD_HISTORY", "all".to_owned()),
        ("SYNCD_SETTLE", "1s".to_owned()),
        ("SYNCD_SYNC_INTERVAL", "1s".to_owned()),
        ("SYNCD_LOG", "off".to_owned()),
    ]
}

/// Returns the command that starts a daemon.
pub(crate) fn command(sim: &Sim, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncd"));
    command.env_clear().envs(variables(sim, home)).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts a daemon.
pub(crate) fn spawn(sim: &Sim, home: &Path) -> Process {
    Process(command(sim, home).spawn().unwrap())
}

/// Connects to the daemon as soon as it answers: its database is open then.
pub(crate) async fn connect(home: &Path) -> Client {
    let start = Instant::now();
    let client = reach(home).await;
    while let Err(ClientError::Api(ApiError::Starting(how_far))) = client.status().await {
        assert!(start.elapsed() < PATIENCE, "{how_far}");
    }
    client
}

/// Connects to the daemon as soon as it listens.
pub(crate) async fn reach(home: &Path) -> Client {
    let start = Instant::now();
    loop {
        match Client::connect(&home.join("s")).await {
            Ok(client) => return client,
            Err(error) => assert!(start.elapsed() < PATIENCE, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

/// Returns a command that runs a shell script where it may mount file systems that nobody else sees, with `$SYNCD` and
/// `$DATA` for the daemon and its folder; `None`, and a word about it, where this machine does not allow that.
pub(crate) fn private_mounts(sim: &Sim, home: &Path, script: &str) -> Option<Command> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-Urm", "sh", "-c", script]).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("DATA", data(home));
        command
    };
    std::fs::create_dir_all(data(home)).unwrap();
    let tried = unshare("mount -t tmpfs tmpfs \"$DATA\"").stderr(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine lets nobody mount file systems of one's own (unshare -Urm)");
        return None;
    }
    let mut command = unshare(script);
    command.envs(variables(sim, home)).env("SYNCD", env!("CARGO_BIN_EXE_syncd"));
    Some(command)
}
