//! Where a question's terms stand in texts, by the folding that the index uses. PURE.

use std::ops::Range;

use super::terms::{Origin, Term, Terms};
use crate::store::text::{Word, Words};

/// Finds a question's terms in texts; keeps its working memory between them.
pub(super) struct Highlighter {
    terms: Vec<Term>,
    words: Words,
    found: Vec<Match>,
}

/// A term where it stands in a text.
#[derive(Clone, Debug)]
pub(super) struct Match {
    /// The term's number.
    pub(super) term: usize,
    /// Its place in the text.
    pub(super) bytes: Range<usize>,
}

impl Highlighter {
    /// Returns one for these terms; without any, a snippet is the beginning of the last message.
    pub(super) fn new(terms: Option<&Terms>) -> Self {
        Self::of(terms.map(|terms| terms.wanted().cloned().collect()).unwrap_or_default())
    }

    /// Returns one for these terms, in this order.
    pub(super) fn of(terms: Vec<Term>) -> Self {
        Self { terms, words: Words::default(), found: Vec::new() }
    }

    /// Returns where terms stand in a text that is from there, in order.
    pub(super) fn places(&mut self, text: &str, origin: Origin) -> &[Match] {
        self.find(text);
        let terms = &self.terms;
        self.found.retain(|found| terms.get(found.term).is_some_and(|term| term.scope.reaches(origin)));
        &self.found
    }

    /// Returns how many terms there are.
    pub(super) fn terms(&self) -> usize {
        self.terms.len()
    }

    fn find(&mut self, text: &str) {
        self.found.clear();
        if self.terms.is_empty() {
            return;
        }
        self.words.read(text);
        for (at, word) in self.words.list.iter().enumerate() {
            let folded = self.words.folded(*word);
            for (term, wanted) in self.terms.iter().enumerate() {
                if let Some(last) = self.stands_at(wanted, at, folded) {
                    self.found.push(Match { term, bytes: word.start as usize..last.end as usize });
                }
            }
        }
        if self.words.extra.is_empty() {
            return;
        }
        for word in &self.words.extra {
            let folded = self.words.folded(*word);
            for (term, wanted) in self.terms.iter().enumerate() {
                if wanted.is_word(folded) {
                    self.found.push(Match { term, bytes: word.start as usize..word.end as usize });
                }
            }
        }
        self.found.sort_by_key(|found| found.bytes.start);
    }

    /// Returns the last word of a term that begins with the word at `at`, in whatever form or writing.
    fn stands_at(&self, term: &Term, at: usize, folded: &str) -> Option<Word> {
        if term.is_word(folded) {
            return self.words.list.get(at).copied();
        }
        // Most terms are a word, and most words are not it: nothing else is done for these.
        if term.words.len() > 1
            && let Some(last) = self.phrase_at(&term.words, term.prefix, at, folded)
        {
            return Some(last);
        }
        term.writings.iter().find_map(|words| self.phrase_at(words, false, at, folded))
    }

    /// Returns the last word of a phrase that begins with the word at `at`.
    fn phrase_at(&self, words: &[String], prefix: bool, at: usize, folded: &str) -> Option<Word> {
        if words.first()? != folded {
            return None;
        }
        let list = self.words.list.get(at..at + words.len())?;
        let fits = |(offset, (word, wanted)): (usize, (&Word, &String))| {
            let found = self.words.folded(*word);
            found == wanted || (prefix && offset + 1 == words.len() && found.starts_with(wanted.as_str()))
        };
        list.iter().zip(words).enumerate().all(fits).then(|| list.last().copied()).flatten()
    }
}

/// Returns how many of the wanted terms stand closest to each other in a text, at most `reach` bytes apart, and which of the
/// matches those are.
pub(super) fn densest(matches: &[Match], wanted: Set, reach: usize) -> (u32, Range<usize>) {
    let mut best = (0, 0..0);
    for (first, found) in matches.iter().enumerate().filter(|(_, found)| wanted.has(found.term)) {
        let end = found.bytes.start + reach;
        let near = matches[first..].iter().take_while(|other| other.bytes.end <= end).count().max(1);
        let window = first..first + near;
        let count = Set::of(&matches[window.clone()]).and(wanted).count();
        if count > best.0 {
            best = (count, window);
            if count == wanted.count() {
                break;
            }
        }
    }
    best
}

/// Terms by their numbers; all from the sixty-fourth on count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set(u64);

impl Set {
    /// Returns the first so many terms.
    pub(super) fn first(terms: usize) -> Self {
        Self(if terms >= 64 { u64::MAX } else { (1 << terms) - 1 })
    }

    /// Returns the terms of these matches.
    pub(super) fn of(matches: &[Match]) -> Self {
        Self(matches.iter().fold(0, |set, found| set | Self::bit(found.term)))
    }

    /// Returns those that are in the other one, too.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns those that are not in the other one.
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns how many there are.
    pub(super) fn count(self) -> u32 {
        self.0.count_ones()
    }

    fn has(self, term: usize) -> bool {
        self.0 & Self::bit(term) != 0
    }

    fn bit(term: usize) -> u64 {
        1 << term.min(63)
    }
}
