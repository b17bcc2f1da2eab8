//! What a person types to search: words with operators among them become a [`Question`]. Pure: no clock, no IO.
//!
//! - Words, `"phrases"`, `prefixes*`, `-excluded` and `this or that` are left to the daemon, which knows how texts are
//!   indexed; here it is only seen to that they are well formed, so that an error can point at the place.
//! - `tag:billing`, `state:open`, `assignee:"Kim Ode"`, `from:ada@example.com` are conditions; with a `-` before them
//!   it has to be anything else. All that is given must hold.
//! - `after:`, `before:`, `since:`, `until:` and `during:` narrow the timeframe, in the user's zone: `before` stops where
//!   a day begins, `until` goes on until it is over, `since` starts where it begins, `after` where it is over.
//! - What looks like an operator and is none, such as the beginning of an address, is a word.

mod error;
mod pieces;
#[cfg(test)]
mod tests;

use std::ops::Range;

use chrono::{DateTime, TimeZone};

pub use self::error::QueryError;
use self::pieces::{Piece, split};
use crate::Timestamp;
use crate::timeframe::{TimeError, parse_instant, parse_instant_end, parse_timeframe};
use crate::types::{Condition, Field, Question, Window};

/// What an operator is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operator {
    /// A condition on a field.
    Is(Field),
    /// `is:`, which takes a state, or `unassigned`.
    Are,
    /// Where the timeframe begins: at the time, or once it is over.
    Begins { over: bool },
    /// Where the timeframe ends: at the time, or once it is over.
    Ends { over: bool },
    /// The whole timeframe.
    During,
}

/// Each operator with a value as an example.
const OPERATORS: [(&str, Operator, &str); 13] = [
    ("tag", Operator::Is(Field::Tag), "tag:billing"),
    ("from", Operator::Is(Field::Customer), "from:ada@example.com"),
    ("customer", Operator::Is(Field::Customer), "customer:ada@example.com"),
    ("assignee", Operator::Is(Field::Assignee), "assignee:\"Kim Ode\""),
    ("assigned", Operator::Is(Field::Assignee), "assigned:none"),
    ("state", Operator::Is(Field::State), "state:open"),
    ("is", Operator::Are, "is:open"),
    ("since", Operator::Begins { over: false }, "since:2026-10-01"),
    ("after", Operator::Begins { over: true }, "after:yesterday"),
    ("before", Operator::Ends { over: false }, "before:2026-10-01"),
    ("until", Operator::Ends { over: true }, "until:\"3 days ago\""),
    ("during", Operator::During, "during:\"last week\""),
    ("on", Operator::During, "on:2026-10-15"),
];

/// The states that a conversation can be in.
const STATES: [&str; 3] = ["open", "closed", "snoozed"];

/// Returns the question that a text asks; `now` carries the user's zone. The text of the question keeps every place, so
/// that what the daemon says of a place is right for what was typed.
///
/// # Errors
/// With the place of what cannot be understood, and what to write instead.
pub fn parse<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<Question, QueryError> {
    let mut reader =
        Reader { text, now, question: Question::default(), rest: String::new(), bounds: Bounds::default() };
    let mut done = 0;
    let pieces = split(text)?;
    for (index, piece) in pieces.iter().enumerate() {
        reader.rest.push_str(&text[done..piece.place.start]);
        done = piece.place.end;
        if !reader.condition(piece)? {
            reader.word(&pieces, index)?;
        }
    }
    reader.rest.push_str(&text[done..]);
    let mut question = reader.question;
    question.text = if reader.rest.trim().is_empty() { String::new() } else { reader.rest };
    Ok(question)
}

/// Which ends of the timeframe were given, and where.
#[derive(Default)]
struct Bounds {
    start: Option<Range<usize>>,
    end: Option<Range<usize>>,
}

struct Reader<'a, Tz: TimeZone> {
    text: &'a str,
    now: &'a DateTime<Tz>,
    question: Question,
    /// The text with spaces in the place of conditions.
    rest: String,
    bounds: Bounds,
}

