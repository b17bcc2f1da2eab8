use super::*;
use crate::store::Counts;
use proto::types::Conversation as Shown;

async fn show(store: &Store, name: &str, offset: u32, limit: u32) -> Option<Shown> {
    let id = id(name);
    store.read(move |snapshot| snapshot.show(&id, offset, limit)).await.unwrap()
}

async fn bodies(store: &Store, name: &str) -> Vec<String> {
    let shown = show(store, name, 0, 100).await.unwrap();
    shown.messages.into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn storing_the_same_again_changes_nothing() {
    let (_dir, store) = open();
    let all = || (0..20).map(|n| conversation(&n.to_string(), NOON, NOON + n / 3, &format!("word{n} all")));
    put(&store, all()).await;
    let first = ask(&store, question("all")).await;
    let counts = store.read(|snapshot| snapshot.counts()).await.unwrap();
    let outcome = store.commit_details(all().map(fetched).collect()).await.unwrap();
    assert_eq!(outcome.stored, 0);
    assert_eq!(ask(&store, question("all")).await, first);
    assert_eq!(store.read(|snapshot| snapshot.counts()).await.unwrap(), counts);
    assert_eq!((first.hits.len(), first.total), (20, Some(20)));
}

#[tokio::test]
async fn an_older_state_never_replaces_a_newer_one_even_within_one_batch() {
    let (_dir, store) = open();
    let old = || conversation("1", NOON, NOON + 1, "old");
    let new = || conversation("1", NOON, NOON + 2, "new");
    put(&store, [new(), old()]).await;
    put(&store, [old()]).await;
    assert_eq!(bodies(&store, "1").await, ["new"]);
    assert!(ids(&store, question("old")).await.is_empty());
    // The same activity time, asked for later: a redaction does not always move it.
    let redacted = Fetched {
        conversation: conversation("1", NOON, NOON + 2, "redacted"),
        asked_at: Timestamp(NOON + 900),
    };
    store.commit_details(vec![redacted]).await.unwrap();
    assert_eq!(bodies(&store, "1").await, ["redacted"]);
    assert!(ids(&store, question("new")).await.is_empty());
}

#[tokio::test]
async fn a_truncated_conversation_keeps_the_older_parts_that_are_stored() {
    let (_dir, store) = open();
    let mut whole = conversation("1", NOON, NOON + 3, "opening");
    whole.parts.extend([
        part("a", NOON + 1, "first"),
        part("b", NOON + 2, "second"),
        part("c", NOON + 3, "third"),
    ]);
    put(&store, [whole]).await;
    let mut cut = conversation("1", NOON, NOON + 9, "opening");
    cut.parts.extend([part("b", NOON + 2, "second, redacted"), part("d", NOON + 9, "fourth")]);
    cut.truncated = true;
    put(&store, [cut]).await;
    assert_eq!(bodies(&store, "1").await, ["opening", "first", "second, redacted", "fourth"]);
    assert_eq!(ids(&store, question("first fourth")).await, ["1"]);
    assert!(ids(&store, question("third")).await.is_empty());
    let counts = store.read(|snapshot| snapshot.counts()).await.unwrap();
    assert_eq!(counts, Counts { conversations: 1, messages: 4, truncated: 1, ..Counts::default() });
}

#[tokio::test]
async fn ids_that_look_alike_stay_apart() {
    let (_dir, store) = open();
    let names = ["7", "007", "+7", "0", "9223372036854775808", "abc", ""];
    put(&store, names.iter().map(|name| conversation(name, NOON, NOON, &format!("mine {name} x")))).await;
    for name in names {
        assert_eq!(bodies(&store, name).await, [format!("mine {name} x")]);
        assert_eq!(show(&store, name, 0, 9).await.unwrap().summary.id, name);
    }
    assert!(show(&store, "07", 0, 9).await.is_none());
    assert_eq!(ids(&store, question("mine")).await.len(), names.len());
}

#[tokio::test]
async fn a_conversation_is_shown_in_pages_with_the_events_between() {
    let (_dir, store) = open();
    let mut long = conversation("1", NOON, NOON + 9, "m0");
    for at in 1..6 {
        long.parts.push(part(&format!("e{at}"), NOON + at, ""));
        long.parts.push(part(&format!("m{at}"), NOON + at, &format!("m{at}")));
    }
    put(&store, [long]).await;
    let page = show(&store, "1", 2, 2).await.unwrap();
    let texts: Vec<_> = page.messages.iter().map(|message| message.body.as_str()).collect();
    let events: Vec<_> = page.events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!((texts, events), (vec!["m2", "m3"], vec!["e3", "e4"]));
    assert_eq!((page.offset, page.next_offset, page.outdated), (2, Some(4), false));
    assert_eq!(show(&store, "1", 4, 2).await.unwrap().next_offset, None);
    store.commit_listing(page_of_one()).await.unwrap();
    assert!(show(&store, "1", 0, 1).await.unwrap().outdated);
}

fn page_of_one() -> Listing {
    page(&[("1", NOON + 50)])
}

#[tokio::test]
async fn json_comes_back_as_it_was() {
    let (_dir, store) = open();
    let raw = |n: i64| conversation(&n.to_string(), NOON, NOON + n, &format!("some words for number {n}"));
    put(&store, (0..400).map(raw)).await;
    put(&store, (400..500).map(raw)).await;
    for n in [0, 399, 450] {
        let id = id(&n.to_string());
        let json = store.read(move |snapshot| snapshot.json(&id)).await.unwrap().unwrap();
        assert_eq!(json, raw(n).raw);
    }
}

#[tokio::test]
async fn the_other_conversations_of_a_contact_who_was_merged_into_another_are_read_again() {
    let (_dir, store) = open();
    let of = |name: &str, at: i64, contact: &str| {
        let mut conversation = conversation(name, at, at, "text");
        conversation.contacts[0].id = Some(contact.to_owned());
        conversation
    };
    put(&store, [of("1", NOON, "lead"), of("2", NOON, "lead"), of("3", NOON, "other")]).await;
    put(&store, [of("1", NOON + 9, "user")]).await;
    let clocks = crate::store::Clocks { intercom: Timestamp(NOON + 900), daemon: Timestamp(NOON + 900) };
    let pending = store.read(move |snapshot| snapshot.pending(9, clocks)).await.unwrap();
    assert_eq!(pending.into_iter().map(|row| row.id.0).collect::<Vec<_>>(), ["2"]);
}

#[tokio::test]
async fn only_what_is_said_no_more_counts_as_forgotten() {
    let (_dir, store) = open();
    let state = |at: i64| {
        let mut state = conversation("1", NOON, NOON + at, "first");
        state.parts.push(part("a", NOON + 1, "second"));
        state
    };
    put(&store, [state(0)]).await;
    let mut other = state(1);
    other.title = Some("Lamp".to_owned());
    other.parts[0].html = Some("<p>first <a href=\"https://example.com/?signature=2\">x</a></p>".to_owned());
    other.parts.push(part("b", NOON + 2, "third"));
    put(&store, [other]).await;
    assert!(!store.read(|snapshot| snapshot.is_unpurged()).await.unwrap());
    let changes: [fn(&mut Conversation); 3] = [
        |state| state.parts[1].text = "edited".to_owned(),
        |state| state.parts[1].redacted = true,
        |state| drop(state.parts.remove(1)),
    ];
    for (n, change) in (1..).zip(changes) {
        put(&store, [state(10 * n)]).await;
        store.purge().await.unwrap();
        assert!(!store.read(|snapshot| snapshot.is_unpurged()).await.unwrap(), "purged");
        let mut changed = state(10 * n + 5);
        change(&mut changed);
        put(&store, [changed]).await;
        assert!(store.read(|snapshot| snapshot.is_unpurged()).await.unwrap(), "change {n}");
    }
}

#[tokio::test]
async fn more_conversations_than_any_second_had_keep_their_order() {
    let (_dir, store) = open();
    for batch in 0..3 {
        let names = (0..300).map(|n| (300 * batch + n).to_string());
        put(&store, names.map(|name| conversation(&name, NOON, NOON + 7, "same second"))).await;
    }
    put(
        &store,
        [conversation("900", NOON, NOON + 8, "later"), conversation("901", NOON, NOON + 6, "earlier")],
    )
    .await;
    let mut search = question("");
    search.limit = 200;
    let (mut all, mut page) = (Vec::new(), Some(search));
    while let Some(search) = page.take() {
        let found = ask(&store, search.clone()).await;
        all.extend(found.hits.into_iter().map(|hit| hit.id));
        page = found.next_page.map(|next| Search { page: Some(next), ..search });
    }
    assert_eq!((all.len(), all[0].as_str(), all[901].as_str()), (902, "900", "901"));
}
