//! Reading again, comparing and counting.

use proto::{Interval, Timestamp};

use super::{NOON, conversation, fetched, head, id, open, page, part, put, tag};
use crate::model::{Attachment, Conversation};
use crate::store::{Compared, Place, Store, Stretch};

fn closed(name: &str, updated: i64) -> Conversation {
    Conversation { state: "closed".to_owned(), ..conversation(name, NOON - 900, updated, "Hello") }
}

async fn next(store: &Store, place: Place, read_before: i64, limit: usize) -> Stretch {
    store.read(move |snapshot| snapshot.next_to_verify(place, Timestamp(read_before), limit)).await.unwrap()
}

async fn compare(store: &Store, read: &Conversation) -> Compared {
    let read = read.clone();
    store.read(move |snapshot| snapshot.compare(&read)).await.unwrap()
}

#[tokio::test]
async fn a_round_meets_the_open_ones_first_then_what_changed_last_and_each_once() {
    let (_dir, store) = open();
    let open = |name, updated| conversation(name, NOON - 900, updated, "Hello");
    put(&store, [closed("1", NOON), open("2", NOON - 300), closed("3", NOON - 100), open("4", NOON - 200)])
        .await;
    let (mut met, mut passed, mut place) = (Vec::new(), 0, Some(Place::START));
    while let Some(at) = place {
        let stretch = next(&store, at, i64::MAX, 1).await;
        assert!(stretch.ids.len() <= 1);
        met.extend(stretch.ids);
        passed += stretch.passed;
        place = stretch.next;
    }
    assert_eq!(met, [id("4"), id("2"), id("1"), id("3")]);
    assert_eq!(passed, 4);
}

#[tokio::test]
async fn a_round_passes_over_what_was_read_lately_and_what_is_to_be_read_anyhow() {
    let (_dir, store) = open();
    put(&store, [closed("1", NOON), closed("2", NOON - 300), closed("3", NOON - 600)]).await;
    store.commit_listing(page(&[("2", NOON + 5)])).await.unwrap();
    let all = Place { open: false, below: i64::MAX };
    // Each was read a minute after its last change.
    let stretch = next(&store, all, NOON + 60, 9).await;
    assert_eq!((stretch.ids, stretch.passed, stretch.next), (vec![id("3")], 3, None));
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
async fn what_is_counted_is_what_is_known_whether_or_not_it_is_stored() {
    let (_dir, store) = open();
    put(&store, [closed("1", NOON), closed("2", NOON - 300), closed("3", NOON - 600)]).await;
    // The first one has left the span since, the fourth is not stored yet.
    store.commit_listing(page(&[("1", NOON + 90), ("4", NOON - 10)])).await.unwrap();
    let count = |start, end| store.read(move |snapshot| snapshot.count_known(Interval::new(start, end)));
    assert_eq!(count(NOON - 300, NOON + 1).await.unwrap(), 2);
    assert_eq!(count(NOON - 600, NOON + 91).await.unwrap(), 4);
    assert_eq!(count(NOON + 1, NOON + 90).await.unwrap(), 0);
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
