//! The program as a process of its own, in a home of its own where everything that it makes can be looked at.

use std::fs::{self, File, Permissions};
use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use proto::client::Client;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sim::{Options, Sim};
use tempfile::TempDir;

use crate::support::{PATIENCE, workspace};

/// A token that occurs nowhere by chance.
pub(crate) const TOKEN: &str = "dG9rOjQ3YWM5ZGlzdGluY3RlOTFiX3NlY3JldF8x";

/// Returns a workspace that accepts [`TOKEN`].
pub(crate) async fn sim() -> Sim {
    Sim::start(Options { token: TOKEN.to_owned(), ..workspace(20) }).await.unwrap()
}

/// A home that holds nothing but what the daemon makes; what it prints goes beside it.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::set_permissions(folder.path().join("home"), Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("home").join(below)
    }

    /// Where everything is that the daemon makes, when nothing is configured and there is no runtime folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.path(".local/share/syncd")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path(".local/state/syncd")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.state().join("syncd.sock")
    }

    /// Returns the file of what is printed.
    pub(crate) fn printed(&self) -> PathBuf {
        self.folder.path().join("printed")
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Returns the program, run by a shell that first does as it is told, such as setting a umask.
    pub(crate) fn command(&self, api: &str, first: &str, arguments: &str) -> Command {
        let printed = File::options().create(true).append(true).open(self.printed()).unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("{first}; exec '{}' {arguments}", env!("CARGO_BIN_EXE_syncd"))])
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.path(""))
            .env("SYNCD_API_URL", api)
            .env("SYNCD_LOG", "trace")
            .env("SYNCD_SETTLE", "1s")
            .env("SYNCD_SYNC_INTERVAL", "1s")
            .stdin(Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed);
        command
    }

    /// Connects to the daemon as soon as it answers.
    pub(crate) async fn client(&self) -> Client {
        eventually("the daemon's answer", || async { Client::connect(&self.socket()).await.ok() }).await
    }

    /// Returns every path below the home.
    pub(crate) fn made(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.path("")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                found.push(path);
            }
        }
        found
    }
}

/// Runs a program that has to end by itself.
pub(crate) fn run(mut command: Command) -> ExitStatus {
    let mut running = Running(command.spawn().unwrap());
    let start = Instant::now();
    loop {
        if let Some(status) = running.0.try_wait().unwrap() {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A daemon in the foreground, killed at the end.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A daemon in the background, stopped at the end.
pub(crate) struct Detached(pub(crate) Pid);

impl Detached {
    /// Runs the program until it has put a daemon into the background.
    pub(crate) fn start(home: &Home, command: Command) -> Self {
        assert!(run(command).success(), "{}", fs::read_to_string(home.printed()).unwrap());
        let pid = fs::read_to_string(home.state().join("syncd.pid")).unwrap();
        Self(Pid::from_raw(pid.trim().parse().unwrap()).unwrap())
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::TERM);
        let start = Instant::now();
        // It is nobody's child here, so its end can only be looked for.
        while test_kill_process(self.0).is_ok() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Waits until `question` answers with something.
pub(crate) async fn eventually<T, F>(what: &str, mut question: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Says whether these bytes are in a file.
pub(crate) fn holds(file: &Path, bytes: &str) -> bool {
    let content = fs::read(file).unwrap();
    content.windows(bytes.len()).any(|window| window == bytes.as_bytes())
}
