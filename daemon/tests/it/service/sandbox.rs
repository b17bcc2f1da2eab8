//! What the service is kept from. Each thing is tried where the service runs, and outside, where it must work: else the
//! attempt would show nothing.

use super::manager::{HOME, Manager};

/// Tries everything, and says on its output what it could do.
const ATTEMPTS: &str = r#"
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name"; fi; }
data=$HOME/.local/share/syncd
touch "$data/mine"
try 'write the database'        touch "$data/x"
try 'read the configuration'    cat "$HOME/.config/syncd/config.toml"
try 'write the configuration'   touch "$HOME/.config/syncd/x"
try 'write the program'         touch "$HOME/.local/bin/syncd"
try 'read a key'                cat "$HOME/.ssh/id"
try 'write the home folder'     touch "$HOME/x"
try 'write below the home'      touch "$HOME/.local/share/x"
try 'write the runtime folder'  touch "$XDG_RUNTIME_DIR/x"
try 'ask the user manager'      systemctl --user show
try 'see files in /tmp'         cat /tmp/others
try 'make a user namespace'     unshare --user true
try 'give a file away'          chown "$(id -u)" "$data/mine"
try 'set the user id bit'       chmod u+s "$data/mine"
try 'change its priority'       [ "$(nice -n 1 nice)" != "$(nice)" ]
try 'choose a processor'        taskset -c 0 true
"#;

const NEEDED: [&str; 2] = ["write the database", "read the configuration"];

#[test]
fn the_service_can_do_what_it_needs_and_nothing_else_that_its_user_can() {
    let probe = "[Service]\nType=oneshot\nWatchdogSec=0\nRestart=no\nExecStart=\n\
                 ExecStart=/bin/sh /usr/local/probe\nStandardOutput=append:%h/could\n";
    let Some(manager) = Manager::start("") else { return };
    manager.write(&format!("{HOME}/.config/syncd/config.toml"), b"");
    manager.write(&format!("{HOME}/.ssh/id"), b"key");
    manager.write("/tmp/others", b"text");
    let probe = probe.replace("/usr/local/probe", &format!("{HOME}/.local/share/syncd/probe"));
    manager.run(&["mkdir", "-p", &format!("{HOME}/.local/share/syncd")]);
    manager.write(&format!("{HOME}/.local/share/syncd/probe"), ATTEMPTS.as_bytes());
    manager.drop_in("probe", &probe);

    let outside = manager.run(&["sh", &format!("{HOME}/.local/share/syncd/probe")]);
    let attempts = ATTEMPTS.lines().filter(|line| line.starts_with("try '")).count();
    assert_eq!(outside.lines().count(), attempts, "outside it could only:\n{outside}");

    manager.systemctl(&["start", "syncd.service"]);
    let inside = std::fs::read_to_string(manager.path(&format!("{HOME}/could"))).unwrap();
    assert_eq!(inside.lines().collect::<Vec<_>>(), NEEDED, "{}", manager.log());
}

#[test]
fn the_running_daemon_has_no_privileges_and_is_limited() {
    let Some(manager) = Manager::start("") else { return };
    manager.systemctl(&["start", "syncd.service"]);
    let status = manager.proc("status");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(field("NoNewPrivs"), "1");
    assert_eq!(field("Seccomp"), "2");
    assert_eq!(field("CapBnd"), "0000000000000000");
    assert_eq!(field("CapEff"), "0000000000000000");
    let limits = manager.proc("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "a core dump would hold the token");
    assert_eq!(manager.show("syncd.service", "LimitCORE"), "0");
    let mounts = manager.proc("mountinfo");
    let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap();
    assert!(root.split(' ').nth(5).unwrap().starts_with("ro,"), "{root}");
    assert_eq!(manager.show("syncd.service", "MemoryMax"), (1_u64 << 30).to_string());
    assert_eq!(manager.show("syncd.service", "MemorySwapMax"), "0");
    assert_eq!(manager.show("syncd.service", "TasksMax"), "512");
}

#[test]
fn where_user_namespaces_are_forbidden_a_drop_in_keeps_what_works_without() {
    let drop_in = include_str!("../../../../systemd/without-user-namespaces.conf");
    let Some(manager) = Manager::start(drop_in) else { return };
    manager.systemctl(&["start", "syncd.service"]);
    let own = manager.run(&["cat", "/proc/self/uid_map"]);
    let process = manager.show("syncd.service", "MainPID");
    assert_eq!(manager.run(&["cat", &format!("/proc/{process}/uid_map")]), own);
    let status = manager.proc("status");
    assert!(status.contains("NoNewPrivs:\t1\n") && status.contains("Seccomp:\t2\n"), "{status}");
    manager.ask(async |client| client.status().await).unwrap();
}
