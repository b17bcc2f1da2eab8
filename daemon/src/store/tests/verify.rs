//! Reading again, comparing and counting.

use proto::{Interval, Timestamp};

use super::{NOON, conversation, fetched, head, id, open, page, part, put, tag};
use crate::model::{Attachment, Conversation};
use crate::store::{Compared, Store};

fn closed(name: &str, updated: i64) -> Conversation {
    Conversation { state: "closed".to_owned(), ..conversation(name, NOON - 900, updated, "Hello") }
}

async fn due(store: &Store, open: i64, all: i64, limit: usize) -> Vec<String> {
    let before = (Timestamp(open), Timestamp(all));
    let ids = store.read(move |snapshot| snapshot.read_before(before, [limit, limit])).await.unwrap();
    ids.into_iter().map(|id| id.0).collect()
}

async fn compare(store: &Store, read: &Conversation) -> Compared {
    let read = read.clone();
    store.read(move |snapshot| snapshot.compare(&read)).await.unwrap()
}

#[tokio::test]
async fn what_was_read_longest_ago_is_read_again_first_and_open_ones_before_all_others() {
    let (_dir, store) = open();
    let open = |name, updated| conversation(name, NOON - 900, updated, "Hello");
    // Each is read a minute after its last change.
    put(&store, [closed("1", NOON), open("2", NOON - 300), closed("3", NOON - 100), open("4", NOON - 200)])
        .await;
    assert_eq!(due(&store, i64::MAX, i64::MAX, 9).await, ["2", "4", "3", "1"]);
    assert_eq!(due(&store, i64::MAX, i64::MAX, 3).await, ["2", "4", "3"]);
    assert_eq!(due(&store, NOON - 140, NOON - 40, 9).await, ["2"]);
    store.commit_same(vec![(id("2"), Timestamp(NOON + 900))], ("reread", String::new())).await.unwrap();
    assert_eq!(due(&store, i64::MAX, 0, 9).await, ["4", "2"], "a read that found the same counts");
    store.commit_listing(page(&[("4", NOON + 5)])).await.unwrap();
    assert_eq!(due(&store, i64::MAX, 0, 9).await, ["2"], "what is pending is read anyhow");
}

#[tokio::test]
async fn what_a_walk_over_its_place_does_not_meet_is_read_again_and_holds_back_no_claim() {
    let (_dir, store) = open();
    put(&store, [closed("1", NOON), closed("2", NOON + 5), closed("3", NOON + 500)]).await;
    store.commit_listing(head(0, NOON + 100)).await.unwrap();
    let span = Interval::new(NOON - 10, NOON + 100);
    let unmet = |read_before: i64| {
        let store = store.clone();
        async move { store.commit_unlisted(span, Timestamp(read_before), vec![id("1")]).await.unwrap() }
    };
    assert_eq!(unmet(NOON + 65).await, 0, "it was read since");
    assert_eq!((unmet(NOON + 66).await, unmet(NOON + 66).await), (1, 0));
    let (claims, incomplete) = store
        .read(move |snapshot| Ok((snapshot.claims()?.last_sync(), snapshot.incomplete(span)?.total())))
        .await
        .unwrap();
    assert_eq!((claims, incomplete), (Some(Timestamp(NOON + 100)), 0));
}

#[tokio::test]
async fn a_read_that_tells_nothing_new_is_the_same_and_any_change_of_substance_is_not() {
    let (_dir, store) = open();
    let link = |signature: &str| format!("See https://example.com/a.png?sig={signature}");
    let file = |signature: &str| Attachment {
        name: Some("a.png".to_owned()),
        url: Some(link(signature)),
        ..Attachment::default()
    };
    let mut stored = Conversation { tags: vec![tag("vip")], ..conversation("1", NOON - 900, NOON, "Hello") };
    stored.parts.push(part("p1", NOON, &link("1")));
    stored.parts[1].attachments = vec![file("1")];
    put(&store, [stored.clone()]).await;
    assert_eq!(compare(&store, &stored).await, Compared::Same);
    let mut signed_anew = stored.clone();
    signed_anew.parts[1].text = link("2");
    signed_anew.parts[1].attachments = vec![file("2")];
    assert_eq!(compare(&store, &signed_anew).await, Compared::Same);

    let changes: [fn(&mut Conversation); 7] = [
        |read| read.title = Some("Printer".to_owned()),
        |read| read.state = "closed".to_owned(),
        |read| read.team_assignee = Some("7".to_owned()),
        |read| read.tags.clear(),
        |read| read.contacts.clear(),
        |read| read.parts[0].text = "Goodbye".to_owned(),
        |read| drop(read.parts.pop()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut read = stored.clone();
        change(&mut read);
        assert_eq!(compare(&store, &read).await, Compared::Silent, "change {number}");
    }
    let other = |updated| Conversation { updated_at: Timestamp(updated), ..stored.clone() };
    assert_eq!(compare(&store, &other(NOON + 1)).await, Compared::Newer);
    assert_eq!(compare(&store, &other(NOON - 1)).await, Compared::Older);
    assert_eq!(compare(&store, &conversation("2", NOON, NOON, "Hello")).await, Compared::Newer);
}

#[tokio::test]
async fn a_read_that_is_ahead_of_every_listing_is_late_only_where_that_time_is_covered() {
    let (_dir, store) = open();
    put(&store, [closed("1", NOON - 600)]).await;
    store.commit_listing(head(NOON - 900, NOON)).await.unwrap();
    let read = |updated| vec![fetched(closed("1", updated))];
    let outcome = store.commit_details(read(NOON - 100)).await.unwrap();
    assert_eq!(outcome.late, [(id("1"), Timestamp(NOON - 100))]);
    assert!(store.commit_details(read(NOON - 100)).await.unwrap().late.is_empty(), "it is known by now");
    assert!(store.commit_details(read(NOON + 5)).await.unwrap().late.is_empty(), "that is the present");
    store.commit_listing(page(&[("2", NOON - 50)])).await.unwrap();
    let listed = vec![fetched(closed("2", NOON - 50))];
    assert!(store.commit_details(listed).await.unwrap().late.is_empty(), "the listing told of it");
}

#[tokio::test]
async fn narrowing_ends_claims_and_keeps_what_waits_for_proof() {
    let (_dir, store) = open();
    store.commit_listing(head(NOON - 900, NOON)).await.unwrap();
    store.narrow(Timestamp(NOON - 200)).await.unwrap();
    let coverage = store.read(|snapshot| snapshot.coverage()).await.unwrap();
    assert_eq!(coverage.proven(), [Interval::new(NOON - 900, NOON - 200)]);
}
