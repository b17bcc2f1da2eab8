//! Whether what is stored is what Intercom has: which conversations to read again for that, how a read compares with
//! what is stored, and how many there are in a span.

use std::collections::BTreeSet;

use proto::{Interval, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Snapshot;
use crate::model::{Contact, Conversation, ConversationId, Part, Tag};
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind};
use crate::store::{blob, docid, ingest, key};

/// Rows looked at in one go.
const STEP: i64 = 200;

/// Where a round through all stored conversations is: the open ones come first, then all others, last changed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// It is at the open ones.
    pub open: bool,
    /// What lies at or above this place in the order has been passed.
    pub below: i64,
}

impl Place {
    /// Where a round begins.
    pub const START: Self = Self { open: true, below: i64::MAX };

    /// Returns where a round through what was active last in a span begins, and the place at which it ends.
    #[must_use]
    pub fn span(range: Interval) -> (Self, i64) {
        (Self { open: false, below: docid::first(range.end) }, docid::first(range.start))
    }
}

/// A few steps of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What is to be read again.
    pub ids: Vec<ConversationId>,
    /// Conversations passed.
    pub passed: u64,
    /// Where it goes on; `None` at the end of the round.
    pub next: Option<Place>,
}

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

/// A row of a round.
struct Row {
    key: i64,
    place: i64,
    asked_at: i64,
    open: bool,
    pending: bool,
}

impl Snapshot<'_> {
    /// Returns the next conversations to read again, at most `limit`, leaving out what is pending anyhow and what was read
    /// at or after an instant.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn next_to_verify(
        &self,
        place: Place,
        read_before: Timestamp,
        limit: usize,
    ) -> Result<Stretch, Error> {
        let rows = if place.open { self.open_below(place.below)? } else { self.all_below(place.below)? };
        let all = i64::try_from(rows.len()).unwrap_or(STEP) < STEP;
        let mut stretch = Stretch { ids: Vec::new(), passed: 0, next: None };
        for row in rows {
            if stretch.ids.len() >= limit {
                return Ok(stretch);
            }
            stretch.next = Some(Place { below: row.place, ..place });
            if !place.open && row.open {
                continue;
            }
            stretch.passed += 1;
            if !row.pending && row.asked_at < read_before.0 {
                stretch.ids.push(key::name(self.connection, row.key)?);
            }
        }
        if all {
            stretch.next = place.open.then_some(Place { open: false, below: i64::MAX });
        }
        Ok(stretch)
    }

    fn open_below(&self, below: i64) -> Result<Vec<Row>, Error> {
        let Some(label) = labels::find(self.connection, Kind::State, "open")? else { return Ok(Vec::new()) };
        self.connection
            .prepare_cached(
                "SELECT c.key, c.docid, c.asked_at, 1, p.key IS NOT NULL
                 FROM labelled AS l CROSS JOIN conversation AS c ON c.docid = l.docid
                      LEFT JOIN pending AS p ON p.key = c.key
                 WHERE l.label = ?1 AND l.docid < ?2 ORDER BY l.docid DESC LIMIT ?3",
            )
            .and_then(|mut statement| {
                statement.query_map(params![label.id, below, STEP], row)?.collect::<Result<Vec<_>, _>>()
            })
            .attempt("cannot read what is to be verified")
    }

    fn all_below(&self, below: i64) -> Result<Vec<Row>, Error> {
        self.connection
            .prepare_cached(
                "SELECT c.key, c.docid, c.asked_at, c.state = 'open', p.key IS NOT NULL
                 FROM conversation AS c LEFT JOIN pending AS p ON p.key = c.key
                 WHERE c.docid < ?1 ORDER BY c.docid DESC LIMIT ?2",
            )
            .and_then(|mut statement| {
                statement.query_map(params![below, STEP], row)?.collect::<Result<Vec<_>, _>>()
            })
            .attempt("cannot read what is to be verified")
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
                            blob::decode("contacts", key, row.get_ref(7)?.as_blob()?);
                        let tags: Result<Vec<Tag>, Error> =
                            blob::decode("tags", key, row.get_ref(8)?.as_blob()?);
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
        if let Some((texts, rest)) = ingest::body(self.connection, key)? {
            stored.parts = self.unpacker.borrow_mut().parts(key, &texts, &rest)?;
        }
        if read.truncated {
            // Older parts are kept here and no longer returned there.
            stored.parts.retain(|part| read.parts.iter().any(|other| other.id == part.id));
        }
        Ok(if essence(&stored) == essence(read) { Compared::Same } else { Compared::Silent })
    }

    /// Counts the conversations whose newest known activity lies in a span, stored or not.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn count_known(&self, range: Interval) -> Result<u64, Error> {
        let Interval { start, end } = range;
        self.connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM conversation WHERE updated_at >= ?1 AND updated_at < ?2)
                      - (SELECT count(*) FROM pending AS p CROSS JOIN conversation AS c ON c.key = p.key
                         WHERE c.updated_at >= ?1 AND c.updated_at < ?2)
                      + (SELECT count(*) FROM pending AS p LEFT JOIN conversation AS c ON c.key = p.key
                         WHERE max(p.updated_at, coalesce(c.updated_at, p.updated_at)) >= ?1
                           AND max(p.updated_at, coalesce(c.updated_at, p.updated_at)) < ?2)",
            )
            .and_then(|mut statement| statement.query_row([start.0, end.0], |row| row.get::<_, i64>(0)))
            .map(|count| u64::try_from(count).unwrap_or(0))
            .attempt("cannot count conversations")
    }
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        key: row.get(0)?,
        place: row.get(1)?,
        asked_at: row.get(2)?,
        open: row.get(3)?,
        pending: row.get(4)?,
    })
}

/// What makes two reads of a conversation the same.
#[derive(PartialEq)]
struct Essence<'a> {
    head: (Timestamp, &'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>),
    contacts: BTreeSet<&'a str>,
    tags: BTreeSet<(&'a str, &'a str)>,
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
