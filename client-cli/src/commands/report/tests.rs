//! The page, against stored text.

use chrono::{DateTime, FixedOffset};
use proto::timeframe::Every;
use proto::types::{
    Customer, Expr, Field, Figures, Group, Incomplete, Question, Spread, State, StatsBefore, StatsReply,
    Summary, SyncInfo, TimeField, Topic, TopicExample, TopicsBefore, TopicsReply, Waiting, percent,
};
use proto::{Interval, Timestamp};

use super::page::page;
use super::{Groups, Report};

/// Sunday 2026-11-22 20:00 UTC.
const NOW: Timestamp = Timestamp(1_795_377_600);
const DAY: i64 = 86_400;
/// Text that would be markup, turn what follows around, or hide something.
const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}\u{200b}\x1b[2J";

fn zone(at: Timestamp) -> DateTime<FixedOffset> {
    at.to_datetime().with_timezone(&FixedOffset::east_opt(2 * 3600).expect("two hours are an offset"))
}

fn figures(conversations: u64) -> Figures {
    let spread = |median| Spread {
        count: 9,
        mean: median as f64,
        min: 1,
        median,
        p90: 3 * median,
        p95: 3 * median,
        max: 3 * median,
    };
    Figures {
        conversations,
        open: conversations / 4,
        closed: conversations - conversations / 4,
        messages: 3 * conversations,
        unanswered: conversations / 8,
        first_response: (conversations > 0).then(|| spread(7_500)),
        time_to_close: (conversations > 0).then(|| spread(95_000)),
        ..Figures::default()
    }
}

fn group(name: Option<&str>, conversations: u64) -> Group {
    Group { name: name.map(str::to_owned), figures: figures(conversations), ..Group::default() }
}

fn report(text: &str) -> Report {
    let midnight = NOW.minus(22 * 3600);
    let span = |(day, count): (i64, u64)| {
        let start = midnight.plus(day * DAY);
        Group { span: Some(Interval { start, end: start.plus(DAY) }), ..group(None, count) }
    };
    let waiting = |id: &str, url: Option<&str>| Waiting {
        conversation: Summary {
            id: id.to_owned(),
            url: url.map(str::to_owned),
            title: Some(text.to_owned()),
            customer: Some(Customer { name: Some(text.to_owned()), ..Customer::default() }),
            ..Summary::default()
        },
        since: NOW.minus(50 * 3_600),
        seconds: 50 * 3_600,
        said: text.to_owned(),
    };
    let info = SyncInfo {
        state: State::Partial,
        last_sync: Some(NOW.minus(3_600)),
        message: Some(text.to_owned()),
        data_complete: false,
        coverage: None,
        gaps: vec![Interval { start: NOW.minus(2 * DAY), end: NOW.minus(DAY) }],
        incomplete: Incomplete { pending: 2, failed: 1 },
        sync_in_progress: true,
        sync_error: Some(text.to_owned()),
        fields: Vec::new(),
    };
    let mut hours = [[0; 24]; 7];
    (hours[0][9], hours[4][14]) = (4, 12);
    Report {
        workspace: Some(text.to_owned()),
        question: Question {
            query: Expr::word(text).and(Expr::is(Field::Tag, text).negated()),
            by: TimeField::Created,
            ..Question::default()
        },
        made_at: NOW,
        whole: StatsReply {
            total: figures(1_234),
            before: Some(StatsBefore {
                window: Interval { start: NOW.minus(8 * DAY), end: NOW.minus(4 * DAY).minus(1) },
                total: figures(1_000),
            }),
            groups: Vec::new(),
            left_out: 0,
            waiting: vec![
                waiting("1", Some("https://app.example.com/1")),
                waiting("2", Some("javascript:alert(1)")),
            ],
            window: Interval { start: NOW.minus(4 * DAY), end: NOW },
            unknown: Vec::new(),
            business_hours: None,
            sync_info: info.clone(),
            sync: None,
        },
        every: Every::Day,
        spans: [(-3, 0), (-2, 40), (-1, 12), (0, 1)].map(span).to_vec(),
        topics: topics(text, &info),
        tags: Groups { groups: vec![group(Some(text), 30), group(None, 3)], left_out: 1_200 },
        assignees: Groups { groups: Vec::new(), left_out: 0 },
        responders: Groups { groups: vec![group(Some(text), 20)], left_out: 0 },
        channels: Groups { groups: vec![group(Some("email"), 20), group(Some("whatsapp"), 13)], left_out: 0 },
        ratings: Groups { groups: vec![group(Some("5"), 9), group(None, 24)], left_out: 0 },
        hours,
        coverage: vec![Interval { start: NOW.minus(9 * DAY), end: NOW.minus(2 * DAY) }],
        info,
    }
}

fn topics(text: &str, info: &SyncInfo) -> TopicsReply {
    let topic = |before, url: &str| Topic {
        name: text.to_owned(),
        query: text.to_owned(),
        conversations: 62,
        percent: percent(62, 234),
        before: Some(before),
        new: before == 0,
        examples: vec![TopicExample { id: "1".to_owned(), url: Some(url.to_owned()), text: text.to_owned() }],
        ..Topic::default()
    };
    let window = Interval { start: NOW.minus(4 * DAY), end: NOW };
    TopicsReply {
        topics: vec![topic(39, "javascript:alert(1)"), topic(0, "not an address")],
        left_out: 2,
        in_left_out: 5,
        in_none: 105,
        percent_in_none: percent(105, 234),
        read: 234,
        total: 1_234,
        before: Some(TopicsBefore { window, total: 900, read: 200, in_left_out: 0, in_none: 90 }),
        window,
        unknown: Vec::new(),
        sync_info: info.clone(),
        sync: None,
    }
}

/// Returns the page less its style, an element a line.
fn lines(report: &Report) -> String {
    let page = page(report, zone).into_string();
    let (head, rest) = page.split_once("<style>").expect("there is a style");
    let (_, body) = rest.split_once("</style>").expect("it ends");
    format!("{head}{body}").replace("><", ">\n<").replace(proto::VERSION, "VERSION")
}

#[test]
fn a_report_is_one_page() {
    insta::assert_snapshot!("page", lines(&report("Lamps & more 返金")));
}

#[test]
fn no_text_from_elsewhere_is_markup_or_leads_elsewhere() {
    let page = lines(&report(HOSTILE));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"), "{page}");
    for refused in ["<script", "javascript:", "\u{202e}", "\u{200b}", "\x1b"] {
        assert!(!page.contains(refused), "{refused:?} {page}");
    }
    assert_eq!(page.matches("href=").count(), 1, "{page}");
}

#[test]
fn a_page_needs_nothing_besides_itself() {
    let page = page(&report("x"), zone).into_string();
    let addresses: Vec<_> =
        page.match_indices("://").map(|(at, _)| &page[at.saturating_sub(5)..at + 14]).collect();
    assert_eq!(addresses, ["https://app.example"]);
    for foreign in ["src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_report_on_nothing_says_so() {
    let mut report = report("x");
    report.whole = StatsReply { total: Figures::default(), waiting: Vec::new(), ..report.whole };
    report.spans.clear();
    report.hours = [[0; 24]; 7];
    report.topics.topics.clear();
    let page = lines(&report);
    for said in ["Nobody waits.", "There are none.", "none is known", "--warmth:0"] {
        assert!(page.contains(said), "{said} {page}");
    }
}
