//! Counting and measuring.

use proto::types::{Compare, Field, Grouping, StatsBefore, StatsReply, TimeField};
use proto::{Interval, Timestamp};
use serde_json::json;

use crate::support::{Era, Fake, Home, Program, check, group, stats, waiting};

#[tokio::test]
async fn the_totals_come_first_with_the_times_asked_for_in_words_and_then_the_groups() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().stats = Some(StatsReply { left_out: 3, ..stats(vec![group("refund"), group("vip")]) });
    let mut program = Program::open(&home, Era::Handshake).await;
    let arguments = json!({"group_by": "tag", "timeframe": "last 7 days", "state": "open", "limit": 2, "by": "created",
            "measure": "first_response, close"});
    let result = program.call("conversation_stats", arguments).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("12 conversations of 2 customers, created from 2026-09-"), "{text}");
    assert!(text.contains("First response: median 2 h 5 min, 90% within 4 h 10 min"), "{text}");
    assert!(text.contains("Time to close: not known of any."), "{text}");
    assert!(text.contains("5 groups by tag (a conversation with several counts in each):"), "{text}");
    assert!(
        text.contains(
            "- \"refund\": 3 (2 open, 1 closed, 1 unanswered, 2 waiting, 3 answered by a bot, 1 reopened, 40 \
             messages); first response: median 2 h 5 min"
        ),
        "{text}"
    );
    assert!(
        text.contains("3 groups more: call again with the same arguments and \"page\": \"tag:2\""),
        "{text}"
    );
    let answer = &result["structuredContent"];
    assert_eq!(answer["total"]["first_response_seconds"]["median"], 7_500);
    assert_eq!((&answer["groups_after"], &answer["next_page"]), (&json!(3), &json!("tag:2")));
    let known = daemon.known();
    let asked = &known.measured[0];
    assert_eq!((asked.grouping.clone(), asked.limit, asked.waiting), (Grouping::Field(Field::Tag), 2, 0));
    assert!(asked.question.window.start.is_some());
}

#[tokio::test]
async fn days_begin_at_the_users_midnight_and_have_25_hours_where_clocks_go_back() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    let arguments = json!({"group_by": "day", "start_date": "2025-10-25", "end_date": "2025-10-27"});
    program.call("conversation_stats", arguments).await;
    let known = daemon.known();
    let Grouping::Time(edges) = &known.measured[0].grouping else { panic!("{:?}", known.measured[0]) };
    let edges: Vec<_> = edges.iter().map(|edge| edge.to_rfc3339()).collect();
    let expected =
        ["2025-10-24T22:00:00Z", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z", "2025-10-27T23:00:01Z"];
    assert_eq!(edges, expected);
}

#[tokio::test]
async fn an_open_window_is_cut_from_the_history_kept_to_the_present() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    let before = Timestamp::from(chrono::Utc::now());
    program.call("conversation_stats", json!({"group_by": "week"})).await;
    let known = daemon.known();
    let Grouping::Time(edges) = &known.measured[0].grouping else { panic!("{:?}", known.measured[0]) };
    // The horizon that the daemon told of.
    assert_eq!(edges[0], Timestamp(1_780_000_000));
    let now = Timestamp::from(chrono::Utc::now());
    assert!(edges[edges.len() - 1] > before && edges[edges.len() - 2] <= now, "{edges:?}");
}

#[tokio::test]
async fn days_are_named_as_the_user_has_them() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut day = group("");
    (day.key, day.name) = (None, None);
    // It begins at 23:30 UTC, on the next day in the user's zone.
    day.span = Some(Interval::new(1_789_428_600, 1_789_430_400));
    daemon.known().stats = Some(stats(vec![day]));
    let mut program = Program::open(&home, Era::Handshake).await;
    let result = program.call("conversation_stats", json!({"group_by": "day"})).await;
    let group = &result["structuredContent"]["groups"][0];
    assert_eq!(group["name"], "2026-09-15");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("- \"2026-09-15\": 3 ("), "{text}");
    assert!(text.contains("by day (the timeframe may cut the first and the last):"), "{text}");
}

#[tokio::test]
async fn those_that_wait_are_named_on_the_first_page_alone() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let groups: Vec<_> = (0..30).map(|number| group(&number.to_string())).collect();
    daemon.known().stats = Some(StatsReply { waiting: vec![waiting("5"); 3], ..stats(groups) });
    let mut program = Program::open(&home, Era::Handshake).await;
    let list = program.request("tools/list", json!({})).await;
    let schema = &list["result"]["tools"][5]["outputSchema"];
    for (page, waiting, headings) in [(json!(null), 3, 3), (json!("customer:20"), 0, 0)] {
        let result = program
            .call("conversation_stats", json!({"group_by": "customer", "waiting": 3, "page": page}))
            .await;
        let answer = &result["structuredContent"];
        check(answer, schema);
        assert_eq!(answer["waiting"].as_array().unwrap().len(), waiting);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(text.matches(" waits 2 h").count(), headings, "{text}");
    }
}

