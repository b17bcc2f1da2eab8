//! Conversation ids as integers, without losing or merging any: a plain number is its own key, every other text gets
//! a negative one.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use crate::model::ConversationId;

/// Returns the key of an id; `None` where the store never met it.
pub(super) fn find(connection: &Connection, id: &ConversationId) -> Result<Option<i64>, Error> {
    if let Some(number) = plain_number(id.as_str()) {
        return Ok(Some(number));
    }
    connection
        .prepare_cached("SELECT key FROM other_id WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_str()], |row| row.get(0)).optional())
        .attempt("cannot look up an id")
}

/// Returns the key of an id, a new one where there was none.
pub(super) fn assign(connection: &Connection, id: &ConversationId) -> Result<i64, Error> {
    if let Some(key) = find(connection, id)? {
        return Ok(key);
    }
    connection
        .query_row(
            "INSERT INTO other_id(key, id) SELECT coalesce(min(key), 0) - 1, ?1 FROM other_id RETURNING key",
            params![id.as_str()],
            |row| row.get(0),
        )
        .attempt("cannot store an id")
}

/// Returns the id that a key stands for.
pub(super) fn name(connection: &Connection, key: i64) -> Result<ConversationId, Error> {
    if key >= 0 {
        return Ok(ConversationId(key.to_string()));
    }
    connection
        .prepare_cached("SELECT id FROM other_id WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)))
        .map(ConversationId)
        .attempt("cannot look up a key")
}

/// Returns the number that `text` is the only usual way to write.
fn plain_number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let usual = text == "0" || !text.starts_with('0');
    if digits && usual { text.parse().ok() } else { None }
}
