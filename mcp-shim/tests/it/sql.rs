//! Questions in SQL.

use proto::Timestamp;
use proto::types::{SqlCut, SqlReply, SqlValue};
use serde_json::{Value, json};

use crate::support::estimate::tokens;
use crate::support::{Era, Fake, Home, Program, check, rows};

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_owned())
}

#[tokio::test]
async fn rows_keep_their_types_in_both_forms() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().sql = Some(rows(vec![
        vec![text("open"), SqlValue::Integer(3)],
        vec![text("a \"b\"\nc"), SqlValue::Null],
        vec![text("x"), SqlValue::Real(0.5)],
    ]));
    let mut program = Program::open(&home, Era::Handshake).await;
    let arguments = json!({"sql": "SELECT 1", "timeframe": "last 7 days"});
    let result = program.call("query_sql", arguments).await;
    let fields = &result["structuredContent"];
    assert_eq!(fields["columns"], json!(["state", "n"]));
    assert_eq!(fields["rows"], json!([["open", 3], ["a \"b\"\nc", null], ["x", 0.5]]));
    assert_eq!(
        (&fields["total"], &fields["truncated"], &fields["more"]),
        (&json!(3), &json!(false), &Value::Null)
    );
    assert_eq!(fields["sync_info"]["state"], "fresh");
    let shown = result["content"][0]["text"].as_str().unwrap();
    assert!(shown.starts_with("3 rows, from 2026-09-"), "{shown}");
    assert!(shown.contains("state, n\n[\"open\",3]\n[\"a \\\"b\\\"\\nc\",null]\n[\"x\",0.5]\n"), "{shown}");
    let known = daemon.known();
    assert_eq!((known.queried[0].sql.as_str(), known.queried[0].max_rows), ("SELECT 1", 100));
    assert!(known.queried[0].window.start > Some(Timestamp(0)));
}

#[tokio::test]
async fn an_empty_statement_answers_with_what_can_be_asked() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    let list = program.request("tools/list", json!({})).await;
    let tools = list["result"]["tools"].as_array().unwrap();
    let output = &tools.iter().find(|tool| tool["name"] == "query_sql").unwrap()["outputSchema"];
    for arguments in [json!({}), json!({"sql": ""}), json!({"sql": "  "}), json!({"sql": null})] {
        let result = program.call("query_sql", arguments).await;
        let fields = &result["structuredContent"];
        check(fields, output);
        let shown = result["content"][0]["text"].as_str().unwrap();
        assert!(shown.contains("conversations: one row each\n  id (what it says)"), "{shown}");
        assert_eq!((&fields["schema"], &fields["sync_info"]), (&json!(shown), &Value::Null));
    }
    assert!(daemon.known().queried.is_empty());
}

#[tokio::test]
async fn many_rows_and_long_texts_fit_and_the_rest_is_told() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let long = "日本語の長い文".repeat(400);
    let many = (0..200).map(|n| vec![text(&long), SqlValue::Integer(n)]).collect();
    let cut = SqlReply {
        total: None,
        total_at_least: 9_000,
        truncated: true,
        cut: Some(SqlCut::Rows),
        ..rows(many)
    };
    daemon.known().sql = Some(cut);
    let mut program = Program::open(&home, Era::Handshake).await;
    for (max_rows, most) in [(json!(null), 6_000), (json!(5_000), 20_000)] {
        let result = program.call("query_sql", json!({"sql": "SELECT body", "max_rows": max_rows})).await;
        let fields = &result["structuredContent"];
        let shown = result["content"][0]["text"].as_str().unwrap();
        assert!(tokens(shown) + tokens(&fields.to_string()) < most);
        let shows = fields["rows"].as_array().unwrap().len();
        assert!(shows > 1 && shows < 200, "{shows}");
        assert_eq!((&fields["truncated"], &fields["total"]), (&json!(true), &Value::Null));
        assert_eq!(fields["total_at_least"], 9_000);
        assert!(shown.starts_with(&format!("{shows} of at least 9000 rows")), "{shown}");
        assert!(fields["more"].as_str().unwrap().contains(&format!("OFFSET {shows}")), "{fields}");
    }
}

#[tokio::test]
async fn a_statement_that_cannot_be_read_shows_the_place_and_query_is_taken_for_sql() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().sql_error = Some("no such column: stat\n  WHERE stat\n        ^".to_owned());
    let mut program = Program::open(&home, Era::Handshake).await;
    let result = program.call("query_sql", json!({"query": "SELECT 1 WHERE stat", "limit": 7})).await;
    assert_eq!(result["isError"], true);
    let shown = result["content"][0]["text"].as_str().unwrap();
    assert!(shown.contains("no such column: stat\n  WHERE stat\n        ^"), "{shown}");
    let known = daemon.known();
    assert_eq!((known.queried[0].sql.as_str(), known.queried[0].max_rows), ("SELECT 1 WHERE stat", 7));
}
