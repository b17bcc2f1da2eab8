//! A conversation's header, as results and single conversations show it.

use proto::Timestamp;
use proto::types::{Assignee, Customer, Snippet, Summary};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::snippet::Highlighter;
use crate::model::{Contact, Tag, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::stored;
use crate::store::text::beginning;

/// Bytes of a title that are shown; a long one is the whole first message.
const TITLE_BYTES: usize = 4 << 10;
/// Bytes of compressed texts that a snippet is cut from: to look through more takes too long, for what is shown of it.
const MOST_TEXTS: usize = 4 << 20;

impl Snapshot<'_> {
    /// Returns the header of a document's conversation, with a snippet where a highlighter is given.
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
                     c.contacts, c.tags, c.messages, c.truncated, b.texts
                 FROM conversation c CROSS JOIN body b ON b.key = c.key WHERE c.docid = ?1",
            )
            .attempt(attempt)?;
        let found = statement
            .query_row([docid], |row| {
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
                let texts = row.get_ref(11)?.as_blob()?;
                let highlighter = highlighter.filter(|_| texts.len() <= MOST_TEXTS);
                let snippet =
                    highlighter.map(|highlighter| self.snippet(key, texts, highlighter)).transpose();
                Ok((key, header, assigned, decoded, snippet))
            })
            .optional()
            .attempt(attempt)?;
        let Some((key, header, assigned, decoded, snippet)) = found else { return Ok(None) };
        let (contacts, tags) = decoded?;
        Ok(Some(Summary {
            id: crate::store::key::name(self.connection, key)?.0,
            customer: contacts.into_iter().next().map(|Contact { id, name, email }| Customer {
                id,
                name,
                email,
            }),
            tags: tags.into_iter().map(|tag| tag.name).collect(),
            assignee: self.assignee(assigned)?,
            snippet: snippet?.flatten(),
            ..header
        }))
    }

    fn decode(&self, key: i64, contacts: &[u8], tags: &[u8]) -> Result<(Vec<Contact>, Vec<Tag>), Error> {
        Ok((stored::decode("contacts", key, contacts)?, stored::decode("tags", key, tags)?))
    }

    fn snippet(
        &self,
        key: i64,
        texts: &[u8],
        highlighter: &mut Highlighter,
    ) -> Result<Option<Snippet>, Error> {
        // First, since without a match the last message is shown.
        let fields = Fields::get(self.connection, key)?;
        self.unpacker.borrow_mut().texts(key, texts, |texts| {
            let all: Vec<&str> = fields.texts().chain(texts.iter().copied()).collect();
            highlighter.snippet(&all)
        })
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
