//! Listing again what is covered: what somebody asked for, and the daemon's own look back for what the index took in later
//! than the settle margin, the last hour every ten minutes and all of the history every day. Pure but for its text form.

use proto::types::SyncTicket;
use proto::{Interval, Timestamp};

use crate::freshness::{Coverage, plan};

/// One that was interrupted goes on for whoever asks for the same within this time, in seconds: one that fetches everything
/// again, which takes hours, and one that does not.
const RECENT: (i64, i64) = (86_400, 3_600);
/// How often to look back at the recent past and at all of it, in seconds, and how far below the last look the first begins.
pub(super) const RECENT_EVERY: i64 = 600;
const RECENT_REACH: i64 = 3_600;
const ALL_EVERY: i64 = 86_400;

/// Who wants a span listed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Somebody asked; the request is not known after a restart.
    Asked(Option<SyncTicket>),
    /// The daemon looks back at the recent past.
    Recent,
    /// It looks back at everything.
    All,
}

/// One span that is listed again, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relist {
    pub(super) wanted: Wanted,
    /// What is listed.
    pub(super) range: Interval,
    /// Fetch again whatever was fetched before this instant.
    pub(super) refetch_before: Option<Timestamp>,
    /// When it began, on Intercom's clock.
    pub(super) began: Timestamp,
    /// What has been listed already.
    read: Coverage,
    /// Conversations that were listed, and of those that differ from what was known.
    pub(super) rows: u64,
    pub(super) differences: u64,
}

impl Relist {
    /// Returns one over `range` that begins now, on Intercom's clock; with `refetch`, it has everything fetched again.
    pub(super) fn new(wanted: Wanted, range: Interval, refetch: bool, now: Timestamp) -> Self {
        let refetch_before = refetch.then_some(now);
        Self { wanted, range, refetch_before, began: now, read: Coverage::default(), rows: 0, differences: 0 }
    }

    /// Says whether somebody asked for it.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.wanted, Wanted::Asked(_))
    }

    /// Says whether it can go on for somebody who asks now for the same: what it fetched again is not fetched once more.
    pub(super) fn can_go_on_for(&self, range: Interval, refetch: bool, now: Timestamp) -> bool {
        self.is_asked()
            && self.range.start <= range.start
            && range.start < self.range.end
            && self.refetch_before.is_some() == refetch
            && now.since(self.began) <= if refetch { RECENT.0 } else { RECENT.1 }
    }

    /// Goes on for whoever waits for `request`; returns the listing of what it does not list of their range, if anything.
    pub(super) fn go_on_for(&mut self, request: SyncTicket, range: Interval) -> Option<Self> {
        self.wanted = Wanted::Asked(Some(request));
        let above = Interval { start: range.start.max(self.range.end), end: range.end };
        (!above.is_empty()).then(|| Self { range: above, read: Coverage::default(), ..self.clone() })
    }

    /// Returns the next span to list, at most so many seconds of it.
    pub(super) fn next_window(&self, being_read: &[Interval], seconds: i64) -> Option<Interval> {
        plan::next_window(&self.read, being_read, self.range, seconds)
    }

    /// Records that a span was listed, how many conversations there were, and how many of them differ.
    pub(super) fn listed(&mut self, range: Interval, rows: u64, differences: u64) {
        self.read.add_head(range);
        self.rows += rows;
        self.differences += differences;
    }

    /// Says whether everything was listed.
    pub(super) fn is_done(&self) -> bool {
        self.read.unread(self.range).is_empty()
    }

    /// Returns what is left as text that [`Relist::parse`] reads: it goes on after a restart.
    pub(super) fn to_text(&self) -> String {
        let end = self.read.unread(self.range).last().map_or(self.range.start, |left| left.end);
        let before = self.refetch_before.map_or_else(|| "-".to_owned(), |before| before.0.to_string());
        format!("{} {} {before} {}", self.range.start.0, end.0, self.began.0)
    }

    /// Reads one that somebody asked for.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (start, end) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let mut instant = || words.next().and_then(|word| word.parse().ok()).map(Timestamp);
        let refetch_before = instant();
        let began = instant().or(refetch_before).unwrap_or(Timestamp::EPOCH);
        let range = Interval::new(start, end);
        let relist = Self { refetch_before, ..Self::new(Wanted::Asked(None), range, false, began) };
        (!range.is_empty()).then_some(relist)
    }
}

/// When the daemon looked back last, on Intercom's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LookBack {
    pub(super) recent: Option<Timestamp>,
    pub(super) all: Option<Timestamp>,
}

