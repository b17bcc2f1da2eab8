//! Writes who is who: teammates, and contacts whose names and addresses conversations don't tell.

use rusqlite::params;

use super::error::{Attempt, Error};
use super::fields::Fields;
use super::labels::Kind;
use super::writer::Batch;
use super::{blob, ingest, labels, people, prepare, text};
use crate::model::{Contact, Teammate, TeammateKind};

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

/// Stores what a look-up told of contacts, and lets their conversations be found by it. A contact that no
/// conversation has any more is left out.
pub(super) fn commit_contacts(batch: &mut Batch<'_>, contacts: &[Contact]) -> Result<(), Error> {
    let mut changed = Vec::new();
    for contact in contacts {
        let Some(id) = &contact.id else { continue };
        let known = batch
            .transaction
            .prepare_cached(
                "UPDATE contact SET name = coalesce(?2, name), email = coalesce(?3, email), asked = 1 WHERE id = ?1",
            )
            .and_then(|mut statement| statement.execute(params![id, contact.name, contact.email]))
            .attempt("cannot store a contact")?;
        if known > 0 && (contact.name.is_some() || contact.email.is_some()) {
            changed.push(id.clone());
        }
    }
    relabel(batch, &changed)
}

/// Fills names and addresses that became known into the conversations that lack them.
pub(super) fn relabel(batch: &mut Batch<'_>, contacts: &[String]) -> Result<(), Error> {
    let attempt = "cannot read a contact's conversations";
    let mut docids: Vec<i64> = Vec::new();
    for id in contacts {
        let Some(label) = labels::find(&batch.transaction, Kind::Contact, id)? else { continue };
        let mut statement = batch
            .transaction
            .prepare_cached("SELECT docid FROM labelled WHERE label = ?1")
            .attempt(attempt)?;
        let found = statement.query_map([label.id], |row| row.get(0)).attempt(attempt)?;
        docids.extend(found.collect::<Result<Vec<i64>, _>>().attempt(attempt)?);
    }
    docids.sort_unstable();
    docids.dedup();

    for docid in docids {
        let (key, title, stored): (i64, Option<String>, Vec<u8>) = batch
            .transaction
            .prepare_cached("SELECT key, title, contacts FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| {
                statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            })
            .attempt(attempt)?;
        let stored: Vec<Contact> = blob::decode("contacts", key, &stored)?;
        let people = people::fill_in(&batch.transaction, &stored)?;
        if people.contacts == stored {
            continue;
        }
        let texts = ingest::body(&batch.transaction, key)?.map(|(texts, _)| texts).unwrap_or_default();
        let fields = Fields::get(&batch.transaction, key)?;
        let words = batch.unpacker.texts(key, &texts, |texts| {
            prepare::words(title.as_deref(), texts.iter().copied().chain(fields.texts()))
        })?;
        relabel_one(batch, key, docid, &people.contacts)?;
        batch.documents.drop_stored(docid);
        batch.documents.put(docid, words, people.words);
    }
    Ok(())
}

fn relabel_one(batch: &mut Batch<'_>, key: i64, docid: i64, contacts: &[Contact]) -> Result<(), Error> {
    let Some(mut stored) = ingest::stored(&batch.transaction, key)? else { return Ok(()) };
    let names = people::label_names(contacts);
    let mut added = batch.labels.ids(&batch.transaction, &names)?;
    added.retain(|label| !stored.labels.contains(label));
    batch.labels.attach(&batch.transaction, &added, docid)?;
    stored.labels.append(&mut added);
    stored.labels.sort_unstable();
    let people_hash = text::hash(people::words(contacts).as_bytes());
    let (contacts, labels) = (blob::encode(&contacts)?, blob::encode(&stored.labels)?);
    batch
        .transaction
        .prepare_cached("UPDATE conversation SET contacts = ?2, labels = ?3, people_hash = ?4 WHERE key = ?1")
        .and_then(|mut statement| statement.execute(params![key, contacts, labels, people_hash]))
        .map(drop)
        .attempt("cannot store a conversation's contacts")
}
