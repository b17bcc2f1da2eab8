use super::*;
use crate::freshness::Scan;
use crate::model::Deletion;
use crate::store::{Clocks, Counts, Failure, ListedOutcome};
use proto::types::Incomplete;

fn late() -> Clocks {
    Clocks { intercom: Timestamp(NOON + DAY), daemon: Timestamp(NOON + DAY) }
}

async fn counts(store: &Store) -> Counts {
    store.read(|snapshot| snapshot.counts()).await.unwrap()
}

async fn pending(store: &Store, now: Clocks) -> Vec<String> {
    let rows = store.read(move |snapshot| snapshot.pending(10, now)).await.unwrap();
    rows.into_iter().map(|row| row.id.0).collect()
}

async fn incomplete(store: &Store, start: i64, end: i64) -> Incomplete {
    store.read(move |snapshot| snapshot.incomplete(Interval::new(start, end))).await.unwrap()
}

#[tokio::test]
async fn what_is_not_stored_as_new_as_listed_is_pending_newest_first() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "a"), conversation("2", NOON, NOON, "b")]).await;
    let outcome = store.commit_listing(page(&[("1", NOON), ("2", NOON + 5), ("3", NOON + 9)])).await.unwrap();
    assert_eq!((outcome.pending, outcome.unchanged), (2, 1));
    assert_eq!(pending(&store, late()).await, ["3", "2"]);
    assert_eq!(counts(&store).await.pending, 2);

    let again = store.commit_listing(page(&[("1", NOON), ("2", NOON + 5), ("3", NOON + 9)])).await.unwrap();
    assert_eq!((again.pending, again.unchanged, again.late.len()), (2, 1, 0));
    assert_eq!(counts(&store).await.pending, 2);
}

#[tokio::test]
async fn a_read_within_two_seconds_of_a_change_does_not_settle_it() {
    let (_dir, store) = open();
    store.commit_listing(page(&[("1", NOON)])).await.unwrap();
    let early = Clocks { intercom: Timestamp(NOON + 1), daemon: Timestamp(NOON) };
    assert!(pending(&store, early).await.is_empty());

    let read = |after| Fetched {
        conversation: conversation("1", NOON, NOON, "text"),
        asked_at: Timestamp(NOON + after),
    };
    let outcome = store.commit_details(vec![read(1)]).await.unwrap();
    assert_eq!((outcome.stored, outcome.unsettled), (1, vec![id("1")]));
    assert_eq!(ids(&store, question("text")).await, ["1"]);
    assert_eq!(counts(&store).await.pending, 1);

    assert!(store.commit_details(vec![read(2)]).await.unwrap().unsettled.is_empty());
    assert_eq!(counts(&store).await.pending, 0);
    let listed = store.commit_listing(page(&[("1", NOON)])).await.unwrap();
    assert_eq!(listed.unchanged, 1);
}

#[tokio::test]
async fn details_older_than_their_listing_stay_pending() {
    let (_dir, store) = open();
    store.commit_listing(page(&[("1", NOON + 50)])).await.unwrap();
    let outcome = store.commit_details(vec![fetched(conversation("1", NOON, NOON, "old"))]).await.unwrap();
    assert_eq!(outcome.unsettled, [id("1")]);
    assert_eq!(
        counts(&store).await,
        Counts { conversations: 1, messages: 1, pending: 1, ..Counts::default() }
    );
}

#[tokio::test]
async fn a_full_sync_fetches_again_what_was_fetched_before_it() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "a")]).await;
    let again = |before| Listing { refetch_before: Some(Timestamp(before)), ..page(&[("1", NOON)]) };
    assert_eq!(store.commit_listing(again(NOON + 60)).await.unwrap().unchanged, 1);
    assert_eq!(store.commit_listing(again(NOON + 61)).await.unwrap().pending, 1);
    let read = |at| Fetched { conversation: conversation("1", NOON, NOON, "a"), asked_at: Timestamp(at) };
    assert_eq!(store.commit_details(vec![read(NOON + 60)]).await.unwrap().unsettled.len(), 1);
    assert_eq!(store.commit_details(vec![read(NOON + 61)]).await.unwrap().unsettled.len(), 0);
    assert_eq!(counts(&store).await.pending, 0);
}

