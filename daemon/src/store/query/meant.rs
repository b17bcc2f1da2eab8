//! Which conditions may have been meant by the words of a search that found nothing: `unanswered`, `whatsapp`, `assigned to
//! Ada`. Known are the names of fields and states, and the values that stored conversations have.

use std::ops::Range;
use std::time::Instant;

use proto::fields::{FIELDS, Field, Kind};
use proto::types::{Condition, Expr, Test};

use super::Snapshot;
use super::meaning::Node;
use super::terms::Terms;
use crate::store::error::Error;
use crate::store::text::{self, Tally};
use crate::store::{fields, labels};

/// Most words of a value.
const MOST_WORDS: usize = 3;
/// Letters of a word that a slip still leaves recognisable.
const LONG: usize = 5;

/// A condition that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// The words that it stands for.
    pub(super) place: Range<usize>,
    /// The first of those that say its value.
    pub(super) value: usize,
    /// The condition.
    pub(super) query: Expr,
    /// It has this very name; otherwise one that is near.
    pub(super) named: bool,
}

/// Looks for conditions, and keeps each that anything stored fulfils.
struct Looking<'a, 's> {
    snapshot: &'a Snapshot<'s>,
    words: &'a [String],
    /// Which of them only build a sentence.
    small: Vec<bool>,
    until: Instant,
    meant: Vec<(Meant, Node)>,
}

impl Snapshot<'_> {
    /// Returns the conditions that may have been meant by words that follow each other, the likeliest first, as many as there
    /// is time for.
    pub(super) fn conditions_meant(&self, words: &[String], until: Instant) -> Result<Vec<Meant>, Error> {
        let folded: Vec<String> = words.iter().map(|word| text::folded(word)).collect();
        let mut tally = Tally::default();
        folded.iter().for_each(|word| tally.count(word));
        let languages = tally.languages();
        let small = folded.iter().map(|word| languages.have_small(word)).collect();
        let mut looking = Looking { snapshot: self, words, small, until, meant: Vec::new() };
        let mut spans = Vec::new();
        for length in (1..=MOST_WORDS.min(words.len())).rev() {
            for first in 0..=words.len() - length {
                let span = first..first + length;
                if !looking.small[span.start] && !looking.small[span.end - 1] {
                    spans.push((span, words[first..first + length].join(" ")));
                }
            }
        }
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        for (span, value) in &spans {
            looking.beside_a_field(span, value)?;
            if span.len() == 1 {
                for (query, named) in proto::query::meant_by(value) {
                    looking.keep(span.clone(), span.start, query, named)?;
                }
            }
        }
        // A number alone is too many things.
        spans.retain(|(_, value)| value.contains(char::is_alphabetic));
        let known = looking.fields()?;
        for (span, value) in &spans {
            for field in &known {
                let (kind, name) = fields::label(field, value);
                if labels::find(self.connection, kind, &name)?.is_some() {
                    looking.keep(span.clone(), span.start, Expr::is(field.clone(), value), true)?;
                }
            }
        }
        for field in &known {
            looking.near(field, &spans)?;
        }
        let mut meant: Vec<Meant> = looking.meant.into_iter().map(|(meant, _)| meant).collect();
        meant.sort_by_key(|meant| (!meant.named, usize::MAX - meant.place.len()));
        Ok(meant)
    }
}

impl Looking<'_, '_> {
    /// Keeps a condition, where it has a meaning here that is not known yet.
    fn keep(&mut self, place: Range<usize>, value: usize, query: Expr, named: bool) -> Result<(), Error> {
        if Instant::now() >= self.until {
            return Ok(());
        }
        let meaning = self.snapshot.meaning(&query)?;
        let known = |(meant, node): &(Meant, Node)| meant.place == place && *node == meaning.node;
        if meaning.unknown.is_empty() && meaning.node != Node::NEVER && !self.meant.iter().any(known) {
            self.meant.push((Meant { place, value, query, named }, meaning.node));
        }
        Ok(())
    }

