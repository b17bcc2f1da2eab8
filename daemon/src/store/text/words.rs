//! A text cut into words: pieces of letters and digits, and each sign of Chinese, Japanese, Korean, Thai, Lao, Khmer or
//! Burmese by itself, so that any run of these is found. PURE.

use super::fold::{Class, fold, joined};

/// Stands between two texts, to keep a phrase from reaching over from one into the next. FTS5 takes a private-use
/// character for a word; folding leaves none.
pub(in crate::store) const SEPARATOR: &str = "\u{e000} ";

/// So many digits next to letters are a number that is looked for by itself, as in `INV2024001234`.
const NUMBER: usize = 4;
/// Letters around such a number; a word with more of them is a key or a part of an address.
const AROUND_NUMBER: usize = 6;
/// Bytes of a word written in two, as `e-mail`; longer ones are chains that nobody writes in one.
const LONGEST_JOINED: usize = 32;
/// What stands after the apostrophe of a word that is often written without it.
const CLIPPED: [&str; 7] = ["t", "m", "s", "ve", "ll", "re", "d"];

/// A word of a text: where it stands, and where its folded form stands in the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Word {
    /// First byte in the text.
    pub(in crate::store) start: u32,
    /// First byte after it in the text.
    pub(in crate::store) end: u32,
    /// First byte in the folded text.
    folded_start: u32,
    /// First byte after it in the folded text.
    folded_end: u32,
}

/// A text's words, kept to be filled again without allocating.
#[derive(Debug, Default)]
pub(in crate::store) struct Words {
    /// The words in order.
    pub(in crate::store) list: Vec<Word>,
    /// What is found in the place of some of them, too: `email` for `e-mail`, the number in `INV2024001234`.
    pub(in crate::store) extra: Vec<Word>,
    folded: String,
}

impl Words {
    /// Replaces the contents by the words of `text`.
    pub(in crate::store) fn read(&mut self, text: &str) {
        self.list.clear();
        self.extra.clear();
        self.folded.clear();
        if text.is_ascii() {
            self.read_ascii(text);
        } else {
            self.read_any(text);
        }
        self.find_numbers();
        // Most texts have none, and are looked through faster for one byte at a time.
        let bytes = text.as_bytes();
        let has_joiner = bytes.contains(&b'-') || bytes.contains(&b'\'');
        if has_joiner || (!text.is_ascii() && text.contains(JOINERS)) {
            self.find_joined(text);
        }
    }

    /// Returns the folded form of a word of the list.
    pub(in crate::store) fn folded(&self, word: Word) -> &str {
        self.folded.get(word.folded_start as usize..word.folded_end as usize).unwrap_or_default()
    }

