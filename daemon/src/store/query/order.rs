//! The order of candidates by activity time. PURE.

use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::store::docid;

/// A place in the order of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    /// The activity time.
    pub(super) updated_at: i64,
    /// The document, which tells conversations of one second apart.
    pub(super) docid: i64,
}

/// Why a walk stops before its end.
pub(super) enum Stop {
    /// The visitor had enough.
    Enough,
    /// The deadline passed.
    Deadline,
}

/// Puts documents that spilled out of their full second back into their place: one is passed on when no document
/// further down can have changed later.
pub(super) struct Order {
    after: Option<Position>,
    spilled: bool,
    held: BinaryHeap<Position>,
}

impl Order {
    /// Returns the order of what comes after a position, where documents spilled or did not.
    pub(super) fn new(after: Option<Position>, spilled: bool) -> Self {
        Self { after, spilled, held: BinaryHeap::new() }
    }

    /// Takes the next document, with its place where it matches, and visits what is now in order.
    pub(super) fn pass(
        &mut self,
        docid: i64,
        place: Option<Position>,
        visit: &mut impl FnMut(Position) -> ControlFlow<()>,
    ) -> ControlFlow<Stop> {
        let place = place.filter(|place| self.after.is_none_or(|after| *place < after));
        if !self.spilled {
            return match place.map(visit) {
                Some(ControlFlow::Break(())) => ControlFlow::Break(Stop::Enough),
                _ => ControlFlow::Continue(()),
            };
        }
        self.held.extend(place);
        let bound = docid::second_of(docid).0;
        while self.held.peek().is_some_and(|first| first.updated_at >= bound) {
            if self.held.pop().map(&mut *visit).is_some_and(|flow| flow.is_break()) {
                return ControlFlow::Break(Stop::Enough);
            }
        }
        ControlFlow::Continue(())
    }

    /// Visits what is left, when there are no more documents.
    pub(super) fn flush(&mut self, visit: &mut impl FnMut(Position) -> ControlFlow<()>) -> ControlFlow<()> {
        while let Some(place) = self.held.pop() {
            visit(place)?;
        }
        ControlFlow::Continue(())
    }
}
