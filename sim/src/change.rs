//! Changes of the workspace, as its people make them: each is stamped with the workspace's now and reaches search
//! after the handle's index lag.

use crate::editor::{Editor, wrap, writer};
use crate::generate::conversation_id;
use crate::generate::people::{ADMINS, TEAMS};
use crate::handle::Sim;
use crate::world::Deletion;
use crate::world::fields::{Event, Fields, Set, in_words};
use crate::world::thread::{Applied, Assignee, ChangeKind, Depth, Part, Source, State, Thread};

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Author {
    /// The conversation's contact.
    #[default]
    Customer,
    /// One of the admins, by number; numbers wrap around.
    Admin(usize),
    /// The bot.
    Bot,
}

/// A conversation to create.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// Title, and the subject of an e-mail.
    pub subject: Option<String>,
    /// The opening message, as HTML.
    pub body: String,
    /// Who wrote it.
    pub author: Author,
    /// E-mail address of the contact; without it and `contact`, one of the workspace's.
    pub email: Option<String>,
    /// Name of the contact, if the address is new.
    pub name: Option<String>,
    /// Id of a contact that exists; it goes before `email`.
    pub contact: Option<String>,
    /// Ids of further contacts in it, who exist.
    pub others: Vec<String>,
    /// Names of tags; new ones are made.
    pub tags: Vec<String>,
    /// The `created_at` that an importer sets, in the past; the conversation still appears, and changes, now.
    pub created_at: Option<i64>,
}

impl Sim {
    /// Creates a conversation and returns its id.
    pub fn create(&self, new: New) -> String {
        let Editor { mut world, now, visible_at_ms, .. } = self.edit();
        let contact = match (new.contact.and_then(|id| world.contact_number(&id)), new.email) {
            (Some(number), _) => number,
            (None, Some(email)) => world.meet(new.name, email, now),
            (None, None) => u32::try_from(world.rows.len()).unwrap_or(0) % world.generator.contacts,
        };
        let others = new.others.iter().filter_map(|id| world.contact_number(id)).collect();
        let tags: Vec<Applied> = new
            .tags
            .iter()
            .filter_map(|name| world.tag(name))
            .map(|tag| Applied { tag, at: now, by: 0 })
            .collect();
        let index = world.create(visible_at_ms, |index| Thread {
            index,
            created_at: new.created_at.unwrap_or(now).min(now),
            opened_at: now,
            updated_at: now,
            title: new.subject.clone(),
            state: State::Open,
            snoozed_until: None,
            read: false,
            priority: "none".to_owned(),
            admin: None,
            team: None,
            contact,
            tags,
            source: Source {
                id: 990_000_000 + u64::from(index),
                kind: if new.subject.is_some() { "email" } else { "conversation" }.to_owned(),
                delivered_as: match new.author {
                    Author::Customer => "customer_initiated",
                    Author::Admin(_) => "admin_initiated",
                    Author::Bot => "operator_initiated",
                },
                body: new.body,
                author: writer(new.author, contact),
                redacted: false,
                attachment: false,
            },
            parts: Vec::new(),
            linked: Vec::new(),
            fields: Fields { others, ..Fields::default() },
            quiet: Vec::new(),
        });
        conversation_id(index).to_string()
    }

    /// Adds a message and returns its part's id; a customer's reopens what is closed or snoozed. Like all changes it
    /// answers nothing and does nothing if the conversation is not there.
    pub fn reply(&self, id: &str, author: Author, body_html: &str) -> Option<String> {
        self.edit().part(id, author, |part, before| {
            part.says_html(body_html);
            if author == Author::Customer && before != State::Open {
                part.kind = "open";
                part.state = State::Open;
            }
        })
    }

