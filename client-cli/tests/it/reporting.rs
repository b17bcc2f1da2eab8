//! Reports: what is asked for one, and the file that it becomes.

use std::os::unix::fs::PermissionsExt as _;

use proto::types::{Field, Grouping, State};
use serde_json::json;

use crate::support::samples::{counted, status, topical};
use crate::support::{Home, Script};

fn reporting(state: State) -> Home {
    Home::with(Script {
        stats: [Ok(counted(&["vip"], state))].into(),
        topics: [Ok(topical(state))].into(),
        statuses: [Ok(status())].into(),
        ..Script::default()
    })
}

#[test]
fn a_report_is_a_file_of_its_owners_and_says_what_it_is_about() {
    let home = reporting(State::Fresh);
    let path = home.path().join("report.html");
    let ended = home.run(&["report", "-o", path.to_str().unwrap(), "--json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.json()["conversations"], json!(8));
    assert_eq!(ended.json()["window"]["end_date"], json!("2026-10-01T12:00:00Z"));
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Group vip"), "{page}");
    assert!(page.contains("What customers write about") && page.contains("About a refund"), "{page}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let asked = home.asked.lock().unwrap();
    let groupings: Vec<_> = asked.stats.iter().map(|request| &request.grouping).collect();
    assert!(
        groupings.contains(&&Grouping::Field(Field::Tag))
            && groupings.contains(&&Grouping::Field(Field::Assignee)),
        "{groupings:?}"
    );
    assert!(asked.stats[0].waiting > 0);
}

#[test]
fn ratings_are_in_the_order_of_the_score() {
    let home = Home::with(Script {
        stats: [Ok(counted(&["3", "5", "1"], State::Fresh))].into(),
        topics: [Ok(topical(State::Fresh))].into(),
        statuses: [Ok(status())].into(),
        ..Script::default()
    });
    let path = home.path().join("report.html");
    assert_eq!(home.run(&["report", "-o", path.to_str().unwrap()]).code, 0);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, ratings) = page.split_once("<h2 id=\"Ratings\">").unwrap();
    let place = |text: &str, name: &str| text.find(&format!("Group {name}<")).unwrap();
    assert!(place(ratings, "5") < place(ratings, "3") && place(ratings, "3") < place(ratings, "1"));
    assert!(place(before, "3") < place(before, "5"), "{before}");
}

#[test]
fn the_hours_of_a_long_timeframe_are_asked_for_in_parts() {
    let mut reply = counted(&["x"], State::Fresh);
    reply.window.start = reply.window.end.minus(700 * 86_400);
    reply.groups[0].span = Some(reply.window);
    let home = Home::with(Script {
        stats: [Ok(reply)].into(),
        topics: [Ok(topical(State::Fresh))].into(),
        statuses: [Ok(status())].into(),
        ..Script::default()
    });
    let path = home.path().join("report.html");
    let ended = home.run(&["report", "-o", path.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = home.asked.lock().unwrap();
    let edges = asked.stats.iter().filter_map(|request| match &request.grouping {
        Grouping::Time(edges) => Some(edges),
        _ => None,
    });
    let hours: Vec<_> = edges.filter(|edges| edges[1].since(edges[0]) <= 3_600).collect();
    assert!(hours.len() >= 4 && hours.iter().all(|edges| edges.len() < 4_000), "{}", hours.len());
    assert!(hours.windows(2).all(|pair| pair[0].last() == pair[1].first()));
}

#[test]
fn a_report_that_is_not_fresh_is_written_and_refused_only_when_asked_to() {
    let home = reporting(State::Partial);
    let path = home.path().join("report.html");
    let ended = home.run(&["report", "-o", path.to_str().unwrap(), "--require-fresh"]);
    assert_eq!(ended.code, 6);
    assert!(ended.stderr.contains("partial: "), "{ended:?}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("verdict partial"));
}

#[test]
fn a_report_is_html() {
    let ended = reporting(State::Fresh).run(&["report", "-o", "report.pdf"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("report.html"), "{ended:?}");
}
