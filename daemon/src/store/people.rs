//! The contacts of a conversation: its own author entries name those who wrote, the contact table all that is known
//! from elsewhere.

use proto::fields::Field;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::labels::Kind;
use super::text;
use crate::model::Contact;

/// A conversation's contacts as far as they are known.
#[derive(Debug, Default)]
pub(super) struct People {
    /// The contacts, with names and addresses filled in.
    pub(super) contacts: Vec<Contact>,
    /// What is indexed of them.
    pub(super) words: String,
    /// Ids of those whose name or address was not known before, though other conversations have them.
    pub(super) learned: Vec<String>,
}

/// Notes what a conversation just read tells of its contacts, and fills in what is known of them from elsewhere.
pub(super) fn resolve(connection: &Connection, contacts: &[Contact]) -> Result<People, Error> {
    let mut learned = Vec::new();
    for contact in contacts {
        if let Some(id) = &contact.id
            && note(connection, id, contact)?
        {
            learned.push(id.clone());
        }
    }
    Ok(People { learned, ..fill_in(connection, contacts)? })
}

/// Fills in what is known of contacts.
pub(super) fn fill_in(connection: &Connection, contacts: &[Contact]) -> Result<People, Error> {
    let mut people = People::default();
    for contact in contacts {
        let mut contact = contact.clone();
        if let Some(id) = &contact.id {
            let known = known(connection, id)?;
            contact.name = contact.name.or(known.name);
            contact.email = contact.email.or(known.email);
        }
        people.contacts.push(contact);
    }
    people.words = words(&people.contacts);
    Ok(people)
}

/// Returns what is indexed of contacts.
pub(super) fn words(contacts: &[Contact]) -> String {
    let mut words = String::new();
    for word in contacts.iter().flat_map(|contact| contact.name.iter().chain(&contact.email)) {
        text::index(word, &mut words);
        words.push_str(text::SEAM);
    }
    words
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

/// Stores what a conversation tells of a contact; says whether an absent name or address became known.
fn note(connection: &Connection, id: &str, contact: &Contact) -> Result<bool, Error> {
    let attempt = "cannot store a contact";
    let before = connection
        .prepare_cached("SELECT name, email FROM contact WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([id], |row| {
                    Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?))
                })
                .optional()
        })
        .attempt(attempt)?;
    let told = |new: &Option<String>, old: &Option<String>| new.is_some() && new != old;
    if let Some((name, email)) = &before
        && !told(&contact.name, name)
        && !told(&contact.email, email)
    {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT INTO contact(id, name, email, asked) VALUES (?1, ?2, ?3, 0)
             ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name),
                 email = coalesce(excluded.email, email)",
        )
        .and_then(|mut statement| statement.execute(params![id, contact.name, contact.email]))
        .attempt(attempt)?;
    Ok(before.is_some_and(|(name, email)| {
        (name.is_none() && contact.name.is_some()) || (email.is_none() && contact.email.is_some())
    }))
}

fn known(connection: &Connection, id: &str) -> Result<Contact, Error> {
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
