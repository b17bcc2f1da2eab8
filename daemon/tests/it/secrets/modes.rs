//! Nobody but the owner can read what the daemon makes, whatever the umask and whatever was there before.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proto::types::SyncRequest;

use super::home::{Detached, Home, Running, TOKEN, run, sim};
use crate::support::PATIENCE;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Syncs, so that all files are there, and fails if others can do anything with any of them.
async fn assert_private(home: &Home, expected: &[&str]) {
    let client = home.client().await;
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    client.wait(ticket, Some(PATIENCE), |_| ()).await.unwrap();
    let made = home.made();
    for name in expected {
        assert!(made.iter().any(|path| path.ends_with(name)), "{name} in {made:?}");
    }
    for path in made {
        let private = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), private, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_made_is_private_under_a_umask_that_forbids_nothing() {
    let (sim, home) = (sim().await, Home::new());
    let mut command = home.command(&sim.url(), "umask 000", "");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    let running = Running::start(command);
    let files = ["syncd.db", "syncd.db-wal", "syncd.db-shm", "syncd.lock", "syncd.sock"];
    assert_private(&home, &files).await;
    drop(running);

    let mut command = home.command(&sim.url(), "umask 000", "--daemonize");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    let _daemon = Detached::start(&home, command);
    assert_private(&home, &[&files[..], &["syncd.log", "syncd.pid"]].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_could_read_before_is_private_after_the_next_start() {
    let (sim, home) = (sim().await, Home::new());
    fs::create_dir_all(home.data()).unwrap();
    fs::create_dir_all(home.state()).unwrap();
    for (folder, names) in
        [(home.data(), ["syncd.db", "syncd.lock"]), (home.state(), ["syncd.log", "syncd.pid"])]
    {
        for name in names {
            fs::write(folder.join(name), "").unwrap();
            fs::set_permissions(folder.join(name), Permissions::from_mode(0o666)).unwrap();
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    }
    for folder in [".local", ".local/share", ".local/state"] {
        fs::set_permissions(home.path(folder), Permissions::from_mode(0o700)).unwrap();
    }
    let mut command = home.command(&sim.url(), "umask 022", "--daemonize");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    let _daemon = Detached::start(&home, command);
    assert_private(&home, &["syncd.db", "syncd.log", "syncd.pid", "syncd.sock"]).await;
}

#[test]
fn a_folder_that_others_can_write_to_is_refused_with_the_command_to_run() {
    let home = Home::new();
    let shared = home.path("shared");
    home.write("shared/of-somebody", "");
    fs::set_permissions(&shared, Permissions::from_mode(0o777)).unwrap();
    let mut command = home.command("http://127.0.0.1:9", "true", "");
    command.env("SYNCD_DATA_DIR", &shared);
    assert_eq!(run(command).code(), Some(1));
    let printed = fs::read_to_string(home.printed()).unwrap();
    assert!(printed.contains(&format!("chmod go-w {}", shared.display())), "{printed}");
    assert_eq!((mode(&shared), fs::read_dir(&shared).unwrap().count()), (0o777, 1));
}

#[test]
fn a_link_in_the_place_of_any_file_is_not_followed() {
    let home = Home::new();
    let victim = home.write("victim", "precious");
    fs::set_permissions(&victim, Permissions::from_mode(0o644)).unwrap();
    let places = [
        (home.data().join("syncd.db"), ""),
        (home.data().join("syncd.lock"), ""),
        (home.state().join("syncd.log"), "--daemonize"),
        (home.state().join("syncd.pid"), "--daemonize"),
        (home.socket(), ""),
    ];
    for (place, arguments) in places {
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&place);
        symlink(&victim, &place).unwrap();
        let status = run(home.command("http://127.0.0.1:9", "true", arguments));
        assert_eq!(status.code(), Some(1), "{}", place.display());
        assert_eq!((mode(&victim), fs::read_to_string(&victim).unwrap().as_str()), (0o644, "precious"));
        fs::remove_file(&place).unwrap();
    }
}
