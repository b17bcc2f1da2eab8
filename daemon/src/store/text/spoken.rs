//! Which words of a conversation can have other forms, and in which language each is written. PURE.

use foldhash::HashSet;

use super::forms::{LETTERS, as_written, can_have_forms};
use super::language::{Language, Languages, Script, Tally, is_small};
use super::words::{Word, Words, folded};

/// A word that can have other forms, in the language in which it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) struct Spoken {
    /// The language.
    pub(in crate::store) language: Language,
    /// The word in lower case, with its accents.
    pub(in crate::store) word: String,
}

impl Spoken {
    /// Returns the word as the index has it.
    pub(in crate::store) fn folded(&self) -> String {
        folded(&self.word)
    }
}

/// Listens to the texts of a conversation for words that can have other forms.
#[derive(Default)]
pub(in crate::store) struct Listener {
    whole: Tally,
    /// The languages of each text.
    texts: Vec<Languages>,
    /// All of the words, one after the other.
    said: String,
    /// The words of all texts.
    words: Vec<Heard>,
}

/// A word that was heard.
struct Heard {
    text: usize,
    script: Script,
    /// Where it ends.
    end: usize,
    /// It is written as names are.
    name: bool,
}

impl Listener {
    /// Hears a text, of which `words` are the words.
    pub(in crate::store) fn hear(&mut self, text: &str, words: &Words) {
        let mut tally = Tally::default();
        for word in words.list.iter().chain(&words.extra) {
            let folded = words.folded(*word);
            tally.count(folded);
            self.keep(text, *word, folded);
        }
        self.whole.add(&tally);
        self.texts.push(tally.languages());
    }

    fn keep(&mut self, text: &str, word: Word, folded: &str) {
        let Some(script) = Script::of(folded) else { return };
        let written = text.get(word.start as usize..word.end as usize).unwrap_or_default();
        let name = is_capitalised(written) && is_within_sentence(&text[..word.start as usize]);
        if written.is_ascii() {
            if LETTERS.contains(&folded.len()) && folded.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                self.said.push_str(folded);
                self.words.push(Heard { text: self.texts.len(), script, end: self.said.len(), name });
            }
            return;
        }
        let written = as_written(written);
        let written = if can_have_forms(&written) { written.as_str() } else { folded };
        if can_have_forms(written) {
            self.said.push_str(written);
            self.words.push(Heard { text: self.texts.len(), script, end: self.said.len(), name });
        }
    }

    /// Returns each word once with its language.
    pub(in crate::store) fn finish(self) -> Vec<Spoken> {
        let whole = self.whole.languages();
        let mut start = 0;
        let mut seen = HashSet::default();
        for heard in self.words {
            let word = &self.said[start..heard.end];
            start = heard.end;
            let language = self.texts[heard.text].of(heard.script, whole);
            // German writes every noun as others write names.
            let is_name = heard.name && language != Language::German;
            if !is_name && !is_small(word, language) {
                seen.insert((language, word));
            }
        }
        seen.into_iter().map(|(language, word)| Spoken { language, word: word.to_owned() }).collect()
    }
}

/// Says whether a word begins with a capital, and goes on without.
fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase)
}

/// Says whether a sentence goes on after this.
fn is_within_sentence(before: &str) -> bool {
    before.trim_end_matches(' ').ends_with(|char: char| char.is_alphanumeric() || char == ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(texts: &[&str]) -> Vec<(Language, String)> {
        let (mut listener, mut words) = (Listener::default(), Words::default());
        for text in texts {
            words.read(text);
            listener.hear(text, &words);
        }
        let mut heard: Vec<_> =
            listener.finish().into_iter().map(|said| (said.language, said.word)).collect();
        heard.sort_by(|a, b| a.1.cmp(&b.1));
        heard
    }

    fn languages_of(text: &str, word: &str) -> Vec<Language> {
        heard(&[text]).into_iter().filter(|(_, other)| other == word).map(|(language, _)| language).collect()
    }

    #[test]
    fn a_text_is_known_by_its_small_words() {
        let cases = [
            ("Where is my refund? I have not heard from you", "refund", Language::English),
            ("Ich habe die Rechnung nicht bekommen", "rechnung", Language::German),
            ("Je n'ai pas reçu la facture", "facture", Language::French),
            ("No he recibido la factura de este mes", "factura", Language::Spanish),
            ("Ainda não recebi a fatura deste mês", "fatura", Language::Portuguese),
            ("Non ho ancora ricevuto la fattura di questo mese", "fattura", Language::Italian),
            ("Ik heb de factuur nog niet ontvangen", "factuur", Language::Dutch),
            ("Jag har inte fått min faktura och undrar var den är", "faktura", Language::Swedish),
            ("Я не получил счёт за этот месяц", "счёт", Language::Russian),
            ("Ще не отримав рахунок за цей місяць", "рахунок", Language::Ukrainian),
        ];
        for (text, word, language) in cases {
            assert_eq!(languages_of(text, word), [language], "{text}");
        }
    }

    #[test]
    fn a_short_text_is_in_the_language_of_the_others() {
        let texts = ["Wo ist die Rechnung, und wann kommt sie?", "Rechnungen bitte!"];
        assert!(heard(&texts).contains(&(Language::German, "rechnungen".to_owned())));
        assert_eq!(languages_of("refund", "refund"), [Language::English]);
    }

    #[test]
    fn a_name_has_no_forms() {
        let text = "My friend James has a dog. Dogs are what James loves, THANKS";
        let heard: Vec<_> = heard(&[text]).into_iter().map(|(_, word)| word).collect();
        assert_eq!(heard, ["dog", "dogs", "friend", "loves", "thanks"]);
        assert_eq!(
            languages_of("Das ist die Rechnung und das ist der Betrag", "rechnung"),
            [Language::German]
        );
    }

    #[test]
    fn numbers_and_what_has_digits_have_no_forms() {
        assert_eq!(heard(&["4711 iphone15 ab 返金"]), []);
        assert!(!can_have_forms("ab") && !can_have_forms("a1b2") && can_have_forms("bus"));
    }
}