    /// Adds this many messages of the customer's within one second, each with a body of about so many bytes of HTML.
    pub fn reply_at_length(&self, id: &str, messages: usize, bytes: usize) {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return };
        let Some(thread) = editor.world.thread(index, Depth::Outline) else { return };
        for number in 0..messages {
            let part = editor.stamped(&thread, Author::Customer, |part, _| {
                let sentence = format!("<p>Line of message {number}: <b>nothing</b> works &amp; I wait</p>");
                part.says_html(&sentence.repeat(bytes.div_ceil(sentence.len())));
            });
            editor.record(index, ChangeKind::Part(part));
        }
    }

    /// Adds an internal note by an admin and returns its part's id.
    pub fn note(&self, id: &str, admin: usize, body_html: &str) -> Option<String> {
        self.edit().part(id, Author::Admin(admin), |part, _| {
            part.kind = "note";
            part.says_html(body_html);
        })
    }

    /// Closes a conversation and returns the part's id.
    pub fn close(&self, id: &str) -> Option<String> {
        self.edit().part(id, Author::Admin(0), |part, _| {
            part.kind = "close";
            part.state = State::Closed;
        })
    }

    /// Opens a conversation again and returns the part's id.
    pub fn reopen(&self, id: &str) -> Option<String> {
        self.edit().part(id, Author::Admin(0), |part, _| {
            part.kind = "open";
            part.state = State::Open;
        })
    }

    /// Snoozes a conversation until a Unix second and returns the part's id.
    pub fn snooze(&self, id: &str, until: i64) -> Option<String> {
        let shape = |part: &mut Part, _| {
            part.kind = "snoozed";
            part.state = State::Snoozed;
        };
        self.edit().part_of(id, Author::Admin(0), shape, |part| ChangeKind::Snooze(part, until))
    }

    /// Assigns a conversation to an admin by number, or to nobody, and returns the part's id.
    pub fn assign(&self, id: &str, admin: Option<usize>) -> Option<String> {
        self.edit().part(id, Author::Admin(0), |part, _| {
            part.kind = "assignment";
            part.assigned_to =
                Some(admin.map_or(Assignee::Nobody, |admin| Assignee::Admin(wrap(admin, ADMINS.len()))));
        })
    }

    /// Assigns a conversation to a team by number and returns the part's id.
    pub fn assign_team(&self, id: &str, team: usize) -> Option<String> {
        self.edit().part(id, Author::Admin(0), |part, _| {
            part.kind = "assignment";
            part.assigned_to = Some(Assignee::Team(wrap(team, TEAMS.len())));
        })
    }

    /// Tags a conversation, making the tag if it is new; returns whether that was possible: 64 tags are the most.
    pub fn tag(&self, id: &str, name: &str) -> bool {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return false };
        let Some(tag) = editor.world.tag(name) else { return false };
        editor.record(index, ChangeKind::Tag { tag, by: 0 });
        true
    }

    /// Takes a tag off a conversation; returns whether conversation and tag exist.
    pub fn untag(&self, id: &str, name: &str) -> bool {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return false };
        let Some(tag) = editor.world.tags.iter().position(|tag| tag == name) else { return false };
        editor.record(index, ChangeKind::Untag(wrap(tag, usize::MAX)));
        true
    }

    /// Gives a conversation another title; returns whether it was there.
    pub fn retitle(&self, id: &str, title: &str) -> bool {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return false };
        editor.record(index, ChangeKind::Retitle(title.to_owned()));
        true
    }

    /// Gives a field another value; returns whether the conversation was there. Attributes, ratings and states of tickets leave
    /// a part behind, unless the change is silent.
    pub fn set(&self, id: &str, set: Set) -> bool {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return false };
        let Some(thread) = editor.world.thread(index, Depth::Header) else { return false };
        let (author, kind, event) = match &set {
            Set::Attribute(name, value) => {
                let before = thread.fields.attributes.get(name).and_then(in_words);
                let event = Event::Attribute(name.clone(), before, in_words(value));
                (Author::Admin(0), "conversation_attribute_updated_by_admin", event)
            }
            Set::Rating(..) => (Author::Customer, "conversation_rating_changed", Event::Other),
            Set::Ticket(Some(_)) => (Author::Admin(0), "ticket_state_updated_by_admin", Event::Other),
            _ => {
                editor.record(index, ChangeKind::Set(set, None));
                return true;
            }
        };
        let part = (!editor.is_silent).then(|| {
            editor.stamped(&thread, author, |part, _| {
                part.kind = kind;
                part.event = Some(event.clone());
            })
        });
        editor.record(index, ChangeKind::Set(set, part));
        true
    }

    /// Changes the text of a part, or of the opening message if `part` is its id; returns whether there was such a message.
    pub fn reword(&self, id: &str, part: &str, body_html: &str) -> bool {
        self.edit().message(id, part, |target| ChangeKind::Reword(target, body_html.to_owned()))
    }

    /// Deletes a conversation for good; returns whether it was there.
    pub fn delete(&self, id: &str) -> bool {
        let mut editor = self.edit();
        let Some(index) = editor.find(id) else { return false };
        let Editor { now, visible_at_ms, is_silent, .. } = editor;
        editor.world.delete(Deletion { index, at: now, is_told: !is_silent }, visible_at_ms);
        true
    }

    /// Redacts a part, or the opening message if `part` is its id; returns whether there was such a message.
    pub fn redact(&self, id: &str, part: &str) -> bool {
        self.edit().message(id, part, ChangeKind::Redact)
    }

    /// Merges one conversation into another: both get a part that links them, and the secondary one is closed.
    pub fn merge(&self, primary: &str, secondary: &str) -> bool {
        let mut editor = self.edit();
        let (Some(first), Some(second)) = (editor.find(primary), editor.find(secondary)) else {
            return false;
        };
        if first == second {
            return false;
        }
        let merged = |kind| move |part: &mut Part, _| part.kind = kind;
        let closed = |part: &mut Part, _| {
            part.kind = "merged_secondary_conversation";
            part.state = State::Closed;
        };
        let author = Author::Admin(0);
        editor.part_of(primary, author, merged("merged_primary_conversation"), |part| {
            ChangeKind::Link(part, second)
        });
        editor.part_of(secondary, author, closed, |part| ChangeKind::Link(part, first));
        true
    }

    /// Changes an attribute of many conversations within the same second, as bulk actions do.
    pub fn touch_all<I: AsRef<str>>(&self, ids: &[I]) {
        let mut editor = self.edit();
        for id in ids {
            editor.part(id.as_ref(), Author::Admin(0), |part, _| {
                part.kind = "conversation_attribute_updated_by_admin";
            });
        }
    }
}
