//! What a person or an agent types to search becomes a tree of words and conditions. This is the only place that reads
//! it, for every program. Pure: no clock, no IO.
//!
//! - Words must all occur, in any of their forms; `"phrases"` exactly; `prefix*` and other stars stand for any letters.
//! - `this OR that` chooses between its neighbours, `AND` in capitals ties closer than `OR`, `-` and `NOT` exclude;
//!   brackets go to any depth.
//! - `tag:billing`, `assignee:"Kim Ode"`, `rating:1..2`, `attr.Plan:Pro` are conditions, as [`crate::fields`] lists them;
//!   `is:` and `has:` ask for states and for anything at all; `tag:(billing OR refund)` is short for two of them.
//! - `after:`, `before:`, `since:`, `until:` and `during:` narrow the timeframe, in the user's zone: `before` stops where
//!   a day begins, `until` goes on until it is over, `since` starts where it begins, `after` where it is over.
//! - `said:customer` and `said:team` are about the words beside them, within the same brackets.
//! - An address of Intercom's inbox stands for its conversation.
//!
//! Text is never refused: what may have been meant as something else is taken as text, with a [`Note`] that says so.
//! Refused is a condition whose value means nothing, and a timeframe that cannot be.

mod conditions;
mod links;
mod note;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use std::ops::Range;

use chrono::{DateTime, TimeZone};

pub use self::conditions::meant_by;
use self::conditions::{Meaning, Name, nearest};
pub use self::note::Note;
use self::tokens::{Kind, Operator, Token, cut};
use self::tree::{Branch, Operand, Tree};
use crate::types::{Expr, Form, Side, Text, Window};

/// Longest search, in bytes: more than anybody types.
const MOST_BYTES: usize = 8_192;
/// Most words, phrases and conditions of a search.
const MOST_PIECES: usize = 256;

/// What a text asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What has to hold of a conversation.
    pub query: Expr,
    /// The timeframe, as far as the text says it.
    pub window: Window,
    /// What was understood in another way than it may have been meant.
    pub notes: Vec<Note>,
}

/// Returns what a text asks for; `now` carries the user's zone.
///
/// # Errors
/// With the place of a condition that means nothing, and what to write instead.
pub fn parse<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<Parsed, Note> {
    if text.len() > MOST_BYTES {
        return Err(Note::new(
            text,
            0..0,
            &format!("the search is longer than {MOST_BYTES} bytes: shorten it"),
        ));
    }
    let (tokens, notes) = cut(text);
    let mut reader = Reader { text, now, tree: Tree::new(), notes, bounds: Bounds::default(), pieces: 0 };
    for (at, token) in tokens.iter().enumerate() {
        reader.take(token, tokens.get(at + 1))?;
    }
    reader.finish()
}

/// Which ends of the timeframe were given, and where.
#[derive(Default)]
struct Bounds {
    window: Window,
    start: Option<Range<usize>>,
    end: Option<Range<usize>>,
}

struct Reader<'a, Tz: TimeZone> {
    text: &'a str,
    now: &'a DateTime<Tz>,
    tree: Tree,
    notes: Vec<Note>,
    bounds: Bounds,
    pieces: usize,
}