impl<Tz: TimeZone> Reader<'_, Tz> {
    /// Takes a piece in as a condition; says whether it is one.
    fn condition(&mut self, piece: &Piece) -> Result<bool, QueryError> {
        let Some(name) = piece.operator(self.text) else { return Ok(false) };
        let lower = name.to_ascii_lowercase();
        let Some((_, operator, example)) = OPERATORS.iter().find(|(known, ..)| *known == lower) else {
            return self.mistyped(piece, &lower).map_or(Ok(false), Err);
        };
        let value = piece.value(self.text).trim();
        if value.is_empty() {
            return Err(
                self.error(piece, &format!("`{lower}:` needs a value right after it, such as {example}"))
            );
        }
        self.apply(operator.clone(), piece, &lower, value)?;
        // Every place after this one stays what it was.
        self.rest.extend(self.text[piece.place.clone()].chars().map(|_| ' '));
        Ok(true)
    }

    fn apply(
        &mut self,
        operator: Operator,
        piece: &Piece,
        name: &str,
        value: &str,
    ) -> Result<(), QueryError> {
        let (field, value) = match operator {
            Operator::Is(Field::State) => (Field::State, self.state(piece, value)?),
            Operator::Is(field) => (field, value.to_owned()),
            Operator::Are if value.eq_ignore_ascii_case("unassigned") => (Field::Assignee, "none".to_owned()),
            Operator::Are => (Field::State, self.state(piece, value)?),
            _ if piece.excluded => {
                let what = format!("a timeframe cannot be excluded: write `{name}:{value}` without the `-`");
                return Err(self.error(piece, &what));
            }
            Operator::Begins { over } => {
                let parse = if over { parse_instant_end } else { parse_instant };
                let start = self.time(piece, parse(value, self.now))?;
                return self.narrow(piece, Window { start: Some(start.into()), end: None });
            }
            Operator::Ends { over } => {
                let parse = if over { parse_instant_end } else { parse_instant };
                let end = self.time(piece, parse(value, self.now))?;
                return self.narrow(piece, Window { start: None, end: Some(end.into()) });
            }
            Operator::During => {
                let timeframe = self.time(piece, parse_timeframe(value, self.now))?;
                let (start, end) = (timeframe.start.map(Timestamp::from), timeframe.end.map(Timestamp::from));
                return self.narrow(piece, Window { start, end });
            }
        };
        self.question.filters.push(Condition { field, value, negated: piece.excluded });
        Ok(())
    }

    fn state(&self, piece: &Piece, value: &str) -> Result<String, QueryError> {
        let lower = value.to_lowercase();
        if STATES.contains(&lower.as_str()) {
            return Ok(lower);
        }
        Err(self.error(piece, &format!("there is no state `{value}`: it is open, closed or snoozed")))
    }

    fn time<T>(&self, piece: &Piece, read: Result<T, TimeError>) -> Result<T, QueryError> {
        read.map_err(|error| self.error(piece, &error.to_string()))
    }

    /// Narrows the timeframe; each of its ends is given once.
    fn narrow(&mut self, piece: &Piece, window: Window) -> Result<(), QueryError> {
        let twice =
            |given: &Option<Range<usize>>, new: Option<Timestamp>| given.clone().filter(|_| new.is_some());
        let earlier = twice(&self.bounds.start, window.start).or_else(|| twice(&self.bounds.end, window.end));
        if let Some(earlier) = earlier {
            let what =
                format!("this contradicts `{}`: give each end of the timeframe once", &self.text[earlier]);
            return Err(self.error(piece, &what));
        }
        let asked = &mut self.question.window;
        if window.start.is_some() {
            (asked.start, self.bounds.start) = (window.start, Some(piece.place.clone()));
        }
        if window.end.is_some() {
            (asked.end, self.bounds.end) = (window.end, Some(piece.place.clone()));
        }
        if let (Some(start), Some(end)) = (asked.start, asked.end)
            && start >= end
        {
            return Err(self.error(piece, "the timeframe ends before it starts"));
        }
        Ok(())
    }

    /// Takes a piece in as a word.
    fn word(&mut self, pieces: &[Piece], index: usize) -> Result<(), QueryError> {
        let piece = &pieces[index];
        let typed = &self.text[piece.place.clone()];
        if !piece.is_or(self.text) {
            self.rest.push_str(typed);
            return Ok(());
        }
        let neighbours = [index.checked_sub(1).and_then(|before| pieces.get(before)), pieces.get(index + 1)];
        for neighbour in neighbours {
            let what = match neighbour {
                None => "has words to choose from on one side only",
                Some(other) if other.is_or(self.text) => "stands beside another one",
                Some(other) if self.is_condition(other) => {
                    "chooses between words, not between conditions: ask for one after the other"
                }
                Some(other) if other.excluded => {
                    "cannot choose an excluded word: write `this or that -other`"
                }
                Some(_) => continue,
            };
            let advice = "; to search for the word itself, put it in quotation marks";
            return Err(self.error(piece, &format!("`{typed}` {what}{advice}")));
        }
        self.rest.push_str("OR");
        Ok(())
    }

    fn is_condition(&self, piece: &Piece) -> bool {
        piece
            .operator(self.text)
            .is_some_and(|name| OPERATORS.iter().any(|(known, ..)| known.eq_ignore_ascii_case(name)))
    }

    /// Returns what to say of what is an operator but for a slip of the finger.
    fn mistyped(&self, piece: &Piece, name: &str) -> Option<QueryError> {
        let near = |known: &&str| known.len() > 3 && name.len() > 2 && strsim::osa_distance(known, name) == 1;
        let swapped =
            |known: &&str| known.len() == 3 && name.len() == 3 && strsim::osa_distance(known, name) == 1;
        let known = OPERATORS.iter().map(|(known, ..)| *known).find(|known| near(known) || swapped(known))?;
        let what = format!(
            "there is no `{name}:`, did you mean `{known}:`? To search for the words, put them in quotation marks"
        );
        Some(self.error(piece, &what))
    }

    fn error(&self, piece: &Piece, what: &str) -> QueryError {
        QueryError::new(self.text, piece.place.clone(), what)
    }
}
