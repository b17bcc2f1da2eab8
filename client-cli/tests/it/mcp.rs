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
    assert_eq!(json(&bench, DESKTOP), json!({ "globalShortcut": "", "mcpServers": { "syncd": plain } }));
    assert_eq!(json(&bench, CODE), json!({ "numStartups": 3, "mcpServers": { "syncd": stdio } }));
    assert_eq!(json(&bench, CURSOR), json!({ "mcpServers": { "syncd": plain } }));
    assert!(
        bench.read(VSCODE).starts_with("{\n\t// mine\n\t\"servers\": {\n\t\t\"syncd\": {\n"),
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
        assert_eq!(ended.json()["servers"]["syncd"]["env"]["SYNCD_SOCKET"], json!("/run/mine.sock"));
    }
    let ended = bench.run(&["mcp", "config"], "");
    let server = json!({ "command": bench.path("bin/syncd-mcp"), "args": [] });
    assert_eq!(ended.json(), json!({ "mcpServers": { "syncd": server } }));
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

/// Where each program keeps its servers, and what makes it known that it is there.
const PLACES: [(&str, &str, &str); 16] = [
    ("claude-desktop", DESKTOP, ".config/Claude"),
    ("claude-code", CODE, ".claude"),
    ("cursor", CURSOR, ".cursor"),
    ("vscode", VSCODE, ".config/Code"),
    ("vscode-insiders", ".config/Code - Insiders/User/mcp.json", ".config/Code - Insiders"),
    ("vscodium", ".config/VSCodium/User/mcp.json", ".config/VSCodium"),
    ("windsurf", ".codeium/windsurf/mcp_config.json", ".codeium/windsurf"),
    ("devin", ".config/devin/mcp_config.json", ".config/devin"),
    ("zed", ".config/zed/settings.json", ".config/zed"),
    ("zed", ".var/app/dev.zed.Zed/config/zed/settings.json", ".var/app/dev.zed.Zed/config/zed"),
    ("codex", ".codex/config.toml", ".codex"),
    ("gemini-cli", ".gemini/settings.json", ".gemini"),
    ("copilot-cli", ".copilot/mcp-config.json", ".copilot"),
    ("goose", ".config/goose/config.yaml", ".config/goose"),
    ("lm-studio", ".lmstudio/mcp.json", ".lmstudio"),
    ("opencode", ".config/opencode/opencode.json", ".config/opencode"),
];

