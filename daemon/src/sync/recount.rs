//! Comparing, once a day, how many conversations Intercom counts with how many are stored: a check of all that the engine
//! believes, and never the end of a listing, because the index lags and things change while they are counted.
//!
//! Conversations leave a span by changing and do not come back, so a count in between must lie between what is stored
//! before it and what is stored once a head scan has looked after it. Numbers that differ twice, the index's longest lag
//! apart, are followed down to the span that differs: that is listed again, and where more is stored than Intercom
//! counts, read again.

use std::sync::Arc;

use proto::types::{CountCheck, CountState};
use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::Context;
use super::error::Error;
use super::session::{Outcome, Session};
use super::walk::{Ended, Reach, Walk};
use crate::intercom::{Intercom, Priority, SearchQuery};

/// The mark under which the last check is kept.
pub(super) const MARK: &str = "count_check";
/// How often to count, in seconds.
const DAY: i64 = 86_400;
/// How long after a copy was made or taken up to count first, in seconds.
const FIRST: i64 = 3_600;
/// After this long, in seconds, a difference is no lag of the index.
const AGAIN: i64 = 15 * 60;
/// How long after a repeated listing to count, in seconds.
const AFTER_LISTING: i64 = 60;
/// A span with no more conversations than this is not halved further.
const FEW: u64 = 60;
/// Halvings at most.
const HALVINGS: usize = 32;

/// Where the check is.
#[derive(Debug, Default)]
pub(super) struct Recount {
    /// When to count next, on Intercom's clock.
    due: Option<Timestamp>,
    check: Option<CountCheck>,
    /// How often in a row the numbers differed.
    strikes: u32,
    running: bool,
    /// A count that differs, until a head scan that started after it has told what changed meanwhile.
    doubt: Option<(CountCheck, u64)>,
    /// What differed was listed again, and may still be being read again.
    mending: bool,
}

/// What a task found.
pub(super) enum Counted {
    /// What both counted.
    Both(Option<CountCheck>),
    /// What is stored now of what was counted before.
    Again(CountCheck, u64),
    /// What differed was listed again.
    Listed(Listed),
}

/// A span in which the numbers differed, after it was listed again.
pub(super) struct Listed {
    range: Interval,
    intercom: u64,
    stored: u64,
    /// Changes that turned up there: activity time, and when they were seen.
    late: Vec<(Timestamp, Timestamp)>,
}

/// What follows from a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    state: CountState,
    strikes: u32,
    /// When to count next, in seconds from now.
    next: i64,
    /// What differs is to be found.
    locate: bool,
}

/// Judges a comparison, after so many that differed.
fn judge(equal: bool, strikes: u32) -> Verdict {
    let calm = Verdict { state: CountState::Equal, strikes: 0, next: DAY, locate: false };
    match (equal, strikes) {
        (true, _) => calm,
        (false, 0) => Verdict { state: CountState::Doubtful, strikes: 1, next: AGAIN, ..calm },
        (false, 1) => Verdict { state: CountState::Different, strikes: 2, locate: true, ..calm },
        // It was listed again to no avail: tomorrow is another day.
        (false, _) => Verdict { state: CountState::Different, strikes: 1, ..calm },
    }
}

impl Recount {
    /// Takes up where an earlier daemon left off.
    pub(super) fn resume(&mut self, mark: Option<&str>) {
        let Some(numbers) = mark.map(|text| text.split(' ').map(str::parse).collect::<Result<Vec<i64>, _>>())
        else {
            return;
        };
        let Ok(&[due, strikes, checked_at, start, end, intercom, stored, state]) = numbers.as_deref() else {
            return;
        };
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        self.due = Some(Timestamp(due));
        // What was found to differ may not have been listed again.
        self.strikes = u32::try_from(strikes).unwrap_or(0).min(1);
        if strikes > 1 {
            self.due = Some(Timestamp(checked_at).plus(AGAIN));
        }
        self.check = Some(CountCheck {
            checked_at: Timestamp(checked_at),
            range: Interval::new(start, end),
            intercom: number(intercom),
            stored: number(stored),
            state: match state {
                0 => CountState::Equal,
                1 => CountState::Doubtful,
                _ => CountState::Different,
            },
        });
    }

