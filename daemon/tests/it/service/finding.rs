//! One daemon, found by every program of a user, whatever the environment that it was started in lacks: as agents' programs,
//! cron and `su` start theirs.

use std::path::Path;

use serde_json::{Value, json};
use sim::Sim;

use super::manager::{HOME, Manager};
use super::setup::{show, user, workspace};

const SYNCCTL: &str = "/home/syncd-test/.local/bin/syncctl";
const SYNCD: &str = "/home/syncd-test/.local/bin/syncd";
const SHIM: &str = "/home/syncd-test/.local/bin/syncd-mcp";

/// What the official SDKs and Codex hand on to a server, and nothing else.
const AGENTS: [&str; 6] = [
    "HOME=/home/syncd-test",
    "LOGNAME=syncd-test",
    "PATH=/usr/bin:/bin",
    "SHELL=/bin/sh",
    "TERM=xterm",
    "USER=syncd-test",
];

/// Environments in which programs are started that have no session of their own: what each has besides [`AGENTS`].
const ENVIRONMENTS: [&[&str]; 4] = [
    &[],
    &["XDG_RUNTIME_DIR=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_STATE_HOME="],
    // What `su` leaves of another user's session.
    &[
        "XDG_RUNTIME_DIR=/run/user/0",
        "XDG_DATA_HOME=/root/.local/share",
        "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus",
    ],
    // A system unit that starts an agent's program.
    &[
        "INVOCATION_ID=0123456789abcdef0123456789abcdef",
        "NOTIFY_SOCKET=/run/nobody/listens",
        "LISTEN_FDS=1",
        "LISTEN_PID=1",
    ],
];

/// Returns the command as it is run with nothing but these variables.
fn with<'a>(variables: &'a [&'a str], command: &[&'a str]) -> Vec<&'a str> {
    [&["env", "-i"], AGENTS.as_slice(), variables, command].concat()
}

/// Returns a user who has the programs and a token, and nothing that starts by itself.
async fn set_up() -> Option<(Sim, Manager)> {
    let sim = workspace().await;
    let manager = user(".local/bin")?;
    let shim = Path::new(env!("CARGO_BIN_EXE_syncd")).with_file_name("syncd-mcp");
    manager.program(SHIM, &shim);
    manager.write(&format!("{HOME}/.config/syncd/token"), sim.token().as_bytes());
    manager.run(&["chmod", "600", &format!("{HOME}/.config/syncd/token")]);
    let config = format!("token_file = '{HOME}/.config/syncd/token'\napi_url = '{}'\n", sim.url());
    manager.write(&format!("{HOME}/.config/syncd/config.toml"), config.as_bytes());
    Some((sim, manager))
}

/// Returns the processes of daemons, but for those that have ended.
fn daemons(manager: &Manager) -> Vec<String> {
    let script = "for f in /proc/[0-9]*; do [ \"$(cat $f/comm 2>/dev/null)\" = syncd ] && \
                  grep -q '^State:.[^ZX]' $f/status 2>/dev/null && echo \"${f#/proc/}\"; done; true";
    manager.run(&["sh", "-c", script]).lines().map(str::to_owned).collect()
}

/// Asks over MCP how syncd is, as an agent does whose environment has only these variables.
fn ask(manager: &Manager, variables: &[&str]) -> Value {
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                      "io.modelcontextprotocol/clientCapabilities": {}});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                      "params": {"name": "get_sync_status", "arguments": {}, "_meta": meta}});
    // The end of its input would end it before it has started a daemon.
    let script = format!(
        "coproc {SHIM}; printf '%s\\n' '{call}' >&\"${{COPROC[1]}}\"; read -r answer <&\"${{COPROC[0]}}\"; \
         printf '%s\\n' \"$answer\""
    );
    let answer = manager.run(&with(variables, &["timeout", "60", "bash", "-c", &script]));
    serde_json::from_str(&answer).unwrap()
}

