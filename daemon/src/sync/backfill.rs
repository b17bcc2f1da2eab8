//! Scanning what lies below the head, newest first and a few spans at once; and listing again what somebody asked for.

use std::sync::Arc;

use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::pass::Pass;
use super::session::{Outcome, PASS_MARK, Session, Window};
use super::walk::{Ended, Reach, Walk};
use super::{PENDING_HIGH, goals};
use crate::freshness::plan;

/// Spans scanned at once.
const AT_ONCE: usize = 4;
/// With more pending than this, one span at a time lists as fast as conversations are fetched.
const PLENTY: u64 = 500;
/// A span with more rows than this is cut shorter: 10 pages.
const ROWS: u64 = 1_500;
/// How many rows a span should have: 4 pages. A span that was not read to its end is listed again, so that it should not
/// be long; each has a last page that is not full, so that it should not be short.
const AIM: u64 = 600;
/// The longest span: 20 years.
const LONGEST: i64 = 20 * 365 * 86_400;

impl Session {
    /// Returns how far back syncing goes: to the horizon, or further where somebody asked for it.
    pub(super) fn floor(&self) -> Timestamp {
        let now = self.intercom.clock().now().unwrap_or_else(|| self.context.wall.now());
        let horizon = self.history.horizon(now);
        self.context.board.read(|state| {
            let asked = state.tickets.open().filter(|(_, ticket)| !ticket.goal.heals);
            asked.filter_map(|(_, ticket)| ticket.goal.window.start).fold(horizon, Timestamp::min)
        })
    }

    /// Says whether anything below the head is still to be listed.
    pub(super) fn is_backfilling(&self) -> bool {
        !self.passes.is_empty()
            || self.wanted().is_some_and(|wanted| !self.coverage.unread(wanted).is_empty())
    }

    fn wanted(&self) -> Option<Interval> {
        Some(Interval { start: self.floor(), end: self.coverage.last_sync()? })
    }

    /// Starts scans of spans, as many as there is room for.
    pub(super) fn start_windows(&mut self, now: Instant) {
        let Some(wanted) = self.wanted().filter(|_| self.intercom.clock().now().is_some()) else { return };
        let at_once = if self.pending < PLENTY { AT_ONCE } else { 1 };
        while self.windows.len() < at_once && self.pending < PENDING_HIGH && self.windows_after <= now {
            let being_read = |pass: Option<u64>| -> Vec<Interval> {
                // What a repeated listing reads is no longer missing; the other way round, it may have begun too early.
                let is_of = |window: &&Window| pass.is_none() || window.pass == pass;
                self.windows.iter().filter(is_of).map(|window| window.range).collect()
            };
            let of_passes = |waited_for: bool| {
                let passes = self.passes.iter().filter(|(_, pass)| self.is_waited_for(pass) == waited_for);
                passes.into_iter().find_map(|(number, pass)| {
                    let range = pass.next_window(&being_read(Some(*number)), self.span)?;
                    Some((Window { range, pass: Some(*number) }, pass.refetch_before))
                })
            };
            let missing = || {
                let range = plan::next_window(&self.coverage, &being_read(None), wanted, self.span)?;
                Some((Window { range, pass: None }, None))
            };
            // What somebody waits for comes first; what it lists counts as covered, too.
            let next = of_passes(true).or_else(missing).or_else(|| of_passes(false));
            let Some((window, refetch_before)) = next else { return };
            self.start_window(window, refetch_before);
        }
    }

    fn start_window(&mut self, window: Window, refetch_before: Option<Timestamp>) {
        let Some(server) = self.intercom.clock().now() else { return };
        let claim = server.minus(self.settle.margin(server));
        self.windows.push(window);
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        self.tasks.spawn(async move {
            let Interval { start, end } = window.range;
            let walk = Walk { from: start, reach: Reach::Until(end), claim, refetch_before };
            // A second cannot be cut any shorter.
            let at_most = |_| (window.range.seconds() > 1).then_some(ROWS);
            Outcome::Window(window, walk.run(&context, &intercom, at_most, |_| ()).await)
        });
    }

