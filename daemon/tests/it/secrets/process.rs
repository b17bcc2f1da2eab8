//! The process is closed to other programs, and leaves no core behind.

use std::cell::RefCell;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use rustix::process::{Signal, kill_process};

use super::home::{Home, Running, TOKEN, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_crashes_leaves_no_core_and_its_memory_is_closed_while_it_runs() {
    let home = Home::new();
    let mut command = home.command("http://127.0.0.1:9", "ulimit -c unlimited 2>/dev/null", "");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    let daemon = Running::start(command);
    home.client().await;
    let proc = format!("/proc/{}", daemon.0.id());
    let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
    let core: Vec<_> = limits.lines().filter(|line| line.starts_with("Max core file size")).collect();
    assert_eq!(core[0].split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{limits}");
    // What monitoring needs stays readable; root can read all.
    assert!(fs::read_to_string(format!("{proc}/status")).is_ok());
    if !rustix::process::geteuid().is_root() {
        for closed in ["environ", "maps", "mem"] {
            assert!(fs::read(format!("{proc}/{closed}")).is_err(), "{closed}");
        }
    }
    // What a panic that cannot unwind ends with.
    kill_process(daemon.pid(), Signal::ABORT).unwrap();
    let daemon = RefCell::new(daemon);
    let status = eventually("its end", || async { daemon.borrow_mut().0.try_wait().unwrap() }).await;
    assert_eq!((status.signal(), status.core_dumped()), (Some(Signal::ABORT.as_raw()), false), "{status}");
}