    fn to_text(&self) -> Option<String> {
        let (due, check) = (self.due?, self.check?);
        let state = match check.state {
            CountState::Equal => 0,
            CountState::Doubtful => 1,
            CountState::Different => 2,
        };
        let CountCheck { checked_at, range, intercom, stored, .. } = check;
        let (start, end) = (range.start.0, range.end.0);
        let strikes = self.strikes;
        Some(format!("{} {strikes} {} {start} {end} {intercom} {stored} {state}", due.0, checked_at.0))
    }

    /// Returns what the status says of it.
    pub(super) fn report(&self) -> Option<CountCheck> {
        self.check
    }
}

impl Session {
    /// Starts to count, where it is time to and nothing else is to be done.
    pub(super) fn start_recount(&mut self, _: Instant) {
        let (Some(now), Some(head)) = (self.intercom.clock().now(), self.coverage.head()) else { return };
        if self.recount.running || self.head.looked_at.is_none() || !self.has_spare_time() {
            return;
        }
        if self.recount.mending && !self.verify.is_aside() {
            self.recount.mending = false;
            self.recount.due = Some(now.plus(AFTER_LISTING));
        }
        // Intercom's clock may have been set back.
        let due = self.recount.due.map_or(now.plus(FIRST), |due| due.min(now.plus(DAY)));
        self.recount.due = Some(due);
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        if let Some((check, _)) = self.recount.doubt.filter(|(_, heads)| self.head.done > *heads) {
            self.recount.doubt = None;
            self.recount.running = true;
            self.tasks.spawn(async move { Outcome::Counted(count_again(&context, check).await) });
        } else if due <= now && self.recount.doubt.is_none() && !self.recount.mending {
            self.recount.running = true;
            let range = Interval { start: head.start.max(self.floor()), end: head.end };
            self.tasks.spawn(async move { Outcome::Counted(count(&context, &intercom, range).await) });
        }
    }

    /// Takes in what was counted.
    pub(super) async fn counted(&mut self, result: Result<Counted, Error>) -> Result<(), Error> {
        self.recount.running = false;
        let now = self.intercom.clock().now();
        match result {
            Ok(Counted::Both(Some(check))) if check.intercom != check.stored => {
                let heads = self.context.board.read(|state| state.heads_started);
                self.recount.doubt = Some((check, heads));
                self.hasten_head();
                Ok(())
            }
            Ok(Counted::Both(Some(check))) => self.conclude(check, true).await,
            Ok(Counted::Both(None)) => {
                self.recount.due = now.map(|now| now.plus(DAY));
                Ok(())
            }
            Ok(Counted::Again(check, stored)) => {
                let between = check.stored.min(stored)..=check.stored.max(stored);
                let equal = between.contains(&check.intercom);
                self.conclude(CountCheck { stored, ..check }, equal).await
            }
            Ok(Counted::Listed(Listed { range, intercom, stored, late })) => {
                tracing::warn!(%range, intercom, stored, "what differs in number was listed again");
                self.recount.mending = true;
                if let Some(now) = now.filter(|_| stored > intercom) {
                    self.verify.read_span(range, now);
                }
                self.calibrate(late, self.looked_at(), self.sync_interval).await
            }
            Err(error) if error.is_refusal() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "comparing numbers of conversations failed");
                self.recount.due = now.map(|now| now.plus(AGAIN));
                self.context.board.update(|state| state.note_error(error.to_string()));
                Ok(())
            }
        }
    }

    async fn conclude(&mut self, check: CountCheck, equal: bool) -> Result<(), Error> {
        let verdict = judge(equal, self.recount.strikes);
        if !equal {
            let CountCheck { intercom, stored, .. } = check;
            tracing::warn!(
                intercom,
                stored,
                "Intercom counts another number of conversations than are stored"
            );
        }
        self.recount.strikes = verdict.strikes;
        self.recount.check = Some(CountCheck { state: verdict.state, ..check });
        self.recount.due = Some(check.checked_at.plus(verdict.next));
        if let Some(text) = self.recount.to_text() {
            self.context.store.set_mark(MARK, &text).await?;
        }
        if verdict.locate {
            self.recount.running = true;
            let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
            let range = check.range;
            self.tasks.spawn(async move { Outcome::Counted(locate(&context, &intercom, range).await) });
        }
        Ok(())
    }
}

