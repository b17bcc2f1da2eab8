//! Scanning from below the head to the present: what makes `last_sync` advance.

use std::sync::Arc;
use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::session::{Outcome, Session};
use super::walk::{Ended, Reach, Walk};
use crate::freshness::Coverage;
use crate::intercom::Priority;
use crate::store::CLOCK_OFFSET;

/// The least time between two head scans.
const HEAD_PAUSE: Duration = Duration::from_secs(1);
/// Listing to the present should not take longer than this before something is claimed.
const TIME: Duration = Duration::from_secs(10);
/// Bounds of how many rows one scan lists before it is cut shorter: what is left is listed in spans.
const ROWS: (u64, u64) = (600, 3_000);
const PAGE: u64 = 150;
/// How far below the head's end the first scan after a rest begins, in seconds. Intercom's clock may have been ahead when
/// the head was claimed; nobody has seen it go back since, so what changed meanwhile lies below.
const AFTER_REST: i64 = 3_600;
/// How far this machine's clocks part while it sleeps and not otherwise, in seconds.
const ASLEEP: i64 = 60;
/// A change of how far this machine's clock is off that is worth writing down, in seconds.
const OFF: u64 = 5;

/// Where head scans are.
pub(super) struct Head {
    /// One is running.
    pub(super) running: bool,
    /// When the next one is due.
    pub(super) next: Instant,
    /// When the last one began.
    pub(super) began: Option<Instant>,
    /// The last one failed: the next one must not come sooner for anybody who had asked before it.
    pub(super) not_before: Instant,
    /// Somebody waits for one.
    pub(super) wanted: bool,
    /// The last one met fewer conversations than Intercom counts.
    pub(super) was_short: bool,
    /// One has ended, and Intercom did not refuse it.
    pub(super) has_ended: bool,
    /// The last one had to go around something.
    pub(super) had_holes: bool,
    /// When the last one that reached the present began, on Intercom's clock.
    pub(super) looked_at: Option<Timestamp>,
    /// When that was, on this machine's clock.
    pub(super) looked: Option<Instant>,
    /// When Intercom's clock was heard last, on this machine's clocks: the one that stands still while it sleeps, and the
    /// wall clock.
    pub(super) heard: Option<(Instant, Timestamp)>,
    /// Nobody has looked since the daemon was started, or the machine slept.
    pub(super) has_rested: bool,
    /// How far this machine's clock is off, as it was written down.
    pub(super) offset: Option<i64>,
    /// Where the next one begins instead of at the usual place, because there is too much from there on.
    pub(super) from: Option<Timestamp>,
}

impl Head {
    /// Returns what is known before the first one.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            running: false,
            next: now,
            began: None,
            not_before: now,
            wanted: false,
            was_short: false,
            has_ended: false,
            had_holes: false,
            looked_at: None,
            looked: None,
            heard: None,
            has_rested: true,
            offset: None,
            from: None,
        }
    }
}

/// A head scan that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadScan {
    /// Where it began.
    pub(super) from: Timestamp,
    /// When it began, on Intercom's clock.
    pub(super) looked_at: Timestamp,
    /// The settle margin by which it claims.
    pub(super) margin: i64,
    /// When it began, on this machine's clock.
    pub(super) began: Instant,
}

impl Session {
    /// Says whether it is time for a head scan.
    pub(super) fn is_head_due(&self, now: Instant) -> bool {
        self.next_head(now).is_some_and(|due| due <= now)
    }

    /// Returns when the next head scan is due; `None` while one runs.
    pub(super) fn next_head(&self, now: Instant) -> Option<Instant> {
        if self.head.running {
            return None;
        }
        // Nobody gains by looks that follow each other at once.
        let earliest = self.head.began.map_or(now, |began| began + HEAD_PAUSE);
        let is_asked = || {
            let began = self.head.began.unwrap_or(now);
            self.context.board.read(|state| state.requests.is_waited_for_since(began, now))
        };
        let due = match self.head.wanted {
            // What time it is has to be cleared up before anything else is claimed, and what was claimed by a clock that was
            // ahead taken back.
            _ if self.intercom.clock().is_contradicted() || self.intercom.clock().was_set_back() => now,
            true if is_asked() => now,
            true => self.head.next.min(self.head.not_before),
            false => self.head.next,
        };
        Some(due.max(earliest))
    }

