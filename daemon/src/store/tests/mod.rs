#![allow(clippy::unwrap_used)]
// A method of a type with a lifetime is not general enough to stand for the closure that clippy wants it for.
#![allow(clippy::redundant_closure_for_method_calls)]

mod answers;
mod asked;
mod files;
mod forms;
mod groups;
mod ingest;
mod ledger;
mod names;
mod rebuild;
mod room;
mod search;
mod sql;
mod stats;
mod topics;
mod verify;

use chrono::Utc;
use proto::types::{Expr, Grouping};
use proto::{Interval, Timestamp};
use tempfile::TempDir;

use super::{Claim, Counting, Found, Listing, Question, Search, Store};
use crate::model::{
    Author, Contact, Conversation, ConversationId, Fetched, Listed, Part, Tag, Teammate, TeammateKind,
};

/// 2024-12-20 14:30 UTC.
const NOON: i64 = 1_734_705_000;
const DAY: i64 = 86_400;
const ALWAYS: Interval = Interval::new(0, NOON + 9 * DAY);

fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn id(text: &str) -> ConversationId {
    ConversationId(text.to_owned())
}

fn part(name: &str, at: i64, text: &str) -> Part {
    let author = Author { kind: "user".to_owned(), id: Some("c1".to_owned()), ..Author::default() };
    let kind = if name == "source" { "source" } else { "comment" };
    Part {
        id: name.to_owned(),
        kind: kind.to_owned(),
        created_at: Timestamp(at),
        author,
        text: text.to_owned(),
        ..Part::default()
    }
}

/// A conversation with one message, created and last changed at these instants.
fn conversation(name: &str, created: i64, updated: i64, text: &str) -> Conversation {
    Conversation {
        id: id(name),
        title: None,
        state: "open".to_owned(),
        created_at: Timestamp(created),
        updated_at: Timestamp(updated),
        contacts: vec![Contact {
            id: Some("c1".to_owned()),
            name: Some("Anna Bell".to_owned()),
            email: Some("Anna@example.com".to_owned()),
        }],
        admin_assignee: None,
        team_assignee: None,
        tags: Vec::new(),
        parts: vec![part("source", created, text)],
        truncated: false,
        fields: Vec::new(),
        raw: format!("{{\"id\":\"{name}\",\"text\":\"{text}\"}}").into(),
    }
}

/// Read a minute after its last change.
fn fetched(conversation: Conversation) -> Fetched {
    let asked_at = conversation.updated_at.plus(60);
    Fetched { conversation, asked_at }
}

fn tag(name: &str) -> Tag {
    Tag { id: name.to_owned(), name: name.to_owned() }
}

fn listed(name: &str, updated: i64) -> Listed {
    Listed {
        id: id(name),
        created_at: Some(Timestamp(updated - 10)),
        updated_at: Timestamp(updated),
        read_after: None,
    }
}

fn page(rows: &[(&str, i64)]) -> Listing {
    Listing { listed: rows.iter().map(|(name, at)| listed(name, *at)).collect(), ..Listing::default() }
}

fn head(start: i64, end: i64) -> Listing {
    Listing { claims: vec![Claim::Head(Interval::new(start, end))], ..Listing::default() }
}

async fn put(store: &Store, conversations: impl IntoIterator<Item = Conversation>) {
    store.commit_details(conversations.into_iter().map(fetched).collect()).await.unwrap();
}

/// Stores an admin, Kim Ode, and a team, Billing.
async fn put_teammates(store: &Store) {
    for (kind, id, name) in [(TeammateKind::Admin, "11", "Kim Ode"), (TeammateKind::Team, "22", "Billing")] {
        let teammate = Teammate { id: id.to_owned(), kind, name: Some(name.to_owned()), email: None };
        store.commit_teammates(kind, vec![teammate], Timestamp(NOON)).await.unwrap();
    }
}

fn question(text: &str) -> Search {
    let mut search = Search::newest(ALWAYS, 20);
    search.question.query = query(text);
    search
}

fn query(text: &str) -> Expr {
    proto::query::parse(text, &Utc::now()).unwrap().query
}

fn counting(question: Question, grouping: Grouping) -> Counting {
    Counting { question, grouping, before: None, limit: 10, waiting: 10, hours: None }
}

async fn ask(store: &Store, search: Search) -> Found {
    store.read(move |snapshot| snapshot.search(&search)).await.unwrap()
}

async fn ids(store: &Store, search: Search) -> Vec<String> {
    ask(store, search).await.hits.into_iter().map(|hit| hit.id).collect()
}
