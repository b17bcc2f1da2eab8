//! The stems of Dutch words, by the rules of inflection alone: plurals, diminutives, adjectives, regular verbs. Snowball's
//! stemmers take off what makes another word, too (`woning` of `gewoon`), and leave what verbs take (`levert`). PURE.

/// How words begin whose `ge` is no participle's.
const OWN_GE: [&str; 27] = [
    "gebeur", "gebied", "gebouw", "gebrek", "gebrui", "gedach", "gedrag", "gedraa", "gehoor", "geleid",
    "gelegen", "gelov", "geloof", "geluid", "genees", "geniet", "geschi", "getuig", "gevaar", "gevoel",
    "gezich", "gewich", "gerech", "gedeel", "geslacht", "geweld", "gezond",
];

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Returns the stem of a word in lower case and without accents.
pub(super) fn stem(word: &str) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    let mut stem = Stem(word.as_bytes().to_vec());
    let ends_so = ["d", "t", "de", "te"].iter().any(|ending| word.ends_with(ending));
    let is_participle = ends_so
        && word.len() > 5
        && word.starts_with("ge")
        && !OWN_GE.iter().any(|own| word.starts_with(own));
    if is_participle {
        stem.0.drain(..2);
    }
    stem.take_plural();
    stem.take_verb(is_participle);
    stem.close();
    String::from_utf8(stem.0).unwrap_or_else(|_| word.to_owned())
}

struct Stem(Vec<u8>);

impl Stem {
    fn ends(&self, ending: &str) -> bool {
        self.0.ends_with(ending.as_bytes())
    }

    /// Takes an ending off, where enough of a word is left; says whether it did.
    fn take(&mut self, ending: &str) -> bool {
        let left = self.0.len().saturating_sub(ending.len());
        let has_vowel = self.0[..left].iter().any(|letter| is_vowel(*letter));
        let takes = left >= 3 && has_vowel && self.ends(ending);
        if takes {
            self.0.truncate(left);
        }
        takes
    }

    /// Returns how many syllables it has: runs of vowels.
    fn syllables(&self) -> usize {
        self.0
            .chunk_by(|one, other| is_vowel(*one) == is_vowel(*other))
            .filter(|run| is_vowel(run[0]))
            .count()
    }

    /// Returns a letter, counted from the end.
    fn letter(&self, from_end: usize) -> u8 {
        self.0.iter().rev().nth(from_end).copied().unwrap_or(b'-')
    }

    /// Makes one letter of two where they stand for one behind a short vowel.
    fn undouble(&mut self) {
        let last = self.letter(0);
        if last == self.letter(1) && !is_vowel(last) {
            self.0.pop();
        }
    }

    /// Takes off what plurals, diminutives and adjectives end in.
    fn take_plural(&mut self) {
        if self.ends("heden") && self.take("heden") {
            self.0.extend(b"heid");
            return;
        }
        let before = self.letter(1);
        let is_plural = match before {
            b'e' => matches!(self.letter(2), b'n' | b'l' | b't' | b'd' | b'g' | b'j' | b'i'),
            b'u' => self.ends("eaus"),
            b's' | b'k' => false,
            _ => !is_vowel(before) && !self.ends("ens") && !self.ends("aans"),
        };
        if is_plural && self.syllables() > 1 {
            self.take("s");
        }
        if self.ends("inkje") && self.take("kje") {
            self.0.push(b'g');
        } else if self.ends("etje") && self.letter(4) == self.letter(5) {
            self.take("etje");
            self.undouble();
        } else {
            let _ = self.take("tje")
                || self.ends("mpje") && self.take("pje")
                || !is_vowel(self.letter(2)) && self.take("je");
        }
        let open = self.take("en") || !is_vowel(self.letter(1)) && self.take("e");
        if open && self.letter(0) != self.letter(1) {
            self.lengthen();
        }
        self.undouble();
    }

    /// Writes a vowel twice that is long in an open syllable, as in `vragen`; in words of one syllable, since in others it may be
    /// unstressed.
    fn lengthen(&mut self) {
        let [last, vowel, before] = [0, 1, 2].map(|from_end| self.letter(from_end));
        if matches!(vowel, b'a' | b'e' | b'o' | b'u')
            && !is_vowel(last)
            && !is_vowel(before)
            && self.syllables() == 1
        {
            self.0.insert(self.0.len() - 1, vowel);
        }
    }

    /// Takes off what regular verbs end in; in words of one syllable that are no participle, only where no noun ends so.
    fn take_verb(&mut self, is_participle: bool) {
        let [before, further] = [1, 2].map(|from_end| self.letter(from_end));
        let is_long = is_participle || self.syllables() > 1;
        let is_verb = match before {
            b'd' => true,
            b'k' | b'p' | b'm' | b'l' | b'g' => further != b'c',
            b'f' => is_vowel(self.letter(3)) && (is_vowel(further) || further == b'j'),
            _ => false,
        };
        if (is_long || is_verb) && !self.ends("cht") {
            self.take("t");
        }
        let [before, further] = [1, 2].map(|from_end| self.letter(from_end));
        let is_verb = before == b'g' && !is_vowel(further);
        // `bestand` is none of `bestaan`.
        let is_noun = !is_participle && self.ends("and") && !self.ends("aand");
        if is_verb || is_long && !is_noun && (!is_vowel(before) || before == b'i' && is_vowel(further)) {
            self.take("d");
        }
    }

    /// Writes the last syllable as at the end of a word: long vowels are double there, and `v` and `z` are hard. Where it is
    /// not the first one, it may be unstressed, and then nothing tells long from short.
    fn close(&mut self) {
        self.undouble();
        match self.0.last_mut() {
            Some(last @ b'v') => *last = b'f',
            Some(last @ b'z') => *last = b's',
            _ => {}
        }
        let [last, vowel, before] = [0, 1, 2].map(|from_end| self.letter(from_end));
        if last == vowel && is_vowel(last) && self.syllables() > 1 {
            self.0.pop();
        }
        if is_vowel(last) || !matches!(vowel, b'a' | b'e' | b'o' | b'u') {
            return;
        }
        let at = self.0.len() - 2;
        if before == vowel && self.syllables() > 1 {
            self.0.remove(at);
        }
    }
}
