//! Writes who is who: teammates, and what Intercom knows of contacts.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::documents::Document;
use super::error::{Attempt, Error};
use super::fields::Fields;
use super::labels::{Kind, Label};
use super::people::Known;
use super::writer::Batch;
use super::{key, labels, ledger, people, registers, rows, stored};
use crate::model::{Contact, FoundContact, Register, Teammate, TeammateKind};
use crate::offload::give_way;

/// How many of a contact's conversations are read again at once, the last changed ones.
const MOST_READ_AGAIN: usize = 500;

/// Stores the admins or the teams as they were at an instant; those who are no longer listed stay, because conversations
/// still name them.
pub(super) fn commit_teammates(
    batch: &Batch<'_>,
    kind: TeammateKind,
    teammates: &[Teammate],
    as_of: Timestamp,
) -> Result<(), Error> {
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
    let register = match kind {
        TeammateKind::Admin => Register::Admins,
        TeammateKind::Team => Register::Teams,
    };
    registers::read_through(&batch.transaction, register, as_of)
}

/// Begins to look for changes of contacts at an instant: whatever was looked up before is looked up anew.
pub(super) fn begin_contacts(batch: &Batch<'_>, as_of: Timestamp) -> Result<(), Error> {
    batch
        .transaction
        .execute("UPDATE contact SET asked = 0", [])
        .attempt("cannot have the contacts looked up anew")?;
    registers::read_through(&batch.transaction, Register::Contacts, as_of)
}

/// Stores what searches told of contacts at an instant, and has it stand in their conversations; with `changes_as_of` all that
/// changed up to then was among it. Whom no conversation has is left out.
pub(super) fn commit_contacts(
    batch: &mut Batch<'_>,
    contacts: &[FoundContact],
    as_of: Timestamp,
    changes_as_of: Option<Timestamp>,
) -> Result<(), Error> {
    let mut changed = Vec::new();
    for FoundContact { contact, fields, updated_at } in contacts {
        let Some(id) = &contact.id else { continue };
        // The index may be behind, but not behind the change that it shows.
        let told_at = updated_at.map_or(as_of, |updated_at| updated_at.max(as_of));
        let before = people::known(&batch.transaction, id)?;
        let found = Fields { list: fields.clone(), searchable: Vec::new() };
        let fields = found.encode()?;
        // A conversation that was read later may have told another name.
        let there = batch
            .transaction
            .prepare_cached(
                "UPDATE contact SET name = iif(told_at <= ?5, coalesce(?2, name), coalesce(name, ?2)),
                     email = iif(told_at <= ?5, coalesce(?3, email), coalesce(email, ?3)),
                     fields = iif(read_at <= ?5, ?4, fields), asked = 1,
                     told_at = max(told_at, ?5), read_at = max(read_at, ?5)
                 WHERE id = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![id, contact.name, contact.email, fields, told_at.0])
            })
            .attempt("cannot store a contact")?;
        if there > 0 && is_news(&before, &people::known(&batch.transaction, id)?) {
            changed.push(id.clone());
        }
    }
    relabel(batch, &changed)?;
    match changes_as_of {
        Some(as_of) => registers::read_through(&batch.transaction, Register::Contacts, as_of),
        None => Ok(()),
    }
}

/// Says whether conversations show anything of a contact otherwise than before.
fn is_news(before: &Known, after: &Known) -> bool {
    (&before.name, &before.email, before.labels()) != (&after.name, &after.email, after.labels())
}

/// Writes what is known of contacts into all of their conversations, where these have something else.
pub(super) fn relabel(batch: &mut Batch<'_>, contacts: &[String]) -> Result<(), Error> {
    let mut docids: Vec<i64> = Vec::new();
    for id in contacts {
        docids.extend(documents_of(&batch.transaction, id)?);
    }
    docids.sort_unstable();
    docids.dedup();
    for docid in docids {
        give_way();
        relabel_one(batch, docid)?;
    }
    Ok(())
}

/// Returns the documents of a contact's conversations.
fn documents_of(connection: &Connection, contact: &str) -> Result<Vec<i64>, Error> {
    let Some(label) = labels::find(connection, Kind::Contact, contact)? else { return Ok(Vec::new()) };
    documents_with(connection, label)
}

/// Returns the documents of the conversations that have a label.
pub(super) fn documents_with(connection: &Connection, label: Label) -> Result<Vec<i64>, Error> {
    connection
        .prepare_cached("SELECT docid FROM labelled WHERE label = ?1")
        .and_then(|mut statement| statement.query_map([label.id], |row| row.get(0))?.collect())
        .attempt("cannot read a label's conversations")
}

fn relabel_one(batch: &mut Batch<'_>, docid: i64) -> Result<(), Error> {
    let attempt = "cannot read a contact's conversations";
    let (key, contacts, labels): (i64, Vec<u8>, Vec<u8>) = batch
        .transaction
        .prepare_cached("SELECT key, contacts, labels FROM conversation WHERE docid = ?1")
        .and_then(|mut statement| {
            statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .attempt(attempt)?;
    let contacts: Vec<Contact> = stored::decode("contacts", key, &contacts)?;
    let people = people::fill_in(&batch.transaction, &contacts)?;
    let old: Vec<i64> = stored::decode("labels", key, &labels)?;
    // What the conversation itself says of its company stays.
    let own = Fields::get(&batch.transaction, key)?.labels();
    let kinds = people::kinds();
    let names = own.iter().filter(|(kind, _)| kinds.contains(kind)).chain(&people.labels);
    let names: Vec<(Kind, &str)> = names.map(|(kind, name)| (*kind, name.as_str())).collect();
    let mut labels = batch.labels.ids(&batch.transaction, &names)?;
    for label in &old {
        if !labels::is_of(&batch.transaction, *label, &kinds)? {
            labels.push(*label);
        }
    }
    labels.sort_unstable();
    labels.dedup();
    if labels != old {
        batch.labels.replace(&batch.transaction, &old, &labels, docid)?;
        let labels = stored::encode(&labels)?;
        batch
            .transaction
            .prepare_cached("UPDATE conversation SET labels = ?2 WHERE key = ?1")
            .and_then(|mut statement| statement.execute(params![key, labels]))
            .attempt("cannot store a conversation's labels")?;
    }
    if people.contacts == contacts {
        return Ok(());
    }
    let before = rows::contents(&batch.transaction, batch.unpacker, key)?;
    let contacts = stored::encode(&people.contacts)?;
    batch
        .transaction
        .prepare_cached("UPDATE conversation SET contacts = ?2 WHERE key = ?1")
        .and_then(|mut statement| statement.execute(params![key, contacts]))
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
