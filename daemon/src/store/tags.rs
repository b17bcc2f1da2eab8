//! The names of tags: a conversation tells those that its tags had when it was read, Intercom's list those that they have.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::labels::{self, Kind};
use super::writer::Batch;
use super::{directory, registers, stored};
use crate::model::{Register, Tag};
use crate::offload::give_way;

/// Notes the names that a conversation has of its tags, and gives those their newer names that were renamed since it was read.
pub(super) fn resolve(connection: &Connection, tags: &mut [Tag], asked_at: Timestamp) -> Result<(), Error> {
    let attempt = "cannot read the tags";
    for tag in tags {
        let listed: Option<String> = connection
            .prepare_cached(
                "SELECT name FROM tag WHERE id = ?1 AND listed_at > ?2 ORDER BY listed_at DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement.query_row(params![tag.id, asked_at.0], |row| row.get(0)).optional()
            })
            .attempt(attempt)?;
        match listed {
            Some(name) => tag.name = name,
            None => connection
                .prepare_cached("INSERT OR IGNORE INTO tag(id, name, listed_at) VALUES (?1, ?2, 0)")
                .and_then(|mut statement| statement.execute([&tag.id, &tag.name]))
                .map(drop)
                .attempt("cannot store a tag")?,
        }
    }
    Ok(())
}

/// Removes a name, as labels spell it, that no conversation has any more and no list said.
pub(super) fn remove(connection: &Connection, name: &str) -> Result<(), Error> {
    let names: Vec<(String, String)> = connection
        .prepare_cached("SELECT id, name FROM tag WHERE listed_at = 0")
        .and_then(|mut statement| statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .attempt("cannot read the tags")?;
    for (id, spelt) in names.iter().filter(|(_, spelt)| Kind::Tag.spelling(spelt) == name) {
        connection
            .prepare_cached("DELETE FROM tag WHERE id = ?1 AND name = ?2")
            .and_then(|mut statement| statement.execute([id, spelt]))
            .attempt("cannot remove a tag")?;
    }
    Ok(())
}

/// Stores the list of tags as it was at an instant, and has conversations that know a tag by another name know it by its own.
pub(super) fn commit(batch: &mut Batch<'_>, tags: &[Tag], as_of: Timestamp) -> Result<(), Error> {
    for tag in tags {
        let others: Vec<String> = batch
            .transaction
            .prepare_cached("SELECT name FROM tag WHERE id = ?1 AND name <> ?2")
            .and_then(|mut statement| statement.query_map([&tag.id, &tag.name], |row| row.get(0))?.collect())
            .attempt("cannot read the tags")?;
        batch
            .transaction
            .prepare_cached(
                "INSERT INTO tag(id, name, listed_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id, name) DO UPDATE SET listed_at = max(listed_at, excluded.listed_at)",
            )
            .and_then(|mut statement| statement.execute(params![tag.id, tag.name, as_of.0]))
            .attempt("cannot store a tag")?;
        for other in others {
            rename(batch, tag, &other)?;
        }
    }
    registers::read_through(&batch.transaction, Register::Tags, as_of)
}

/// Renames a tag in every conversation that has it by another name.
fn rename(batch: &mut Batch<'_>, tag: &Tag, other: &str) -> Result<(), Error> {
    if let Some(label) = labels::find(&batch.transaction, Kind::Tag, other)? {
        for docid in directory::documents_with(&batch.transaction, label)? {
            give_way();
            rename_in(batch, tag, docid)?;
        }
    }
    batch
        .transaction
        .prepare_cached("DELETE FROM tag WHERE id = ?1 AND name = ?2")
        .and_then(|mut statement| statement.execute([tag.id.as_str(), other]))
        .map(drop)
        .attempt("cannot store a tag")
}

fn rename_in(batch: &mut Batch<'_>, tag: &Tag, docid: i64) -> Result<(), Error> {
    let attempt = "cannot read a conversation's tags";
    let (key, tags, labels): (i64, Vec<u8>, Vec<u8>) = batch
        .transaction
        .prepare_cached("SELECT key, tags, labels FROM conversation WHERE docid = ?1")
        .and_then(|mut statement| {
            statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .attempt(attempt)?;
    let before: Vec<Tag> = stored::decode("tags", key, &tags)?;
    let is_renamed = |one: &Tag| one.id == tag.id && one.name != tag.name;
    if !before.iter().any(is_renamed) {
        return Ok(());
    }
    let after: Vec<Tag> =
        before.iter().map(|one| if is_renamed(one) { tag.clone() } else { one.clone() }).collect();
    let mut ids = |tags: &[Tag]| {
        let names: Vec<(Kind, &str)> = tags.iter().map(|tag| (Kind::Tag, tag.name.as_str())).collect();
        batch.labels.ids(&batch.transaction, &names)
    };
    let (gone, new) = (ids(&before)?, ids(&after)?);
    let old: Vec<i64> = stored::decode("labels", key, &labels)?;
    let mut labels: Vec<i64> =
        old.iter().filter(|label| !gone.contains(label)).chain(&new).copied().collect();
    labels.sort_unstable();
    labels.dedup();
    batch.labels.replace(&batch.transaction, &old, &labels, docid)?;
    let (tags, labels) = (stored::encode(&after)?, stored::encode(&labels)?);
    batch
        .transaction
        .prepare_cached("UPDATE conversation SET tags = ?2, labels = ?3 WHERE key = ?1")
        .and_then(|mut statement| statement.execute(params![key, tags, labels]))
        .map(drop)
        .attempt("cannot store a conversation's tags")
}
