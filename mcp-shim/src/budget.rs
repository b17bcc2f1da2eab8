//! How much a model is handed at a time, and the most of something that fits. Pure.
//!
//! Clients show a model the text of an answer, its fields, or both; some write the fields with all but ASCII escaped. So
//! both forms together stay within the bound, and the fields alone within the greatest one however they are written.

mod estimate;

use crate::error::Error;

use estimate::tokens_escaped;
pub(crate) use estimate::{prefix, tokens};

/// Tokens of an answer where no more is asked for.
const USUAL: usize = 6_000;
/// Tokens of an answer whatever is asked for: clients refuse what has 25,000, or cut it.
const MOST: usize = 20_000;

/// How much of an answer there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// As much as is good to read.
    Usual,
    /// As much as clients take, since more was asked for.
    More,
    /// As much as is good to read, where the fields are all that is handed out.
    FieldsAlone,
}

impl Room {
    /// Says whether an answer's text and fields, these as JSON, are within it.
    pub(crate) fn holds(self, text: &str, fields: &str) -> bool {
        let (text, most) = match self {
            Self::Usual => (text, USUAL),
            Self::More => (text, MOST),
            Self::FieldsAlone => ("", USUAL),
        };
        tokens(text) + tokens(fields) < most && tokens_escaped(fields) < MOST
    }

    /// Returns the most tokens that a text can have which is in each of the forms handed out.
    pub(crate) const fn longest(self) -> usize {
        match self {
            Self::Usual => USUAL / 2,
            Self::More => MOST / 2,
            Self::FieldsAlone => USUAL,
        }
    }
}

/// Returns what is built of the greatest number from `least` to `all` with which it fits, and that number; where it fits
/// with none, what is built of the least. What is built of more must not be smaller.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn most<T>(
    least: usize,
    all: usize,
    build: impl Fn(usize) -> Result<T, Error>,
    fits: impl Fn(&T) -> bool,
) -> Result<(usize, T), Error> {
    let whole = build(all)?;
    if all <= least || fits(&whole) {
        return Ok((all, whole));
    }
    let (mut low, mut high) = (least, all);
    let mut best = None;
    while high - low > 1 {
        let middle = low.midpoint(high);
        let built = build(middle)?;
        if fits(&built) {
            (low, best) = (middle, Some(built));
        } else {
            high = middle;
        }
    }
    let best = best.map_or_else(|| build(low), Ok)?;
    Ok((low, best))
}

#[cfg(test)]
mod tests;
