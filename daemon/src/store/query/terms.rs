//! Reads what a user typed. Every word is folded as the index is and quoted, so that no syntax of FTS5 leaks in.

use crate::store::error::Error;
use crate::store::text::{self, Words};

/// More than anybody types; a bound on the work that a question can ask for.
const MAX_BYTES: usize = 4_096;
const MAX_TERMS: usize = 64;

/// A word, or several that follow each other, or what means the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Term {
    /// Folded, at least one.
    pub(super) words: Vec<String>,
    /// The last one is only how a word begins.
    pub(super) prefix: bool,
    /// A word that was typed without quotes, in lower case: it is looked for in its other forms, too.
    pub(super) open: Option<String>,
    /// Other ways to write it.
    pub(super) writings: Vec<Vec<String>>,
    /// Other forms of the word, in the order of their letters.
    pub(super) forms: Vec<String>,
}

impl Term {
    /// Says whether a folded word is another form of what was typed.
    pub(super) fn is_other(&self, word: &str) -> bool {
        // Forms begin alike, so most words lie before the first one or after the last.
        let (Some(first), Some(last)) = (self.forms.first(), self.forms.last()) else { return false };
        first.as_str() <= word
            && word <= last.as_str()
            && self.forms.binary_search_by(|form| form.as_str().cmp(word)).is_ok()
    }

    /// Says whether a folded word is what is meant.
    pub(super) fn is_word(&self, word: &str) -> bool {
        if let [single] = self.words.as_slice()
            && (single == word || (self.prefix && word.starts_with(single.as_str())))
        {
            return true;
        }
        self.is_other(word) || self.writings.iter().any(|words| words.len() == 1 && words[0] == word)
    }
}

/// What a text asks for: a term of each group, and none of the excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// At least one group, each with at least one term.
    pub(super) groups: Vec<Vec<Term>>,
    /// Terms that must not occur.
    pub(super) excluded: Vec<Term>,
}

impl Terms {
    /// Returns every term that may be found in a match.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Term> {
        self.groups.iter().flatten()
    }

    /// Says whether the index finds all of it word by word: for a phrase or a prefix it may go through very much before
    /// it names the first document.
    pub(super) fn are_words(&self) -> bool {
        let is_word = |words: &Vec<String>| words.len() == 1;
        self.wanted()
            .chain(&self.excluded)
            .all(|term| !term.prefix && is_word(&term.words) && term.writings.iter().all(is_word))
    }

    /// Returns it in the syntax of FTS5.
    pub(super) fn to_match(&self) -> String {
        let any = |terms: &[Term]| terms.iter().map(quote).collect::<Vec<_>>().join(" OR ");
        let all: Vec<String> = self.groups.iter().map(|group| format!("({})", any(group))).collect();
        let wanted = all.join(" AND ");
        if self.excluded.is_empty() { wanted } else { format!("({wanted}) NOT ({})", any(&self.excluded)) }
    }
}

fn quote(term: &Term) -> String {
    let star = if term.prefix { " *" } else { "" };
    let mut any = format!("\"{}\"{star}", term.words.join(" "));
    for words in &term.writings {
        any.push_str(&format!(" OR \"{}\"", words.join(" ")));
    }
    for word in &term.forms {
        any.push_str(&format!(" OR \"{word}\""));
    }
    any
}

/// A piece of the text as typed.
struct Piece<'a> {
    text: &'a str,
    at: usize,
    quoted: bool,
    excluded: bool,
    prefix: bool,
}

/// Reads a text; `None` where it is empty.
///
/// # Errors
/// [`Error::BadQuery`] says what cannot be read, and where.
pub(super) fn parse(text: &str) -> Result<Option<Terms>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    if text.len() > MAX_BYTES {
        return Err(Error::BadQuery(format!("the search text is longer than {MAX_BYTES} bytes")));
    }
    let mut terms = Terms::default();
    let mut alternative: Option<usize> = None;
    let mut joinable = false;
    for piece in split(text)? {
        if !piece.quoted && !piece.excluded && !piece.prefix && piece.text == "OR" {
            if !joinable {
                return Err(Error::BadQuery(format!(
                    "OR at character {} has nothing before it to choose from: write `this OR that`",
                    piece.at
                )));
            }
            alternative = Some(piece.at);
            joinable = false;
            continue;
        }
        let Some(term) = term(&piece) else { continue };
        if piece.excluded {
            if let Some(at) = alternative {
                return Err(Error::BadQuery(format!(
                    "OR at character {at} cannot choose an excluded word: write `this OR that -other`"
                )));
            }
            terms.excluded.push(term);
            joinable = false;
            continue;
        }
        match terms.groups.last_mut() {
            Some(group) if alternative.is_some() => group.push(term),
            _ => terms.groups.push(vec![term]),
        }
        alternative = None;
        joinable = true;
    }
    if let Some(at) = alternative {
        return Err(Error::BadQuery(format!(
            "OR at character {at} has nothing after it to choose from: write `this OR that`"
        )));
    }
    if terms.groups.is_empty() {
        return Err(Error::BadQuery(if terms.excluded.is_empty() {
            format!("there is no letter or digit to search for in `{}`", text.trim())
        } else {
            "there are only excluded words: add one that must occur".to_owned()
        }));
    }
    if terms.wanted().count() + terms.excluded.len() > MAX_TERMS {
        return Err(Error::BadQuery(format!("there are more than {MAX_TERMS} words and phrases")));
    }
    Ok(Some(terms))
}