async fn stored_in(context: &Context, range: Interval) -> Result<u64, Error> {
    Ok(context.store.read(move |snapshot| snapshot.count_known(range)).await?)
}

async fn counted_in(intercom: &Intercom, range: Interval) -> Result<Option<u64>, Error> {
    let query = SearchQuery { from: range.start, until: Some(range.end), after: None, per_page: 150 };
    Ok(intercom.search(query, Priority::Spare).await?.total_count)
}

async fn count(context: &Context, intercom: &Intercom, range: Interval) -> Result<Counted, Error> {
    let stored = stored_in(context, range).await?;
    let counted = counted_in(intercom, range).await?;
    let checked_at = intercom.clock().now().unwrap_or(range.end);
    Ok(Counted::Both(counted.map(|intercom| CountCheck {
        checked_at,
        range,
        intercom,
        stored,
        state: CountState::Equal,
    })))
}

async fn count_again(context: &Context, check: CountCheck) -> Result<Counted, Error> {
    Ok(Counted::Again(check, stored_in(context, check.range).await?))
}

/// Halves a span in which the numbers differ until little of it is left, keeping a half that differs, and lists that again.
async fn locate(context: &Context, intercom: &Intercom, mut range: Interval) -> Result<Counted, Error> {
    let numbers = async |range| -> Result<(u64, u64), Error> {
        let stored = stored_in(context, range).await?;
        Ok((counted_in(intercom, range).await?.unwrap_or(stored), stored))
    };
    let (mut counted, mut stored) = numbers(range).await?;
    for _ in 0..HALVINGS {
        if (stored <= FEW && counted <= FEW) || range.seconds() <= 1 {
            break;
        }
        let middle = range.start.plus(range.seconds() / 2);
        let older = Interval { end: middle, ..range };
        let (counted_older, stored_older) = numbers(older).await?;
        if counted_older == stored_older {
            range.start = middle;
            (counted, stored) = (counted.saturating_sub(counted_older), stored.saturating_sub(stored_older));
        } else {
            range = older;
            (counted, stored) = (counted_older, stored_older);
        }
    }
    let Interval { start, end } = range;
    let walk = Walk { from: start, reach: Reach::Again(end), claim: end, refetch_before: None };
    let late = match walk.run(context, intercom, |_| None, |_| ()).await? {
        Ended::Whole { late, .. } => late,
        Ended::TooMany { .. } => Vec::new(),
    };
    Ok(Counted::Listed(Listed { range, intercom: counted, stored, late }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_that_differ_twice_are_followed_up_once_a_day() {
        let first = judge(false, 0);
        assert_eq!((first.state, first.next, first.locate), (CountState::Doubtful, AGAIN, false));
        let second = judge(false, first.strikes);
        assert_eq!((second.state, second.locate), (CountState::Different, true));
        let after_listing = judge(false, second.strikes);
        assert_eq!((after_listing.state, after_listing.next), (CountState::Different, DAY));
        assert!(!after_listing.locate && judge(false, after_listing.strikes).locate);
        for strikes in 0..4 {
            assert_eq!(judge(true, strikes).state, CountState::Equal);
        }
    }

    #[test]
    fn a_check_survives_as_text() {
        let check = CountCheck {
            checked_at: Timestamp(70),
            range: Interval::new(0, 50),
            intercom: 9,
            stored: 8,
            state: CountState::Different,
        };
        let recount =
            Recount { due: Some(Timestamp(90)), strikes: 2, check: Some(check), ..Recount::default() };
        let mut resumed = Recount::default();
        resumed.resume(Some(&recount.to_text().unwrap()));
        assert_eq!(
            (resumed.due, resumed.strikes, resumed.check),
            (Some(Timestamp(70 + AGAIN)), 1, Some(check))
        );
        resumed.resume(Some("rubbish"));
        assert_eq!(resumed.check, Some(check));
    }
}
