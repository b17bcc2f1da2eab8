//! One writing of the same letters: what becomes of each character. PURE.
//!
//! FTS5's own tokenizer sees only what comes out of here and must neither cut nor change it. What it would cut at (emoji,
//! the vowel signs of scripts that write them as marks) is written as private-use characters, which it takes for letters.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible, is_combining_mark};

/// What a character is to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of one.
    Letter,
    /// A word of its own, in a script written without spaces, or a picture.
    Sign,
    /// Part of whatever stands before it, and nothing by itself.
    Vowel,
    /// One sign with the sign before it, where the two make one.
    Joint,
    /// Of no account: an accent, or something that nobody sees.
    Mark,
    /// Between two words.
    Other,
}

/// Where the private-use characters begin that stand for signs.
const PRIVATE: u32 = 0xf_0000;

/// Appends the folded form of a character.
#[inline]
pub(super) fn fold(char: char, folded: &mut String) -> Class {
    if char.is_ascii() {
        if char.is_ascii_alphanumeric() {
            folded.push(char.to_ascii_lowercase());
            return Class::Letter;
        }
        return Class::Other;
    }
    if is_everyday_sign(char) {
        folded.push(char);
        return Class::Sign;
    }
    match ALPHABETS.get(char) {
        Some((class, form)) => {
            folded.push_str(form);
            class
        }
        None => work_out(char, folded),
    }
}

/// Returns the sign that two make together.
pub(super) fn joined(before: char, after: char) -> Option<char> {
    compose(before, after)
}

/// Does what `fold` does for any character, without looking anything up that was kept.
fn work_out(char: char, folded: &mut String) -> Class {
    if let Some(digit) = digit(char) {
        folded.push(digit);
        return Class::Letter;
    }
    match char {
        '\u{3099}' | '\u{309b}' | '\u{ff9e}' => {
            folded.push('\u{3099}');
            return Class::Joint;
        }
        '\u{309a}' | '\u{309c}' | '\u{ff9f}' => {
            folded.push('\u{309a}');
            return Class::Joint;
        }
        _ if is_unseen(char) => return Class::Mark,
        _ => {}
    }
    if is_combining_mark(char) {
        if is_accent(char) {
            return Class::Mark;
        }
        let before = folded.len();
        decompose_canonical(char, |piece| {
            if !is_accent(piece) {
                folded.push(private(piece));
            }
        });
        return if folded.len() > before { Class::Vowel } else { Class::Mark };
    }
    if is_picture(char) {
        folded.push(private(char));
        return Class::Sign;
    }
    if is_spaceless(char) && (char.is_alphanumeric() || matches!(char, '\u{2e80}'..='\u{2fdf}')) {
        return fold_sign(char, folded);
    }
    if !is_letter(char) {
        return Class::Other;
    }
    fold_letter(char, folded)
}

fn fold_letter(char: char, folded: &mut String) -> Class {
    let before = folded.len();
    decompose_compatible(char, |piece| {
        if is_combining_mark(piece) || is_unknown_to_the_index(piece) {
            if !is_accent(piece) {
                folded.push(private(piece));
            }
            return;
        }
        for lower in piece.to_lowercase().filter(|lower| is_letter(*lower)) {
            match other_writing(lower) {
                Some(same) => folded.push_str(same),
                None => folded.push(lower),
            }
        }
    });
    if folded.len() > before { Class::Letter } else { Class::Mark }
}

fn fold_sign(char: char, folded: &mut String) -> Class {
    if let Some(whole) = radical(char) {
        folded.push(whole);
        return Class::Sign;
    }
    // These two are not the same as what they are made of.
    if matches!(char, '\u{e33}' | '\u{eb3}') {
        folded.push(char);
        return Class::Sign;
    }
    let mut sign: Option<char> = None;
    decompose_compatible(char, |piece| match sign.and_then(|before| compose(before, piece)) {
        Some(both) => sign = Some(both),
        None if sign.is_none() => sign = Some(piece),
        None => {}
    });
    let Some(sign) = sign.filter(|sign| sign.is_alphanumeric()) else { return Class::Other };
    folded.push(sign);
    if matches!(sign, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}') { Class::Joint } else { Class::Sign }
}

fn private(char: char) -> char {
    char::from_u32(PRIVATE + (u32::from(char) & 0xffff)).unwrap_or(char)
}