    /// Takes a word before the value, or after it, for the name of its field: `assigned to Ada`, `high priority`.
    fn beside_a_field(&mut self, span: &Range<usize>, value: &str) -> Result<(), Error> {
        let before = span.start.checked_sub(1).map(|at| match at.checked_sub(1) {
            Some(further) if self.small[at] => further,
            _ => at,
        });
        let before = before.map(|at| (at, at..span.end));
        let after = Some((span.end, span.start..span.end + 1)).filter(|(at, _)| *at < self.words.len());
        for (name, place) in before.into_iter().chain(after) {
            let Some(field) = Field::named(&self.words[name]) else { continue };
            if !field.can_group() || matches!(field, Field::Customer) || field.info().kind == Kind::Flag {
                continue;
            }
            let typed = format!("{field}:\"{value}\"");
            let parsed = proto::query::parse(&typed, &chrono::DateTime::UNIX_EPOCH);
            let Ok(Expr::Condition(condition)) = parsed.map(|parsed| parsed.query) else { continue };
            let resolved = self.snapshot.resolve(&condition, &mut Terms::default(), false)?;
            for near in resolved.unknown.into_iter().flat_map(|unknown| unknown.similar) {
                // Beside the name of its field, one word of a value is enough.
                let named = has_words(&text::plain(&near), value);
                self.keep(place.clone(), span.start, Expr::is(field.clone(), near), named)?;
            }
            self.keep(place, span.start, Expr::Condition(condition), true)?;
        }
        Ok(())
    }

    /// Returns the fields whose values may be called by words: there are too many customers, and these are found by words.
    fn fields(&self) -> Result<Vec<Field>, Error> {
        let mut fields = Vec::new();
        for info in FIELDS {
            match &info.field {
                Field::Customer | Field::Id | Field::Linked => {}
                field @ (Field::Attribute(_) | Field::Contact(_)) => {
                    self.snapshot.within(self.until, || {
                        let named = |name| match field {
                            Field::Contact(_) => Field::Contact(name),
                            _ => Field::Attribute(name),
                        };
                        fields
                            .extend(self.snapshot.names_of(field)?.into_iter().map(|(name, _)| named(name)));
                        Ok(())
                    })?;
                }
                field if field.can_group() && info.kind != Kind::Flag => fields.push(field.clone()),
                _ => {}
            }
        }
        Ok(fields)
    }

    /// Keeps values of a field that were typed, or one of whose words was, or that are a slip away.
    fn near(&mut self, field: &Field, spans: &[(Range<usize>, String)]) -> Result<(), Error> {
        let mut found = Vec::new();
        self.snapshot.within(self.until, || {
            let is_near = |value: &str| spans.iter().any(|(_, typed)| is_near(value, typed));
            found = self.snapshot.values(field, &is_near)?;
            Ok(())
        })?;
        for value in found {
            let plain = text::plain(&value.value);
            for (span, typed) in spans.iter().filter(|(_, typed)| is_near(&plain, typed)) {
                let condition = Condition { field: field.clone(), test: Test::Is(value.value.clone()) };
                self.keep(span.clone(), span.start, Expr::Condition(condition), plain == *typed)?;
            }
        }
        Ok(())
    }
}

/// Says whether a value has these words, or is a slip away from them.
fn is_near(value: &str, typed: &str) -> bool {
    // A letter has at most four bytes, and most values need not be compared.
    let may_be_slip = value.len().abs_diff(typed.len()) <= 4 && typed.chars().count() >= LONG;
    has_words(value, typed) || may_be_slip && strsim::osa_distance(value, typed) == 1
}

fn has_words(value: &str, typed: &str) -> bool {
    let is_letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    value.match_indices(typed).any(|(at, _)| {
        !is_letter(value[..at].chars().next_back()) && !is_letter(value[at + typed.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_near_by_a_word_of_it_or_a_slip() {
        for (value, typed) in [
            ("ada lovelace", "ada"),
            ("billing (eu)", "billing"),
            ("whatsapp", "watsapp"),
            ("refund", "refunds"),
        ] {
            assert!(is_near(value, typed), "{value} {typed}");
        }
        for (value, typed) in [("adam", "ada"), ("bug", "bugs"), ("late", "date"), ("billing", "bill")] {
            assert!(!is_near(value, typed), "{value} {typed}");
        }
    }
}
