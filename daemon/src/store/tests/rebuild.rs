use std::path::Path;
use std::sync::Mutex;

use rusqlite::{Connection, params};
use serde_json::json;

use super::*;
use crate::intercom::stored_conversation;
use crate::store::{Held, Snapshot};
use proto::types::Grouping;

/// What a truncated conversation of format 3 has among its stored parts.
fn kept(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/stored/kept/3").join(name)).unwrap()
}

fn source(id: i64, total: i64) -> Vec<u8> {
    let author = json!({"type": "user", "id": format!("c{}", id % 7), "name": "Zoë Quist", "email": format!("zoe{id}@example.com")});
    json!({
        "type": "conversation", "id": id.to_string(), "title": format!("Lamp {id}"), "state": "open",
        "created_at": NOON + id, "updated_at": NOON + id + 1_000,
        "source": {"id": "source", "body": format!("<p>Where is order{id}?</p>"), "author": author},
        "contacts": {"contacts": [{"id": format!("c{}", id % 7)}]},
        "tags": {"tags": [{"id": "1", "name": "billing"}]},
        "conversation_parts": {"total_count": total, "conversation_parts": [
            {"id": format!("p{id}"), "part_type": "comment", "body": "<p>common answer</p>", "created_at": NOON + id + 1_000,
             "author": {"type": "admin", "id": "9"}},
        ]},
    })
    .to_string()
    .into_bytes()
}

/// A database as a daemon of format 3 left it. The last conversation's JSON is damaged, the first one is truncated.
fn format_3(dir: &Path, count: i64) {
    let connection = Connection::open(dir.join("syncd.db")).unwrap();
    let migrations = ["0001_conversations", "0002_measures", "0003_reread"];
    for name in migrations {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let sql = std::fs::read_to_string(folder.join(name).with_extension("sql")).unwrap();
        connection.execute_batch(&sql).unwrap();
    }
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA application_id = 1936614244; PRAGMA user_version = 3; BEGIN;
             INSERT INTO mark(name, value) VALUES ('sync.kept', 'as it was');
             INSERT INTO covered(start, finish) VALUES (0, {NOON});
             INSERT INTO counter(name, value) VALUES ('conversations', {count}), ('messages', {}), ('truncated', 1);
             INSERT INTO contact(id, name, email, asked) VALUES ('c1', 'Zoë of old', 'old@example.com', 1);
             INSERT INTO label(id, kind, name, conversations) VALUES (5, 3, 'billing', {count});",
            2 * count
        ))
        .unwrap();
    let dictionary = source(0, 1);
    connection.execute("INSERT INTO dictionary(id, bytes) VALUES (1, ?1)", [&dictionary]).unwrap();
    let mut plain = zstd::bulk::Compressor::new(1).unwrap();
    let mut trained = zstd::bulk::Compressor::with_dictionary(1, &dictionary).unwrap();
    for id in 1..=count {
        let docid = (NOON + id + 1_000) << 8;
        connection
            .prepare_cached(
                "INSERT INTO conversation(key, docid, created_at, updated_at, asked_at, state, title, contacts, tags, labels,
                     messages, truncated, words, words_hash, people_hash, activity)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'open', 'Lamp', x'00', x'00', x'00', 2, ?6, 0, 0, 0, x'00')",
            )
            .unwrap()
            .execute(params![id, docid, NOON + id, NOON + id + 1_000, NOON + id + 2_000, id == 1])
            .unwrap();
        connection
            .execute(
                "INSERT INTO body(key, texts, parts) VALUES (?1, ?2, ?3)",
                params![id, kept("texts"), kept("parts")],
            )
            .unwrap();
        let json = source(id, if id == 1 { 600 } else { 1 });
        let (number, json) = match id {
            id if id == count => (0, vec![0x28, 0xb5]),
            id if id % 2 == 0 => (1, trained.compress(&json).unwrap()),
            _ => (0, plain.compress(&json).unwrap()),
        };
        connection
            .execute("INSERT INTO raw(key, dictionary, json) VALUES (?1, ?2, ?3)", params![id, number, json])
            .unwrap();
        connection
            .execute("INSERT INTO fts(rowid, body, people) VALUES (?1, 'stale words', '')", [docid])
            .unwrap();
        connection.execute("INSERT INTO labelled(label, docid) VALUES (5, ?1)", [docid]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
}

fn open_old(dir: &Path, progress: impl Fn(u64, u64) + Send + Sync) -> Store {
    Store::open_held(Held::take(dir).unwrap(), &stored_conversation, progress).unwrap()
}

