//! Invented conversations and reports.

use proto::types::{
    Assignee, Author, Change, Conversation, Customer, Event, Field, FieldValue, Figures, Group, Incomplete,
    Marked, Message, Phase, Snippet, Speaker, Spread, SqlReply, SqlValue, State, StatsReply, Summary,
    SyncInfo, SyncReport, Topic, TopicExample, TopicsBefore, TopicsReply, Value, Waiting, percent,
};
use proto::{Interval, Timestamp};

const CREATED: Timestamp = Timestamp(1_790_000_000);

pub(crate) fn conversation(id: &str, messages: Vec<Message>) -> Conversation {
    let summary = Summary {
        id: id.to_owned(),
        url: Some(format!("https://app.example.com/conversation/{id}")),
        title: Some("Where is my order?".to_owned()),
        state: "open".to_owned(),
        created_at: CREATED,
        updated_at: CREATED.plus(3_600),
        customer: Some(Customer {
            id: Some("c1".to_owned()),
            name: Some("Ada".to_owned()),
            email: Some("ada@example.com".to_owned()),
        }),
        assignee: Some(Assignee {
            id: "7".to_owned(),
            kind: "admin".to_owned(),
            name: Some("Bo".to_owned()),
        }),
        tags: vec!["shipping".to_owned()],
        message_count: u32::try_from(messages.len()).unwrap(),
        truncated: false,
        snippet: Some(marked("my order is late")),
        snippet_author: Some(Speaker { kind: "user".to_owned(), name: Some("Ada".to_owned()) }),
        further_snippets: vec![Snippet {
            text: marked("order 12 was sent"),
            author: Some(Speaker { kind: "admin".to_owned(), name: Some("Bo".to_owned()) }),
        }],
        first_words: Some("Hello, it is about something that I bought".to_owned()),
    };
    Conversation {
        summary,
        messages,
        events: vec![Event {
            id: "e1".to_owned(),
            kind: "close".to_owned(),
            author: ada(),
            created_at: CREATED,
            changes: vec![Change {
                field: "attr.Plan".to_owned(),
                from: Some("Free".to_owned()),
                to: Some("Pro".to_owned()),
                id: None,
            }],
        }],
        offset: 0,
        next_offset: None,
        fetched_at: CREATED.plus(3_700),
        outdated: false,
        fields: vec![
            FieldValue::new(Field::Channel, Value::Text("email".to_owned())),
            FieldValue::new(Field::Rating, Value::Whole(2)),
            FieldValue { name: Some("Ada".to_owned()), ..FieldValue::new(Field::Rated, Value::Whole(7)) },
        ],
    }
}

fn marked(text: &str) -> Marked {
    let at = text.find("order").unwrap() as u32;
    Marked { text: text.to_owned(), marks: vec![(at, at + 5)] }
}

pub(crate) fn message(id: &str, body: &str) -> Message {
    Message {
        id: id.to_owned(),
        kind: "comment".to_owned(),
        author: ada(),
        body: body.to_owned(),
        body_html: Some(format!("<p>{body}</p>")),
        created_at: CREATED,
        ..Message::default()
    }
}

pub(crate) fn report(sequence: u64, phase: Phase, done: u64) -> SyncReport {
    SyncReport {
        sequence,
        phase,
        done,
        total: Some(3),
        fetched: done,
        millirate: 1_000,
        eta_seconds: None,
        failure: None,
    }
}

/// Statistics of nothing but these groups.
pub(crate) fn stats(groups: Vec<Group>) -> StatsReply {
    StatsReply {
        total: figures(12),
        before: None,
        groups,
        left_out: 0,
        waiting: Vec::new(),
        business_hours: None,
        window: Interval::new(1_789_000_000, 1_790_000_000),
        unknown: Vec::new(),
        sync_info: SyncInfo {
            state: State::Fresh,
            last_sync: None,
            message: None,
            data_complete: true,
            coverage: None,
            gaps: Vec::new(),
            incomplete: Incomplete::default(),
            sync_in_progress: false,
            sync_error: None,
            fields: Vec::new(),
        },
        sync: None,
    }
}

/// Returns topics in which customers use this text.
pub(crate) fn topics(count: u64, text: &str) -> TopicsReply {
    let example = |number| TopicExample {
        id: format!("21547300000{number:04}"),
        url: Some("https://app.example.com/1".to_owned()),
        text: text.to_owned(),
    };
    let topic = |number: u64| Topic {
        name: format!("refund {number}"),
        query: format!("said:customer (refund{number} OR \"refund again\")"),
        conversations: 62 - number,
        percent: percent(62 - number, 1_000),
        found: 70 - number,
        before: Some(if number == 1 { 0 } else { 39 }),
        new: number == 1,
        examples: (0..3).map(|of| example(10 * number + of)).collect(),
        ..Topic::default()
    };
    let window = Interval::new(1_789_000_000, 1_790_000_000);
    TopicsReply {
        topics: (0..count).map(topic).collect(),
        left_out: 3,
        in_left_out: 9,
        in_none: 250,
        percent_in_none: 25.0,
        read: 1_000,
        total: 1_000,
        before: Some(TopicsBefore { window, total: 800, read: 800, in_left_out: 4, in_none: 200 }),
        window,
        unknown: Vec::new(),
        sync_info: stats(Vec::new()).sync_info,
        sync: None,
    }
}

/// Rows of two columns, all that there are.
pub(crate) fn rows(rows: Vec<Vec<SqlValue>>) -> SqlReply {
    let StatsReply { window, sync_info, .. } = stats(Vec::new());
    SqlReply {
        columns: vec!["state".to_owned(), "n".to_owned()],
        total: Some(rows.len() as u64),
        total_at_least: rows.len() as u64,
        truncated: false,
        rows,
        cut: None,
        window,
        unknown: Vec::new(),
        sync_info,
        sync: None,
    }
}

pub(crate) fn group(name: &str) -> Group {
    Group { key: Some(name.to_owned()), name: Some(name.to_owned()), figures: figures(3), ..Group::default() }
}

pub(crate) fn waiting(id: &str) -> Waiting {
    Waiting {
        conversation: conversation(id, Vec::new()).summary,
        since: CREATED,
        seconds: 7_200,
        said: "Is anybody there?".to_owned(),
    }
}

fn figures(conversations: u64) -> Figures {
    let spread = |median: u64| Spread {
        count: 2,
        mean: 1.5 * median as f64,
        min: median,
        median,
        p90: 2 * median,
        p95: 2 * median,
        max: 2 * median,
    };
    Figures {
        conversations,
        customers: 2,
        open: 2,
        snoozed: 0,
        closed: conversations - 2,
        messages: 40,
        unanswered: 1,
        waiting: 2,
        answered_by_bot: 3,
        reopened: 1,
        messages_each: Some(spread(3)),
        first_response: Some(spread(7_500)),
        response: Some(spread(3_600)),
        time_to_first_close: None,
        time_to_close: None,
    }
}

fn ada() -> Author {
    Author {
        kind: "user".to_owned(),
        id: Some("c1".to_owned()),
        name: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
    }
}