    /// Takes in how a scan of a span ended.
    pub(super) async fn window_finished(
        &mut self,
        window: Window,
        result: Result<Ended, Error>,
    ) -> Result<(), Error> {
        self.windows.retain(|running| *running != window);
        self.stir();
        match result {
            Ok(Ended::Whole { rows, late }) => {
                self.span = fitting(window.range, rows)
                    .clamp(self.span / 8, self.span.saturating_mul(8))
                    .clamp(1, LONGEST);
                self.coverage = self.context.store.read(|snapshot| snapshot.coverage()).await?;
                self.calibrate(late, self.looked_at(), self.sync_interval).await?;
                match window.pass {
                    Some(number) => self.pass_listed(number, window.range).await?,
                    None => self.context.board.update(|state| {
                        state.unlisted = state.unlisted.map(|unlisted| unlisted.saturating_sub(rows));
                    }),
                }
            }
            Ok(Ended::TooMany { total, .. }) => self.span = fitting(window.range, total).clamp(1, LONGEST),
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                tracing::warn!(%error, range = %window.range, "a scan failed");
                self.span = (self.span / 2).max(1);
                self.windows_after = Instant::now() + self.backoff();
                self.context.board.update(|state| state.note_error(error.to_string()));
            }
        }
        Ok(())
    }

    /// Takes up a repeated listing.
    pub(super) fn add_pass(&mut self, pass: Pass) {
        self.passes.push((self.next_pass, pass));
        self.next_pass += 1;
    }

    /// Takes up the repeated listings that somebody asked for since the last time; returns whether there were any.
    pub(super) fn take_up_passes(&mut self) -> bool {
        let Some(now) = self.intercom.clock().now() else { return false };
        let floor = self.floor();
        let (policy, asked) = self.context.board.read(|state| {
            let open: Vec<_> = state.tickets.open().map(|(number, ticket)| (number, ticket.goal)).collect();
            (state.policy(), open)
        });
        let before = self.next_pass;
        for (ticket, goal) in asked {
            if self.taken_up.insert(ticket)
                && let Some((range, all)) = goals::pass(goal, policy, floor)
            {
                let left = self
                    .passes
                    .iter()
                    .position(|(_, pass)| !self.is_waited_for(pass) && pass.can_go_on_for(range, all, now));
                let pass = match left.and_then(|left| self.passes.get_mut(left)) {
                    Some((_, pass)) => pass.go_on_for(ticket, range),
                    // The lower bound of the clock: what was fetched in this very second counts as older.
                    None => Some(Pass::new(ticket, range, all, now)),
                };
                if let Some(pass) = pass {
                    self.add_pass(pass);
                }
            }
        }
        self.next_pass > before
    }

    /// Says whether somebody waits for a repeated listing.
    fn is_waited_for(&self, pass: &Pass) -> bool {
        pass.ticket.is_some_and(|ticket| {
            self.context.board.read(|state| state.tickets.open().any(|(open, _)| open == ticket))
        })
    }

    async fn pass_listed(&mut self, number: u64, range: Interval) -> Result<(), Error> {
        for (_, pass) in self.passes.iter_mut().filter(|(known, _)| *known == number) {
            pass.listed(range);
        }
        self.passes.retain(|(_, pass)| !pass.is_done());
        self.save_passes().await
    }

    /// Writes down what is left of the repeated listings.
    pub(super) async fn save_passes(&self) -> Result<(), Error> {
        let texts: Vec<String> = self.passes.iter().map(|(_, pass)| pass.to_text()).collect();
        Ok(self.context.store.set_mark(PASS_MARK, &texts.join(";")).await?)
    }
}

/// Returns how many seconds would have had as many rows as are aimed for, going by a span that had `rows`.
fn fitting(range: Interval, rows: u64) -> i64 {
    let seconds = i128::from(range.seconds()) * i128::from(AIM) / i128::from(rows.max(1));
    i64::try_from(seconds).unwrap_or(LONGEST).clamp(1, LONGEST)
}