fn has_answered(answer: &Value) -> bool {
    answer["result"]["isError"] == json!(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_without_a_sessions_variables_find_the_service_and_start_no_second_daemon() {
    let Some((_sim, manager)) = set_up().await else { return };
    manager.run(&[SYNCCTL, "service", "install"]);
    let process = manager.show("syncd.service", "MainPID");
    for variables in ENVIRONMENTS {
        let status = manager.run(&with(variables, &[SYNCCTL, "service", "status", "--json"]));
        let status: Value = serde_json::from_str(&status).unwrap();
        assert_eq!(status["daemon"]["pid"].to_string(), process, "{variables:?}: {status}");
        assert_eq!(status["manager"], "systemd", "{variables:?}: {status}");
        let answer = ask(&manager, variables);
        assert!(has_answered(&answer), "{variables:?}: {answer}");
        let doctor = manager.try_run(&with(variables, &[SYNCCTL, "doctor", "--json"]));
        let doctor: Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let view =
            doctor["checks"].as_array().unwrap().iter().find(|check| check["subject"] == "agents' view");
        assert_eq!(view.unwrap()["health"], "ok", "{variables:?}: {doctor}");
        assert_eq!(daemons(&manager), [process.as_str()], "{variables:?}");
    }
    manager.run(&with(ENVIRONMENTS[2], &[SYNCCTL, "service", "stop"]));
    assert_eq!(show(&manager, "syncd.service")[0], "inactive");
    assert_eq!(daemons(&manager), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_starts_the_installed_service_and_not_a_daemon_of_its_own() {
    let Some((_sim, manager)) = set_up().await else { return };
    manager.run(&[SYNCCTL, "service", "install"]);
    for variables in ENVIRONMENTS {
        manager.systemctl(&["stop", "syncd.socket", "syncd.service"]);
        let answer = ask(&manager, variables);
        assert!(has_answered(&answer), "{variables:?}: {answer}");
        assert_eq!(daemons(&manager), [manager.show("syncd.service", "MainPID")], "{variables:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_takes_over_from_a_daemon_that_an_agent_started() {
    let Some((_sim, manager)) = set_up().await else { return };
    manager.run(&[SYNCCTL, "service", "install"]);
    for variables in ENVIRONMENTS {
        manager.systemctl(&["stop", "syncd.socket", "syncd.service"]);
        manager.run(&with(variables, &[SYNCD, "--daemonize"]));
        let [agents] = daemons(&manager).try_into().unwrap();
        // As at the next login.
        manager.systemctl(&["start", "syncd.socket", "syncd.service"]);
        let process = manager.show("syncd.service", "MainPID");
        assert_ne!(process, agents, "{variables:?}");
        assert_eq!(daemons(&manager), [process.as_str()], "{variables:?}");
        assert_eq!(manager.show("syncd.service", "NRestarts"), "0", "{variables:?}");
        let answer = ask(&manager, variables);
        assert!(has_answered(&answer), "{variables:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_says_nothing_of_itself_gives_way_to_the_service_as_well() {
    let Some((_sim, manager)) = set_up().await else { return };
    // One of an earlier version: it holds the lock, and nothing else is known of it.
    let old = format!("{HOME}/old");
    let script = format!(
        "mkdir -m 700 -p {HOME}/.local/share/syncd {old} && ln -s /bin/sleep {old}/syncd && \
         (setsid flock --no-fork {HOME}/.local/share/syncd/syncd.lock {old}/syncd 600 &) >/dev/null 2>&1"
    );
    manager.run(&["bash", "-c", &script]);
    while daemons(&manager).is_empty() {
        std::thread::yield_now();
    }
    let refused = manager.try_run(&with(&[], &[SYNCD]));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("another syncd (process {})", daemons(&manager)[0])), "{said}");
    manager.run(&[SYNCCTL, "service", "install"]);
    assert_eq!(daemons(&manager), [manager.show("syncd.service", "MainPID")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_restarted_as_it_ran() {
    let Some((_sim, manager)) = set_up().await else { return };
    let restart = [SYNCCTL, "service", "restart", "--if-running"];
    manager.run(&with(&[], &restart));
    assert_eq!(daemons(&manager), [""; 0]);
    assert!(has_answered(&ask(&manager, &[])));
    let [before] = daemons(&manager).try_into().unwrap();
    manager.run(&with(&[], &restart));
    let [after] = daemons(&manager).try_into().unwrap();
    assert_ne!(before, after);
    assert_eq!(manager.show("syncd.service", "LoadState"), "not-found");
    manager.run(&[SYNCCTL, "service", "install"]);
    let before = manager.show("syncd.service", "MainPID");
    manager.run(&with(&[], &restart));
    let process = manager.show("syncd.service", "MainPID");
    assert_ne!(before, process);
    assert_eq!(daemons(&manager), [process]);
}
