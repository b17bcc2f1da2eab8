//! Words as the index has them: folded as it is, and quoted, so that no syntax of FTS5 leaks in. PURE.

use proto::types::Side;

use crate::store::text::{self, Words};

/// Where words may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// In what is said, in the title, in names and addresses of contacts.
    #[default]
    Anywhere,
    /// In what one side says.
    Said(Side),
    /// In names and addresses of contacts.
    People,
}

/// Where a text of a conversation is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A message, with the side that says it where that is known.
    Said(Option<Side>),
    /// The title, or the value of a field.
    Title,
    /// The name or the address of a contact.
    People,
}

/// How well a term is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// As it was typed, in no other form.
    pub(super) exactly: bool,
    /// Where.
    pub(super) place: Place,
}

/// A place that says how much a word there tells of what a conversation is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere.
    #[default]
    Anywhere,
    /// In the title, or in what a customer says.
    Customer,
    /// In the title, or in what a customer says first.
    Opening,
    /// In the title.
    Title,
}

impl Place {
    /// Returns its columns of the index in the syntax of FTS5.
    pub(super) fn columns(self) -> &'static str {
        match self {
            Self::Anywhere => "",
            Self::Customer => "{opening customer title} : ",
            Self::Opening => "{opening title} : ",
            Self::Title => "title : ",
        }
    }
}

impl Scope {
    /// Says whether a term of this scope may stand in such a text.
    pub(super) fn reaches(self, origin: Origin) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Said(side) => origin == Origin::Said(Some(side)),
            Self::People => origin == Origin::People,
        }
    }
}

/// A word, or several that follow each other, or what means the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Term {
    /// Folded, at least one.
    pub(super) words: Vec<String>,
    /// The last one is only how a word begins.
    pub(super) prefix: bool,
    /// A word that was typed without quotes, in lower case: it is looked for in its other forms, too.
    pub(super) open: Option<String>,
    /// Other ways to write it.
    pub(super) writings: Vec<Vec<String>>,
    /// Other forms of the word, in the order of their letters.
    pub(super) forms: Vec<String>,
    /// Where it may stand.
    pub(super) scope: Scope,
}

impl Term {
    /// Folds words that follow each other; `None` where there is no word in a text.
    pub(super) fn read(text: &str, prefix: bool) -> Option<Self> {
        let mut folded = Words::default();
        folded.read(text);
        let words: Vec<String> = folded.list.iter().map(|word| folded.folded(*word).to_owned()).collect();
        let last = words.last()?;
        // A character that is a word of its own begins no longer one.
        let prefix = prefix && !last.chars().any(text::is_spaceless);
        Some(Self { words, prefix, ..Self::default() })
    }

    /// Folds a word that is looked for in its other forms, too.
    pub(super) fn read_open(word: &str) -> Option<Self> {
        // A sentence's end belongs to no word.
        let bare =
            word.trim_matches(|char: char| char.is_ascii_punctuation() || "¿¡…。？！、".contains(char));
        Some(Self { open: Some(text::as_written(bare)), ..Self::read(word, false)? })
    }

    /// Returns what is any of these folded words.
    pub(super) fn of(mut words: Vec<String>) -> Option<Self> {
        words.sort_unstable();
        let first = words.pop()?;
        Some(Self { words: vec![first], forms: words, ..Self::default() })
    }

    /// Says whether a folded word is another form of what was typed.
    pub(super) fn is_other(&self, word: &str) -> bool {
        // Forms begin alike, so most words lie before the first one or after the last.
        let (Some(first), Some(last)) = (self.forms.first(), self.forms.last()) else { return false };
        first.as_str() <= word
            && word <= last.as_str()
            && self.forms.binary_search_by(|form| form.as_str().cmp(word)).is_ok()
    }

    /// Says whether a folded word is what is meant.
    pub(super) fn is_word(&self, word: &str) -> bool {
        if let [single] = self.words.as_slice()
            && (single == word || (self.prefix && word.starts_with(single.as_str())))
        {
            return true;
        }
        self.is_other(word) || self.writings.iter().any(|words| words.len() == 1 && words[0] == word)
    }

    /// Returns it in the syntax of FTS5.
    pub(super) fn to_match(&self) -> String {
        self.to_match_of(Met::default())
    }

    /// Returns it in the syntax of FTS5, where it is met so well.
    pub(super) fn to_match_of(&self, met: Met) -> String {
        let mut any = self.to_phrase();
        for words in &self.writings {
            any.push_str(&format!(" OR \"{}\"", words.join(" ")));
        }
        for word in self.forms.iter().filter(|_| !(met.exactly && self.has_forms())) {
            any.push_str(&format!(" OR \"{word}\""));
        }
        format!("{}({any})", self.columns(met.place))
    }

    /// Returns what was typed in the syntax of FTS5, wherever it stands.
    pub(super) fn to_phrase(&self) -> String {
        format!("\"{}\"{}", self.words.join(" "), if self.prefix { " *" } else { "" })
    }

    /// Says whether it is also met by other forms of what was typed.
    pub(super) fn has_forms(&self) -> bool {
        self.open.is_some() && !self.forms.is_empty()
    }

    /// Returns the columns of the index in which it may stand, and in such a place, in the syntax of FTS5.
    fn columns(&self, place: Place) -> &'static str {
        match (self.scope, place) {
            (Scope::People, _) => "people : ",
            (Scope::Said(Side::Customer), _) => "{opening customer} : ",
            (Scope::Said(Side::Team), _) => "team : ",
            (Scope::Anywhere, place) => place.columns(),
        }
    }

    /// Says whether the index finds it word by word: for a phrase or a prefix it may go through very much before it names
    /// the first document.
    fn is_found_by_word(&self) -> bool {
        !self.prefix && self.words.len() == 1 && self.writings.iter().all(|words| words.len() == 1)
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
        self.list.iter().all(Term::is_found_by_word)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_typed_becomes_quoted_words() {
        let cases = [
            ("Refund", false, r#"("refund")"#),
            ("late deliv", true, r#"("late deliv" *)"#),
            ("anna@example.com", false, r#"("anna example com")"#),
            ("body:x", false, r#"("body x")"#),
            ("NEAR(a b)", false, r#"("near a b")"#),
            ("返金", true, r#"("返 金")"#),
        ];
        for (text, prefix, expected) in cases {
            assert_eq!(Term::read(text, prefix).unwrap().to_match(), expected, "{text}");
        }
        assert_eq!(Term::read("?!", false), None);
    }
}
