//! Scanning what lies below the head, newest first and a few spans at once; and listing again what is covered.

use std::sync::Arc;
use std::time::Duration;

use proto::types::{CountCheck, CountState};
use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::error::Error;
use super::relist::{RECENT_EVERY, Relist, Wanted};
use super::session::{Outcome, RELISTS_MARK, Session, Window};
use super::walk::{Ended, Reach, Walk};
use super::{PENDING_HIGH, phase};
use crate::freshness::{Coverage, plan};

/// Spans scanned at once.
const AT_ONCE: usize = 4;
/// With more pending than this, one span at a time lists as fast as conversations are fetched.
const PLENTY: u64 = 500;
/// A span with more rows than this is cut shorter: 10 pages.
const ROWS: u64 = 1_500;
/// The marks under which it is kept when the daemon looked back last: at the recent past, and at everything.
pub(super) const LOOK_BACK_MARKS: [&str; 2] = ["tail_listed", "all_listed"];
/// How many rows a span should have: 4 pages. A span that was not read to its end is listed again, so that it should not
/// be long; each has a last page that is not full, so that it should not be short.
const AIM: u64 = 600;
/// The longest span: 20 years.
const LONGEST: i64 = 20 * 365 * 86_400;

impl Session {
    /// Returns how far back syncing goes: to the horizon, or further where somebody asked for it.
    pub(super) fn floor(&self) -> Timestamp {
        let now = self.intercom.clock().earliest().unwrap_or_else(|| self.context.wall.now());
        let horizon = self.history.horizon(now);
        self.context.board.read(|state| {
            let asked = state.requests.open().filter(|(_, request)| !request.wish.heals);
            asked.filter_map(|(_, request)| request.wish.window.start).fold(horizon, Timestamp::min)
        })
    }

    /// Says whether anything below the head is still to be listed, but for what cannot be at present.
    pub(super) fn is_backfilling(&self) -> bool {
        let readable = |wanted| {
            let resting = Coverage::new(self.resting.all(), []);
            self.coverage.unread(wanted).into_iter().any(|piece| !resting.gaps(piece).is_empty())
        };
        self.relists.iter().any(|(_, relist)| relist.is_asked()) || self.wanted().is_some_and(readable)
    }

    fn wanted(&self) -> Option<Interval> {
        Some(Interval { start: self.floor(), end: self.coverage.last_sync()? })
    }

    /// Starts scans of spans, as many as there is room for.
    pub(super) fn start_windows(&mut self, now: Instant) {
        let Some(wanted) = self.wanted().filter(|_| self.intercom.clock().earliest().is_some()) else {
            return;
        };
        self.look_back();
        let at_once = if self.pending < PLENTY { AT_ONCE } else { 1 };
        let resting: Vec<Interval> = self.resting.spans(now).collect();
        while self.windows.len() < at_once && self.pending < PENDING_HIGH && self.windows_after <= now {
            let being_read = |relist: Option<u64>| -> Vec<Interval> {
                // What is listed again is no longer missing; the other way round, it may have begun too early.
                let is_of = |window: &&Window| relist.is_none() || window.relist == relist;
                let running = self.windows.iter().filter(is_of).map(|window| window.range);
                running.chain(resting.iter().copied()).collect()
            };
            let of_relists = |waited_for: bool, asked: bool| {
                let of =
                    |relist: &Relist| self.is_waited_for(relist) == waited_for && relist.is_asked() == asked;
                self.relists.iter().filter(|(_, relist)| of(relist)).find_map(|(number, relist)| {
                    let range = relist.next_window(&being_read(Some(*number)), self.span)?;
                    Some(Window { range, relist: Some(*number), has_time: !asked })
                })
            };
            let missing = || {
                let range = plan::next_window(&self.coverage, &being_read(None), wanted, self.span)?;
                Some(Window { range, relist: None, has_time: false })
            };
            // What somebody waits for comes first; what it lists counts as covered, too. The daemon's own looks come last,
            // one span at a time.
            let own =
                || of_relists(false, false).filter(|_| !self.windows.iter().any(|window| window.has_time));
            let next =
                of_relists(true, true).or_else(missing).or_else(|| of_relists(false, true)).or_else(own);
            let Some(window) = next else { return };
            self.start_window(window);
        }
    }

    fn start_window(&mut self, window: Window) {
        let Some(server) = self.intercom.clock().earliest() else { return };
        let margin = self.settle.margin(server);
        let was_short = self.resting.has(window.range);
        let relist = self.relists.iter().find(|(number, _)| Some(*number) == window.relist);
        let refetch_before = relist.and_then(|(_, relist)| relist.refetch_before);
        self.windows.push(window);
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        self.tasks.spawn(async move {
            let Interval { start: from, end } = window.range;
            let reach = if window.has_time { Reach::Again(end) } else { Reach::Until(end) };
            let relists = window.relist.is_some();
            let around = Vec::new();
            let walk =
                Walk { from, reach, began_at: server, margin, around, refetch_before, relists, was_short };
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
        if !window.has_time {
            self.note_work();
        }
        match result {
            Ok(Ended::Whole { rows, late, holes, around, unmet, missing }) => {
                self.listed(window.range, holes, &around);
                self.window_failures = 0;
                self.span = fitting(window.range, rows)
                    .clamp(self.span / 8, self.span.saturating_mul(8))
                    .clamp(1, LONGEST);
                self.coverage = self.context.store.read(|snapshot| snapshot.coverage()).await?;
                let differences = late.len() as u64 + unmet;
                let before = self.look_back.recent.filter(|_| window.has_time);
                let every = if before.is_some() { RECENT_EVERY } else { 0 };
                let every = Duration::from_secs(every.unsigned_abs());
                self.calibrate(late, before.or_else(|| self.looked_at()), every).await?;
                match window.relist {
                    Some(number) => {
                        self.reread.missing.extend(missing);
                        self.relist_listed(number, window.range, rows, differences).await?;
                    }
                    None => self.context.board.update(|state| {
                        state.unlisted = state.unlisted.map(|unlisted| unlisted.saturating_sub(rows));
                    }),
                }
            }
            Ok(Ended::TooMany { total, .. }) => self.span = fitting(window.range, total).clamp(1, LONGEST),
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, range = %window.range, "a scan failed");
                self.window_failures = self.window_failures.saturating_add(1);
                self.windows_after = Instant::now() + self.backoff(self.window_failures);
                self.resting.listed(window.range, &[window.range], &[], Instant::now());
                self.context.board.update(|state| state.note_error(error.to_string()));
            }
        }
        Ok(())
    }

