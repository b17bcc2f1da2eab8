//! Each guard of the truth is worth having: where one is taken away, a test fails.
//!
//! Guards are plain code, and nothing in it knows of this. All mutants of [`table`] are put into one copy of the sources,
//! which is built once; `SYNCD_MUTANT` chooses among them when a test runs. `SYNCD_MUTANTS=word` looks only at those
//! with the word in their name.
#![allow(clippy::unwrap_used)]

mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use table::{MUTANTS, Mutant};

/// Folders at the top of the workspace that are no part of what is built.
const LEFT_OUT: [&str; 3] = ["target", ".git", ".ci"];

/// The version of all crates, as the workspace states it.
const VERSION: &str = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");

/// A test that is quick to show that the copy works.
const UNTOUCHED: &str = "oracle::guards::two_things_that_are_said_within_a_second_are_both_there";

/// Returns a file as it is with all mutants in it, of which none is chosen.
fn mutated(path: &Path, mut text: String) -> String {
    for Mutant { name, changes, .. } in MUTANTS {
        let chosen = format!("(std::env::var_os(\"SYNCD_MUTANT\").is_some_and(|chosen| chosen == {name:?}))");
        for change in changes.iter().filter(|change| path == Path::new("daemon/src").join(change.file)) {
            let found = text.matches(change.find).count();
            assert_eq!(
                found,
                1,
                "{:?} stands {found} times in {}: renew the mutant",
                change.find,
                path.display()
            );
            text = text.replace(change.find, &change.replace.replace("MUTANT", &chosen));
        }
    }
    // Cargo tells builds apart by name and version, not by the folder: without another version it would take what was built
    // of the copy for the workspace itself.
    if path == Path::new("Cargo.toml") {
        text = text.replacen(VERSION, &format!("{}+mutants\"", VERSION.trim_end_matches('"')), 1);
    }
    // A name of its own lets this test be built with the features of the whole workspace, and without its other tests.
    if path == Path::new("daemon/Cargo.toml") {
        text = text.replace("name = \"it\"", "name = \"mutated\"");
    }
    text
}

/// Copies a folder of the workspace; files that are as they should be keep their time, so that they are not built anew.
fn copy(root: &Path, folder: &Path, to: &Path) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if LEFT_OUT.iter().any(|left_out| path == Path::new(left_out)) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(to.join(&path)).unwrap();
            copy(root, &path, to);
            continue;
        }
        let original = fs::read(entry.path()).unwrap();
        let content = match String::from_utf8(original) {
            Ok(text) => mutated(&path, text).into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };
        if fs::read(to.join(&path)).ok().as_ref() != Some(&content) {
            fs::write(to.join(&path), content).unwrap();
        }
    }
}

/// Builds the copy's tests and returns where they are.
fn build(copy: &Path) -> PathBuf {
    // What the workspace itself was built with is used again.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--workspace", "--test", "mutated", "--no-run", "--offline"])
        .args(["--message-format", "json-render-diagnostics"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(copy)
        .output()
        .unwrap();
    assert!(built.status.success(), "the copy cannot be built: {}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let artifacts = messages.lines().filter(|line| line.contains("\"name\":\"mutated\""));
    let program = artifacts.filter_map(|line| line.split("\"executable\":\"").nth(1)).next_back();
    PathBuf::from(program.and_then(|rest| rest.split('"').next()).expect("cargo names what it built"))
}

/// Runs a test of the copy and returns whether it passes, and what it said.
fn passes(program: &Path, copy: &Path, test: &str, mutant: Option<&str>) -> (bool, String) {
    let mut command = Command::new(program);
    command.args([test, "--exact", "--test-threads", "1"]).current_dir(copy.join("daemon"));
    command.env_remove("SYNCD_MUTANT").envs(mutant.map(|name| ("SYNCD_MUTANT", name)));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test\n"), "there is no test {test}: {said}");
    (output.status.success(), said)
}

/// Does something with each of these, on as many threads as there are processors.
fn on_threads<T: Send, R: Send>(these: Vec<T>, what: impl Fn(T) -> R + Sync) -> Vec<R> {
    let (left, done) = (Mutex::new(these.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(next) = left.lock().unwrap().next() else { return };
                    let result = what(next);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

#[test]
#[ignore = "builds a copy of the daemon, which takes minutes; .ci/run does it"]
fn every_guard_of_the_truth_is_missed_by_a_test_where_it_is_taken_away() {
    let only = std::env::var("SYNCD_MUTANTS").unwrap_or_default();
    let mutants: Vec<&Mutant> = MUTANTS.iter().filter(|mutant| mutant.name.contains(&only)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&to).unwrap();
    copy(root, Path::new(""), &to);
    let program = build(&to);

    // That they pass where nothing is taken away, the workspace's own tests show; that the copy is no other, one of them.
    let (passed, said) = passes(&program, &to, UNTOUCHED, None);
    assert!(passed, "{UNTOUCHED} fails in a copy with every guard in place: {said}");

    let began = Instant::now();
    let unmissed: Vec<&str> = on_threads(mutants, |mutant| {
        let (passed, said) = passes(&program, &to, mutant.missed_by, Some(mutant.name));
        let why = said.lines().skip_while(|line| !line.contains("panicked at")).nth(1).unwrap_or_default();
        let why: String = why.chars().take(140).collect();
        println!("{:4} s: where {}: {why}", began.elapsed().as_secs(), mutant.name);
        passed.then_some(mutant.name)
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(unmissed.is_empty(), "no test misses what is taken away where {unmissed:?}");
}
