//! Whether a conversation says what is asked, found out by reading it: where few conversations are looked at, and where
//! the index cannot name one in time. Reading goes from one conversation to the next, so that it always gets further.

use super::Snapshot;
use super::snippet::Highlighter;
use super::terms::Terms;
use crate::model::Contact;
use crate::store::blob;
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;

/// Texts of more compressed bytes are not read: the index is asked for the one conversation.
const LONGEST: usize = 256 << 10;

/// Reads conversations for the terms of a question.
pub(super) struct Reading<'a> {
    terms: &'a Terms,
    highlighter: Highlighter,
    counts: Vec<u32>,
}

impl<'a> Reading<'a> {
    /// Returns one for these terms.
    pub(super) fn new(terms: &'a Terms) -> Self {
        let all: Vec<_> = terms.wanted().chain(&terms.excluded).cloned().collect();
        Self { terms, counts: vec![0; all.len()], highlighter: Highlighter::of(all) }
    }

    /// Says whether these texts together are what the terms ask for.
    fn fits<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> bool {
        self.counts.fill(0);
        for text in texts {
            self.highlighter.count(text, &mut self.counts);
        }
        let mut counts = self.counts.iter();
        let wanted = self.terms.groups.iter().all(|group| {
            // All of a group are taken, though one of them is enough.
            group.iter().zip(&mut counts).fold(false, |any, (_, count)| any | (*count > 0))
        });
        wanted && counts.all(|count| *count == 0)
    }
}

impl Snapshot<'_> {
    /// Says whether a document's conversation says what is asked.
    pub(super) fn says(&self, docid: i64, reading: &mut Reading<'_>) -> Result<bool, Error> {
        let attempt = "cannot read a conversation's texts";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.key, c.title, c.contacts, b.texts FROM conversation c CROSS JOIN body b ON b.key = c.key
                 WHERE c.docid = ?1",
            )
            .attempt(attempt)?;
        let mut rows = statement.query([docid]).attempt(attempt)?;
        let Some(row) = rows.next().attempt(attempt)? else { return Ok(false) };
        let key = row.get(0).attempt(attempt)?;
        let texts = row.get_ref(3).and_then(|texts| Ok(texts.as_blob()?)).attempt(attempt)?;
        if texts.len() > LONGEST {
            return self.is_indexed(docid, reading.terms);
        }
        let title: Option<String> = row.get(1).attempt(attempt)?;
        let contacts = row.get_ref(2).and_then(|contacts| Ok(contacts.as_blob()?)).attempt(attempt)?;
        let contacts: Vec<Contact> = blob::decode("contacts", key, contacts)?;
        let people = contacts.iter().flat_map(|contact| contact.name.iter().chain(&contact.email));
        let people: Vec<&str> = people.map(String::as_str).collect();
        let fields = Fields::get(self.connection, key)?;
        self.unpacker.borrow_mut().texts(key, texts, |texts| {
            let said = texts.iter().copied().chain(title.as_deref()).chain(fields.texts());
            reading.fits(said.chain(people.iter().copied()))
        })
    }

    fn is_indexed(&self, docid: i64, terms: &Terms) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM fts WHERE fts MATCH ?1 AND rowid = ?2")
            .and_then(|mut statement| statement.exists((terms.to_match(), docid)))
            .attempt("cannot search")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::terms::parse;
    use super::*;

    #[test]
    fn texts_fit_as_the_index_would_say() {
        let cases = [
            ("refund order", vec!["a refund", "of the Order"], true),
            ("refund order", vec!["a refund"], false),
            ("\"late order\"", vec!["late", "order"], false),
            ("\"late ord\"*", vec!["a late order"], true),
            ("lamp OR refund order", vec!["refund order"], true),
            ("lamp OR refund order", vec!["lamp refund"], false),
            ("refund -spam", vec!["refund", "no spam"], false),
            ("refund -spam", vec!["refund"], true),
            ("anna@example.com", vec!["Anna@Example.com"], true),
            ("\"ΠΟΥ ΛΟΓΟΣ\"", vec!["που λόγος"], true),
        ];
        for (question, texts, expected) in cases {
            let terms = parse(question).unwrap().unwrap();
            let mut reading = Reading::new(&terms);
            assert_eq!(reading.fits(texts.iter().copied()), expected, "{question} in {texts:?}");
        }
    }
}