#[tokio::test]
async fn a_failure_is_counted_and_due_again_at_its_time() {
    let (_dir, store) = open();
    store.commit_listing(page(&[("1", NOON)])).await.unwrap();
    let failure = Failure { id: id("1"), error: "500".to_owned(), retry_at: Timestamp(77) };
    store.commit_failures(vec![failure]).await.unwrap();
    let now = |daemon| Clocks { intercom: Timestamp(NOON + DAY), daemon: Timestamp(daemon) };
    assert!(pending(&store, now(76)).await.is_empty());
    let due = store.read(move |snapshot| snapshot.pending(10, now(77))).await.unwrap();
    assert_eq!((due[0].attempts, due[0].error.as_deref()), (1, Some("500")));
    assert_eq!(incomplete(&store, 0, NOON).await, Incomplete { pending: 0, failed: 1 });

    store.commit_listing(page(&[("1", NOON + 9)])).await.unwrap();
    assert_eq!(incomplete(&store, 0, NOON).await, Incomplete { pending: 0, failed: 1 });
    assert_eq!(pending(&store, now(76)).await, ["1"], "a change is a reason to try at once");
    put(&store, [conversation("1", NOON, NOON + 9, "a")]).await;
    assert_eq!(incomplete(&store, 0, NOON).await, Incomplete::default());
}

async fn last_claim(store: &Store) -> Option<Timestamp> {
    store.read(|snapshot| Ok(snapshot.claims()?.last_sync())).await.unwrap()
}

#[tokio::test]
async fn what_failed_holds_back_no_claim_however_often_it_changes_again() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON - DAY, NOON - DAY, "text")]).await;
    store.commit_listing(head(NOON - 2 * DAY, NOON)).await.unwrap();
    store.commit_listing(page(&[("1", NOON + 50)])).await.unwrap();
    let failure = Failure { id: id("1"), error: "500".to_owned(), retry_at: Timestamp(NOON + 999) };
    store.commit_failures(vec![failure]).await.unwrap();
    for change in [200, 300] {
        store.commit_listing(head(NOON, NOON + change - 50)).await.unwrap();
        store.commit_listing(page(&[("1", NOON + change)])).await.unwrap();
        assert_eq!(last_claim(&store).await, Some(Timestamp(NOON + change - 50)));
        assert_eq!(incomplete(&store, 0, NOON + 999).await, Incomplete { pending: 0, failed: 1 });
    }
    // It could be read, too soon after its change to be all of it: nothing is taken back, and it is not settled.
    let read = |at| Fetched {
        conversation: conversation("1", NOON - DAY, NOON + 300, "text"),
        asked_at: Timestamp(at),
    };
    store.commit_details(vec![read(NOON + 301)]).await.unwrap();
    assert_eq!(last_claim(&store).await, Some(Timestamp(NOON + 250)));
    store.commit_details(vec![read(NOON + 302)]).await.unwrap();
    assert_eq!(counts(&store).await.failed, 0);
}

#[tokio::test]
async fn what_comes_back_older_than_listed_three_times_is_told_to_have_failed() {
    let (_dir, store) = open();
    store.commit_listing(head(NOON - DAY, NOON)).await.unwrap();
    store.commit_listing(page(&[("1", NOON + 50)])).await.unwrap();
    let read =
        |at| Fetched { conversation: conversation("1", NOON, NOON + 20, "old"), asked_at: Timestamp(at) };
    for again in 1..=2 {
        let outcome = store.commit_details(vec![read(NOON + 100 * again)]).await.unwrap();
        assert_eq!((outcome.unsettled, outcome.behind), (vec![id("1")], vec![]));
    }
    let outcome = store.commit_details(vec![read(NOON + 300)]).await.unwrap();
    assert_eq!((outcome.unsettled, outcome.behind), (vec![], vec![(id("1"), 3)]));
}

