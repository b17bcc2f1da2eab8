//! `client-cli/install.sh`, in an empty home, with programs that are built already.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::bench::{Bench, mode};

/// Runs the script in the bench's home with its programs.
fn install(bench: &Bench, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    Command::new("sh")
        .arg(script)
        .args(args)
        .current_dir(bench.path("home"))
        .env_clear()
        .env("HOME", bench.path("home"))
        .env("PATH", "/usr/bin:/bin")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn bench() -> Bench {
    let bench = Bench::with(&[("syncd", "exit 0"), ("syncd-mcp", "exit 0")]);
    fs::create_dir(bench.path("home")).unwrap();
    bench
}

/// Returns the files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let output = Command::new("find").args([".", "!", "-type", "d"]).current_dir(folder).output().unwrap();
    let mut files: Vec<_> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line[2..].to_owned()).collect();
    files.sort();
    files
}

#[test]
fn programs_man_pages_and_completions_are_where_they_are_looked_for_and_go_again() {
    let bench = bench();
    let (home, programs) = (bench.path("home"), bench.path("bin"));
    let from = ["--bin-dir", programs.to_str().unwrap()];
    for _ in 0..2 {
        let output = install(&bench, &from, &[]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        assert!(told.contains("is not in PATH") && told.contains("syncctl init"), "{told}");
    }
    let installed = files(&home);
    for file in [
        ".local/bin/syncctl",
        ".local/bin/syncd",
        ".local/bin/syncd-mcp",
        ".local/share/bash-completion/completions/syncctl",
        ".local/share/fish/vendor_completions.d/syncctl.fish",
        ".local/share/man/man1/syncctl-init.1",
        ".local/share/man/man1/syncctl.1",
        ".local/share/zsh/site-functions/_syncctl",
    ] {
        assert!(installed.contains(&file.to_owned()), "{file} in {installed:?}");
    }
    assert_eq!(mode(&home.join(".local/bin/syncd")), 0o755);
    assert!(!installed.iter().any(|file| file.ends_with(".new")), "{installed:?}");

    fs::create_dir_all(home.join(".config/syncd")).unwrap();
    fs::write(home.join(".config/syncd/config.toml"), "history = \"90d\"\n").unwrap();
    for _ in 0..2 {
        let output = install(&bench, &["--uninstall"], &[]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(files(&home), [".config/syncd/config.toml"]);
    }
}

#[test]
fn another_prefix_has_everything_below_it() {
    let bench = bench();
    let programs = bench.path("bin");
    let output = install(&bench, &["--bin-dir", programs.to_str().unwrap()], &[("PREFIX", "else where")]);
    assert!(output.status.success(), "{output:?}");
    let installed = files(&bench.path("home"));
    assert!(installed.iter().all(|file| file.starts_with("else where/")), "{installed:?}");
    assert!(installed.contains(&"else where/bin/syncd".to_owned()), "{installed:?}");
}

#[test]
fn what_is_missing_or_wrong_is_said_with_what_to_do_before_anything_is_installed() {
    let bench = Bench::with(&[("syncd", "exit 0")]);
    fs::create_dir(bench.path("home")).unwrap();
    let programs = bench.path("bin");
    let cases: [(&[&str], i32, &str); 4] = [
        (&["--bin-dir", programs.to_str().unwrap()], 1, "there is no program syncd-mcp"),
        (&["--bin-dir", "/nowhere"], 1, "there is no folder /nowhere"),
        (&["--prefix"], 2, "--prefix needs a folder"),
        (&["--frobnicate"], 2, "there is no option --frobnicate"),
    ];
    for (args, code, message) in cases {
        let output = install(&bench, args, &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(told.contains(message) && told.contains("\nhint: "), "{told}");
    }
    assert!(files(&bench.path("home")).is_empty());
    let help = install(&bench, &["--help"], &[]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Examples:"));
}
