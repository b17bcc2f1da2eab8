//! One conversation as a value: what it is made of and what a change does to it. It stores and serves nothing.

use crate::world::fields::{Event, Fields, Rating, Set};

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Closed,
    Snoozed,
}

impl State {
    /// Returns the state as Intercom writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

/// Who wrote a part; numbers lead into the directory of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    Contact(u32),
    Admin(u8),
    Bot,
}

/// Whom a part assigned the conversation to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignee {
    Nobody,
    Admin(u8),
    Team(u8),
}

/// How much of a conversation is made up: text costs the most, and only details need all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Times, states, people, tags.
    Outline,
    /// The title and the opening message too.
    Header,
    /// Everything.
    Full,
}

/// One entry of a conversation.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) id: u64,
    /// Intercom's part type.
    pub(crate) kind: &'static str,
    /// Whether it has a body, which is left out below [`Depth::Full`].
    pub(crate) says: bool,
    pub(crate) body: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) author: Writer,
    pub(crate) assigned_to: Option<Assignee>,
    pub(crate) event: Option<Event>,
    /// The conversation's state once the part was made.
    pub(crate) state: State,
    pub(crate) redacted: bool,
    pub(crate) attachment: bool,
}

/// The opening message.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) id: u64,
    /// Channel: `conversation`, `email` and so on.
    pub(crate) kind: String,
    pub(crate) delivered_as: &'static str,
    pub(crate) body: String,
    pub(crate) author: Writer,
    pub(crate) redacted: bool,
    pub(crate) attachment: bool,
}

/// A tag that hangs on a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    /// Number of the tag in the workspace's list.
    pub(crate) tag: u8,
    pub(crate) at: i64,
    pub(crate) by: u8,
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) index: u32,
    pub(crate) created_at: i64,
    /// When it came into being: later than `created_at` where an importer set that.
    pub(crate) opened_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) title: Option<String>,
    pub(crate) state: State,
    pub(crate) snoozed_until: Option<i64>,
    pub(crate) read: bool,
    pub(crate) priority: String,
    pub(crate) admin: Option<u8>,
    pub(crate) team: Option<u8>,
    pub(crate) contact: u32,
    pub(crate) tags: Vec<Applied>,
    pub(crate) source: Source,
    pub(crate) parts: Vec<Part>,
    /// Conversations that were merged into this one, or that this one was merged into.
    pub(crate) linked: Vec<u32>,
    /// Made up only for [`Depth::Header`] and more.
    pub(crate) fields: Fields,
    /// Instants of changes that left no part behind.
    pub(crate) quiet: Vec<i64>,
}

/// What a redacted message says.
pub(crate) const REDACTED: &str = "<p><i>This message was deleted</i></p>";

/// A change of a conversation after the start.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: i64,
    pub(crate) kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone)]
pub(crate) enum ChangeKind {
    /// A part was added; its state and assignee become the conversation's.
    Part(Part),
    /// A part was added that snoozes until an instant.
    Snooze(Part, i64),
    /// A part was added that links another conversation.
    Link(Part, u32),
    Tag {
        tag: u8,
        by: u8,
    },
    Untag(u8),
    /// It got another title.
    Retitle(String),
    /// A field got another value; the part is what tells of it, where one does.
    Set(Set, Option<Part>),
    /// The part with this id, or the opening message, got another text.
    Reword(Option<u64>, String),
    /// The part with this id, or the opening message, lost its text.
    Redact(Option<u64>),
}

