//! What else to look for than the word that was typed: its other forms in the languages of the workspace, and the other ways
//! to write it, in one word or in two.

use rusqlite::params;

use super::Snapshot;
use super::terms::Term;
use crate::store::error::{Attempt, Error};
use crate::store::text::{self, Language};

/// Most other forms that are looked for, those that most conversations have.
const MOST: usize = 40;
/// A word is at home in the languages in which it is written a sixteenth as often, in powers of four, as in the one in which it
/// is written most: a quotation makes it no word of another language.
const FOREIGN: i64 = 2;
/// What stands behind a verb in two words, or in one: `log in`, `login`.
const BEHIND: [&str; 8] = ["in", "out", "up", "off", "on", "down", "back", "over"];
/// What stands before a word in two words, or in one: `e mail`, `email`.
const BEFORE: [&str; 1] = ["e"];
/// What French, Italian and Catalan leave of a small word before a vowel.
const ELIDED: [&str; 20] = [
    "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "un", "dell", "all", "nell",
    "sull", "dall", "quell", "quest",
];

/// What the forms of a word have in common in a language.
struct Stem {
    language: Language,
    stem: String,
    /// How often the word itself is written there, as a power of four.
    met: i64,
    /// It is at home there.
    at_home: bool,
}

impl Snapshot<'_> {
    /// Returns the other forms of a word as it was typed, in lower case: as the index has them, those that most
    /// conversations have first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn alternatives(&self, word: &str) -> Result<Vec<String>, Error> {
        let attempt = "cannot read the forms of a word";
        if !text::can_have_forms(word) {
            return Ok(Vec::new());
        }
        let folded = text::folded(word);
        let mut found: Vec<(i64, String)> = Vec::new();
        for Stem { language, stem, met, at_home } in self.stems(word, &folded)? {
            let family: Vec<(i64, String)> = self
                .connection
                .prepare_cached(
                    "SELECT met, word FROM form WHERE language = ?1 AND stem = ?2 ORDER BY met DESC LIMIT ?3",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![language as i64, stem, MOST as i64], |row| {
                            Ok((row.get(0)?, row.get(1)?))
                        })?
                        .collect()
                })
                .attempt(attempt)?;
            // What a language writes as often as any other form is a word of it, wherever else it is written.
            let most = family.first().map_or(0, |(met, _)| *met);
            if !at_home && met < most {
                continue;
            }
            for (met, form) in family {
                let is_form = form != folded && text::are_close(language, &folded, &form);
                if is_form && (at_home && met == most || self.is_at_home(&form, met)?) {
                    found.push((met, form));
                }
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        let mut words: Vec<String> = Vec::with_capacity(found.len());
        for (_, word) in found {
            if words.len() < MOST && !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(words)
    }

    /// Says whether a folded word is at home in a language that writes it so often.
    fn is_at_home(&self, word: &str, met: i64) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT max(met) <= ?2 FROM form WHERE word = ?1")
            .and_then(|mut statement| statement.query_row(params![word, met + FOREIGN], |row| row.get(0)))
            .attempt("cannot read how often a word is written")
    }

    /// Returns the stems of a word in the languages that it is written in; of a word that nobody wrote, in all that it could be.
    fn stems(&self, word: &str, folded: &str) -> Result<Vec<Stem>, Error> {
        let written: Vec<(i64, String, i64)> = self
            .connection
            .prepare_cached("SELECT language, stem, met FROM form WHERE word = ?1")
            .and_then(|mut statement| {
                statement.query_map([folded], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
            })
            .attempt("cannot read the stems of a word")?;
        if let Some(most) = written.iter().map(|(_, _, met)| *met).max() {
            let stem = |(language, stem, met)| {
                let language = Language::from_stored(language)?;
                Some(Stem { language, stem, met, at_home: met + FOREIGN >= most })
            };
            return Ok(written.into_iter().filter_map(stem).collect());
        }
        let stem = |language| {
            let stem = text::stem(language, word)?;
            Some(Stem { language, stem, met: i64::MAX, at_home: false })
        };
        Ok(Language::all().filter_map(stem).collect())
    }

    /// Adds to a term what else it is found by.
    pub(super) fn widen(&self, term: &mut Term) -> Result<(), Error> {
        let Some(typed) = term.open.clone() else { return Ok(()) };
        match term.words.as_slice() {
            [word] => {
                let in_two = self.in_two(word)?;
                term.writings.extend(in_two);
                term.forms = self.alternatives(&typed)?;
                term.forms.sort_unstable();
            }
            [small, word] if ELIDED.contains(&small.as_str()) && typed.contains(['\'', '’']) => {
                let typed = typed.split(['\'', '’']).next_back().unwrap_or_default().to_owned();
                *term = Term { words: vec![word.clone()], open: Some(typed), ..Term::default() };
                return self.widen(term);
            }
            words if text::is_one_word(&typed) => term.writings.push(vec![words.concat()]),
            _ => {}
        }
        Ok(())
    }

    /// Returns the two words that one may be written as.
    fn in_two(&self, word: &str) -> Result<Option<Vec<String>>, Error> {
        let two = |left: &str, right: &str| Some(vec![left.to_owned(), right.to_owned()]);
        if let Some(letters) = word.find(|char: char| char.is_ascii_digit())
            && letters > 0
            && word[letters..].bytes().all(|byte| byte.is_ascii_digit())
        {
            return Ok(two(&word[..letters], &word[letters..]));
        }
        for small in BEHIND {
            if let Some(left) = word.strip_suffix(small)
                && left.len() > 2
                && self.is_written(left)?
            {
                return Ok(two(left, small));
            }
        }
        for small in BEFORE {
            if let Some(right) = word.strip_prefix(small)
                && right.len() > 2
                && self.is_written(right)?
            {
                return Ok(two(small, right));
            }
        }
        Ok(None)
    }

    /// Adds to two words that follow each other the one that they may be written as.
    pub(super) fn widen_pair(&self, first: &mut Term, second: &mut Term) -> Result<(), Error> {
        if first.open.is_none() || second.open.is_none() {
            return Ok(());
        }
        let ([left], [right]) = (first.words.as_slice(), second.words.as_slice()) else { return Ok(()) };
        let can_be_one = BEFORE.contains(&left.as_str()) || BEHIND.contains(&right.as_str());
        let one = format!("{left}{right}");
        if can_be_one && self.is_written(&one)? {
            first.writings.push(vec![one.clone()]);
            second.writings.push(vec![one]);
        }
        Ok(())
    }

    /// Says whether a folded word is one that somebody wrote.
    fn is_written(&self, word: &str) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM form WHERE word = ?1")
            .and_then(|mut statement| statement.exists([word]))
            .attempt("cannot read the words")
    }
}
