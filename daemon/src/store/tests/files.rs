use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::model::{Deletion, Workspace};
use crate::store::{Counts, Error};

fn contains(dir: &Path, word: &str) -> bool {
    ["syncd.db", "syncd.db-wal"].iter().filter_map(|name| std::fs::read(dir.join(name)).ok()).any(|bytes| {
        let found = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
        found(word.as_bytes()) || found(word.to_lowercase().as_bytes())
    })
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("deep/data");
    let store = Store::open(&folder).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in ["syncd.db", "syncd.db-wal", "syncd.db-shm", "syncd.lock"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_second_daemon_is_refused_until_the_first_has_closed() {
    let (dir, store) = open();
    assert!(matches!(Store::open(dir.path()), Err(Error::InUse { .. })));
    store.close().await;
    Store::open(dir.path()).unwrap().close().await;
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_as_it_was() {
    type Refusal = fn(&Error) -> bool;
    let cases: [(&str, Refusal); 3] = [
        ("CREATE TABLE theirs(x)", |error| matches!(error, Error::Foreign(_))),
        ("PRAGMA application_id = 5", |error| matches!(error, Error::Foreign(_))),
        ("PRAGMA application_id = 1936614244; PRAGMA user_version = 99", |error| {
            matches!(error, Error::Newer { found: 99, .. })
        }),
    ];
    for (sql, is_expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("syncd.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(dir.path()).err().unwrap();
        assert!(is_expected(&error), "{sql}: {error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("syncd.db");
    std::fs::write(&path, "no database, but long enough to be taken for one".repeat(100)).unwrap();
    let error = Store::open(dir.path()).err().unwrap();
    assert!(matches!(error, Error::NotADatabase(_)), "{error}");
    assert!(error.to_string().contains("move it away"));
}

#[tokio::test]
async fn another_workspaces_token_is_refused() {
    let (_dir, store) = open();
    let workspace =
        |id: &str, name: &str| Workspace { id: id.to_owned(), name: Some(name.to_owned()), region: None };
    store.bind_workspace(workspace("a", "One"), "https://a.example.com".to_owned()).await.unwrap();
    store.bind_workspace(workspace("a", "Two"), "https://a.example.com".to_owned()).await.unwrap();
    let error = store.bind_workspace(workspace("b", "B"), String::new()).await.unwrap_err();
    assert!(matches!(error, Error::OtherWorkspace { .. }));
    let (stored, url) = store.read(|snapshot| snapshot.workspace()).await.unwrap().unwrap();
    assert_eq!((stored, url.as_str()), (workspace("a", "Two"), "https://a.example.com"));
}

#[tokio::test]
async fn deleted_and_redacted_text_leaves_the_file() {
    let (dir, store) = open();
    let filler =
        (100..400).map(|n| conversation(&n.to_string(), NOON, NOON + n, &format!("filler {n} text")));
    put(&store, filler).await;
    let mut doomed = conversation("1", NOON, NOON, "Xylophonist");
    doomed.title = Some("Quixotically".to_owned());
    doomed.contacts[0] = Contact {
        id: Some("Zephyranthes".to_owned()),
        name: Some("Wolframite".to_owned()),
        email: Some("Vexillology@example.com".to_owned()),
    };
    doomed.tags.push(tag("Ultramarine"));
    put(&store, [doomed, conversation("2", NOON, NOON, "Kaleidoscope")]).await;
    let secrets = [
        "Xylophonist",
        "Quixotically",
        "Zephyranthes",
        "Wolframite",
        "Vexillology",
        "Ultramarine",
        "Kaleidoscope",
    ];
    assert!(secrets.iter().all(|secret| contains(dir.path(), secret)));

    let deletion = Deletion { id: id("1"), deleted_at: Timestamp(NOON + 99) };
    store.commit_deletions(vec![deletion], None).await.unwrap();
    put(&store, [conversation("2", NOON, NOON + 1, "redacted")]).await;
    store.purge().await.unwrap();
    store.close().await;
    for secret in secrets {
        assert!(!contains(dir.path(), secret), "{secret}");
    }
}

#[tokio::test]
async fn a_reset_leaves_an_empty_database_without_a_trace() {
    let (dir, store) = open();
    put(&store, (0..500).map(|n| conversation(&n.to_string(), NOON, NOON + n, &format!("Palimpsest {n}"))))
        .await;
    store.commit_listing(head(0, NOON)).await.unwrap();
    store.set_mark("sync.cursor", "x").await.unwrap();
    store.reset().await.unwrap();
    assert_eq!(store.read(|snapshot| snapshot.counts()).await.unwrap(), Counts::default());
    assert_eq!(store.read(|snapshot| snapshot.coverage()).await.unwrap().last_sync(), None);
    assert_eq!(store.read(|snapshot| snapshot.mark("sync.cursor")).await.unwrap(), None);
    assert!(!contains(dir.path(), "Palimpsest"));
    put(&store, [conversation("1", NOON, NOON, "fresh start")]).await;
    assert_eq!(ids(&store, question("fresh")).await, ["1"]);
}

#[tokio::test]
async fn a_reset_that_could_not_wipe_everything_leaves_a_copy_that_can_be_read() {
    let (dir, store) = open();
    let rows = |text: &'static str| (0..400).map(move |n| conversation(&n.to_string(), NOON, NOON + n, text));
    put(&store, rows("before")).await;
    // Somebody else reads the database, for as long as it takes.
    let other = rusqlite::Connection::open(dir.path().join("syncd.db")).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM conversation").unwrap();
    let error = store.reset().await.unwrap_err();
    assert!(matches!(error, crate::store::Error::Unwiped(_)), "{error:?}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    put(&store, rows("after")).await;
    store.close().await;
    let store = Store::open(dir.path()).unwrap();
    put(&store, [conversation("1000", NOON, NOON, "later")]).await;
    assert_eq!(store.notice(), None);
    assert_eq!(ask(&store, question("after")).await.total, Some(400));
}

#[tokio::test]
async fn a_copy_of_the_files_at_any_commit_opens_whole() {
    let (dir, store) = open();
    for round in 0..5_i64 {
        let rows = (0..40)
            .map(|n| conversation(&n.to_string(), NOON, NOON + round * 100 + n, &format!("round{round}")));
        put(&store, rows).await;
        store.commit_listing(head(0, NOON + round * 100)).await.unwrap();
        let copy = tempfile::tempdir().unwrap();
        for name in ["syncd.db", "syncd.db-wal"] {
            std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
        }
        let restored = Store::open(copy.path()).unwrap();
        let found = ask(&restored, question(&format!("round{round}"))).await;
        assert_eq!(found.total, Some(40));
        let coverage = restored.read(|snapshot| snapshot.coverage()).await.unwrap();
        assert_eq!(coverage.last_sync(), Some(Timestamp(NOON + round * 100)));
        assert_eq!(restored.read(|snapshot| snapshot.counts()).await.unwrap().conversations, 40);
        restored.close().await;
    }
}

#[tokio::test]
async fn idling_changes_no_answer_and_empties_a_long_log() {
    let (_dir, store) = open();
    put(&store, (0..300).map(|n| conversation(&n.to_string(), NOON, NOON + n, &format!("number {n}")))).await;
    let before = ask(&store, question("number")).await;
    for long in [false, true] {
        if long {
            let fill = "INSERT INTO body(key, texts, parts) VALUES (-1, zeroblob(50 << 20), x'')";
            let filled = store.on_writer(|writer| {
                writer.connection.execute_batch(fill).unwrap();
                Ok(())
            });
            filled.await.unwrap();
        }
        store.idle().await.unwrap();
        assert_eq!(ask(&store, question("number")).await, before);
        assert_eq!(store.log_bytes() == 0, long);
    }
}
