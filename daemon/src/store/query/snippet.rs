//! The text around a match, cut from what messages say by the folding that the index uses. PURE.

use std::ops::Range;

use proto::types::Snippet;

use super::terms::{Term, Terms};
use crate::store::text::{Word, Words, beginning};

/// Characters in a snippet, without the marks of omission.
const LENGTH: usize = 160;
/// Characters of it that come before the first match.
const LEAD: usize = 50;
/// Bytes of a conversation's texts in which matches are looked for.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// Matches of one text that are compared with each other.
const MOST_MATCHES: usize = 1_000;

/// Finds a question's terms in texts; keeps its working memory between them.
pub(super) struct Highlighter {
    terms: Vec<Term>,
    words: Words,
    found: Vec<Match>,
}

/// A term where it stands in a text.
#[derive(Clone, Debug)]
struct Match {
    term: usize,
    bytes: Range<usize>,
    /// It stands there as it was typed, not in another form.
    exact: bool,
}

/// How often a term occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Occurrences {
    /// As it was typed.
    pub(super) exact: u32,
    /// In other forms.
    pub(super) others: u32,
}

/// What was counted of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Its words.
    pub(super) words: usize,
    /// How many different terms stand as near to each other as a snippet shows.
    pub(super) together: usize,
}

impl Highlighter {
    /// Returns one for these terms; without any, a snippet is the beginning of the last message.
    pub(super) fn new(terms: Option<&Terms>) -> Self {
        Self::of(terms.map(|terms| terms.wanted().cloned().collect()).unwrap_or_default())
    }

    /// Returns one for these terms, in this order.
    pub(super) fn of(terms: Vec<Term>) -> Self {
        Self { terms, words: Words::default(), found: Vec::new() }
    }

    /// Returns the piece of the texts in which most of the terms stand together, the first such.
    pub(super) fn snippet(&mut self, texts: &[&str]) -> Option<Snippet> {
        let mut best: Option<(usize, &str, Vec<Match>)> = None;
        for text in first(texts) {
            self.find(text);
            self.found.truncate(MOST_MATCHES);
            let Some((count, window)) = self.densest() else { continue };
            if best.as_ref().is_none_or(|(most, ..)| count > *most) {
                best = Some((count, text, self.found[window].to_vec()));
                if count == self.terms.len() {
                    break;
                }
            }
        }
        match best {
            Some((_, text, matches)) => Some(cut(text, &matches)),
            None => texts.iter().rev().find(|text| !text.is_empty()).map(|text| cut(text, &[])),
        }
    }

    /// Counts how often each term occurs in a text, and the text's words.
    pub(super) fn count(&mut self, text: &str, counts: &mut [u32]) -> usize {
        self.find(text);
        for found in &self.found {
            if let Some(count) = counts.get_mut(found.term) {
                *count += 1;
            }
        }
        self.words.list.len()
    }

    /// Counts how often each term occurs in a text, each time as so many, and what else says how well the text answers.
    pub(super) fn weigh(&mut self, text: &str, times: u32, counts: &mut [Occurrences]) -> Counted {
        self.find(text);
        for found in &self.found {
            let Some(count) = counts.get_mut(found.term) else { continue };
            *(if found.exact { &mut count.exact } else { &mut count.others }) += times;
        }
        self.found.truncate(MOST_MATCHES);
        let together = if self.terms.len() > 1 { self.densest().map_or(0, |(most, _)| most) } else { 0 };
        Counted { words: self.words.list.len(), together }
    }

    /// Returns how many terms there are.
    pub(super) fn terms(&self) -> usize {
        self.terms.len()
    }

    fn find(&mut self, text: &str) {
        self.found.clear();
        if self.terms.is_empty() {
            return;
        }
        self.words.read(text);
        for (at, word) in self.words.list.iter().enumerate() {
            let folded = self.words.folded(*word);
            for (term, wanted) in self.terms.iter().enumerate() {
                if let Some(last) = self.stands_at(wanted, at, folded) {
                    let exact = !wanted.is_other(folded);
                    self.found.push(Match { term, bytes: word.start as usize..last.end as usize, exact });
                }
            }
        }
        if self.words.extra.is_empty() {
            return;
        }
        for word in &self.words.extra {
            let folded = self.words.folded(*word);
            for (term, wanted) in self.terms.iter().enumerate() {
                if wanted.is_word(folded) {
                    let exact = !wanted.is_other(folded);
                    self.found.push(Match { term, bytes: word.start as usize..word.end as usize, exact });
                }
            }
        }
        self.found.sort_by_key(|found| found.bytes.start);
    }

    /// Returns the last word of a term that begins with the word at `at`, in whatever form or writing.
    fn stands_at(&self, term: &Term, at: usize, folded: &str) -> Option<Word> {
        if term.is_word(folded) {
            return self.words.list.get(at).copied();
        }
        // Most terms are a word, and most words are not it: nothing else is done for these.
        if term.words.len() > 1
            && let Some(last) = self.phrase_at(&term.words, term.prefix, at, folded)
        {
            return Some(last);
        }
        term.writings.iter().find_map(|words| self.phrase_at(words, false, at, folded))
    }

