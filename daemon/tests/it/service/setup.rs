//! `syncctl init` and `syncctl service`, from a home without anything to a service that answers, and back.

use std::io::{self, Write as _};
use std::path::Path;

use sim::{Clock, Options, Sim};

use super::manager::{HOME, Manager};
use crate::route::{HOST, Network, PASSWORD};

const TOKEN: &str = "dG9rOm1hZGUtdXAtdG9rZW4=";
const UNITS: &str = ".config/systemd/user";

/// Returns a manager for a user who has the programs in a folder of this name, and nothing else.
pub(super) fn user(folder: &str) -> Option<Manager> {
    let daemon = Path::new(env!("CARGO_BIN_EXE_syncd"));
    // It is another crate's: there if that was built too, as for the tests of the workspace.
    let client = daemon.with_file_name("syncctl");
    if !client.is_file() {
        let _ = writeln!(io::stderr(), "skipped, for {} is not built: cargo build", client.display());
        return None;
    }
    let manager = Manager::bare()?;
    manager.program(&format!("{HOME}/{folder}/syncd"), daemon);
    manager.program(&format!("{HOME}/{folder}/syncctl"), &client);
    Some(manager)
}

pub(super) async fn workspace() -> Sim {
    let token = TOKEN.to_owned();
    Sim::start(Options { conversations: 30, clock: Clock::Real, token, ..Options::default() }).await.unwrap()
}

/// Returns the sorted names of the files below a folder of the home.
fn files(manager: &Manager, folder: &str) -> Vec<String> {
    let listed = manager.run(&["sh", "-c", &format!("cd '{HOME}/{folder}' && find . ! -type d | sort")]);
    listed.lines().map(str::to_owned).collect()
}

/// Returns whether a unit runs, and whether it is started at login.
pub(super) fn show(manager: &Manager, unit: &str) -> [String; 2] {
    ["ActiveState", "UnitFileState"].map(|property| manager.show(unit, property))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_command_leads_from_nothing_to_a_service_that_syncs_and_another_one_back() {
    let sim = workspace().await;
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    let init = format!("printf %s {TOKEN} | {syncctl} init --api-url {} --service --json", sim.url());
    let told: serde_json::Value = serde_json::from_str(&manager.run(&["sh", "-c", &init])).unwrap();
    assert_eq!(told["workspace"]["name"], "Example Workspace");
    assert_eq!(told["service"]["manager"], "systemd");
    for unit in ["syncd.service", "syncd.socket"] {
        assert_eq!(show(&manager, unit), ["active", "enabled"], "{unit}");
    }
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));

    // Once more changes nothing, and keeps the process.
    let process = manager.show("syncd.service", "MainPID");
    let again: serde_json::Value =
        serde_json::from_str(&manager.run(&[&syncctl, "service", "install", "--json"])).unwrap();
    assert_eq!(again["files"], serde_json::json!([]));
    assert_eq!(manager.show("syncd.service", "MainPID"), process);
    let status = manager.run(&[&syncctl, "service", "status"]);
    assert!(status.contains("active (running), starts at login") && status.contains(&process), "{status}");

    let doctor = manager.run(&[&syncctl, "doctor", "--json"]);
    let doctor: serde_json::Value = serde_json::from_str(&doctor).unwrap();
    let service = doctor["checks"].as_array().unwrap().iter().find(|check| check["subject"] == "service");
    assert_eq!(service.unwrap()["health"], "ok", "{doctor}");

    manager.run(&[&syncctl, "service", "stop"]);
    assert_eq!(show(&manager, "syncd.socket")[0], "inactive");
    assert_eq!(manager.try_run(&[&syncctl, "service", "status"]).status.code(), Some(3));
    manager.run(&[&syncctl, "service", "start"]);
    assert_eq!(show(&manager, "syncd.service")[0], "active");

    for _ in 0..2 {
        let told = manager.run(&[&syncctl, "service", "uninstall"]);
        assert!(told.contains(&format!("{HOME}/.local/share/syncd")), "{told}");
        assert_eq!(manager.show("syncd.service", "LoadState"), "not-found");
        assert_eq!(manager.show("syncd.socket", "LoadState"), "not-found");
        assert!(files(&manager, UNITS).is_empty());
    }
    assert_eq!(files(&manager, ".config/syncd"), ["./config.toml", "./token"]);
    assert!(files(&manager, ".local/share/syncd").contains(&"./syncd.db".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_token_data_and_socket_may_be_elsewhere() {
    let sim = workspace().await;
    let Some(manager) = user("a checkout/target/100%") else { return };
    manager.write(&format!("{HOME}/secrets/token"), TOKEN.as_bytes());
    manager.run(&["chmod", "600", &format!("{HOME}/secrets/token")]);
    let socket = manager.run(&["sh", "-c", "echo $XDG_RUNTIME_DIR/mine/s"]);
    let config = format!(
        "token_file = \"{HOME}/secrets/token\"\ndata_dir = \"{HOME}/big disk/data\"\nsocket = \"{}\"\napi_url = \"{}\"\n",
        socket.trim(),
        sim.url()
    );
    manager.write(&format!("{HOME}/.config/syncd/config.toml"), config.as_bytes());
    let syncctl = format!("{HOME}/a checkout/target/100%/syncctl");
    manager.run(&[&syncctl, "service", "install"]);
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));
    assert!(files(&manager, "big disk/data").contains(&"./syncd.db".to_owned()));
    let status = manager.run(&[&syncctl, "status"]);
    assert!(status.contains("Example Workspace"), "{status}");
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert!(files(&manager, UNITS).is_empty());
}