async fn look<T: Send + 'static>(
    store: &Store,
    look: impl FnOnce(&Snapshot<'_>) -> Result<T, crate::store::Error> + Send + 'static,
) -> T {
    store.read(look).await.unwrap()
}

/// Asserts that everything is there that was, as if it had been read today.
async fn assert_whole(store: &Store, count: u64) {
    let counts = look(store, |snapshot| snapshot.counts()).await;
    assert_eq!((counts.conversations, counts.pending, counts.truncated), (count - 1, 1, 1));
    assert_eq!(look(store, |snapshot| snapshot.mark("sync.kept")).await.as_deref(), Some("as it was"));
    assert_eq!(look(store, |snapshot| snapshot.coverage()).await.last_sync(), Some(Timestamp(NOON)));
    assert_eq!(ask(store, question("stale")).await.hits.len(), 0);
    let newest = ids(store, question("common")).await;
    let expected: Vec<String> = (1..count).rev().take(20).map(|id| id.to_string()).collect();
    assert_eq!(newest, expected);
    assert_eq!(ids(store, question("order1")).await, ["1"]);
    // What Intercom no longer returns comes from the parts that were stored.
    assert_eq!(ids(store, question("bold")).await, ["1"]);
    let shown = look(store, |snapshot| snapshot.show(&id("1"), 0, 9)).await.unwrap();
    let bodies: Vec<&str> = shown.messages.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["Where is order1?", "bold", "common answer"]);
    assert_eq!(shown.fetched_at, Timestamp(NOON + 2_001));
    for name in ["1", "2"] {
        let (name, number) = (id(name), name.parse().unwrap());
        let json = look(store, move |snapshot| snapshot.json(&name)).await;
        assert_eq!(json, Some(source(number, if number == 1 { 600 } else { 1 })));
    }
    assert_eq!(ask(store, question("tag:billing")).await.hits.len() as u64, (count - 1).min(20));
    let whole = question("").question;
    let counted = look(store, move |snapshot| snapshot.stats(&counting(whole, Grouping::Whole))).await;
    assert_eq!(counted.total.conversations, count - 1);
}

#[tokio::test]
async fn a_database_of_format_3_is_derived_anew_and_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    format_3(dir.path(), 12);
    let heard = Mutex::new(Vec::new());
    let store = open_old(dir.path(), |done, total| heard.lock().unwrap().push((done, total)));
    assert_eq!(*heard.lock().unwrap(), [(0, 12), (12, 12)]);
    assert_whole(&store, 12).await;
    store.purge().await.unwrap();
    store.close().await;
    let connection = Connection::open(dir.path().join("syncd.db")).unwrap();
    let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%_3'";
    assert_eq!(connection.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    drop(connection);
    // It is done once.
    let store = open_old(dir.path(), |_, _| panic!("it is derived already"));
    assert_whole(&store, 12).await;
}

#[tokio::test]
async fn a_kill_at_any_moment_of_deriving_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    format_3(dir.path(), 2_300);
    let copies = Mutex::new(Vec::new());
    let store = open_old(dir.path(), |done, _| {
        let copy = tempfile::tempdir().unwrap();
        for name in ["syncd.db", "syncd.db-wal"] {
            std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
        }
        copies.lock().unwrap().push((done, copy));
    });
    assert_whole(&store, 2_300).await;
    let copies = copies.into_inner().unwrap();
    assert_eq!(copies.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [0, 1_000, 2_000, 2_300]);
    for (done, copy) in copies {
        let heard = Mutex::new(Vec::new());
        let store = open_old(copy.path(), |done, _| heard.lock().unwrap().push(done));
        // The damaged one is removed by the time that all are done.
        assert!(
            heard.lock().unwrap().first().is_none_or(|first| *first == done.min(2_299)),
            "{done}: {heard:?}"
        );
        assert_whole(&store, 2_300).await;
    }
}

#[tokio::test]
async fn another_way_of_deriving_derives_all_anew_from_what_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    format_3(dir.path(), 12);
    open_old(dir.path(), |_, _| ()).close().await;
    let connection = Connection::open(dir.path().join("syncd.db")).unwrap();
    connection
        .execute_batch(
            "UPDATE mark SET value = '0' WHERE name = 'store.derived';
             UPDATE conversation SET title = 'another', labels = x''; UPDATE counter SET value = 77 WHERE name = 'messages'",
        )
        .unwrap();
    drop(connection);
    let heard = Mutex::new(0);
    let store = open_old(dir.path(), |_, _| *heard.lock().unwrap() += 1);
    assert_eq!(heard.into_inner().unwrap(), 2);
    assert_whole(&store, 12).await;
    assert_eq!(look(&store, |snapshot| snapshot.counts()).await.messages, 23);
}
