//! A damaged database: it is set aside as it was found, whoever asks is told, and a new copy is begun.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use proto::types::{Expr, Health, Question, SearchRequest, Window};
use proto::{Interval, Timestamp};
use sim::Options;
use syncd::store::{Error, Search, Store};

use super::disk::{Depth, LOG, NAME, PAGE, Picture, examine, reader, set_aside};
use super::samples::{NOON, fetched, head, id, page};

use crate::support::{Bench, truth, workspace};

/// A database of some conversations with a claim, its log empty.
async fn database() -> Picture {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store
        .commit_details((0..200).map(|n| fetched(n, NOON + n, &format!("text{n}"))).collect())
        .await
        .unwrap();
    store.commit_listing(page([], head(NOON - 100, NOON + 300))).await.unwrap();
    store.idle().await.unwrap();
    store.close().await;
    Picture::take(dir.path())
}

/// Asks for everything there is, and stores everything anew; returns the first thing that did not go well.
async fn use_all(store: &Store) -> Result<(), Error> {
    store.read(|snapshot| Ok((snapshot.counts()?, snapshot.claims()?, snapshot.workspace()?))).await?;
    let window = Interval::new(0, NOON + 10_000);
    store.read(move |snapshot| snapshot.search(&Search::newest(window, 100))).await?;
    for word in ["text1", "customer", "about"] {
        let mut search = Search::newest(window, 100);
        search.question.query = Expr::word(word);
        store.read(move |snapshot| snapshot.search(&search)).await?;
    }
    for n in 0..200 {
        store.read(move |snapshot| Ok((snapshot.show(&id(n), 0, 10)?, snapshot.json(&id(n))?))).await?;
    }
    let clocks = syncd::store::Clocks { intercom: Timestamp(NOON), daemon: Timestamp(NOON) };
    store.read(move |snapshot| Ok((snapshot.pending(10, clocks)?, snapshot.known_deletions()?))).await?;
    store.commit_details((0..200).map(|n| fetched(n, NOON + 400 + n, "again")).collect()).await?;
    store.commit_gone((0..100).map(id).collect()).await?;
    store.idle().await
}

/// Asserts that a store over this picture is found out to be damaged sooner or later, that nothing is lost of it, and
/// that a new one is begun which claims nothing.
async fn assert_set_aside(what: &str, picture: &Picture) {
    let dir = picture.put();
    let store = Store::open(dir.path()).unwrap();
    if store.notice().is_none() {
        let error = use_all(&store).await.expect_err(what);
        assert!(matches!(error, Error::Corrupt { .. }), "{what}: {error}");
        let again = store.read(|snapshot| snapshot.claims()).await.unwrap_err();
        assert!(matches!(again, Error::Corrupt { .. }), "{what}: nothing is answered from it any more");
        store.replace_damaged().await.unwrap();
    }
    let aside = set_aside(dir.path());
    assert_eq!(aside.len(), 1, "{what}");
    let notice = store.notice().unwrap();
    assert!(
        notice.contains(&aside[0].display().to_string()) && notice.contains("new copy"),
        "{what}: {notice}"
    );
    assert_eq!(store.set_aside(), aside);
    let coverage = store.read(|snapshot| snapshot.coverage()).await.unwrap();
    assert_eq!(coverage.last_sync(), None, "{what}: it claims nothing");
    use_all(&store).await.unwrap();
    store.close().await;
    examine(dir.path(), Depth::Rows);
    assert_eq!(fs::metadata(&aside[0]).unwrap().permissions().mode() & 0o777, 0o600, "{what}");
}

#[tokio::test]
async fn a_damaged_header_sets_the_database_aside_as_it_was_found() {
    let picture = database().await;
    for (at, length) in [(0, 16), (16, 2), (0, 68)] {
        let mut damaged = picture.clone();
        damaged.database[at..at + length].fill(0xa5);
        assert_set_aside(&format!("{length} bytes of the header at {at}"), &damaged).await;
        let dir = damaged.put();
        Store::open(dir.path()).unwrap().close().await;
        assert_eq!(fs::read(&set_aside(dir.path())[0]).unwrap(), damaged.database);
    }
}

#[tokio::test]
async fn a_file_that_was_the_database_is_known_though_nothing_of_its_first_page_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.commit_details(vec![fetched(1, NOON, "kept")]).await.unwrap();
    store.close().await;
    let file = fs::OpenOptions::new().write(true).open(dir.path().join(NAME)).unwrap();
    file.write_all_at(&[0; PAGE], 0).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(store.notice().unwrap().contains("set aside"));
    assert_eq!(store.set_aside().len(), 1);
    store.close().await;
}

