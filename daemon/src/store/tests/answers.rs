//! Answers end, are small enough to be sent, and do not wait for each other.

use std::time::Duration;

use proto::types::Grouping;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::store::{Cost, Error, Limit, Snapshot};

/// Far more than any of it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts all there is again and again, until it is stopped.
fn count_for_ever(snapshot: &Snapshot<'_>) -> Result<(), Error> {
    loop {
        snapshot
            .stats(&counting(question("word").question, Grouping::Field(proto::types::Field::Customer)))?;
    }
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_stopped_and_says_how_to_narrow_it() {
    let (_dir, store) = open();
    put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    for cost in [Cost::Quick, Cost::Dear] {
        let limit = Limit { time: Some(Duration::from_millis(50)), ..Limit::default() };
        let error = store.read_within(cost, limit, count_for_ever).await.unwrap_err();
        assert!(error.to_string().contains("a shorter timeframe"), "{error}");
        // The next one on the same connection has its own time.
        assert_eq!(ask(&store, question("word")).await.total, Some(50));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_waits_for_any_more_is_stopped() {
    let (_dir, store) = open();
    put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let dropped = CancellationToken::new();
    let limit = Limit { time: None, dropped: dropped.clone() };
    let asking = store.clone();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let answer = tokio::spawn(async move {
        let question = move |snapshot: &Snapshot<'_>| {
            let _ = begun.send(());
            count_for_ever(snapshot)
        };
        asking.read_within(Cost::Dear, limit, question).await
    });
    begins.await.unwrap();
    dropped.cancel();
    let ended = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert!(matches!(ended, Err(Error::OutOfTime { .. })), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_being_answered_does_not_hold_up_a_stop() {
    for cost in [Cost::Quick, Cost::Dear] {
        let (_dir, store) = open();
        put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
        let asking = store.clone();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let answer = tokio::spawn(async move {
            let question = move |snapshot: &Snapshot<'_>| {
                let _ = begun.send(());
                count_for_ever(snapshot)
            };
            asking.read_within(cost, Limit::default(), question).await
        });
        begins.await.unwrap();
        tokio::time::timeout(PATIENCE, store.close()).await.unwrap();
        let ended = answer.await.unwrap();
        assert!(matches!(ended, Err(Error::Closed)), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn dear_questions_wait_for_each_other_and_keep_no_quick_one_waiting() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "word")]).await;
    let _never_done = store.block_reads(Cost::Dear).await;
    assert_eq!(ids(&store, question("word")).await, ["1"]);
    let limit = Limit { time: Some(Duration::from_secs(7)), ..Limit::default() };
    let error = store.read_within(Cost::Dear, limit, |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, Error::OutOfTime { seconds: 7 }), "{error}");
}

#[tokio::test]
async fn a_message_of_any_length_fits_into_a_reply_and_says_what_is_left_out() {
    let (_dir, store) = open();
    let long = "é and more ".repeat(450_000);
    let mut huge = conversation("1", NOON, NOON + 1, "first");
    huge.title = Some(long.clone());
    huge.parts.push(Part { html: Some(format!("<p>{long}</p>")), ..part("p1", NOON + 1, &long) });
    huge.parts.push(part("p2", NOON + 2, "last"));
    put(&store, [huge]).await;
    let (first, read) = store
        .read(|snapshot| {
            Ok((snapshot.show(&id("1"), 0, u32::MAX)?.unwrap(), snapshot.read_many(&["1".to_owned()])?))
        })
        .await
        .unwrap();
    let body = &first.messages[1].body;
    assert!(body.len() < 5 << 20 && body.starts_with("é and") && first.messages[1].body_html.is_none());
    let note = body.lines().last().unwrap();
    assert!(note.contains("left out") && note.contains(&long.len().to_string()), "{note}");
    assert_eq!((first.messages.len(), first.next_offset), (2, Some(2)));
    assert!(first.summary.title.unwrap().len() < 5_000);
    assert_eq!((read.0.len(), read.1), (1, 1));
    let rest = store.read(|snapshot| snapshot.show(&id("1"), 2, u32::MAX)).await.unwrap().unwrap();
    assert_eq!((rest.messages[0].body.as_str(), rest.next_offset), ("last", None));
    // It is found, by the index and by reading, and shown.
    let mut search = question("\"more last\" OR \"and more\"");
    search.question.query = search.question.query.and(query("customer:anna@example.com"));
    assert_eq!(ids(&store, search).await, ["1"]);
}
