//! Counts and response times: what is asked, and what is printed of the answer.

use proto::Timestamp;
use proto::types::{Field, Grouping, Phase, State, StatsReply, SyncTicket, TimeField, Unknown};
use serde_json::json;

use crate::support::samples::{NOON, counted, info, report};
use crate::support::{Home, Script};

fn counting(reply: StatsReply) -> Home {
    Home::with(Script {
        stats: [Ok(reply)].into(),
        checks: [Ok(info(State::Fresh))].into(),
        ..Script::default()
    })
}

#[test]
fn stats_print_one_document_with_the_figures_of_each_group() {
    let home = counting(counted(&["a1", "a2"], State::Fresh));
    let ended = home.run(&["stats", "--by", "assignee", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout.lines().count(), 1);
    let document = ended.json();
    assert_eq!(document["total"]["conversations"], json!(8));
    assert_eq!(document["total"]["first_response_seconds"]["mean"], json!(7_500.0));
    assert_eq!(document["groups"][1]["key"], json!("a2"));
    assert_eq!(document["groups"][1]["name"], json!("Group a2"));
    assert_eq!(document["groups"][1]["unanswered"], json!(1));
    assert_eq!(document["window"]["end_date"], json!("2026-10-01T12:00:00Z"));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
}

#[test]
fn stats_ask_what_the_flags_say() {
    let home = counting(counted(&["vip"], State::Fresh));
    let line = "stats refund --since 2026-10-01T00:00:00Z --until 2026-10-02T00:00:00Z --by tag --of updated \
                --tag vip --tag late --state open --limit 5 --waiting 3";
    assert_eq!(home.run(&line.split_whitespace().collect::<Vec<_>>()).code, 0);
    let asked = home.asked.lock().unwrap();
    let request = &asked.stats[0];
    assert_eq!((request.limit, request.waiting), (5, 3));
    assert_eq!(request.grouping, Grouping::Field(Field::Tag));
    let query = "refund state:open tag:vip tag:late";
    assert_eq!(
        (request.question.query.to_string().as_str(), request.question.by),
        (query, TimeField::Updated)
    );
}

#[test]
fn volume_is_what_came_in_by_the_days_of_the_users_zone() {
    let home = counting(counted(&[], State::Fresh));
    let flags = ["stats", "--by", "day", "--since", "2026-10-01", "--until", "2026-10-02"];
    let ended = home.syncctl(&flags).env("TZ", "EST5").output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let asked = home.asked.lock().unwrap();
    assert_eq!(asked.stats[0].question.by, TimeField::Created);
    let midnight = |day: i64| Timestamp(1_790_812_800 + 5 * 3_600 + day * 86_400);
    let Grouping::Time(edges) = &asked.stats[0].grouping else { panic!("{:?}", asked.stats[0]) };
    assert_eq!(edges[..2], [midnight(0), midnight(1)]);
}

#[test]
fn a_timeframe_without_a_start_begins_where_the_copy_does() {
    let home = counting(counted(&[], State::Fresh));
    assert_eq!(home.run(&["stats", "--by", "month"]).code, 0);
    let asked = home.asked.lock().unwrap();
    let Grouping::Time(edges) = &asked.stats[0].grouping else { panic!("{:?}", asked.stats[0]) };
    assert_eq!(edges[0], NOON.minus(365 * 86_400));
}

#[test]
fn more_spans_than_can_be_asked_for_are_a_wrong_usage() {
    let home = counting(counted(&[], State::Fresh));
    let ended = home.run(&["stats", "--by", "hour", "--since", "2020-01-01"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("grouping by day"), "{ended:?}");
    assert!(home.asked.lock().unwrap().stats.is_empty());
}

#[test]
fn stale_counts_are_asked_for_again_when_their_sync_is_done() {
    let stale = StatsReply { sync: Some(SyncTicket(3)), ..counted(&["old"], State::Stale) };
    let home = Home::with(Script {
        stats: [Ok(stale), Ok(counted(&["new"], State::Fresh))].into(),
        reports: [Ok(report(1, Phase::Done))].into(),
        ..Script::default()
    });
    let ended = home.run(&["stats", "--by", "tag", "--require-fresh"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("Group new"), "{ended:?}");
}

#[test]
fn a_tag_that_no_conversation_has_is_told_with_what_may_have_been_meant() {
    let unknown = Unknown {
        field: Field::Tag,
        value: "bilingr".to_owned(),
        similar: vec!["billing".to_owned()],
        held: true,
    };
    let reply = StatsReply { unknown: vec![unknown], ..counted(&[], State::Fresh) };
    let ended = counting(reply).run(&["stats", "--tag", "bilingr"]);
    assert_eq!(ended.code, 0);
    let note = "note: no conversation has the tag “bilingr”; did you mean “billing”?\n";
    assert_eq!(ended.stderr, note);
}
