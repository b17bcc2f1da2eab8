//! What many JSON texts have in common, without what any of them says: the dictionary that they are compressed with stays
//! when the conversations that it was made from are deleted.

use std::collections::{HashMap, HashSet};

/// The longest string that is taken for a word of Intercom's.
const LONGEST: usize = 40;
/// A string is kept if at least one text in so many has it.
const ONE_IN: usize = 4;

/// Returns the texts with empty strings in the place of all but Intercom's own words, and zeros in the place of numbers.
pub(super) fn skeletons(samples: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut texts_with: HashMap<&[u8], usize> = HashMap::new();
    for sample in samples {
        let words: HashSet<&[u8]> = Tokens(sample).filter(|token| is_word(token)).collect();
        for word in words {
            *texts_with.entry(word).or_default() += 1;
        }
    }
    let is_kept = |token: &[u8]| match token.first() {
        Some(b'"') => texts_with.get(token).is_some_and(|texts| texts * ONE_IN >= samples.len()),
        Some(b'-' | b'0'..=b'9') => false,
        _ => true,
    };
    let skeleton = |sample: &Vec<u8>| {
        Tokens(sample).fold(Vec::new(), |mut skeleton, token| {
            let blank: &[u8] = if token.starts_with(b"\"") { b"\"\"" } else { b"0" };
            skeleton.extend_from_slice(if is_kept(token) { token } else { blank });
            skeleton
        })
    };
    samples.iter().map(skeleton).collect()
}

/// Says whether a string looks like a name or word of Intercom's: people's names and addresses, and sentences, have
/// capitals, spaces and signs.
fn is_word(token: &[u8]) -> bool {
    let inner = token.strip_prefix(b"\"").and_then(|token| token.strip_suffix(b"\""));
    inner.is_some_and(|word| {
        word.len() <= LONGEST && word.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'))
    })
}

/// Strings with their quotes, numbers, and whatever stands between those.
struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let is_number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9');
        let length = match self.0.first()? {
            b'"' => string(self.0),
            b'-' | b'0'..=b'9' => self.0.iter().take_while(|byte| is_number(byte)).count(),
            _ => self.0.iter().take_while(|byte| !matches!(byte, b'"' | b'-' | b'0'..=b'9')).count(),
        };
        let (token, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(token)
    }
}

/// Returns how long the string is that the bytes begin with.
fn string(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_intercoms_own_words_are_left() {
        let text = |name: &str, n: i64| {
            format!(
                r#"{{"type":"conversation","name":"{name}","said":"a \"b\" c","open":true,"n":{n},"x":null}}"#
            )
            .into_bytes()
        };
        let samples = [text("anna", 17), text("Bo", -2), text("cy", 3), text("di", 4), text("ed", 5)];
        let left = r#"{"type":"conversation","name":"","said":"","open":true,"n":0,"x":null}"#;
        for skeleton in skeletons(&samples) {
            assert_eq!(String::from_utf8(skeleton).unwrap(), left);
        }
    }

    #[test]
    fn bytes_that_are_no_json_are_no_matter() {
        for text in [&b"\"never closed"[..], b"\\\"", b"", b"{\"a\":", b"\xff\xfe\"\xff\""] {
            assert_eq!(skeletons(&[text.to_vec()]).len(), 1);
        }
    }
}