#[tokio::test]
async fn what_changes_all_the_time_is_read_as_often_as_at_first() {
    let (_dir, store) = open();
    for change in 0..10 {
        let at = NOON + 10 * change;
        store.commit_listing(page(&[("1", at)])).await.unwrap();
        let read = Fetched { conversation: conversation("1", NOON, at, "a"), asked_at: Timestamp(at + 1) };
        assert_eq!(store.commit_details(vec![read]).await.unwrap().unsettled, [id("1")]);
        let due = Clocks { intercom: Timestamp(at + 2), daemon: Timestamp(at) };
        assert_eq!(pending(&store, due).await, ["1"]);
    }
}

#[tokio::test]
async fn incomplete_conversations_count_where_they_may_have_been_active() {
    let (_dir, store) = open();
    let mut listing = page(&[("1", 100), ("2", 200)]);
    listing.listed[1].created_at = None;
    store.commit_listing(listing).await.unwrap();
    // Conversation 1 lasted from 90 to 100; 2 ended at 200, and began nobody knows when.
    for (start, end, expected) in
        [(0, 300, 2), (0, 89, 1), (0, 90, 2), (100, 100, 2), (101, 300, 1), (201, 300, 0)]
    {
        assert_eq!(incomplete(&store, start, end).await.pending, expected, "{start} {end}");
    }
}

#[tokio::test]
async fn a_row_that_does_not_tell_when_it_was_created_counts_from_its_stored_creation_on() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON + 50, "a"), conversation("2", NOON, NOON + 50, "b")]).await;
    let row = Listed { created_at: None, ..listed("1", NOON + 90) };
    store.commit_listing(Listing { listed: vec![row], ..Listing::default() }).await.unwrap();
    store.commit_missing(id("2"), Timestamp(NOON + 200)).await.unwrap();
    assert_eq!(incomplete(&store, NOON - DAY, NOON - 1).await, Incomplete::default());
    assert_eq!(incomplete(&store, NOON - DAY, NOON).await, Incomplete { pending: 1, failed: 1 });
}

#[tokio::test]
async fn a_change_found_where_the_head_had_been_is_late() {
    let (_dir, store) = open();
    store.commit_listing(head(NOON - DAY, NOON)).await.unwrap();
    put(&store, [conversation("1", NOON - 9, NOON - 9, "a")]).await;
    let outcome = store
        .commit_listing(page(&[("1", NOON - 9), ("2", NOON - 1), ("3", NOON), ("4", NOON - 2 * DAY)]))
        .await
        .unwrap();
    assert_eq!(outcome.late, [(id("2"), Timestamp(NOON - 1))]);
}

#[tokio::test]
async fn coverage_survives_a_restart_and_scans_wait_for_the_head() {
    let (dir, store) = open();
    store.commit_listing(head(NOON - DAY, NOON)).await.unwrap();
    let scan = Scan { range: Interval::new(NOON - 9 * DAY, NOON - DAY), finished_at: Timestamp(NOON + 5) };
    let last = Listing { claims: vec![Claim::Scan(scan)], ..Listing::default() };
    store.commit_listing(last).await.unwrap();
    let before = store.read(|snapshot| snapshot.coverage()).await.unwrap();
    assert_eq!(before.awaiting(), [scan]);
    store.close().await;

    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.read(|snapshot| snapshot.coverage()).await.unwrap(), before);
    store.commit_listing(head(NOON - 60, NOON + 5)).await.unwrap();
    let after = store.read(|snapshot| snapshot.coverage()).await.unwrap();
    assert_eq!(after.proven(), [Interval::new(NOON - 9 * DAY, NOON + 5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_sees_a_pages_rows_and_its_claim_or_neither() {
    let (_dir, store) = open();
    let (begun, begin) = std::sync::mpsc::channel();
    let (go_on, gone_on) = std::sync::mpsc::channel::<()>();
    let reader = store.clone();
    let reading = tokio::spawn(async move {
        reader
            .read(move |snapshot| {
                let before = snapshot.counts()?.pending;
                begun.send(()).unwrap();
                gone_on.recv().unwrap();
                Ok((before, snapshot.counts()?.pending, snapshot.coverage()?.last_sync()))
            })
            .await
            .unwrap()
    });
    tokio::task::spawn_blocking(move || begin.recv().unwrap()).await.unwrap();
    let listing = Listing { claims: head(0, NOON).claims, ..page(&[("1", NOON - 5)]) };
    store.commit_listing(listing).await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), (0, 0, None));
    let after = store
        .read(|snapshot| Ok((snapshot.counts()?.pending, snapshot.coverage()?.last_sync())))
        .await
        .unwrap();
    assert_eq!(after, (1, Some(Timestamp(NOON))));
}

#[tokio::test]
async fn what_a_read_found_gone_comes_back_only_with_a_newer_change() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "secret")]).await;
    store.commit_listing(page(&[("1", NOON + 9)])).await.unwrap();
    store.commit_gone(vec![id("1")]).await.unwrap();
    assert_eq!(counts(&store).await, Counts::default());
    let outcome = store.commit_listing(page(&[("1", NOON + 9)])).await.unwrap();
    assert_eq!(outcome, ListedOutcome { missing: vec![id("1")], ..ListedOutcome::default() });
    assert_eq!(store.commit_listing(page(&[("1", NOON + 10)])).await.unwrap().pending, 1);
    put(&store, [conversation("1", NOON, NOON + 10, "again")]).await;
    assert_eq!(ids(&store, question("again")).await, ["1"]);
}

