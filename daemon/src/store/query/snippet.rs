//! The texts around matches, and who says them, cut from what messages say by the folding that the index uses. PURE.

use proto::types::{Marked, Side, Snippet, Speaker};

use super::highlighter::{Highlighter, Match, Set, densest};
use super::terms::Origin;
use crate::store::stored::Said;
use crate::store::text::beginning;

/// Characters in a snippet, without the marks of omission.
const LENGTH: usize = 160;
/// Characters of it that come before the first match.
const LEAD: usize = 50;
/// Most snippets of a conversation.
const MOST: usize = 3;
/// Characters of a customer's first words.
const FIRST_WORDS: usize = 100;
/// Bytes of a conversation that are unpacked for its snippets.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// Bytes that are looked through for matches: of all texts, and of each.
const MOST_LOOKED_THROUGH: usize = 512 << 10;
const MOST_OF_ONE: usize = 64 << 10;
/// Matches of one text that are compared with each other.
const MOST_MATCHES: usize = 1_000;

/// Chooses which texts of a conversation are shown, and what of them.
pub(super) struct Excerpts<'h, 't> {
    highlighter: &'h mut Highlighter,
    /// Bytes that may still be looked through.
    left: usize,
    /// The texts in which terms stand.
    found: Vec<Found<'t>>,
    /// All terms stand together in the last of them.
    complete: bool,
}

/// A text in which terms stand.
struct Found<'t> {
    text: &'t str,
    author: Option<Speaker>,
    matches: Vec<Match>,
}

impl<'h, 't> Excerpts<'h, 't> {
    /// Begins with no texts.
    pub(super) fn new(highlighter: &'h mut Highlighter) -> Self {
        Self { highlighter, left: MOST_LOOKED_THROUGH, found: Vec::new(), complete: false }
    }

    /// Says whether further texts would show nothing more.
    pub(super) fn is_complete(&self) -> bool {
        self.complete || self.highlighter.terms() == 0
    }

