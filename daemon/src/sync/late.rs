//! What turned up late: it widens the settle margin, and takes back the claims that the wider margin does not bear.
//!
//! That an earlier claim was false cannot be undone. What is known from then on is that the index may lag by so much, so
//! that whatever is younger than the new margin was looked at too early to be sure of: the head ends there until a scan
//! has looked again. `last_sync` moves back no further than that, because what is older has had the time that the
//! margin grants, and a row that did come late is pending, which tells in every window that it is active in.

use std::time::Duration;

use proto::Timestamp;
use proto::types::LateArrival;

use super::error::Error;
use super::session::Session;
use super::settle::{self, Late};

/// The mark under which late arrivals are kept.
pub(super) const LATE_MARK: &str = "late_arrivals";

impl Session {
    /// Returns when the last head scan that reached the present began, as far as that is known.
    pub(super) fn looked_at(&self) -> Option<Timestamp> {
        self.head.looked_at.or_else(|| {
            // A daemon before this one made that scan: it began the margin after what it claimed.
            let last_sync = self.coverage.last_sync()?;
            Some(last_sync.plus(self.settle.margin(last_sync)))
        })
    }

    /// Takes in changes that reads brought to light.
    pub(super) async fn take_up_late(&mut self) -> Result<(), Error> {
        if self.context.board.read(|state| state.late.is_empty()) {
            return Ok(());
        }
        let late = self.context.board.update(|state| std::mem::take(&mut state.late));
        self.calibrate(late, self.looked_at(), Duration::ZERO).await
    }

    /// Records changes that turned up at an activity time that had been claimed already: that time, and when they were
    /// seen. `looked_at` says when the listing before looked there, and `every` how much later it may have come after that.
    pub(super) async fn calibrate(
        &mut self,
        late: Vec<(Timestamp, Timestamp)>,
        looked_at: Option<Timestamp>,
        every: Duration,
    ) -> Result<(), Error> {
        let Some(latest) = late.iter().map(|(_, seen_at)| *seen_at).max() else { return Ok(()) };
        let before = self.settle.margin(latest);
        let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
        let mut changed = false;
        for (updated_at, seen_at) in late {
            let delay = settle::delay(updated_at, seen_at, looked_at.unwrap_or(seen_at), every);
            changed |= self.settle.record(Late { seen_at, delay });
            tracing::warn!(delay, "a change turned up after its time had been claimed");
            if delay > settle::CEILING {
                let text = format!(
                    "a change of {updated_at} turned up {delay} s late: it was missed, and no settle margin would cover that"
                );
                self.context.board.update(|state| state.note_error(text));
            }
        }
        if changed {
            self.context.store.set_mark(LATE_MARK, &self.settle.to_text()).await?;
            self.keep_within_margin(before).await?;
        }
        Ok(())
    }

    /// Takes back what was claimed by a margin that has grown since.
    pub(super) async fn keep_within_margin(&mut self, claimed_by: i64) -> Result<(), Error> {
        let (Some(last_sync), Some(looked_at)) = (self.coverage.last_sync(), self.looked_at()) else {
            return Ok(());
        };
        let margin = self.settle.margin(self.intercom.clock().earliest().unwrap_or(looked_at));
        let end = if self.head.looked_at.is_some() {
            looked_at.minus(margin)
        } else {
            last_sync.minus(margin.saturating_sub(claimed_by))
        };
        if margin <= claimed_by || last_sync <= end {
            return Ok(());
        }
        tracing::warn!(%last_sync, %end, margin, "claims beyond what the settle margin bears are taken back");
        self.context.store.narrow(end).await?;
        self.coverage = self.context.store.read(|snapshot| snapshot.coverage()).await?;
        Ok(())
    }

    /// Returns the worst late arrival that counts, for the status.
    pub(super) fn worst_late(&self) -> Option<LateArrival> {
        let now = self.intercom.clock().earliest()?;
        self.settle
            .worst(now)
            .map(|late| LateArrival { delay_seconds: late.delay.unsigned_abs(), seen_at: late.seen_at })
    }
}
