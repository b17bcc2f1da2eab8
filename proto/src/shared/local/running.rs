//! The daemon that holds a database: it says beside the database where it listens, so that every program that knows the
//! folder finds it.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

/// What a daemon locks for as long as it holds the database; in the database's folder.
pub(super) const LOCK: &str = "syncd.lock";
/// Where it says who it is, beside that.
const FILE: &str = "syncd.running";
/// How the operating system's table names the kind of lock that Rust's [`File::lock`] takes.
const FLOCK: &str = "FLOCK";
/// How long between two looks at whether a daemon has ended.
const LOOK: Duration = Duration::from_millis(10);

/// What starts a daemon again when it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// The user's systemd.
    Systemd,
    /// Nothing: a client started it, or a person.
    Nobody,
}

/// A daemon that holds a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub socket: PathBuf,
    /// What would start it again.
    pub manager: Manager,
}

impl Running {
    /// Writes it into the database's folder. Only whoever holds the lock may.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn announce(&self, data_dir: &Path) -> io::Result<()> {
        let manager = match self.manager {
            Manager::Systemd => "systemd",
            Manager::Nobody => "none",
        };
        let mut text = format!("pid {}\nmanager {manager}\nsocket ", self.pid).into_bytes();
        text.extend_from_slice(self.socket.as_os_str().as_bytes());
        text.push(b'\n');
        // Whole or not at all: a client may read at any time.
        let draft = data_dir.join(format!("{FILE}.new"));
        let mut file = crate::private::file(&draft, File::options().write(true)).map_err(io::Error::other)?;
        file.set_len(0)?;
        file.write_all(&text)?;
        fs::rename(&draft, data_dir.join(FILE))
    }

    /// Returns the daemon that holds the database of a folder; `None` where none does, or it does not say where it
    /// listens.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let text = fs::read(data_dir.join(FILE)).ok()?;
        // A daemon that was killed leaves its words behind, but not its lock.
        if !is_held(&data_dir.join(LOCK)) {
            return None;
        }
        let mut lines = text.strip_suffix(b"\n")?.splitn(3, |byte| *byte == b'\n');
        let pid = std::str::from_utf8(lines.next()?.strip_prefix(b"pid ")?).ok()?.parse().ok()?;
        let manager = match lines.next()?.strip_prefix(b"manager ")? {
            b"systemd" => Manager::Systemd,
            _ => Manager::Nobody,
        };
        let socket = OsString::from_vec(lines.next()?.strip_prefix(b"socket ")?.to_vec()).into();
        Some(Self { pid, socket, manager })
    }

    /// Returns the process that holds the database of a folder, of whatever version it is.
    #[must_use]
    pub fn process(data_dir: &Path) -> Option<u32> {
        Self::read(data_dir).map(|running| running.pid).or_else(|| Self::holder(data_dir))
    }

    /// Returns it by the operating system's table of locks: a daemon of an earlier version says nothing of itself.
    fn holder(data_dir: &Path) -> Option<u32> {
        let inode = fs::metadata(data_dir.join(LOCK)).ok()?.ino().to_string();
        let table = fs::read_to_string("/proc/locks").ok()?;
        // 1: FLOCK  ADVISORY  WRITE 1945 fe:00:5309150 0 EOF
        let pid = table.lines().find_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [_, FLOCK, _, "WRITE", pid, file, ..] = fields.as_slice() else { return None };
            (file.rsplit(':').next() == Some(&inode)).then(|| pid.parse().ok()).flatten()
        });
        pid.filter(|pid| *pid > 1)
    }
}

/// Says whether somebody has locked a file.
pub(super) fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Asks a daemon to stop and waits until it has, at most so long; returns whether it has. Of a process that is no
/// `syncd`, such as the service manager that made a socket, nothing is asked.
///
/// # Errors
/// When it belongs to somebody else.
pub fn stop(pid: u32, patience: Duration) -> io::Result<bool> {
    if !is_daemon(pid) {
        return Ok(true);
    }
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(true) };
    match kill_process(pid, Signal::TERM) {
        Err(error) if error == rustix::io::Errno::SRCH => return Ok(true),
        done => done?,
    }
    let until = Instant::now() + patience;
    while test_kill_process(pid).is_ok() && !is_over(pid) {
        if Instant::now() > until {
            return Ok(false);
        }
        std::thread::sleep(LOOK);
    }
    Ok(true)
}

/// Says whether a process is a daemon of this user's. Root may end those of others, too, and is not to.
pub(super) fn is_daemon(pid: u32) -> bool {
    let is_own = fs::metadata(format!("/proc/{pid}")).is_ok_and(|found| found.uid() == geteuid().as_raw());
    is_own && fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim_end() == "syncd")
}

/// Says whether a process has ended and only waits for its parent to take note.
fn is_over(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_a_daemon_says_of_itself_holds_for_as_long_as_it_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = File::create(dir.path().join(LOCK)).unwrap();
        let socket = PathBuf::from(OsString::from_vec(b"/run/a b\xff/s.sock".to_vec()));
        let running = Running { pid: 4711, socket, manager: Manager::Systemd };
        running.announce(dir.path()).unwrap();
        assert_eq!(Running::read(dir.path()), None);
        lock.try_lock().unwrap();
        assert_eq!(Running::read(dir.path()), Some(running));
        let holder = Running::holder(dir.path());
        assert_eq!(Running::process(dir.path()), Some(4711));
        assert!(holder.is_none() || holder == Some(std::process::id()), "{holder:?}");
        drop(lock);
        assert_eq!((Running::read(dir.path()), Running::holder(dir.path())), (None, None));
    }

    #[test]
    fn words_that_cannot_be_read_are_as_good_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let lock = File::create(dir.path().join(LOCK)).unwrap();
        lock.try_lock().unwrap();
        for text in
            ["", "\n", "pid x\nmanager none\nsocket /a\n", "pid 1\nsocket /a\n", "pid 1\nmanager none\n"]
        {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(Running::read(dir.path()), None, "{text:?}");
        }
    }

    #[test]
    fn a_process_that_is_gone_counts_as_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let daemon = dir.path().join("syncd");
        std::os::unix::fs::symlink("/bin/sleep", &daemon).unwrap();
        let mut child = std::process::Command::new(&daemon).arg("60").spawn().unwrap();
        // The system gives a process its name a moment after it has begun.
        while !is_daemon(child.id()) {
            std::thread::yield_now();
        }
        assert!(stop(child.id(), Duration::from_secs(60)).unwrap());
        child.wait().unwrap();
        assert!(stop(child.id(), Duration::from_secs(60)).unwrap());
    }

    #[test]
    fn what_is_no_daemon_is_left_alone() {
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(stop(other.id(), Duration::from_secs(60)).unwrap());
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
