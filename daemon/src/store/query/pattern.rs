//! What a word with stars in it stands for: words of the index.

use std::time::Duration;

use rusqlite::params;

use super::Snapshot;
use super::terms::Term;
use crate::store::error::{Attempt, Error};
use crate::store::text;

/// Most words that a pattern may stand for.
const MOST_WORDS: usize = 200;
/// How long the words of the index are compared with a pattern.
const COMPARING: Duration = Duration::from_millis(250);

/// What a pattern stands for.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// Words of the index, where there are any.
    pub(super) term: Option<Term>,
    /// There are more, or not all were compared in time.
    pub(super) cut: bool,
}

impl Snapshot<'_> {
    /// Returns what a word with stars in it stands for. One at the end of it is left to the index; others are compared
    /// with the words that the index has.
    pub(super) fn expand(&self, pattern: &str) -> Result<Expanded, Error> {
        let beginning = pattern.trim_end_matches('*');
        let is_prefix = beginning.len() < pattern.len();
        let words: Vec<&str> = beginning
            .split(|char: char| !char.is_alphanumeric() && char != '*')
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect();
        if !beginning.contains('*') || words.len() != 1 {
            // Among several words, a star beside one of them says nothing that its place does not.
            return Ok(Expanded { term: Term::read(&beginning.replace('*', ""), is_prefix), cut: false });
        }
        let mut parts: Vec<String> = words[0].split('*').map(text::folded).collect();
        if is_prefix {
            parts.push(String::new());
        }
        let first = parts.first().cloned().unwrap_or_default();
        self.deadline.arm(COMPARING);
        let found = self.words_like(&first, &parts);
        self.deadline.disarm();
        found
    }

    fn words_like(&self, first: &str, parts: &[String]) -> Result<Expanded, Error> {
        let attempt = "cannot read the words of the index";
        let mut found = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT term FROM temp.vocabulary WHERE term >= ?1 AND term <= ?2")
            .attempt(attempt)?;
        let mut rows = statement.query(params![first, format!("{first}{}", char::MAX)]).attempt(attempt)?;
        let cut = loop {
            let row = match rows.next().attempt(attempt) {
                Ok(Some(row)) => row,
                Ok(None) => break false,
                Err(error) if error.is_interrupted() && self.deadline.check().is_ok() => break true,
                Err(error) => return Err(error),
            };
            let word = row.get_ref(0).and_then(|word| Ok(word.as_str()?)).attempt(attempt)?;
            if fits(word, parts) {
                if found.len() == MOST_WORDS {
                    break true;
                }
                found.push(word.to_owned());
            }
        };
        Ok(Expanded { term: Term::of(found), cut })
    }
}

/// Says whether a word consists of these parts in order, with anything between them.
fn fits(word: &str, parts: &[String]) -> bool {
    let Some((last, before)) = parts.split_last() else { return false };
    let Some((first, between)) = before.split_first() else { return word == last };
    let Some(mut rest) = word.strip_prefix(first.as_str()) else { return false };
    for part in between {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_letters() {
        let cases = [
            ("refund", "*fund", true),
            ("refund", "re*nd", true),
            ("refund", "*fun*", true),
            ("refund", "r*f*d", true),
            ("fund", "f*nd*d", false),
            ("refunds", "*fund", false),
            ("aa", "a*a", true),
            ("a", "a*a", false),
        ];
        for (word, pattern, expected) in cases {
            let parts: Vec<String> = pattern.split('*').map(str::to_owned).collect();
            assert_eq!(fits(word, &parts), expected, "{word} {pattern}");
        }
    }
}
