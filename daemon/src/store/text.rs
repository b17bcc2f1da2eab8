//! What is indexed: text folded so that case, accents and forms of the same letter don't matter, and cut so that any
//! piece of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese is found. PURE.
//!
//! Index, query and snippet share this one folding, so that what is found is also what is marked. FTS5's own
//! tokenizer sees folded text only, and may cut it further, but never joins what is apart here.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Stands between two texts, to keep a phrase from reaching over from one into the next. FTS5 takes a private-use
/// character for a word; folding leaves none.
pub(super) const SEAM: &str = "\u{e000} ";

/// A word of a text: where it stands, and where its folded form stands in the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// First byte in the text.
    pub(super) start: u32,
    /// First byte after it in the text.
    pub(super) end: u32,
    /// First byte in the folded text.
    pub(super) folded_start: u32,
    /// First byte after it in the folded text.
    pub(super) folded_end: u32,
}

/// A text's words, kept to be filled again without allocating.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words in order.
    pub(super) list: Vec<Word>,
    folded: String,
}

impl Words {
    /// Replaces the contents by the words of `text`.
    pub(super) fn read(&mut self, text: &str) {
        self.list.clear();
        self.folded.clear();
        if text.is_ascii() {
            return self.read_ascii(text);
        }
        let mut open: Option<(usize, usize)> = None;
        for (at, char) in text.char_indices() {
            let before = self.folded.len();
            let class = fold(char, &mut self.folded);
            if class == Class::Letter {
                open = open.or(Some((at, before)));
                continue;
            }
            if class == Class::Mark {
                match self.list.last_mut() {
                    _ if open.is_some() => continue,
                    Some(sign) if sign.end as usize == at => {
                        sign.end = u32::try_from(at + char.len_utf8()).unwrap_or(u32::MAX);
                        continue;
                    }
                    _ => {}
                }
            }
            if let Some((start, folded_start)) = open.take() {
                self.push(start, at, folded_start, before);
            }
            if class == Class::Sign {
                self.push(at, at + char.len_utf8(), before, self.folded.len());
            }
        }
        if let Some((start, folded_start)) = open {
            self.push(start, text.len(), folded_start, self.folded.len());
        }
    }

    /// Does the same for the usual text, whose folded form stands where the text does.
    fn read_ascii(&mut self, text: &str) {
        self.folded.push_str(text);
        self.folded.make_ascii_lowercase();
        let mut start = 0;
        for word in text.split(|char: char| !char.is_ascii_alphanumeric()) {
            let end = start + word.len();
            if end > start {
                self.push(start, end, start, end);
            }
            start = end + 1;
        }
    }

    fn push(&mut self, start: usize, end: usize, folded_start: usize, folded_end: usize) {
        // A text is far shorter than 4 GiB: Intercom's replies are bounded.
        let [start, end, folded_start, folded_end] =
            [start, end, folded_start, folded_end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        self.list.push(Word { start, end, folded_start, folded_end });
    }

    /// Returns the folded form of a word of the list.
    pub(super) fn folded(&self, word: Word) -> &str {
        self.folded.get(word.folded_start as usize..word.folded_end as usize).unwrap_or_default()
    }
}

/// Appends the words of `text` to `index`, folded, each followed by a space.
pub(super) fn index(text: &str, index: &mut String) {
    index.reserve(text.len() + 1);
    if text.is_ascii() {
        let before = index.len();
        for word in text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            index.push_str(word);
            index.push(' ');
        }
        index[before..].make_ascii_lowercase();
        return;
    }
    let mut open = false;
    for char in text.chars() {
        let before = index.len();
        match fold(char, index) {
            Class::Letter => open = true,
            Class::Mark => {}
            Class::Sign => {
                if open {
                    index.insert(before, ' ');
                }
                index.push(' ');
                open = false;
            }
            Class::Other => {
                if open {
                    index.push(' ');
                }
                open = false;
            }
        }
    }
    if open {
        index.push(' ');
    }
}

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

/// What a character is to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Part of one.
    Letter,
    /// A word of its own, in a script written without spaces.
    Sign,
    /// An accent: belongs to what comes before, and counts for nothing.
    Mark,
    /// Between two.
    Other,
}

/// Appends the folded form of a character.
#[inline]
fn fold(char: char, folded: &mut String) -> Class {
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

/// Does the same for any character, without looking anything up that was kept.
fn work_out(char: char, folded: &mut String) -> Class {
    if is_combining_mark(char) {
        return Class::Mark;
    }
    if !char.is_alphanumeric() {
        return Class::Other;
    }
    if is_spaceless(char) {
        folded.push(char);
        return Class::Sign;
    }
    let before = folded.len();
    decompose_compatible(char, |piece| {
        if !is_combining_mark(piece) {
            let lower = piece.to_lowercase().filter(|lower| lower.is_alphanumeric());
            // At the end of a word a sigma is written in another way; the index knows one.
            folded.extend(lower.map(|lower| if lower == 'ς' { 'σ' } else { lower }));
        }
    });
    if folded.len() > before { Class::Letter } else { Class::Other }
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
pub(super) fn is_spaceless(char: char) -> bool {
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
    fn words_are_folded_and_signs_stand_alone() {
        let cases = [
            ("Refund, PLEASE!", "refund please "),
            ("Café STRAẞE naïve", "cafe straße naive "),
            ("Ｆｕｌｌ ｗｉｄｔｈ", "full width "),
            ("返金してください", "返 金 し て く だ さ い "),
            ("iPhone15を返品", "iphone15 を 返 品 "),
            ("สวัสดี", "ส ว ส ด "),
            ("don't e-mail", "don t e mail "),
            ("Ёлка И\u{306} ﬁne", "елка и fine "),
            ("ΛΌΓΟΣ λόγος", "λογοσ λογοσ "),
            ("👍 ...", ""),
        ];
        for (text, expected) in cases {
            let mut folded = String::new();
            index(text, &mut folded);
            assert_eq!(folded, expected, "{text}");
            let mut words = Words::default();
            words.read(text);
            let joined: String = words.list.iter().map(|word| words.folded(*word).to_owned() + " ").collect();
            assert_eq!(joined, expected, "{text}");
        }
    }

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
    fn the_index_folds_nothing_further() {
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
            fold(char, &mut folded);
            if !folded.is_empty() {
                insert.execute((u32::from(char), folded)).unwrap();
            }
        }
        let mut further = index
            .prepare(
                "SELECT fts.body, terms.term FROM terms JOIN fts ON fts.rowid = terms.doc
                 WHERE terms.term <> fts.body AND length(terms.term) = length(fts.body)",
            )
            .unwrap();
        let further = further.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let further: Vec<(String, String)> = further.map(Result::unwrap).collect();
        assert_eq!(further, []);
    }

    #[test]
    fn words_say_where_they_stand() {
        let mut words = Words::default();
        let text = "Ça, 返金 ok";
        words.read(text);
        let found: Vec<_> =
            words.list.iter().map(|word| &text[word.start as usize..word.end as usize]).collect();
        assert_eq!(found, ["Ça", "返", "金", "ok"]);
    }
}
