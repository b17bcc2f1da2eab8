//! How much of an answer fits a model's context, in either of its forms. Pure.

use serde::Serialize;

use crate::error::Error;

/// Characters of an answer's main part, in its text as well as in its fields: some 6,000 to 8,000 tokens.
///
/// What comes besides, such as a header and the verdict, is small. Clients cut what is much longer, or refuse it.
pub(crate) const PAGE: usize = 25_000;

/// Returns how many characters a value has as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn size(value: &impl Serialize) -> Result<usize, Error> {
    Ok(serde_json::to_string(value)?.chars().count())
}

/// Returns how many of the values fit into `room` characters of JSON; the first always does.
///
/// # Errors
/// When one cannot be written as JSON.
pub(crate) fn fitting<T: Serialize>(values: &[T], room: usize) -> Result<usize, Error> {
    let mut used = 0_usize;
    for (index, value) in values.iter().enumerate() {
        // A comma stands between them.
        used = used.saturating_add(size(value)? + 1);
        if used > room && index > 0 {
            return Ok(index);
        }
    }
    Ok(values.len())
}

/// Returns how many characters this one takes up at most, escaped in JSON or quoted in a text.
pub(crate) const fn cost(c: char) -> usize {
    match c {
        // In a text, a new line begins with a mark.
        '\n' | '\u{2028}' | '\u{2029}' => 3,
        '"' | '\\' | '\t' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_fit_while_their_json_does_and_one_always() {
        let values = ["a".repeat(8), "ä".repeat(8), "b".repeat(8)];
        assert_eq!(fitting(&values, 33).unwrap(), 3);
        assert_eq!(fitting(&values, 32).unwrap(), 2);
        assert_eq!(fitting(&values, 1).unwrap(), 1);
        assert_eq!(fitting::<&str>(&[], 1).unwrap(), 0);
    }

    #[test]
    fn no_form_of_a_character_takes_more_than_its_cost() {
        for c in ["\n", "\"", "\\", "\t", "a", "ä", "\u{2028}"] {
            let json = serde_json::to_string(c).unwrap().chars().count() - 2;
            let text = crate::text::quote(c).chars().count() - crate::text::quote("").chars().count();
            assert!(json.max(text) <= cost(c.chars().next().unwrap()), "{c:?}: {json}, {text}");
        }
    }
}
