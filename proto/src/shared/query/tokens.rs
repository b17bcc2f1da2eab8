//! Cuts what was typed into words, phrases, conditions, operators and brackets. Whatever it is, it is cut: nothing is
//! refused here.

use std::ops::Range;

use super::note::Note;
use crate::fields::Field;

/// What opens and closes a phrase.
const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// Something typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Its bytes in the text.
    pub(super) place: Range<usize>,
    /// A `-` stands before it.
    pub(super) excluded: bool,
    /// What it is.
    pub(super) kind: Kind,
}

/// What something typed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An opening bracket, perhaps with the name of a condition before it.
    Open(Option<String>),
    /// A closing bracket.
    Close,
    /// `AND`, `OR` or `NOT`.
    Operator(Operator),
    /// A word.
    Word(String),
    /// What stands between quotation marks, perhaps with a star after it.
    Phrase(String, bool),
    /// A condition: its name, its value, and whether that stands between quotation marks.
    Named(String, String, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
    Not,
}

/// Returns what was typed, in order, and notes on quotation marks and brackets without a counterpart.
pub(super) fn cut(text: &str) -> (Vec<Token>, Vec<Note>) {
    let mut cutter = Cutter { text, at: 0, depth: 0, notes: Vec::new() };
    let mut tokens = Vec::new();
    while let Some(skip) = text[cutter.at..].find(|char: char| !char.is_whitespace()) {
        cutter.at += skip;
        tokens.extend(cutter.next());
    }
    close(text, &mut tokens, &mut cutter.notes);
    (tokens, cutter.notes)
}

/// Closes brackets that are still open where the text ends.
fn close(text: &str, tokens: &mut Vec<Token>, notes: &mut Vec<Note>) {
    let mut open = Vec::new();
    for token in &*tokens {
        match token.kind {
            Kind::Open(_) => open.push(token.place.clone()),
            Kind::Close => drop(open.pop()),
            _ => {}
        }
    }
    for place in open {
        notes.push(Note::new(
            text,
            place,
            "this bracket is not closed, and was taken to end with the text: write the other one",
        ));
        tokens.push(Token { place: text.len()..text.len(), excluded: false, kind: Kind::Close });
    }
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    notes: Vec<Note>,
}

