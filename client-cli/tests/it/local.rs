//! What needs no daemon: the doctor's own checks, completions, man pages.

use proto::types::{Diagnosis, Field, Health, SuggestRequest, Suggestion};
use serde_json::json;

use crate::support::samples::status;
use crate::support::{Home, Script};

#[test]
fn the_doctor_says_how_to_start_a_daemon_that_does_not_run() {
    let ended = Home::empty().run(&["doctor"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("fail  daemon"), "{ended:?}");
    assert!(ended.stdout.contains("syncctl service start"), "{ended:?}");
}

#[test]
fn the_doctor_adds_what_the_daemon_found_and_fails_only_on_what_does_not_work() {
    for (health, code) in [(Health::Ok, 0), (Health::Warning, 0), (Health::Failed, 1)] {
        let remedy = Some("make a new one".to_owned());
        let line = Diagnosis { subject: "token".to_owned(), health, finding: "expired".to_owned(), remedy };
        let home = Home::with(Script {
            statuses: [Ok(status())].into(),
            diagnoses: [Ok(vec![line])].into(),
            ..Script::default()
        });
        let ended = home.run(&["doctor", "--json"]);
        assert_eq!(ended.code, code, "{ended:?}");
        let document = ended.json();
        assert_eq!(document["healthy"], json!(code == 0));
        let checks = document["checks"].as_array().unwrap();
        assert_eq!(checks.last().unwrap()["subject"], json!("token"));
        assert!(checks[..checks.len() - 1].iter().all(|check| check["health"] == json!("ok")), "{document}");
    }
}

#[test]
fn the_doctor_names_a_broken_configuration_file() {
    let home = Home::empty();
    let folder = home.path().join("config/syncd");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "socket = [").unwrap();
    let ended = home.run(&["doctor"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("fail  configuration"), "{ended:?}");
}

#[test]
fn completions_are_there_for_every_shell() {
    let home = Home::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = home.run(&["completions", shell]);
        assert_eq!(ended.code, 0);
        assert!(ended.stdout.contains("syncctl"), "{shell}");
        assert_eq!(home.run(&["completions", shell, "--json"]).json()["shell"], json!(shell));
    }
}

/// Returns what the program proposes in the place of the last word.
fn proposed(home: &Home, words: &[&str]) -> String {
    let mut command = home.syncctl(&[&["--", "syncctl"], words].concat());
    command.env("COMPLETE", "zsh").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tags_are_completed_from_what_the_daemon_knows() {
    let tag = Suggestion { value: "billing".to_owned(), note: None, conversations: 7 };
    let home = Home::with(Script { suggestions: [Ok(vec![tag])].into(), ..Script::default() });
    for command in ["search", "stats", "export", "tail", "report"] {
        let proposed = proposed(&home, &[command, "--tag", "bil"]);
        assert!(
            proposed.contains("billing") && proposed.contains("7 conversations"),
            "{command}: {proposed}"
        );
    }
    let asked = home.asked.lock().unwrap();
    let SuggestRequest { field, text, .. } = &asked.suggestions[0];
    assert_eq!((field, text.as_str()), (&Field::Tag, "bil"));
}

#[test]
fn without_a_daemon_there_are_flags_and_no_errors() {
    let home = Home::empty();
    assert_eq!(proposed(&home, &["search", "--tag", "bil"]), "");
    assert!(proposed(&home, &["stats", "--b"]).contains("--by"));
    assert!(proposed(&home, &["stats", "--assignee", "n"]).contains("none"));
}

#[test]
fn a_man_page_is_written_for_each_command() {
    let home = Home::empty();
    let folder = home.path().join("man");
    assert_eq!(home.run(&["man", folder.to_str().unwrap()]).code, 0);
    for page in [
        "syncctl.1",
        "syncctl-search.1",
        "syncctl-stats.1",
        "syncctl-topics.1",
        "syncctl-export.1",
        "syncctl-tail.1",
        "syncctl-report.1",
    ] {
        assert!(folder.join(page).is_file(), "{page}");
    }
}

#[test]
fn the_help_of_every_command_says_what_the_list_of_commands_says_and_has_examples() {
    let home = Home::empty();
    let list = home.run(&["--help"]).stdout;
    let commands = [
        "search",
        "show",
        "stats",
        "topics",
        "tail",
        "export",
        "report",
        "status",
        "sync",
        "check",
        "init",
        "service",
        "doctor",
        "reset",
        "completions",
    ];
    for command in commands {
        let ended = home.run(&[command, "--help"]);
        assert_eq!(ended.code, 0);
        assert!(ended.stdout.contains("Examples:"), "{command}");
        assert!(list.contains(ended.stdout.lines().next().unwrap()), "{command}: {}", ended.stdout);
    }
}
