//! What a conversation can be recognised by: words, two words in a row, and pieces of text without spaces.

use std::collections::HashMap;

use super::collection::{BREAK, Collection};
use super::queries::Weighted;

/// The longest piece of text without spaces that is looked at, in characters.
const LONGEST_PIECE: usize = 4;
/// Stands where a term is shorter than others.
const NONE: u32 = u32::MAX;

/// A word, words in a row, or characters in a row, by their numbers.
pub(super) type Term = [u32; LONGEST_PIECE];

/// Returns the numbers of a term.
pub(super) fn parts(term: &Term) -> &[u32] {
    let length = term.iter().position(|part| *part == NONE).unwrap_or(LONGEST_PIECE);
    &term[..length]
}

fn term(parts: &[u32]) -> Term {
    let mut term = [NONE; LONGEST_PIECE];
    term[..parts.len()].copy_from_slice(parts);
    term
}

/// Words that differ only by an ending, taken as one: the shorter, where both are used.
#[derive(Debug)]
pub(super) struct Forms {
    bases: Vec<u32>,
    /// Of each base, the form that is used most.
    usual: Vec<u32>,
}

impl Forms {
    /// Looks for forms among a collection's words.
    pub(super) fn of(collection: &Collection) -> Self {
        let words = collection.words();
        let mut bases: Vec<u32> = (0_u32..).take(words.len()).collect();
        let mut usual = bases.clone();
        for (number, word) in (0_u32..).zip(words).filter(|(_, word)| word.is_telling()) {
            let shorter = word.folded.strip_suffix('s').filter(|shorter| shorter.chars().count() > 2);
            let Some(base) = shorter.and_then(|shorter| collection.find(shorter)) else { continue };
            bases[number as usize] = base;
            if word.writing().1 > words[usual[base as usize] as usize].writing().1 {
                usual[base as usize] = number;
            }
        }
        Self { bases, usual }
    }

    /// Returns the number of a word's shortest form.
    pub(super) fn base(&self, number: u32) -> u32 {
        self.bases.get(number as usize).copied().unwrap_or(number)
    }

    /// Returns the form of a base that is used most.
    pub(super) fn usual(&self, base: u32) -> u32 {
        self.usual.get(base as usize).copied().unwrap_or(base)
    }
}

/// Returns words in a row as most write each of them.
pub(super) fn write(collection: &Collection, words: &[u32]) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for number in words {
        let word = collection.word(*number);
        if !text.is_empty() && (after_word || !word.sign) && !text.ends_with(['\'', '’']) {
            text.push(' ');
        }
        text.push_str(word.writing().0);
        after_word = !word.sign;
    }
    text
}

/// Hands each term of a conversation to `look`, as often as it stands there.
pub(super) fn each(collection: &Collection, forms: &Forms, document: &[u32], mut look: impl FnMut(Term)) {
    for phrase in document.split(|number| *number == BREAK) {
        for (at, number) in phrase.iter().enumerate() {
            let word = collection.word(*number);
            if word.sign {
                // What ends a Korean word builds the sentence, and so do Japanese words in hiragana.
                if word.is_hiragana() || at > 0 && word.is_hangul() {
                    continue;
                }
                let signs =
                    phrase[at..].iter().take(LONGEST_PIECE).take_while(|next| collection.word(**next).sign);
                for length in 2..=signs.count() {
                    look(term(&phrase[at..at + length]));
                }
                continue;
            }
            if !word.is_telling() {
                continue;
            }
            let first = forms.base(*number);
            look(term(&[first]));
            if let Some(next) = phrase.get(at + 1).filter(|next| collection.word(**next).is_telling()) {
                look(term(&[first, forms.base(*next)]));
            }
        }
    }
}

/// A conversation's terms, each once, with how often it stands there; ascending.
pub(super) type Counted = Vec<(u32, u32)>;

/// The terms of some conversations that occur in more than a few of them.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The terms.
    pub(super) terms: Vec<Term>,
    /// How many of the conversations have each.
    pub(super) spread: Vec<u32>,
    /// What each of the conversations has.
    pub(super) documents: Vec<Counted>,
}

impl Index {
    /// Counts the terms of these conversations that at least `least` of them have.
    pub(super) fn new(collection: &Collection, forms: &Forms, sample: &[usize], least: u32) -> Self {
        let mut numbers: HashMap<Term, u32> = HashMap::new();
        let (mut terms, mut spread) = (Vec::new(), Vec::<u32>::new());
        let mut documents: Vec<Counted> = Vec::with_capacity(sample.len());
        for index in sample {
            let mut found = Vec::new();
            each(collection, forms, collection.document(*index), |term| {
                let next = u32::try_from(terms.len()).unwrap_or(NONE);
                let number = *numbers.entry(term).or_insert_with(|| {
                    terms.push(term);
                    spread.push(0);
                    next
                });
                found.push(number);
            });
            found.sort_unstable();
            let counted: Counted = found
                .chunk_by(|a, b| a == b)
                .filter_map(|same| Some((*same.first()?, u32::try_from(same.len()).unwrap_or(NONE))))
                .collect();
            for (number, _) in &counted {
                spread[*number as usize] += 1;
            }
            documents.push(counted);
        }
        let mut kept = vec![NONE; terms.len()];
        let mut index = Self::default();
        for (number, term) in terms.into_iter().enumerate() {
            if spread[number] >= least {
                kept[number] = u32::try_from(index.terms.len()).unwrap_or(NONE);
                index.terms.push(term);
                index.spread.push(spread[number]);
            }
        }
        for document in &mut documents {
            document.retain_mut(|(number, _)| {
                *number = kept[*number as usize];
                *number != NONE
            });
        }
        index.documents = documents;
        index
    }

    /// Counts the conversations that have any of these terms.
    pub(super) fn with_any(&self, terms: &[Weighted]) -> u32 {
        let is_one = |number: &u32| terms.iter().any(|one| one.term == self.terms[*number as usize]);
        let has_one = |document: &&Counted| document.iter().any(|(number, _)| is_one(number));
        u32::try_from(self.documents.iter().filter(has_one).count()).unwrap_or(NONE)
    }
}