    /// Returns the last word of a phrase that begins with the word at `at`.
    fn phrase_at(&self, words: &[String], prefix: bool, at: usize, folded: &str) -> Option<Word> {
        if words.first()? != folded {
            return None;
        }
        let list = self.words.list.get(at..at + words.len())?;
        let fits = |(offset, (word, wanted)): (usize, (&Word, &String))| {
            let found = self.words.folded(*word);
            found == wanted || (prefix && offset + 1 == words.len() && found.starts_with(wanted.as_str()))
        };
        list.iter().zip(words).enumerate().all(fits).then(|| list.last().copied()).flatten()
    }

    /// Returns the matches that fit into one snippet with the most different terms among them.
    fn densest(&self) -> Option<(usize, Range<usize>)> {
        let mut best: Option<(usize, Range<usize>)> = None;
        for (first, found) in self.found.iter().enumerate() {
            let reach = found.bytes.start + LENGTH - LEAD;
            let length =
                self.found[first..].iter().take_while(|other| other.bytes.end <= reach).count().max(1);
            let window = first..first + length;
            let mut seen: Vec<usize> = self.found[window.clone()].iter().map(|found| found.term).collect();
            seen.sort_unstable();
            seen.dedup();
            if best.as_ref().is_none_or(|(most, _)| seen.len() > *most) {
                let all = seen.len() == self.terms.len();
                best = Some((seen.len(), window));
                if all {
                    break;
                }
            }
        }
        best
    }
}

/// Returns the texts up to the bound on what is looked through, the last of them cut.
pub(super) fn first<'t>(texts: &[&'t str]) -> impl Iterator<Item = &'t str> {
    let mut left = MOST_BYTES;
    texts.iter().map_while(move |text| {
        let cut = beginning(text, left);
        let any = left > 0;
        left -= cut.len();
        any.then_some(cut)
    })
}

/// Cuts a snippet out of a text, on one line, the matches marked.
fn cut(text: &str, matches: &[Match]) -> Snippet {
    let anchor = matches.first().map_or(0, |found| found.bytes.start);
    let start = begin(text, anchor);
    let mut snippet = Snippet::default();
    let mut opened: Option<(usize, u32)> = None;
    let mut matches = matches.iter().map(|found| found.bytes.clone()).peekable();
    let mut length = 0;
    if start > 0 {
        snippet.text.push('…');
    }
    let mut space = true;
    let at_end = |snippet: &Snippet| u32::try_from(snippet.text.len()).unwrap_or(u32::MAX);
    let rest = text[start..].char_indices().map(|(at, char)| (start + at, char));
    for (at, char) in rest {
        if let Some((end, mark)) = opened
            && at >= end
        {
            snippet.marks.push((mark, at_end(&snippet)));
            opened = None;
        }
        if length >= LENGTH && opened.is_none() {
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

    use super::*;

    /// Returns the snippet for words, phrases, and beginnings with a star.
    fn snippet(query: &[&str], texts: &[&str]) -> (String, Vec<String>) {
        let mut terms = Terms::default();
        for word in query {
            terms.add(Term::read(word.trim_end_matches('*'), word.ends_with('*')).unwrap(), false);
        }
        let snippet = Highlighter::new(Some(&terms)).snippet(texts).unwrap();
        let marked =
            snippet.marks.iter().map(|(start, end)| snippet.text[*start as usize..*end as usize].to_owned());
        let marked = marked.collect();
        (snippet.text, marked)
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
            assert_eq!(snippet(query, &[text]).1, expected, "{query:?}");
        }
    }

    #[test]
    fn the_message_with_most_of_the_terms_is_shown() {
        let texts = ["an order", "the order was a refund\n\nof sorts", "refund"];
        let (text, marked) = snippet(&["refund", "order"], &texts);
        assert_eq!(text, "the order was a refund of sorts");
        assert_eq!(marked, ["order", "refund"]);
    }

    #[test]
    fn a_long_text_is_cut_on_both_sides() {
        let text = format!("{} needle {}", "before ".repeat(100), "after ".repeat(100));
        let (text, marked) = snippet(&["needle"], &[&text]);
        assert!(text.starts_with("…") && text.ends_with('…') && text.chars().count() <= LENGTH + 3, "{text}");
        assert_eq!(marked, ["needle"]);
    }

    #[test]
    fn without_a_match_the_last_message_begins() {
        assert_eq!(snippet(&["name"], &["first", "last one", ""]).0, "last one");
        assert_eq!(Highlighter::new(None).snippet(&["first", "last one"]).unwrap().text, "last one");
        assert_eq!(Highlighter::new(None).snippet(&[]), None);
    }
}