impl Cutter<'_> {
    fn note(&mut self, place: Range<usize>, what: &str) {
        self.notes.push(Note::new(self.text, place, what));
    }

    /// Returns what stands here, where it is more than a mark to leave out.
    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        if let Some(operator) = self.operator() {
            return Some(Token { place: start..self.at, excluded: false, kind: Kind::Operator(operator) });
        }
        let excluded = self.rest().starts_with('-')
            && self.rest()[1..].starts_with(|next: char| !next.is_whitespace() && next != '-');
        self.at += usize::from(excluded);
        let kind = self.kind()?;
        Some(Token { place: start..self.at, excluded, kind })
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn operator(&mut self) -> Option<Operator> {
        let words = [
            ("AND", Operator::And),
            ("&&", Operator::And),
            ("OR", Operator::Or),
            ("or", Operator::Or),
            ("||", Operator::Or),
            ("|", Operator::Or),
            ("NOT", Operator::Not),
        ];
        let rest = self.rest();
        let (word, operator) = words.into_iter().find(|(word, _)| {
            let ends =
                |next: char| next.is_whitespace() || next == '(' || next == ')' || QUOTES.contains(&next);
            rest.strip_prefix(word).is_some_and(|after| after.is_empty() || after.starts_with(ends))
        })?;
        self.at += word.len();
        Some(operator)
    }

    fn kind(&mut self) -> Option<Kind> {
        let start = self.at;
        match self.rest().chars().next()? {
            '(' => {
                self.at += 1;
                self.depth += 1;
                Some(Kind::Open(None))
            }
            ')' => {
                self.at += 1;
                if self.depth == 0 {
                    self.note(
                        start..self.at,
                        "this bracket was not opened, and was left out: write the other one",
                    );
                    return None;
                }
                self.depth -= 1;
                Some(Kind::Close)
            }
            quote if QUOTES.contains(&quote) => {
                let (words, star) = self.phrase()?;
                Some(Kind::Phrase(words, star))
            }
            _ => Some(self.named().unwrap_or_else(|| Kind::Word(self.word()))),
        }
    }

    /// Takes what stands between the quotation mark here and the next one, and a star after that. Where there is no next
    /// one, the mark is left out.
    fn phrase(&mut self) -> Option<(String, bool)> {
        let start = self.at;
        let width = |text: &str| text.chars().next().map_or(0, char::len_utf8);
        self.at += width(self.rest());
        let Some(length) = self.rest().find(QUOTES) else {
            let what = "this quotation mark is not closed, and was left out: write the other one to search for the exact words";
            self.note(start..self.at, what);
            return None;
        };
        let words = self.rest()[..length].to_owned();
        self.at += length;
        self.at += width(self.rest());
        let star = self.rest().starts_with('*');
        self.at += usize::from(star);
        Some((words, star))
    }

    /// Takes the letters up to a space, or up to a bracket that they have not opened themselves.
    fn word(&mut self) -> String {
        let mut own = 0_usize;
        let mut end = self.text.len();
        for (at, char) in self.rest().char_indices() {
            match char {
                '(' => own += 1,
                ')' if own > 0 => own -= 1,
                ')' if self.depth > 0 => {
                    end = self.at + at;
                    break;
                }
                char if char.is_whitespace() => {
                    end = self.at + at;
                    break;
                }
                _ => {}
            }
        }
        let word = self.text[self.at..end].to_owned();
        self.at = end;
        word
    }

    /// Takes a name with a colon, and its value; leaves all as it is where there is no such name.
    fn named(&mut self) -> Option<Kind> {
        let start = self.at;
        let Some(name) = self.name() else {
            self.at = start;
            return None;
        };
        let rest = self.rest();
        if rest.starts_with('(') {
            self.at += 1;
            self.depth += 1;
            return Some(Kind::Open(Some(name)));
        }
        if rest.starts_with(QUOTES)
            && let Some((value, star)) = self.phrase()
        {
            return Some(Kind::Named(name, if star { value + "*" } else { value }, !star));
        }
        // A range in square brackets has spaces in it.
        if let Some(end) = self.rest().find(']').filter(|_| self.rest().starts_with('[')) {
            let value = self.rest()[..=end].to_owned();
            self.at += value.len();
            return Some(Kind::Named(name, value, false));
        }
        Some(Kind::Named(name, self.word(), false))
    }

    /// Takes a name and the colon after it.
    fn name(&mut self) -> Option<String> {
        let rest = self.rest();
        let letters = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
        let word = &rest[..letters];
        if !word.starts_with(char::is_alphabetic) || word.chars().count() < 2 {
            return None;
        }
        let is_attribute = || Field::named(&format!("{word}.x")).is_some();
        let (name, length) = match rest[letters..].strip_prefix('.').filter(|_| is_attribute()) {
            Some(after) if after.starts_with(QUOTES) => {
                let inner = &after[after.chars().next()?.len_utf8()..];
                let length = inner.find(QUOTES)?;
                let close = inner[length..].chars().next()?.len_utf8();
                let used = after.len() - inner.len() + length + close;
                (format!("{word}.{}", &inner[..length]), letters + 1 + used)
            }
            Some(after) => {
                let length = after.find(|char: char| char == ':' || char.is_whitespace())?;
                (format!("{word}.{}", &after[..length]), letters + 1 + length)
            }
            None => (word.to_owned(), letters),
        };
        let after = rest[length..].strip_prefix(':')?;
        // An address such as https://, a path, or a name with two colons.
        if after.starts_with(['/', '\\', ':']) {
            return None;
        }
        self.at += length + 1;
        Some(name)
    }
}
