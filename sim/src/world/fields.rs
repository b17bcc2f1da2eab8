//! What a conversation has besides its state, people, tags and parts: a value, and what a change does to it.

use serde_json::{Map, Value};

/// What a conversation has besides its state, people, tags and parts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) rating: Option<Rating>,
    /// Custom attributes by name.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) ai: Option<Agent>,
    /// What Intercom's AI takes it to be about.
    pub(crate) topics: Vec<String>,
    pub(crate) sla: Option<Sla>,
    pub(crate) ticket: Option<Ticket>,
    /// Name of the company that it is about.
    pub(crate) company: Option<String>,
    /// Numbers of the contacts in it besides the first one.
    pub(crate) others: Vec<u32>,
}

/// What a contact thought of the answers.
#[derive(Debug, Clone)]
pub(crate) struct Rating {
    pub(crate) score: i64,
    pub(crate) remark: String,
    pub(crate) at: i64,
}

/// What the AI agent did in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// `assumed_resolution`, `confirmed_resolution`, `escalated`, `negative_feedback`, `procedure_handoff`.
    pub resolution: Option<String>,
    /// The contact's rating of it, 1 to 5.
    pub rating: Option<i64>,
    /// What the contact wrote beside that rating.
    pub remark: Option<String>,
    /// Title of the workflow that it answered for.
    pub source: Option<String>,
    /// Titles of what it answered from.
    pub content: Vec<String>,
}

/// A service level agreement that applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sla {
    /// Its name.
    pub name: String,
    /// `hit`, `missed`, `cancelled` or `active`.
    pub status: String,
}

/// The ticket that a conversation is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    /// Name of its type.
    pub kind: String,
    /// `submitted`, `in_progress`, `waiting_on_customer` or `resolved`.
    pub state: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// What else was filled in, by name.
    pub attributes: Map<String, Value>,
}

/// A field, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// `none`, `low`, `medium`, `high` or `urgent`.
    Priority(String),
    /// How it came in: `conversation`, `email`, `whatsapp` and so on.
    Channel(String),
    /// The contact's rating, 1 to 5, and what was written beside it.
    Rating(i64, String),
    /// A custom attribute; null takes it away.
    Attribute(String, Value),
    /// What the AI agent did, if it took part.
    Agent(Option<Agent>),
    /// What Intercom's AI takes it to be about.
    Topics(Vec<String>),
    /// The service level agreement.
    Sla(Option<Sla>),
    /// The ticket.
    Ticket(Option<Ticket>),
    /// The company that it is about.
    Company(Option<String>),
}

/// What a part tells of the change that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An attribute changed: its name, what it was, what it is.
    Attribute(String, Option<String>, Option<String>),
    /// Something else that Intercom tells nothing further of.
    Other,
}

/// Returns a value as events write it.
pub(crate) fn in_words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
