//! The words for one point: days, clock times, stretches of the calendar, and lengths counted back from now.

use chrono::{FixedOffset, NaiveDate, NaiveTime, Timelike};

use super::{
    error::Fault,
    expression::{Clock, Day, Length, Point},
    lex::{Spot, Token},
    words::{Unit, Word},
};

/// Reads tokens from the left; methods that read return `None` and take nothing where theirs is not next.
pub(super) struct Parser<'a> {
    pub(super) spots: &'a [Spot],
    pub(super) next: usize,
    /// Where the text ends, to point at what is missing.
    pub(super) end: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<Token> {
        self.peek_after(0)
    }

    pub(super) fn peek_after(&self, skipped: usize) -> Option<Token> {
        self.spots.get(self.next + skipped).map(|spot| spot.token)
    }

    pub(super) fn eat(&mut self, word: Word) -> bool {
        let found = self.peek() == Some(Token::Word(word));
        self.next += usize::from(found);
        found
    }

    pub(super) fn unexpected(&self) -> Fault {
        Fault::Unexpected(self.spots.get(self.next).map_or(self.end..self.end, |spot| spot.at.clone()))
    }

    /// Returns the fault of what was read since a token.
    pub(super) fn hinted(&self, from: usize, hint: &str) -> Fault {
        let first = self.spots.get(from).map_or(self.end, |spot| spot.at.start);
        let last = self.spots.get(self.next.saturating_sub(1)).map_or(self.end, |spot| spot.at.end);
        Fault::Hinted(first..last.max(first), hint.to_owned())
    }

    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.next == self.spots.len() { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn skip_prepositions(&mut self) {
        while self.eat(Word::Preposition) {}
    }

    /// Reads either end of a range.
    pub(super) fn point(&mut self) -> Result<Point, Fault> {
        self.skip_prepositions();
        let from = self.next;
        if let Some(length) = self.length()? {
            self.eat(Word::Ago);
            return Ok(Point::Ago(length));
        }
        if let Some(clock) = self.clock()? {
            let day = self.after_prepositions(Self::day)?;
            return Ok(Point::At(day.unwrap_or(Day::Implied), clock));
        }
        if let Some(day) = self.day()? {
            let clock = self.after_prepositions(Self::clock)?;
            return Ok(clock.map_or(Point::Day(day), |clock| Point::At(day, clock)));
        }
        if self.eat(Word::Now) {
            return Ok(Point::Now);
        }
        if let Some(point) = self.period()? {
            return Ok(point);
        }
        if let Some(Token::Number(..) | Token::Ordinal(_)) = self.peek() {
            self.next += 1;
            return Err(self.hinted(from, "a number needs a unit, as in \"7 days\" or \"7d\""));
        }
        Err(self.unexpected())
    }

    /// Reads what may follow, and must where a preposition announces it.
    fn after_prepositions<T>(
        &mut self,
        read: fn(&mut Self) -> Result<Option<T>, Fault>,
    ) -> Result<Option<T>, Fault> {
        let from = self.next;
        self.skip_prepositions();
        let found = read(self)?;
        if found.is_none() && self.next != from { Err(self.unexpected()) } else { Ok(found) }
    }

    /// Reads a week, month, quarter or year.
    fn period(&mut self) -> Result<Option<Point>, Fault> {
        let (first, second) = (self.peek(), self.peek_after(1));
        let (point, taken) = match (first, second) {
            (Some(Token::Word(word)), Some(Token::Word(Word::Unit(unit)))) => {
                let offset = match word {
                    Word::This => 0,
                    Word::Last | Word::Previous => -1,
                    Word::Next => 1,
                    _ => return Ok(None),
                };
                match unit {
                    Unit::Second | Unit::Minute | Unit::Hour | Unit::Day => return Ok(None),
                    Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => (Point::Period(unit, offset), 2),
                }
            }
            (Some(Token::YearMonth(year, month)), _) => (Point::Month(month, Some(year)), 1),
            (Some(Token::Quarter(quarter)), Some(next)) if year(next).is_some() => {
                (Point::Quarter(quarter, year(next)), 2)
            }
            (Some(Token::Quarter(quarter)), _) => (Point::Quarter(quarter, None), 1),
            (Some(Token::Word(Word::Month(month))), Some(next)) if year(next).is_some() => {
                (Point::Month(month, year(next)), 2)
            }
            (Some(Token::Word(Word::Month(month))), _) => (Point::Month(month, None), 1),
            (Some(token), next) => match (year(token), next) {
                (Some(year), Some(Token::Quarter(quarter))) => (Point::Quarter(quarter, Some(year)), 2),
                (Some(year), Some(Token::Word(Word::Month(month)))) => (Point::Month(month, Some(year)), 2),
                (Some(year), _) => (Point::Year(year), 1),
                (None, _) => return Ok(None),
            },
            (None, _) => return Ok(None),
        };
        self.next += taken;
        Ok(Some(point))
    }

    fn day(&mut self) -> Result<Option<Day>, Fault> {
        let from = self.next;
        let (day, taken) = match (self.peek(), self.peek_after(1)) {
            (Some(Token::Date(date)), _) => (Day::On(date), 1),
            (Some(Token::Word(Word::Day(days))), _) => (Day::FromToday(days), 1),
            (Some(Token::Word(Word::Weekday(weekday))), _) => (Day::Weekday(weekday), 1),
            (Some(Token::Word(Word::Last | Word::Previous)), Some(Token::Word(Word::Weekday(weekday)))) => {
                (Day::LastWeekday(weekday), 2)
            }
            (Some(Token::Word(Word::Month(month))), Some(next))
            | (Some(next), Some(Token::Word(Word::Month(month)))) => {
                let Some(day) = day_of_month(next) else { return Ok(None) };
                let year = self.peek_after(2).and_then(year);
                self.next += 2 + usize::from(year.is_some());
                // A leap year, so that 29 February without a year is the latest one there was.
                return match NaiveDate::from_ymd_opt(year.unwrap_or(2000), month, day) {
                    Some(date) => Ok(Some(year.map_or(Day::InYear(month, day), |_| Day::On(date)))),
                    None => Err(self.hinted(from, "there is no such day")),
                };
            }
            _ => return Ok(None),
        };
        self.next += taken;
        Ok(Some(day))
    }

    fn clock(&mut self) -> Result<Option<Clock>, Fault> {
        let from = self.next;
        let (time, taken) = match (self.peek(), self.peek_after(1)) {
            (Some(Token::Word(Word::Noon)), _) => (NaiveTime::from_hms_opt(12, 0, 0), 1),
            (Some(Token::Word(Word::Midnight)), _) => (Some(NaiveTime::MIN), 1),
            (Some(Token::Time(time)), Some(Token::Word(half @ (Word::Am | Word::Pm)))) => {
                (in_half(time, half), 2)
            }
            (Some(Token::Time(time)), _) => (Some(time), 1),
            (Some(Token::Number(hour, _)), Some(Token::Word(half @ (Word::Am | Word::Pm)))) => {
                let hour = u32::try_from(hour).ok().and_then(|hour| NaiveTime::from_hms_opt(hour, 0, 0));
                (hour.and_then(|hour| in_half(hour, half)), 2)
            }
            _ => return Ok(None),
        };
        self.next += taken;
        let time = time.ok_or_else(|| self.hinted(from, "there is no such time of day"))?;
        let offset = match self.peek() {
            Some(Token::Offset(offset)) => Some(offset),
            Some(Token::Word(Word::Utc)) => FixedOffset::east_opt(0),
            _ => None,
        };
        self.next += usize::from(offset.is_some());
        Ok(Some(Clock { time, offset }))
    }

    /// Reads `7 days`, `2h`, `1h 30m`.
    pub(super) fn length(&mut self) -> Result<Option<Length>, Fault> {
        let mut length: Option<Length> = None;
        loop {
            let Some(Token::Number(count, _) | Token::Word(Word::Count(count))) = self.peek() else {
                return Ok(length);
            };
            let Some(Token::Word(Word::Unit(unit))) = self.peek_after(1) else { return Ok(length) };
            self.next += 2;
            length = Some(length.unwrap_or_default().plus(count, unit).ok_or(Fault::OutOfRange)?);
        }
    }
}

/// Four digits from 1970 on are a year; every other number alone is refused.
fn year(token: Token) -> Option<i32> {
    match token {
        Token::Number(year @ 1970..=9999, 4) => i32::try_from(year).ok(),
        _ => None,
    }
}

fn day_of_month(token: Token) -> Option<u32> {
    match token {
        Token::Number(day, 1 | 2) | Token::Ordinal(day) => u32::try_from(day).ok(),
        _ => None,
    }
}

/// Converts from the twelve-hour clock, on which midnight and noon are 12.
fn in_half(time: NaiveTime, half: Word) -> Option<NaiveTime> {
    let noon = if half == Word::Pm { 12 } else { 0 };
    match time.hour() {
        hour @ 1..=12 => time.with_hour(hour % 12 + noon),
        _ => None,
    }
}
