//! What was not understood of what was typed, or otherwise than it may have been meant, and where.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use crate::display::{Effect, effect};

/// Most of what was typed that is shown on either side of the place, in characters.
const AROUND: usize = 40;

/// What is to be said of a place in a search. Its message is three lines: what was made of it and what to write instead,
/// the text, and a line that points at the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    what: String,
    before: String,
    place: String,
    after: String,
}

impl Note {
    /// Returns the note on the bytes `place` of a text.
    pub(super) fn new(text: &str, place: Range<usize>, what: &str) -> Self {
        let visible = |text: &str| text.chars().map(shown).collect::<String>();
        let (head, tail) = (&text[..place.start], &text[place.end..]);
        let mut before: String = visible(head);
        if let Some((cut, _)) = before.char_indices().rev().nth(AROUND) {
            before = format!("…{}", &before[cut..]);
        }
        let mut after: String = visible(tail).chars().take(AROUND).collect();
        if tail.chars().count() > AROUND {
            after.push('…');
        }
        let mut place: String = visible(&text[place]).chars().take(2 * AROUND).collect();
        if place.is_empty() {
            place.push(' ');
        }
        Self { what: visible(what), before, place, after }
    }

    /// Returns what was made of it and what to write instead, on one line.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns the text and the line that points at the place.
    #[must_use]
    pub fn place(&self) -> String {
        let width = |text: &str| text.chars().map(|char| char.width().unwrap_or(0)).sum::<usize>();
        let Self { before, place, after, .. } = self;
        let (gap, marks) = (width(before), width(place).max(1));
        format!("  {before}{place}{after}\n  {:gap$}{:^<marks$}", "", "")
    }
}

impl std::error::Error for Note {}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.what, self.place())
    }
}

/// Returns a character as it may be printed.
const fn shown(char: char) -> char {
    match effect(char) {
        Effect::Shows => char,
        _ => ' ',
    }
}
