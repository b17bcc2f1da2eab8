//! What is really so in the workspace, for tests to compare with what a client claims. It reads and changes nothing,
//! and is ahead of what search shows by the index lag.

use std::collections::HashMap;

use crate::generate::people::{ADMINS, BOT_ID, Contact, admin_id};
use crate::generate::{conversation_id, conversation_index};
use crate::handle::Sim;
use crate::plain;
use crate::world::World;
use crate::world::fields::{Agent, Sla, Ticket};
use crate::world::thread::{Depth, Thread, Writer};

/// A conversation as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The conversation's id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// `open`, `closed` or `snoozed`.
    pub state: &'static str,
    /// Unix second at which it was created.
    pub created_at: i64,
    /// Unix second of its last change.
    pub updated_at: i64,
    /// Names of its tags, in the order they were applied.
    pub tags: Vec<String>,
    /// Name of the admin it is assigned to.
    pub assignee: Option<String>,
    /// Name of the team it is assigned to.
    pub team: Option<String>,
    /// The contact it is with.
    pub customer: TruthCustomer,
    /// All that was said: the opening message, then the parts with a body, even if the API shows no more than the
    /// newest 500 parts.
    pub messages: Vec<TruthMessage>,
    /// Number of parts of any kind.
    pub parts: usize,
    /// Unix seconds at which it changed, ascending, each once.
    pub activity: Vec<i64>,
    /// `none`, `low`, `medium`, `high` or `urgent`.
    pub priority: String,
    /// `conversation`, `email`, `whatsapp` and so on.
    pub channel: String,
    /// The contact's rating, and what was written beside it.
    pub rating: Option<(i64, String)>,
    /// Custom attributes by name.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// What the AI agent did, if it took part.
    pub agent: Option<Agent>,
    /// The service level agreement.
    pub sla: Option<Sla>,
    /// The ticket.
    pub ticket: Option<Ticket>,
    /// The company that it is about.
    pub company: Option<String>,
}

/// The contact of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthCustomer {
    /// The contact's id.
    pub id: String,
    /// The contact's name.
    pub name: Option<String>,
    /// The contact's e-mail address.
    pub email: String,
    /// `user` or `lead`.
    pub role: &'static str,
    /// The country that they are in.
    pub country: Option<String>,
    /// Names of their companies.
    pub companies: Vec<String>,
    /// Custom attributes of theirs by name.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

impl From<Contact> for TruthCustomer {
    fn from(contact: Contact) -> Self {
        let Contact { id, name, email, role, country, companies, attributes, .. } = contact;
        Self { id, name, email, role, country, companies, attributes }
    }
}

/// Something that was said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthMessage {
    /// Id of the part, or of the source for the opening message.
    pub id: String,
    /// `user`, `lead`, `admin` or `bot`.
    pub author_type: &'static str,
    /// Id of the author.
    pub author_id: String,
    /// Name of the author.
    pub author_name: Option<String>,
    /// Intercom's part type; `source` for the opening message.
    pub part_type: &'static str,
    /// The body.
    pub html: String,
    /// The body as plain text.
    pub text: String,
    /// Unix second at which it was said.
    pub created_at: i64,
}

impl Sim {
    /// Returns a conversation as it is now; nothing if it is deleted or never was.
    pub fn conversation(&self, id: &str) -> Option<Truth> {
        let world = self.shared.world();
        let thread = world.thread(conversation_index(id)?, Depth::Full)?;
        Some(truth(&world, thread))
    }

    /// Returns every state that a conversation has had since the start, the first one included, oldest first; those of a
    /// deleted one too.
    pub fn versions(&self, id: &str) -> Vec<Truth> {
        let world = self.shared.world();
        let Some(index) = conversation_index(id) else { return Vec::new() };
        let all =
            (0..=world.changes(index)).filter_map(|version| world.thread_after(index, version, Depth::Full));
        all.map(|thread| truth(&world, thread)).collect()
    }

    /// Returns the ids of all conversations that are not deleted, in the order they were made.
    pub fn ids(&self) -> Vec<String> {
        self.shared.world().ids()
    }

    /// Returns the deleted conversations and the Unix seconds of their deletion, in that order.
    pub fn deleted(&self) -> Vec<(String, i64)> {
        let world = self.shared.world();
        let deleted = world.deleted.iter();
        deleted.map(|deletion| (conversation_id(deletion.index).to_string(), deletion.at)).collect()
    }

    /// Returns the ids of conversations, not deleted since, in which anything happened within the closed window of
    /// Unix seconds, whatever happened in them later.
    pub fn active_between(&self, start: i64, end: i64) -> Vec<String> {
        self.with_any_of(start, end, Thread::activity)
    }