#[tokio::test]
async fn no_time_is_told_that_was_not_asked_for_and_no_field_is_null_or_0_in_a_group() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().stats = Some(stats(vec![group("refund")]));
    let mut program = Program::open(&home, Era::Handshake).await;
    let result = program.call("conversation_stats", json!({"group_by": "tag"})).await;
    let answer = &result["structuredContent"];
    let expected = json!({
        "name": "refund", "conversations": 3, "open": 2, "closed": 1, "unanswered": 1, "waiting": 2,
        "answered_by_bot": 3, "reopened": 1, "messages": 40
    });
    assert_eq!(answer["groups"][0], expected);
    assert_eq!(answer["groups_total"], 1);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(!text.contains("median") && !answer.to_string().contains("median"), "{text}");
    assert_eq!(daemon.known().measured[0].question.by, TimeField::Created);
}

#[tokio::test]
async fn only_of_what_a_conversation_can_have_several_it_is_said_that_it_counts_in_each() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().stats = Some(stats(vec![group("email")]));
    let mut program = Program::open(&home, Era::Handshake).await;
    for (group_by, several) in [("channel", false), ("rating", false), ("domain", true), ("attr.Plan", true)]
    {
        let result = program.call("conversation_stats", json!({"group_by": group_by})).await;
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(&format!("1 group by {group_by}")), "{text}");
        assert_eq!(text.contains("counts in each"), several, "{text}");
    }
}

#[tokio::test]
async fn a_comparison_tells_each_change_with_its_base() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut grown = group("refund");
    grown.before = Some(proto::types::Figures { conversations: 39, ..grown.figures });
    let before = StatsBefore { window: Interval::new(1_788_000_000, 1_788_999_999), total: grown.figures };
    daemon.known().stats = Some(StatsReply { before: Some(before), ..stats(vec![grown]) });
    let mut program = Program::open(&home, Era::Handshake).await;
    let arguments = json!({"group_by": "tag", "compare": "previous", "measure": "first-response"});
    let result = program.call("conversation_stats", arguments).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    for told in [
        "Before: 3 conversations of 2 customers from 2026-08-29T",
        "- \"refund\": 39 → 3 (",
        "first response: median 2 h 5 min → 2 h 5 min",
    ] {
        assert!(text.contains(told), "{told} {text}");
    }
    let answer = &result["structuredContent"];
    assert_eq!((&answer["groups"][0]["before"], &answer["before"]["conversations"]), (&json!(39), &json!(3)));
    assert_eq!(daemon.known().measured[0].compare, Compare::Previous);
}

#[tokio::test]
async fn several_named_queries_are_counted_in_one_call() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    for given in [
        json!("refunds = refund\nbugs = crash OR error"),
        json!({"refunds": "refund", "bugs": "crash OR error"}),
        json!(["refunds = refund", "bugs = crash OR error"]),
    ] {
        program.call("conversation_stats", json!({"queries": given})).await;
    }
    for asked in &daemon.known().measured {
        let Grouping::Queries(queries) = &asked.grouping else { panic!("{asked:?}") };
        let mut named: Vec<_> =
            queries.iter().map(|query| (query.name.as_str(), query.query.to_string())).collect();
        named.sort();
        let expected = [("bugs", "crash OR error".to_owned()), ("refunds", "refund".to_owned())];
        assert_eq!(named, expected);
    }
    let both = json!({"queries": "a = b", "group_by": "tag"});
    assert!(program.failing_call("conversation_stats", both).await.contains("not both"));
}

#[tokio::test]
async fn stale_statistics_wait_for_the_sync_as_searches_do() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().fresh = false;
    let mut program = Program::open(&home, Era::Handshake).await;
    let id = program.send("tools/call", json!({"name": "conversation_stats", "arguments": {}})).await;
    daemon.await_waiting(1).await;
    daemon.known().fresh = true;
    daemon.tell(crate::support::report(4, proto::types::Phase::Done, 3));
    let answer = program.response(id).await;
    assert_eq!(answer["result"]["structuredContent"]["sync_info"]["state"], "fresh", "{answer}");
}
