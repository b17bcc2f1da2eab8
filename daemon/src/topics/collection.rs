//! The words of conversations, as numbers: what topics are found in. Bounded, however much is said.

use std::collections::HashMap;

/// Words of one conversation that are looked at.
const MOST_WORDS: usize = 400;
/// Words of all conversations together: 80 MB.
const MOST_IN_ALL: usize = 20_000_000;
/// Different words that are told apart.
const MOST_DIFFERENT: usize = 400_000;
/// Different ways of writing a word that are counted.
const MOST_WRITINGS: usize = 4;
/// Bytes of the longest word that can mean anything.
const LONGEST: usize = 40;

/// Stands where a phrase ends.
pub(super) const BREAK: u32 = u32::MAX;

/// A word as it stands in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'t> {
    /// Folded as the search index has it.
    pub(crate) folded: &'t str,
    /// As it was written, with the apostrophe that ties it to the next one.
    pub(crate) written: &'t str,
    /// It is a character of a script without spaces between words.
    pub(crate) sign: bool,
    /// It only builds sentences in the language of its conversation.
    pub(crate) small: bool,
    /// It follows the one before it without anything that ends a phrase; a sign without anything at all.
    pub(crate) joined: bool,
}

/// What is known of a word.
#[derive(Debug)]
pub(super) struct Word {
    /// As a search finds it.
    pub(super) folded: Box<str>,
    /// It is a character of a script without spaces.
    pub(super) sign: bool,
    /// How often it stands somewhere, and how often as a word that only builds sentences.
    uses: (u32, u32),
    writings: Vec<(Box<str>, u32)>,
}

impl Word {
    /// Says whether it may be a topic's word: it is longer than a letter, has no digit, and means something mostly.
    pub(super) fn is_telling(&self) -> bool {
        let (all, small) = self.uses;
        !self.sign && self.folded.chars().nth(1).is_some() && small <= all / 2
    }

    /// Says whether it is Korean, whose words stand apart though their characters are taken one by one.
    pub(super) fn is_hangul(&self) -> bool {
        self.folded.starts_with(|char: char| ('\u{ac00}'..='\u{d7a3}').contains(&char))
    }

    /// Says whether it is a character of those that build sentences in Japanese, and write few words of their own.
    pub(super) fn is_hiragana(&self) -> bool {
        self.folded.starts_with(|char: char| ('\u{3041}'..='\u{309f}').contains(&char))
    }

    /// Returns how it is written most often, and how often that is.
    pub(super) fn writing(&self) -> (&str, u32) {
        let most = self.writings.iter().rev().max_by_key(|(_, count)| *count);
        most.map_or((&*self.folded, 0), |(writing, count)| (&**writing, *count))
    }

    fn count(&mut self, Token { written, small, .. }: Token<'_>) {
        self.uses = (self.uses.0.saturating_add(1), self.uses.1.saturating_add(u32::from(small)));
        if let Some((_, count)) = self.writings.iter_mut().find(|(writing, _)| **writing == *written) {
            *count = count.saturating_add(1);
        } else if self.writings.len() < MOST_WRITINGS {
            self.writings.push((written.into(), 1));
        }
    }
}

/// Conversations as the numbers of their words.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    numbers: HashMap<Box<str>, u32>,
    words: Vec<Word>,
    documents: Vec<Box<[u32]>>,
    languages: Vec<Option<u8>>,
    open: Vec<u32>,
    in_all: usize,
}

impl Collection {
    /// Adds a word to the conversation that is being added.
    pub(crate) fn push(&mut self, token: Token<'_>) {
        if self.open.len() >= MOST_WORDS {
            return;
        }
        let number = self.number(token);
        if !token.joined || number.is_none() {
            self.end_phrase();
        }
        self.open.extend(number);
    }

    /// Says that what follows is another text.
    pub(crate) fn end_phrase(&mut self) {
        if self.open.last().is_some_and(|last| *last != BREAK) {
            self.open.push(BREAK);
        }
    }

    /// Says that the conversation is whole, and which language it is in, by a number, where that is known; the next word is
    /// of another one.
    pub(crate) fn end_document(&mut self, language: Option<u8>) {
        self.in_all += self.open.len();
        self.documents.push(self.open.as_slice().into());
        self.languages.push(language);
        self.open.clear();
    }

    /// Says whether there is no room for more.
    pub(crate) fn is_full(&self) -> bool {
        self.in_all >= MOST_IN_ALL
    }

    /// Forgets the conversations after the first so many.
    pub(crate) fn truncate(&mut self, documents: usize) {
        self.documents.truncate(documents);
        self.languages.truncate(documents);
        self.in_all = self.documents.iter().map(|document| document.len()).sum();
    }

    /// Returns how many conversations there are.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn document(&self, index: usize) -> &[u32] {
        self.documents.get(index).map_or(&[], |document| document)
    }

    /// Returns the language that a conversation is known to be in.
    pub(super) fn language(&self, index: usize) -> Option<u8> {
        self.languages.get(index).copied().flatten()
    }

    pub(super) fn word(&self, number: u32) -> &Word {
        &self.words[number as usize]
    }

    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    pub(super) fn find(&self, folded: &str) -> Option<u32> {
        self.numbers.get(folded).copied()
    }

    fn number(&mut self, token: Token<'_>) -> Option<u32> {
        // Accents of a sign are part of how it is read: folded they would be lost, and the name with them.
        let key = if token.sign { token.written } else { token.folded };
        if key.is_empty() || key.len() > LONGEST || key.chars().any(char::is_numeric) {
            return None;
        }
        let number = match self.numbers.get(key) {
            Some(number) => *number,
            None if self.words.len() >= MOST_DIFFERENT => return None,
            None => {
                let number = u32::try_from(self.words.len()).ok()?;
                self.numbers.insert(key.into(), number);
                let word = Word { folded: key.into(), sign: token.sign, uses: (0, 0), writings: Vec::new() };
                self.words.push(word);
                number
            }
        };
        self.words[number as usize].count(token);
        Some(number)
    }
}