    /// Starts a head scan.
    ///
    /// What may be claimed ends the settle margin before the moment just before its first request, on Intercom's clock
    /// at its earliest; the scan itself goes on to the present. It begins as far below the head's end as the margin
    /// reaches, since what was indexed late turns up there.
    pub(super) fn start_head(&mut self, now: Instant) {
        let slept = self.has_slept(now);
        self.head.has_rested |= slept;
        if slept || self.intercom.clock().is_contradicted() {
            return self.ask_the_time(now);
        }
        let Some(server) = self.intercom.clock().earliest() else { return };
        let margin = self.settle.margin(server);
        let retract = self.in_doubt(margin);
        if let Some(instant) = retract {
            tracing::warn!(%instant, "Intercom's clock went back: claims beyond it are taken back");
            self.coverage.retract(instant);
        }
        let usual = match self.coverage.last_sync() {
            Some(last_sync) => {
                let reach = if self.head.has_rested { margin.max(AFTER_REST) } else { margin };
                last_sync.min(server).minus(reach)
            }
            None => self.floor(),
        };
        let claim = server.minus(margin);
        let from = self.head.from.unwrap_or(usual);
        // Cut no shorter than this: below it, everything is listed however much it is.
        let shortest = claim.minus(margin.max(60));
        let may_cut = from < shortest;
        self.context.board.update(|state| state.looked = Some(now));
        self.head.running = true;
        self.head.began = Some(now);
        self.head.next = now + self.sync_interval;

        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        let range = Interval { start: from, end: claim };
        let was_short = std::mem::take(&mut self.head.was_short);
        let around = self.left_alone(from, claim, margin, now);
        let scan = HeadScan { from, looked_at: server, margin, began: now };
        self.tasks.spawn(async move {
            let reach = Reach::Present;
            let (refetch_before, relists) = (None, false);
            let walk =
                Walk { from, reach, began_at: server, margin, around, refetch_before, relists, was_short };
            let at_most = |took| may_cut.then(|| rows_within(took));
            let progress = |rows| {
                if rows > PAGE {
                    context.board.update(|state| state.head = Some((range, rows)));
                }
            };
            let result = async {
                if let Some(instant) = retract {
                    context.store.retract(instant).await?;
                }
                walk.run(&context, &intercom, at_most, progress).await
            }
            .await;
            context.board.update(|state| state.head = None);
            Outcome::Head(scan, result)
        });
    }

    /// Returns what could not be listed and is not to be tried again yet. Once, each is tried when it has settled.
    fn left_alone(&self, from: Timestamp, claim: Timestamp, margin: i64, now: Instant) -> Vec<Interval> {
        let before = self.head.looked_at.unwrap_or(Timestamp::EPOCH).minus(margin);
        let left = |hole: &Interval| hole.start >= from && (hole.end >= claim || hole.end < before);
        Coverage::new(self.resting.spans(now).filter(left), []).proven().to_vec()
    }

    /// Says whether the machine has slept since Intercom's clock was heard last: what is known of it stood still.
    fn has_slept(&self, now: Instant) -> bool {
        self.head.heard.is_some_and(|(instant, wall)| {
            let elapsed = i64::try_from(now.saturating_duration_since(instant).as_secs()).unwrap_or(i64::MAX);
            self.context.wall.now().since(wall) > elapsed.saturating_add(ASLEEP)
        })
    }

    /// Learns what time it is before anything is claimed by it. One answer alone would not be believed.
    fn ask_the_time(&mut self, now: Instant) {
        self.head.running = true;
        self.head.heard = Some((now, self.context.wall.now()));
        let intercom = self.intercom.clone();
        self.tasks.spawn(async move {
            for _ in 0..2 {
                if let Err(error) = intercom.me(Priority::Listing).await {
                    tracing::warn!(%error, "asking what time it is");
                }
            }
            Outcome::Time
        });
    }

    /// Goes on with the look that the time was asked for.
    pub(super) fn time_heard(&mut self) {
        self.head.running = false;
        self.head.heard = Some((Instant::now(), self.context.wall.now()));
        self.start_head(Instant::now());
    }

    /// Returns from when on claims do not hold because Intercom's clock was ahead for a while: what was stamped since it was
    /// set back lies below what was read before. Where that happened while nobody looked, there is no telling when.
    fn in_doubt(&self, margin: i64) -> Option<Timestamp> {
        let clock = self.intercom.clock();
        let seen = clock.take_set_back().map(|since| since.minus(margin));
        let unseen =
            || clock.latest().filter(|upper| self.coverage.last_sync() > Some(*upper)).map(|_| Timestamp(0));
        seen.or_else(unseen)
    }

