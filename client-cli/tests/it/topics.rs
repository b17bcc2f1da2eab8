//! What customers write about: what is asked, and what is printed of the answer.

use proto::types::{Compare, Phase, State, SyncTicket, TimeField, TopicsReply, Window};
use serde_json::json;

use crate::support::samples::{report, topical};
use crate::support::{Home, Script};

fn telling(reply: TopicsReply) -> Home {
    Home::with(Script { topics: [Ok(reply)].into(), ..Script::default() })
}

#[test]
fn topics_print_one_document_with_counts_changes_and_examples() {
    let ended = telling(topical(State::Fresh)).run(&["topics", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let document = ended.json();
    let first = json!({
        "name": "refund", "query": "said:customer (refund)", "conversations": 62, "percent": 62.0, "found": 62,
        "before": 39, "change": 23, "new": false, "examples": [{"id": "215", "url": null, "text": "About a refund"}]
    });
    assert_eq!(document["topics"][0], first);
    assert_eq!(document["topics"][1]["new"], json!(true));
    assert_eq!(document["in_no_topic"], json!(23));
    assert_eq!(document["percent_in_no_topic"], json!(23.0));
    assert_eq!(document["before"]["total"], json!(50));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
}

#[test]
fn people_see_a_table_with_the_base_of_each_change() {
    let ended = telling(topical(State::Fresh)).run(&["topics"]);
    for shown in
        ["100 conversations", "in no topic    23 (23%)", "39 → 62 62%", "12 12%  new", "About a parcel"]
    {
        assert!(ended.stdout.contains(shown), "{shown} {ended:?}");
    }
}

#[test]
fn topics_ask_what_the_flags_say() {
    let asked = |line: &str| {
        let home = telling(topical(State::Fresh));
        let ended = home.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, 0, "{ended:?}");
        home.asked.lock().unwrap().topics[0].clone()
    };
    let usual = asked("topics invoice --tag vip");
    assert_eq!(usual.question.query.to_string(), "invoice tag:vip");
    assert_eq!(usual.question.by, TimeField::Created);
    assert_eq!((usual.compare, usual.limit), (Compare::PreviousIfKept, 12));
    assert_eq!(asked("topics --compare previous --limit 5").compare, Compare::Previous);
    assert_eq!(asked("topics --compare none --time activity").compare, Compare::Nothing);
    let other = asked("topics --compare 2026-09-01..2026-09-30").compare;
    assert!(matches!(other, Compare::With(Window { start: Some(_), end: Some(_) })), "{other:?}");
}

#[test]
fn a_comparison_that_cannot_be_read_is_a_wrong_usage() {
    let ended = telling(topical(State::Fresh)).run(&["topics", "--compare", "lasst wek"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("--compare"), "{ended:?}");
}

#[test]
fn stale_topics_are_asked_for_again_when_their_sync_is_done_and_say_so_where_it_is_not() {
    let stale = TopicsReply { sync: Some(SyncTicket(3)), ..topical(State::Stale) };
    let home = Home::with(Script {
        topics: [Ok(stale.clone()), Ok(topical(State::Fresh))].into(),
        reports: [Ok(report(1, Phase::Done))].into(),
        ..Script::default()
    });
    assert_eq!(home.run(&["topics", "--require-fresh"]).code, 0);
    let ended = telling(stale).run(&["topics", "--require-fresh", "--wait", "0"]);
    assert_eq!(ended.code, 6);
    assert!(!ended.stderr.is_empty(), "{ended:?}");
}
