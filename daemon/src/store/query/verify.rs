//! Whether what is stored is what Intercom has: which conversations to read again for that, and how a read compares with
//! what is stored.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::types::FieldValue;
use rusqlite::OptionalExtension;

use super::Snapshot;
use crate::model::{Contact, Conversation, ConversationId, Part, Tag};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::{key, rows, stored};

/// How a read compares with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It is the same.
    Same,
    /// It differs though the activity time is the same.
    Silent,
    /// It is newer, or nothing is stored.
    Newer,
    /// It is older: it came from a replica that is behind.
    Older,
}

impl Snapshot<'_> {
    /// Returns the conversations that were read longest ago, but for those that are pending: open ones read before the
    /// first instant, then others that were read before the second; at most so many, and so many that are not open.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read_before(
        &self,
        (open, all): (Timestamp, Timestamp),
        [limit, closed]: [usize; 2],
    ) -> Result<Vec<ConversationId>, Error> {
        let mut ids = Vec::new();
        for (sql, before, most) in [
            (
                "SELECT key FROM conversation AS c INDEXED BY conversation_read_open
                 WHERE state = 'open' AND asked_at < ?1 AND NOT EXISTS (SELECT 1 FROM pending AS p WHERE p.key = c.key)
                 ORDER BY asked_at LIMIT ?2",
                open,
                limit,
            ),
            (
                "SELECT key FROM conversation AS c INDEXED BY conversation_read
                 WHERE asked_at < ?1 AND state <> 'open' AND NOT EXISTS (SELECT 1 FROM pending AS p WHERE p.key = c.key)
                 ORDER BY asked_at LIMIT ?2",
                all,
                closed,
            ),
        ] {
            let limit = i64::try_from(most.min(limit - ids.len())).unwrap_or(i64::MAX);
            let keys = self
                .connection
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    statement.query_map((before.0, limit), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()
                })
                .attempt("cannot read what is to be read again")?;
            for key in keys {
                ids.push(key::name(self.connection, key)?);
            }
        }
        Ok(ids)
    }

    /// Returns since when every stored conversation was read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn all_read_since(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached("SELECT min(asked_at) FROM conversation INDEXED BY conversation_read")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|at| at.map(Timestamp))
            .attempt("cannot read what is to be read again")
    }

    /// Compares a conversation just read with what is stored of it.
    ///
    /// What differs from one read to the next though nobody changed anything, such as signed links, is left out, and so
    /// are people's names, which are read elsewhere.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn compare(&self, read: &Conversation) -> Result<Compared, Error> {
        let Some(key) = key::find(self.connection, &read.id)? else { return Ok(Compared::Newer) };
        let attempt = "cannot read a conversation";
        let stored = self
            .connection
            .prepare_cached(
                "SELECT updated_at, created_at, state, title, admin_assignee, team_assignee, truncated, contacts, tags
                 FROM conversation WHERE key = ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([key], |row| {
                        let contacts: Result<Vec<Contact>, Error> =
                            stored::decode("contacts", key, row.get_ref(7)?.as_blob()?);
                        let tags: Result<Vec<Tag>, Error> =
                            stored::decode("tags", key, row.get_ref(8)?.as_blob()?);
                        let head = Conversation {
                            id: read.id.clone(),
                            updated_at: Timestamp(row.get(0)?),
                            created_at: Timestamp(row.get(1)?),
                            state: row.get(2)?,
                            title: row.get(3)?,
                            admin_assignee: row.get(4)?,
                            team_assignee: row.get(5)?,
                            truncated: row.get(6)?,
                            contacts: Vec::new(),
                            tags: Vec::new(),
                            parts: Vec::new(),
                            fields: Vec::new(),
                            raw: bytes::Bytes::new(),
                        };
                        Ok((head, contacts, tags))
                    })
                    .optional()
            })
            .attempt(attempt)?;
        let Some((mut stored, contacts, tags)) = stored else { return Ok(Compared::Newer) };
        if stored.updated_at != read.updated_at {
            return Ok(if stored.updated_at < read.updated_at { Compared::Newer } else { Compared::Older });
        }
        (stored.contacts, stored.tags) = (contacts?, tags?);
        stored.fields = Fields::get(self.connection, key)?.list;
        if let Some((texts, rest)) = rows::body(self.connection, key)? {
            stored.parts = self.unpacker.borrow_mut().parts(key, &texts, &rest)?;
        }
        if read.truncated {
            // Older parts are kept here and no longer returned there.
            stored.parts.retain(|part| read.parts.iter().any(|other| other.id == part.id));
        }
        Ok(if essence(&stored) == essence(read) { Compared::Same } else { Compared::Silent })
    }
}

/// What makes two reads of a conversation the same.
#[derive(PartialEq)]
struct Essence<'a> {
    head: (Timestamp, &'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>),
    contacts: BTreeSet<&'a str>,
    tags: BTreeSet<(&'a str, &'a str)>,
    fields: &'a [FieldValue],
    parts: Vec<EssencePart<'a>>,
}

#[derive(PartialEq)]
struct EssencePart<'a> {
    id: &'a str,
    kind: &'a str,
    created_at: Timestamp,
    author: (&'a str, Option<&'a str>),
    words: Vec<&'a str>,
    attachments: Vec<Option<&'a str>>,
    redacted: bool,
}

fn essence(conversation: &Conversation) -> Essence<'_> {
    Essence {
        head: (
            conversation.created_at,
            &conversation.state,
            conversation.title.as_deref(),
            conversation.admin_assignee.as_deref(),
            conversation.team_assignee.as_deref(),
        ),
        contacts: conversation.contacts.iter().filter_map(|contact| contact.id.as_deref()).collect(),
        tags: conversation.tags.iter().map(|tag| (tag.id.as_str(), tag.name.as_str())).collect(),
        fields: &conversation.fields,
        parts: conversation.parts.iter().map(essence_of_part).collect(),
    }
}

fn essence_of_part(part: &Part) -> EssencePart<'_> {
    EssencePart {
        id: &part.id,
        kind: &part.kind,
        created_at: part.created_at,
        author: (&part.author.kind, part.author.id.as_deref()),
        words: part.text.split_whitespace().map(unsigned).collect(),
        attachments: part.attachments.iter().map(|attachment| attachment.name.as_deref()).collect(),
        redacted: part.redacted,
    }
}

/// Returns a word without what signs a link, which is another one with each read.
fn unsigned(word: &str) -> &str {
    if word.contains("://") { word.split('?').next().unwrap_or(word) } else { word }
}