    /// Takes in how a head scan ended.
    pub(super) async fn head_finished(
        &mut self,
        scan: HeadScan,
        result: Result<Ended, Error>,
    ) -> Result<(), Error> {
        self.head.running = false;
        match result {
            Ok(Ended::Whole { rows, late, holes, around, .. }) => {
                self.head.from = None;
                let has_holes = !holes.is_empty() || !around.is_empty();
                let had_holes = std::mem::replace(&mut self.head.had_holes, has_holes);
                if self.failures > 0 || (had_holes && !has_holes) {
                    self.resting.wake(Instant::now());
                }
                self.failures = 0;
                self.listed(Interval { start: scan.from, end: Timestamp(i64::MAX) }, holes, &around);
                self.coverage = self.context.store.read(|snapshot| snapshot.coverage()).await?;
                self.context.board.update(|state| {
                    state.trouble = None;
                    state.unlisted = state.unlisted.map(|unlisted| unlisted.saturating_sub(rows));
                });
                let looked_before = self.looked_at();
                self.head.looked_at = Some(scan.looked_at);
                self.head.looked = Some(scan.began);
                self.head.heard = Some((Instant::now(), self.context.wall.now()));
                self.head.has_rested = false;
                self.remember_offset().await?;
                // The margin may have grown while this scan ran.
                self.keep_within_margin(scan.margin).await?;
                self.calibrate(late, looked_before, Duration::ZERO).await?;
                self.hasten_proof();
                if rows > 0 {
                    self.note_work();
                }
            }
            Ok(Ended::TooMany { total, took }) => {
                if self.head.from.is_none() {
                    self.context.board.update(|state| state.unlisted = Some(total));
                }
                self.head.from = Some(self.shorter(scan.from, total, took));
                self.head.next = Instant::now();
            }
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.head.was_short = matches!(error, Error::Listing(_));
                tracing::warn!(%error, "looking for changes failed");
                self.head.next = Instant::now() + self.backoff(self.failures);
                self.head.not_before = self.head.next;
                self.context.board.update(|state| state.attempt_failed(error.to_failure(), scan.began));
            }
        }
        self.head.has_ended = true;
        Ok(())
    }

    /// Writes down how far this machine's clock is off, where that has changed: a daemon that is started without a network
    /// has nobody to ask.
    async fn remember_offset(&mut self) -> Result<(), Error> {
        let Some(offset) = self.intercom.clock().offset() else { return Ok(()) };
        if self.head.offset.is_none_or(|known| known.abs_diff(offset) > OFF) {
            self.context.store.set_mark(CLOCK_OFFSET, &offset.to_string()).await?;
            self.head.offset = Some(offset);
        }
        Ok(())
    }

    /// Returns how long to wait after failures in a row: 2 s, doubling up to the usual interval, each a little by chance.
    pub(super) fn backoff(&self, failures: u32) -> Duration {
        let longest = Duration::from_secs(1 << failures.min(6)).min(self.sync_interval.max(HEAD_PAUSE));
        longest.mul_f64(0.75 + fastrand::f64() / 4.0)
    }

    /// Returns where to begin so that about as many rows are left as can be listed soon.
    fn shorter(&self, from: Timestamp, total: u64, took: Duration) -> Timestamp {
        let now = self.intercom.clock().earliest().unwrap_or(from);
        let margin = self.settle.margin(now);
        let shortest = now.minus(margin).minus(margin.max(60));
        let seconds = now.since(from).max(1);
        let aim = i128::from(rows_within(took)) * 7 / 10;
        let kept = i128::from(seconds) * aim / i128::from(total.max(1));
        let kept = i64::try_from(kept).unwrap_or(i64::MAX).clamp(1, seconds - seconds / 8);
        now.minus(kept).max(from.plus(1)).min(shortest)
    }

    /// Makes the next head scan come just when it proves what waits for proof.
    fn hasten_proof(&mut self) {
        let Some(server) = self.intercom.clock().earliest() else { return };
        let Some(ended) = self.coverage.awaiting().iter().map(|scan| scan.finished_at).max() else { return };
        let wait = ended.plus(self.settle.margin(server)).since(server).max(0) + 1;
        let due = Instant::now() + Duration::from_secs(wait.unsigned_abs());
        self.head.next = self.head.next.min(due);
    }
}

/// Returns how many rows can be listed in good time, when a page takes so long.
fn rows_within(page: Duration) -> u64 {
    let pages = TIME.as_millis() / page.as_millis().max(1);
    u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(PAGE).clamp(ROWS.0, ROWS.1)
}
