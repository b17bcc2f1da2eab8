//! Writes who is who: teammates, and contacts whose names and addresses conversations don't tell.

use rusqlite::{Connection, OptionalExtension, params};

use super::documents::Document;
use super::error::{Attempt, Error};
use super::labels::Kind;
use super::writer::Batch;
use super::{key, labels, ledger, people, rows, stored};
use crate::model::{Contact, Teammate, TeammateKind};
use crate::offload::give_way;

/// How many of a contact's conversations are read again at once, the last changed ones.
const MOST_READ_AGAIN: usize = 500;

/// Stores teammates; those who are no longer listed stay, because conversations still name them.
pub(super) fn commit_teammates(batch: &Batch<'_>, teammates: &[Teammate]) -> Result<(), Error> {
    for teammate in teammates {
        let kind = match teammate.kind {
            TeammateKind::Admin => 0,
            TeammateKind::Team => 1,
        };
        batch
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO teammate(kind, id, name, email) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut statement| {
                statement.execute(params![kind, teammate.id, teammate.name, teammate.email])
            })
            .attempt("cannot store a teammate")?;
    }
    Ok(())
}

/// Stores what a look-up told of contacts, and has it stand in their conversations. A contact that no conversation has any
/// more is left out.
pub(super) fn commit_contacts(batch: &mut Batch<'_>, contacts: &[Contact]) -> Result<(), Error> {
    let mut changed = Vec::new();
    for contact in contacts {
        let Some(id) = &contact.id else { continue };
        let before = people::known(&batch.transaction, id)?;
        let there = batch
            .transaction
            .prepare_cached(
                "UPDATE contact SET name = coalesce(?2, name), email = coalesce(?3, email), asked = 1 WHERE id = ?1",
            )
            .and_then(|mut statement| statement.execute(params![id, contact.name, contact.email]))
            .attempt("cannot store a contact")?;
        let is_news = |new: &Option<String>, old: &Option<String>| new.is_some() && new != old;
        if there > 0 && (is_news(&contact.name, &before.name) || is_news(&contact.email, &before.email)) {
            changed.push(id.clone());
        }
    }
    relabel(batch, &changed)
}

/// Writes the names and addresses of contacts into all of their conversations, where these have others.
pub(super) fn relabel(batch: &mut Batch<'_>, contacts: &[String]) -> Result<(), Error> {
    let mut docids: Vec<i64> = Vec::new();
    for id in contacts {
        docids.extend(documents_of(&batch.transaction, id)?);
    }
    docids.sort_unstable();
    docids.dedup();
    for docid in docids {
        give_way();
        let key = batch
            .transaction
            .prepare_cached("SELECT key FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| statement.query_row([docid], |row| row.get(0)))
            .attempt("cannot read a contact's conversations")?;
        relabel_one(batch, key, docid)?;
    }
    Ok(())
}

/// Returns the documents of a contact's conversations.
fn documents_of(connection: &Connection, contact: &str) -> Result<Vec<i64>, Error> {
    let Some(label) = labels::find(connection, Kind::Contact, contact)? else { return Ok(Vec::new()) };
    connection
        .prepare_cached("SELECT docid FROM labelled WHERE label = ?1")
        .and_then(|mut statement| statement.query_map([label.id], |row| row.get(0))?.collect())
        .attempt("cannot read a contact's conversations")
}

fn relabel_one(batch: &mut Batch<'_>, key: i64, docid: i64) -> Result<(), Error> {
    let before = rows::contents(&batch.transaction, batch.unpacker, key)?;
    let people = people::fill_in(&batch.transaction, &before.contacts)?;
    if people.contacts == before.contacts {
        return Ok(());
    }
    let Some(stored) = rows::stored(&batch.transaction, key)? else { return Ok(()) };
    let mut ids = |contacts: &[Contact]| batch.labels.ids(&batch.transaction, &people::label_names(contacts));
    let (old, new) = (ids(&before.contacts)?, ids(&people.contacts)?);
    let mut labels: Vec<i64> = stored.labels.iter().filter(|label| !old.contains(label)).copied().collect();
    labels.extend(&new);
    labels.sort_unstable();
    labels.dedup();
    batch.labels.replace(&batch.transaction, &stored.labels, &labels, docid)?;
    let (contact_blob, label_blob) = (stored::encode(&people.contacts)?, stored::encode(&labels)?);
    batch
        .transaction
        .prepare_cached("UPDATE conversation SET contacts = ?2, labels = ?3 WHERE key = ?1")
        .and_then(|mut statement| statement.execute(params![key, contact_blob, label_blob]))
        .attempt("cannot store a conversation's contacts")?;
    let document = Document { people: people.words, ..before.document.clone() };
    batch.documents.take_out(docid, before.document);
    // Names have no other forms.
    batch.documents.put(docid, document, Vec::new());
    Ok(())
}

/// Has the other conversations of a contact read again who was replaced by another one in a conversation: where two contacts
/// are merged, nothing else tells of it, and no conversation changes by it.
pub(super) fn read_again_of_replaced(
    batch: &mut Batch<'_>,
    key: i64,
    old: &[Contact],
    new: &[Contact],
) -> Result<(), Error> {
    let is_in = |contacts: &[Contact], id: &Option<String>| contacts.iter().any(|contact| contact.id == *id);
    if new.iter().all(|contact| is_in(old, &contact.id)) {
        return Ok(());
    }
    let replaced =
        old.iter().filter(|contact| !is_in(new, &contact.id)).filter_map(|contact| contact.id.as_deref());
    let mut ids = Vec::new();
    for contact in replaced {
        let attempt = "cannot read a contact's conversations";
        let docids = documents_of(&batch.transaction, contact)?;
        for docid in docids.into_iter().rev().take(MOST_READ_AGAIN) {
            let other: Option<i64> = batch
                .transaction
                .prepare_cached("SELECT key FROM conversation WHERE docid = ?1 AND key <> ?2")
                .and_then(|mut statement| statement.query_row([docid, key], |row| row.get(0)).optional())
                .attempt(attempt)?;
            if let Some(other) = other {
                ids.push(key::name(&batch.transaction, other)?);
            }
        }
    }
    ledger::commit_again(batch, &ids)
}
