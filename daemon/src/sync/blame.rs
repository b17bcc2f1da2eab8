//! Whose fault it is when conversations cannot be fetched: their own, or Intercom's. Pure.
//!
//! That is told by what happens to the others. As long as those fail too, nobody is blamed, and all wait for a while;
//! then a few feel the way for the rest.

use std::time::Duration;

use tokio::time::Instant;

/// Pauses in a row after which a few conversations may be blamed though no other can be fetched.
const PAUSES: u32 = 3;
/// So many are a few.
const FEW: u64 = 5;
/// Conversations that feel the way.
const SCOUTS: usize = 2;
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(8);

/// How fetches fared lately.
#[derive(Debug, Default)]
pub(crate) struct Blame {
    /// When the last one of those that succeeded began.
    success: Option<Instant>,
    /// Failures since then, and since the last pause, for which nobody is blamed.
    suspects: usize,
    /// Pauses since the last success, and when the first of them began.
    pauses: u32,
    paused_since: Option<Instant>,
}

impl Blame {
    /// Takes note that a conversation was fetched whose fetch began then; returns whether others that were held back may
    /// go now.
    pub(crate) fn succeeded(&mut self, began: Instant) -> bool {
        let held_back = self.suspects > 0 || self.pauses > 0;
        *self = Self { success: self.success.max(Some(began)), ..Self::default() };
        held_back
    }

    /// Says whether a conversation whose fetch began then failed by its own fault: others were asked for since and came, or
    /// Intercom answers other calls while the last few of those that are `pending` stay out of reach.
    pub(crate) fn is_due(&self, began: Instant, pending: u64, answered: Option<Instant>) -> bool {
        self.success > Some(began)
            || (self.pauses >= PAUSES && pending <= FEW && answered > self.paused_since)
    }

    /// Takes note of a failure for which nobody is blamed.
    pub(crate) fn suspect(&mut self) {
        self.suspects += 1;
    }

    /// Says whether nothing has come through for so long that a refusal is about all of them.
    pub(crate) fn refuses_all(&self) -> bool {
        self.pauses >= PAUSES
    }

    /// Takes note that none of those that were fetched together came through; returns how long to wait.
    pub(crate) fn pause(&mut self, now: Instant) -> Duration {
        self.suspects = 0;
        self.pauses = self.pauses.saturating_add(1);
        self.paused_since.get_or_insert(now);
        LONGEST.min(Duration::from_secs(1 << self.pauses.min(6)))
    }

    /// Returns how many conversations may be fetched at once, of `usual`.
    pub(crate) fn at_once(&self, usual: usize) -> usize {
        match (self.suspects, self.pauses) {
            (SCOUTS.., _) => 0,
            (_, 0) => usual,
            _ => SCOUTS,
        }
    }

    /// Returns which of `count` conversations feels the way first: others do each time, so that where some can be fetched
    /// those that cannot are known by it.
    pub(crate) fn first(&self, count: usize) -> usize {
        let tried = SCOUTS * usize::try_from(self.pauses).unwrap_or(0);
        tried.checked_rem(count).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_conversation_is_blamed_where_others_that_were_asked_for_since_were_fetched() {
        let (mut blame, start) = (Blame::default(), Instant::now());
        assert!(!blame.is_due(start, 100, Some(start + SECOND)));
        blame.succeeded(start + SECOND);
        blame.succeeded(start);
        assert!(blame.is_due(start, 100, None));
        assert!(!blame.is_due(start + SECOND, 100, None), "what worked before says nothing of now");
    }

    #[test]
    fn pauses_grow_and_others_feel_the_way_after_each() {
        let (mut blame, start) = (Blame::default(), Instant::now());
        assert_eq!(blame.at_once(288), 288);
        for (seconds, first) in [(2, 2), (4, 4), (8, 6), (8, 8), (8, 0), (8, 2)] {
            blame.suspect();
            blame.suspect();
            assert_eq!(blame.at_once(288), 0, "no more go than have to");
            assert_eq!(blame.pause(start), seconds * SECOND);
            assert_eq!((blame.at_once(288), blame.first(10)), (2, first));
        }
        assert!(blame.succeeded(start));
        assert_eq!((blame.at_once(288), blame.first(10), blame.first(0)), (288, 0, 0));
    }

    #[test]
    fn the_last_few_are_blamed_where_intercom_answers_otherwise_and_not_where_it_does_not() {
        let (mut blame, start) = (Blame::default(), Instant::now());
        for _ in 0..PAUSES {
            assert!(!blame.is_due(start, 1, Some(start + SECOND)));
            blame.suspect();
            blame.pause(start);
        }
        assert!(blame.is_due(start, FEW, Some(start + SECOND)));
        assert!(!blame.is_due(start, FEW + 1, Some(start + SECOND)), "so many are not a few");
        assert!(!blame.is_due(start, 1, Some(start)), "nothing else gets through either");
    }
}
