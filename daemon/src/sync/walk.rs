//! Paging through a span of activity, each page stored before the next is asked for.
//!
//! Rows are sorted by activity time, ascending: one that changes during the walk moves ahead of it, so that a walk
//! without an upper bound meets it again, and a walk with one leaves it to the next head scan.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::Context;
use super::error::Error;
use crate::freshness::Scan;
use crate::intercom::{Intercom, Page, Priority, SearchQuery};
use crate::model::Listed;
use crate::mutation::Guard;
use crate::store::{Claim, Listing};

const PAGE: u16 = 150;

/// What to walk through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    /// The first instant.
    pub(crate) from: Timestamp,
    /// Where to stop.
    pub(crate) reach: Reach,
    /// The end of what may be claimed: it lies the settle margin before the walk's first request.
    pub(crate) claim: Timestamp,
    /// Fetch again whatever was fetched before this instant.
    pub(crate) refetch_before: Option<Timestamp>,
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
    /// Everything was read and stored, and the claim made.
    Whole {
        /// How many rows there were.
        rows: u64,
        /// Changes that turned up at an activity time that the head had covered: activity time and when it was seen.
        late: Vec<(Timestamp, Timestamp)>,
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
        let mut query = SearchQuery { from: self.from, until: self.until(), after: None, per_page: PAGE };
        let mut seen = Seen::default();
        let mut rows = 0_u64;
        let mut late = Vec::new();
        let began = Instant::now();
        loop {
            let asked = Instant::now();
            let page = match intercom.search(query.clone(), self.priority()).await {
                Err(_) if !Guard::FailedPage.stands() => {
                    let then = self.claim(intercom.clock().upper().unwrap_or(self.claim), began);
                    context.store.commit_listing(Listing { then, ..Listing::default() }).await?;
                    return Ok(Ended::Whole { rows, late });
                }
                page => page?,
            };
            let took = asked.elapsed();
            if query.after.is_none()
                && let (Some(total), Some(most)) = (page.total_count, at_most(took))
                && total > most
            {
                return Ok(Ended::TooMany { total, took });
            }
            seen.check(&page)?;
            rows += u64::try_from(page.listed.len()).unwrap_or(u64::MAX);
            let is_last = page.next.is_none() || !Guard::LastPage.stands();
            let mut then = is_last.then(|| self.claim(page.answered_at, began)).flatten();
            if !Guard::OneTransaction.stands() {
                context.store.commit_listing(Listing { then: then.take(), ..Listing::default() }).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let outcome = context
                .store
                .commit_listing(Listing { then, listed: page.listed, refetch_before: self.refetch_before })
                .await?;
            late.extend(outcome.late.iter().map(|(_, updated_at)| (*updated_at, page.answered_at)));
            progress(rows);
            if outcome.pending > 0 {
                context.details_due.notify_one();
            }
            if page.next.is_none() {
                return Ok(Ended::Whole { rows, late });
            }
            query.after = page.next;
            if self.reach != Reach::Present {
                context.until_pending_is_low().await;
            }
        }
    }

    fn until(&self) -> Option<Timestamp> {
        match self.reach {
            Reach::Present => (!Guard::ReadsOn.stands()).then_some(self.claim),
            Reach::Until(end) | Reach::Again(end) => Some(end),
        }
    }

    fn priority(&self) -> Priority {
        match self.reach {
            Reach::Present | Reach::Until(_) => Priority::Listing,
            Reach::Again(_) => Priority::Spare,
        }
    }

    fn claim(&self, answered_at: Timestamp, began: Instant) -> Option<Claim> {
        let took = if Guard::ScanStart.stands() { 0 } else { began.elapsed().as_secs().cast_signed() };
        match self.reach {
            Reach::Present => Some(Claim::Head(Interval { start: self.from, end: self.claim.plus(took) })),
            Reach::Until(end) => Some(Claim::Scan(Scan {
                range: Interval { start: self.from, end: end.min(self.claim) },
                finished_at: answered_at,
            })),
            Reach::Again(_) => None,
        }
    }
}

/// What a walk has met, to notice pages that break Intercom's promises: nothing may be claimed from those.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    rows: HashSet<u64>,
    cursors: HashSet<u64>,
    latest: Timestamp,
}

impl Seen {
    fn check(&mut self, page: &Page) -> Result<(), Error> {
        if page.unreadable > 0 {
            return Err(Error::Listing(format!("{} conversations on a page have no id", page.unreadable)));
        }
        if let Some(next) = &page.next {
            if page.raw_rows == 0 {
                return Err(Error::Listing("an empty page says that another follows".to_owned()));
            }
            if !self.cursors.insert(self.hasher.hash_one(next)) {
                return Err(Error::Listing("two pages were followed by the same cursor".to_owned()));
            }
        }
        let mut news = page.raw_rows == 0;
        for Listed { id, updated_at, .. } in &page.listed {
            news |= self.rows.insert(self.hasher.hash_one((id, updated_at)));
        }
        if page.next.is_some() && !news && !page.listed.is_empty() {
            return Err(Error::Listing("a page brought nothing that was not on one before it".to_owned()));
        }
        if !page.ordered || page.first.is_some_and(|first| first < self.latest) {
            return Err(Error::Listing(
                "the conversations on a page are not in the order that was asked for".to_owned(),
            ));
        }
        self.latest = page.last.map_or(self.latest, |last| last.max(self.latest));
        Ok(())
    }
}