    /// Looks through messages.
    pub(super) fn look_at(&mut self, said: &[Said<'t>]) {
        for said in said {
            self.look(said.text, Origin::Said(said.side()), || author(said));
        }
    }

    /// Looks through values of fields.
    pub(super) fn look_at_fields(&mut self, values: impl Iterator<Item = &'t str>) {
        for value in values {
            self.look(value, Origin::Title, || None);
        }
    }

    fn look(&mut self, text: &'t str, origin: Origin, author: impl FnOnce() -> Option<Speaker>) {
        let text = beginning(text, MOST_OF_ONE.min(self.left));
        if self.is_complete() || text.is_empty() {
            return;
        }
        self.left -= text.len();
        let places = self.highlighter.places(text, origin);
        let matches = places[..places.len().min(MOST_MATCHES)].to_vec();
        if !matches.is_empty() {
            let all = Set::first(self.highlighter.terms());
            self.complete = densest(&matches, all, LENGTH - LEAD).0 == all.count();
            self.found.push(Found { text, author: author(), matches });
        }
    }

    /// Returns the piece of the texts in which most of the terms stand together, the first such; then pieces in which those
    /// stand that are not in it.
    pub(super) fn chosen(self) -> Vec<Snippet> {
        let mut snippets = Vec::new();
        let mut missing = Set::first(self.highlighter.terms());
        while snippets.len() < MOST {
            let mut best: Option<(u32, &Found<'_>, &[Match])> = None;
            for found in &self.found {
                let (count, window) = densest(&found.matches, missing, LENGTH - LEAD);
                if count > best.as_ref().map_or(0, |(most, ..)| *most) {
                    best = Some((count, found, &found.matches[window]));
                }
            }
            let Some((_, found, matches)) = best else { break };
            missing = missing.without(Set::of(matches));
            snippets.push(Snippet { text: cut(found.text, matches, LENGTH), author: found.author.clone() });
        }
        snippets
    }
}

/// Returns the beginning of the last message.
pub(super) fn last_words(said: &[Said<'_>]) -> Option<Snippet> {
    let last = said.iter().rev().find(|said| !said.text.is_empty())?;
    Some(Snippet { text: cut(last.text, &[], LENGTH), author: author(last) })
}

/// Returns the beginning of the first message that is a customer's.
pub(super) fn first_words(said: &[Said<'_>]) -> Option<String> {
    let first = said.iter().find(|said| said.side() == Some(Side::Customer) && !said.text.is_empty())?;
    Some(cut(first.text, &[], FIRST_WORDS).text)
}

fn author(said: &Said<'_>) -> Option<Speaker> {
    let (kind, name) = said.author.as_ref()?;
    Some(Speaker { kind: kind.to_string(), name: name.as_ref().map(ToString::to_string) })
}

/// Cuts a snippet out of a text, on one line, the matches marked.
fn cut(text: &str, matches: &[Match], longest: usize) -> Marked {
    let anchor = matches.first().map_or(0, |found| found.bytes.start);
    let start = begin(text, anchor);
    let mut snippet = Marked::default();
    let mut opened: Option<(usize, u32)> = None;
    let mut matches = matches.iter().map(|found| found.bytes.clone()).peekable();
    let mut length = 0;
    if start > 0 {
        snippet.text.push('…');
    }
    let mut space = true;
    let at_end = |snippet: &Marked| u32::try_from(snippet.text.len()).unwrap_or(u32::MAX);
    let rest = text[start..].char_indices().map(|(at, char)| (start + at, char));
    for (at, char) in rest {
        if let Some((end, mark)) = opened
            && at >= end
        {
            snippet.marks.push((mark, at_end(&snippet)));
            opened = None;
        }
        if length >= longest && opened.is_none() {
            snippet.text.truncate(snippet.text.trim_end().len());
            snippet.text.push('…');
            return snippet;
        }
        if char.is_whitespace() || char.is_control() {
            if !space {
                snippet.text.push(' ');
                length += 1;
            }
            space = true;
            continue;
        }
        while matches.next_if(|found| found.end <= at).is_some() {}
        if opened.is_none()
            && let Some(found) = matches.next_if(|found| found.start <= at)
        {
            opened = Some((found.end, at_end(&snippet)));
        }
        snippet.text.push(char);
        length += 1;
        space = false;
    }
    if let Some((_, mark)) = opened {
        snippet.marks.push((mark, at_end(&snippet)));
    }
    snippet.text.truncate(snippet.text.trim_end().len());
    snippet
}

/// Returns where a snippet begins that shows what stands at `anchor`: some characters before it, after a space.
fn begin(text: &str, anchor: usize) -> usize {
    let before = &text[..anchor];
    let Some((earliest, _)) = before.char_indices().rev().nth(LEAD - 1) else { return 0 };
    match before[earliest..].find(char::is_whitespace) {
        Some(space) => earliest + space,
        None => earliest,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::terms::{Scope, Term, Terms};
    use super::*;

    fn highlighter(query: &[&str]) -> Highlighter {
        let mut terms = Terms::default();
        for word in query {
            terms.add(Term::read(word.trim_end_matches('*'), word.ends_with('*')).unwrap(), false);
        }
        Highlighter::new(Some(&terms))
    }

    fn said<'t>(kind: &'t str, text: &'t str) -> Said<'t> {
        Said { text, author: Some((kind.into(), None)) }
    }

    fn marked(snippet: &Marked) -> Vec<String> {
        let marks = snippet.marks.iter();
        marks.map(|(start, end)| snippet.text[*start as usize..*end as usize].to_owned()).collect()
    }

    /// Returns the snippets for words, phrases, and beginnings with a star, and what is marked in each.
    fn snippets(query: &[&str], texts: &[&str]) -> Vec<(String, Vec<String>)> {
        let mut highlighter = highlighter(query);
        let mut excerpts = Excerpts::new(&mut highlighter);
        let said: Vec<Said<'_>> = texts.iter().map(|text| said("user", text)).collect();
        excerpts.look_at(&said);
        excerpts
            .chosen()
            .into_iter()
            .map(|snippet| (snippet.text.text.clone(), marked(&snippet.text)))
            .collect()
    }

    #[test]
    fn a_snippet_marks_what_the_index_matches() {
        let cases: [(&[&str], &str, &[&str]); 8] = [
            (&["refund"], "Where is my REFUND? The refund is late", &["REFUND", "refund"]),
            (&["cafe"], "Meet at the Café.", &["Café"]),
            (&["late delivery"], "A late  delivery, again late", &["late delivery"]),
            (&["deliv*"], "Delivered: no delivery", &["Delivered", "delivery"]),
            (&["返金"], "商品の返金をお願いします", &["返金"]),
            (&["สวัสดี"], "ครับสวัสดีครับ", &["สวัสดี"]),
            (&["a", "b"], "b then a", &["b", "a"]),
            (&["anna@example.com"], "write to Anna@Example.com", &["Anna@Example.com"]),
        ];
        for (query, text, expected) in cases {
            assert_eq!(snippets(query, &[text])[0].1, expected, "{query:?}");
        }
    }

    #[test]
    fn the_message_with_most_of_the_terms_is_shown() {
        let texts = ["an order", "the order was a refund\n\nof sorts", "refund"];
        let [(text, marked)] = snippets(&["refund", "order"], &texts).try_into().unwrap();
        assert_eq!(text, "the order was a refund of sorts");
        assert_eq!(marked, ["order", "refund"]);
    }

    #[test]
    fn a_long_text_is_cut_on_both_sides() {
        let text = format!("{} needle {}", "before ".repeat(100), "after ".repeat(100));
        let [(text, marked)] = snippets(&["needle"], &[&text]).try_into().unwrap();
        assert!(text.starts_with("…") && text.ends_with('…') && text.chars().count() <= LENGTH + 3, "{text}");
        assert_eq!(marked, ["needle"]);
    }

    #[test]
    fn each_word_is_shown_where_it_stands_if_no_message_has_them_all() {
        let texts = ["a refund", "an order", "refund again", "the lamp", "a refund of the lamp"];
        let shown: Vec<String> =
            snippets(&["refund", "order", "lamp"], &texts).into_iter().map(|(text, _)| text).collect();
        assert_eq!(shown, ["a refund of the lamp", "an order"]);
        let many = ["a", "b", "c", "d", "e"];
        assert_eq!(snippets(&many, &many).len(), MOST);
    }

    #[test]
    fn what_one_side_has_to_say_is_shown_where_that_side_says_it() {
        let mut terms = Terms::default();
        terms.add(Term { scope: Scope::Said(Side::Customer), ..Term::read("refund", false).unwrap() }, false);
        let mut highlighter = Highlighter::new(Some(&terms));
        let mut excerpts = Excerpts::new(&mut highlighter);
        excerpts.look_at(&[said("admin", "no refund"), said("lead", "my refund")]);
        let [snippet] = excerpts.chosen().try_into().unwrap();
        assert_eq!(
            (snippet.text.text.as_str(), snippet.author.unwrap().kind.as_str()),
            ("my refund", "lead")
        );
    }

    #[test]
    fn the_first_and_last_words_are_beginnings_of_messages() {
        let long = format!("hello {}", "and so on ".repeat(30));
        let said = [said("bot", "Hi!"), said("user", &long), said("admin", "last one"), said("admin", "")];
        assert_eq!(last_words(&said).unwrap().text.text, "last one");
        let first = first_words(&said).unwrap();
        assert!(first.starts_with("hello and so") && first.ends_with('…'), "{first}");
        assert!(first.chars().count() <= FIRST_WORDS + 1, "{first}");
        assert_eq!((last_words(&[]), first_words(&[])), (None, None));
    }
}
