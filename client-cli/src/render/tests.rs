//! What people see, against stored text.

use proto::types::{
    ApiBudget, Assignee, Attachment, Author, Calibration, Change, Conversation, CountCheck, CountState,
    Customer, Daemon, Database, Event, Field, FieldValue, Incomplete, LateArrival, Marked, Message, Phase,
    Progress, SearchReply, Speaker, State, Status, Summary, SyncInfo, Value, Verification, Workspace,
};
use proto::{Interval, Timestamp};

use super::screen::samples::{NOW, plain, styled};
use super::*;

const DAY: i64 = 86_400;

fn ada() -> Customer {
    Customer {
        id: Some("c1".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
        email: Some("ada@example.com".to_owned()),
    }
}

fn summary() -> Summary {
    Summary {
        id: "215469810".to_owned(),
        url: Some("https://app.example.com/215469810".to_owned()),
        title: Some("Refund for order 1234".to_owned()),
        state: "open".to_owned(),
        created_at: NOW.minus(3 * DAY),
        updated_at: NOW.minus(3 * 3600),
        customer: Some(ada()),
        assignee: Some(Assignee {
            id: "a1".to_owned(),
            kind: "admin".to_owned(),
            name: Some("Grace Hopper".to_owned()),
        }),
        tags: vec!["billing".to_owned(), "vip".to_owned()],
        message_count: 3,
        truncated: false,
        snippet: Some(Marked {
            text: "…I would like a refund for the lamp that arrived broken; the refund can go to the same card, \
                   thank you…"
                .to_owned(),
            marks: vec![(18, 24), (63, 69)],
        }),
        snippet_author: Some(Speaker { kind: "user".to_owned(), name: Some("Ada Lovelace".to_owned()) }),
        further_snippets: Vec::new(),
        first_words: Some("Hello, my order 1234 came today".to_owned()),
    }
}

fn info(state: State) -> SyncInfo {
    SyncInfo {
        state,
        last_sync: Some(NOW.minus(3600)),
        message: (state != State::Fresh).then(|| "1 gap is not synced yet".to_owned()),
        data_complete: state == State::Fresh,
        coverage: Some(Interval { start: NOW.minus(30 * DAY), end: NOW.minus(3600) }),
        gaps: vec![Interval { start: NOW.minus(3600), end: NOW }],
        incomplete: Incomplete { pending: 2, failed: 1 },
        sync_in_progress: true,
        sync_error: None,
        fields: Vec::new(),
    }
}

fn reply() -> SearchReply {
    let wide = Summary {
        id: "7".to_owned(),
        url: None,
        title: Some("返金をお願いします \x1b[2J".to_owned()),
        state: "closed".to_owned(),
        customer: None,
        assignee: None,
        tags: Vec::new(),
        message_count: 1,
        truncated: true,
        snippet: None,
        snippet_author: None,
        first_words: None,
        ..summary()
    };
    SearchReply {
        hits: vec![summary(), wide],
        total: Some(134),
        next_page: Some("01fb0a3c".to_owned()),
        unknown: Vec::new(),
        notes: Vec::new(),
        explanation: None,
        cut_short: false,
        window: Interval { start: NOW.minus(7 * DAY), end: NOW },
        sync_info: info(State::Fresh),
        sync: None,
    }
}

#[test]
fn an_answer_that_was_cut_short_is_never_shown_as_no_result() {
    let shown = |reply: &SearchReply| drawn(&plain(), |buffer| hits(buffer, reply));
    let cut = SearchReply { hits: Vec::new(), total: None, cut_short: true, ..reply() };
    let text = shown(&cut);
    assert!(text.starts_with("nothing found so far") && text.contains("--page 01fb0a3c"), "{text}");
    assert!(
        shown(&SearchReply { total: None, cut_short: true, ..reply() }).contains("2 conversations so far")
    );
}

fn message(id: &str, author: &str, kind: &str, at: Timestamp, body: &str) -> Message {
    Message {
        id: id.to_owned(),
        kind: kind.to_owned(),
        author: Author { kind: "user".to_owned(), name: Some(author.to_owned()), ..Author::default() },
        body: body.to_owned(),
        created_at: at,
        ..Message::default()
    }
}

fn whole() -> Conversation {
    let at = |minutes: i64| NOW.minus(3 * DAY).plus(minutes * 60);
    let long = "The lamp arrived broken. I would like my money back, please, or a new lamp, whichever is easier \
                for you.\n\nAda";
    let file = Attachment {
        name: Some("lamp.jpg".to_owned()),
        content_type: Some("image/jpeg".to_owned()),
        filesize: Some(48_213),
        url: None,
    };
    let grace =
        Author { kind: "admin".to_owned(), name: Some("Grace Hopper".to_owned()), ..Author::default() };
    Conversation {
        summary: Summary { snippet: None, ..summary() },
        messages: vec![
            Message { attachments: vec![file], ..message("m1", "Ada Lovelace", "source", at(0), long) },
            message(
                "m2",
                "Grace Hopper",
                "note",
                at(20),
                "商品の交換をお勧めします。在庫はまだ十分にあります。送料は無料です。お客様に確認してください。",
            ),
            message("m3", "Ada Lovelace", "comment", at(50), "Thanks\x07!\r\nBye"),
        ],
        events: vec![
            Event {
                id: "e1".to_owned(),
                kind: "assignment".to_owned(),
                author: grace.clone(),
                created_at: at(10),
                changes: vec![
                    change("assignee", None, "Grace Hopper"),
                    change("attr.Plan", Some("Free"), "Pro"),
                ],
            },
            Event {
                id: "e2".to_owned(),
                kind: "close".to_owned(),
                author: grace,
                created_at: at(60),
                changes: Vec::new(),
            },
        ],
        offset: 0,
        next_offset: None,
        fetched_at: NOW.minus(600),
        outdated: true,
        fields: vec![
            FieldValue::new(Field::Channel, Value::Text("email".to_owned())),
            FieldValue {
                name: Some("Grace Hopper".to_owned()),
                ..FieldValue::new(Field::Rated, Value::Whole(7))
            },
            FieldValue::new(Field::Attribute("Regions".to_owned()), Value::Text("north".to_owned())),
            FieldValue::new(Field::Attribute("Regions".to_owned()), Value::Text("west".to_owned())),
            FieldValue::new(Field::Statistic("count_reopens".to_owned()), Value::Whole(1)),
        ],
    }
}

fn change(field: &str, from: Option<&str>, to: &str) -> Change {
    let owned = |text: &str| text.to_owned();
    Change { field: owned(field), from: from.map(owned), to: Some(owned(to)), id: None }
}

fn found() -> Calibration {
    Calibration {
        late_arrival: Some(LateArrival { delay_seconds: 30, seen_at: NOW.minus(2 * DAY) }),
        tail_listed_at: Some(NOW.minus(240)),
        verification: Verification {
            read_since: Some(NOW.minus(3 * 3600)),
            verified: 900,
            differences: 2,
            last_difference_at: Some(NOW.minus(5 * 3600)),
        },
        count_check: Some(CountCheck {
            checked_at: NOW.minus(4 * 3600),
            range: Interval { start: NOW.minus(30 * DAY), end: NOW.minus(5 * 3600) },
            intercom: 5_004,
            stored: 5_003,
            state: CountState::Different,
        }),
        deletions_error: Some("Intercom answered 403".to_owned()),
    }
}

fn busy() -> Status {
    Status {
        daemon: Daemon { version: "0.1.0".to_owned(), pid: 4242, uptime_seconds: 7_500 },
        workspace: Some(Workspace {
            id: "abc123".to_owned(),
            name: Some("Example".to_owned()),
            region: Some("eu".to_owned()),
        }),
        last_sync: Some(NOW.minus(70)),
        total_conversations: 5_000,
        total_messages: 23_111,
        truncated: 2,
        pending: 3,
        failed: 0,
        sync_in_progress: true,
        sync_coverage: Some(Interval { start: NOW.minus(30 * DAY), end: NOW.minus(70) }),
        coverage: vec![
            Interval { start: NOW.minus(90 * DAY), end: NOW.minus(60 * DAY) },
            Interval { start: NOW.minus(30 * DAY), end: NOW.minus(70) },
        ],
        horizon: NOW.minus(365 * DAY),
        progress: vec![Progress {
            kind: "backfill".to_owned(),
            phase: Phase::Fetching,
            range: Some(Interval { start: NOW.minus(60 * DAY), end: NOW.minus(30 * DAY) }),
            done: 120,
            total: Some(900),
            rate: 14.25,
            eta_seconds: Some(55),
        }],
        sync_error: None,
        last_error: Some("Intercom answered 502".to_owned()),
        last_error_at: Some(NOW.minus(2 * 3600)),
        clock_offset_seconds: Some(-125),
        settle_seconds: 60,
        calibration: found(),
        tolerance_seconds: 300,
        deletions_as_of: Some(NOW.minus(600)),
        api: ApiBudget {
            limit: Some(166),
            remaining: Some(83),
            resets_at: None,
            requests: 1_203,
            rate_limited: 2,
            in_flight: 3,
        },
        database: Database { path: "/home/ada/.local/share/syncd/syncd.db".to_owned(), bytes: 12_900_000 },
    }
}

/// Returns what is drawn, with escape characters made visible.
fn drawn(screen: &Screen, draw: impl FnOnce(&mut Buffer<'_>)) -> String {
    let mut buffer = Buffer::new(screen);
    draw(&mut buffer);
    buffer.as_str().replace('\x1b', "<ESC>")
}

#[test]
fn a_page_of_results_is_aligned_whatever_the_script() {
    insta::assert_snapshot!("hits", drawn(&plain(), |buffer| hits(buffer, &reply())));
}

#[test]
fn a_page_of_results_on_a_terminal_has_links_and_marks() {
    insta::assert_snapshot!("hits_styled", drawn(&styled(), |buffer| hits(buffer, &reply())));
}

#[test]
fn a_conversation_is_told_in_order_with_its_events_between() {
    insta::assert_snapshot!("conversation", drawn(&plain(), |buffer| conversation(buffer, &whole())));
}

#[test]
fn a_narrow_screen_wraps_by_columns() {
    let narrow = Screen { width: 40, ..plain() };
    insta::assert_snapshot!("conversation_narrow", drawn(&narrow, |buffer| conversation(buffer, &whole())));
}

#[test]
fn a_busy_daemon_shows_what_it_does_and_what_went_wrong() {
    insta::assert_snapshot!("status", drawn(&plain(), |buffer| status(buffer, &busy())));
}

#[test]
fn a_daemon_that_has_just_started_shows_what_it_does_not_know_yet() {
    let fresh = Status {
        workspace: None,
        last_sync: None,
        sync_coverage: None,
        coverage: Vec::new(),
        progress: Vec::new(),
        last_error: None,
        clock_offset_seconds: Some(60),
        calibration: Calibration::default(),
        deletions_as_of: None,
        api: ApiBudget::default(),
        pending: 0,
        truncated: 0,
        ..busy()
    };
    insta::assert_snapshot!("status_at_first", drawn(&plain(), |buffer| status(buffer, &fresh)));
}

#[test]
fn a_verdict_names_what_is_missing() {
    insta::assert_snapshot!("verdict", drawn(&plain(), |buffer| verdict(buffer, &info(State::Partial))));
}

#[test]
fn a_warning_names_the_timeframe_and_a_fresh_answer_has_none() {
    let window = Interval { start: NOW.minus(DAY), end: NOW };
    let text = |state| drawn(&plain(), |buffer| warning(buffer, &info(state), window));
    assert_eq!(text(State::Fresh), "");
    insta::assert_snapshot!("warning", text(State::Partial));
}
