//! Cuts what was typed at spaces and quotation marks.

use std::ops::Range;

use super::error::QueryError;

/// What opens and closes a phrase.
const QUOTES: [char; 3] = ['"', '“', '”'];

/// A word, a phrase, or an operator with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its bytes in the text.
    pub(super) place: Range<usize>,
    /// A `-` stands before it.
    pub(super) excluded: bool,
    /// The bytes of an operator's name, where a colon follows.
    name: Option<Range<usize>>,
    /// The bytes after the colon, without quotation marks.
    value: Range<usize>,
    quoted: bool,
}

impl Piece {
    /// Returns what stands before the colon, where that may be an operator.
    pub(super) fn operator<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.name.clone().map(|name| &text[name])
    }

    /// Returns what stands after the colon.
    pub(super) fn value<'a>(&self, text: &'a str) -> &'a str {
        &text[self.value.clone()]
    }

    /// Says whether it chooses between its neighbours.
    pub(super) fn is_or(&self, text: &str) -> bool {
        !self.quoted && !self.excluded && text[self.place.clone()].eq_ignore_ascii_case("or")
    }
}

/// Returns the pieces of a text, in order.
///
/// # Errors
/// When a quotation mark is not closed.
pub(super) fn split(text: &str) -> Result<Vec<Piece>, QueryError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|char: char| !char.is_whitespace()).map(|skip| at + skip) {
        let piece = read(text, start)?;
        at = piece.place.end;
        pieces.push(piece);
    }
    Ok(pieces)
}

fn read(text: &str, start: usize) -> Result<Piece, QueryError> {
    let excluded =
        text[start..].starts_with('-') && text[start + 1..].starts_with(|next: char| !next.is_whitespace());
    let body = start + usize::from(excluded);
    if text[body..].starts_with(QUOTES) {
        let (value, end) = phrase(text, body)?;
        return Ok(Piece { place: start..end, excluded, name: None, value, quoted: true });
    }
    let length = text[body..].find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(text.len() - body);
    let colon = body + length;
    let named = length > 0 && text[colon..].starts_with(':');
    if named && text[colon + 1..].starts_with(QUOTES) {
        let (value, end) = phrase(text, colon + 1)?;
        return Ok(Piece { place: start..end, excluded, name: Some(body..colon), value, quoted: false });
    }
    let end = text[body..].find(char::is_whitespace).map_or(text.len(), |length| body + length);
    let name = named.then_some(body..colon);
    let value = if named { colon + 1..end } else { body..end };
    Ok(Piece { place: start..end, excluded, name, value, quoted: false })
}

/// Returns what stands between the quotation mark at a place and the next one, and where the piece ends. A star after
/// it makes its last word a prefix.
fn phrase(text: &str, at: usize) -> Result<(Range<usize>, usize), QueryError> {
    let width = |place: usize| text[place..].chars().next().map_or(0, char::len_utf8);
    let start = at + width(at);
    let Some(end) = text[start..].find(QUOTES).map(|length| start + length) else {
        let what = "this quotation mark is not closed: write the other one, or leave it out";
        return Err(QueryError::new(text, at..start, what));
    };
    let after = end + width(end);
    let star = usize::from(text[after..].starts_with('*'));
    Ok((start..end, after + star))
}
