//! Questions in SQL: what is asked, and what is printed of the answer.

use proto::types::{SqlCut, SqlReply, SqlValue, State};
use proto::{ApiError, Timestamp};
use serde_json::json;

use crate::support::samples::{counted, status};
use crate::support::{Home, Script};

fn reply(state: State) -> SqlReply {
    let whole = counted(&[], state);
    SqlReply {
        columns: vec!["id".to_owned(), "n".to_owned()],
        rows: vec![
            vec![SqlValue::Text("a, \"b\"".to_owned()), SqlValue::Integer(3)],
            vec![SqlValue::Null, SqlValue::Real(0.5)],
        ],
        total: Some(2),
        total_at_least: 2,
        truncated: false,
        cut: None,
        window: whole.window,
        unknown: Vec::new(),
        sync_info: whole.sync_info,
        sync: None,
    }
}

fn asking(answer: Result<SqlReply, ApiError>) -> Home {
    Home::with(Script { sql: [answer].into(), statuses: [Ok(status())].into(), ..Script::default() })
}

#[test]
fn rows_are_printed_as_a_table_as_json_and_as_csv() {
    let home = asking(Ok(reply(State::Fresh)));
    let ended = home.run(&["sql", "SELECT 1"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = ended.stdout.lines().map(str::trim_end).collect();
    assert_eq!(lines.last(), Some(&"2 rows"), "{}", ended.stdout);
    assert!(lines[0].starts_with("id") && lines[2].starts_with('-'), "{}", ended.stdout);
    let document = home.run(&["sql", "SELECT 1", "--json"]).json();
    assert_eq!(document["rows"], json!([["a, \"b\"", 3], [null, 0.5]]));
    assert_eq!((&document["total"], &document["truncated"]), (&json!(2), &json!(false)));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
    let ended = home.run(&["sql", "SELECT 1", "--csv"]);
    assert_eq!(ended.stdout, "id,n\n\"a, \"\"b\"\"\",3\n,0.5\n");
}

#[test]
fn the_flags_say_what_is_asked() {
    let home = asking(Ok(reply(State::Fresh)));
    let flags = ["sql", "SELECT 1", "--since", "2026-10-01T00:00:00Z", "--limit", "7"];
    assert_eq!(home.run(&flags).code, 0);
    let asked = home.asked.lock().unwrap();
    assert_eq!((asked.sql[0].sql.as_str(), asked.sql[0].max_rows), ("SELECT 1", 7));
    assert_eq!(asked.sql[0].window.start, Some(Timestamp(1_790_812_800)));
}

#[test]
fn what_is_left_out_is_told_and_an_answer_that_is_not_fresh_can_fail() {
    let cut = SqlReply { cut: Some(SqlCut::Rows), total: Some(5_000), ..reply(State::Partial) };
    let home = asking(Ok(cut));
    let ended = home.run(&["sql", "SELECT 1", "--require-fresh"]);
    assert_eq!(ended.code, 6);
    assert!(ended.stderr.contains("2 of 5000 rows are shown"), "{}", ended.stderr);
    assert!(ended.stdout.contains("2 of 5000 rows"), "{}", ended.stdout);
}

#[test]
fn an_error_points_at_the_place_and_is_a_wrong_usage() {
    let error = "no such column: stat; did you mean state?\n  SELECT stat\n         ^";
    let home = asking(Err(ApiError::BadRequest(error.to_owned())));
    let ended = home.run(&["sql", "SELECT stat"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    let expected = "error: no such column: stat; did you mean state?\n  SELECT stat\n         ^\nhint: ";
    assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
}

#[test]
fn the_views_are_printed_with_what_their_columns_say() {
    let home = asking(Ok(reply(State::Fresh)));
    let ended = home.run(&["sql", "--schema"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stdout.contains("tags  one row each"), "{}", ended.stdout);
    assert!(ended.stdout.contains("what it says"), "{}", ended.stdout);
    let document = home.run(&["sql", "--schema", "--json"]).json();
    assert_eq!(document["views"][0]["columns"][0]["name"], json!("id"));
    assert_eq!(home.run(&["sql"]).code, 2);
}