#[tokio::test]
async fn what_intercom_says_it_deleted_stays_deleted() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "a"), conversation("2", NOON, NOON, "b")]).await;
    let deletion = Deletion { id: id("1"), deleted_at: Timestamp(NOON + 5) };
    let as_of = Some(Timestamp(NOON + 99));
    assert_eq!(store.commit_deletions(vec![deletion.clone()], as_of).await.unwrap(), 1);
    assert_eq!(store.commit_deletions(vec![deletion], as_of).await.unwrap(), 0);
    store.commit_listing(page(&[("1", NOON + 50)])).await.unwrap();
    put(&store, [conversation("1", NOON, NOON + 50, "a")]).await;
    assert_eq!(counts(&store).await, Counts { conversations: 1, messages: 1, ..Counts::default() });
    assert_eq!(store.read(|snapshot| snapshot.deletions_as_of()).await.unwrap(), as_of);
}

/// A change that is listed after the head's end leaves the claims at that end until it is read; one that is listed
/// before it counts against its windows.
#[tokio::test]
async fn what_changed_after_the_heads_end_ends_the_claims_there_and_counts_against_no_window() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON - DAY, NOON - DAY, "text")]).await;
    let head = Interval::new(NOON - 2 * DAY, NOON);
    store.commit_listing(Listing { claims: vec![Claim::Head(head)], ..Listing::default() }).await.unwrap();
    let next = Claim::Head(Interval::new(NOON, NOON + 100));
    store
        .commit_listing(Listing { claims: vec![next], ..page(&[("1", NOON + 50), ("2", NOON + 60)]) })
        .await
        .unwrap();
    let claims = |store: &Store| {
        let store = store.clone();
        async move { store.read(|snapshot| Ok(snapshot.claims()?.last_sync())).await.unwrap() }
    };
    assert_eq!(claims(&store).await, Some(Timestamp(NOON)));
    assert_eq!(incomplete(&store, NOON - 2 * DAY, NOON + 100).await, Incomplete::default());
    assert_eq!(counts(&store).await.pending, 2);

    put(
        &store,
        [conversation("1", NOON - DAY, NOON + 50, "more"), conversation("2", NOON + 60, NOON + 60, "new")],
    )
    .await;
    assert_eq!(claims(&store).await, Some(Timestamp(NOON + 100)));
    store.commit_listing(page(&[("1", NOON + 70)])).await.unwrap();
    assert_eq!(claims(&store).await, Some(Timestamp(NOON + 100)), "late: it does not move the claims");
    assert_eq!(incomplete(&store, NOON, NOON + 100).await, Incomplete { pending: 1, failed: 0 });
}

