//! From text to tokens: numbers, dates, clock times and known words, each with its place in the text.
//! It must not know which tokens may follow each other.

use std::ops::Range;

use chrono::{FixedOffset, NaiveDate, NaiveTime, Timelike};

use super::{
    error::Fault,
    words::{Word, lookup},
};

/// The smallest piece of text that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// Digits, with how many they were: `2026` may be a year, `02026` may not.
    Number(u64, usize),
    /// `1st`, `22nd`.
    Ordinal(u64),
    Quarter(u32),
    Date(NaiveDate),
    /// `2026-10`.
    YearMonth(i32, u32),
    Time(NaiveTime),
    Offset(FixedOffset),
    /// `..` and dashes that stand alone.
    Dots,
}

/// A token and the bytes of the text that it was read from.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) token: Token,
    pub(super) at: Range<usize>,
}

/// Returns the tokens of a text, without those that mean nothing.
pub(super) fn tokens(text: &str) -> Result<Vec<Spot>, Fault> {
    // Only ASCII letters change case, so that places keep pointing into the original.
    let text = text.to_ascii_lowercase();
    let mut lexer = Lexer { spots: Vec::new() };
    for (piece, at) in pieces(&text) {
        lexer.piece(piece, at)?;
    }
    lexer.spots.retain(|spot| spot.token != Token::Word(Word::Filler));
    Ok(lexer.spots)
}

/// Returns the words that the vocabulary lacks, in a text of which the lexer refused one.
pub(super) fn unknown_words(text: &str) -> Vec<Range<usize>> {
    let text = text.to_ascii_lowercase();
    pieces(&text)
        .flat_map(|(piece, at)| runs(piece, at))
        .filter(|(run, _)| run.starts_with(|c: char| c.is_ascii_alphabetic()) && lookup(run).is_none())
        .filter(|(run, _)| !matches!(*run, "st" | "nd" | "rd" | "th" | "q" | "t"))
        .map(|(run, at)| at..at + run.len())
        .collect()
}

/// Cuts at white space and commas, and sets `..` and dashes apart.
fn pieces(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let is_gap = |c: char| c.is_whitespace() || c == ',';
        rest += text[rest..].len() - text[rest..].trim_start_matches(is_gap).len();
        let (start, tail) = (rest, &text[rest..]);
        if tail.is_empty() {
            return None;
        }
        let separator = ["..", "–", "—"].into_iter().find(|separator| tail.starts_with(separator));
        let length = separator.map_or_else(
            || [tail.find(is_gap), tail.find(".."), tail.find(['–', '—'])].into_iter().flatten().min(),
            |separator| Some(separator.len()),
        );
        rest = start + length.unwrap_or(tail.len());
        Some((&text[start..rest], start))
    })
}

/// Cuts at hyphens and between letters and digits: `last-7days` is three runs.
fn runs(piece: &str, at: usize) -> Vec<(&str, usize)> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut previous = None;
    for (index, c) in piece.char_indices() {
        let class = (c == '-' || c == '_', c.is_ascii_digit());
        if previous.is_some_and(|previous| previous != class) {
            runs.push((&piece[start..index], at + start));
            start = index;
        }
        previous = Some(class);
    }
    runs.push((&piece[start..], at + start));
    runs.retain(|(run, _)| !run.starts_with(['-', '_']) && !run.is_empty());
    runs
}

struct Lexer {
    spots: Vec<Spot>,
}

impl Lexer {
    fn push(&mut self, token: Token, at: Range<usize>) {
        self.spots.push(Spot { token, at });
    }

    fn piece(&mut self, piece: &str, at: usize) -> Result<(), Fault> {
        let place = at..at + piece.len();
        if matches!(piece, ".." | "-" | "–" | "—") {
            self.push(Token::Dots, place);
            return Ok(());
        }
        if let Some(date) = numeric_date(piece, &place)? {
            self.push(Token::Date(date), place);
            return Ok(());
        }
        if is_shaped(piece, "0000-00") && piece.len() == 7 {
            let (year, month) = (parse(&piece[..4])?, parse(&piece[5..])?);
            if NaiveDate::from_ymd_opt(year, month, 1).is_none() {
                return Err(Fault::Hinted(place, format!("there is no month {piece}")));
            }
            self.push(Token::YearMonth(year, month), place);
            return Ok(());
        }
        if is_shaped(piece, "0000-00-00t") {
            self.piece(&piece[..10], at)?;
            return self.clock(&piece[11..], at + 11);
        }
        if piece.contains(':') {
            return self.clock(piece, at);
        }
        self.runs(piece, at)
    }