#[test]
fn each_program_is_found_and_told_in_its_own_place() {
    let bench = bench();
    for (_, _, sign) in PLACES {
        fs::create_dir_all(bench.path(sign)).unwrap();
    }
    let ended = bench.run(&["mcp", "install", "--json"], "");
    assert_eq!(ended.code, 0, "{ended:?}");
    let told = ended.json();
    let found =
        told["clients"].as_array().unwrap().iter().map(|one| {
            (one["client"].as_str().unwrap().to_owned(), one["file"].as_str().unwrap().to_owned())
        });
    let expected =
        PLACES.map(|(client, file, _)| (client.to_owned(), bench.path(file).display().to_string()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let command = bench.path("bin/syncd-mcp").display().to_string();
    for (client, file, _) in PLACES {
        assert!(bench.read(file).contains(&command), "{client}: {}", bench.read(file));
        assert_eq!(mode(&bench.path(file)), 0o600, "{client}");
        // It works by itself: nothing is handed on that a shell had.
        assert!(!bench.read(file).contains("env"), "{client}: {}", bench.read(file));
    }
    let ended = bench.run(&["doctor", "--json"], "");
    let told = ended.json();
    let agents =
        told["checks"].as_array().unwrap().iter().find(|check| check["subject"] == "agents").unwrap();
    assert_eq!(agents["health"], "ok");
    for (client, file, _) in PLACES {
        assert!(agents["finding"].as_str().unwrap().contains(file), "{client}: {agents}");
    }
}

#[test]
fn variables_and_pointers_that_lead_elsewhere_are_followed() {
    let bench = bench();
    let lm_studio = bench.path("models");
    fs::create_dir(&lm_studio).unwrap();
    bench.write(".lmstudio-home-pointer", &format!("{}\n", lm_studio.display()));
    bench.write(".config/opencode/opencode.jsonc", "{}\n");
    bench.write(".config/opencode/opencode.json", "{}\n");
    let moved = [
        ("claude-code", Some("CLAUDE_CONFIG_DIR"), "c", "c/.claude.json"),
        ("codex", Some("CODEX_HOME"), "x", "x/config.toml"),
        ("gemini-cli", Some("GEMINI_CLI_HOME"), "g", "g/.gemini/settings.json"),
        ("copilot-cli", Some("COPILOT_HOME"), "p", "p/mcp-config.json"),
        ("goose", Some("GOOSE_PATH_ROOT"), "o", "o/config/config.yaml"),
        ("lm-studio", None, "", "models/mcp.json"),
        ("opencode", None, "", ".config/opencode/opencode.jsonc"),
    ];
    for (client, variable, folder, file) in moved {
        let folder = bench.path(folder);
        let ended = bench.run_with(&["mcp", "install", "--client", client], "", |command| {
            command.envs(variable.map(|variable| (variable, folder)));
        });
        assert_eq!(ended.code, 0, "{client}: {ended:?}");
        assert!(bench.read(file).contains("syncd-mcp"), "{client}");
    }
    assert_eq!(bench.read(".config/opencode/opencode.json"), "{}\n");
}

#[test]
fn profiles_and_flatpaks_are_told_as_well_each_as_it_can_use_it() {
    let bench = bench();
    let state = json!({ "userDataProfiles": [
        { "name": "Work", "location": "-1a2b" },
        { "name": "Old", "location": { "scheme": "file", "path": "/elsewhere/profiles/3c4d" } },
        { "name": "Shares", "location": "5e6f", "useDefaultFlags": { "mcp": true } },
        { "name": "Gone", "location": "7a8b" },
    ] });
    bench.write(".config/Code/User/globalStorage/storage.json", &state.to_string());
    for profile in ["-1a2b", "3c4d", "5e6f"] {
        fs::create_dir_all(bench.path(".config/Code/User/profiles").join(profile)).unwrap();
    }
    fs::create_dir_all(bench.path(".var/app/com.vscodium.codium/config/VSCodium")).unwrap();
    let ended = bench.run(&["mcp", "install", "--json"], "");
    let told = ended.json();
    let found = told["clients"].as_array().unwrap().iter().map(|one| {
        (one["client"].as_str().unwrap().to_owned(), one["installation"].as_str().map(str::to_owned))
    });
    let profile = |name: &str| ("vscode".to_owned(), Some(format!("profile {name}")));
    let flatpak = ("vscodium".to_owned(), Some("Flatpak".to_owned()));
    let usual = ("vscode".to_owned(), None);
    assert_eq!(found.collect::<Vec<_>>(), [usual, profile("Work"), profile("Old"), flatpak]);
    let command = bench.path("bin/syncd-mcp");
    let plain = json!({ "type": "stdio", "command": command, "args": [] });
    let spawned = json!({ "type": "stdio", "command": "flatpak-spawn", "args": ["--host", command] });
    for (file, server) in [
        (VSCODE, &plain),
        (".config/Code/User/profiles/-1a2b/mcp.json", &plain),
        (".config/Code/User/profiles/3c4d/mcp.json", &plain),
        (".var/app/com.vscodium.codium/config/VSCodium/User/mcp.json", &spawned),
    ] {
        assert_eq!(json(&bench, file)["servers"]["syncd"], *server, "{file}");
    }
    assert!(!bench.path(".config/VSCodium").exists());
    assert_eq!(bench.run(&["mcp", "uninstall"], "").code, 0);
    assert!(!bench.read(VSCODE).contains("syncd-mcp"));
}

#[test]
fn a_projects_files_are_told_those_that_it_uses_or_those_that_are_named() {
    let bench = bench();
    fs::create_dir_all(bench.path("work/.vscode")).unwrap();
    fs::create_dir_all(bench.path(".cursor")).unwrap();
    let folder = bench.path("work");
    let run = |args: &[&str]| {
        let args = [&["mcp", "install", "--project"], args].concat();
        bench.run_with(&args, "", |command| {
            command.current_dir(&folder);
        })
    };
    let ended = run(&[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let stdio = json!({ "type": "stdio", "command": bench.path("bin/syncd-mcp"), "args": [] });
    assert_eq!(json(&bench, "work/.mcp.json")["mcpServers"]["syncd"], stdio);
    assert_eq!(json(&bench, "work/.vscode/mcp.json")["servers"]["syncd"], stdio);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(fs::read_dir(bench.path(".cursor")).unwrap().count(), 0);
    let ended = run(&["--client", "codex", "--client", "opencode", "--client", "copilot-cli"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(bench.read("work/.codex/config.toml").contains("[mcp_servers.syncd]"));
    assert!(bench.read("work/opencode.json").contains("\"local\""));
    let line = ["mcp", "uninstall", "--project", folder.to_str().unwrap()];
    assert_eq!(bench.run(&line, "").code, 0);
    assert!(!bench.read("work/.mcp.json").contains("syncd-mcp"));
    let ended = run(&["--client", "goose"]);
    assert!(ended.code == 1 && ended.stderr.contains("Goose has no files in projects"), "{ended:?}");
    // It would be handed to everybody who works on the project.
    bench.write(".local/state/syncd/syncd.mcp-token", "dG9rOm1hZGUtdXA\n");
    assert_eq!(run(&["--http"]).code, 2);
}

#[test]
fn a_server_over_http_is_told_with_its_token_where_the_program_can_use_it() {
    let bench = bench();
    fs::create_dir_all(bench.path(".cursor")).unwrap();
    fs::create_dir_all(bench.path(".config/Claude")).unwrap();
    let ended = bench.run(&["mcp", "install", "--http"], "");
    assert!(ended.code == 1 && ended.stderr.contains("syncd-mcp --http 127.0.0.1:8808"), "{ended:?}");
    bench.write(".local/state/syncd/syncd.mcp-token", "dG9rOm1hZGUtdXA\n");
    let ended = bench.run(&["mcp", "install", "--http", "[::1]:9000"], "");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("Claude Desktop does not support servers over HTTP"), "{ended:?}");
    let server =
        json!({ "url": "http://[::1]:9000/mcp", "headers": { "Authorization": "Bearer dG9rOm1hZGUtdXA" } });
    assert_eq!(json(&bench, CURSOR), json!({ "mcpServers": { "syncd": server } }));
    assert!(!bench.path(DESKTOP).exists());
    let ended = bench.run(&["mcp", "install", "--http", "--client", "claude-desktop"], "");
    assert!(ended.code == 1 && ended.stdout.contains("leave out --http"), "{ended:?}");
    for address in ["0.0.0.0:8808", "example.com:80", "127.0.0.1:0"] {
        assert_eq!(bench.run(&["mcp", "install", "--http", address], "").code, 2, "{address}");
    }
}

#[test]
fn what_others_can_read_is_told_when_the_token_is_in_it() {
    let bench = bench();
    bench.write(".local/state/syncd/syncd.mcp-token", "dG9rOm1hZGUtdXA\n");
    let file = bench.write(CURSOR, "{}\n");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ended = bench.run(&["mcp", "install", "--http"], "");
    let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("chmod 600 {}", file.display())), "{ended:?}");
}

#[test]
fn the_name_that_earlier_versions_gave_is_left_to_intercoms_own_server() {
    let bench = bench();
    bench.write(CODE, r#"{"mcpServers": {"intercom": {"command": "/old/bin/syncd-mcp", "args": []}}}"#);
    bench.write(CURSOR, r#"{"mcpServers": {"intercom": {"url": "https://mcp.intercom.com/mcp"}}}"#);
    let ended = bench.run(&["mcp", "install"], "");
    assert!(ended.stdout.contains("renamed from intercom to syncd in"), "{ended:?}");
    let command = bench.path("bin/syncd-mcp");
    let server = json!({ "command": command, "args": [], "type": "stdio" });
    assert_eq!(json(&bench, CODE), json!({ "mcpServers": { "syncd": server } }));
    let both = json(&bench, CURSOR)["mcpServers"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(both, ["intercom", "syncd"]);
}

#[test]
fn what_is_printed_is_in_the_programs_own_form_and_as_json_for_programs() {
    let bench = bench();
    let command = bench.path("bin/syncd-mcp").display().to_string();
    let ended = bench.run(&["mcp", "config", "--client", "codex"], "");
    assert_eq!(ended.stdout, format!("[mcp_servers.syncd]\ncommand = {command:?}\nargs = []\n"));
    let ended = bench.run(&["mcp", "config", "--client", "goose"], "");
    assert!(ended.stdout.starts_with("extensions:\n  syncd:\n    enabled: true\n"), "{ended:?}");
    for (client, _, _) in PLACES {
        let ended = bench.run(&["mcp", "config", "--json", "--client", client], "");
        assert!(ended.json().is_object(), "{client}: {ended:?}");
    }
    let ended = bench.run(&["mcp", "config", "--client", "nonesuch"], "");
    assert!(ended.code == 2 && ended.stderr.contains("lm-studio"), "{ended:?}");
}
