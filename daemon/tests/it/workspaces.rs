//! Two workspaces of one user, side by side.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use proto::client::{Client, ClientError};
use sim::{Clock, Options, Sim};

use crate::storage::process::{PATIENCE, Process};
use crate::support::workspace;

/// Writes a workspace's configuration and starts its daemon, in a shell whose variables are about the usual one.
fn start(home: &Path, name: &str, sim: &Sim, usual: &Sim) -> Process {
    let folder =
        home.join(".config").join(if name.is_empty() { "syncd".to_owned() } else { format!("syncd@{name}") });
    fs::create_dir_all(&folder).unwrap();
    let token = folder.join("token");
    fs::write(&token, sim.token()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!(
        "api_url = '{}'\ntoken_file = '{}'\nhistory = 'all'\nsync_interval = '1s'\nsettle = '1s'\n",
        sim.url(),
        token.display()
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncd"));
    command.env_clear().env("HOME", home).env("XDG_RUNTIME_DIR", home);
    command.env("INTERCOM_ACCESS_TOKEN", usual.token()).env("SYNCD_API_URL", usual.url());
    command.env("SYNCD_DATA_DIR", home.join("data")).stdin(Stdio::null()).stderr(Stdio::null());
    Process(command.arg("--workspace").arg(name).spawn().unwrap())
}

/// Waits until a daemon has copied this many conversations, and returns the workspace that they are of.
async fn copied(socket: &Path, conversations: u64) -> String {
    let begun = Instant::now();
    loop {
        let status = match Client::connect(socket).await {
            Ok(client) => client.status().await,
            Err(error) => Err(error),
        };
        match status {
            Ok(status) if status.total_conversations >= conversations => {
                assert_eq!(status.total_conversations, conversations);
                return status.workspace.unwrap().id;
            }
            Ok(_) | Err(ClientError::Api(_)) => {}
            Err(error) => assert!(error.is_absent(), "{error}"),
        }
        assert!(begun.elapsed() < PATIENCE, "{} has not copied everything", socket.display());
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workspaces_of_a_user_share_neither_rows_nor_files_nor_variables() {
    let home = tempfile::tempdir().unwrap();
    let options = |name: &str, conversations| Options {
        clock: Clock::Real,
        workspace_id: name.to_owned(),
        token: format!("token-of-{name}"),
        ..workspace(conversations)
    };
    let usual = Sim::start(options("usual", 4)).await.unwrap();
    let eu = Sim::start(options("eu", 9)).await.unwrap();
    let _daemons = [start(home.path(), "", &usual, &usual), start(home.path(), "eu", &eu, &usual)];
    let sockets = ["syncd/syncd.sock", "syncd@eu/syncd.sock"].map(|socket| home.path().join(socket));
    let (one, other) = tokio::join!(copied(&sockets[0], 4), copied(&sockets[1], 9));
    assert_eq!((one.as_str(), other.as_str()), ("usual", "eu"));
    assert!(home.path().join("data/syncd.db").is_file());
    assert!(home.path().join(".local/share/syncd@eu/syncd.db").is_file());
}
