//! What a change of one conversation writes to the disk, told by the kernel:
//! `SYNCD_CONVERSATIONS=10000 cargo test -p syncd --lib a_reply_writes -- --nocapture`.

use std::fs::read_to_string;

use rusqlite::Connection;

use super::*;
use crate::store::prepare::prepare_all;
use crate::store::writer::Writer;
use crate::store::{ingest, migrate};

const REPLIES: usize = 50;
const BATCH: usize = 150;

/// Returns how many bytes this thread has written so far.
fn written() -> u64 {
    let counters = read_to_string("/proc/thread-self/io").unwrap();
    counters.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap().parse().unwrap()
}

/// Returns words that are as unevenly frequent as real ones.
fn words(dice: &mut fastrand::Rng) -> String {
    let word = |dice: &mut fastrand::Rng| -> String {
        let rank = (50_000_f64.powf(dice.f64()) as u64).wrapping_mul(2_654_435_761) % 50_000;
        let digits = format!("{rank:x}");
        let letters = digits.chars().filter_map(|digit| char::from_digit(digit.to_digit(16)? + 10, 36));
        letters.collect()
    };
    (0..42).map(|_| word(dice)).collect::<Vec<_>>().join(" ")
}

/// Returns a conversation of eight messages, with one more where somebody has replied to it.
fn talk(number: usize, updated: i64, replied: bool) -> Fetched {
    let mut dice = fastrand::Rng::with_seed(number as u64);
    let name = number.to_string();
    let mut talk = conversation(&name, NOON, updated, &words(&mut dice));
    let said = (1..8 + usize::from(replied)).map(|at| part(&format!("{name}-{at}"), NOON, &words(&mut dice)));
    talk.parts.extend(said);
    let body = |part: &Part| serde_json::json!({"id": part.id, "type": part.kind, "body": part.text});
    let parts: Vec<_> = talk.parts.iter().map(body).collect();
    talk.raw = serde_json::json!({"id": name, "parts": parts}).to_string().into();
    fetched(talk)
}

fn store(writer: &mut Writer, conversations: Vec<Fetched>) {
    let (ready, _) = prepare_all(conversations).unwrap();
    writer.transact(|batch| ingest::commit_details(batch, ready)).unwrap();
}

/// Returns how many times as many bytes replies write as the replied conversations have; with `large` in a database of large
/// pages.
fn written_by_replies(count: usize, large: bool) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("syncd.db");
    if large {
        let begun = Connection::open(&path).unwrap();
        begun.execute_batch("PRAGMA page_size = 4096; CREATE TABLE t(a); DROP TABLE t").unwrap();
    }
    let mut writer = Writer::new(migrate::open_writer(&path).unwrap()).unwrap();
    if large {
        let leaves = "INSERT INTO fts(fts, rank) VALUES ('pgsz', 4050); PRAGMA wal_autocheckpoint = 8000";
        writer.connection.execute_batch(leaves).unwrap();
    }
    for first in (0..count).step_by(BATCH).rev() {
        let batch = first..count.min(first + BATCH);
        store(&mut writer, batch.map(|number| talk(number, NOON + number as i64, false)).collect());
    }
    while writer.merge().unwrap() {}
    writer.checkpoint().unwrap();
    let (mut bytes, before) = (0, written());
    for at in 0..REPLIES {
        let replied = talk(at * count / REPLIES, NOON + DAY + at as i64, true);
        bytes += replied.conversation.raw.len();
        store(&mut writer, vec![replied]);
    }
    writer.tidy().unwrap();
    writer.checkpoint().unwrap();
    (written() - before) as f64 / bytes as f64
}

#[test]
fn a_reply_writes_far_less_than_with_large_pages() {
    let count = std::env::var("SYNCD_CONVERSATIONS").map_or(1_000, |count| count.parse().unwrap());
    let (small, large) = (written_by_replies(count, false), written_by_replies(count, true));
    println!("{small:.0} times the bytes of what changed; {large:.0} times with large pages");
    assert!(small < 0.7 * large, "{small} and {large}");
}

#[test]
fn an_idle_moment_merges_in_proportion_to_what_changed_however_much_there_is_to_merge() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("syncd.db");
    let mut loading = Writer::new(migrate::open_writer(&path).unwrap()).unwrap();
    // Fewer than are merged at once in any case.
    loading.connection.execute_batch("INSERT INTO fts(fts, rank) VALUES ('automerge', 0)").unwrap();
    for first in (0..12).rev().map(|segment| segment * BATCH) {
        let batch = first..first + BATCH;
        store(&mut loading, batch.map(|number| talk(number, NOON + number as i64, false)).collect());
    }
    loading.checkpoint().unwrap();
    drop(loading);
    let mut writer = Writer::new(migrate::open_writer(&path).unwrap()).unwrap();
    store(&mut writer, vec![talk(7, NOON + DAY, true)]);
    let index: i64 =
        writer.connection.query_row("SELECT sum(length(block)) FROM fts_data", [], |row| row.get(0)).unwrap();
    let before = written();
    while writer.merge().unwrap() {}
    let merged = (written() - before).cast_signed();
    assert!(merged > 0 && merged < index / 10, "{merged} of {index} bytes");
}
