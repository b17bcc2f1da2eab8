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

/// What is indexed of a conversation: folded words, by who says them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// The first message that is a customer's.
    pub(super) opening: String,
    /// What its customers say besides.
    pub(super) customer: String,
    /// What everybody else says.
    pub(super) team: String,
    /// Its title.
    pub(super) title: String,
    /// The values of its fields, what its events tell, and the names of its files.
    pub(super) other: String,
    /// The words of its contacts' names and addresses.
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

    /// Returns how many documents change.
    pub(super) fn len(&self) -> i64 {
        i64::try_from(self.documents.len()).unwrap_or(i64::MAX)
    }

    /// Writes them; to be called once, last before the commit.
    pub(super) fn write(mut self, connection: &Connection, known: &mut Known) -> Result<(), Error> {
        self.documents.retain(|_, change| change.before != change.after);
        for (docid, change) in &self.documents {
            if let Some(document) = &change.before {
                document
                    .execute(connection, "fts, rowid", "'delete', ?1", *docid)
                    .attempt("cannot remove a conversation from the index")?;
            }
        }
        let spoken = self.documents.iter().map(|(docid, change)| (*docid, change.spoken.as_slice()));
        forms::note(connection, known, spoken)?;
        for (docid, change) in &self.documents {
            if let Some(document) = &change.after {
                document.execute(connection, "rowid", "?1", *docid).attempt("cannot index a conversation")?;
            }
        }
        Ok(())
    }
}

impl Document {
    /// Tells the index of it: these columns have these values, and the others are its own.
    fn execute(
        &self,
        connection: &Connection,
        columns: &str,
        values: &str,
        docid: i64,
    ) -> rusqlite::Result<usize> {
        let Self { opening, customer, team, title, other, people } = self;
        connection
            .prepare_cached(&format!(
                "INSERT INTO fts({columns}, opening, customer, team, title, other, people)
                 VALUES ({values}, ?2, ?3, ?4, ?5, ?6, ?7)"
            ))?
            .execute(params![docid, opening, customer, team, title, other, people])
    }
}
