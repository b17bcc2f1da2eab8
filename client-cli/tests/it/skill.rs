//! What the skill for agents tells them to run is there.

use std::process::Command;

const SKILL: &str = include_str!("../../SKILL.md");

fn syncctl(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_syncctl")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns what the text shows as code.
fn code() -> impl Iterator<Item = &'static str> {
    SKILL.split('`').skip(1).step_by(2)
}

#[test]
fn the_skill_names_only_commands_and_flags_that_exist() {
    let mut commands = 0;
    for line in code().filter(|code| code.starts_with("syncctl ")) {
        let mut words = line.split(' ').skip(1);
        let command = words.next().unwrap();
        let help = syncctl(&[command, "--help"]);
        for flag in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{line}: there is no {flag}");
        }
        commands += 1;
    }
    assert!(commands > 10, "{commands}");
    let alone = code().filter(|code| code.starts_with("--"));
    let help: String = ["search", "stats"].map(|command| syncctl(&[command, "--help"])).concat();
    for flag in alone {
        let name = flag.split(' ').next().unwrap();
        assert!(help.contains(name), "there is no {flag}");
    }
}

#[test]
fn the_skill_begins_as_agents_programs_want_it_and_can_be_printed() {
    let head: Vec<&str> = SKILL.lines().take(4).collect();
    assert_eq!((head[0], head[3]), ("---", "---"));
    assert!(head[1].starts_with("name: ") && head[2].starts_with("description: ") && head[2].len() < 1_024);
    assert_eq!(syncctl(&["mcp", "skill"]), SKILL);
}
