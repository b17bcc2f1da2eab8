//! `syncctl mcp`: the files of agents' programs, as they are found in homes.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::bench::{Bench, mode};

const DESKTOP: &str = ".config/Claude/claude_desktop_config.json";
const CODE: &str = ".claude.json";
const CURSOR: &str = ".cursor/mcp.json";
const VSCODE: &str = ".config/Code/User/mcp.json";

fn bench() -> Bench {
    Bench::with(&[("syncd-mcp", "exit 0")])
}

fn json(bench: &Bench, file: &str) -> Value {
    serde_json::from_str(&bench.read(file)).unwrap()
}

/// Returns the names of the files beside one.
fn beside(bench: &Bench, file: &str) -> Vec<String> {
    let folder = bench.path(file).parent().unwrap().to_owned();
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("before-syncctl")).collect()
}

#[test]
fn every_program_that_is_found_is_told_and_what_was_in_its_file_is_kept_beside_it() {
    let bench = bench();
    bench.write(DESKTOP, "{\"globalShortcut\":\"\"}");
    bench.write(CODE, "{\n  \"numStartups\": 3,\n  \"mcpServers\": {}\n}\n");
    fs::create_dir_all(bench.path(".cursor")).unwrap();
    let vscode = "{\n\t// mine\n\t\"servers\": {},\n}\n";
    bench.write(VSCODE, vscode);
    let ended = bench.run(&["mcp", "install", "--json"], "");
    assert_eq!(ended.code, 0, "{ended:?}");
    let told = ended.json();
    let outcomes: Vec<_> = told["clients"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["added"; 4]);
    let command = bench.path("bin/syncd-mcp");
    let plain = json!({ "command": command, "args": [] });
    let stdio = json!({ "type": "stdio", "command": command, "args": [] });
    assert_eq!(json(&bench, DESKTOP), json!({ "globalShortcut": "", "mcpServers": { "intercom": plain } }));
    assert_eq!(json(&bench, CODE), json!({ "numStartups": 3, "mcpServers": { "intercom": stdio } }));
    assert_eq!(json(&bench, CURSOR), json!({ "mcpServers": { "intercom": plain } }));
    assert!(
        bench.read(VSCODE).starts_with("{\n\t// mine\n\t\"servers\": {\n\t\t\"intercom\": {\n"),
        "{}",
        bench.read(VSCODE)
    );
    let kept = beside(&bench, VSCODE);
    assert!(kept.len() == 1 && kept[0].starts_with("mcp.json.before-syncctl-"), "{kept:?}");
    let kept = bench.path(VSCODE).with_file_name(&kept[0]);
    assert_eq!((fs::read_to_string(&kept).unwrap().as_str(), mode(&kept)), (vscode, 0o600));

    // Once more changes nothing.
    let before = [DESKTOP, CODE, CURSOR, VSCODE].map(|file| bench.read(file));
    let again = bench.run(&["mcp", "install"], "");
    assert_eq!(again.stdout.matches("nothing to change").count(), 4, "{again:?}");
    assert_eq!([DESKTOP, CODE, CURSOR, VSCODE].map(|file| bench.read(file)), before);
    assert_eq!(beside(&bench, VSCODE).len(), 1);

    let ended = bench.run(&["mcp", "uninstall"], "");
    assert_eq!((ended.code, ended.stdout.matches("removed from").count()), (0, 4), "{ended:?}");
    assert_eq!(json(&bench, CODE), json!({ "numStartups": 3, "mcpServers": {} }));
    assert!(!bench.read(VSCODE).contains("syncd-mcp"));
}

#[test]
fn a_file_that_cannot_be_read_stays_and_keeps_no_other_from_being_changed() {
    let bench = bench();
    let broken = "{\n  \"mcpServers\": {,}\n}";
    bench.write(DESKTOP, broken);
    bench.write(CURSOR, "{}");
    let ended = bench.run(&["mcp", "install"], "");
    assert_eq!(ended.code, 1);
    let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("nothing was changed: cannot use") && told.contains("line 2, column 18"),
        "{ended:?}"
    );
    assert_eq!(bench.read(DESKTOP), broken);
    assert!(beside(&bench, DESKTOP).is_empty());
    assert!(bench.read(CURSOR).contains("syncd-mcp"));
}

#[test]
fn a_dry_run_shows_the_change_and_makes_none() {
    let bench = bench();
    bench.write(CODE, "{\n  \"a\": 1\n}\n");
    let ended =
        bench.run(&["mcp", "install", "--client", "claude-code", "--client", "cursor", "--dry-run"], "");
    assert_eq!(ended.code, 0, "{ended:?}");
    for line in ["-   \"a\": 1\n", "+   \"a\": 1,\n", "+   \"mcpServers\": {\n", "would be added to"] {
        assert!(ended.stdout.contains(line), "{line:?} {ended:?}");
    }
    assert_eq!(bench.read(CODE), "{\n  \"a\": 1\n}\n");
    assert!(!bench.path(".cursor").exists() && beside(&bench, CODE).is_empty());
}

#[test]
fn a_link_is_followed_and_the_mode_stays() {
    let bench = bench();
    bench.write("dotfiles/claude.json", "{}");
    let real = bench.path("dotfiles/claude.json");
    fs::set_permissions(&real, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    symlink(&real, bench.path(CODE)).unwrap();
    assert_eq!(bench.run(&["mcp", "install"], "").code, 0);
    assert!(bench.path(CODE).is_symlink() && bench.read("dotfiles/claude.json").contains("syncd-mcp"));
    assert_eq!(mode(&real), 0o644);
}

#[test]
fn another_socket_is_passed_on() {
    let bench = bench();
    for (flag, variable) in [(true, None), (false, Some("/run/mine.sock"))] {
        let line = ["mcp", "config", "--client", "vscode", "--socket", "/run/mine.sock"];
        let line = if flag { &line[..] } else { &line[..4] };
        let ended = bench.run_with(line, "", |command| {
            command.envs(variable.map(|path| ("SYNCD_SOCKET", path)));
        });
        assert_eq!(ended.json()["servers"]["intercom"]["env"]["SYNCD_SOCKET"], json!("/run/mine.sock"));
    }
    let ended = bench.run(&["mcp", "config"], "");
    let server = json!({ "command": bench.path("bin/syncd-mcp"), "args": [] });
    assert_eq!(ended.json(), json!({ "mcpServers": { "intercom": server } }));
}

#[test]
fn where_nothing_is_found_it_says_what_to_do() {
    let bench = bench();
    let ended = bench.run(&["mcp", "install"], "");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("--client cursor") && ended.stderr.contains("mcp config"), "{ended:?}");
    assert_eq!(bench.run(&["mcp", "uninstall"], "").code, 0);
    assert!(!bench.path(".cursor").exists() && !bench.path(CODE).exists());
}
