//! A file in the database's place that is not this program's, or not this version's: it is refused, and left as it is.
//!
//! That another workspace's database is refused, and stays, is shown in `faults`.

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use syncd::store::Store;

use super::disk::{NAME, set_aside};
use super::samples::{NOON, fetched};

/// Starts a daemon over a folder; returns its exit code and what it said.
fn start(dir: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncd"));
    command.env_clear().env("HOME", dir).env("SYNCD_DATA_DIR", dir).env("SYNCD_SOCKET", dir.join("s"));
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Asserts that a daemon refuses what is there with these words, and changes nothing of it.
fn assert_refused(dir: &Path, words: [&str; 2]) {
    let before = fs::read(dir.join(NAME)).unwrap();
    let (code, said) = start(dir);
    assert_eq!(code, Some(1), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
    assert_eq!(fs::read(dir.join(NAME)).unwrap(), before);
    assert_eq!(set_aside(dir).len(), 0);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.commit_details(vec![fetched(1, NOON, "kept")]).await.unwrap();
    store.close().await;
    let db = Connection::open(dir.path().join(NAME)).unwrap();
    db.execute_batch("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    assert_refused(dir.path(), ["newer syncd", "update syncd"]);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let db = Connection::open(dir.path().join(NAME)).unwrap();
    db.execute_batch("CREATE TABLE theirs(x); PRAGMA application_id = 7").unwrap();
    drop(db);
    assert_refused(dir.path(), ["belongs to another program", "move it away"]);
}

#[test]
fn a_damaged_database_of_another_program_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let db = Connection::open(dir.path().join(NAME)).unwrap();
    db.execute_batch("CREATE TABLE theirs(x); PRAGMA application_id = 7").unwrap();
    drop(db);
    let mut bytes = fs::read(dir.path().join(NAME)).unwrap();
    bytes[100..200].fill(0xa5);
    fs::write(dir.path().join(NAME), bytes).unwrap();
    assert_refused(dir.path(), ["is not a database", "move it away"]);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join(NAME),
        "a letter to somebody, long enough to be taken for a database ".repeat(99),
    )
    .unwrap();
    assert_refused(dir.path(), ["is not a database", "move it away"]);
}
