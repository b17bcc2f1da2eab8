//! Listing again, now and then, a longer stretch below the head than a head scan looks back on: what the index took in
//! later than the settle margin turns up there.
//!
//! Each listing begins so far below the last one that a change which is indexed within the reach of its round is met by
//! one of them, whether the machine was awake meanwhile or not.

use std::sync::Arc;
use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::session::{Outcome, Session};
use super::walk::{Ended, Reach, Walk};

/// How often to list how much again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    /// The mark under which it is kept when it was done last.
    mark: &'static str,
    /// How often, in seconds.
    every: i64,
    /// How far below the last one it begins, in seconds.
    reach: i64,
}

/// The rounds; whoever reaches further has done the work of those before it.
const ROUNDS: [Round; 2] = [
    Round { mark: "tail_listed", every: 600, reach: 3_600 },
    Round { mark: "long_tail_listed", every: 86_400, reach: 2 * 86_400 },
];
/// The marks of the rounds.
pub(super) const MARKS: [&str; 2] = [ROUNDS[0].mark, ROUNDS[1].mark];
/// A listing with more rows than this is cut shorter: 500 pages.
const ROWS: u64 = 75_000;
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(60);

/// Where the rounds are.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// When each round was done last, on Intercom's clock.
    listed: [Option<Timestamp>; ROUNDS.len()],
    /// When anything was listed again last.
    last: Option<Timestamp>,
    running: bool,
    /// The last one failed, or there was too much of it.
    not_before: Option<Instant>,
    /// There was too much from the usual place on.
    from: Option<Timestamp>,
}

/// A listing that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    round: usize,
    range: Interval,
    /// When it began, on Intercom's clock.
    began: Timestamp,
    /// When one looked at the last hour before.
    before: Timestamp,
}

impl Tail {
    /// Takes up where an earlier daemon left off.
    pub(super) fn resume(&mut self, marks: [Option<String>; ROUNDS.len()]) {
        self.listed = marks.map(|mark| mark?.parse().ok().map(Timestamp));
        self.last = self.listed[0];
    }

    /// Returns when anything was listed again last.
    pub(super) fn listed_at(&self) -> Option<Timestamp> {
        self.last
    }

    /// Returns what is to be listed below the head's end.
    fn due(&self, now: Timestamp, last_sync: Timestamp) -> Option<Listing> {
        let rounds = ROUNDS.iter().enumerate().rev();
        let due = rounds.zip(self.listed.iter().rev()).find_map(|((round, rule), listed)| {
            let before = (*listed)?;
            (now.since(before) >= rule.every).then_some((round, rule, before))
        });
        let (round, rule, before) = due?;
        let from = self.from.unwrap_or(before.min(last_sync).minus(rule.reach));
        let range = Interval { start: from, end: last_sync };
        Some(Listing { round, range, began: now, before: self.listed[0].unwrap_or(before) })
    }
}

impl Session {
    /// Starts a listing, where one is due and nothing more urgent is to be listed.
    pub(super) fn start_tail(&mut self, now: Instant) {
        let (Some(server), Some(last_sync)) = (self.intercom.clock().now(), self.coverage.last_sync()) else {
            return;
        };
        let may = !self.tail.running && self.tail.not_before.is_none_or(|instant| instant <= now);
        if !may || self.head.looked_at.is_none() || self.is_backfilling() {
            return;
        }
        // A copy that was just made has nothing to make up for.
        for listed in &mut self.tail.listed {
            *listed = listed.filter(|listed| *listed <= server).or(Some(server));
        }
        let Some(listing) = self.tail.due(server, last_sync) else { return };
        self.tail.running = true;
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        let Interval { start, end } = listing.range;
        self.tasks.spawn(async move {
            let walk = Walk { from: start, reach: Reach::Again(end), claim: end, refetch_before: None };
            let at_most = |_| (listing.range.seconds() > 1).then_some(ROWS);
            Outcome::Tail(listing, walk.run(&context, &intercom, at_most, |_| ()).await)
        });
    }

    /// Takes in how a listing ended.
    pub(super) async fn tail_finished(
        &mut self,
        listing: Listing,
        result: Result<Ended, Error>,
    ) -> Result<(), Error> {
        self.tail.running = false;
        match result {
            Ok(Ended::Whole { late, .. }) => {
                self.tail.from = None;
                self.tail.last = Some(listing.began);
                for (round, (listed, rule)) in self.tail.listed.iter_mut().zip(ROUNDS).enumerate() {
                    if round <= listing.round {
                        *listed = Some(listing.began);
                    }
                    if let Some(at) = listed {
                        self.context.store.set_mark(rule.mark, &at.0.to_string()).await?;
                    }
                }
                if !late.is_empty() {
                    self.stir();
                }
                let every = Duration::from_secs(ROUNDS[0].every.unsigned_abs());
                self.calibrate(late, Some(listing.before), every).await?;
            }
            Ok(Ended::TooMany { total, .. }) => self.tail.from = Some(shorter(listing.range, total)),
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "listing the recent past again failed");
                self.tail.not_before = Some(Instant::now() + PAUSE);
                self.context.board.update(|state| state.note_error(error.to_string()));
            }
        }
        Ok(())
    }
}

/// Returns where to begin so that few enough rows are left, going by a range that has `total`.
fn shorter(range: Interval, total: u64) -> Timestamp {
    let seconds = i128::from(range.seconds());
    let kept = seconds * i128::from(ROWS) * 8 / 10 / i128::from(total.max(1));
    range.end.minus(i64::try_from(kept).unwrap_or(1).clamp(1, range.seconds().max(2) - 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000);

    fn tail(short: i64, long: i64) -> Tail {
        Tail { listed: [Some(NOW.minus(short)), Some(NOW.minus(long))], ..Tail::default() }
    }

    #[test]
    fn every_ten_minutes_the_last_hour_is_due_and_every_day_the_last_two() {
        let end = NOW.minus(60);
        assert_eq!(tail(599, 86_399).due(NOW, end), None);
        let short = tail(600, 86_399).due(NOW, end).unwrap();
        assert_eq!(short.range, Interval { start: NOW.minus(600 + 3_600), end });
        let long = tail(600, 86_400).due(NOW, end).unwrap();
        assert_eq!(long.range.start, NOW.minus(3 * 86_400));
    }

    #[test]
    fn after_a_sleep_it_begins_below_where_the_last_one_was() {
        let asleep = 8 * 3_600;
        let listing = tail(asleep, asleep).due(NOW, NOW.minus(60)).unwrap();
        assert_eq!(listing.range.start, NOW.minus(asleep + 3_600));
    }

    #[test]
    fn too_much_of_it_is_cut_to_what_is_recent() {
        let range = Interval::new(0, 1_000);
        assert_eq!(shorter(range, 2 * ROWS), Timestamp(600));
        assert_eq!(shorter(Interval::new(0, 2), u64::MAX), Timestamp(1));
    }
}
