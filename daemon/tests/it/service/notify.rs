//! What a real process tells systemd, heard on a socket in the place of systemd's.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use sim::{Clock, Options, Sim};
use tempfile::TempDir;
use tokio::net::UnixStream;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Far longer than a daemon that is asked to say "alive" four times a second keeps silent.
const SILENCE: Duration = Duration::from_secs(3);

/// A daemon that was started as systemd does, with what it says.
struct Service {
    process: Child,
    notices: UnixDatagram,
    home: TempDir,
}

impl Service {
    fn start(change: impl FnOnce(&mut Command)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let notices = UnixDatagram::bind(home.path().join("notify")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_syncd"));
        command
            .env_clear()
            .env("HOME", home.path())
            .env("NOTIFY_SOCKET", home.path().join("notify"))
            .env("WATCHDOG_USEC", "500000")
            .env("SYNCD_SOCKET", home.path().join("s"))
            .env("SYNCD_LOG", "off")
            .stderr(Stdio::null());
        change(&mut command);
        let process = command.spawn().unwrap();
        Self { process, notices, home }
    }

    /// Returns what is said next, if anything is within the time.
    fn next_within(&self, time: Duration) -> Option<String> {
        self.notices.set_read_timeout(Some(time)).unwrap();
        let mut buffer = [0; 4_096];
        match self.notices.recv(&mut buffer) {
            Ok(length) => Some(String::from_utf8(buffer[..length].to_vec()).unwrap().trim_end().to_owned()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until something is said that starts like this; returns what was said before it, and it.
    fn until(&self, start: &str) -> (Vec<String>, String) {
        let begin = Instant::now();
        let mut before = Vec::new();
        while begin.elapsed() < PATIENCE {
            match self.next_within(PATIENCE) {
                Some(notice) if notice.starts_with(start) => return (before, notice),
                Some(notice) => before.push(notice),
                None => break,
            }
        }
        panic!("{start} was not said, but {before:?}");
    }

    /// Returns what each of its threads waits for in the kernel.
    fn threads(&self) -> String {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let waits = threads.flatten().map(|thread| {
            let read = |name| std::fs::read_to_string(thread.path().join(name)).unwrap_or_default();
            format!("{} in {}", read("comm").trim_end(), read("wchan"))
        });
        format!("its threads are {}", waits.collect::<Vec<_>>().join(", "))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn systemd_hears_that_the_daemon_is_ready_alive_reloading_and_stopping() {
    let mut service = Service::start(|_| ());
    let (before, _) = service.until("READY=1");
    assert!(before.is_empty(), "{before:?}");
    for _ in 0..3 {
        service.until("WATCHDOG=1");
    }
    service.signal(Signal::HUP);
    let (_, reloading) = service.until("RELOADING=1");
    let since = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(since.is_some_and(|since| since.parse::<u64>().is_ok()), "{reloading}");
    service.until("READY=1");
    service.until("WATCHDOG=1");
    service.signal(Signal::TERM);
    service.until("STOPPING=1");
    assert!(service.process.wait().unwrap().success());
    while let Some(notice) = service.next_within(Duration::from_millis(1)) {
        assert!(!notice.starts_with("WATCHDOG"), "a daemon that stops is not watched");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_hears_how_things_are_and_only_when_that_changes() {
    let sim = workspace().await;
    let service = Service::start(|command| under(command, &sim));
    let (before, _) = service.until("STATUS=up to date as of ");
    assert!(before.iter().any(|notice| notice == "STATUS=connecting to Intercom"), "{before:?}");
    // The clock may pass a minute meanwhile; saying it each time would be 20 words.
    let mut words = 0;
    let mut alive = 0;
    while alive < 20 {
        match service.next_within(PATIENCE).unwrap() {
            notice if notice.starts_with("WATCHDOG") => alive += 1,
            notice if notice.starts_with("STATUS=") => words += 1,
            _ => {}
        }
    }
    assert!(words <= 2, "{words} words in the time of {alive} signs of life");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_hangs_says_no_more_that_it_is_alive_until_it_moves_again() {
    let sim = workspace().await;
    // What it logs goes into a pipe that nobody empties: at some line it hangs.
    let mut service = Service::start(|command| {
        under(command, &sim);
        command.env("SYNCD_LOG", "trace").env("TOKIO_WORKER_THREADS", "1").stderr(Stdio::piped());
    });
    let log = service.process.stderr.take().unwrap();
    let emptying = Emptying::start(log);
    service.until("STATUS=up to date as of ");
    service.until("WATCHDOG=1");

    let calls = Arc::new(AtomicUsize::new(0));
    let callers = tokio::spawn(keep_hanging_up(service.home.path().join("s"), Arc::clone(&calls)));
    let log = emptying.stop();
    fill(&log);
    let begin = Instant::now();
    while service.next_within(SILENCE).is_some() {
        assert!(
            begin.elapsed() < PATIENCE,
            "nobody reads the log of a daemon that {} hung up on, and it still says that it is alive; {}",
            calls.load(Ordering::Relaxed),
            service.threads(),
        );
    }

    let _emptying = Emptying::start(log);
    service.until("WATCHDOG=1");
    callers.abort();
}

async fn workspace() -> Sim {
    Sim::start(Options { conversations: 30, clock: Clock::Real, ..Options::default() }).await.unwrap()
}

fn under(command: &mut Command, sim: &Sim) {
    command
        .env("INTERCOM_ACCESS_TOKEN", sim.token())
        .env("SYNCD_API_URL", sim.url())
        .env("SYNCD_SETTLE", "1s")
        .env("SYNCD_SYNC_INTERVAL", "1s");
}

/// Gives the daemon something to log: connections that do not greet, which are counted.
async fn keep_hanging_up(socket: PathBuf, calls: Arc<AtomicUsize>) {
    loop {
        if UnixStream::connect(&socket).await.is_ok() {
            calls.fetch_add(1, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

/// Writes to a pipe until nothing more goes in, so that its next writer waits.
fn fill(pipe: &ChildStderr) {
    // Opened anew, because not to wait is a property of what is open: the daemon has to.
    let mut writer = OpenOptions::new()
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(format!("/proc/self/fd/{}", pipe.as_raw_fd()))
        .unwrap();
    for size in [4_096, 1] {
        let full = loop {
            if let Err(error) = writer.write_all(&vec![b'\n'; size]) {
                break error;
            }
        };
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
    }
}

/// A thread that reads a pipe until it is told to stop.
struct Emptying {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<ChildStderr>,
}

impl Emptying {
    fn start(mut pipe: ChildStderr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while !told.load(Ordering::Relaxed) {
                if !matches!(pipe.read(&mut buffer), Ok(length) if length > 0) {
                    break;
                }
            }
            pipe
        });
        Self { stop, thread }
    }

    /// Returns the pipe, which nobody reads from now on. The daemon has to log meanwhile, so that the last read ends.
    fn stop(self) -> ChildStderr {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}
