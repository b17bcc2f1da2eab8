//! The socket's file goes away under a daemon that runs: with the session's folder at logout, or by whoever tidies up.

use std::fs;
use std::path::Path;

use proto::client::Client;
use proto::local::Running;

use crate::support::{Bench, workspace};

/// Asserts that a new client is answered there, and that programs which know the database find that place.
async fn assert_found_at(socket: &Path, bench: &Bench) {
    Client::connect(socket).await.unwrap().status().await.unwrap();
    let running = Running::read(&bench.home.path().join("data")).unwrap();
    assert_eq!((running.socket.as_path(), running.pid), (socket, std::process::id()));
}

#[tokio::test(start_paused = true)]
async fn a_daemon_whose_socket_is_gone_listens_again() {
    let mut bench = Bench::start(workspace(3)).await;
    let socket = bench.home.path().join("syncd.sock");
    fs::remove_file(&socket).unwrap();
    bench.daemon.stay_reachable(|| None);
    assert_found_at(&socket, &bench).await;
    // Who was connected stays so.
    bench.client.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_daemon_whose_sessions_folder_is_gone_listens_elsewhere() {
    let mut bench = Bench::start_with(workspace(3), |config| {
        config.socket = config.socket.with_file_name("run").join("syncd.sock");
    })
    .await;
    let (session, state) = (bench.home.path().join("run"), bench.home.path().join("state/syncd.sock"));
    fs::remove_dir_all(&session).unwrap();
    // Nobody can make it again.
    std::os::unix::fs::symlink("/proc/nowhere", &session).unwrap();
    bench.daemon.stay_reachable(|| Some(state.clone()));
    assert_found_at(&state, &bench).await;
    bench.daemon.stop().await;
    assert!(!state.exists());
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_another_put_there_is_left_alone() {
    let mut bench = Bench::start(workspace(3)).await;
    let socket = bench.home.path().join("syncd.sock");
    fs::remove_file(&socket).unwrap();
    let other = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    bench.daemon.stay_reachable(|| None);
    other.set_nonblocking(true).unwrap();
    let _client = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    other.accept().unwrap();
}
