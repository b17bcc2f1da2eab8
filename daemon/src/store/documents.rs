//! The text index. Changes are collected and written at the end of a transaction, for two reasons: FTS5 starts a new
//! segment whenever its row numbers go backwards, and writes out what it has gathered before many other statements.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::error::{Attempt, Error};
use super::forms::{self, Known};
use super::text::Spoken;

/// The changes that one transaction makes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    dropped: BTreeSet<i64>,
    put: BTreeMap<i64, Document>,
}

/// What is indexed of a conversation.
#[derive(Debug)]
struct Document {
    body: String,
    people: String,
    spoken: Vec<Spoken>,
}

impl Changes {
    /// Takes out the document that was stored under a docid before the transaction.
    pub(super) fn drop_stored(&mut self, docid: i64) {
        self.dropped.insert(docid);
    }

    /// Puts in a document: the folded words of the conversation and of its contacts, and which of them can have other forms.
    pub(super) fn put(&mut self, docid: i64, body: String, people: String, spoken: Vec<Spoken>) {
        self.put.insert(docid, Document { body, people, spoken });
    }

    /// Writes them; to be called once, last before the commit.
    pub(super) fn write(self, connection: &Connection, known: &mut Known) -> Result<(), Error> {
        for docid in self.dropped {
            connection
                .prepare_cached("DELETE FROM fts WHERE rowid = ?1")
                .and_then(|mut statement| statement.execute([docid]))
                .attempt("cannot remove a conversation from the index")?;
        }
        for (docid, document) in &self.put {
            forms::note(connection, known, *docid, &document.spoken)?;
        }
        for (docid, document) in self.put {
            connection
                .prepare_cached("INSERT INTO fts(rowid, body, people) VALUES (?1, ?2, ?3)")
                .and_then(|mut statement| statement.execute(params![docid, document.body, document.people]))
                .attempt("cannot index a conversation")?;
        }
        Ok(())
    }
}
