//! What is looked for where a word was typed: the one place that turns it into words of the index.

use std::time::Duration;

use rusqlite::params;

use super::Snapshot;
use super::terms::Sequence;
use crate::store::error::{Attempt, Error};

/// Most words that a pattern may stand for.
const MOST_WORDS: usize = 200;
/// How long the words of the index are compared with a pattern.
const COMPARING: Duration = Duration::from_millis(250);

/// What a pattern stands for.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// Words of the index.
    pub(super) alternatives: Vec<Sequence>,
    /// There are more, or not all were compared in time.
    pub(super) cut: bool,
}

impl Snapshot<'_> {
    /// Returns the writings that are looked for where a word was typed, itself first.
    #[allow(clippy::unnecessary_wraps, clippy::unused_self)] // the index is asked for other forms here
    pub(super) fn alternatives(&self, word: &str) -> Result<Vec<String>, Error> {
        Ok(vec![word.to_owned()])
    }

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
            let alternatives = Sequence::read(&beginning.replace('*', ""), is_prefix).into_iter().collect();
            return Ok(Expanded { alternatives, cut: false });
        }
        let fold =
            |part: &str| Sequence::read(part, false).map(|folded| folded.words.concat()).unwrap_or_default();
        let mut parts: Vec<String> = words[0].split('*').map(fold).collect();
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
        let mut expanded = Expanded::default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT term FROM temp.vocabulary WHERE term >= ?1 AND term <= ?2")
            .attempt(attempt)?;
        let mut rows = statement.query(params![first, format!("{first}{}", char::MAX)]).attempt(attempt)?;
        loop {
            let row = match rows.next().attempt(attempt) {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(expanded),
                Err(error) if error.is_interrupted() && !self.is_out_of_time() => {
                    expanded.cut = true;
                    return Ok(expanded);
                }
                Err(error) => return Err(error),
            };
            let term = row.get_ref(0).and_then(|term| Ok(term.as_str()?)).attempt(attempt)?;
            if fits(term, parts) {
                if expanded.alternatives.len() == MOST_WORDS {
                    expanded.cut = true;
                    return Ok(expanded);
                }
                expanded.alternatives.push(Sequence { words: vec![term.to_owned()], prefix: false });
            }
        }
    }

    fn is_out_of_time(&self) -> bool {
        self.deadline.check().is_err()
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