    fn read_any(&mut self, text: &str) {
        let mut open: Option<(usize, usize)> = None;
        for (at, char) in text.char_indices() {
            let (before, end) = (self.folded.len(), at + char.len_utf8());
            let class = match fold(char, &mut self.folded) {
                Class::Joint if open.is_none() && self.join(at, before, end) => continue,
                Class::Joint if matches!(char, '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{ffa0}'..) => {
                    Class::Sign
                }
                Class::Joint => {
                    self.folded.truncate(before);
                    Class::Mark
                }
                class => class,
            };
            match class {
                Class::Letter => open = open.or(Some((at, before))),
                Class::Vowel | Class::Mark if open.is_some() => {}
                Class::Vowel | Class::Mark => match self.list.last_mut() {
                    Some(sign) if sign.end as usize == at => {
                        (sign.end, sign.folded_end) = (short(end), short(self.folded.len()));
                    }
                    _ => self.folded.truncate(before),
                },
                Class::Sign | Class::Joint | Class::Other => {
                    if let Some((start, folded_start)) = open.take() {
                        self.push(start, at, folded_start, before);
                    }
                    if class == Class::Sign {
                        self.push(at, end, before, self.folded.len());
                    }
                }
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

    /// Makes one sign of the last one and what was just folded, where the two are one.
    fn join(&mut self, at: usize, before: usize, end: usize) -> bool {
        let Some(sign) = self.list.last_mut().filter(|sign| sign.end as usize == at) else { return false };
        let (base, mark) = self.folded.split_at(before);
        let both = base.chars().next_back().zip(mark.chars().next());
        let Some((base, both)) = both.and_then(|(base, mark)| Some((base, joined(base, mark)?))) else {
            return false;
        };
        self.folded.truncate(before - base.len_utf8());
        self.folded.push(both);
        (sign.end, sign.folded_end) = (short(end), short(self.folded.len()));
        true
    }

    /// Finds the numbers that letters stand next to.
    fn find_numbers(&mut self) {
        for at in 0..self.list.len() {
            let word = self.list[at];
            let bytes = self.folded.as_bytes();
            let is_digit = |at: u32| bytes.get(at as usize).is_some_and(u8::is_ascii_digit);
            if is_digit(word.folded_start) == is_digit(word.folded_end.saturating_sub(1)) {
                continue;
            }
            let folded = self.folded(word);
            let (start, end) = match number_in(folded) {
                Some(number) => (short(number.start), short(number.end)),
                None => continue,
            };
            let folded_start = word.folded_start;
            self.extra.push(Word {
                folded_start: folded_start + start,
                folded_end: folded_start + end,
                ..word
            });
        }
    }

    /// Finds what is written in two but could be in one.
    fn find_joined(&mut self, text: &str) {
        let mut first = 0;
        while first + 1 < self.list.len() {
            let mut last = first;
            while let Some(next) = self.list.get(last + 1).copied()
                && go_together(text, self.folded(self.list[last]), self.list[last], self.folded(next), next)
            {
                last += 1;
            }
            if last > first {
                let folded_start = self.folded.len();
                for at in first..=last {
                    let part = self.folded(self.list[at]).to_owned();
                    self.folded.push_str(&part);
                }
                let folded_end = self.folded.len();
                if folded_end - folded_start <= LONGEST_JOINED {
                    let (start, end) = (self.list[first].start, self.list[last].end);
                    let (folded_start, folded_end) = (short(folded_start), short(folded_end));
                    self.extra.push(Word { start, end, folded_start, folded_end });
                }
            }
            first = last + 1;
        }
    }

    fn push(&mut self, start: usize, end: usize, folded_start: usize, folded_end: usize) {
        let [start, end, folded_start, folded_end] = [start, end, folded_start, folded_end].map(short);
        self.list.push(Word { start, end, folded_start, folded_end });
    }
}

/// A text is far shorter than 4 GiB: Intercom's replies are bounded.
fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Apostrophes and hyphens.
const JOINERS: [char; 6] = ['\'', '’', 'ʼ', '-', '‐', '‑'];

fn go_together(text: &str, left: &str, before: Word, right: &str, after: Word) -> bool {
    let mut between = text.get(before.end as usize..after.start as usize).unwrap_or_default().chars();
    let (Some(joiner), None) = (between.next(), between.next()) else { return false };
    let letters = |word: &str| word.bytes().all(|byte| !byte.is_ascii_digit());
    match joiner {
        '-' | '‐' | '‑' => letters(left) && letters(right),
        '\'' | '’' | 'ʼ' => letters(left) && CLIPPED.contains(&right),
        _ => false,
    }
}

/// Says whether nothing but an apostrophe or a hyphen parts the words of a text.
pub(in crate::store) fn is_one_word(text: &str) -> bool {
    text.split(JOINERS).all(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric))
}

/// Returns where a number stands in a word of letters and digits.
fn number_in(word: &str) -> Option<std::ops::Range<usize>> {
    let bytes = word.as_bytes();
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let (start, end) = (bytes.iter().position(is_digit)?, bytes.iter().rposition(is_digit)? + 1);
    let around = bytes.len() - (end - start);
    let is_number = (1..=AROUND_NUMBER).contains(&around) && bytes[start..end].iter().all(is_digit);
    (is_number && end - start >= NUMBER).then_some(start..end)
}

/// Appends the words of `text` to `index`, folded, each followed by a space; `words` is working memory, and holds them
/// afterwards.
pub(in crate::store) fn index(text: &str, words: &mut Words, index: &mut String) {
    words.read(text);
    index.reserve(text.len() + 1);
    for word in &words.list {
        index.push_str(words.folded(*word));
        index.push(' ');
    }
    for word in &words.extra {
        index.push_str(SEPARATOR);
        index.push_str(words.folded(*word));
        index.push(' ');
    }
}

/// Returns the folded form of a text, its words in one.
pub(in crate::store) fn folded(text: &str) -> String {
    let mut words = Words::default();
    words.read(text);
    words.list.iter().map(|word| words.folded(*word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(text: &str) -> String {
        let mut folded = String::new();
        index(text, &mut Words::default(), &mut folded);
        folded
    }

    #[test]
    fn words_are_folded_and_signs_stand_alone() {
        let cases = [
            ("Refund, PLEASE!", "refund please "),
            ("Café STRAẞE naïve", "cafe strasse naive "),
            ("Ｆｕｌｌ ｗｉｄｔｈ", "full width "),
            ("返金してください", "返 金 し て く だ さ い "),
            ("iPhone15を返品", "iphone15 を 返 品 "),
            ("Ёлка И\u{306} ﬁne", "елка и fine "),
            ("ΛΌΓΟΣ λόγος", "λογοσ λογοσ "),
            ("...", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(indexed(text), expected, "{text}");
        }
    }

    #[test]
    fn the_same_letters_are_written_in_one_way() {
        let same = [
            ("re\u{ad}fund zero\u{200b}width \u{feff}bom join\u{2060}er", "refund zerowidth bom joiner"),
            ("ﾃﾞｰﾀ ﾊﾟｽﾜｰﾄﾞ", "データ パスワード"),
            ("か\u{3099}く\u{3099}", "がぐ"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("\u{f900}\u{fa10} ⼈⽇ ⻑", "豈塚 人日 長"),
            ("Łódź Ærø Đorđe ırmak Þór œuvre Straße", "lodz aero dorde irmak thor oeuvre strasse"),
            ("علی کتاب إسلام أنا آخر", "علي كتاب اسلام انا اخر"),
            ("١٢٣٤ ۱۲۳۴ १२३४ ๑๒๓๔ １２３４", "1234 1234 1234 1234 1234"),
            ("क़ानून", "कानून"),
            ("👍🏽 ❤️", "👍 ❤"),
            ("مـــرحبا", "مرحبا"),
        ];
        for (one, other) in same {
            assert_eq!(indexed(one), indexed(other), "{one}");
        }
    }

    #[test]
    fn what_differs_stays_apart() {
        let apart = [
            ("किताब", "कताब"),
            ("দিন", "দান"),
            ("👍", "👎"),
            ("が", "か"),
            ("ดี", "ดู"),
            ("한", "하"),
            ("தா", "தி"),
        ];
        for (one, other) in apart {
            assert_ne!(indexed(one), indexed(other), "{one}");
        }
        assert_eq!(indexed("thanks👍🎉bye").split_whitespace().count(), 4);
        assert_eq!(indexed("किताब").split_whitespace().count(), 1);
    }

    #[test]
    fn a_word_in_two_and_a_number_in_a_word_stand_beside_it() {
        let cases = [
            ("don't e-mail", "don t e mail \u{e000} dont \u{e000} email "),
            ("l'addition", "l addition "),
            ("state-of-the-art", "state of the art \u{e000} stateoftheart "),
            ("INV2024001234 or INV-2024", "inv2024001234 or inv 2024 \u{e000} 2024001234 "),
            ("abc123 1234th deadbeef12345678", "abc123 1234th deadbeef12345678 \u{e000} 1234 "),
            ("2024-01-05 - and", "2024 01 05 and "),
        ];
        for (text, expected) in cases {
            assert_eq!(indexed(text), expected, "{text}");
        }
    }

    #[test]
    fn words_say_where_they_stand() {
        let mut words = Words::default();
        let at = |text: &'static str, words: &[Word]| -> Vec<&'static str> {
            words.iter().map(|word| &text[word.start as usize..word.end as usize]).collect()
        };
        let text = "Ça, 返金 ok ﾃﾞ e-mail ดี";
        words.read(text);
        assert_eq!(at(text, &words.list), ["Ça", "返", "金", "ok", "ﾃﾞ", "e", "mail", "ดี"]);
        assert_eq!(at(text, &words.extra), ["e-mail"]);
    }
}
