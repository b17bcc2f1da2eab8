//! The contacts of a conversation: its own author entries name those who wrote, the contact table all that is known
//! from elsewhere.

use proto::Timestamp;
use proto::fields::Field;
use proto::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Attempt, Error};
use super::fields::Fields;
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
    /// The labels that they give their conversation.
    pub(super) labels: Vec<(Kind, String)>,
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
        let mut known = Known::default();
        if let Some(id) = &contact.id {
            known = self::known(connection, id)?;
            contact.name = known.name.clone().or(contact.name);
            contact.email = known.email.clone().or(contact.email);
        }
        known.contact_labels(&contact, &mut people.labels);
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

/// The kinds of labels that contacts give their conversation; a company may be the conversation's own as well.
pub(super) fn kinds() -> [Kind; 5] {
    let [domain, company, contact] =
        [Field::Domain, Field::Company, Field::Contact(String::new())].map(|field| Kind::of(&field));
    [Kind::Contact, Kind::Email, domain, company, contact]
}

/// What is known of a contact.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The name.
    pub(super) name: Option<String>,
    /// The address.
    pub(super) email: Option<String>,
    /// What else, where the contact was looked up.
    pub(super) fields: Fields,
}

impl Known {
    /// Returns the labels that it gives its conversations. Times are another one in nearly each, and change all the time.
    pub(super) fn labels(&self) -> Vec<(Kind, String)> {
        let list = self.fields.list.iter().filter(|one| !matches!(one.value, Value::Time(_)));
        Fields { list: list.cloned().collect(), searchable: Vec::new() }.labels()
    }

    fn contact_labels(&self, contact: &Contact, labels: &mut Vec<(Kind, String)>) {
        labels.extend(contact.id.iter().map(|id| (Kind::Contact, id.clone())));
        labels.extend(contact.email.iter().map(|email| (Kind::Email, email.clone())));
        let domain = contact.email.as_deref().and_then(|email| email.rsplit_once('@'));
        labels.extend(domain.map(|(_, domain)| (Kind::of(&Field::Domain), domain.to_owned())));
        labels.extend(self.labels());
    }
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
    let differs = |new: &Option<String>, old: &Option<String>| new.is_some() && new != old;
    if let Some((name, email, told_at)) = &before {
        let is_changed = differs(&contact.name, name) || differs(&contact.email, email);
        if !is_changed || asked_at.0 < *told_at {
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

/// Returns what is known of a contact.
pub(super) fn known(connection: &Connection, id: &str) -> Result<Known, Error> {
    let row = connection
        .prepare_cached("SELECT name, email, fields FROM contact WHERE id = ?1")
        .and_then(|mut statement| {
            let read = |row: &Row<'_>| {
                let fields: Option<Vec<u8>> = row.get(2)?;
                Ok((Known { name: row.get(0)?, email: row.get(1)?, ..Known::default() }, fields))
            };
            statement.query_row([id], read).optional()
        })
        .attempt("cannot read a contact")?;
    let Some((known, fields)) = row else { return Ok(Known::default()) };
    let fields = fields.map_or(Ok(Fields::default()), |fields| Fields::decode(0, &fields))?;
    Ok(Known { fields, ..known })
}