    /// Returns those of which Intercom still shows now that anything happened within the window: what moved the activity
    /// time and left no part is seen until the next change only.
    pub fn shown_active_between(&self, start: i64, end: i64) -> Vec<String> {
        self.with_any_of(start, end, Thread::shown_activity)
    }

    fn with_any_of(&self, start: i64, end: i64, instants: impl Fn(&Thread) -> Vec<i64>) -> Vec<String> {
        let world = self.shared.world();
        let all = (0..).zip(&world.rows);
        let possible = all.filter(|(index, row)| {
            !world.is_deleted(*index)
                && row.created_at <= end
                && world.updated_at(*index).is_some_and(|updated_at| updated_at >= start)
        });
        let active = possible.filter(|(index, _)| {
            let thread = world.thread(*index, Depth::Outline);
            thread.is_some_and(|thread| instants(&thread).iter().any(|at| (start..=end).contains(at)))
        });
        active.map(|(index, _)| conversation_id(index).to_string()).collect()
    }

    /// Returns the `updated_at` that a conversation had at a Unix second; nothing if it did not exist by then, or is
    /// deleted now.
    pub fn updated_at_as_of(&self, id: &str, at: i64) -> Option<i64> {
        let world = self.shared.world();
        let thread = world.thread(conversation_index(id)?, Depth::Outline)?;
        thread.activity().into_iter().take_while(|instant| *instant <= at).last()
    }

    /// Returns the current `updated_at` of every conversation that is not deleted, by id.
    pub fn updated_at_of_all(&self) -> HashMap<String, i64> {
        let world = self.shared.world();
        let all = 0..u32::try_from(world.rows.len()).unwrap_or(u32::MAX);
        let existing = all.filter(|index| !world.is_deleted(*index));
        existing
            .filter_map(|index| Some((conversation_id(index).to_string(), world.updated_at(index)?)))
            .collect()
    }
}

fn truth(world: &World, thread: Thread) -> Truth {
    let contact = world.contact(thread.contact);
    let activity = thread.activity();
    let opening = Said {
        id: thread.source.id,
        author: thread.source.author,
        part_type: "source",
        html: &thread.source.body,
        created_at: thread.created_at,
    };
    let parts = thread.parts.iter().filter_map(|part| {
        let html = part.body.as_deref().filter(|html| !html.is_empty())?;
        Some(Said {
            id: part.id,
            author: part.author,
            part_type: part.kind,
            html,
            created_at: part.created_at,
        })
    });
    Truth {
        id: conversation_id(thread.index).to_string(),
        state: thread.state.as_str(),
        created_at: thread.created_at,
        updated_at: thread.updated_at,
        tags: thread
            .tags
            .iter()
            .filter_map(|applied| world.tags.get(usize::from(applied.tag)).cloned())
            .collect(),
        assignee: thread.admin.map(|admin| admin_name(world, admin)),
        team: thread.team.and_then(|team| world.teams.get(usize::from(team)).cloned()),
        messages: std::iter::once(opening).chain(parts).map(|said| said.message(world, &contact)).collect(),
        parts: thread.parts.len(),
        activity,
        title: thread.title,
        priority: thread.priority,
        channel: thread.source.kind.clone(),
        rating: thread.fields.rating.map(|rating| (rating.score, rating.remark)),
        attributes: thread.fields.attributes,
        agent: thread.fields.ai,
        sla: thread.fields.sla,
        ticket: thread.fields.ticket,
        company: thread.fields.company,
        customer: contact.into(),
    }
}

struct Said<'a> {
    id: u64,
    author: Writer,
    part_type: &'static str,
    html: &'a str,
    created_at: i64,
}

impl Said<'_> {
    fn message(self, world: &World, contact: &Contact) -> TruthMessage {
        let (author_type, author_id, author_name) = match self.author {
            Writer::Contact(_) => (contact.role, contact.id.clone(), contact.name.clone()),
            Writer::Admin(admin) => ("admin", admin_id(admin).to_string(), Some(admin_name(world, admin))),
            Writer::Bot => ("bot", BOT_ID.to_string(), Some("Fin".to_owned())),
        };
        TruthMessage {
            id: self.id.to_string(),
            author_type,
            author_id,
            author_name,
            part_type: self.part_type,
            html: self.html.to_owned(),
            text: plain::text(self.html),
            created_at: self.created_at,
        }
    }
}

fn admin_name(world: &World, admin: u8) -> String {
    world.admins[usize::from(admin) % ADMINS.len()].clone()
}