    /// Reads `14:30`, `14:30:05.5`, and what may stick to them: `pm`, `Z`, `+02:00`.
    fn clock(&mut self, piece: &str, at: usize) -> Result<(), Fault> {
        let digits = piece.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(piece.len());
        let (clock, rest) = piece.split_at(digits);
        let place = at..at + digits;
        let time = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f")
            .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
            .ok()
            .and_then(|time| time.with_nanosecond(0))
            .ok_or(Fault::Unexpected(at..at + piece.len()))?;
        self.push(Token::Time(time), place.clone());
        if rest.is_empty() {
            return Ok(());
        }
        let place = place.end..at + piece.len();
        if ["+00:00", "+0000", "-00:00", "-0000"].iter().any(|&shape| is_offset(rest, shape)) {
            let offset = rest.parse().map_err(|_| Fault::Unexpected(place.clone()))?;
            self.push(Token::Offset(offset), place);
            return Ok(());
        }
        self.runs(rest, place.start)
    }

    fn runs(&mut self, piece: &str, at: usize) -> Result<(), Fault> {
        let runs = runs(piece, at);
        let mut runs = runs.iter().peekable();
        while let Some(&(run, at)) = runs.next() {
            let mut place = at..at + run.len();
            let next = runs.peek().map_or("", |(next, _)| next);
            if run.starts_with(|c: char| c.is_ascii_digit()) {
                // What overflows here overflows any calendar too, and is refused where it is used.
                let number = run.parse().unwrap_or(u64::MAX);
                if matches!(next, "st" | "nd" | "rd" | "th") {
                    place.end += next.len();
                    runs.next();
                    self.push(Token::Ordinal(number), place);
                } else {
                    self.push(Token::Number(number, run.len()), place);
                }
            } else if run == "q" && next.starts_with(|c: char| c.is_ascii_digit()) {
                place.end += next.len();
                runs.next();
                match next.parse() {
                    Ok(quarter @ 1..=4) => self.push(Token::Quarter(quarter), place),
                    _ => return Err(Fault::Hinted(place, "the quarters are Q1 to Q4".to_owned())),
                }
            } else if let Some(word) = lookup(run) {
                self.push(Token::Word(word), place);
            } else {
                return Err(Fault::Unknown(place));
            }
        }
        Ok(())
    }
}

/// Reads dates that are all digits, and refuses those of which nobody can tell the day from the month.
fn numeric_date(piece: &str, place: &Range<usize>) -> Result<Option<NaiveDate>, Fault> {
    let parts: Vec<&str> = piece.split(['-', '/', '.']).collect();
    let &[first, second, third] = parts.as_slice() else { return Ok(None) };
    let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !parts.iter().all(is_number) {
        return Ok(None);
    }
    let day = |year: &str, month: &str, day: &str| -> Result<Option<NaiveDate>, Fault> {
        let century = if year.len() == 2 { 2000 } else { 0 };
        Ok(NaiveDate::from_ymd_opt(century + parse::<i32>(year)?, parse(month)?, parse(day)?))
    };
    if first.len() == 4 {
        return match day(first, second, third)? {
            Some(date) => Ok(Some(date)),
            None => Err(Fault::Hinted(place.clone(), format!("there is no day {piece}"))),
        };
    }
    if third.len() != 2 && third.len() != 4 {
        return Ok(None);
    }
    let hint = match (day(third, second, first)?, day(third, first, second)?) {
        (Some(a), Some(b)) if a != b => format!("it may mean two days: write {a} or {b}"),
        (Some(date), _) | (_, Some(date)) => format!("write {date}"),
        (None, None) => format!("there is no day {piece}"),
    };
    Err(Fault::Hinted(place.clone(), hint))
}

/// Tells whether the text begins like the shape, in which `0` stands for any digit.
fn is_shaped(text: &str, shape: &str) -> bool {
    let matches = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(matches)
}

fn is_offset(text: &str, shape: &str) -> bool {
    text.len() == shape.len() && is_shaped(text, shape)
}

fn parse<T: std::str::FromStr>(digits: &str) -> Result<T, Fault> {
    digits.parse().map_err(|_| Fault::OutOfRange)
}
