//! What was deleted or redacted is gone from every byte of every file.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use proto::Timestamp;
use sim::{Author, Options};
use syncd::model::Deletion;
use syncd::store::Store;

use super::disk::reader;
use super::samples::{NOON, fetched, id};
use crate::support::{Bench, workspace};

/// The conversations that have the secret in them.
fn secret() -> impl Iterator<Item = i64> {
    (0..400).filter(|m| m % 10 == 3)
}

/// A name that no other text has.
const SECRET: &str = "Xylophonist";

/// How long the end of a value is that is looked for.
const END: usize = 12;

/// Returns the words as they may stand in a file: as they were written, and as they are indexed.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    vec![word.as_bytes().to_vec(), word.to_lowercase().into_bytes()]
}

/// Returns the files of a folder in which any of these bytes stand.
pub(crate) fn files_with(dir: &Path, traces: &[Vec<u8>]) -> Vec<String> {
    // As text, each byte a character: the search for text is a fast one.
    let text = |bytes: &[u8]| -> String { bytes.iter().copied().map(char::from).collect() };
    let traces: Vec<String> = traces.iter().map(|trace| text(trace)).collect();
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let found = files.filter(|path| {
        // A file may vanish between the two looks.
        let text = text(&fs::read(path).unwrap_or_default());
        traces.iter().any(|trace| text.contains(trace))
    });
    found.map(|path| path.display().to_string()).collect()
}

/// Returns what stands in the files about a conversation: its words, and its values as they are compressed.
pub(super) fn traces(dir: &Path, key: i64, words: &[&str]) -> Vec<Vec<u8>> {
    let db = reader(dir);
    let mut traces: Vec<Vec<u8>> = words.iter().flat_map(|word| spellings(word)).collect();
    for sql in ["SELECT texts, parts FROM body WHERE key = ?1", "SELECT json, json FROM raw WHERE key = ?1"] {
        let blobs: (Vec<u8>, Vec<u8>) =
            db.query_row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        // Its end, where the checksum is: other values may have as much in common as they like.
        traces.extend([blobs.0, blobs.1].map(|blob| blob[blob.len() - END..].to_vec()));
    }
    traces
}

/// A store of conversations of which a few have the secret in them.
async fn store(dir: &Path) -> Store {
    let store = Store::open(dir).unwrap();
    for n in 0..4 {
        let text = |m: i64| if m % 10 == 3 { format!("{SECRET}{m}") } else { format!("filler{m} text") };
        let batch = (n * 100..n * 100 + 100).map(|m| fetched(m, NOON + m, &text(m))).collect();
        store.commit_details(batch).await.unwrap();
    }
    store
}

#[tokio::test]
async fn a_deletion_leaves_no_trace_in_any_file() {
    type Removal = fn(&Store) -> futures::future::BoxFuture<'_, ()>;
    let removals: [(&str, Removal); 3] = [
        ("listed as deleted", |store| {
            Box::pin(async move {
                let deletions = secret().map(|m| Deletion { id: id(m), deleted_at: Timestamp(NOON + 900) });
                store.commit_deletions(deletions.collect(), None).await.unwrap();
            })
        }),
        ("not found twice", |store| {
            Box::pin(async move {
                let gone = secret().map(id);
                store.commit_gone(gone.collect()).await.unwrap();
            })
        }),
        ("redacted", |store| {
            Box::pin(async move {
                let redacted = secret().map(|m| fetched(m, NOON + 900 + m, "redacted"));
                store.commit_details(redacted.collect()).await.unwrap();
            })
        }),
    ];
    for (what, remove) in removals {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        let traces = traces(dir.path(), 3, &[SECRET]);
        for trace in &traces {
            assert!(
                !files_with(dir.path(), std::slice::from_ref(trace)).is_empty(),
                "{what}: the test looks for it"
            );
        }
        remove(&store).await;
        store.purge().await.unwrap();
        assert_eq!(files_with(dir.path(), &traces), [""; 0], "{what}");
        store.close().await;
        assert_eq!(files_with(dir.path(), &traces), [""; 0], "{what}, closed");
    }
}

#[tokio::test]
async fn a_deletion_in_the_middle_of_a_purge_is_purged_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    let traces = traces(dir.path(), 3, &[SECRET]);
    let deletion = |m: i64| Deletion { id: id(m), deleted_at: Timestamp(NOON + 900) };
    store.commit_deletions(vec![deletion(5)], None).await.unwrap();
    let (purged, deleted) =
        futures::future::join(store.purge(), store.commit_deletions(secret().map(deletion).collect(), None))
            .await;
    purged.unwrap();
    assert_eq!(deleted.unwrap(), 40);
    store.idle().await.unwrap();
    assert_eq!(files_with(dir.path(), &traces), [""; 0]);
}

#[tokio::test]
async fn a_purge_that_somebody_reads_in_the_way_of_is_done_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    let traces = traces(dir.path(), 3, &[SECRET]);
    let other = reader(dir.path());
    other.execute_batch("BEGIN; SELECT count(*) FROM conversation").unwrap();
    store.commit_gone(secret().map(id).collect()).await.unwrap();
    store.purge().await.unwrap();
    assert!(!files_with(dir.path(), &traces).is_empty(), "it is in the way");
    other.execute_batch("COMMIT").unwrap();
    store.purge().await.unwrap();
    assert_eq!(files_with(dir.path(), &traces), [""; 0]);
}

