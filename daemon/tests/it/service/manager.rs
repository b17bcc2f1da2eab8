//! A `systemd --user` of the test's own, with the shipped units installed for a user who exists nowhere else.
//!
//! Needs root, systemd and a control group; a test is skipped, and says so, where there is none of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use proto::client::{Client, ClientError};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_res_gid, set_thread_res_uid};

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the user's home is, as the manager's processes see it.
pub(super) const HOME: &str = "/home/syncd-test";
/// What the script ends with where the machine does not let it run.
const IMPOSSIBLE: i32 = 77;

/// The running manager. Its end takes with it all that it started and made.
pub(super) struct Manager {
    script: Child,
    /// The first process of its process namespace, as seen from here.
    inside: u32,
    uid: u32,
}

impl Manager {
    /// Starts one and installs the units and the program; `drop_in` is added to the service. Nothing is started yet.
    pub(super) fn start(drop_in: &str) -> Option<Self> {
        let manager = Self::bare()?;
        manager.install(drop_in);
        Some(manager)
    }

    /// Starts one that has nothing of ours.
    pub(super) fn bare() -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        // No two test programs that run at once have the same, and no user is likely to.
        let uid = 1_900_000_000 + std::process::id() % 4_000_000 * 10 + number % 10;
        match Self::boot(uid) {
            Ok(manager) => Some(manager),
            Err(reason) => {
                // Not by a macro: the test runner would keep it to itself.
                let _ = writeln!(io::stderr(), "skipped, for there can be no systemd --user: {reason}");
                None
            }
        }
    }

    fn boot(uid: u32) -> Result<Self, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/service/manager.sh");
        let mut script = Command::new("bash")
            .args([script, &uid.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("bash: {error}"))?;
        let mut word = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut word).unwrap();
        if word.trim() != "ready" {
            let status = script.wait().unwrap();
            assert_eq!(status.code(), Some(IMPOSSIBLE), "the manager's script failed: {word}");
            return Err(word.trim().to_owned());
        }
        let inside = child_of(child_of(script.id()));
        Ok(Self { script, inside, uid })
    }

    fn install(&self, drop_in: &str) {
        let units = concat!(env!("CARGO_MANIFEST_DIR"), "/../systemd");
        self.run(&["mkdir", "-p", &format!("{HOME}/.local/bin"), &format!("{HOME}/.config/systemd/user")]);
        for unit in ["syncd.service", "syncd.socket"] {
            let text = fs::read(Path::new(units).join(unit)).unwrap();
            self.write(&format!("{HOME}/.config/systemd/user/{unit}"), &text);
        }
        self.program(&format!("{HOME}/.local/bin/syncd"), Path::new(env!("CARGO_BIN_EXE_syncd")));
        // There is no journal in there.
        let usual = format!("[Service]\nStandardError=append:{HOME}/log\n");
        self.drop_in("usual", &usual);
        self.drop_in("test", drop_in);
    }

    /// Returns a path of the manager's world as it is reached from here.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{inside}", self.inside))
    }

    /// Writes a file of the user's.
    pub(super) fn write(&self, path: &str, content: &[u8]) {
        // As the user: what root makes on the way the user could not write to.
        self.run(&["mkdir", "-p", Path::new(path).parent().unwrap().to_str().unwrap()]);
        let path = self.path(path);
        fs::write(&path, content).unwrap();
        chown(&path, Some(self.uid), Some(self.uid)).unwrap();
        chown(path.parent().unwrap(), Some(self.uid), Some(self.uid)).unwrap();
    }

    /// Installs a program.
    pub(super) fn program(&self, place: &str, program: &Path) {
        self.write(place, &fs::read(program).unwrap());
        self.run(&["chmod", "755", place]);
    }

    /// Adds to the service, and has that read.
    pub(super) fn drop_in(&self, name: &str, text: &str) {
        let path = format!("{HOME}/.config/systemd/user/syncd.service.d/{name}.conf");
        self.write(&path, text.as_bytes());
        self.systemctl(&["daemon-reload"]);
    }

    /// Runs a program as the user.
    pub(super) fn try_run(&self, command: &[&str]) -> Output {
        let uid = self.uid.to_string();
        Command::new("nsenter")
            .args(["--mount", "--pid", "--target", &self.inside.to_string(), "--", "setpriv"])
            .args(["--reuid", &uid, "--regid", &uid, "--clear-groups", "--inh-caps=-all", "env", "-i"])
            .args([format!("HOME={HOME}"), format!("XDG_RUNTIME_DIR=/run/user/{uid}")])
            .arg("PATH=/usr/bin:/bin")
            .args(command)
            .output()
            .unwrap()
    }

    /// Runs a program as the user, which must succeed, and returns what it says.
    pub(super) fn run(&self, command: &[&str]) -> String {
        let output = self.try_run(command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `systemctl --user`.
    pub(super) fn systemctl(&self, arguments: &[&str]) -> String {
        self.run(&[&["systemctl", "--user"], arguments].concat())
    }

    /// Returns a property of a unit.
    pub(super) fn show(&self, unit: &str, property: &str) -> String {
        self.systemctl(&["show", "--value", "--property", property, unit]).trim().to_owned()
    }

    /// Waits until a property of the service is as it should be, and returns it.
    pub(super) fn wait_for(&self, property: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let value = self.show("syncd.service", property);
            if wanted(&value) {
                return value;
            }
            assert!(begin.elapsed() < PATIENCE, "{property} is {value:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Connects to the daemon's socket as the user, and asks.
    pub(super) fn ask<T: Send>(
        &self,
        question: impl AsyncFn(Client) -> Result<T, ClientError> + Sync,
    ) -> Result<T, ClientError> {
        let folder = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::PATH.bits().cast_signed())
            .open(self.path(&format!("/run/user/{}/syncd", self.uid)))
            .unwrap();
        let socket = PathBuf::from(format!("/proc/self/fd/{}/syncd.sock", folder.as_raw_fd()));
        let asking = || {
            // The daemon answers its own user alone. Only this thread becomes that one, and it ends with the answer.
            let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.uid));
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { question(Client::connect(&socket).await?).await })
        };
        std::thread::scope(|scope| scope.spawn(asking).join().unwrap())
    }

    /// Returns the text of a file under `/proc` of the daemon's process.
    pub(super) fn proc(&self, file: &str) -> String {
        let process = self.show("syncd.service", "MainPID");
        self.run(&["cat", &format!("/proc/{process}/{file}")])
    }

    /// Returns what the daemon logged.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path(&format!("{HOME}/log"))).unwrap_or_default()
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // The end of its input ends it; it cleans up behind itself.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// Returns the child of a process that has one.
fn child_of(parent: u32) -> u32 {
    let is_child = |status: &File| {
        let lines = BufReader::new(status).lines().map_while(Result::ok);
        lines
            .filter_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok())
            .any(|found: u32| found == parent)
    };
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .into_iter()
        .find(|process: &u32| {
            File::open(format!("/proc/{process}/status")).is_ok_and(|status| is_child(&status))
        })
        .expect("the process has a child")
}
