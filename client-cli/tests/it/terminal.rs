//! Text from elsewhere cannot drive the terminal that shows it: in no command, no field, no stream, with no colours on.

use proto::ApiError;
use proto::display::{Effect, effect};
use proto::types::{
    Assignee, Attachment, Author, Change, Conversation, Customer, Diagnosis, Event, Field, FieldValue,
    Health, ListReply, Marked, Message, Phase, Progress, ReadReply, SearchReply, ShowReply, Speaker, State,
    StatsReply, Status, Summary, SyncFailure, SyncInfo, SyncReport, SyncTicket, Unknown, Waiting, Workspace,
};
use serde_json::Value;

use crate::support::samples::{counted, found, info, listed, report, shown, status};
use crate::support::{Ended, Home, Script};

/// Title and clipboard, clearing, moving back, the 8-bit forms, a hyperlink, overrides, what is invisible.
const HOSTILE: &str = "x\x1b]0;owned\x07\x1b]52;c;cm0=\x07\x1b[2J\u{9b}2J\u{90}q\u{9c}\r\x08\x7f\t\x1b]8;;https://evil.example\x1b\\\
                       \u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}y";

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn verdict() -> SyncInfo {
    SyncInfo { message: Some(hostile()), sync_error: Some(hostile()), ..info(State::Partial) }
}

fn summary(hit: &Summary) -> Summary {
    Summary {
        id: hostile(),
        url: Some(format!("https://app.example.com/{HOSTILE}")),
        title: Some(hostile()),
        state: hostile(),
        customer: Some(Customer { id: None, name: Some(hostile()), email: Some(hostile()) }),
        assignee: Some(Assignee { id: hostile(), kind: hostile(), name: Some(hostile()) }),
        tags: vec![hostile(), hostile()],
        snippet: Some(Marked { text: hostile(), marks: vec![(0, 2), (3, 9)] }),
        snippet_author: Some(Speaker { kind: hostile(), name: Some(hostile()) }),
        further_snippets: Vec::new(),
        first_words: Some(format!("first {}", hostile())),
        ..*hit
    }
}

fn search() -> SearchReply {
    let reply = found(&["1", "2"], State::Partial);
    let hits = reply.hits.iter().map(summary).collect();
    SearchReply { hits, next_page: Some(hostile()), sync_info: verdict(), ..reply }
}

fn show() -> ShowReply {
    let author =
        || Author { kind: hostile(), name: Some(hostile()), email: Some(hostile()), id: Some(hostile()) };
    let reply = shown(&["1"], 0, None);
    let file = Attachment {
        name: Some(hostile()),
        url: Some("https://evil.example/".to_owned()),
        content_type: Some(hostile()),
        filesize: Some(1),
    };
    let change = Change { field: hostile(), from: Some(hostile()), to: Some(hostile()), id: Some(hostile()) };
    let messages = reply.conversation.messages.iter().map(|message| Message {
        kind: hostile(),
        author: author(),
        body: hostile(),
        attachments: vec![file.clone()],
        changes: vec![change.clone()],
        ..message.clone()
    });
    let messages = messages.collect();
    let at = reply.conversation.fetched_at;
    ShowReply {
        conversation: Conversation {
            summary: summary(&reply.conversation.summary),
            messages,
            events: vec![Event {
                id: hostile(),
                kind: hostile(),
                author: author(),
                created_at: at,
                changes: vec![change.clone()],
            }],
            fields: vec![FieldValue {
                name: Some(hostile()),
                ..FieldValue::new(Field::Attribute(hostile()), proto::types::Value::Text(hostile()))
            }],
            ..reply.conversation
        },
        sync_info: verdict(),
        window: reply.window,
    }
}

fn busy() -> Status {
    let sync = Progress {
        kind: hostile(),
        phase: Phase::Fetching,
        range: None,
        done: 1,
        total: None,
        rate: 0.0,
        eta_seconds: None,
    };
    let mut status = Status {
        workspace: Some(Workspace { id: hostile(), name: Some(hostile()), region: Some(hostile()) }),
        progress: vec![sync],
        sync_error: Some(hostile()),
        last_error: Some(format!("another {HOSTILE}")),
        ..status()
    };
    status.database.path = hostile();
    status.daemon.version = hostile();
    status
}

