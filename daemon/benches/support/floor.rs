//! What hand-written SQL reaches: rows, one compressed body each and a text index, without the JSON, labels, totals or
//! anything else.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::times::time;

/// Bytes shown of a match, and of them before it.
const EXCERPT: (usize, usize) = (160, 50);

/// A conversation, as far as it is searched.
pub(crate) struct Document {
    pub(crate) id: i64,
    pub(crate) updated_at: i64,
    pub(crate) state: String,
    pub(crate) email: Option<String>,
    pub(crate) text: String,
}

/// The database.
pub(crate) struct Floor {
    connection: Connection,
    last: i64,
}

impl Floor {
    /// Makes an empty one.
    pub(crate) fn create(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
                 CREATE TABLE conversation(id INTEGER PRIMARY KEY, docid INTEGER NOT NULL UNIQUE, state TEXT, email TEXT);
                 CREATE INDEX by_email ON conversation(email, docid);
                 CREATE INDEX by_state ON conversation(state, docid);
                 CREATE TABLE body(id INTEGER PRIMARY KEY, texts BLOB NOT NULL);
                 CREATE VIRTUAL TABLE fts USING fts5(body, content='', contentless_delete=1, tokenize='unicode61');",
            )
            .unwrap();
        Self { connection, last: 0 }
    }

    /// Stores conversations in one transaction, oldest first; returns how long that took.
    pub(crate) fn load(&mut self, documents: &[Document]) -> Duration {
        time(|| self.store(documents))
    }

    fn store(&mut self, documents: &[Document]) {
        let transaction = self.connection.transaction().unwrap();
        for Document { id, updated_at, state, email, text } in documents {
            let docid = (updated_at << 4).max(self.last + 1);
            self.last = docid;
            let blob = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
            transaction
                .prepare_cached("INSERT INTO conversation(id, docid, state, email) VALUES (?1, ?2, ?3, ?4)")
                .unwrap()
                .execute(params![id, docid, state, email])
                .unwrap();
            let mut body = transaction.prepare_cached("INSERT INTO body(id, texts) VALUES (?1, ?2)").unwrap();
            body.execute(params![id, blob]).unwrap();
            let mut index =
                transaction.prepare_cached("INSERT INTO fts(rowid, body) VALUES (?1, ?2)").unwrap();
            index.execute(params![docid, text]).unwrap();
        }
        transaction.commit().unwrap();
    }

    /// Returns the newest 20 conversations with a word, each opened and cut around its first occurrence, and counts them
    /// up to a thousand; with an empty word the newest 20 of all.
    pub(crate) fn search(&self, word: &str) -> Vec<(i64, String)> {
        let newest =
            "SELECT c.id, c.state, c.email, b.texts FROM conversation c CROSS JOIN body b ON b.id = c.id
                      ORDER BY c.docid DESC LIMIT 20";
        let matching =
            "SELECT c.id, c.state, c.email, b.texts FROM fts CROSS JOIN conversation c ON c.docid = fts.rowid
                        CROSS JOIN body b ON b.id = c.id WHERE fts MATCH ?1 ORDER BY fts.rowid DESC LIMIT 20";
        let mut statement =
            self.connection.prepare_cached(if word.is_empty() { newest } else { matching }).unwrap();
        let quoted = (!word.is_empty()).then(|| format!("\"{word}\""));
        let rows = statement.query_map(rusqlite::params_from_iter(&quoted), |row| excerpt(row, word));
        let found = rows.unwrap().collect::<Result<_, _>>().unwrap();
        if quoted.is_some() {
            let mut count = self
                .connection
                .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?1 LIMIT 1001)")
                .unwrap();
            let _: i64 = count.query_row([&quoted], |row| row.get(0)).unwrap();
        }
        found
    }
}

fn excerpt(row: &Row<'_>, word: &str) -> rusqlite::Result<(i64, String)> {
    let (_, _): (String, Option<String>) = (row.get(1)?, row.get(2)?);
    let text = zstd::bulk::decompress(row.get_ref(3)?.as_blob()?, 1 << 24).unwrap();
    let text = String::from_utf8(text).unwrap();
    // The index folds accents, which this does not: then the beginning is shown.
    let at = text.to_ascii_lowercase().find(word).unwrap_or(0);
    let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    let start = boundary(at.saturating_sub(EXCERPT.1)).unwrap_or(0);
    let end = boundary(start + EXCERPT.0).unwrap_or(start);
    Ok((row.get(0)?, text[start..end].to_owned()))
}
