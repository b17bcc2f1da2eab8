//! What `syncctl doctor` finds of what was set up, before a daemon answers.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::bench::Bench;

const CONFIG: &str = ".config/syncd/config.toml";
/// Judges as the daemon does: what the file says is what is wrong in it.
const SYNCD: &str = r#"
if [ "$1" = --check-config ] && grep -q wrong "$HOME/.config/syncd/config.toml" 2>/dev/null; then
    echo 'error: config.toml: `history` is "wrong"' >&2
    exit 1
fi"#;

fn bench() -> Bench {
    Bench::with(&[("syncd", SYNCD), ("syncd-mcp", "exit 0")])
}

/// Returns the line of a subject: health, finding, and what to do.
fn line(bench: &Bench, subject: &str) -> Option<(String, String, String)> {
    let document = bench.run(&["doctor", "--json"], "").json();
    let checks = document["checks"].as_array().unwrap();
    for check in checks {
        assert!(check["health"] == "ok" || check["remedy"].is_string(), "{check}");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = checks.iter().find(|check| check["subject"] == subject)?;
    Some((text(&found["health"]), text(&found["finding"]), text(&found["remedy"])))
}

#[test]
fn a_setting_that_the_daemon_would_not_take_is_found_before_it_starts() {
    let bench = bench();
    assert_eq!(line(&bench, "configuration").unwrap().0, "ok");
    bench.write(CONFIG, "history = \"wrong\"\n");
    let (health, finding, _) = line(&bench, "configuration").unwrap();
    assert_eq!((health.as_str(), finding.as_str()), ("failed", "config.toml: `history` is \"wrong\""));
}

#[test]
fn the_home_folder_is_known_without_its_variable() {
    let bench = bench();
    let without = bench.run_with(&["doctor", "--json"], "", |command| {
        command.env_remove("HOME");
    });
    let document = without.json();
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["remedy"] != "set HOME"), "{document}");
}

#[test]
fn the_token_file_is_looked_at() {
    let bench = bench();
    let (health, _, remedy) = line(&bench, "token file").unwrap();
    assert_eq!((health.as_str(), remedy.as_str()), ("warning", "syncctl init"));
    let document = bench.run_with(&["doctor", "--json"], "", |command| {
        command.env("INTERCOM_ACCESS_TOKEN", "dG9rOnNlY3JldA==");
    });
    let finding = "none; the service and agents do not see this shell's INTERCOM_ACCESS_TOKEN";
    assert!(document.stdout.contains(finding), "{document:?}");
    let token = bench.write("token", "dG9rOnNlY3JldA==");
    bench.write(CONFIG, &format!("token_file = {token:?}\n"));
    let (health, finding, _) = line(&bench, "token file").unwrap();
    assert_eq!((health, finding), ("ok".to_owned(), format!("{}, mode 600", token.display())));
    fs::set_permissions(&token, Permissions::from_mode(0o640)).unwrap();
    let (health, finding, remedy) = line(&bench, "token file").unwrap();
    assert_eq!((health, remedy), ("failed".to_owned(), format!("chmod 600 {}", token.display())));
    assert!(finding.contains("mode 640"), "{finding}");
    fs::remove_file(&token).unwrap();
    assert!(line(&bench, "token file").unwrap().1.ends_with("does not exist"));
    bench.write(CONFIG, "token_file = \"dG9rOnNlY3JldA==\"\n");
    let (health, finding, _) = line(&bench, "token file").unwrap();
    assert!(health == "failed" && !finding.contains("dG9r"), "{finding}");
}

#[test]
fn proxy_and_certificates_are_those_of_the_configuration_and_what_only_the_shell_has_is_said() {
    let bench = bench();
    assert_eq!((line(&bench, "proxy"), line(&bench, "certificates")), (None, None));
    let certificates = bench.write("ca.pem", "");
    let config = format!("proxy = \"http://uma:hunter2@proxy.example.com\"\nca_file = {certificates:?}\n");
    bench.write(CONFIG, &config);
    let (health, finding, _) = line(&bench, "proxy").unwrap();
    assert_eq!((health.as_str(), finding.as_str()), ("ok", "http://proxy.example.com (proxy)"));
    assert_eq!(line(&bench, "certificates").unwrap().0, "ok");
    fs::remove_file(&certificates).unwrap();
    let (health, finding, remedy) = line(&bench, "certificates").unwrap();
    assert!(
        health == "failed" && finding.contains("ca.pem") && remedy.contains("ca_file"),
        "{finding}: {remedy}"
    );
    let document = bench.run_with(&["doctor", "--json"], "", |command| {
        command.env("HTTPS_PROXY", "http://uma:hunter2@other.example.com");
    });
    assert!(!document.stdout.contains("hunter2"), "{document:?}");
    let document = document.json();
    let check =
        document["checks"].as_array().unwrap().iter().find(|check| check["subject"] == "proxy").unwrap();
    assert_eq!(
        (&check["health"], &check["remedy"]),
        (&"warning".into(), &"to keep it in config.toml: syncctl service install".into())
    );
    assert!(check["finding"].as_str().unwrap().contains("other.example.com"), "{check}");
}

#[test]
fn agents_that_do_not_know_it_or_start_what_is_gone_are_found() {
    let bench = bench();
    assert_eq!(line(&bench, "agents").unwrap().0, "ok");
    fs::create_dir(bench.path(".cursor")).unwrap();
    let (health, finding, remedy) = line(&bench, "agents").unwrap();
    assert_eq!((health.as_str(), remedy.as_str()), ("warning", "syncctl mcp install"));
    assert!(finding.contains("Cursor"), "{finding}");
    assert_eq!(bench.run(&["mcp", "install"], "").code, 0);
    let file = bench.path(".cursor/mcp.json");
    let known = format!("set up for Cursor ({})", file.display());
    assert_eq!(line(&bench, "agents").unwrap().1, known);
    // One that the user does not want to tell is no fault.
    fs::create_dir(bench.path(".gemini")).unwrap();
    let (health, finding, _) = line(&bench, "agents").unwrap();
    assert_eq!((health, finding), ("ok".to_owned(), format!("{known}; not for Gemini CLI")));
    fs::remove_file(bench.path("bin/syncd-mcp")).unwrap();
    let (health, finding, _) = line(&bench, "agents").unwrap();
    assert!(health == "failed" && finding.ends_with("which is not there"), "{finding}");
    bench.write(".cursor/mcp.json", "{,}");
    assert!(line(&bench, "agents").unwrap().1.contains("line 1, column 2"));
}

#[test]
fn without_systemd_the_service_is_no_fault() {
    let bench = bench();
    assert_eq!(line(&bench, "service").unwrap().0, "ok");
    assert_eq!(line(&bench, "at logout"), None);
}
