//! What is stored of one conversation, as the writer needs it: to replace it, and to take it out of the index.

use std::collections::HashSet;

use proto::Timestamp;
use proto::fields::Field;
use proto::types::{FieldValue, Value};
use rusqlite::{Connection, OptionalExtension};

use super::documents::Document;
use super::error::{Attempt, Error};
use super::fields::Fields;
use super::stored::{self, Unpacker};
use super::{people, prepare};
use crate::model::{Contact, Tag};

/// The header of a stored conversation.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its document in the index.
    pub(super) docid: i64,
    /// When it was created.
    pub(super) created_at: Timestamp,
    /// Its activity time.
    pub(super) updated_at: Timestamp,
    /// When that state was asked for.
    pub(super) asked_at: Timestamp,
    /// Its labels.
    pub(super) labels: Vec<i64>,
    /// Its state, assignees and tags, as fields.
    pub(super) header: Vec<FieldValue>,
    /// How many messages it has.
    pub(super) messages: i64,
    /// Whether Intercom no longer returns every part.
    pub(super) truncated: bool,
}

/// Returns what is stored of a conversation.
pub(super) fn stored(connection: &Connection, key: i64) -> Result<Option<Stored>, Error> {
    let action = "cannot read a conversation";
    let mut statement = connection
        .prepare_cached(
            "SELECT docid, created_at, updated_at, asked_at, labels, messages, truncated, state, admin_assignee,
                 team_assignee, tags
             FROM conversation WHERE key = ?1",
        )
        .attempt(action)?;
    statement
        .query_row([key], |row| {
            let labels = stored::decode("labels", key, row.get_ref(4)?.as_blob()?);
            let tags = stored::decode::<Vec<Tag>>("tags", key, row.get_ref(10)?.as_blob()?);
            let (state, admin, team): (String, Option<String>, Option<String>) =
                (row.get(7)?, row.get(8)?, row.get(9)?);
            let stored = Stored {
                docid: row.get(0)?,
                created_at: Timestamp(row.get(1)?),
                updated_at: Timestamp(row.get(2)?),
                asked_at: Timestamp(row.get(3)?),
                labels: Vec::new(),
                header: Vec::new(),
                messages: row.get(5)?,
                truncated: row.get(6)?,
            };
            Ok(labels.and_then(|labels| {
                let header = header(&state, admin.as_deref(), team.as_deref(), &tags?);
                Ok(Stored { labels, header, ..stored })
            }))
        })
        .optional()
        .attempt(action)?
        .transpose()
}

/// Returns what else than its fields a conversation is found by, as fields; tags and people by their ids.
pub(super) fn header(state: &str, admin: Option<&str>, team: Option<&str>, tags: &[Tag]) -> Vec<FieldValue> {
    let one = |field: Field, value: &str| FieldValue::new(field, Value::Text(value.to_owned()));
    let mut header = vec![one(Field::State, state)];
    header.extend(admin.map(|id| one(Field::Assignee, id)));
    header.extend(team.map(|id| one(Field::Team, id)));
    header.extend(tags.iter().map(|tag| one(Field::Tag, &tag.id)));
    header
}

/// A conversation's texts and the rest of its parts, as stored.
type Body = (Vec<u8>, Vec<u8>);

/// Returns the two blobs of a conversation's parts.
pub(super) fn body(connection: &Connection, key: i64) -> Result<Option<Body>, Error> {
    connection
        .prepare_cached("SELECT texts, parts FROM body WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .attempt("cannot read a conversation's parts")
}

/// What a stored conversation is replaced by or removed with.
#[derive(Debug)]
pub(super) struct Contents {
    /// Its contacts.
    pub(super) contacts: Vec<Contact>,
    /// What is indexed of it.
    pub(super) document: Document,
    /// What its messages say: see [`prepare::said`].
    pub(super) said: HashSet<i64>,
}

/// Returns the contents of a stored conversation.
pub(super) fn contents(
    connection: &Connection,
    unpacker: &mut Unpacker,
    key: i64,
) -> Result<Contents, Error> {
    let attempt = "cannot read a conversation";
    let (title, contacts): (Option<String>, Vec<u8>) = connection
        .prepare_cached("SELECT title, contacts FROM conversation WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))))
        .attempt(attempt)?;
    let contacts: Vec<Contact> = stored::decode("contacts", key, &contacts)?;
    let (texts, rest) = body(connection, key)?.ok_or_else(|| Error::Damaged {
        what: "parts",
        key,
        why: "they are missing".to_owned(),
    })?;
    let parts = unpacker.parts(key, &texts, &rest)?;
    let fields = Fields::get(connection, key)?;
    let (words, _) = prepare::words_of(title.as_deref(), &parts, &fields);
    let document = Document { people: people::words(&contacts), ..words };
    Ok(Contents { contacts, document, said: prepare::said(&parts) })
}
