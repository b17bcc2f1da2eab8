//! Words as the index has them: folded as it is, and quoted, so that no syntax of FTS5 leaks in. PURE.

use proto::types::Side;

use crate::store::text::{self, Words};

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Folded, at least one.
    pub(super) words: Vec<String>,
    /// The last one is only how a word begins.
    pub(super) prefix: bool,
}

impl Sequence {
    /// Folds a text; `None` where there is no word in it.
    pub(super) fn read(text: &str, prefix: bool) -> Option<Self> {
        let mut folded = Words::default();
        folded.read(text);
        let words: Vec<String> = folded.list.iter().map(|word| folded.folded(*word).to_owned()).collect();
        let last = words.last()?;
        // A character that is a word of its own begins no longer one.
        let prefix = prefix && !last.chars().any(text::is_spaceless);
        Some(Self { words, prefix })
    }

    fn to_match(&self) -> String {
        let star = if self.prefix { " *" } else { "" };
        format!("\"{}\"{star}", self.words.join(" "))
    }
}

/// Where words may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In what is said, in the title, in names and addresses of contacts.
    Anywhere,
    /// In what one side says.
    Said(Side),
    /// In names and addresses of contacts.
    People,
}

/// What is looked for: any of some words, or sequences of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// At least one; the first is as it was typed.
    pub(super) alternatives: Vec<Sequence>,
    /// Where they may stand.
    pub(super) scope: Scope,
}

impl Term {
    /// Returns it in the syntax of FTS5; who says it is left open.
    pub(super) fn to_match(&self) -> String {
        let any = self.alternatives.iter().map(Sequence::to_match).collect::<Vec<_>>().join(" OR ");
        match self.scope {
            Scope::People => format!("people : ({any})"),
            Scope::Anywhere | Scope::Said(_) if self.alternatives.len() > 1 => format!("({any})"),
            Scope::Anywhere | Scope::Said(_) => any,
        }
    }

    /// Says whether the index finds it word by word: for a phrase or a prefix it may go through very much before it names
    /// the first document.
    fn is_word(&self) -> bool {
        self.alternatives.iter().all(|sequence| sequence.words.len() == 1 && !sequence.prefix)
    }
}

/// The terms of a question, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    list: Vec<Term>,
    /// Those that may be found in a match, and marked there.
    wanted: Vec<usize>,
}

impl Terms {
    /// Adds a term; returns its number.
    pub(super) fn add(&mut self, term: Term, excluded: bool) -> usize {
        let at = self.list.iter().position(|known| *known == term).unwrap_or_else(|| {
            self.list.push(term);
            self.list.len() - 1
        });
        let marked = !excluded && self.list.get(at).is_some_and(|term| term.scope != Scope::People);
        if marked && !self.wanted.contains(&at) {
            self.wanted.push(at);
        }
        at
    }

    /// Returns all of them, by their numbers.
    pub(super) fn all(&self) -> &[Term] {
        &self.list
    }

    /// Returns every term that may be found in a match.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Term> {
        self.wanted.iter().filter_map(|at| self.list.get(*at))
    }

    /// Says whether the index finds all of it word by word.
    pub(super) fn are_words(&self) -> bool {
        self.list.iter().all(Term::is_word)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_typed_becomes_quoted_words() {
        let cases = [
            ("Refund", false, r#""refund""#),
            ("late deliv", true, r#""late deliv" *"#),
            ("anna@example.com", false, r#""anna example com""#),
            ("body:x", false, r#""body x""#),
            ("NEAR(a b)", false, r#""near a b""#),
            ("返金", true, r#""返 金""#),
        ];
        for (text, prefix, expected) in cases {
            let alternatives = vec![Sequence::read(text, prefix).unwrap()];
            assert_eq!(Term { alternatives, scope: Scope::Anywhere }.to_match(), expected, "{text}");
        }
        assert_eq!(Sequence::read("?!", false), None);
    }
}
