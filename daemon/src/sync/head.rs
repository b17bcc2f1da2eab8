//! Scanning from below the head to the present: what makes `last_sync` advance.

use std::sync::Arc;
use std::time::Duration;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::session::{Outcome, Session};
use super::walk::{Ended, Reach, Walk};
use crate::mutation::Guard;

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

/// Where head scans are.
pub(super) struct Head {
    /// One is running.
    pub(super) running: bool,
    /// The number of the last one that reached the present.
    pub(super) done: u64,
    /// When the next one is due.
    pub(super) next: Instant,
    /// When the last one began.
    pub(super) began: Option<Instant>,
    /// It must not come sooner, however much it is asked for, because the last one failed.
    pub(super) not_before: Instant,
    /// When the last one that reached the present began, on Intercom's clock.
    pub(super) looked_at: Option<Timestamp>,
    /// When that was, on this machine's clocks: the one that stands still while it sleeps, and the wall clock.
    pub(super) machine: Option<(Instant, Timestamp)>,
    /// Where the next one begins instead of at the usual place, because there is too much from there on.
    pub(super) from: Option<Timestamp>,
}

impl Head {
    /// Returns what is known before the first one.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            running: false,
            done: 0,
            next: now,
            began: None,
            not_before: now,
            looked_at: None,
            machine: None,
            from: None,
        }
    }
}

/// A head scan that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadScan {
    /// Counts them.
    pub(super) number: u64,
    /// Where it began.
    pub(super) from: Timestamp,
    /// When it began, on Intercom's clock.
    pub(super) looked_at: Timestamp,
    /// The settle margin by which it claims.
    pub(super) margin: i64,
    /// When it began, on this machine's clocks.
    pub(super) machine: (Instant, Timestamp),
}

impl Session {
    /// Says whether somebody waits for a head scan that has not started.
    pub(super) fn is_head_asked_for(&self) -> bool {
        self.context.board.read(|state| {
            state
                .tickets
                .open()
                .any(|(_, ticket)| !ticket.goal.heals && ticket.after_head >= state.heads_started)
        })
    }

    /// Starts a head scan.
    ///
    /// What may be claimed ends the settle margin before the moment just before its first request, on Intercom's clock
    /// at its earliest; the scan itself goes on to the present. It begins as far below the head's end as the margin
    /// reaches, since what was indexed late turns up there.
    pub(super) fn start_head(&mut self, now: Instant) {
        let Some(server) = self.intercom.clock().now() else { return };
        let server = if Guard::IntercomsClock.stands() { server } else { self.context.wall.now() };
        let margin = if Guard::Margin.stands() { self.settle.margin(server) } else { 0 };
        let retract = self.in_doubt(margin);
        if let Some(instant) = retract {
            tracing::warn!(%instant, "Intercom's clock went back: claims beyond it are taken back");
            self.coverage.retract(instant);
        }
        let usual = match self.coverage.last_sync() {
            Some(last_sync) if Guard::Lookback.stands() => {
                let reach = if self.has_rested(now) { margin.max(AFTER_REST) } else { margin };
                last_sync.min(server).minus(reach)
            }
            Some(last_sync) => last_sync.min(server),
            None => self.floor(),
        };
        let claim = server.minus(margin);
        let from = self.head.from.unwrap_or(usual);
        // Cut no shorter than this: below it, everything is listed however much it is.
        let shortest = claim.minus(margin.max(60));
        let may_cut = from < shortest;
        let number = self.context.board.update(|state| {
            state.heads_started += 1;
            state.heads_started
        });
        self.head.running = true;
        self.head.began = Some(now);
        self.head.next = now + self.sync_interval;

        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        let range = Interval { start: from, end: claim };
        let machine = (now, self.context.wall.now());
        let scan = HeadScan { number, from, looked_at: server, margin, machine };
        self.tasks.spawn(async move {
            let walk = Walk { from, reach: Reach::Present, claim, refetch_before: None };
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

    /// Says whether nobody looked for changes since the daemon was started, or the machine slept.
    fn has_rested(&self, now: Instant) -> bool {
        self.head.machine.is_none_or(|(instant, wall)| {
            let elapsed = i64::try_from(now.saturating_duration_since(instant).as_secs()).unwrap_or(i64::MAX);
            self.context.wall.now().since(wall) > elapsed.saturating_add(ASLEEP)
        })
    }

    /// Returns from when on claims do not hold because Intercom's clock was ahead for a while: what was stamped since it was
    /// set back lies below what was read before. Where that happened while nobody looked, there is no telling when.
    fn in_doubt(&self, margin: i64) -> Option<Timestamp> {
        if !Guard::Retraction.stands() {
            return None;
        }
        let clock = self.intercom.clock();
        let seen = clock.take_doubt().map(|since| since.minus(margin));
        let unseen =
            || clock.upper().filter(|upper| self.coverage.last_sync() > Some(*upper)).map(|_| Timestamp(0));
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
            Ok(Ended::Whole { rows, late }) => {
                self.head.from = None;
                self.head.done = scan.number;
                self.failures = 0;
                self.coverage = self.context.store.read(|snapshot| snapshot.coverage()).await?;
                self.context.board.update(|state| {
                    state.trouble = None;
                    state.unlisted = state.unlisted.map(|unlisted| unlisted.saturating_sub(rows));
                });
                let looked_before = self.looked_at();
                self.head.looked_at = Some(scan.looked_at);
                self.head.machine = Some(scan.machine);
                // The margin may have grown while this scan ran.
                self.keep_within_margin(scan.margin).await?;
                self.calibrate(late, looked_before, self.sync_interval).await?;
                self.hasten_proof();
                if rows > 0 {
                    self.stir();
                }
            }
            Ok(Ended::TooMany { total, took }) => {
                if self.head.from.is_none() {
                    self.context.board.update(|state| state.unlisted = Some(total));
                    if self.has_rested(scan.machine.0) {
                        // Then the hour below the head is left to the scans of what is not covered.
                        self.coverage.retract(scan.from);
                        self.context.store.retract(scan.from).await?;
                    }
                }
                self.head.from = Some(self.shorter(scan.from, total, took));
                self.head.next = Instant::now();
            }
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                tracing::warn!(%error, "looking for changes failed");
                self.head.next = Instant::now() + self.backoff();
                self.head.not_before = self.head.next;
                self.context.board.update(|state| state.stop_with(error.to_failure()));
            }
        }
        Ok(())
    }

    /// Returns how long to wait after failures in a row: 1 s, doubling up to a minute, each a little by chance.
    pub(super) fn backoff(&self) -> Duration {
        let longest = Duration::from_secs(1 << self.failures.min(6)).min(Duration::from_secs(60));
        longest.mul_f64(0.75 + fastrand::f64() / 4.0)
    }

    /// Returns where to begin so that about as many rows are left as can be listed soon.
    fn shorter(&self, from: Timestamp, total: u64, took: Duration) -> Timestamp {
        let now = self.intercom.clock().now().unwrap_or(from);
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
        let Some(server) = self.intercom.clock().now() else { return };
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
