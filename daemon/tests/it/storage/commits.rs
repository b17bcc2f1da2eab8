//! A kill at every kind of commit point, and within it: whatever part of the write-ahead log had reached the file, the
//! database opens as it was after some commit, whole.
//!
//! A log is only ever written at its end, so the log cut at a frame is what a kill at that moment leaves.

use std::fmt::Write as _;
use std::future::Future;

use proto::Timestamp;
use syncd::freshness::Scan;
use syncd::model::{Contact, Deletion, FoundContact, Teammate, TeammateKind, Workspace};
use syncd::store::{Claim, Failure, Store};
use tempfile::TempDir;

use super::disk::{Contents, Depth, PAGE, Picture, examine, reader};
use super::samples::{NOON, fetched, head, id, listed, page};

/// Opens the picture as a daemon would, and returns what is in it then.
async fn reopened(picture: &Picture) -> Contents {
    let dir = picture.put();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.notice(), None, "it is taken for damaged");
    store.close().await;
    examine(dir.path(), Depth::Rows)
}

/// Cuts the log of what was written since `before` at every frame and within some, and compares what opens with what
/// the commits left one after the other. Returns how many commits there were.
async fn every_kill(what: &str, before: &Picture, after: &Picture) -> usize {
    assert_eq!(before.database, after.database, "{what}: nothing is in the database yet that is in the log");
    let mut state = reopened(before).await;
    let mut commits = 0;
    let mut report = String::new();
    let since: Vec<_> = after.frames().into_iter().filter(|(end, _)| *end > before.log.len()).collect();
    for (n, (end, commit)) in since.iter().enumerate() {
        let cuts = [end - PAGE, *end];
        // Within a frame it does not matter in which one; the ends of all of them do.
        for cut in cuts.into_iter().skip(usize::from(n % 8 != 0)) {
            if cut == *end && *commit {
                state = reopened(&after.cut(cut)).await;
                commits += 1;
            } else if n % 4 == 0 || since.len() < 40 {
                assert_eq!(
                    reopened(&after.cut(cut)).await,
                    state,
                    "{what}: cut at {cut}, within commit {commits}"
                );
            }
        }
        let _ = write!(report, "{end}:{commit} ");
    }
    assert_eq!(reopened(after).await, state, "{what}: {report}");
    commits
}

/// A store of which nothing moves from the log into the database, because somebody reads the state at the beginning.
struct Table {
    dir: TempDir,
    store: Store,
    _reader: rusqlite::Connection,
}

impl Table {
    async fn lay() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit_details((0..12).map(|n| fetched(n, NOON + n, "before")).collect()).await.unwrap();
        store.commit_listing(page([], head(NOON - 100, NOON + 50))).await.unwrap();
        store.close().await;
        let store = Store::open(dir.path()).unwrap();
        let reader = reader(dir.path());
        reader.execute_batch("BEGIN; SELECT count(*) FROM conversation").unwrap();
        Self { dir, store, _reader: reader }
    }

    /// Does something, and kills at every moment of it; returns what came of it, and in how many commits it was done.
    async fn kill_during<F: Future>(&self, what: &str, work: impl FnOnce(Store) -> F) -> (F::Output, usize) {
        let before = Picture::take(self.dir.path());
        let output = work(self.store.clone()).await;
        let after = Picture::take(self.dir.path());
        let commits = every_kill(what, &before, &after).await;
        assert!(commits > 0, "{what}: nothing was committed");
        (output, commits)
    }

    /// Does something that must be one commit, so that a claim is never apart from what it speaks of.
    async fn kill_in_commit<F: Future>(&self, what: &str, work: impl FnOnce(Store) -> F) -> F::Output {
        let (output, commits) = self.kill_during(what, work).await;
        assert_eq!(commits, 1, "{what}");
        output
    }
}