#[test]
fn a_daemon_that_runs_already_makes_way_for_the_service() {
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    manager.run(&[&syncctl, "service", "start"]);
    let before = manager.run(&[&syncctl, "service", "status", "--json"]);
    let before: serde_json::Value = serde_json::from_str(&before).unwrap();
    assert_eq!(before["units"][0]["load"], "not-found");
    manager.run(&[&syncctl, "service", "install"]);
    assert_eq!(show(&manager, "syncd.service"), ["active", "enabled"]);
    assert_ne!(manager.show("syncd.service", "MainPID"), before["daemon"]["pid"].to_string());
}

#[test]
fn what_others_put_beside_the_units_stays() {
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    manager.write(&format!("{HOME}/{UNITS}/syncd.service.d/mine.conf"), b"[Service]\nMemoryMax=2G\n");
    manager.run(&[&syncctl, "service", "install"]);
    assert_eq!(manager.show("syncd.service", "MemoryMax"), (2_u64 << 30).to_string());
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert_eq!(files(&manager, UNITS), ["./syncd.service.d/mine.conf"]);
}

#[test]
fn where_a_service_can_have_no_namespaces_it_is_installed_without_and_that_is_said() {
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    // It fails as it does where they are forbidden: with status 226.
    let failing = b"[Service]\nBindPaths=/nowhere\n";
    manager.write(&format!("{HOME}/{UNITS}/syncd.service.d/a.conf"), failing);
    let output = manager.try_run(&[&syncctl, "service", "install"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("runs without them"), "{told}");
    assert_eq!(show(&manager, "syncd.service"), ["active", "enabled"]);
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert_eq!(files(&manager, UNITS), ["./syncd.service.d/a.conf"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_and_a_certificate_that_only_the_shell_names_reach_the_confined_service() {
    let sim = workspace().await;
    let network = Network::start(&sim.url()).await;
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    manager.write(&format!("{HOME}/company/ca.pem"), network.authority().as_bytes());
    let shell = format!("cd {HOME}; export https_proxy={} SSL_CERT_FILE=company/ca.pem", network.proxy());
    let init = format!("printf %s {TOKEN} | {syncctl} init --api-url https://{HOST} --service --json");
    let told = manager.run(&["sh", "-c", &format!("{shell}; {init} 2>{HOME}/notes")]);
    let notes = manager.run(&["cat", &format!("{HOME}/notes")]);
    assert!(!told.contains(PASSWORD) && !notes.contains(PASSWORD), "{told}\n{notes}");
    let proxy = network.stranger();
    for line in [
        format!("do not see https_proxy: proxy = {proxy}\n"),
        format!("do not see SSL_CERT_FILE: ca_file = {HOME}/company/ca.pem\n"),
    ] {
        assert!(notes.contains(&line), "{notes}");
    }
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["kept"][0]["variable"], "https_proxy", "{told}");
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));

    let doctor = manager.run(&[&syncctl, "doctor", "--json"]);
    let doctor: serde_json::Value = serde_json::from_str(&doctor).unwrap();
    let finding = |subject: &str| {
        let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["subject"] == subject);
        check.unwrap()["finding"].as_str().unwrap().to_owned()
    };
    assert_eq!(finding("proxy"), format!("{proxy} (proxy)"));
    assert_eq!(finding("certificates"), format!("{HOME}/company/ca.pem (ca_file)"));
    assert!(finding("Intercom").contains(&format!("through the proxy {proxy} (`proxy` in ")), "{doctor}");
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert!(files(&manager, UNITS).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_file_elsewhere_that_another_one_replaces_is_seen_by_the_running_service() {
    let sim = workspace().await;
    let Some(manager) = user(".local/bin") else { return };
    let (syncctl, token) = (format!("{HOME}/.local/bin/syncctl"), format!("{HOME}/secrets/token"));
    manager.write(&format!("{HOME}/secrets/other"), b"key");
    let replace = |text: &str| {
        manager.write(&format!("{token}.new"), text.as_bytes());
        manager.run(&["sh", "-c", &format!("chmod 600 {token}.new; mv {token}.new {token}")]);
    };
    replace("dG9rOnJldm9rZWQ=");
    let config = format!("token_file = \"{token}\"\napi_url = \"{}\"\n", sim.url());
    manager.write(&format!("{HOME}/.config/syncd/config.toml"), config.as_bytes());
    manager.run(&[&syncctl, "service", "install"]);
    manager.wait_for("StatusText", |text| text.contains("401"));
    replace(TOKEN);
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));
    // It is shown that file alone.
    let mounts = manager.proc("mountinfo");
    let is_mounted = |path: &str| mounts.lines().any(|mount| mount.split(' ').nth(4) == Some(path));
    assert!(is_mounted(&token) && !is_mounted(&format!("{HOME}/secrets")), "{mounts}");
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert!(files(&manager, UNITS).is_empty());
    assert_eq!(manager.show("syncd-files.path", "LoadState"), "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folders_that_only_the_shell_knows_are_found_by_every_program() {
    let sim = workspace().await;
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    let shell = format!("export XDG_CONFIG_HOME={HOME}/conf XDG_DATA_HOME={HOME}/big");
    let init = format!("printf %s {TOKEN} | {syncctl} init --api-url {} --service", sim.url());
    let notes = manager.run(&["sh", "-c", &format!("{shell}; {init} 2>&1")]);
    for line in [
        format!(
            "note: {HOME}/.config/syncd leads to {HOME}/conf/syncd now, since other programs do not see XDG_CONFIG_HOME\n"
        ),
        format!("do not see XDG_DATA_HOME: data_dir = {HOME}/big/syncd\n"),
    ] {
        assert!(notes.contains(&line), "{notes}");
    }
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));
    assert_eq!(files(&manager, "conf"), ["./syncd/config.toml", "./syncd/token"]);
    // An agent's program has nothing but the home folder, and asks the same daemon.
    let status = manager.run(&["env", "-u", "XDG_RUNTIME_DIR", &syncctl, "status"]);
    assert!(status.contains("Example Workspace"), "{status}");
    let copies = manager.run(&["find", HOME, "-name", "syncd.db"]);
    assert_eq!(copies, format!("{HOME}/big/syncd/syncd.db\n"));

    // A second configuration is not passed over.
    manager.run(&["sh", "-c", &format!("rm {HOME}/.config/syncd; mkdir {HOME}/.config/syncd")]);
    let output = manager.try_run(&["sh", "-c", &format!("{shell}; {syncctl} service install")]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("there are two configurations"), "{told}");
}

