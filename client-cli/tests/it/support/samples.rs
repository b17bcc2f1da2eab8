//! Answers that tests begin with.

use proto::types::{
    ApiBudget, Author, Calibration, Conversation, Customer, Daemon, Database, Figures, Group, Incomplete,
    ListReply, Marked, Message, Phase, ReadReply, SearchReply, ShowReply, Speaker, Spread, State, StatsReply,
    Status, Summary, SyncInfo, SyncReport, Topic, TopicExample, TopicsBefore, TopicsReply,
};
use proto::{Interval, Timestamp};

pub(crate) const STALE: &str = "Data is stale - syncing latest conversations...";
pub(crate) const NOON: Timestamp = Timestamp(1_790_856_000);

pub(crate) fn info(state: State) -> SyncInfo {
    let message = match state {
        State::Fresh => None,
        State::Partial => Some("3 conversations in this timeframe are not fully synced yet".to_owned()),
        State::Stale => Some(STALE.to_owned()),
    };
    SyncInfo {
        state,
        last_sync: Some(NOON),
        message,
        data_complete: state == State::Fresh,
        coverage: Some(Interval { start: NOON.minus(86_400), end: NOON }),
        gaps: Vec::new(),
        incomplete: Incomplete::default(),
        sync_in_progress: false,
        sync_error: None,
        fields: Vec::new(),
    }
}

fn ada() -> Speaker {
    Speaker { kind: "user".to_owned(), name: Some("Ada".to_owned()) }
}

pub(crate) fn summary(id: &str) -> Summary {
    Summary {
        id: id.to_owned(),
        title: Some(format!("Conversation {id}")),
        state: "open".to_owned(),
        created_at: NOON.minus(7_200),
        updated_at: NOON.minus(3_600),
        customer: Some(Customer { email: Some("ada@example.com".to_owned()), ..Customer::default() }),
        message_count: 2,
        snippet: Some(Marked { text: "a refund, please".to_owned(), marks: vec![(2, 8)] }),
        snippet_author: Some(ada()),
        ..Summary::default()
    }
}

pub(crate) fn found(ids: &[&str], state: State) -> SearchReply {
    SearchReply {
        hits: ids.iter().map(|id| summary(id)).collect(),
        total: Some(ids.len() as u64),
        next_page: None,
        unknown: Vec::new(),
        notes: Vec::new(),
        explanation: None,
        cut_short: false,
        window: Interval { start: NOON.minus(86_400), end: NOON },
        sync_info: info(state),
        sync: None,
    }
}

pub(crate) fn counted(keys: &[&str], state: State) -> StatsReply {
    let response =
        Spread { count: 4, mean: 7_500.0, min: 60, median: 7_500, p90: 9_000, p95: 9_000, max: 9_000 };
    let figures = Figures {
        conversations: 8,
        open: 3,
        closed: 5,
        messages: 20,
        unanswered: 1,
        first_response: Some(response),
        ..Figures::default()
    };
    let group = |key: &&str| Group {
        key: Some((*key).to_owned()),
        name: Some(format!("Group {key}")),
        figures,
        ..Group::default()
    };
    StatsReply {
        total: figures,
        before: None,
        groups: keys.iter().map(group).collect(),
        left_out: 0,
        waiting: Vec::new(),
        business_hours: None,
        window: Interval { start: NOON.minus(86_400), end: NOON },
        unknown: Vec::new(),
        sync_info: info(state),
        sync: None,
    }
}

/// Returns two topics, one of them new.
pub(crate) fn topical(state: State) -> TopicsReply {
    let topic = |name: &str, conversations: u64, before: u64| Topic {
        name: name.to_owned(),
        query: format!("said:customer ({name})"),
        conversations,
        percent: conversations as f64,
        found: conversations,
        before: Some(before),
        change: Some(conversations.cast_signed() - before.cast_signed()),
        new: before == 0,
        examples: vec![TopicExample { id: "215".to_owned(), url: None, text: format!("About a {name}") }],
    };
    let window = Interval { start: NOON.minus(86_400), end: NOON };
    TopicsReply {
        topics: vec![topic("refund", 62, 39), topic("parcel", 12, 0)],
        left_out: 1,
        in_left_out: 3,
        in_none: 23,
        percent_in_none: 23.0,
        read: 100,
        total: 100,
        before: Some(TopicsBefore { window, total: 50, read: 50, in_left_out: 1, in_none: 10 }),
        window,
        unknown: Vec::new(),
        sync_info: info(state),
        sync: None,
    }
}

pub(crate) fn listed(ids: &[&str], state: State) -> ListReply {
    ListReply {
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        more: false,
        total: ids.len() as u64,
        window: Interval { start: NOON.minus(86_400), end: NOON },
        unknown: Vec::new(),
        sync_info: info(state),
        sync: None,
    }
}

/// Returns the conversations of these ids, each with two messages.
pub(crate) fn read(ids: &[&str]) -> ReadReply {
    let conversation = |id: &&str| Conversation {
        summary: Summary { snippet: None, snippet_author: None, ..summary(id) },
        messages: vec![message(&format!("{id}-1")), message(&format!("{id}-2"))],
        ..shown(&[], 0, None).conversation
    };
    ReadReply {
        conversations: ids.iter().map(conversation).collect(),
        done: u32::try_from(ids.len()).unwrap(),
    }
}

pub(crate) fn report(sequence: u64, phase: Phase) -> SyncReport {
    SyncReport {
        sequence,
        phase,
        done: 40,
        total: Some(40),
        fetched: 12,
        millirate: 0,
        eta_seconds: None,
        failure: None,
    }
}

fn message(id: &str) -> Message {
    Message {
        id: id.to_owned(),
        kind: "comment".to_owned(),
        author: Author { kind: "user".to_owned(), ..Author::default() },
        body: format!("body of {id}"),
        created_at: NOON.minus(7_200),
        ..Message::default()
    }
}

pub(crate) fn shown(messages: &[&str], offset: u32, next_offset: Option<u32>) -> ShowReply {
    ShowReply {
        conversation: Conversation {
            summary: Summary { snippet: None, snippet_author: None, ..summary("215") },
            messages: messages.iter().map(|id| message(id)).collect(),
            events: Vec::new(),
            offset,
            next_offset,
            fetched_at: NOON,
            outdated: false,
            fields: Vec::new(),
        },
        sync_info: info(State::Fresh),
        window: Interval { start: NOON.minus(3_600), end: NOON },
    }
}

pub(crate) fn status() -> Status {
    Status {
        daemon: Daemon { version: "0.1.0".to_owned(), pid: 4242, uptime_seconds: 60 },
        workspace: None,
        last_sync: Some(NOON),
        total_conversations: 5,
        total_messages: 12,
        truncated: 0,
        pending: 0,
        failed: 0,
        sync_in_progress: false,
        sync_coverage: None,
        coverage: Vec::new(),
        horizon: NOON.minus(365 * 86_400),
        progress: Vec::new(),
        sync_error: None,
        last_error: None,
        last_error_at: None,
        clock_offset_seconds: None,
        settle_seconds: 60,
        calibration: Calibration::default(),
        tolerance_seconds: 300,
        deletions_as_of: None,
        api: ApiBudget::default(),
        database: Database { path: "/data/syncd.db".to_owned(), bytes: 4096 },
    }
}
