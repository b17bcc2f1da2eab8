//! Another user of the same machine.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use tokio::io::AsyncReadExt as _;

use super::{assert_answers, bench, socket};

const NOBODY: u32 = 65_534;
const SOCKET: &str = "SYNCD_TEST_SOCKET";

#[tokio::test(start_paused = true)]
async fn another_user_is_not_answered_even_where_the_socket_is_open_to_all() {
    let bench = bench().await;
    let path = socket(&bench);
    let open = |mode| {
        std::fs::set_permissions(bench.home.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(0o777);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "socket::peers::as_another_user", "--ignored"]).env(SOCKET, &path);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    let output = tokio::task::spawn_blocking(move || command.output());
    match output.await.unwrap() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => eprintln!("skipped: this test cannot become another user here ({error})"),
    }
    open(0o700);
    assert_answers(&bench).await;
}

/// What the test above runs as somebody else.
#[tokio::test]
#[ignore = "run by another test, as another user"]
async fn as_another_user() {
    let Some(path) = std::env::var_os(SOCKET) else { return };
    let mut stream = tokio::net::UnixStream::connect(path).await.unwrap();
    let mut answer = Vec::new();
    // Not even a greeting comes.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}
