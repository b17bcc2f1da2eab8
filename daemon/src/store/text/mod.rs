//! What is indexed: text folded so that nothing but what people mean by it matters, cut into words, and the forms that
//! words have in the languages that people write. PURE.
//!
//! Index, query and snippet share this one folding, so that what is found is also what is marked.

mod dutch;
mod fold;
mod forms;
mod language;
mod spoken;
mod words;

pub(super) use self::fold::is_spaceless;
pub(super) use self::forms::{are_close, as_written, can_have_forms, stem};
pub(super) use self::language::{Language, Tally};
pub(super) use self::spoken::{Listener, Spoken};
pub(super) use self::words::{SEPARATOR, Word, Words, folded, index, is_one_word};

/// Returns a text as filters compare it: trimmed, case and accents of no account.
pub(super) fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Returns as much of a text's beginning as fits into so many bytes.
pub(super) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns a number that differs where bytes do, the same in every version (FNV-1a).
pub(super) fn hash(bytes: &[u8]) -> i64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}
