//! Going around a page that cannot be read, or cannot be right: with smaller pages, and where a single row fails, from the
//! next second on.
//!
//! One conversation can make every page that it is on fail, for as long as it likes. Whether it is that or an outage shows
//! by a look at the present: where that fails as well, nothing is gone around.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::seen::{Seen, is_empty_with_next};
use crate::intercom::{self, Advice, Cursor, Intercom, Page, Priority, Refusal, SearchQuery};

/// Rows on a page, at most.
pub(super) const PAGE: u16 = 150;
/// Pages of so many rows are asked for where larger ones fail.
const SMALLER: u16 = 4;
/// A walk with more holes has met more than a few odd conversations.
const HOLES: usize = 8;
/// Pages that cannot be right, more often than so many at once and one more in so long, are none of a few conversations'
/// doing either.
const ODD: u32 = 5;
const ODD_EVERY: Duration = Duration::from_secs(15);
/// So many of them are for looks at the present alone: what is older can wait.
const ODD_KEPT: u32 = 3;

/// How often all walks together may go around a page that cannot be right: where every page is so, that costs many calls
/// and does not help.
#[derive(Debug)]
pub(crate) struct OddPages(Mutex<(u32, Instant)>);

impl OddPages {
    /// Returns as many times as there may be at once.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new((ODD, now)))
    }

    /// Says whether more are left than are kept.
    fn are_left(&self, now: Instant, kept: u32) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let more = now.saturating_duration_since(left.1).as_secs() / ODD_EVERY.as_secs();
        let more = u32::try_from(more).unwrap_or(ODD);
        left.0 = left.0.saturating_add(more).min(ODD);
        left.1 += ODD_EVERY * more;
        left.0 > kept
    }

    /// Takes one of them.
    fn take(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.0 = left.0.saturating_sub(1);
    }
}

/// A walk's way through its pages.
pub(super) struct Detour {
    query: SearchQuery,
    priority: Priority,
    is_first: bool,
    /// From here on rows may stand at an older place than they tell of.
    settled_until: Timestamp,
    /// Everything before this instant has certainly been read.
    certain: Timestamp,
    /// Everything before this one has, if the last row stands where it should; the instant itself may be read in part.
    reached: Timestamp,
    holes: Vec<(Interval, String)>,
    /// What is left alone on the way: before it, the last first, and passed.
    ahead: Vec<Interval>,
    passed: Vec<Interval>,
    /// Where the way ends, if not at the present.
    end: Option<Timestamp>,
    is_over: bool,
    seen: Seen,
    /// What is wrong with the first page that cannot be right.
    odd: Option<&'static str>,
}

impl Detour {
    /// Returns the way that begins with this page, and leaves out `around`, in ascending order, without asking for it.
    pub(super) fn new(
        query: SearchQuery,
        priority: Priority,
        settled_until: Timestamp,
        around: &[Interval],
    ) -> Self {
        let (from, end) = (query.from, query.until);
        Self {
            query,
            priority,
            is_first: true,
            settled_until,
            certain: from,
            reached: from,
            holes: Vec::new(),
            ahead: around.iter().rev().copied().collect(),
            passed: Vec::new(),
            end,
            is_over: false,
            seen: Seen::new(settled_until),
            odd: None,
        }
    }

    /// Says whether the next page is the first.
    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Says whether the last page was the last one.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns the spans that were not read.
    pub(super) fn holes(&self) -> Vec<Interval> {
        self.holes.iter().map(|(hole, _)| *hole).chain(self.passed.iter().copied()).collect()
    }

    /// Returns how many rows there were.
    pub(super) fn count(&self) -> u64 {
        self.seen.count()
    }

    /// Returns those that could not be read, with the reasons, and those that were left alone.
    pub(super) fn into_holes(self) -> (Vec<(Interval, String)>, Vec<Interval>) {
        (self.holes, self.passed)
    }

    /// Goes on behind this cursor.
    pub(super) fn go_on(&mut self, next: Option<Cursor>) {
        self.query.after = next;
        self.query.per_page = self.query.per_page.saturating_mul(2).min(PAGE);
    }