impl<Tz: TimeZone> Reader<'_, Tz> {
    fn take(&mut self, token: &Token, next: Option<&Token>) -> Result<(), Note> {
        match &token.kind {
            Kind::Open(None) => self.tree.open(token.excluded, None),
            Kind::Open(Some(name)) => match Name::read(name) {
                Some(Name::Field(field)) => {
                    let name = (Name::Field(field), name.clone());
                    self.tree.open(token.excluded, Some(name));
                }
                _ => {
                    self.unknown(token, name);
                    self.tree.open(token.excluded, None);
                }
            },
            Kind::Close => {
                let branch = self.tree.close();
                self.join(branch)?;
            }
            Kind::Operator(operator) => return self.operator(*operator, token, next),
            Kind::Word(word) => return self.word(word, token),
            Kind::Phrase(words, star) => return self.phrase(words, *star, token),
            Kind::Named(name, value, quoted) => return self.named(name, value, *quoted, token),
        }
        Ok(())
    }

    /// Takes an operator; one that has nothing to stand between is a word.
    fn operator(&mut self, operator: Operator, token: &Token, next: Option<&Token>) -> Result<(), Note> {
        let typed = &self.text[token.place.clone()];
        let beside = match next.map(|next| &next.kind) {
            None | Some(Kind::Close) => Some("has nothing after it"),
            Some(Kind::Operator(next)) if *next != Operator::Not => Some("stands beside another one"),
            _ if operator != Operator::Not && !self.tree.has_operand() => Some("has nothing before it"),
            _ => None,
        };
        if let Some(what) = beside {
            let what =
                format!("`{typed}` {what}, and was taken as a word: it stands between what it is about");
            self.notes.push(self.note(token, &what));
            return self.add(Expr::word(typed.to_lowercase()), token);
        }
        match self.tree.operate(operator) {
            None => Ok(()),
            Some(place) => Err(self.misplaced(place)),
        }
    }

    fn word(&mut self, word: &str, token: &Token) -> Result<(), Note> {
        if let Some(name) = self.tree.named() {
            let (name, typed) = name.clone();
            return self.condition(&name, &typed, word, false, token);
        }
        if let Some(id) = links::conversation(word) {
            return self.add(Expr::is(crate::fields::Field::Id, id), token);
        }
        if let Some(what) = foreign(word) {
            self.notes.push(self.note(token, &what));
        }
        let word = word.trim_end_matches('~');
        let form = if word.contains('*') { Form::Pattern } else { Form::Word };
        self.say(word, form, token)
    }

    fn phrase(&mut self, words: &str, star: bool, token: &Token) -> Result<(), Note> {
        if let Some(name) = self.tree.named() {
            let (name, typed) = name.clone();
            return self.condition(&name, &typed, words, true, token);
        }
        if !can_be_found(words) {
            self.notes.push(self.note(token, "there is nothing to search for between these quotation marks"));
        }
        self.say(words, if star { Form::Beginning } else { Form::Phrase }, token)
    }

    /// Requires words, where there are any.
    fn say(&mut self, words: &str, form: Form, token: &Token) -> Result<(), Note> {
        if !can_be_found(words) {
            return Ok(());
        }
        self.add(Expr::Text(Text { words: words.to_owned(), form, said: None }), token)
    }

    /// Takes a name with a colon and a value; as text, where they mean nothing.
    fn named(&mut self, name: &str, value: &str, quoted: bool, token: &Token) -> Result<(), Note> {
        let value = if quoted { value.trim() } else { value.trim_end_matches([',', ';']) };
        match Name::read(name) {
            Some(known) if value.is_empty() => {
                let example = known.example();
                let what = format!(
                    "`{name}:` has no value right after it, and was taken as a word: write {example}"
                );
                self.notes.push(self.note(token, &what));
                self.say(name, Form::Word, token)
            }
            Some(known) => self.condition(&known, name, value, quoted, token),
            None if value.is_empty() => self.say(name, Form::Word, token),
            None => {
                self.unknown(token, name);
                if quoted {
                    self.say(name, Form::Word, token)?;
                    return self.say(value, Form::Phrase, token);
                }
                let typed = self.text[token.place.clone()].trim_start_matches('-').to_owned();
                let form = if typed.contains('*') { Form::Pattern } else { Form::Word };
                self.say(&typed, form, token)
            }
        }
    }

    /// Says that a name is no condition, and which ones are near.
    fn unknown(&mut self, token: &Token, name: &str) {
        let near = nearest(name);
        let advice = if near.is_empty() {
            "conditions are from:, tag:, state:, assignee:, team:, is:, has:, before:, after: and their like"
                .to_owned()
        } else {
            let near: Vec<String> = near.iter().map(|known| format!("`{known}:`")).collect();
            format!("did you mean {}?", near.join(" or "))
        };
        let what = format!("there is no condition `{name}:`, and it was taken as text; {advice}");
        self.notes.push(self.note(token, &what));
    }

    fn condition(
        &mut self,
        name: &Name,
        typed: &str,
        value: &str,
        quoted: bool,
        token: &Token,
    ) -> Result<(), Note> {
        let meaning = conditions::read(name, typed, value, quoted, self.now);
        match meaning.map_err(|what| self.note(token, &what))? {
            Meaning::Holds(expr) => self.add(expr, token),
            Meaning::Times(window) => {
                self.narrow(token, window)?;
                let operand = Operand { expr: Expr::default(), time: Some(token.place.clone()) };
                self.push(operand, token.excluded)
            }
            Meaning::Said(side) => {
                let contrary = match side {
                    Side::Customer => "team",
                    Side::Team => "customer",
                };
                let what = if token.excluded {
                    format!(
                        "nothing is excluded by who said it, and this was left out: write said:{contrary}"
                    )
                } else if self.tree.say(side, token.place.clone()) {
                    return Ok(());
                } else {
                    "somebody else is named in the same brackets, and this was left out: write (said:customer this) \
                     (said:team that)"
                        .to_owned()
                };
                self.notes.push(self.note(token, &what));
                Ok(())
            }
        }
    }

    /// Adds a piece.
    fn add(&mut self, expr: Expr, token: &Token) -> Result<(), Note> {
        self.pieces += 1;
        if self.pieces > MOST_PIECES {
            let what = format!("there are more than {MOST_PIECES} words and conditions: leave some out");
            return Err(self.note(token, &what));
        }
        self.push(Operand { expr, time: None }, token.excluded)
    }

    fn push(&mut self, operand: Operand, excluded: bool) -> Result<(), Note> {
        self.tree.push(operand, excluded).map_err(|place| self.misplaced(place))
    }

    /// Adds what stood in brackets.
    fn join(&mut self, branch: Branch) -> Result<(), Note> {
        if let Some(place) = branch.said_nothing {
            let what = "there are no words beside this in the same brackets, and it was left out";
            self.notes.push(Note::new(self.text, place, what));
        }
        if branch.is_empty {
            return Ok(());
        }
        self.push(branch.operand, branch.excluded)
    }

    fn misplaced(&self, place: Range<usize>) -> Note {
        let what = "a timeframe is that of the whole search: write it without OR, NOT and `-`";
        Note::new(self.text, place, what)
    }

    /// Narrows the timeframe; each of its ends is given once.
    fn narrow(&mut self, token: &Token, window: Window) -> Result<(), Note> {
        let bounds = &mut self.bounds;
        let earlier = bounds
            .start
            .clone()
            .filter(|_| window.start.is_some())
            .or_else(|| bounds.end.clone().filter(|_| window.end.is_some()));
        if let Some(earlier) = earlier {
            let what =
                format!("this contradicts `{}`: give each end of the timeframe once", &self.text[earlier]);
            return Err(self.note(token, &what));
        }
        if window.start.is_some() {
            (bounds.window.start, bounds.start) = (window.start, Some(token.place.clone()));
        }
        if window.end.is_some() {
            (bounds.window.end, bounds.end) = (window.end, Some(token.place.clone()));
        }
        if let (Some(start), Some(end)) = (bounds.window.start, bounds.window.end)
            && start >= end
        {
            return Err(self.note(token, "the timeframe ends before it starts"));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Parsed, Note> {
        let whole = self.tree.close();
        if let Some(place) = whole.said_nothing {
            let what = "there are no words beside this in the same brackets, and it was left out";
            self.notes.push(Note::new(self.text, place, what));
        }
        let nothing = whole.is_empty && self.notes.is_empty() && !self.text.trim().is_empty();
        if nothing {
            let what = "there is no letter or digit to search for, and everything is taken";
            self.notes.push(Note::new(self.text, 0..self.text.len(), what));
        }
        Ok(Parsed { query: whole.operand.expr, window: self.bounds.window, notes: self.notes })
    }

    fn note(&self, token: &Token, what: &str) -> Note {
        Note::new(self.text, token.place.clone(), what)
    }
}

/// Says whether there is anything in a text that can be searched for: a letter, a digit, or a sign such as an emoji.
fn can_be_found(text: &str) -> bool {
    text.chars().any(|char| char.is_alphanumeric() || char >= '\u{2190}')
}

/// Returns what to say of a word that means more in other programs' searches.
fn foreign(word: &str) -> Option<String> {
    let letters = |text: &str| text.chars().any(char::is_alphanumeric);
    if let Some(rest) = word.strip_prefix('!').filter(|rest| letters(rest)) {
        return Some(format!("`!` excludes nothing: write -{rest} or NOT {rest}"));
    }
    if word.len() > 2
        && word.starts_with('/')
        && word.ends_with('/')
        && word[1..].contains(['.', '*', '[', '\\'])
    {
        return Some("this was taken as words, not as a regular expression: use prefix* or OR".to_owned());
    }
    if let Some(at) = word.find(['<', '>', '='])
        && let Some(known) = Name::read(&word[..at])
        && letters(&word[at..])
    {
        let (name, value) = word.split_at(at);
        let value = value.trim_start_matches('=');
        let meant = if value.starts_with(['<', '>']) {
            format!("{name}:{value}")
        } else {
            known.example().to_owned()
        };
        return Some(format!("this was taken as text: a condition has a colon, such as {meant}"));
    }
    let number = |text: &str| text.chars().all(|char| char.is_ascii_digit() || char == '.');
    if let Some((before, after)) = word.split_once(['~', '^'])
        && letters(before)
        && number(after)
    {
        return Some(format!(
            "`{}` is not understood, and {before} is searched for in all its forms",
            &word[before.len()..]
        ));
    }
    let inside = word.trim_matches(|char: char| !char.is_alphanumeric() && char != '?');
    if let Some((before, after)) = inside.split_once('?')
        && before.ends_with(char::is_alphabetic)
        && after.starts_with(char::is_alphabetic)
        && !word.contains(['/', '='])
    {
        return Some("`?` stands for no letter: write a star, which stands for any letters".to_owned());
    }
    word.strip_prefix("NEAR").filter(|rest| rest.starts_with(['/', '('])).map(|_| {
        "NEAR is not understood, and was taken as words: write the words, or a \"phrase\" of those that follow each other"
            .to_owned()
    })
}
