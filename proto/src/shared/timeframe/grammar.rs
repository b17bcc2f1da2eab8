//! From tokens to an expression: how points make a timeframe. It must not know what time it is, nor where.

use super::{
    error::Fault,
    expression::{Expression, Length, Point, Side},
    lex::{Spot, Token},
    point::Parser,
    words::{Unit, Word},
};

/// Reads one time.
pub(super) fn point(spots: &[Spot], end: usize) -> Result<Point, Fault> {
    let mut parser = Parser { spots, next: 0, end };
    let point = parser.point()?;
    parser.finish()?;
    Ok(point)
}

/// Reads a timeframe.
pub(super) fn timeframe(spots: &[Spot], end: usize) -> Result<Expression, Fault> {
    let mut parser = Parser { spots, next: 0, end };
    parser.skip_prepositions();
    let expression = match parser.whole()? {
        Some(expression) => expression,
        None => parser.range()?,
    };
    parser.finish()?;
    Ok(expression)
}

impl Parser<'_> {
    /// Reads the timeframes that are no range of two points: `all time`, `year to date`, `last 7 days`, `24h`.
    fn whole(&mut self) -> Result<Option<Expression>, Fault> {
        let from = self.next;
        match (self.peek(), self.peek_after(1)) {
            (Some(Token::Word(Word::All)), _) => {
                self.next += 1;
                let _ = self.eat(Word::Time) || self.eat(Word::History);
                return Ok(Some(Expression { start: None, end: None }));
            }
            (Some(Token::Word(Word::Any)), Some(Token::Word(Word::Time))) => {
                self.next += 2;
                return Ok(Some(Expression { start: None, end: None }));
            }
            (Some(Token::Word(Word::ToDate(unit))), _) => {
                self.next += 1;
                return Ok(Some(Expression::since(Point::Period(unit, 0))));
            }
            (
                Some(Token::Word(Word::Unit(unit @ (Unit::Week | Unit::Month | Unit::Quarter | Unit::Year)))),
                Some(Token::Word(Word::To)),
            ) if self.peek_after(2) == Some(Token::Word(Word::Date)) => {
                self.next += 3;
                return Ok(Some(Expression::since(Point::Period(unit, 0))));
            }
            (Some(Token::Word(Word::Last | Word::Past | Word::Previous)), _) => {
                let is_past = self.eat(Word::Past);
                self.next += usize::from(!is_past);
                if let Some(length) = self.length()? {
                    return Ok(Some(Expression::since(Point::Ago(length))));
                }
                match self.peek() {
                    // No calendar names the hour before this one, and "past week" is not "last week".
                    Some(Token::Word(Word::Unit(unit)))
                        if is_past
                            || matches!(unit, Unit::Second | Unit::Minute | Unit::Hour | Unit::Day) =>
                    {
                        self.next += 1;
                        let length = Length::default().plus(1, unit).ok_or(Fault::OutOfRange)?;
                        return Ok(Some(Expression::since(Point::Ago(length))));
                    }
                    _ => self.next = from,
                }
            }
            _ => {
                if let Some(length) = self.length()?
                    && self.next == self.spots.len()
                {
                    return Ok(Some(Expression::since(Point::Ago(length))));
                }
                self.next = from;
            }
        }
        Ok(None)
    }

    /// Reads `between X and Y`, `since X`, `until Y`, `X to Y` and the like, and a stretch of the calendar alone.
    fn range(&mut self) -> Result<Expression, Fault> {
        if self.eat(Word::Between) {
            let start = self.point()?;
            if !self.eat(Word::And) {
                return Err(self.unexpected());
            }
            let end = self.point()?;
            return Ok(Expression { start: Some((start, Side::First)), end: Some((end, Side::Last)) });
        }
        let from = self.next;
        let start = if self.eat(Word::Since) {
            Some((self.point()?, Side::First))
        } else if self.eat(Word::After) {
            Some((self.point()?, Side::Last))
        } else {
            None
        };
        if let Some(side) = self.end_side() {
            return Ok(Expression { start, end: Some((self.point()?, side)) });
        }
        if start.is_some() {
            self.eat_dots_at_end();
            return Ok(Expression { start, end: None });
        }
        let point = self.point()?;
        if self.eat_dots_at_end() {
            return Ok(Expression::since(point));
        }
        if let Some(side) = self.end_side() {
            return Ok(Expression { start: Some((point, Side::First)), end: Some((self.point()?, side)) });
        }
        if point.is_moment() && self.next == self.spots.len() {
            return Err(self.hinted(from, "it is one moment: write \"since\" before it, or a range"));
        }
        Ok(Expression { start: Some((point, Side::First)), end: Some((point, Side::Last)) })
    }

    /// Reads the word before the end of a range, and returns which side of that end is meant.
    fn end_side(&mut self) -> Option<Side> {
        let side = match self.peek()? {
            Token::Dots | Token::Word(Word::Until | Word::To) => Side::Last,
            Token::Word(Word::Before) => Side::First,
            _ => return None,
        };
        self.next += 1;
        Some(side)
    }

    fn eat_dots_at_end(&mut self) -> bool {
        let found = self.peek() == Some(Token::Dots) && self.peek_after(1).is_none();
        self.next += usize::from(found);
        found
    }
}
