//! A value of every wire type, whose bytes are kept: each field and each word is in one of them.
#![allow(clippy::unwrap_used)]

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{decode, encode};
use crate::fields::FIELDS;
use crate::timeframe::Offset;
use crate::types::*;
use crate::{ApiError, Interval, Starting, SyncdRequest, SyncdResponse, Timestamp};

/// A value of a wire type.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Decodes bytes as its type and encodes what they hold.
    pub(super) again: fn(&[u8]) -> io::Result<Vec<u8>>,
}

fn sample<T: Serialize + DeserializeOwned>(name: &'static str, value: &T) -> Sample {
    Sample {
        name,
        bytes: encode(value).unwrap(),
        again: |bytes| decode::<T>(bytes).map(|value| encode(&value).unwrap()),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn window() -> Window {
    Window { start: Some(Timestamp(1)), end: Some(Timestamp(2)) }
}

fn sync_info() -> SyncInfo {
    SyncInfo {
        state: State::Stale,
        last_sync: Some(Timestamp(1)),
        message: some("message"),
        data_complete: false,
        coverage: Some(Interval::new(2, 3)),
        gaps: vec![Interval::new(4, 5)],
        incomplete: Incomplete { pending: 6, failed: 7 },
        sync_in_progress: true,
        sync_error: some("error"),
        fields: vec![FieldAge { name: "rating".to_owned(), as_of: Some(Timestamp(5)) }],
    }
}

fn marked() -> Marked {
    Marked { text: "text".to_owned(), marks: vec![(0, 4)] }
}

fn summary() -> Summary {
    Summary {
        id: "id".to_owned(),
        url: some("url"),
        title: some("title"),
        state: "open".to_owned(),
        created_at: Timestamp(1),
        updated_at: Timestamp(2),
        customer: Some(Customer { id: some("id"), name: some("name"), email: some("uma@example.com") }),
        assignee: Some(Assignee { id: "id".to_owned(), kind: "admin".to_owned(), name: some("name") }),
        tags: vec!["tag".to_owned()],
        message_count: 3,
        truncated: true,
        snippet: Some(marked()),
        snippet_author: Some(Speaker { kind: "user".to_owned(), name: some("name") }),
        further_snippets: vec![Snippet { text: marked(), author: Some(Speaker::default()) }],
        first_words: some("text"),
    }
}

fn conversation() -> Conversation {
    let author = Author {
        kind: "user".to_owned(),
        id: some("id"),
        name: some("name"),
        email: some("uma@example.com"),
    };
    let attachment = Attachment {
        name: some("name"),
        url: some("url"),
        content_type: some("text/plain"),
        filesize: Some(1),
    };
    let change = Change { field: "tag".to_owned(), from: some("from"), to: some("to"), id: some("id") };
    let message = Message {
        id: "id".to_owned(),
        kind: "comment".to_owned(),
        author: author.clone(),
        body: "body".to_owned(),
        body_html: some("<p>body</p>"),
        created_at: Timestamp(1),
        attachments: vec![attachment],
        redacted: true,
        changes: vec![change.clone()],
    };
    let event = Event {
        id: "id".to_owned(),
        kind: "close".to_owned(),
        author,
        created_at: Timestamp(2),
        changes: vec![change],
    };
    Conversation {
        summary: summary(),
        messages: vec![message],
        events: vec![event],
        offset: 1,
        next_offset: Some(2),
        fetched_at: Timestamp(3),
        outdated: true,
        fields: vec![FieldValue {
            field: Field::Rated,
            value: Value::Text("7".to_owned()),
            name: some("name"),
        }],
    }
}

fn calibration() -> Calibration {
    Calibration {
        late_arrival: Some(LateArrival { delay_seconds: 1, seen_at: Timestamp(2) }),
        tail_listed_at: Some(Timestamp(3)),
        verification: Verification {
            read_since: Some(Timestamp(4)),
            verified: 7,
            differences: 8,
            last_difference_at: Some(Timestamp(9)),
        },
        count_check: Some(CountCheck {
            checked_at: Timestamp(10),
            range: Interval::new(11, 12),
            intercom: 13,
            stored: 14,
            state: CountState::Different,
        }),
        deletions_error: some("error"),
    }
}

fn status() -> Status {
    Status {
        daemon: Daemon { version: "version".to_owned(), pid: 1, uptime_seconds: 2 },
        workspace: Some(Workspace { id: "id".to_owned(), name: some("name"), region: some("us") }),
        last_sync: Some(Timestamp(3)),
        total_conversations: 4,
        total_messages: 5,
        truncated: 6,
        pending: 7,
        failed: 8,
        sync_in_progress: true,
        sync_coverage: Some(Interval::new(9, 10)),
        coverage: vec![Interval::new(11, 12)],
        horizon: Timestamp(13),
        progress: vec![Progress {
            kind: "full".to_owned(),
            phase: Phase::Listing,
            range: Some(Interval::new(15, 16)),
            done: 17,
            total: Some(18),
            rate: 19.5,
            eta_seconds: Some(20),
        }],
        sync_error: some("error"),
        last_error: some("last"),
        last_error_at: Some(Timestamp(21)),
        clock_offset_seconds: Some(-22),
        settle_seconds: 23,
        calibration: calibration(),
        tolerance_seconds: 24,
        deletions_as_of: Some(Timestamp(25)),
        api: ApiBudget {
            limit: Some(26),
            remaining: Some(27),
            resets_at: Some(Timestamp(28)),
            requests: 29,
            rate_limited: 30,
            in_flight: 31,
        },
        database: Database { path: "path".to_owned(), bytes: 32 },
    }
}

fn report() -> SyncReport {
    SyncReport {
        sequence: 1,
        phase: Phase::Failed,
        done: 2,
        total: Some(3),
        fetched: 4,
        millirate: 5,
        eta_seconds: Some(6),
        failure: Some(SyncFailure { message: "message".to_owned(), refused: true }),
    }
}

fn question() -> Question {
    Question { query: query(), window: window(), by: TimeField::Updated }
}

/// Returns a tree with one of each step, and each kind of test.
fn query() -> Expr {
    let text = |form| Expr::Text(Text { words: "words".to_owned(), form, said: Some(Side::Team) });
    let bound = |inside| Some(Bound { value: "1".to_owned(), inside });
    let condition = |test| Expr::Condition(Condition { field: Field::Attribute("name".to_owned()), test });
    Expr::All(vec![
        Expr::Any(vec![Expr::word("word"), text(Form::Pattern), text(Form::Phrase), text(Form::Beginning)]),
        Expr::Not(Box::new(Expr::is(Field::Tag, "value"))),
        condition(Test::Begins("value".to_owned())),
        condition(Test::Between(bound(true), bound(false))),
        condition(Test::Any),
    ])
}

fn explanation() -> Explanation {
    let similar = Similar { word: "word".to_owned(), conversations: 1, at_least: true };
    let piece = Piece { text: "text".to_owned(), conversations: 2, at_least: true, similar: vec![similar] };
    let nearest =
        Nearest { query: "query".to_owned(), conversations: 3, at_least: true, hits: vec![summary()] };
    Explanation { pieces: vec![piece], nearest: Some(nearest) }
}

fn unknown() -> Unknown {
    let similar = vec!["similar".to_owned()];
    Unknown { field: Field::Tag, value: "value".to_owned(), similar, held: true }
}

/// Returns each question, in the order of the methods.
fn requests() -> [Sample; 17] {
    let search = SearchRequest { question: question(), sort: Sort::Relevance, limit: 20, page: some("page") };
    let show = ShowRequest { id: "id".to_owned(), offset: 1, limit: 2, refresh: true };
    let sync = SyncRequest { window: window(), mode: SyncMode::Full };
    let watch = WatchRequest { ticket: SyncTicket(1), seen: 2 };
    let grouping = Grouping::Time(vec![Timestamp(1), Timestamp(2)]);
    let compare = Compare::With(window());
    let stats =
        StatsRequest { question: question(), grouping, compare, limit: 3, waiting: 4, business_hours: true };
    let list = ListRequest { question: question(), after: some("id"), limit: 5 };
    let news = NewsRequest { after: Some(NewsMark { run: 1, sequence: 2 }) };
    let topics = TopicsRequest { question: question(), compare: Compare::Previous, limit: 7 };
    let sql = SqlRequest { sql: "SELECT 1".to_owned(), window: window(), max_rows: 7 };
    let suggest = SuggestRequest { field: Field::Tag, text: "text".to_owned(), limit: 6 };
    [
        sample("0-search-request", &SyncdRequest::Search { request: search }),
        sample("1-show-request", &SyncdRequest::Show { request: show }),
        sample("2-status-request", &SyncdRequest::Status {}),
        sample("3-check-request", &SyncdRequest::Check { request: CheckRequest { window: window() } }),
        sample("4-sync-request", &SyncdRequest::Sync { request: sync }),
        sample("5-watch-request", &SyncdRequest::Watch { request: watch }),
        sample("6-diagnose-request", &SyncdRequest::Diagnose {}),
        sample("7-reset-request", &SyncdRequest::Reset {}),
        sample("8-stats-request", &SyncdRequest::Stats { request: stats }),
        sample("9-list-request", &SyncdRequest::List { request: list }),
        sample(
            "10-read-request",
            &SyncdRequest::Read { request: ReadRequest { ids: vec!["id".to_owned()] } },
        ),
        sample("11-news-request", &SyncdRequest::News { request: news }),
        sample("12-suggest-request", &SyncdRequest::Suggest { request: suggest }),
        sample("13-topics-request", &SyncdRequest::Topics { request: topics }),
        sample("14-sql-request", &SyncdRequest::Sql { request: sql }),
        sample("15-sql-schema-request", &SyncdRequest::SqlSchema {}),
        sample("16-fields-request", &SyncdRequest::Fields { request: FieldsRequest { values: 5 } }),
    ]
}

fn figures() -> Figures {
    let spread = Spread { count: 1, mean: 2.5, min: 3, median: 4, p90: 5, p95: 6, max: 7 };
    Figures {
        conversations: 1,
        customers: 10,
        open: 2,
        snoozed: 3,
        closed: 4,
        messages: 5,
        unanswered: 6,
        waiting: 7,
        answered_by_bot: 8,
        reopened: 9,
        messages_each: Some(spread),
        first_response: Some(spread),
        response: Some(spread),
        time_to_first_close: Some(spread),
        time_to_close: Some(spread),
    }
}

/// Returns each answer, in the order of the methods.
fn answers() -> [Sample; 17] {
    let search = SearchReply {
        hits: vec![summary()],
        total: Some(1),
        next_page: some("page"),
        cut_short: true,
        window: Interval::new(2, 3),
        unknown: vec![unknown()],
        notes: vec!["note".to_owned()],
        explanation: Some(explanation()),
        sync_info: sync_info(),
        sync: Some(SyncTicket(4)),
    };
    let stats = StatsReply {
        total: figures(),
        before: Some(StatsBefore { window: Interval::new(1, 2), total: figures() }),
        groups: vec![Group {
            key: some("key"),
            kind: Some(GroupKind::Team),
            name: some("name"),
            span: Some(Interval::new(1, 2)),
            figures: figures(),
            before: Some(figures()),
        }],
        left_out: 3,
        waiting: vec![Waiting {
            conversation: summary(),
            since: Timestamp(4),
            seconds: 5,
            said: "said".to_owned(),
        }],
        business_hours: some("hours"),
        window: Interval::new(5, 6),
        unknown: vec![unknown()],
        sync_info: sync_info(),
        sync: Some(SyncTicket(7)),
    };
    let list = ListReply {
        ids: vec!["id".to_owned()],
        more: true,
        total: 1,
        window: Interval::new(2, 3),
        unknown: vec![unknown()],
        sync_info: sync_info(),
        sync: Some(SyncTicket(4)),
    };
    let read = ReadReply { conversations: vec![conversation()], done: 1 };
    let news = NewsReply {
        mark: NewsMark { run: 1, sequence: 2 },
        news: vec![News { id: "id".to_owned(), updated_at: Timestamp(3), new: true }],
        missed: true,
    };
    let rows = SqlReply {
        columns: vec!["column".to_owned()],
        rows: vec![vec![
            SqlValue::Null,
            SqlValue::Integer(-1),
            SqlValue::Real(0.5),
            SqlValue::Text("text".to_owned()),
        ]],
        total: Some(1),
        total_at_least: 1,
        truncated: true,
        cut: Some(SqlCut::Memory),
        window: Interval::new(2, 3),
        unknown: vec![unknown()],
        sync_info: sync_info(),
        sync: Some(SyncTicket(4)),
    };
    let column = || SqlColumn { name: "name".to_owned(), about: "about".to_owned() };
    let view = SqlView { name: "view".to_owned(), about: "rows".to_owned(), columns: vec![column()] };
    let schema = SqlSchema {
        version: 1,
        views: vec![view],
        functions: vec![column()],
        notes: vec!["note".to_owned()],
    };
    let suggestion = Suggestion { value: "value".to_owned(), note: some("note"), conversations: 1 };
    let used = FieldUse {
        field: Field::Channel,
        help: "help".to_owned(),
        conversations: 2,
        can_group: true,
        silent: true,
        values: vec![suggestion.clone()],
    };
    let fields = FieldsReply { fields: vec![used], sync_info: sync_info() };
    let show =
        ShowReply { conversation: conversation(), sync_info: sync_info(), window: Interval::new(1, 2) };
    let check = CheckReply { sync_info: sync_info(), window: Interval::new(1, 2) };
    let diagnosis = Diagnosis {
        subject: "subject".to_owned(),
        health: Health::Warning,
        finding: "finding".to_owned(),
        remedy: some("remedy"),
    };
    [
        sample("0-search-answer", &SyncdResponse::Search(Ok(search))),
        sample("1-show-answer", &SyncdResponse::Show(Ok(show))),
        sample("2-status-answer", &SyncdResponse::Status(Ok(status()))),
        sample("3-check-answer", &SyncdResponse::Check(Ok(check))),
        sample("4-sync-answer", &SyncdResponse::Sync(Ok(SyncTicket(1)))),
        sample("5-watch-answer", &SyncdResponse::Watch(Ok(report()))),
        sample("6-diagnose-answer", &SyncdResponse::Diagnose(Ok(vec![diagnosis]))),
        sample("7-reset-answer", &SyncdResponse::Reset(Ok(()))),
        sample("8-stats-answer", &SyncdResponse::Stats(Ok(stats))),
        sample("9-list-answer", &SyncdResponse::List(Ok(list))),
        sample("10-read-answer", &SyncdResponse::Read(Ok(read))),
        sample("11-news-answer", &SyncdResponse::News(Ok(news))),
        sample("12-suggest-answer", &SyncdResponse::Suggest(Ok(vec![suggestion]))),
        sample("13-topics-answer", &SyncdResponse::Topics(Ok(topics()))),
        sample("14-sql-answer", &SyncdResponse::Sql(Ok(rows))),
        sample("15-sql-schema-answer", &SyncdResponse::SqlSchema(Ok(schema))),
        sample("16-fields-answer", &SyncdResponse::Fields(Ok(fields))),
    ]
}

/// Returns every word of every enum, in order.
fn words() -> [Sample; 12] {
    let why = || "why".to_owned();
    let errors = vec![
        ApiError::BadRequest(why()),
        ApiError::NoSuchConversation(why()),
        ApiError::Refused(why()),
        ApiError::Unavailable(why()),
        ApiError::UnknownTicket,
        ApiError::Internal(why()),
        ApiError::Starting(Starting { updates: true, done: 500, total: Some(911) }),
    ];
    let phases =
        vec![Phase::Queued, Phase::Listing, Phase::Fetching, Phase::Settling, Phase::Done, Phase::Failed];
    let values = vec![
        Value::Text("text".to_owned()),
        Value::Whole(-1),
        Value::Real("1.5".to_owned()),
        Value::Flag(true),
        Value::Time(Timestamp(1)),
        Value::Json("{}".to_owned()),
    ];
    let offset = Offset { from: Timestamp(1), seconds: -2 };
    let groupings = vec![
        Grouping::Whole,
        Grouping::Time(Vec::new()),
        Grouping::Field(Field::Tag),
        Grouping::Field(Field::Attribute("name".to_owned())),
        Grouping::Queries(Vec::new()),
        Grouping::Clock(Clock { cycle: Cycle::HourOfDay, offsets: vec![offset] }),
        Grouping::Clock(Clock { cycle: Cycle::Weekday, offsets: Vec::new() }),
    ];
    [
        sample("words-of-error", &errors),
        sample("words-of-phase", &phases),
        sample("words-of-state", &vec![State::Fresh, State::Partial, State::Stale]),
        sample("words-of-time-field", &vec![TimeField::Activity, TimeField::Created, TimeField::Updated]),
        sample("words-of-sort", &vec![Sort::Newest, Sort::Relevance]),
        sample("words-of-mode", &vec![SyncMode::New, SyncMode::Relist, SyncMode::Full]),
        sample("words-of-health", &vec![Health::Ok, Health::Warning, Health::Failed]),
        sample("words-of-field", &FIELDS.iter().map(|info| info.field.clone()).collect::<Vec<_>>()),
        sample("words-of-value", &values),
        sample("words-of-grouping", &groupings),
        sample("words-of-count", &vec![CountState::Equal, CountState::Doubtful, CountState::Different]),
        sample("words-of-sql-cut", &vec![SqlCut::Rows, SqlCut::Bytes, SqlCut::Time, SqlCut::Memory]),
    ]
}

/// Returns one of every wire type.
pub(super) fn samples() -> Vec<Sample> {
    requests().into_iter().chain(answers()).chain(words()).collect()
}

fn topics() -> TopicsReply {
    let example = TopicExample { id: "1".to_owned(), url: some("url"), text: "text".to_owned() };
    let topic = Topic {
        name: "name".to_owned(),
        query: "query".to_owned(),
        conversations: 1,
        percent: 0.5,
        found: 2,
        before: Some(3),
        change: Some(-2),
        new: true,
        examples: vec![example],
    };
    let before = TopicsBefore { window: Interval::new(1, 2), total: 8, read: 7, in_left_out: 6, in_none: 5 };
    TopicsReply {
        topics: vec![topic],
        left_out: 1,
        in_left_out: 2,
        in_none: 3,
        percent_in_none: 0.5,
        read: 4,
        total: 5,
        before: Some(before),
        window: Interval::new(3, 4),
        unknown: vec![unknown()],
        sync_info: sync_info(),
        sync: Some(SyncTicket(4)),
    }
}
