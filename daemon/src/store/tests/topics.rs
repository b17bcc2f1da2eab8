//! What conversations are about, against what was stored.

use std::time::Duration;

use proto::Interval;
use proto::types::TimeField;
use tokio_util::sync::CancellationToken;

use super::{NOON, conversation, ids, open, part, put, query, question};
use crate::model::{Author, Conversation};
use crate::store::{Cost, Limit, Question, Search, Store, Topical};

const WEEK: i64 = 7 * 86_400;
const REFUNDS: [&str; 3] =
    ["Where is my refund?", "The refund has not come yet", "A refund was promised to me by Kim"];
const PARCELS: [&str; 3] = ["The parcel was left outside", "My parcel is broken", "No parcel since Monday"];

const LOGINS: [&str; 3] =
    ["I cannot get past the login", "Login fails all day", "Your login page stays empty"];

/// Conversations about the same, one a minute from an instant on, each answered by a teammate who speaks of invoices.
fn about(texts: &[&str], name: &str, from: i64, count: i64) -> Vec<Conversation> {
    let one = |number: i64| {
        let at = from + number * 60;
        let text = texts[usize::try_from(number).unwrap() % texts.len()];
        let mut one = conversation(&format!("{name}{number}"), at, at + 30, &format!("Hello, {text}"));
        let mut answer =
            part("answer", at + 30, "Thank you, the invoice and the invoice number are with you");
        answer.author = Author { kind: "admin".to_owned(), ..Author::default() };
        one.parts.push(answer);
        one
    };
    (0..count).map(one).collect()
}

fn week(end: i64) -> Question {
    let window = Interval::new(end - WEEK, end);
    Question { window, by: TimeField::Created, ..question("").question }
}

async fn topics(store: &Store, question: Question, before: Option<Interval>) -> Topical {
    store.read(move |snapshot| snapshot.topics(&question, before, 12)).await.unwrap()
}

async fn two_weeks(store: &Store) {
    put(store, about(&REFUNDS, "r", NOON - 1_000 * 60, 24)).await;
    put(store, about(&PARCELS, "p", NOON - 2_000 * 60, 12)).await;
    put(store, about(&LOGINS, "l", NOON - 3_000 * 60, 18)).await;
    put(store, about(&REFUNDS, "s", NOON - WEEK - 1_000 * 60, 6)).await;
}

#[tokio::test]
async fn topics_are_of_the_customers_words_and_add_up() {
    let (_dir, store) = open();
    two_weeks(&store).await;
    let found = topics(&store, week(NOON), None).await;
    let counts: Vec<_> =
        found.topics.iter().map(|topic| (topic.query.as_str(), topic.conversations, topic.before)).collect();
    let expected = [
        ("said:customer (refund)", 24, None),
        ("said:customer (login)", 18, None),
        ("said:customer (parcel)", 12, None),
    ];
    assert_eq!(counts, expected, "{found:?}");
    let in_topics: u64 = found.topics.iter().map(|topic| topic.conversations).sum();
    assert_eq!((found.total, found.read), (54, 54));
    assert_eq!(in_topics + found.in_left_out + found.in_none, found.read);
    for topic in &found.topics {
        assert_eq!(topic.examples.len(), 3);
        assert!(topic.examples.iter().all(|example| example.text.starts_with("Hello, ")), "{topic:?}");
    }
}

#[tokio::test]
async fn the_query_of_a_topic_lists_its_conversations() {
    let (_dir, store) = open();
    two_weeks(&store).await;
    for asked in
        ["", "state:open", "refund OR parcel", "hello (refund OR login) -tag:late", "said:team invoice"]
    {
        let question = Question { query: query(asked), ..week(NOON) };
        let found = topics(&store, question, None).await.topics;
        assert!(!found.is_empty(), "{asked}");
        for topic in found {
            let mut search = Search::newest(week(NOON).window, 200);
            search.question = Question { query: query(&topic.query), ..week(NOON) };
            assert_eq!(ids(&store, search).await.len() as u64, topic.found, "{asked} {topic:?}");
        }
    }
}

