//! A conversation's header, as results and single conversations show it.

use std::borrow::Cow;
use std::ffi::CStr;

use proto::Timestamp;
use proto::types::{Assignee, Customer, Snippet, Summary};
use rusqlite::{MAIN_DB, OptionalExtension};

use super::Snapshot;
use super::highlighter::Highlighter;
use super::snippet::{Excerpts, MOST_BYTES, first_words, last_words};
use crate::model::{Contact, Tag, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::stored;
use crate::store::text::beginning;

/// Bytes of a title that are shown; a long one is the whole first message.
const TITLE_BYTES: usize = 4 << 10;

/// Bytes up to which a blob is loaded whole. Whatever does not fit into [`MOST_BYTES`] once it is unpacked is no shorter.
const MOST_LOADED: i64 = 2 * MOST_BYTES as i64;

/// What is stored of a conversation's texts; `None` where there is none, or it is too long to be loaded.
struct Blobs<'r> {
    fields: Option<&'r [u8]>,
    texts: Option<&'r [u8]>,
    parts: Option<&'r [u8]>,
}

/// What is shown of a conversation's texts, and the customer's first words.
struct Shown {
    snippets: Vec<Snippet>,
    first_words: Option<String>,
}

impl Snapshot<'_> {
    /// Returns the header of a document's conversation, with snippets where a highlighter is given.
    pub(super) fn summary(
        &self,
        docid: i64,
        highlighter: Option<&mut Highlighter>,
    ) -> Result<Option<Summary>, Error> {
        let attempt = "cannot read a conversation";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.key, c.created_at, c.updated_at, c.state, c.title, c.admin_assignee, c.team_assignee,
                     c.contacts, c.tags, c.messages, c.truncated, f.list,
                     CASE WHEN length(b.texts) <= ?2 THEN b.texts END,
                     CASE WHEN length(b.parts) <= ?2 THEN b.parts END
                 FROM conversation c CROSS JOIN body b ON b.key = c.key LEFT JOIN fields f ON f.key = c.key
                 WHERE c.docid = ?1",
            )
            .attempt(attempt)?;
        // What nobody needs is not even loaded.
        let loaded = if highlighter.is_some() { MOST_LOADED } else { -1 };
        let found = statement
            .query_row((docid, loaded), |row| {
                let key: i64 = row.get(0)?;
                let header = Summary {
                    created_at: Timestamp(row.get(1)?),
                    updated_at: Timestamp(row.get(2)?),
                    state: row.get(3)?,
                    title: row
                        .get_ref(4)?
                        .as_str_or_null()?
                        .map(|title| beginning(title, TITLE_BYTES).to_owned()),
                    message_count: u32::try_from(row.get::<_, i64>(9)?).unwrap_or(u32::MAX),
                    truncated: row.get(10)?,
                    ..Summary::default()
                };
                let assigned: (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
                // The blobs are decoded where they lie, in SQLite's page.
                let decoded = self.decode(key, row.get_ref(7)?.as_blob()?, row.get_ref(8)?.as_blob()?);
                let blob = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_blob_or_null()?);
                let stored = Blobs { fields: blob(11)?, texts: blob(12)?, parts: blob(13)? };
                let shown = highlighter.map(|highlighter| self.shown(key, &stored, highlighter)).transpose();
                Ok((key, header, assigned, decoded, shown))
            })
            .optional()
            .attempt(attempt)?;
        let Some((key, header, assigned, decoded, shown)) = found else { return Ok(None) };
        let (contacts, tags) = decoded?;
        let mut summary = Summary {
            id: crate::store::key::name(self.connection, key)?.0,
            customer: contacts.into_iter().next().map(|Contact { id, name, email }| Customer {
                id,
                name,
                email,
            }),
            tags: tags.into_iter().map(|tag| tag.name).collect(),
            assignee: self.assignee(assigned)?,
            ..header
        };
        if let Some(Shown { snippets, first_words }) = shown? {
            summary.first_words = first_words.filter(|words| !is_shown(words, &snippets));
            summary.set_snippets(snippets);
        }
        Ok(Some(summary))
    }

    fn decode(&self, key: i64, contacts: &[u8], tags: &[u8]) -> Result<(Vec<Contact>, Vec<Tag>), Error> {
        Ok((stored::decode("contacts", key, contacts)?, stored::decode("tags", key, tags)?))
    }

    /// Returns what is shown of the texts.
    fn shown(&self, key: i64, stored: &Blobs<'_>, highlighter: &mut Highlighter) -> Result<Shown, Error> {
        let beginning = |column, loaded: Option<_>| match loaded {
            Some(blob) => Ok(Cow::Borrowed(blob)),
            None => self.beginning(column, key).map(Cow::Owned),
        };
        let (texts, parts) = (beginning(c"texts", stored.texts)?, beginning(c"parts", stored.parts)?);
        self.unpacker.borrow_mut().said(key, (&texts, &parts), MOST_BYTES, |said| {
            let mut excerpts = Excerpts::new(highlighter);
            excerpts.look_at(said);
            let fields = match stored.fields.filter(|_| !excerpts.is_complete()) {
                Some(fields) => Fields::decode(key, fields)?,
                None => Fields::default(),
            };
            excerpts.look_at_fields(fields.texts());
            let mut snippets = excerpts.chosen();
            if snippets.is_empty() {
                snippets.extend(last_words(said));
            }
            Ok(Shown { snippets, first_words: first_words(said) })
        })?
    }

    /// Returns the beginning of a blob that is too long to be loaded for what is shown of it.
    fn beginning(&self, column: &CStr, key: i64) -> Result<Vec<u8>, Error> {
        let attempt = "cannot read the beginning of a conversation";
        let blob = self.connection.blob_open(MAIN_DB, c"body", column, key, true).attempt(attempt)?;
        let mut bytes = vec![0; blob.len().min(MOST_BYTES)];
        blob.read_at_exact(&mut bytes, 0).attempt(attempt)?;
        Ok(bytes)
    }

    fn assignee(&self, assigned: (Option<String>, Option<String>)) -> Result<Option<Assignee>, Error> {
        let (kind, word, id) = match assigned {
            (Some(admin), _) => (TeammateKind::Admin, "admin", admin),
            (None, Some(team)) => (TeammateKind::Team, "team", team),
            (None, None) => return Ok(None),
        };
        let name = self.teammate_name(kind, &id)?;
        Ok(Some(Assignee { id, kind: word.to_owned(), name }))
    }
}

/// Says whether a snippet begins with these first words.
fn is_shown(words: &str, snippets: &[Snippet]) -> bool {
    let beginning = words.trim_end_matches('…').trim_end();
    snippets.iter().any(|snippet| snippet.text.text.starts_with(beginning))
}
