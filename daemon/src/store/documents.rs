//! The text index. Changes are collected and written at the end of a transaction, for two reasons: FTS5 starts a new
//! segment whenever its row numbers go backwards, and writes out what it has gathered before many other statements.
//!
//! The index keeps no text: a document is taken out with the words that it was put in with, and with `secure-delete`
//! nothing of them is left, at a cost that grows with the document alone.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::error::{Attempt, Error};
use super::forms::{self, Known};
use super::text::Spoken;

/// The changes that one transaction makes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// What was there before, and what is to be there.
    documents: BTreeMap<i64, Change>,
}

#[derive(Debug, Default)]
struct Change {
    before: Option<Document>,
    after: Option<Document>,
    /// The words of what is put in that can have other forms.
    spoken: Vec<Spoken>,
}

/// What is indexed of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// The folded words of its title and messages.
    pub(super) body: String,
    /// The folded words of its contacts' names and addresses.
    pub(super) people: String,
}

impl Changes {
    /// Takes out the document that stands under a docid.
    pub(super) fn take_out(&mut self, docid: i64, document: Document) {
        let change = self.documents.entry(docid).or_default();
        // What this transaction put in is not in the index yet.
        if change.after.take().is_none() {
            change.before = Some(document);
        }
    }

    /// Puts in a document, with those of its words that can have other forms.
    pub(super) fn put(&mut self, docid: i64, document: Document, spoken: Vec<Spoken>) {
        let change = self.documents.entry(docid).or_default();
        (change.after, change.spoken) = (Some(document), spoken);
    }

    /// Writes them; to be called once, last before the commit.
    pub(super) fn write(mut self, connection: &Connection, known: &mut Known) -> Result<(), Error> {
        self.documents.retain(|_, change| change.before != change.after);
        for (docid, change) in &self.documents {
            let Some(Document { body, people }) = &change.before else { continue };
            connection
                .prepare_cached("INSERT INTO fts(fts, rowid, body, people) VALUES ('delete', ?1, ?2, ?3)")
                .and_then(|mut statement| statement.execute(params![docid, body, people]))
                .attempt("cannot remove a conversation from the index")?;
        }
        for (docid, change) in &self.documents {
            forms::note(connection, known, *docid, &change.spoken)?;
        }
        for (docid, change) in &self.documents {
            let Some(Document { body, people }) = &change.after else { continue };
            connection
                .prepare_cached("INSERT INTO fts(rowid, body, people) VALUES (?1, ?2, ?3)")
                .and_then(|mut statement| statement.execute(params![docid, body, people]))
                .attempt("cannot index a conversation")?;
        }
        Ok(())
    }
}