impl LookBack {
    /// Returns what is due below the head, which ends there, with `floor` as the start of the history.
    pub(super) fn due(&mut self, now: Timestamp, head_end: Timestamp, floor: Timestamp) -> Option<Relist> {
        // A copy that was just made has nothing to make up for; Intercom's clock may have been set back.
        let [recent, all] =
            [&mut self.recent, &mut self.all].map(|at| *at.insert(at.filter(|at| *at <= now).unwrap_or(now)));
        let (wanted, start) = if now.since(all) >= ALL_EVERY {
            (Wanted::All, floor)
        } else if now.since(recent) >= RECENT_EVERY {
            (Wanted::Recent, recent.min(head_end).minus(RECENT_REACH))
        } else {
            return None;
        };
        Some(Relist::new(wanted, Interval { start: start.min(head_end), end: head_end }, false, now))
    }

    /// Takes note that one is done; who looked back at all looked back at the recent past.
    pub(super) fn done(&mut self, relist: &Relist) {
        self.recent = Some(relist.began);
        if relist.wanted == Wanted::All {
            self.all = Some(relist.began);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000);

    #[test]
    fn an_interrupted_one_goes_on_for_who_asks_for_the_same_and_lists_what_lies_above_it_again() {
        let (now, request) = (Timestamp(1_000_000), SyncTicket(4));
        let mut left = Relist::parse("100 700 999000 999000").unwrap();
        assert!(left.can_go_on_for(Interval::new(200, 900), true, now));
        assert!(!left.can_go_on_for(Interval::new(200, 900), false, now), "nothing is to be fetched again");
        assert!(!left.can_go_on_for(Interval::new(50, 900), true, now), "more of the past is wanted");
        assert!(!left.can_go_on_for(Interval::new(700, 900), true, now), "nothing of what is left is wanted");
        assert!(left.can_go_on_for(Interval::new(200, 900), true, now.plus(7_200)));
        assert!(!left.can_go_on_for(Interval::new(200, 900), true, now.plus(86_400)), "it is long ago");
        let listing = Relist::parse("100 700 - 999000").unwrap();
        assert!(listing.can_go_on_for(Interval::new(200, 900), false, now));
        assert!(!listing.can_go_on_for(Interval::new(200, 900), false, now.plus(7_200)), "it is long ago");
        let above = left.go_on_for(request, Interval::new(200, 900));
        let wanted = Wanted::Asked(Some(request));
        assert_eq!(left.wanted, wanted);
        assert_eq!(above, Some(Relist { wanted, ..Relist::parse("700 900 999000 999000").unwrap() }));
        assert_eq!(left.go_on_for(request, Interval::new(200, 700)), None);
    }

    #[test]
    fn it_goes_newest_first_and_survives_as_text() {
        let wanted = Wanted::Asked(None);
        let mut relist = Relist::new(wanted, Interval::new(0, 100), true, Timestamp(7));
        let window = relist.next_window(&[], 30).unwrap();
        assert_eq!(window, Interval::new(70, 100));
        relist.listed(window, 5, 0);
        let resumed = Relist::parse(&relist.to_text()).unwrap();
        assert_eq!((resumed.range, resumed.refetch_before), (Interval::new(0, 70), Some(Timestamp(7))));
        relist.listed(Interval::new(0, 70), 5, 0);
        assert!(relist.is_done());
        assert_eq!(Relist::parse(&relist.to_text()), None);
    }

    #[test]
    fn every_ten_minutes_the_last_hour_is_due_and_every_day_all_of_the_history() {
        let (end, floor) = (NOW.minus(60), NOW.minus(365 * 86_400));
        let look_back = |recent, all| LookBack { recent: Some(NOW.minus(recent)), all: Some(NOW.minus(all)) };
        assert_eq!(LookBack::default().due(NOW, end, floor), None);
        assert_eq!(look_back(599, 86_399).due(NOW, end, floor), None);
        let recent = look_back(600, 86_399).due(NOW, end, floor).unwrap();
        assert_eq!(recent.range, Interval { start: NOW.minus(600 + 3_600), end });
        let asleep = look_back(8 * 3_600, 8 * 3_600).due(NOW, end, floor).unwrap();
        assert_eq!(asleep.range.start, NOW.minus(9 * 3_600), "it begins below where the last one was");
        let mut done = look_back(600, 86_400);
        let all = done.due(NOW, end, floor).unwrap();
        assert_eq!((all.wanted, all.range), (Wanted::All, Interval { start: floor, end }));
        done.done(&all);
        assert_eq!(done, look_back(0, 0));
    }
}