    /// Takes note that a span was listed but for what was left alone, and for some holes: these are left alone for a while.
    pub(super) fn listed(&mut self, span: Interval, holes: Vec<(Interval, String)>, around: &[Interval]) {
        let spans: Vec<Interval> = holes.iter().map(|(hole, _)| *hole).collect();
        self.resting.listed(span, &spans, around, Instant::now());
        for (hole, error) in holes {
            let text = format!("what was active in {hole} cannot be listed: {error}");
            self.context.board.update(|state| state.note_error(text));
        }
    }

    /// Looks back, where it is time to and the copy is whole.
    fn look_back(&mut self) {
        let (Some(now), Some(end)) = (self.intercom.clock().earliest(), self.coverage.last_sync()) else {
            return;
        };
        let is_at_it = self.relists.iter().any(|(_, relist)| !relist.is_asked());
        if is_at_it || self.head.looked_at.is_none() || self.is_backfilling() {
            return;
        }
        let start = self.coverage.head().map_or(end, |head| head.start.max(self.floor()));
        if let Some(relist) = self.look_back.due(now, end, start) {
            self.add_relist(relist);
        }
    }

    /// Takes up a span that is to be listed again.
    pub(super) fn add_relist(&mut self, relist: Relist) {
        self.relists.push((self.next_relist, relist));
        self.next_relist += 1;
    }

    /// Takes up what somebody asked to be listed again since the last time; returns whether there was anything.
    pub(super) fn take_up_relists(&mut self) -> bool {
        let Some(now) = self.intercom.clock().earliest() else { return false };
        let floor = self.floor();
        let (policy, asked) = self.context.board.read(|state| {
            let new = state.requests.open().filter(|(number, _)| number.0 > self.taken_up.0);
            (state.policy(), new.map(|(number, request)| (number, request.wish)).collect::<Vec<_>>())
        });
        let before = self.next_relist;
        for (number, wish) in asked {
            if let Some((range, all)) = phase::relisted(wish, policy, floor) {
                let left = self.relists.iter().position(|(_, relist)| {
                    !self.is_waited_for(relist) && relist.can_go_on_for(range, all, now)
                });
                let relist = match left.and_then(|left| self.relists.get_mut(left)) {
                    Some((_, relist)) => relist.go_on_for(number, range),
                    // The lower bound of the clock: what was fetched in this very second counts as older.
                    None => Some(Relist::new(Wanted::Asked(Some(number)), range, all, now)),
                };
                if let Some(relist) = relist {
                    self.add_relist(relist);
                }
            }
            self.taken_up = number;
        }
        self.next_relist > before
    }

    /// Says whether somebody waits for a span to be listed again.
    fn is_waited_for(&self, relist: &Relist) -> bool {
        matches!(relist.wanted, Wanted::Asked(Some(number)) if {
            self.context.board.read(|state| state.requests.open().any(|(open, _)| open == number))
        })
    }

    async fn relist_listed(
        &mut self,
        number: u64,
        range: Interval,
        rows: u64,
        differences: u64,
    ) -> Result<(), Error> {
        for (_, relist) in self.relists.iter_mut().filter(|(known, _)| *known == number) {
            relist.listed(range, rows, differences);
        }
        let done: Vec<Relist> =
            self.relists.extract_if(.., |(_, relist)| relist.is_done()).map(|(_, relist)| relist).collect();
        for relist in done.iter().filter(|relist| !relist.is_asked()) {
            self.look_back.done(relist);
            let marks = [self.look_back.recent, self.look_back.all];
            for (mark, at) in LOOK_BACK_MARKS.into_iter().zip(marks) {
                if let Some(at) = at {
                    self.context.store.set_mark(mark, &at.0.to_string()).await?;
                }
            }
            if relist.wanted == Wanted::All {
                let differs = relist.differences > 0;
                self.count_check = Some(CountCheck {
                    checked_at: relist.began,
                    range: relist.range,
                    intercom: relist.rows,
                    stored: relist.rows.saturating_sub(relist.differences),
                    state: if differs { CountState::Different } else { CountState::Equal },
                });
            }
        }
        self.save_relists().await
    }

    /// Writes down what is left of what somebody asked to be listed again.
    pub(super) async fn save_relists(&self) -> Result<(), Error> {
        let asked = self.relists.iter().filter(|(_, relist)| relist.is_asked());
        let texts: Vec<String> = asked.map(|(_, relist)| relist.to_text()).collect();
        Ok(self.context.store.set_mark(RELISTS_MARK, &texts.join(";")).await?)
    }
}

/// Returns how many seconds would have had as many rows as are aimed for, going by a span that had `rows`.
fn fitting(range: Interval, rows: u64) -> i64 {
    let seconds = i128::from(range.seconds()) * i128::from(AIM) / i128::from(rows.max(1));
    i64::try_from(seconds).unwrap_or(LONGEST).clamp(1, LONGEST)
}