impl Thread {
    /// Applies a change that happened after all that is in the conversation.
    pub(crate) fn apply(&mut self, change: &Change) {
        self.updated_at = change.at;
        match &change.kind {
            ChangeKind::Part(part) => self.add(part),
            ChangeKind::Snooze(part, until) => {
                self.add(part);
                self.snoozed_until = Some(*until);
            }
            ChangeKind::Link(part, other) => {
                self.add(part);
                self.linked.push(*other);
            }
            ChangeKind::Tag { tag, by } => {
                self.quiet.push(change.at);
                if !self.tags.iter().any(|applied| applied.tag == *tag) {
                    self.tags.push(Applied { tag: *tag, at: change.at, by: *by });
                }
            }
            ChangeKind::Untag(tag) => {
                self.quiet.push(change.at);
                self.tags.retain(|applied| applied.tag != *tag);
            }
            ChangeKind::Retitle(title) => {
                self.quiet.push(change.at);
                self.title = Some(title.clone());
            }
            ChangeKind::Set(set, part) => {
                match part {
                    Some(part) => self.add(part),
                    None => self.quiet.push(change.at),
                }
                self.set(set, change.at);
            }
            ChangeKind::Reword(id, body) => {
                self.quiet.push(change.at);
                self.reword(*id, change.at, body);
            }
            ChangeKind::Redact(id) => {
                self.quiet.push(change.at);
                self.redact(*id, change.at);
            }
        }
    }

    /// Returns the instants at which anything happened, ascending, each once.
    pub(crate) fn activity(&self) -> Vec<i64> {
        let mut instants: Vec<i64> = std::iter::once(self.opened_at)
            .chain(self.parts.iter().map(|part| part.created_at))
            .chain(self.quiet.iter().copied())
            .collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// Returns those of which a reader sees now when they were: the opening, the parts, and the last one.
    pub(crate) fn shown_activity(&self) -> Vec<i64> {
        let last = self.activity().last().copied();
        let parts = self.parts.iter().map(|part| part.created_at);
        std::iter::once(self.opened_at).chain(parts).chain(last).collect()
    }

    /// Returns since when the contact waits for an answer.
    pub(crate) fn waiting_since(&self) -> Option<i64> {
        if self.state != State::Open {
            return None;
        }
        let opening = matches!(self.source.author, Writer::Contact(_)).then_some(self.created_at);
        let said = self.parts.iter().filter(|part| part.says && !is_internal(part.kind));
        said.fold(opening, |waiting, part| match part.author {
            Writer::Contact(_) => waiting.or(Some(part.created_at)),
            Writer::Admin(_) => None,
            Writer::Bot => waiting,
        })
    }

    fn add(&mut self, part: &Part) {
        self.state = part.state;
        if part.state != State::Snoozed {
            self.snoozed_until = None;
        }
        match part.assigned_to {
            Some(Assignee::Admin(admin)) => self.admin = Some(admin),
            Some(Assignee::Team(team)) => self.team = Some(team),
            Some(Assignee::Nobody) => self.admin = None,
            None => {}
        }
        if matches!(part.author, Writer::Contact(_)) {
            self.read = false;
        }
        self.parts.push(part.clone());
    }

    fn set(&mut self, set: &Set, at: i64) {
        let fields = &mut self.fields;
        match set.clone() {
            Set::Priority(word) => self.priority = word,
            Set::Channel(word) => self.source.kind = word,
            Set::Rating(score, remark) => fields.rating = Some(Rating { score, remark, at }),
            Set::Attribute(name, value) if value.is_null() => drop(fields.attributes.remove(&name)),
            Set::Attribute(name, value) => drop(fields.attributes.insert(name, value)),
            Set::Agent(agent) => fields.ai = agent,
            Set::Topics(topics) => fields.topics = topics,
            Set::Sla(sla) => fields.sla = sla,
            Set::Ticket(ticket) => fields.ticket = ticket,
            Set::Company(company) => fields.company = company,
        }
    }

    fn redact(&mut self, id: Option<u64>, at: i64) {
        self.reword(id, at, REDACTED);
        match id {
            None => {
                self.source.redacted = true;
                self.source.attachment = false;
            }
            Some(id) => {
                if let Some(part) = self.message(id) {
                    part.redacted = true;
                    part.attachment = false;
                }
            }
        }
    }

    fn reword(&mut self, id: Option<u64>, at: i64, body: &str) {
        match id {
            None => body.clone_into(&mut self.source.body),
            Some(id) => {
                if let Some(part) = self.message(id) {
                    part.updated_at = at;
                    part.body = Some(body.to_owned());
                }
            }
        }
    }

    fn message(&mut self, id: u64) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.id == id && part.says)
    }
}

/// Returns whether contacts do not see parts of this type.
pub(crate) fn is_internal(kind: &str) -> bool {
    matches!(kind, "note" | "note_and_reopen")
}
