//! Whether what is asked holds of one conversation, found out by its rows and, where words decide, by reading it: where
//! few conversations are looked at, and where the index cannot name one in time. Reading goes from one conversation to
//! the next, so that it always gets further.

use proto::types::Side;
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::highlighter::Highlighter;
use super::meaning::{Fact, Node};
use super::terms::{Origin, Scope, Terms};
use crate::model::{Author, Contact};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::stored;

/// Texts of more compressed bytes are not read: the index is asked for the one conversation.
const LONGEST: usize = 256 << 10;
/// Most labels that are looked up one by one.
const FEW_LABELS: usize = 8;

/// Reads conversations for the terms of a question.
pub(super) struct Reading<'a> {
    terms: &'a Terms,
    highlighter: Highlighter,
    /// Which terms the last one that was read says.
    says: Vec<bool>,
    last: Option<i64>,
}

impl<'a> Reading<'a> {
    /// Returns one for these terms.
    pub(super) fn new(terms: &'a Terms) -> Self {
        let count = terms.all().len();
        let highlighter = Highlighter::of(terms.all().to_vec());
        Self { terms, highlighter, says: vec![false; count], last: None }
    }

    /// Takes in a text of somebody's, or, of nobody's, a title, a name or an address.
    fn take(&mut self, text: &str, of: Origin) {
        for found in self.highlighter.places(text, of) {
            if let Some(says) = self.says.get_mut(found.term) {
                *says = true;
            }
        }
    }

    fn needs_sides(&self) -> bool {
        self.terms.all().iter().any(|term| matches!(term.scope, Scope::Said(_)))
    }
}

/// Returns on which side somebody is.
pub(super) fn side_of(author: &Author) -> Side {
    if author.is_contact() { Side::Customer } else { Side::Team }
}

impl Snapshot<'_> {
    /// Says whether this holds of a document's conversation.
    pub(super) fn holds(&self, node: &Node, docid: i64, reading: &mut Reading<'_>) -> Result<bool, Error> {
        match node {
            Node::All(parts) => {
                for part in parts {
                    if !self.holds(part, docid, reading)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Any(parts) => {
                for part in parts {
                    if self.holds(part, docid, reading)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Node::Not(inner) => Ok(!self.holds(inner, docid, reading)?),
            Node::Says(term) => {
                if reading.last != Some(docid) {
                    reading.says.fill(false);
                    self.read(docid, reading)?;
                    reading.last = Some(docid);
                }
                Ok(reading.says.get(*term).copied().unwrap_or(false))
            }
            Node::Fits(fact) => self.fits(fact, docid),
        }
    }

    fn fits(&self, fact: &Fact, docid: i64) -> Result<bool, Error> {
        let measured = |sql: &str| {
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.exists([docid]))
                .attempt("cannot read what is measured")
        };
        match fact {
            Fact::Labels(labels, _) if labels.len() <= FEW_LABELS => {
                for label in labels {
                    if self.is_labelled(*label, docid)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            // In both lists the numbers ascend.
            Fact::Labels(labels, _) => {
                Ok(self.labels_on(docid)?.iter().any(|label| labels.binary_search(label).is_ok()))
            }
            Fact::Documents(docids) => Ok(docids.binary_search(&docid).is_ok()),
            Fact::Contact => measured("SELECT 1 FROM measure WHERE docid = ?1 AND contact IS NOT NULL"),
            Fact::Value(field, test) => self.has_value(field, test, docid),
        }
    }

    fn is_labelled(&self, label: i64, docid: i64) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM labelled WHERE label = ?1 AND docid = ?2")
            .and_then(|mut statement| statement.exists([label, docid]))
            .attempt("cannot read labels")
    }

    fn labels_on(&self, docid: i64) -> Result<Vec<i64>, Error> {
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT key, labels FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| {
                statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt("cannot read labels")?;
        row.map_or(Ok(Vec::new()), |(key, labels)| stored::decode("labels", key, &labels))
    }

    /// Finds out which terms a document's conversation says.
    fn read(&self, docid: i64, reading: &mut Reading<'_>) -> Result<(), Error> {
        let attempt = "cannot read a conversation's texts";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.key, c.title, c.contacts, b.texts, b.parts
                 FROM conversation c CROSS JOIN body b ON b.key = c.key WHERE c.docid = ?1",
            )
            .attempt(attempt)?;
        let mut rows = statement.query([docid]).attempt(attempt)?;
        let Some(row) = rows.next().attempt(attempt)? else { return Ok(()) };
        let key = row.get(0).attempt(attempt)?;
        let blob = |column| row.get_ref(column).and_then(|blob| Ok(blob.as_blob()?)).attempt(attempt);
        let texts = blob(3)?;
        if texts.len() > LONGEST {
            for (says, term) in reading.says.iter_mut().zip(reading.terms.all()) {
                *says = self.is_indexed(docid, &term.to_match())?;
            }
            return Ok(());
        }
        let fields = Fields::get(self.connection, key)?;
        fields.texts().for_each(|text| reading.take(text, Origin::Title));
        if let Some(title) = row.get::<_, Option<String>>(1).attempt(attempt)? {
            reading.take(&title, Origin::Title);
        }
        let contacts: Vec<Contact> = stored::decode("contacts", key, blob(2)?)?;
        for text in contacts.iter().flat_map(|contact| contact.name.iter().chain(&contact.email)) {
            reading.take(text, Origin::People);
        }
        if reading.needs_sides() {
            let parts = self.unpacker.borrow_mut().parts(key, texts, blob(4)?)?;
            for part in parts.iter().filter(|part| part.is_message()) {
                reading.take(&part.text, Origin::Said(Some(side_of(&part.author))));
            }
            return Ok(());
        }
        self.unpacker.borrow_mut().texts(key, texts, |texts| {
            texts.iter().for_each(|text| reading.take(text, Origin::Said(None)));
        })
    }

    /// Says whether the index finds a document by this, in the syntax of FTS5.
    pub(super) fn is_indexed(&self, docid: i64, matching: &str) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM fts WHERE fts MATCH ?1 AND rowid = ?2")
            .and_then(|mut statement| statement.exists((matching, docid)))
            .attempt("cannot search")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::terms::Term;
    use super::*;

    #[test]
    fn texts_say_what_the_index_would_find() {
        let cases: [(&str, bool, &[&str], bool); 7] = [
            ("refund", false, &["a refund", "of the Order"], true),
            ("refund", false, &["refunds"], false),
            ("late order", false, &["late", "order"], false),
            ("late ord", true, &["a late order"], true),
            ("anna@example.com", false, &["Anna@Example.com"], true),
            ("ΠΟΥ ΛΟΓΟΣ", false, &["που λόγος"], true),
            ("lamp", false, &["refund order"], false),
        ];
        for (words, prefix, texts, expected) in cases {
            let mut terms = Terms::default();
            terms.add(Term::read(words, prefix).unwrap(), false);
            let mut reading = Reading::new(&terms);
            texts.iter().for_each(|text| reading.take(text, Origin::Said(None)));
            assert_eq!(reading.says, [expected], "{words} in {texts:?}");
        }
    }
}
