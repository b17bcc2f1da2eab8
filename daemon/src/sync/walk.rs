//! Paging through a span of activity, each page stored before the next is asked for.
//!
//! Rows are sorted by activity time, ascending: one that changes during the walk moves ahead of it, so that a walk
//! without an upper bound meets it again, and a walk with one leaves it to the next head scan. A page that cannot be read
//! is gone around (see `detour`): what it hides is left out of the claim, and nothing else.

use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::Context;
use super::detour::{self, Detour};
use super::error::Error;
use crate::freshness::{Coverage, Scan};
use crate::intercom::{Intercom, Priority, SearchQuery};
use crate::model::ConversationId;
use crate::store::{Claim, Listing};

/// What to walk through.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// The first instant.
    pub(crate) from: Timestamp,
    /// Where to stop.
    pub(crate) reach: Reach,
    /// Intercom's clock before the walk's first request, at its earliest.
    pub(crate) began_at: Timestamp,
    /// How far before that the claim ends, in seconds.
    pub(crate) margin: i64,
    /// Spans on the way that are left alone, in ascending order.
    pub(crate) around: Vec<Interval>,
    /// Fetch again whatever was fetched before this instant.
    pub(crate) refetch_before: Option<Timestamp>,
    /// It goes over what is covered: what it does not meet there is read again.
    pub(crate) relists: bool,
    /// It has ended with fewer conversations than Intercom counts before, and is not to do so again.
    pub(crate) was_short: bool,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the present.
    Present,
    /// Up to this instant.
    Until(Timestamp),
    /// Up to this instant, over what is covered: nothing is claimed, and it has time.
    Again(Timestamp),
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything that can be read was read and stored, and the claim made.
    Whole {
        /// How many rows there were.
        rows: u64,
        /// Changes that turned up at an activity time that the head had covered: activity time and when it was seen.
        late: Vec<(Timestamp, Timestamp)>,
        /// Spans that cannot be read at present, oldest first, and why.
        holes: Vec<(Interval, String)>,
        /// Spans that were left alone.
        around: Vec<Interval>,
        /// Stored conversations that it should have met and did not.
        unmet: u64,
        /// Conversations that count as deleted because reads found nothing of them, and are listed still.
        missing: Vec<ConversationId>,
    },
    /// Its first page said that there is more than was wanted; nothing was stored.
    TooMany {
        /// How many rows there are.
        total: u64,
        /// How long that page took.
        took: Duration,
    },
}

impl Walk {
    /// Walks. With `at_most`, the first page decides by its total and the time it took whether to go on.
    /// `progress` is told how many rows have been stored so far.
    pub(crate) async fn run(
        self,
        context: &Context,
        intercom: &Intercom,
        at_most: impl Fn(Duration) -> Option<u64>,
        progress: impl Fn(u64),
    ) -> Result<Ended, Error> {
        let query = SearchQuery { from: self.from, until: self.until(), after: None, per_page: detour::PAGE };
        let settled_until = self.began_at.minus(self.margin);
        let mut detour = Detour::new(query, self.priority(), settled_until, &self.around);
        let mut rows = 0_u64;
        let (mut late, mut met, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let asked = Instant::now();
            let is_first = detour.is_first();
            let page = detour.next_page(intercom, &context.odd_pages).await?;
            let took = asked.elapsed();
            if is_first
                && let (Some(total), Some(most)) = (page.total_count, at_most(took))
                && total > most
            {
                return Ok(Ended::TooMany { total, took });
            }
            if self.relists {
                met.extend(page.listed.iter().map(|row| row.id.clone()));
            }
            rows += u64::try_from(page.listed.len()).unwrap_or(u64::MAX);
            let is_last = detour.is_over();
            let holes = detour.holes();
            // What moved ahead meanwhile is not in the last page's count.
            let uncounted = page.total_count.filter(|counted| *counted > detour.count() && holes.is_empty());
            let uncounted = uncounted.filter(|_| is_last && !self.was_short);
            let sound = is_last && uncounted.is_none();
            let claims = if sound { self.claims(intercom, page.answered_at, &holes) } else { Vec::new() };
            let listing = Listing { claims, listed: page.listed, refetch_before: self.refetch_before };
            let outcome = context.store.commit_listing(listing).await?;
            late.extend(outcome.late.iter().map(|(_, updated_at)| (*updated_at, page.answered_at)));
            missing.extend(outcome.missing);
            progress(rows);
            if outcome.pending > 0 {
                context.details_due.notify_one();
            }
            if is_last {
                if let Some(counted) = uncounted {
                    let listed = detour.count();
                    let words = format!("Intercom counts {counted} conversations and listed {listed}");
                    return Err(Error::Listing(words));
                }
                let unmet = match (self.until(), holes.is_empty() && self.relists) {
                    (Some(end), true) => {
                        let span = Interval { start: self.from, end: end.min(settled_until) };
                        context.store.commit_unlisted(span, self.began_at, met).await?
                    }
                    _ => 0,
                };
                if unmet > 0 {
                    context.details_due.notify_one();
                }
                let (holes, around) = detour.into_holes();
                return Ok(Ended::Whole { rows, late, holes, around, unmet, missing });
            }
            detour.go_on(page.next);
            if self.reach != Reach::Present {
                context.until_pending_is_low().await;
            }
        }
    }

    fn until(&self) -> Option<Timestamp> {
        match self.reach {
            Reach::Present => None,
            Reach::Until(end) | Reach::Again(end) => Some(end),
        }
    }

    fn priority(&self) -> Priority {
        match self.reach {
            Reach::Present | Reach::Until(_) => Priority::Listing,
            Reach::Again(_) => Priority::Spare,
        }
    }

    /// Returns what the walk proves, but for what it could not read.
    fn claims(&self, intercom: &Intercom, answered_at: Timestamp, holes: &[Interval]) -> Vec<Claim> {
        // Intercom's clock may have turned out to have been ahead when the walk began.
        let now = intercom.clock().earliest().map_or(self.began_at, |now| now.min(self.began_at));
        let end = now.minus(self.margin);
        let readable = |range: Interval| Coverage::new(holes.iter().copied(), []).gaps(range);
        match self.reach {
            // What moved to the present and cannot be read there may have been active in all of it.
            Reach::Present if holes.iter().any(|hole| hole.end >= end) => Vec::new(),
            Reach::Present => {
                readable(Interval { start: self.from, end }).into_iter().map(Claim::Head).collect()
            }
            Reach::Until(until) => readable(Interval { start: self.from, end: until.min(end) })
                .into_iter()
                .map(|range| Claim::Scan(Scan { range, finished_at: answered_at }))
                .collect(),
            Reach::Again(_) => Vec::new(),
        }
    }
}