#[tokio::test]
async fn a_reset_leaves_no_trace_in_any_file_nor_in_what_was_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path()).await;
    let traces = traces(dir.path(), 3, &[SECRET, "filler7", "Wanderer"]);
    first.close().await;
    let path = dir.path().join("syncd.db");
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[..16].fill(0xa5);
    fs::write(&path, damaged).unwrap();
    Store::open(dir.path()).unwrap().close().await;
    fs::write(&path, whole).unwrap();
    let second = Store::open(dir.path()).unwrap();
    assert_eq!(second.set_aside().len(), 1);
    second.reset().await.unwrap();
    assert_eq!(second.set_aside().len(), 0);
    assert_eq!(files_with(dir.path(), &traces), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_or_redacted_in_intercom_leaves_the_files_by_itself() {
    let bench = Bench::start(Options { oddities: false, ..workspace(320) }).await;
    let dir = bench.home.path().join("data");
    let (doomed, redacted) = (bench.sim.ids()[7].clone(), bench.sim.ids()[9].clone());
    bench.sim.reply(&doomed, Author::Customer, "<p>The Quixotically one</p>");
    let part = bench.sim.reply(&redacted, Author::Customer, "<p>The Kaleidoscope one</p>").unwrap();
    bench.sync().await;
    let key = |id: &String| id.parse().unwrap();
    let traces =
        [traces(&dir, key(&doomed), &["ixotically"]), traces(&dir, key(&redacted), &["eidoscope"])].concat();
    assert!(!files_with(&dir, &traces).is_empty(), "the test looks for it");
    assert!(bench.sim.delete(&doomed));
    assert!(bench.sim.redact(&redacted, &part));
    let db = reader(&dir);
    bench
        .eventually("both being stored and purged", || async {
            let is_deleted = bench.client.status().await.unwrap().total_conversations == 319;
            let shown = bench.client.show_whole(&redacted, false).await.unwrap().conversation;
            let is_redacted = shown.messages.iter().all(|message| !message.body.contains("Kaleidoscope"));
            let purged = "SELECT coalesce((SELECT value FROM counter WHERE name = 'unpurged'), 0)";
            let unpurged: i64 = db.query_row(purged, [], |row| row.get(0)).unwrap();
            (is_deleted && is_redacted && unpurged == 0).then_some(())
        })
        .await;
    assert_eq!(files_with(&dir, &traces), [""; 0]);
}

/// A word that no other text has, as long as the end of a value, and spelt as it is indexed.
fn planted(dice: &mut fastrand::Rng) -> String {
    (0..END).map(|_| dice.lowercase()).collect()
}

/// Returns how many of these pieces stand in the files of a folder.
fn count(dir: &Path, pieces: &HashSet<Vec<u8>>) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default());
    let found = files.flat_map(|file| {
        let found: HashSet<Vec<u8>> =
            file.windows(END).filter(|piece| pieces.contains(*piece)).map(<[u8]>::to_vec).collect();
        found
    });
    found.collect::<HashSet<_>>().len()
}

/// Rows that come in no order are moved from page to page, and leave copies behind.
#[tokio::test]
async fn deletions_and_redactions_in_random_order_leave_no_trace_in_any_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut dice = fastrand::Rng::with_seed(5);
    let mut conversations: Vec<(i64, i64, String)> =
        (0..900).map(|_| (dice.i64(1..1 << 40), NOON + dice.i64(0..9_000_000), planted(&mut dice))).collect();
    for batch in conversations.chunks(90) {
        let batch = batch.iter().map(|(key, at, word)| fetched(*key, *at, word)).collect();
        store.commit_details(batch).await.unwrap();
    }
    // Most change, and so move in the index, with what they say or without the half of it.
    let mut gone: HashSet<Vec<u8>> = HashSet::new();
    let mut forget = |key: i64, word: &str, with_values: bool| {
        gone.insert(word.as_bytes().to_vec());
        if with_values {
            gone.extend(traces(dir.path(), key, &[]));
        }
    };
    for round in 0..6 {
        dice.shuffle(&mut conversations);
        for (key, at, word) in &mut conversations[..120] {
            *at += 10_000_000 * (round + 1);
            let mut changed = fetched(*key, *at, word);
            if dice.bool() {
                forget(*key, word, true);
                *word = planted(&mut dice);
                changed = fetched(*key, *at, word);
            }
            store.commit_details(vec![changed]).await.unwrap();
        }
        let deleted: Vec<_> = conversations.drain(..40).collect();
        for (key, _, word) in &deleted {
            forget(*key, word, true);
        }
        let deletions =
            deleted.iter().map(|(key, ..)| Deletion { id: id(*key), deleted_at: Timestamp(NOON) });
        store.commit_deletions(deletions.collect(), None).await.unwrap();
    }
    store.purge().await.unwrap();
    assert_eq!(count(dir.path(), &gone), 0, "of {}", gone.len());
    store.idle().await.unwrap();
    store.close().await;
    assert_eq!(count(dir.path(), &gone), 0, "of {}, closed", gone.len());
    let kept: HashSet<Vec<u8>> = conversations.iter().map(|(.., word)| word.as_bytes().to_vec()).collect();
    assert_eq!(count(dir.path(), &kept), kept.len(), "the test finds what is there");
}
