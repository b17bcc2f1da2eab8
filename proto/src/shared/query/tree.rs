//! Puts pieces and operators together. Words side by side must all hold; `OR` chooses between its neighbours; `AND` ties
//! closer than `OR`. Open brackets are kept in a list, so that no depth of them exhausts the stack.

use std::ops::Range;

use super::conditions::Name;
use super::tokens::Operator;
use crate::types::{Expr, Side};

/// Something that has to hold, and where a timeframe stands in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Operand {
    pub(super) expr: Expr,
    pub(super) time: Option<Range<usize>>,
}

/// What stood in brackets.
pub(super) struct Branch {
    pub(super) operand: Operand,
    /// A `-` stands before them.
    pub(super) excluded: bool,
    /// There was nothing in them.
    pub(super) is_empty: bool,
    /// Where it was asked who says words though there are none.
    pub(super) said_nothing: Option<Range<usize>>,
}

/// What was read of the innermost brackets so far: what must hold, then the last of it as alternatives, then the last of
/// these as what must hold together.
#[derive(Default)]
struct Frame {
    all: Vec<Expr>,
    any: Vec<Expr>,
    both: Vec<Expr>,
    /// Where a timeframe stands in the last operand.
    time: Option<Range<usize>>,
    /// Where one stands anywhere.
    times: Option<Range<usize>>,
    /// What stands before the next operand.
    operator: Option<Operator>,
    not: bool,
    excluded: bool,
    named: Option<(Name, String)>,
    said: Option<(Side, Range<usize>)>,
}

/// All of what was read so far.
pub(super) struct Tree {
    outer: Vec<Frame>,
    frame: Frame,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { outer: Vec::new(), frame: Frame::default() }
    }

    /// Begins brackets, before which may stand the name of a condition that everything within is about.
    pub(super) fn open(&mut self, excluded: bool, named: Option<(Name, String)>) {
        let named = named.or_else(|| self.frame.named.clone());
        let frame = Frame { excluded, named, ..Frame::default() };
        self.outer.push(std::mem::replace(&mut self.frame, frame));
    }

    /// Returns the condition that everything here is about.
    pub(super) const fn named(&self) -> Option<&(Name, String)> {
        self.frame.named.as_ref()
    }

    /// Says whether there is anything for an operator to stand after.
    pub(super) fn has_operand(&self) -> bool {
        !self.frame.both.is_empty()
    }

    /// Sets who says the words here; says whether that was not said yet.
    pub(super) fn say(&mut self, side: Side, at: Range<usize>) -> bool {
        let new = self.frame.said.as_ref().is_none_or(|(said, _)| *said == side);
        if new {
            self.frame.said = Some((side, at));
        }
        new
    }

    /// Takes an operator that stands after an operand; returns where a timeframe stands that it would make one of several.
    pub(super) fn operate(&mut self, operator: Operator) -> Option<Range<usize>> {
        match operator {
            Operator::Not => self.frame.not = !self.frame.not,
            Operator::Or if self.frame.time.is_some() => return self.frame.time.clone(),
            Operator::And | Operator::Or => self.frame.operator = Some(operator),
        }
        None
    }

    /// Adds an operand.
    ///
    /// # Errors
    /// With the place of a timeframe that would be excluded, or one of several.
    pub(super) fn push(&mut self, operand: Operand, excluded: bool) -> Result<(), Range<usize>> {
        let Operand { expr, time } = operand;
        let frame = &mut self.frame;
        let operator = frame.operator.take();
        let negated = std::mem::take(&mut frame.not) != excluded;
        if let Some(place) = &time
            && (negated || operator == Some(Operator::Or))
        {
            return Err(place.clone());
        }
        match operator {
            Some(Operator::And) => {}
            Some(_) => frame.alternative(),
            None => frame.next(),
        }
        // In a chain with AND, a timeframe before it is part of what OR would choose.
        let chained = operator == Some(Operator::And);
        frame.time = time.clone().or_else(|| frame.time.take().filter(|_| chained));
        if let Some(place) = &frame.time
            && !frame.any.is_empty()
        {
            return Err(place.clone());
        }
        frame.times = frame.times.take().or(time);
        frame.both.push(if negated { expr.negated() } else { expr });
        Ok(())
    }

    /// Ends the innermost brackets, or all of it where there are none.
    pub(super) fn close(&mut self) -> Branch {
        let mut frame = match self.outer.pop() {
            Some(outer) => std::mem::replace(&mut self.frame, outer),
            None => std::mem::take(&mut self.frame),
        };
        let is_empty = frame.all.is_empty() && frame.any.is_empty() && frame.both.is_empty();
        frame.next();
        let mut expr = Expr::all(frame.all);
        let said_nothing = match frame.said {
            Some((side, place)) => Some(place).filter(|_| !say(&mut expr, side)),
            None => None,
        };
        let operand = Operand { expr, time: frame.times };
        Branch { operand, excluded: frame.excluded, is_empty, said_nothing }
    }
}

impl Frame {
    /// Ends what must hold together.
    fn alternative(&mut self) {
        if !self.both.is_empty() {
            self.any.push(Expr::all(self.both.drain(..)));
        }
    }

    /// Ends the alternatives.
    fn next(&mut self) {
        self.alternative();
        if !self.any.is_empty() {
            self.all.push(Expr::any(self.any.drain(..)));
        }
    }
}

/// Sets who says all words of which that is not known; says whether there are any words.
fn say(expr: &mut Expr, side: Side) -> bool {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => {
            parts.iter_mut().fold(false, |any, part| say(part, side) | any)
        }
        Expr::Not(inner) => say(inner, side),
        Expr::Text(text) => {
            text.said = text.said.or(Some(side));
            true
        }
        Expr::Condition(_) => false,
    }
}