/// Keeps what it is given, as a keyring would.
const SECRET_TOOL: &str = "#!/bin/sh\n\
    case $1 in\n\
    store) umask 077; cat >\"$HOME/kept\" ;;\n\
    lookup) cat \"$HOME/kept\" ;;\n\
    esac\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_the_keyring_reaches_the_service_which_stays_confined() {
    let sim = workspace().await;
    let Some(manager) = user(".local/bin") else { return };
    let syncctl = format!("{HOME}/.local/bin/syncctl");
    let tool = format!("{HOME}/.local/bin/secret-tool");
    manager.write(&tool, SECRET_TOOL.as_bytes());
    manager.run(&["chmod", "755", &tool]);
    let session = format!("PATH={HOME}/.local/bin:/usr/bin:/bin DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere");
    let init = |store: &str| {
        let api = format!("--api-url {}", sim.url());
        manager.run(&[
            "sh",
            "-c",
            &format!("printf %s {TOKEN} | {session} {syncctl} init {api} --store {store} --service"),
        ])
    };
    init("keyring");
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));
    assert!(!manager.path(&format!("{HOME}/.config/syncd/token")).exists());
    let origin = manager.ask(async |client| client.diagnose().await).unwrap();
    let origin = origin.iter().find(|line| line.subject == "access token").unwrap();
    assert_eq!(origin.finding, "from the systemd credential intercom-token");

    // Another token there takes a restart, one in a file takes its place.
    let process = manager.show("syncd.service", "MainPID");
    init("keyring");
    assert_ne!(manager.show("syncd.service", "MainPID"), process);
    init("file");
    manager.wait_for("StatusText", |text| text.ends_with("; 30 conversations"));
    let origin = manager.ask(async |client| client.diagnose().await).unwrap();
    let origin = origin.iter().find(|line| line.subject == "access token").unwrap();
    assert!(origin.finding.ends_with("/.config/syncd/token"), "{origin:?}");
    manager.run(&[&syncctl, "service", "uninstall"]);
    assert!(files(&manager, UNITS).is_empty());
}