    /// Reads the next page that can be read and can be right.
    pub(super) async fn next_page(
        &mut self,
        intercom: &Intercom,
        odd_pages: &OddPages,
    ) -> Result<Page, Error> {
        let mut is_outage_ruled_out = false;
        self.query.until = self.ahead.last().map_or(self.end, |hole| Some(hole.start));
        loop {
            // What is felt around for is asked for once only.
            let result = match self.query.per_page {
                PAGE => intercom.search(&self.query, self.priority).await,
                _ => intercom.probe(&self.query, self.priority).await,
            };
            let error = match result {
                Ok(page) => match self.seen.take(&page) {
                    Ok(disorder) => return Ok(self.take(page, disorder)),
                    Err(words) => {
                        // What comes of going around it may be odd in another way.
                        let words = (*self.odd.get_or_insert(words)).to_owned();
                        let kept = if self.end.is_some() { ODD_KEPT } else { 0 };
                        if !odd_pages.are_left(Instant::now(), kept) {
                            return Err(Error::Listing(words));
                        }
                        Error::Listing(words)
                    }
                },
                Err(error)
                    if matches!(error.advice(), Advice::WaitUntil(_) | Advice::GiveUp(Refusal::Token)) =>
                {
                    return Err(error.into());
                }
                Err(error) if is_outage_ruled_out => error.into(),
                Err(error) => self.look_at_the_present(intercom, error).await?.into(),
            };
            is_outage_ruled_out = true;
            if self.query.per_page > 1 {
                self.query.per_page = (self.query.per_page / SMALLER).max(1);
            } else if self.holes.len() < HOLES {
                if matches!(error, Error::Listing(_)) {
                    odd_pages.take();
                }
                self.leave_out(intercom, &error).await?;
                is_outage_ruled_out = false;
            } else {
                return Err(error);
            }
            if self.query.until.is_some_and(|until| self.query.from >= until) {
                let nothing = empty(intercom.clock().latest().unwrap_or(self.query.from));
                return Ok(self.take(nothing, None));
            }
        }
    }

    fn take(&mut self, page: Page, disorder: Option<Interval>) -> Page {
        self.is_first = false;
        self.is_over = page.next.is_none() && self.ahead.is_empty();
        for row in page.listed.iter().filter(|row| row.read_after.is_none()) {
            if row.updated_at < self.settled_until {
                self.certain = self.certain.max(row.updated_at);
            }
            self.reached = row.updated_at.max(self.certain);
        }
        let words = "the conversations on a page are not in the order that was asked for";
        self.holes.extend(disorder.map(|hole| (hole, words.to_owned())));
        // A row without an id cannot be stored; when it was active last is all that is known of it.
        for at in &page.unreadable {
            let second = at.unwrap_or(self.reached);
            let hole = Interval { start: second, end: second.plus(1) };
            self.holes.push((hole, "a conversation is listed without an id".to_owned()));
        }
        if page.next.is_none()
            && let Some(hole) = self.ahead.pop()
        {
            (self.certain, self.reached, self.query.from) = (hole.end, hole.end, hole.end);
            self.passed.push(hole);
        }
        page
    }

    /// Returns the error, or fails with it where nothing can be listed at all.
    async fn look_at_the_present(
        &self,
        intercom: &Intercom,
        error: intercom::Error,
    ) -> Result<intercom::Error, intercom::Error> {
        let from = intercom.clock().latest().unwrap_or(self.query.from);
        let query = SearchQuery { from, until: None, after: None, per_page: 1 };
        match intercom.probe(&query, self.priority).await {
            Ok(_) => Ok(error),
            Err(_) => Err(error),
        }
    }

    /// Finds the first second from which on the next row can be read again, and goes on from there.
    async fn leave_out(&mut self, intercom: &Intercom, error: &Error) -> Result<(), Error> {
        let present = intercom.clock().latest().unwrap_or(self.reached);
        let end = self.query.until.unwrap_or(present).max(self.reached.plus(1));
        let (mut fails, mut step) = (self.reached, 1);
        let mut reads = loop {
            let from = fails.plus(step).min(end);
            if from == end || self.can_read(intercom, from).await {
                break from;
            }
            (fails, step) = (from, step * 2);
        };
        while reads.since(fails) > 1 {
            let middle = fails.plus(reads.since(fails) / 2);
            if self.can_read(intercom, middle).await { reads = middle } else { fails = middle }
        }
        let hole =
            Interval { start: if fails < self.settled_until { fails } else { self.certain }, end: reads };
        tracing::warn!(%hole, %error, "listing goes around what cannot be listed");
        self.holes.push((hole, error.to_string()));
        (self.certain, self.reached) = (reads, reads);
        (self.query.from, self.query.after) = (reads, None);
        Ok(())
    }

    async fn can_read(&self, intercom: &Intercom, from: Timestamp) -> bool {
        let query = SearchQuery { from, after: None, per_page: 1, ..self.query };
        intercom.probe(&query, self.priority).await.is_ok_and(|page| !is_empty_with_next(&page))
    }
}

fn empty(answered_at: Timestamp) -> Page {
    Page {
        listed: Vec::new(),
        unreadable: Vec::new(),
        total_count: None,
        next: None,
        answered_at,
        raw_rows: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_cannot_be_right_are_gone_around_until_there_are_too_many_and_later_again() {
        let start = Instant::now();
        let odd = OddPages::new(start);
        let taken = |seconds, kept| {
            let now = start + Duration::from_secs(seconds);
            std::iter::repeat_with(|| odd.are_left(now, kept))
                .take_while(|left| *left)
                .inspect(|_| odd.take())
                .count()
        };
        assert_eq!(taken(0, 3), 2, "the rest is for the present");
        assert_eq!(taken(0, 0), 3);
        assert_eq!(taken(44, 0), 2);
        assert_eq!(taken(45, 0), 1);
        assert_eq!(taken(3_600, 0), 5);
    }
}