fn counts() -> StatsReply {
    let reply = counted(&[HOSTILE], State::Partial);
    let waiting = Waiting {
        conversation: summary(&reply_summary()),
        since: reply.window.start,
        seconds: 60,
        said: hostile(),
    };
    let unknown = Unknown { field: Field::Tag, value: hostile(), similar: vec![hostile()], held: true };
    StatsReply { waiting: vec![waiting], unknown: vec![unknown], sync_info: verdict(), ..reply }
}

fn reply_summary() -> Summary {
    found(&["1"], State::Fresh).hits.remove(0)
}

fn home() -> Home {
    let failed = SyncReport {
        failure: Some(SyncFailure { message: hostile(), refused: false }),
        ..report(1, Phase::Failed)
    };
    let diagnosis =
        Diagnosis { subject: hostile(), health: Health::Failed, finding: hostile(), remedy: Some(hostile()) };
    Home::with(Script {
        searches: [Ok(search())].into(),
        shows: [Ok(show())].into(),
        statuses: [Ok(busy())].into(),
        checks: [Ok(verdict())].into(),
        syncs: [Ok(SyncTicket(1))].into(),
        reports: [Ok(failed)].into(),
        diagnoses: [Ok(vec![diagnosis])].into(),
        stats: [Ok(counts())].into(),
        lists: [Ok(ListReply { sync_info: verdict(), ..listed(&["1"], State::Partial) })].into(),
        reads: [Ok(ReadReply { conversations: vec![show().conversation], done: 1 })].into(),
        resets: [Err(ApiError::Internal(hostile()))].into(),
        ..Script::default()
    })
}

const COMMANDS: [&[&str]; 8] = [
    &["stats", "--by", "tag", "--waiting", "1"],
    &["search", "x", "--limit", "2"],
    &["show", "1"],
    &["status"],
    &["check"],
    &["sync"],
    &["doctor"],
    &["reset", "--yes"],
];

/// Returns the text less the colours and links that the program itself makes.
fn without_own_sequences(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain += before;
        rest = if let Some(colour) = after.strip_prefix('[') {
            let end = colour.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
            colour[end..].strip_prefix('m').unwrap_or_else(|| panic!("{colour:?}"))
        } else {
            let link = after.strip_prefix("]8;;").unwrap_or_else(|| panic!("{after:?}"));
            let (address, after) = link.split_once("\x1b\\").unwrap();
            assert!(address.is_empty() || address.starts_with("https://app.example.com/"), "{address}");
            after
        };
    }
    plain + rest
}

fn assert_harmless(ended: &Ended, line: &[&str]) {
    for stream in [&ended.stdout, &ended.stderr] {
        let plain = without_own_sequences(stream);
        let acting = plain.chars().find(|c| *c != '\n' && effect(*c) != Effect::Shows);
        assert_eq!(acting, None, "{line:?}");
    }
}

#[test]
fn no_text_from_elsewhere_acts_on_a_terminal_whichever_command_shows_it() {
    let home = home();
    for command in COMMANDS.into_iter().chain([&["export"][..]]) {
        for color in ["always", "never"] {
            let line = [command, &["--color", color]].concat();
            let ended = home.run(&line);
            assert!(ended.stdout.contains("owned") || ended.stderr.contains("owned"), "{line:?}: {ended:?}");
            assert_harmless(&ended, &line);
        }
    }
}

#[test]
fn json_keeps_every_character_and_acts_on_no_terminal_either() {
    let home = home();
    for command in COMMANDS {
        let line = [command, &["--json"]].concat();
        let ended = home.run(&line);
        assert_harmless(&ended, &line);
        let expected = match command[0] {
            "search" => "/conversations/0/title",
            "stats" => "/groups/0/key",
            "show" => "/conversation/messages/0/body",
            "status" => "/sync_error",
            "check" => "/message",
            "sync" => "/sync/error",
            // What the daemon found comes last.
            "doctor" => &format!("/checks/{}/finding", ended.json()["checks"].as_array().unwrap().len() - 1),
            _ => continue,
        };
        assert_eq!(ended.json().pointer(expected).and_then(Value::as_str), Some(HOSTILE), "{line:?}");
    }
}
