//! Customers by how an address or a name begins. A bounded number of them is looked at, however many there are: those
//! whose address begins so, and those of the newest conversations in which a name or an address has such a word.

use std::collections::HashMap;
use std::time::Duration;

use proto::types::Suggestion;
use rusqlite::{OptionalExtension, ToSql, params};

use super::Snapshot;
use super::conditions::is_begun;
use crate::model::Contact;
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind};
use crate::store::text::Words;
use crate::store::{stored, text};

/// Addresses that are looked at.
const ADDRESSES: i64 = 2_000;
/// Conversations whose customers are looked at.
const NEWEST: i64 = 300;
/// Letters below which the index has too many words that begin so.
const LETTERS: usize = 3;
/// How long the index is asked for words.
const LOOKING: Duration = Duration::from_millis(15);

impl Snapshot<'_> {
    /// Returns customers whose address or name has a word that begins so, those with most conversations first.
    pub(super) fn customers(&self, beginning: &str, most: usize) -> Result<Vec<Suggestion>, Error> {
        let mut found: HashMap<String, Suggestion> = HashMap::new();
        self.addresses(beginning, ADDRESSES, |address, conversations| {
            found.insert(address.clone(), Suggestion { value: address, note: None, conversations });
        })?;
        let begins = |text: &String| is_begun(&text::plain(text), beginning);
        for docid in self.newest_with_person(beginning)? {
            for Contact { name, email, .. } in self.contacts_of(docid)? {
                let Some(email) = email else { continue };
                if !beginning.is_empty() && !begins(&email) && !name.as_ref().is_some_and(begins) {
                    continue;
                }
                let plain = text::plain(&email);
                if found.contains_key(&plain) {
                    continue;
                }
                let label = labels::find(self.connection, Kind::Email, &email)?;
                let conversations = label.map_or(0, |label| u64::try_from(label.conversations).unwrap_or(0));
                found.insert(plain, Suggestion { value: email, note: name, conversations });
            }
        }
        let mut found: Vec<(String, Suggestion)> = found.into_iter().collect();
        found.sort_by(|(a, one), (b, other)| {
            (other.conversations, a.as_str()).cmp(&(one.conversations, b.as_str()))
        });
        found.truncate(most);
        found.into_iter().map(|(plain, value)| self.as_spelt(&plain, value)).collect()
    }

    /// Visits at most so many addresses that begin so, as they are compared, and how many conversations each has.
    pub(super) fn addresses(
        &self,
        beginning: &str,
        most: i64,
        mut visit: impl FnMut(String, u64),
    ) -> Result<(), Error> {
        let attempt = "cannot read the labels";
        let after = format!("{beginning}{}", char::MAX);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT name, conversations FROM label WHERE kind = ?1 AND name BETWEEN ?2 AND ?3 LIMIT ?4",
            )
            .attempt(attempt)?;
        let mut rows =
            statement.query(params![Kind::Email.number(), beginning, after, most]).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            let conversations = u64::try_from(row.get::<_, i64>(1).attempt(attempt)?).unwrap_or(0);
            visit(row.get(0).attempt(attempt)?, conversations);
        }
        Ok(())
    }

    /// Returns the newest documents of people of whom a word begins so, as many as are found in a moment.
    fn newest_with_person(&self, beginning: &str) -> Result<Vec<i64>, Error> {
        let mut words = Words::default();
        words.read(beginning);
        let phrase: Vec<&str> = words.list.iter().map(|word| words.folded(*word)).collect();
        if phrase.iter().map(|word| word.chars().count()).sum::<usize>() < LETTERS {
            let newest =
                "SELECT docid FROM conversation INDEXED BY conversation_docid ORDER BY docid DESC LIMIT ?1";
            return self.some_docids(newest, &[&NEWEST]);
        }
        let matching = format!("people : \"{}\" *", phrase.join(" "));
        self.deadline.arm(LOOKING);
        let found = self.some_docids(
            "SELECT rowid FROM fts WHERE fts MATCH ?2 ORDER BY rowid DESC LIMIT ?1",
            &[&NEWEST, &matching],
        );
        self.deadline.disarm();
        found
    }

    /// Returns documents, those that come before the deadline.
    fn some_docids(&self, sql: &str, bound: &[&dyn ToSql]) -> Result<Vec<i64>, Error> {
        let attempt = "cannot look for people";
        let mut statement = self.connection.prepare_cached(sql).attempt(attempt)?;
        let mut rows = statement.query(bound).attempt(attempt)?;
        let mut docids = Vec::new();
        loop {
            match rows.next().attempt(attempt) {
                Ok(Some(row)) => docids.push(row.get(0).attempt(attempt)?),
                Ok(None) => return Ok(docids),
                Err(error) if error.is_interrupted() => return Ok(docids),
                Err(error) => return Err(error),
            }
        }
    }

    fn contacts_of(&self, docid: i64) -> Result<Vec<Contact>, Error> {
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT key, contacts FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| {
                statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt("cannot read a conversation's contacts")?;
        row.map_or(Ok(Vec::new()), |(key, contacts)| stored::decode("contacts", key, &contacts))
    }

    /// Returns an address, with the name, as the newest conversation spells it that has it.
    fn as_spelt(&self, plain: &str, value: Suggestion) -> Result<Suggestion, Error> {
        if value.note.is_some() {
            return Ok(value);
        }
        let Some(label) = labels::find(self.connection, Kind::Email, plain)? else { return Ok(value) };
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(docid) FROM labelled WHERE label = ?1")
            .and_then(|mut statement| statement.query_row([label.id], |row| row.get(0)))
            .attempt("cannot read labels")?;
        let Some(docid) = newest else { return Ok(value) };
        let spelt = self.contacts_of(docid)?.into_iter().find_map(|Contact { name, email, .. }| {
            let email = email.filter(|email| text::plain(email) == plain)?;
            Some(Suggestion { value: email, note: name, ..value.clone() })
        });
        Ok(spelt.unwrap_or(value))
    }
}
