//! The stage of the demo: a temporary home, and the programs that run in it. Nothing of the user's is touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use proto::client::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::context::Context;
use crate::exit::{Exit, Failure};

/// How long a program may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long between two looks at whether the daemon is ready.
const LOOK: Duration = Duration::from_millis(20);
/// Longest temporary folder below which a socket's path still fits into what the kernel takes.
const LONGEST_FOLDER: usize = 64;
/// Where the programs look for the user's folders, and what stands there instead.
const FOLDERS: [(&str, &str); 5] = [
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_RUNTIME_DIR", "run"),
];
/// Variables besides `SYNCD_*` by which the user's own daemon would reach into the demo.
const FOREIGN: [&str; 8] = [
    "INTERCOM_ACCESS_TOKEN",
    "CREDENTIALS_DIRECTORY",
    "STATE_DIRECTORY",
    "NOTIFY_SOCKET",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LISTEN_FDS",
    "LISTEN_PID",
];

/// What the simulated workspace says when it is up.
#[derive(Deserialize)]
struct Workspace {
    url: String,
    token: String,
}

/// A temporary home and the programs that run in it.
pub(super) struct Stage {
    conversations: u32,
    seed: u64,
    /// The folder of this program and the others.
    programs: PathBuf,
    workspace: Option<(Child, Workspace)>,
    daemon: Option<Child>,
    /// Declared last: removed when the programs have been killed.
    home: TempDir,
}

impl Stage {
    /// Makes the home.
    ///
    /// # Errors
    /// When the programs beside this one are missing, or no folder can be made.
    pub(super) fn set(conversations: u32, seed: u64) -> Result<Self> {
        let own = std::env::current_exe().context("cannot tell where this program is")?;
        let programs = own.parent().unwrap_or(Path::new(".")).to_owned();
        for name in ["intercom-sim", "syncd"] {
            if !programs.join(name).is_file() {
                let message = format!("the demo needs the program {name} in {}", programs.display());
                let hint = "build all of them: cargo build --release; then: target/release/syncctl demo";
                return Err(Failure::new(Exit::Error, message).hint(hint).into());
            }
        }
        let usual = std::env::temp_dir();
        let folder = if usual.as_os_str().len() > LONGEST_FOLDER { Path::new("/tmp") } else { &usual };
        let failed = || format!("cannot make a folder in {}", folder.display());
        let home = tempfile::Builder::new().prefix("syncd-demo-").tempdir_in(folder).with_context(failed)?;
        for (_, name) in FOLDERS {
            fs::create_dir(home.path().join(name)).with_context(failed)?;
        }
        Ok(Self { conversations, seed, programs, workspace: None, daemon: None, home })
    }

    /// Starts the simulated workspace and waits until it serves.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn start_workspace(&mut self) -> Result<()> {
        let mut child = self
            .within(Command::new(self.programs.join("intercom-sim")))
            .args(["--conversations", &self.conversations.to_string(), "--seed", &self.seed.to_string()])
            .args(["--port", "0", "--changes-per-second", "2", "--index-lag", "1s", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(self.log("intercom-sim.log")?)
            .spawn()
            .context("cannot start intercom-sim")?;
        let stdout = child.stdout.take().context("intercom-sim has no standard output")?;
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, BufReader::new(stdout).read_line(&mut line))
            .await
            .context("intercom-sim is not ready in time")?
            .context("cannot read from intercom-sim")?;
        let workspace = serde_json::from_str(&line)
            .with_context(|| format!("intercom-sim said {line:?} where its address was expected"))?;
        self.workspace = Some((child, workspace));
        Ok(())
    }

    /// Starts the daemon and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn start_daemon(&mut self) -> Result<()> {
        let (_, workspace) = self.workspace.as_ref().context("the daemon needs a workspace")?;
        let daemon = self
            .within(Command::new(self.programs.join("syncd")))
            .env("SYNCD_API_URL", &workspace.url)
            .env("INTERCOM_ACCESS_TOKEN", &workspace.token)
            .env("SYNCD_DATA_DIR", self.home.path().join("data/syncd"))
            .envs([("SYNCD_HISTORY", "30d"), ("SYNCD_SETTLE", "2s"), ("SYNCD_SYNC_INTERVAL", "2s")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(self.log("syncd.log")?)
            .spawn()
            .context("cannot start syncd")?;
        let daemon = self.daemon.insert(daemon);
        let socket = socket(&self.home);
        let until = Instant::now() + PATIENCE;
        while let Err(error) = Client::connect(&socket).await {
            if let Some(status) = daemon.try_wait()? {
                anyhow::bail!("syncd ended with {status}: {}", self.log_end());
            }
            if Instant::now() > until {
                return Err(error).with_context(|| format!("syncd is not ready in time: {}", self.log_end()));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Stops the daemon as systemd would.
    ///
    /// # Errors
    /// When it does not end in time.
    pub(super) async fn stop_daemon(&mut self) -> Result<()> {
        let Some(daemon) = &mut self.daemon else { return Ok(()) };
        if let Some(id) = daemon.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            kill_process(id, Signal::TERM).context("cannot stop syncd")?;
        }
        tokio::time::timeout(PATIENCE, daemon.wait()).await.context("syncd does not stop in time")??;
        self.daemon = None;
        Ok(())
    }

    /// Runs `syncctl` with these arguments on this terminal, and returns the code it ended with.
    ///
    /// # Errors
    /// When it cannot be started, or was killed.
    pub(super) async fn run(&self, args: &[&str], context: &Context) -> Result<i32> {
        let stdout = if context.json { Stdio::from(io::stderr()) } else { Stdio::inherit() };
        let own = std::env::current_exe().context("cannot tell where this program is")?;
        let color = if context.out.styled { "always" } else { "never" };
        let status = self
            .within(Command::new(own))
            .args(["--color", color])
            .args(args)
            .stdout(stdout)
            .status()
            .await
            .context("cannot start syncctl")?;
        status.code().with_context(|| format!("syncctl ended with {status}"))
    }

    /// Returns the last line that the daemon logged.
    pub(super) fn log_end(&self) -> String {
        let log = fs::read_to_string(self.home.path().join("syncd.log")).unwrap_or_default();
        log.lines().last().unwrap_or("nothing").to_owned()
    }

    /// Ends the programs and removes the home.
    pub(super) async fn clear(mut self) {
        // Whoever does not stop is killed when the stage is dropped.
        let _ = self.stop_daemon().await;
        if let Some((workspace, _)) = &mut self.workspace {
            drop(workspace.stdin.take());
            let _ = tokio::time::timeout(PATIENCE, workspace.wait()).await;
        }
    }

    fn log(&self, name: &str) -> Result<File> {
        let path = self.home.path().join(name);
        let open = File::options().create(true).append(true).open(&path);
        open.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Shuts a command into the temporary home. It is killed if it outlives the stage.
    fn within(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SYNCD_") {
                command.env_remove(name);
            }
        }
        for name in FOREIGN {
            command.env_remove(name);
        }
        let home = self.home.path();
        command.env("HOME", home).env("SYNCD_SOCKET", socket(&self.home)).kill_on_drop(true);
        command.envs(FOLDERS.map(|(variable, name)| (variable, home.join(name))));
        command
    }
}

fn socket(home: &TempDir) -> PathBuf {
    home.path().join("run/syncd/syncd.sock")
}