fn term(piece: &Piece<'_>) -> Option<Term> {
    let mut folded = Words::default();
    folded.read(piece.text);
    let words: Vec<String> = folded.list.iter().map(|word| folded.folded(*word).to_owned()).collect();
    let last = words.last()?;
    // A character that is a word of its own begins no longer one.
    let prefix = piece.prefix && !last.chars().any(text::is_spaceless);
    let open = (!piece.quoted && !prefix).then(|| text::as_written(piece.text));
    Some(Term { words, prefix, open, ..Term::default() })
}

/// Cuts the text at spaces and quotation marks.
fn split(text: &str) -> Result<Vec<Piece<'_>>, Error> {
    let position = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let at = position(rest);
        let (excluded, body) = match rest.strip_prefix('-') {
            Some(body) if body.starts_with(|char: char| !char.is_whitespace()) => (true, body),
            _ => (false, rest),
        };
        if let Some(inner) = body.strip_prefix(['"', '“', '”']) {
            let Some(end) = inner.find(['"', '“', '”']) else {
                return Err(Error::BadQuery(format!(
                    "the quotation mark at character {} is not closed",
                    position(body)
                )));
            };
            let mark = inner[end..].chars().next().map_or(0, char::len_utf8);
            let after = &inner[end + mark..];
            let (prefix, after) = match after.strip_prefix('*') {
                Some(after) => (true, after),
                None => (false, after),
            };
            pieces.push(Piece { text: &inner[..end], at, quoted: true, excluded, prefix });
            rest = after.trim_start();
        } else {
            let end = body.find(|char: char| char.is_whitespace()).unwrap_or(body.len());
            let word = &body[..end];
            let prefix = word.ends_with('*');
            pieces.push(Piece { text: word.trim_end_matches('*'), at, quoted: false, excluded, prefix });
            rest = body[end..].trim_start();
        }
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn matched(text: &str) -> String {
        parse(text).unwrap().unwrap().to_match()
    }

    #[test]
    fn what_is_typed_becomes_quoted_terms() {
        let cases = [
            ("Refund order", r#"("refund") AND ("order")"#),
            ("\"late delivery\" refund", r#"("late delivery") AND ("refund")"#),
            ("deliv*", r#"("deliv" *)"#),
            ("\"late deliv\"*", r#"("late deliv" *)"#),
            ("a OR b c", r#"("a" OR "b") AND ("c")"#),
            ("refund -spam -\"no reply\"", r#"(("refund")) NOT ("spam" OR "no reply")"#),
            ("anna@example.com", r#"("anna example com")"#),
            ("body:x NEAR(a b) AND NOT", r#"("body x") AND ("near a") AND ("b") AND ("and") AND ("not")"#),
            ("返金*", r#"("返 金")"#),
            ("hello - ! world", r#"("hello") AND ("world")"#),
            ("it's 5\" wide", r#"("it s") AND ("5") AND ("wide")"#),
            ("“curly quotes”", r#"("curly quotes")"#),
            ("\"OR\" or", r#"("or") AND ("or")"#),
        ];
        for (text, expected) in cases {
            assert_eq!(matched(text), expected, "{text}");
        }
        assert_eq!(parse("  ").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_says_what_and_where() {
        let cases = [
            ("say \"hello", "character 5 is not closed"),
            ("OR b", "OR at character 1 has nothing before"),
            ("a OR", "OR at character 3 has nothing after"),
            ("a OR -b", "cannot choose an excluded word"),
            ("?!... *", "no letter or digit"),
            ("-spam", "only excluded words"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
