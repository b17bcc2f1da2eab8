#![allow(clippy::unwrap_used)]

use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Debug, Default, Deserialize, PartialEq)]
struct Asked {
    query: Option<String>,
    limit: Option<u32>,
    force: Option<bool>,
    time: Option<String>,
    group_by: Option<String>,
}

fn asked(arguments: &Value) -> Result<(Asked, Notes), String> {
    let schema = json!({"properties": {
        "query": {"type": "string"},
        "limit": {"type": "integer"},
        "force": {"type": "boolean"},
        "time": {"type": "string", "enum": ["activity", "created"]},
        "group_by": {"type": "string", "enum": ["none", "day"]},
    }});
    read(arguments.as_object().unwrap().clone(), schema.as_object().unwrap(), "{\"limit\": 1}")
        .map_err(|error| error.to_string())
}

#[test]
fn a_value_is_taken_in_every_form_in_which_hosts_send_it() {
    let whole = |limit| Asked { limit: Some(limit), ..Asked::default() };
    let truth = |force| Asked { force: Some(force), ..Asked::default() };
    let text = |query: &str| Asked { query: Some(query.to_owned()), ..Asked::default() };
    let time = |time: &str| Asked { time: Some(time.to_owned()), ..Asked::default() };
    let grouped = |group_by: &str| Asked { group_by: Some(group_by.to_owned()), ..Asked::default() };
    for (arguments, expected) in [
        (json!({"limit": 20}), whole(20)),
        (json!({"limit": 20.0}), whole(20)),
        (json!({"limit": "20"}), whole(20)),
        (json!({"limit": " 20.00 "}), whole(20)),
        (json!({"limit": [20]}), whole(20)),
        (json!({"limit": 99_999_999_999_u64}), whole(u32::MAX)),
        (json!({"force": true}), truth(true)),
        (json!({"force": "True"}), truth(true)),
        (json!({"force": 1}), truth(true)),
        (json!({"force": 0.0}), truth(false)),
        (json!({"force": "no"}), truth(false)),
        (json!({"query": 215_473_000_000_101_u64}), text("215473000000101")),
        (json!({"query": 215_473_000_000_101.0}), text("215473000000101")),
        (json!({"query": ["refund"]}), text("refund")),
        (json!({"query": " refund "}), text("refund")),
        (json!({"query": "null"}), text("null")),
        (json!({"query": "any"}), text("any")),
        (json!({"query": true}), text("true")),
        (json!({"time": " Created"}), time("created")),
        (json!({"by": "created"}), time("created")),
        (json!({"by": "day"}), grouped("day")),
        (json!({"groupBy": "Day"}), grouped("day")),
        (json!({"group_by": "none"}), grouped("none")),
        (json!({"by": "created", "time": "created"}), time("created")),
    ] {
        assert_eq!(asked(&arguments), Ok((expected, Notes::new())), "{arguments}");
    }
}

#[test]
fn what_stands_for_nothing_counts_as_absent() {
    for name in ["query", "limit", "force", "time", "group_by"] {
        for nothing in [json!(null), json!(""), json!("  "), json!([]), json!([""]), json!([null])] {
            let arguments = json!({name: nothing});
            assert_eq!(asked(&arguments), Ok((Asked::default(), Notes::new())), "{arguments}");
        }
    }
    for (name, nothing) in [
        ("limit", "null"),
        ("force", "undefined"),
        ("time", "None"),
        ("time", "any"),
        ("time", "ALL"),
        ("by", "*"),
    ] {
        assert_eq!(asked(&json!({name: nothing})), Ok((Asked::default(), Notes::new())), "{name} {nothing}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_a_call_that_works() {
    for (arguments, said) in [
        (json!({"limit": "many"}), "`limit`: \"many\" is no whole number from 0; e.g. {\"limit\": 1}"),
        (json!({"limit": -1}), "`limit`: \"-1\""),
        (json!({"limit": 2.5}), "`limit`: \"2.5\""),
        (json!({"limit": [1, 2]}), "`limit`: one value is wanted, not several"),
        (json!({"query": {"text": "refund"}}), "`query`: one value is wanted, not an object"),
        (json!({"force": "perhaps"}), "`force`: \"perhaps\" is neither true nor false"),
        (json!({"time": "birth"}), "`time`: there is no \"birth\"; it is \"activity\" or \"created\""),
        (json!({"by": "birth"}), "`time`: there is no \"birth\""),
        (json!({"by": "activity", "time": "created"}), "`time` is given twice, once as `time`"),
        (json!({"amount": 3, "limit": "many"}), "There is no argument `amount`"),
    ] {
        let refused = asked(&arguments).unwrap_err();
        assert!(refused.contains(said), "{arguments}: {refused}");
    }
}

#[test]
fn an_unknown_name_is_noted_and_one_that_hosts_add_is_not() {
    let (read, notes) = asked(&json!({
        "query": "refund", "max": 3, "colour\n": "red", "toolCallId": "1", "sessionId": "2", "action": "sendMessage",
        "chatInput": "hi", "_meta": {"a": [1, 2]}
    }))
    .unwrap();
    assert_eq!(read.query.as_deref(), Some("refund"));
    let expected = [
        "There is no argument `colour`, so it was ignored.",
        "There is no argument `max`, so it was ignored. Did you mean `limit`?",
    ];
    assert_eq!(notes, expected);
    let many: JsonObject = (0..50).map(|number| (format!("n{number}"), json!(1))).collect();
    assert_eq!(asked(&Value::Object(many)).unwrap().1.len(), MOST_NOTES);
}