#[tokio::test]
async fn a_kill_at_any_moment_of_a_commit_that_a_scan_makes_leaves_all_of_it_or_nothing() {
    let table = Table::lay().await;
    let rows = |from: i64| (from..from + 30).map(|n| listed(n, NOON + 100 + n));
    table
        .kill_in_commit("a page", |store| async move { store.commit_listing(page(rows(5), None)).await })
        .await
        .unwrap();
    let last = page(rows(40), head(NOON, NOON + 150));
    table
        .kill_in_commit(
            "the last page with its claim",
            |store| async move { store.commit_listing(last).await },
        )
        .await
        .unwrap();
    let scan =
        Scan { range: proto::Interval::new(NOON - 900, NOON - 500), finished_at: Timestamp(NOON + 400) };
    let older = page([], Some(Claim::Scan(scan)));
    table
        .kill_in_commit("a scan below the head", |store| async move { store.commit_listing(older).await })
        .await
        .unwrap();
    table
        .kill_in_commit(
            "a claim taken back",
            |store| async move { store.retract(Timestamp(NOON + 10)).await },
        )
        .await
        .unwrap();
    table
        .kill_in_commit("a mark", |store| async move { store.set_mark("passes", "1-2").await })
        .await
        .unwrap();
    let workspace = Workspace { id: "w1".to_owned(), name: None, region: None };
    let url = "https://api.example.com".to_owned();
    table
        .kill_in_commit("the workspace", |store| async move { store.bind_workspace(workspace, url).await })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_kill_at_any_moment_of_a_commit_of_details_leaves_all_of_them_or_none() {
    let table = Table::lay().await;
    let ids = (0..40).map(|n| listed(n, NOON + 100 + n));
    table.store.commit_listing(page(ids, None)).await.unwrap();
    let batch: Vec<_> = (0..30).map(|n| fetched(n, NOON + 100 + n, "after")).collect();
    table.kill_in_commit("details", |store| async move { store.commit_details(batch).await }).await.unwrap();
    let failure =
        |n: i64| Failure { id: id(n), error: "status 500".to_owned(), retry_at: Timestamp(NOON + 999) };
    let failures = vec![failure(31), failure(32)];
    table
        .kill_in_commit("failures", |store| async move { store.commit_failures(failures).await })
        .await
        .unwrap();
    table
        .kill_in_commit("not found once", |store| async move {
            store.commit_missing(id(3), Timestamp(NOON + 999)).await
        })
        .await
        .unwrap();
    table
        .kill_in_commit("gone", |store| async move { store.commit_gone(vec![id(3), id(4)]).await })
        .await
        .unwrap();
    let deletion = |n: i64| Deletion { id: id(n), deleted_at: Timestamp(NOON + 500) };
    let deletions = vec![deletion(5), deletion(6)];
    table
        .kill_in_commit("deletions", |store| async move {
            store.commit_deletions(deletions, Some(Timestamp(NOON + 600))).await
        })
        .await
        .unwrap();
    let admin = Teammate {
        id: "a1".to_owned(),
        kind: TeammateKind::Admin,
        name: Some("Grace".to_owned()),
        email: None,
    };
    table
        .kill_in_commit("teammates", |store| async move {
            store.commit_teammates(TeammateKind::Admin, vec![admin], Timestamp(NOON + 600)).await
        })
        .await
        .unwrap();
    let contact = Contact {
        id: Some("c8".to_owned()),
        name: Some("Uma".to_owned()),
        email: Some("uma@example.com".to_owned()),
    };
    table
        .kill_in_commit("contacts", |store| async move {
            let found = FoundContact { contact, ..FoundContact::default() };
            store.commit_contacts(vec![found], Timestamp(NOON + 600), Some(Timestamp(NOON + 600))).await
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_kill_at_any_moment_of_tidying_up_or_a_reset_leaves_a_whole_database() {
    let table = Table::lay().await;
    let batch: Vec<_> = (100..420).map(|n| fetched(n, NOON + n, &format!("text{n}"))).collect();
    let (stored, commits) =
        table.kill_during("a batch", |store| async move { store.commit_details(batch).await }).await;
    assert_eq!((stored.unwrap().stored, commits), (320, 1));
    for n in 0..4 {
        let more = (0..30).map(|m| fetched(m, NOON + 1_000 * (n + 1) + m, "again")).collect();
        table.store.commit_details(more).await.unwrap();
    }
    table.kill_during("a purge", |store| async move { store.purge().await }).await.0.unwrap();
    let (reset, _) = table.kill_during("a reset", |store| async move { store.reset().await }).await;
    assert!(reset.unwrap_err().to_string().contains("another program reads"));
    assert!(examine(table.dir.path(), Depth::Rows).stored.is_empty());
}

#[tokio::test]
async fn a_kill_at_any_moment_of_making_the_tables_leaves_a_file_that_opens() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let picture = Picture::take(dir.path());
    let empty = examine(dir.path(), Depth::Rows);
    for (end, _) in picture.frames() {
        for cut in [0, end - PAGE, end] {
            assert_eq!(reopened(&picture.cut(cut)).await, empty, "cut at {cut}");
        }
    }
    store.close().await;
}

#[tokio::test]
async fn a_kill_at_any_moment_of_emptying_the_log_leaves_a_whole_database() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.commit_details((0..60).map(|n| fetched(n, NOON + n, "before")).collect()).await.unwrap();
    store.idle().await.unwrap();
    store.commit_details((30..90).map(|n| fetched(n, NOON + 500 + n, "after")).collect()).await.unwrap();
    store.commit_listing(page([], head(NOON - 100, NOON + 400))).await.unwrap();
    let (picture, whole) = (Picture::take(dir.path()), examine(dir.path(), Depth::Rows));
    for pages in (0..picture.frames().len()).step_by(3) {
        assert_eq!(reopened(&picture.half_checkpointed(pages)).await, whole, "after {pages} pages");
    }
    store.close().await;
}