#[tokio::test]
async fn a_damaged_page_of_any_table_or_index_sets_the_database_aside() {
    let picture = database().await;
    let roots: BTreeMap<String, u32> = {
        let dir = picture.put();
        let db = reader(dir.path());
        let mut statement =
            db.prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    for name in [
        "conversation",
        "body",
        "raw",
        "label",
        "labelled",
        "contact",
        "counter",
        "covered",
        "pending",
        "gone",
    ] {
        let mut damaged = picture.clone();
        let start = (roots[name] as usize - 1) * PAGE;
        damaged.database[start..start + PAGE].fill(0xa5);
        assert_set_aside(&format!("the root of {name}"), &damaged).await;
    }
    for name in ["fts_data", "fts_idx", "fts_config", "conversation_docid"] {
        let mut damaged = picture.clone();
        let start = (roots[name] as usize - 1) * PAGE;
        damaged.database[start..start + 16].fill(0xa5);
        assert_set_aside(&format!("the root of {name}"), &damaged).await;
    }
}

#[tokio::test]
async fn a_database_that_lost_its_second_half_is_set_aside() {
    let mut picture = database().await;
    let half = picture.database.len() / 2 / PAGE * PAGE;
    picture.database.truncate(half);
    assert_set_aside("half a database", &picture).await;
}

#[tokio::test]
async fn a_value_that_cannot_be_read_back_costs_its_own_conversation_alone_which_is_fetched_again() {
    let picture = database().await;
    for damage in [
        "UPDATE body SET texts = x'28b52ffd00' WHERE key = 7",
        "UPDATE body SET parts = x'01' WHERE key = 7",
        "UPDATE body SET parts = CAST(substr(parts, 1, 20) || x'ff' || substr(parts, 22) AS BLOB) WHERE key = 7",
        "UPDATE raw SET json = x'ff' WHERE key = 7",
        "UPDATE conversation SET contacts = x'02' WHERE key = 7",
        "UPDATE conversation SET labels = x'' WHERE key = 7",
        "DELETE FROM body WHERE key = 7",
    ] {
        let dir = picture.put();
        rusqlite::Connection::open(dir.path().join(NAME)).unwrap().execute_batch(damage).unwrap();
        let store = Store::open(dir.path()).unwrap();
        let again = |n| fetched(n, NOON + 400 + n, "again");
        let shown = store.read(|snapshot| Ok((snapshot.show(&id(7), 0, 9)?, snapshot.json(&id(7))?))).await;
        if let Err(error) = shown {
            assert!(
                error.is_transient() && error.to_string().contains("conversation 7"),
                "{damage}: {error}"
            );
        } else if let Err(error) = store.commit_details(vec![again(7)]).await {
            assert!(error.is_transient(), "{damage}: {error}");
        }
        let clocks = syncd::store::Clocks { intercom: Timestamp(NOON + 900), daemon: Timestamp(NOON + 900) };
        let pending = store.read(move |snapshot| snapshot.pending(10, clocks)).await.unwrap();
        let stored = store.read(|snapshot| snapshot.counts()).await.unwrap();
        assert_eq!((pending.len(), stored.conversations), (1, 199), "{damage}");
        store.commit_details((0..200).map(again).collect()).await.unwrap();
        assert_eq!(store.read(|snapshot| snapshot.counts()).await.unwrap().conversations, 200, "{damage}");
        assert_eq!(store.notice(), None, "{damage}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_log_cut_short_at_any_length_or_changed_opens_as_the_database_was_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut states = vec![examine(dir.path(), Depth::Rows)];
    for round in 0..4 {
        let batch = (0..10).map(|n| fetched(n, NOON + round * 100 + n, &format!("round{round}"))).collect();
        store.commit_details(batch).await.unwrap();
        states.push(examine(dir.path(), Depth::Rows));
        store.commit_listing(page([], head(NOON - 100, NOON + round * 100))).await.unwrap();
        states.push(examine(dir.path(), Depth::Rows));
    }
    let picture = Picture::take(dir.path());
    store.close().await;
    let mut dice = fastrand::Rng::with_seed(11);
    for n in 0..120 {
        let mut damaged = picture.clone();
        let at = dice.usize(..picture.log.len());
        if n % 2 == 0 {
            damaged.log.truncate(at);
        } else {
            damaged.log[at] ^= 0x40;
        }
        let dir = damaged.put();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.notice(), None, "{at}");
        store.close().await;
        assert!(states.contains(&examine(dir.path(), Depth::Rows)), "{at}");
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_kept() {
    for empty in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit_details(vec![fetched(1, NOON, "kept")]).await.unwrap();
        let mut picture = Picture::take(dir.path());
        store.close().await;
        picture.database.clear();
        let dir = picture.put();
        if !empty {
            fs::remove_file(dir.path().join(NAME)).unwrap();
        }
        let store = Store::open(dir.path()).unwrap();
        assert!(store.notice().unwrap().contains("set aside"));
        let aside = store.set_aside();
        let log = format!("{}-wal", aside[0].display());
        assert_eq!(fs::read(log).unwrap(), picture.log);
        store.close().await;
    }
}

#[tokio::test]
async fn a_database_that_is_damaged_again_and_again_does_not_fill_the_disk() {
    let picture = database().await;
    let dir = picture.put();
    for round in 0..5 {
        fs::write(dir.path().join(NAME), &picture.database).unwrap();
        let file = fs::OpenOptions::new().write(true).open(dir.path().join(NAME)).unwrap();
        file.write_all_at(&[0xa5; 16], 0).unwrap();
        match Store::open(dir.path()) {
            Ok(store) if round < 3 => store.close().await,
            Err(Error::DamagedOften { copies: 3, .. }) if round >= 3 => {}
            other => panic!("round {round}: {:?}", other.err()),
        }
    }
    assert_eq!(set_aside(dir.path()).len(), 3);
}

fn garble(dir: &Path) {
    let file = fs::OpenOptions::new().read(true).write(true).open(dir.join(NAME)).unwrap();
    let pages = file.metadata().unwrap().len() / PAGE as u64;
    for page in 1..pages {
        file.write_all_at(&[0xa5; 200], page * PAGE as u64).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_damaged_under_a_running_daemon_is_fetched_anew_and_the_user_is_told() {
    let bench = Bench::start(workspace(150)).await;
    bench.sync().await;
    let bench = bench.restart(|_| ()).await;
    let dir = bench.home.path().join("data");
    garble(&dir);
    let told = bench
        .eventually("finding out", || async {
            let search = SearchRequest {
                question: Question::of(Expr::word("the")),
                limit: 50,
                ..SearchRequest::default()
            };
            let answer = bench.client.search(&search).await;
            if let Ok(reply) = &answer {
                let stored = bench.client.status().await.map_or(0, |status| status.total_conversations);
                assert!(!reply.sync_info.data_complete || stored == 150 || !set_aside(&dir).is_empty());
            }
            let status = bench.client.status().await.ok()?;
            status.last_error.filter(|error| error.contains("set aside"))
        })
        .await;
    assert!(told.contains("syncd.db.damaged-") && told.contains("new copy"), "{told}");
    bench
        .eventually("a new copy", || async {
            let complete = bench.check(Window::default()).await.data_complete;
            let stored = bench.client.status().await.ok()?.total_conversations;
            assert!(!complete || stored == 150, "complete with {stored}");
            complete.then_some(())
        })
        .await;
    truth::assert_shown(&bench, &bench.sim.ids()).await;
    let checks = bench.client.diagnose().await.unwrap();
    let line = checks.iter().find(|check| check.subject == "database").unwrap();
    assert_eq!(line.health, Health::Warning);
    assert!(
        line.finding.contains("syncd.db.damaged-") && line.remedy.as_ref().unwrap().contains("delete"),
        "{line:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_damaged_in_the_middle_of_a_first_sync_claims_nothing_false() {
    let latency = std::time::Duration::from_millis(4);
    let bench = Bench::start(Options { latency, ..workspace(900) }).await;
    let dir = bench.home.path().join("data");
    bench
        .eventually("a third", || async {
            (bench.client.status().await.ok()?.total_conversations >= 300).then_some(())
        })
        .await;
    garble(&dir);
    fs::OpenOptions::new()
        .write(true)
        .open(dir.join(LOG))
        .unwrap()
        .write_all_at(&[0xa5; 400], 40_000)
        .unwrap();
    bench
        .eventually("a whole copy", || async {
            let info = bench
                .client
                .check(proto::types::CheckRequest { window: Window::default() })
                .await
                .ok()?
                .sync_info;
            let stored = bench.client.status().await.ok()?.total_conversations;
            assert!(!info.data_complete || stored == 900, "complete with {stored}: {info:?}");
            info.data_complete.then_some(())
        })
        .await;
    truth::assert_shown(&bench, &bench.sim.ids()[..200]).await;
}
