//! One conversation, whole or a page of it.

use std::collections::HashMap;

use proto::Timestamp;
use proto::types::{Attachment, Author, Change, Conversation, Event, FieldValue, Message};
use rusqlite::OptionalExtension;

use super::Snapshot;
use crate::fields::{Names, Source};
use crate::model::{self, ConversationId, Part, Teammate, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::{key, rebuild, rows, text};

/// A page ends after the message that passes this many bytes, however many messages were asked for.
const PAGE_BYTES: usize = 2 << 20;
/// Bytes of one message that are shown: with a page before it, that fits into a reply.
const MESSAGE_BYTES: usize = 4 << 20;

impl Snapshot<'_> {
    /// Returns a conversation, its address not set, with at most `limit` of its messages from `offset` on; `None` where it is not stored.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn show(&self, id: &ConversationId, offset: u32, limit: u32) -> Result<Option<Conversation>, Error> {
        let Some(key) = key::find(self.connection, id)? else { return Ok(None) };
        let attempt = "cannot read a conversation";
        let row: Option<(i64, i64)> = self
            .connection
            .prepare_cached("SELECT docid, asked_at FROM conversation WHERE key = ?1")
            .and_then(|mut statement| {
                statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt(attempt)?;
        let Some((docid, asked_at)) = row else { return Ok(None) };
        let Some(summary) = self.summary(docid, None)? else { return Ok(None) };
        let Some((texts, rest)) = rows::body(self.connection, key)? else { return Ok(None) };
        let parts = self.unpacker.borrow_mut().parts(key, &texts, &rest)?;
        let outdated = self
            .connection
            .prepare_cached("SELECT 1 FROM pending WHERE key = ?1")
            .and_then(|mut statement| statement.exists([key]))
            .attempt(attempt)?;
        let names = Teammates::of(self.teammates()?);
        let fields = Fields::get(self.connection, key)?.list;
        let (messages, events, next_offset) = page(parts, offset, limit, &names);
        Ok(Some(Conversation {
            summary,
            messages,
            events,
            offset,
            next_offset,
            fetched_at: Timestamp(asked_at),
            outdated,
            fields: names.named(fields),
        }))
    }

    /// Returns a conversation's JSON as Intercom sent it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn json(&self, id: &ConversationId) -> Result<Option<Vec<u8>>, Error> {
        let Some(key) = key::find(self.connection, id)? else { return Ok(None) };
        rebuild::json(self.connection, &mut self.unpacker.borrow_mut(), key)
    }
}

/// Returns the messages of a page, the events between its first message and the next page's, and where that begins.
fn page(
    parts: Vec<Part>,
    offset: u32,
    limit: u32,
    names: &Teammates,
) -> (Vec<Message>, Vec<Event>, Option<u32>) {
    let (mut messages, mut events): (Vec<Message>, Vec<Event>) = Default::default();
    let (mut index, mut bytes) = (0_u32, 0_usize);
    for part in parts {
        if part.is_message() {
            let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            let full = count >= limit.max(1) || bytes > PAGE_BYTES;
            if index >= offset && full {
                return (messages, events, Some(index));
            }
            if index >= offset {
                let message = message(part, names);
                bytes += super::list::message_size(&message);
                messages.push(message);
            }
            index += 1;
        } else if !messages.is_empty() || offset == 0 {
            events.push(Event {
                id: part.id,
                kind: part.kind,
                author: author(part.author),
                created_at: part.created_at,
                changes: names.shown(part.changes),
            });
        }
    }
    (messages, events, None)
}

fn message(part: Part, names: &Teammates) -> Message {
    let part = if part.text.len() > MESSAGE_BYTES { cut(part) } else { part };
    Message {
        id: part.id,
        kind: part.kind,
        author: author(part.author),
        body: part.text,
        body_html: part.html,
        created_at: part.created_at,
        attachments: part.attachments.into_iter().map(attachment).collect(),
        redacted: part.redacted,
        changes: names.shown(part.changes),
    }
}

/// What teammates are called.
struct Teammates(HashMap<(TeammateKind, String), String>);

impl Teammates {
    fn of(all: Vec<Teammate>) -> Self {
        Self(all.into_iter().filter_map(|one| Some(((one.kind, one.id), one.name?))).collect())
    }

    fn name(&self, kind: TeammateKind, id: &str) -> Option<String> {
        self.0.get(&(kind, id.to_owned())).cloned()
    }

    /// Returns changes with names in the place of the ids of those who were assigned.
    fn shown(&self, mut changes: Vec<Change>) -> Vec<Change> {
        for change in &mut changes {
            let kind = match change.field.as_str() {
                "assignee" => TeammateKind::Admin,
                "team" => TeammateKind::Team,
                _ => continue,
            };
            let name = change.id.as_deref().and_then(|id| self.name(kind, id));
            change.to = name.or_else(|| change.to.take());
        }
        changes
    }

    /// Returns fields with the names of those whose ids they are.
    fn named(&self, mut fields: Vec<FieldValue>) -> Vec<FieldValue> {
        for field in &mut fields {
            if Source::of(&field.field).names == Names::Admin {
                field.name = self.name(TeammateKind::Admin, &field.value.to_string());
            }
        }
        fields
    }
}

/// Ends a message that is too long for a reply, and says so.
fn cut(part: Part) -> Part {
    let shown = text::beginning(&part.text, MESSAGE_BYTES);
    let (length, left) = (part.text.len(), part.text.len() - shown.len());
    let text = format!(
        "{shown}\n[syncd: the last {left} of this message's {length} bytes are left out; read them in Intercom]"
    );
    Part { text, html: None, ..part }
}

fn author(author: model::Author) -> Author {
    let model::Author { kind, id, name, email } = author;
    Author { kind, id, name, email }
}

fn attachment(attachment: model::Attachment) -> Attachment {
    let model::Attachment { name, url, content_type, filesize } = attachment;
    Attachment { name, url, content_type, filesize }
}
