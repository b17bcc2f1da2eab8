//! The contacts of a conversation: its own author entries name those who wrote, the contact table all that is known
//! from elsewhere.

use proto::Timestamp;
use proto::fields::Field;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::labels::Kind;
use super::text::{self, Words};
use crate::model::Contact;

/// A conversation's contacts as far as they are known.
#[derive(Debug, Default)]
pub(super) struct People {
    /// The contacts, with names and addresses filled in.
    pub(super) contacts: Vec<Contact>,
    /// What is indexed of them.
    pub(super) words: String,
    /// Ids of those whose name or address was another one before, or not known, though other conversations have them.
    pub(super) changed: Vec<String>,
}

/// Notes what a conversation that was read at an instant tells of its contacts, and fills in what is known of them from
/// elsewhere.
pub(super) fn resolve(
    connection: &Connection,
    contacts: &[Contact],
    asked_at: Timestamp,
) -> Result<People, Error> {
    let mut changed = Vec::new();
    for contact in contacts {
        if let Some(id) = &contact.id
            && note(connection, id, contact, asked_at)?
        {
            changed.push(id.clone());
        }
    }
    Ok(People { changed, ..fill_in(connection, contacts)? })
}

/// Fills in what is known of contacts: it is as new as what their conversation tells, or newer.
pub(super) fn fill_in(connection: &Connection, contacts: &[Contact]) -> Result<People, Error> {
    let mut people = People::default();
    for contact in contacts {
        let mut contact = contact.clone();
        if let Some(id) = &contact.id {
            let known = known(connection, id)?;
            contact.name = known.name.or(contact.name);
            contact.email = known.email.or(contact.email);
        }
        people.contacts.push(contact);
    }
    people.words = words(&people.contacts);
    Ok(people)
}

/// Returns what is indexed of contacts.
pub(super) fn words(contacts: &[Contact]) -> String {
    let (mut index, mut words) = (String::new(), Words::default());
    for word in contacts.iter().flat_map(|contact| contact.name.iter().chain(&contact.email)) {
        text::index(word, &mut words, &mut index);
        index.push_str(text::SEPARATOR);
    }
    index
}

/// Returns the labels that contacts give their conversation.
pub(super) fn label_names(contacts: &[Contact]) -> Vec<(Kind, &str)> {
    let mut names = Vec::new();
    for contact in contacts {
        names.extend(contact.id.as_deref().map(|id| (Kind::Contact, id)));
        names.extend(contact.email.as_deref().map(|email| (Kind::Email, email)));
        let domain = contact.email.as_deref().and_then(|email| email.rsplit_once('@'));
        names.extend(domain.map(|(_, domain)| (Kind::of(&Field::Domain), domain)));
    }
    names
}

/// Stores what a conversation tells of a contact; says whether that was not known, though the contact was. What an older read
/// tells does not count.
fn note(connection: &Connection, id: &str, contact: &Contact, asked_at: Timestamp) -> Result<bool, Error> {
    let attempt = "cannot store a contact";
    let before: Option<(Option<String>, Option<String>, i64)> = connection
        .prepare_cached("SELECT name, email, told_at FROM contact WHERE id = ?1")
        .and_then(|mut statement| {
            statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        })
        .attempt(attempt)?;
    let told = |new: &Option<String>, old: &Option<String>| new.is_some() && new != old;
    if let Some((name, email, told_at)) = &before {
        let is_news = told(&contact.name, name) || told(&contact.email, email);
        if !is_news || asked_at.0 < *told_at {
            return Ok(false);
        }
    }
    connection
        .prepare_cached(
            "INSERT INTO contact(id, name, email, asked, told_at) VALUES (?1, ?2, ?3, 0, ?4)
             ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name),
                 email = coalesce(excluded.email, email), told_at = excluded.told_at",
        )
        .and_then(|mut statement| statement.execute(params![id, contact.name, contact.email, asked_at.0]))
        .attempt(attempt)?;
    Ok(before.is_some())
}

/// Returns the name and the address that are known of a contact.
pub(super) fn known(connection: &Connection, id: &str) -> Result<Contact, Error> {
    connection
        .prepare_cached("SELECT name, email FROM contact WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([id], |row| {
                    Ok(Contact { id: Some(id.to_owned()), name: row.get(0)?, email: row.get(1)? })
                })
                .optional()
        })
        .map(Option::unwrap_or_default)
        .attempt("cannot read a contact")
}