/// Returns how a letter is written that does not come apart by itself, but that people write in more ways than one.
fn other_writing(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' | 'ɖ' => "d",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'ŧ' => "t",
        'ŋ' => "n",
        'ĸ' => "k",
        'ƀ' => "b",
        'ƶ' => "z",
        'ǥ' => "g",
        'ʉ' => "u",
        // At the end of a word a sigma is written in another way.
        'ς' => "σ",
        'ى' | 'ی' | 'ې' => "ي",
        'ک' | 'ڪ' => "ك",
        'ٱ' => "ا",
        'ة' | 'ە' | 'ہ' | 'ھ' => "ه",
        'ء' => "",
        _ => return None,
    })
}

/// Returns the sign that a radical stands for, where Unicode does not say that they are the same.
fn radical(char: char) -> Option<char> {
    Some(match char {
        '⺠' => '民',
        '⻁' => '虎',
        '⻄' => '西',
        '⻅' => '见',
        '⻆' => '角',
        '⻉' => '贝',
        '⻋' => '车',
        '⻑' => '長',
        '⻓' => '长',
        '⻔' => '门',
        '⻘' => '青',
        '⻙' => '韦',
        '⻚' => '页',
        '⻛' => '风',
        '⻜' => '飞',
        '⻝' => '食',
        '⻢' => '马',
        '⻣' => '骨',
        '⻤' => '鬼',
        '⻥' => '鱼',
        '⻦' => '鸟',
        '⻨' => '麦',
        '⻩' => '黄',
        '⻬' => '齐',
        '⻭' => '歯',
        '⻮' => '齿',
        '⻯' => '竜',
        '⻰' => '龙',
        '⻲' => '亀',
        _ => return None,
    })
}

/// Where the digits of each script begin, zero to nine.
const ZEROS: [u32; 49] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x118e0, 0x1e950,
];

fn digit(char: char) -> Option<char> {
    let code = u32::from(char);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    char::from_digit(code - zero, 10)
}

/// Says whether a character is part of a word.
fn is_letter(char: char) -> bool {
    char.is_alphanumeric() && !is_apostrophe(char) && !is_unseen(char)
}

/// Says whether a character is a letter, yet not to the tables that FTS5 has.
fn is_unknown_to_the_index(char: char) -> bool {
    matches!(u32::from(char), 0x19b0..=0x19c9 | 0x1cf2..=0x1cf3 | 0x1_f150..=0x1_f189)
}

/// Says whether a character is an apostrophe that Unicode counts among the letters.
fn is_apostrophe(char: char) -> bool {
    matches!(char, '\u{2bb}'..='\u{2bd}' | '\u{2c8}')
}

/// Says whether a character shows nothing, and only says how others are to be shown.
fn is_unseen(char: char) -> bool {
    matches!(
        u32::from(char),
        0xad | 0x34f | 0x61c | 0x640 | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0x1_f3fb..=0x1_f3ff
            | 0xe_0000..=0xe_0fff
    )
}

/// Says whether a mark may be left out in writing: accents, points, tones; not the vowels of the scripts of India and its
/// neighbours.
fn is_accent(char: char) -> bool {
    matches!(
        u32::from(char),
        0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x670 | 0x6d6..=0x6ed
            | 0x711..=0x74a | 0x7eb..=0x7f3 | 0x816..=0x85b | 0x898..=0x8ff
            | 0x93c | 0x9bc | 0xa3c | 0xabc | 0xb3c | 0xc3c | 0xcbc
            | 0xe47..=0xe4e | 0xec8..=0xece | 0x135d..=0x135f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff
            | 0x2cef..=0x2cf1 | 0x2de0..=0x2dff | 0x302a..=0x302f | 0xa66f..=0xa67d | 0xfb1e | 0xfe20..=0xfe2f
    )
}

/// Says whether a character is a picture that people put among words, and search for.
fn is_picture(char: char) -> bool {
    !char.is_alphanumeric()
        && matches!(
            u32::from(char),
            0x231a..=0x231b | 0x23e9..=0x23f3 | 0x2600..=0x27bf | 0x2b50 | 0x2b55 | 0x1_f000..=0x1_faff
        )
}

/// The folded forms of the characters that almost all texts are made of, worked out once.
static ALPHABETS: LazyLock<Alphabets> = LazyLock::new(Alphabets::new);