#[tokio::test]
async fn what_grew_what_shrank_and_what_is_new_is_told_with_its_base() {
    let (_dir, store) = open();
    two_weeks(&store).await;
    let before = week(NOON - WEEK).window;
    let found = topics(&store, week(NOON), Some(before)).await;
    let counts: Vec<_> = found.topics.iter().map(|topic| (topic.before, topic.conversations)).collect();
    assert_eq!(counts, [(Some(6), 24), (Some(0), 18), (Some(0), 12)]);
    let then = found.before.unwrap();
    assert_eq!((then.window, then.total, then.read, then.in_none), (before, 6, 6, 0));

    let back = topics(&store, week(NOON - WEEK), Some(week(NOON).window)).await;
    let counts: Vec<_> = back.topics.iter().map(|topic| (topic.before, topic.conversations)).collect();
    assert_eq!(counts, [(Some(24), 6), (Some(18), 0), (Some(12), 0)], "a topic that is gone is told, too");
    assert_eq!(back.topics[1].examples, [], "nothing in this time shows it");
}

#[tokio::test]
async fn topics_beyond_the_limit_are_counted_together() {
    let (_dir, store) = open();
    two_weeks(&store).await;
    let question = week(NOON);
    let found = store.read(move |snapshot| snapshot.topics(&question, None, 1)).await.unwrap();
    assert_eq!((found.topics.len(), found.left_out, found.in_left_out, found.in_none), (1, 2, 30, 0));
}

#[tokio::test]
async fn what_only_builds_sentences_is_no_topic() {
    let (_dir, store) = open();
    two_weeks(&store).await;
    let things =
        ["scarf", "teapot", "ladder", "violin", "anchor", "candle", "saddle", "mirror", "pillow", "basket"];
    let texts: Vec<String> = things
        .iter()
        .map(|thing| format!("have you been with the {thing} that we should not have been at"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    put(&store, about(&texts, "o", NOON - 4_000 * 60, 10)).await;
    let found = topics(&store, week(NOON), None).await;
    let queries: Vec<&str> = found.topics.iter().map(|topic| topic.query.as_str()).collect();
    assert_eq!(queries, ["said:customer (refund)", "said:customer (login)", "said:customer (parcel)"]);
    assert_eq!(found.in_none, 10);
}

#[tokio::test]
async fn nothing_has_no_topics() {
    let (_dir, store) = open();
    let found = topics(&store, week(NOON), Some(week(NOON - WEEK).window)).await;
    assert_eq!((found.total, found.read, found.in_none, found.topics), (0, 0, 0, Vec::new()));
}

#[tokio::test]
async fn where_the_time_is_short_evenly_chosen_conversations_are_read_and_counted() {
    let (_dir, store) = open();
    put(&store, about(&REFUNDS, "r", NOON - 5_000 * 60, 640)).await;
    put(&store, about(&PARCELS, "p", NOON - 4_000 * 60, 640)).await;
    put(&store, about(&LOGINS, "l", NOON - 3_000 * 60, 640)).await;
    let limit = Limit { time: Some(Duration::from_secs(2)), dropped: CancellationToken::new() };
    let question = week(NOON);
    let found = store
        .read_within(Cost::Dear, limit, move |snapshot| snapshot.topics(&question, None, 12))
        .await
        .unwrap();
    assert_eq!((found.total, found.read), (1_920, 30), "one of sixty-four");
    let in_topics: u64 = found.topics.iter().map(|topic| topic.conversations).sum();
    assert_eq!(in_topics + found.in_left_out + found.in_none, 30);
    let login = found.topics.iter().find(|topic| topic.query.contains("login")).unwrap();
    assert_eq!(login.conversations, 10, "{found:?}");
}