#[tokio::test]
async fn what_moved_ahead_before_its_past_was_listed_counts_against_that_past_until_it_is_stored() {
    let (_dir, store) = open();
    store.commit_listing(head(NOON, NOON + 100)).await.unwrap();
    // Three changes after the head's end: of what is new, of what was created below the head, of what was read below it.
    put(&store, [conversation("3", NOON - DAY, NOON - DAY, "old")]).await;
    let row =
        |name: &str, created| Listed { created_at: Some(Timestamp(created)), ..listed(name, NOON + 200) };
    let rows = vec![row("1", NOON + 150), row("2", NOON - 500), row("3", NOON - DAY)];
    store.commit_listing(Listing { listed: rows, ..Listing::default() }).await.unwrap();
    let scan = Scan { range: Interval::new(NOON - 1_000, NOON), finished_at: Timestamp(NOON + 90) };
    store.commit_listing(Listing { claims: vec![Claim::Scan(scan)], ..Listing::default() }).await.unwrap();
    assert_eq!(incomplete(&store, NOON - 600, NOON).await, Incomplete { pending: 2, failed: 0 });

    for name in ["2", "3"] {
        let mut moved = conversation(name, NOON - 500, NOON + 200, "new");
        moved.parts.push(part("later", NOON + 200, "a word"));
        put(&store, [moved]).await;
    }
    assert_eq!(incomplete(&store, NOON - 600, NOON).await, Incomplete::default());
}

#[tokio::test]
async fn a_row_that_does_not_tell_when_it_changed_counts_until_it_was_read_again() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "a")]).await;
    let untold = |at: i64| Listing {
        listed: vec![Listed { read_after: Some(Timestamp(at)), ..listed("1", NOON) }],
        ..head(0, NOON + 500)
    };
    // It was read a minute after its last change.
    store.commit_listing(untold(NOON + 50)).await.unwrap();
    assert_eq!(counts(&store).await.pending, 0);
    store.commit_listing(untold(NOON + 90)).await.unwrap();
    assert_eq!(incomplete(&store, NOON - 5, NOON + 600).await.pending, 1);
    assert_eq!(incomplete(&store, NOON + 400, NOON + 600).await.pending, 1, "it may have changed just then");
    let read = Fetched { conversation: conversation("1", NOON, NOON, "a"), asked_at: Timestamp(NOON + 90) };
    store.commit_details(vec![read]).await.unwrap();
    assert_eq!(counts(&store).await.pending, 0);
}

#[tokio::test]
async fn what_was_gone_when_its_time_was_not_told_comes_back_when_it_is_listed_again() {
    let (_dir, store) = open();
    let untold = Listed { read_after: Some(Timestamp(NOON + 90)), ..listed("1", NOON) };
    store.commit_listing(Listing { listed: vec![untold], ..Listing::default() }).await.unwrap();
    store.commit_gone(vec![id("1")]).await.unwrap();
    assert_eq!(counts(&store).await.pending, 0);
    let outcome = store.commit_listing(page(&[("1", NOON + 200)])).await.unwrap();
    assert_eq!(outcome.pending, 1);
}

#[tokio::test]
async fn what_failed_is_tried_again_though_the_clock_was_set_back_since() {
    let (_dir, store) = open();
    store.commit_listing(page(&[("1", NOON)])).await.unwrap();
    let ahead = NOON + 30 * DAY;
    let failure = Failure { id: id("1"), error: "broken".to_owned(), retry_at: Timestamp(ahead + 60) };
    store.commit_failures(vec![failure]).await.unwrap();
    let at = |daemon: i64| Clocks { intercom: Timestamp(NOON + DAY), daemon: Timestamp(daemon) };
    assert!(pending(&store, at(ahead)).await.is_empty(), "it rests");
    assert_eq!(pending(&store, at(ahead + 60)).await, ["1"]);
    assert_eq!(pending(&store, at(NOON + DAY)).await, ["1"]);
}

#[tokio::test]
async fn what_is_sound_and_to_be_read_again_is_counted_where_it_was_active() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "a"), conversation("2", NOON, NOON + 50, "b")]).await;
    let refetch_before = Some(Timestamp(NOON + DAY));
    store.commit_listing(Listing { refetch_before, ..page(&[("1", NOON), ("2", NOON + 50)]) }).await.unwrap();
    let again = async |start, end| {
        store.read(move |snapshot| snapshot.to_be_read_again(Interval::new(start, end))).await.unwrap()
    };
    assert_eq!((again(0, NOON + DAY).await, again(NOON + 20, NOON + DAY).await), (2, 1));
    assert_eq!(incomplete(&store, 0, NOON + DAY).await, Incomplete::default());
}
