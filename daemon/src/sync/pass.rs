//! Listing a span again although it is covered: what `sync --since` and `sync --full` ask for. Pure but for its text form.

use proto::types::SyncTicket;
use proto::{Interval, Timestamp};

use crate::freshness::{Coverage, plan};

/// A repeated listing that was interrupted goes on for whoever asks for the same within this time, in seconds: one that
/// fetches everything again, which takes hours, and one that does not.
const RECENT: (i64, i64) = (86_400, 3_600);

/// One repeated listing, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Who asked; nobody after a restart.
    pub(crate) ticket: Option<SyncTicket>,
    /// What is listed.
    pub(crate) range: Interval,
    /// Fetch again whatever was fetched before this instant.
    pub(crate) refetch_before: Option<Timestamp>,
    /// When it was asked for, on Intercom's clock.
    began: Timestamp,
    /// What has been listed already.
    read: Coverage,
}

impl Pass {
    /// Returns a pass over `range` that is asked for now, on Intercom's clock; with `refetch`, it has everything fetched
    /// again.
    pub(crate) fn new(ticket: SyncTicket, range: Interval, refetch: bool, now: Timestamp) -> Self {
        let refetch_before = refetch.then_some(now);
        Self { ticket: Some(ticket), range, refetch_before, began: now, read: Coverage::default() }
    }

    /// Says whether it can go on for somebody who asks now for the same: what it fetched again is not fetched once more.
    pub(crate) fn can_go_on_for(&self, range: Interval, refetch: bool, now: Timestamp) -> bool {
        self.range.start <= range.start
            && range.start < self.range.end
            && self.refetch_before.is_some() == refetch
            && now.since(self.began) <= if refetch { RECENT.0 } else { RECENT.1 }
    }

    /// Goes on for whoever waits for `ticket`; returns the listing of what it does not list of their range, if anything.
    pub(crate) fn go_on_for(&mut self, ticket: SyncTicket, range: Interval) -> Option<Self> {
        self.ticket = Some(ticket);
        let above = Interval { start: range.start.max(self.range.end), end: range.end };
        (!above.is_empty()).then(|| Self { range: above, read: Coverage::default(), ..self.clone() })
    }

    /// Returns the next span to list, at most so many seconds of it.
    pub(crate) fn next_window(&self, being_read: &[Interval], seconds: i64) -> Option<Interval> {
        plan::next_window(&self.read, being_read, self.range, seconds)
    }

    /// Records that a span was listed.
    pub(crate) fn listed(&mut self, range: Interval) {
        self.read.add_head(range);
    }

    /// Says whether everything was listed.
    pub(crate) fn is_done(&self) -> bool {
        self.read.unread(self.range).is_empty()
    }

    /// Returns what is left as text that [`Pass::parse`] reads: it goes on after a restart.
    pub(crate) fn to_text(&self) -> String {
        let end = self.read.unread(self.range).last().map_or(self.range.start, |left| left.end);
        let before = self.refetch_before.map_or_else(|| "-".to_owned(), |before| before.0.to_string());
        format!("{} {} {before} {}", self.range.start.0, end.0, self.began.0)
    }

    /// Reads a pass.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (start, end) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let mut instant = || words.next().and_then(|word| word.parse().ok()).map(Timestamp);
        let refetch_before = instant();
        let began = instant().or(refetch_before).unwrap_or(Timestamp::EPOCH);
        let range = Interval::new(start, end);
        let pass = Self { ticket: None, range, refetch_before, began, read: Coverage::default() };
        (!range.is_empty()).then_some(pass)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_interrupted_pass_goes_on_for_who_asks_for_the_same_and_lists_what_lies_above_it_again() {
        let (now, ticket) = (Timestamp(1_000_000), SyncTicket(4));
        let mut left = Pass::parse("100 700 999000 999000").unwrap();
        assert!(left.can_go_on_for(Interval::new(200, 900), true, now));
        assert!(!left.can_go_on_for(Interval::new(200, 900), false, now), "nothing is to be fetched again");
        assert!(!left.can_go_on_for(Interval::new(50, 900), true, now), "more of the past is wanted");
        assert!(!left.can_go_on_for(Interval::new(700, 900), true, now), "nothing of what is left is wanted");
        assert!(left.can_go_on_for(Interval::new(200, 900), true, now.plus(7_200)));
        assert!(!left.can_go_on_for(Interval::new(200, 900), true, now.plus(86_400)), "it is long ago");
        let listing = Pass::parse("100 700 - 999000").unwrap();
        assert!(listing.can_go_on_for(Interval::new(200, 900), false, now));
        assert!(!listing.can_go_on_for(Interval::new(200, 900), false, now.plus(7_200)), "it is long ago");
        let above = left.go_on_for(ticket, Interval::new(200, 900));
        assert_eq!(left.ticket, Some(ticket));
        let expected = Pass { ticket: Some(ticket), ..Pass::parse("700 900 999000 999000").unwrap() };
        assert_eq!(above, Some(expected));
        assert_eq!(left.go_on_for(ticket, Interval::new(200, 700)), None);
    }

    #[test]
    fn a_pass_goes_newest_first_and_survives_as_text() {
        let mut pass = Pass::new(SyncTicket(1), Interval::new(0, 100), true, Timestamp(7));
        let window = pass.next_window(&[], 30).unwrap();
        assert_eq!(window, Interval::new(70, 100));
        pass.listed(window);
        let resumed = Pass::parse(&pass.to_text()).unwrap();
        assert_eq!((resumed.range, resumed.refetch_before), (Interval::new(0, 70), Some(Timestamp(7))));
        pass.listed(Interval::new(0, 70));
        assert!(pass.is_done());
        assert_eq!(Pass::parse(&pass.to_text()), None);
    }
}