/// All alphabets from Latin with its accents to Kana, and most punctuation.
const ALPHABET: Range<u32> = 0x80..0x3100;

struct Alphabets {
    /// All of them, one after the other.
    forms: String,
    /// For each character what it is, and the end of its form.
    characters: Vec<(Class, u32)>,
}

impl Alphabets {
    fn new() -> Self {
        let mut forms = String::new();
        let characters = ALPHABET
            .map(|code| {
                // All of these are characters.
                let class = char::from_u32(code).map_or(Class::Other, |char| work_out(char, &mut forms));
                (class, u32::try_from(forms.len()).unwrap_or(u32::MAX))
            })
            .collect();
        Self { forms, characters }
    }

    fn get(&self, char: char) -> Option<(Class, &str)> {
        let at = u32::from(char).checked_sub(ALPHABET.start)? as usize;
        let (class, end) = *self.characters.get(at)?;
        let start =
            at.checked_sub(1).and_then(|before| self.characters.get(before)).map_or(0, |(_, end)| *end);
        Some((class, self.forms.get(start as usize..end as usize)?))
    }
}

/// Says whether a character is one of the many signs of which Unicode need not be asked anything: Han, Hangul.
fn is_everyday_sign(char: char) -> bool {
    matches!(char, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Says whether a character belongs to a script whose words are not set apart by spaces.
pub(in crate::store) fn is_spaceless(char: char) -> bool {
    matches!(
        u32::from(char),
        0x0e00..=0x0eff      // Thai, Lao
        | 0x1000..=0x109f    // Myanmar
        | 0x1100..=0x11ff    // Hangul, single letters
        | 0x1780..=0x17ff    // Khmer
        | 0x2e80..=0x2fdf    // Han, radicals
        | 0x3005..=0x3007    // Han, repetition and zero
        | 0x3040..=0x31ff    // Hiragana, Katakana, Bopomofo, Hangul
        | 0x3400..=0x4dbf    // Han
        | 0x4e00..=0x9fff    // Han
        | 0xa960..=0xa97f    // Hangul
        | 0xaa60..=0xaa7f    // Myanmar
        | 0xac00..=0xd7ff    // Hangul
        | 0xf900..=0xfaff    // Han
        | 0xff66..=0xffdc    // Katakana and Hangul, half width
        | 0x1b000..=0x1b16f  // Kana
        | 0x20000..=0x3ffff  // Han
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_looked_up_is_what_would_be_worked_out() {
        for char in (0x80..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let (mut quickly, mut carefully) = (String::new(), String::new());
            assert_eq!(fold(char, &mut quickly), work_out(char, &mut carefully), "{char:?}");
            assert_eq!(quickly, carefully, "{char:?}");
        }
    }

    /// Texts are also read without the index, and must then be found as the index finds them.
    #[test]
    fn the_index_neither_cuts_nor_folds_further() {
        let index = rusqlite::Connection::open_in_memory().unwrap();
        index
            .execute_batch(
                "CREATE VIRTUAL TABLE fts USING fts5(body, tokenize='unicode61 remove_diacritics 2');
                 CREATE VIRTUAL TABLE terms USING fts5vocab(fts, instance);
                 BEGIN",
            )
            .unwrap();
        let mut insert = index.prepare("INSERT INTO fts(rowid, body) VALUES (?1, ?2)").unwrap();
        for char in (0x80..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let mut folded = String::new();
            let class = fold(char, &mut folded);
            if !folded.is_empty() && class != Class::Joint {
                // A vowel follows something.
                insert.execute((u32::from(char), format!("a{folded}z"))).unwrap();
            }
        }
        let mut further = index
            .prepare(
                "SELECT fts.body, terms.term FROM terms JOIN fts ON fts.rowid = terms.doc
                 WHERE terms.term <> fts.body",
            )
            .unwrap();
        let further = further.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let further: Vec<(String, String)> = further.map(Result::unwrap).collect();
        assert_eq!(further, []);
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for char in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let mut once = String::new();
            if matches!(fold(char, &mut once), Class::Letter | Class::Sign) {
                for piece in once.chars().filter(|piece| u32::from(*piece) < PRIVATE) {
                    let mut twice = String::new();
                    fold(piece, &mut twice);
                    assert_eq!(twice, piece.to_string(), "{char:?}");
                }
            }
        }
    }
}
