//! Intercom's rate limit: what the answers say of it, and whether one more request may be sent now. Pure: `now` is an
//! argument, and nobody sleeps here.
//!
//! Intercom counts calls in windows of 10 seconds and says with each answer how many are left in the current one.
//! Requests that are sent and not answered may or may not be part of that number, so they are always counted
//! against it: erring that way costs a few calls, erring the other way costs a refusal.

use std::time::Duration;

use proto::Timestamp;
use tokio::time::Instant;

use quota::Quota;
use told::Told;

mod quota;
mod told;

/// Who asks for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for the answer: it goes at once, and may use the reserve.
    Waiting,
    /// What is to be claimed, and what is to be fetched, depends on it: it goes at once, and leaves the reserve alone.
    Listing,
    /// Background work: it is spread over the window.
    Sync,
    /// What can wait: it is spread as well, and leaves half of the window to everything else.
    Spare,
}

impl Priority {
    /// Says whether its calls are spread over the window.
    fn is_spread(self) -> bool {
        matches!(self, Self::Sync | Self::Spare)
    }
}

/// Intercom's window.
const WINDOW: Duration = Duration::from_secs(10);
/// What is told of a window can make the limiter wait no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Nor can a stated `Retry-After`.
const LONGEST_STATED: Duration = Duration::from_secs(600);
/// The pause after a first refusal, at least: Intercom's window may end a little later than it said.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// After so many failures in a row nothing seems to get through.
const BROKEN: u32 = 10;
/// Where something got through within this time, listing goes on as if everything did.
const STEADY: Duration = Duration::from_secs(10);
/// The longest pause between two calls then.
const LONGEST_BREAK: Duration = Duration::from_secs(5);
/// Calls under way before the first answer has told the limit.
const UNTOLD: u64 = 10;
/// Calls under way together. Their speed is what Intercom allows; for 10,000 a minute it takes 5 of them where an answer takes
/// 30 ms, 17 where it takes 100 ms and 50 where it takes 300 ms, which `each_window_is_used_up_without_a_refusal` shows. Whoever
/// waits need not queue behind background work.
const AT_ONCE: u64 = 128;
const AT_ONCE_WAITING: u64 = AT_ONCE + 32;
/// What is assumed per window where calls are refused without a word about the limit.
const GUESS: u64 = 80;
/// A sender that was late may catch up this much, so that coarse timers do not slow the whole down.
const CATCH_UP: Duration = Duration::from_millis(50);
/// The window's budget is to be spent this long before its end.
const MARGIN: Duration = Duration::from_millis(200);

/// What one answer says about the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) limit: Option<u64>,
    pub(super) remaining: Option<u64>,
    /// When the window ends, on Intercom's clock.
    pub(super) reset: Option<Timestamp>,
    pub(super) retry_after: Option<Duration>,
    /// The call was refused for the limit's sake.
    pub(super) refused: bool,
}

/// The state machine that all senders share.
#[derive(Debug)]
pub(super) struct Limiter {
    regime: Regime,
    ceiling: Option<Quota>,
    paused_until: Option<Instant>,
    refusals: u32,
    /// Calls that failed one after the other, and until when none is made for that.
    failures: u32,
    broken_until: Option<Instant>,
    /// When something got through last.
    worked_at: Option<Instant>,
    next_send: Option<Instant>,
    in_flight: u64,
    requests: u64,
    rate_limited: u64,
}

/// Where the limit is known from.
#[derive(Debug)]
enum Regime {
    /// Nothing was answered yet.
    Untold,
    /// Answers say nothing of a limit, and none was refused.
    Free,
    /// Answers say it.
    Told(Told),
    /// Answers say nothing, but some were refused.
    Guessed(Quota),
}

impl Limiter {
    /// Creates one that also keeps below the user's own ceiling.
    pub(super) fn new(requests_per_minute: Option<u32>) -> Self {
        Self {
            regime: Regime::Untold,
            ceiling: requests_per_minute.map(Quota::per_minute),
            paused_until: None,
            refusals: 0,
            failures: 0,
            broken_until: None,
            worked_at: None,
            next_send: None,
            in_flight: 0,
            requests: 0,
            rate_limited: 0,
        }
    }

    /// Returns `None` if a request may be sent now, otherwise when to ask again at the latest.
    pub(super) fn hindrance(&mut self, now: Instant, priority: Priority) -> Option<Instant> {
        self.roll(now);
        if let Some(until) = self.paused_until {
            return Some(until);
        }
        let broken = self.failures >= BROKEN
            && match priority {
                Priority::Waiting => false,
                // What fails elsewhere must not hold up what is claimed.
                Priority::Listing => self.worked_at.is_none_or(|at| now.duration_since(at) > STEADY),
                Priority::Sync | Priority::Spare => true,
            };
        if let Some(until) = self.broken_until.filter(|until| broken && *until > now) {
            return Some(until);
        }
        // After a refusal, and where nothing gets through, one call feels the way for all.
        let at_once = match self.regime {
            _ if self.refusals > 0 || broken => 1,
            Regime::Untold => UNTOLD,
            _ if priority.is_spread() => AT_ONCE,
            _ => AT_ONCE_WAITING,
        };
        if self.in_flight >= at_once {
            return Some(now + WINDOW);
        }
        let (budget, ends) = self.tightest(now, priority)?;
        if budget == 0 {
            return Some(ends);
        }
        match self.next_send {
            Some(at) if priority.is_spread() => {
                let at = at.min(now + interval(budget, ends, now));
                (at > now).then_some(at)
            }
            _ => None,
        }
    }

    /// Takes note that a request is being sent.
    pub(super) fn sent(&mut self, now: Instant, priority: Priority) {
        if priority.is_spread()
            && let Some((budget, ends)) = self.tightest(now, priority)
        {
            let due = self.next_send.unwrap_or(now).max(now.checked_sub(CATCH_UP).unwrap_or(now)).min(now);
            self.next_send = Some(due + interval(budget, ends, now));
        }
        if let Regime::Guessed(quota) = &mut self.regime {
            quota.take(now);
        }
        if let Some(quota) = &mut self.ceiling {
            quota.take(now);
        }
        self.in_flight += 1;
        self.requests += 1;
    }

    /// Takes note of an answer; `server_now` is what Intercom's clock has certainly reached.
    pub(super) fn answered(&mut self, now: Instant, notice: Notice, server_now: Option<Duration>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.learn(now, notice, server_now);
        if notice.refused {
            self.rate_limited += 1;
            self.refuse(now, notice);
        } else {
            self.refusals = 0;
        }
    }

    /// Takes note that a call failed in a way that may pass: where one after the other does, few are made.
    pub(super) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if let Some(more) = self.failures.checked_sub(BROKEN) {
            self.broken_until = Some(now + LONGEST_BREAK.min(Duration::from_secs(1 << more.min(6))));
        }
    }

    /// Takes note that Intercom answered as it should.
    pub(super) fn worked(&mut self, now: Instant) {
        (self.failures, self.broken_until, self.worked_at) = (0, None, Some(now));
    }

    /// Takes note that a request ended without an answer: Intercom may have counted it.
    pub(super) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Regime::Told(told) = &mut self.regime {
            told.remaining = told.remaining.saturating_sub(1);
        }
    }

    /// Returns how long all senders are stopped because calls were refused.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        self.paused_until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// Returns what the user may be shown of it.
    pub(super) fn budget(&self, now: Instant) -> proto::types::ApiBudget {
        let (limit, remaining, resets_at) = match &self.regime {
            Regime::Told(told) if told.ends <= now => (Some(told.limit), Some(told.limit), None),
            Regime::Told(told) => (Some(told.limit), Some(told.remaining), told.reset),
            Regime::Untold | Regime::Free | Regime::Guessed(_) => (None, None, None),
        };
        proto::types::ApiBudget {
            limit,
            remaining,
            resets_at,
            requests: self.requests,
            rate_limited: self.rate_limited,
            in_flight: self.in_flight,
        }
    }

    fn roll(&mut self, now: Instant) {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        match &mut self.regime {
            Regime::Told(told) if told.ends <= now => {
                told.begin(now);
                self.next_send = None;
            }
            Regime::Guessed(quota) => {
                if let Some(used) = quota.roll(now)
                    && used >= quota.cap / 2
                {
                    quota.cap += (quota.cap / 20).max(1);
                }
            }
            Regime::Told(_) | Regime::Untold | Regime::Free => {}
        }
        if let Some(quota) = &mut self.ceiling {
            quota.roll(now);
        }
    }

    /// Returns the calls left and the end of the window that leaves the fewest; `None` without any limit.
    fn tightest(&self, now: Instant, priority: Priority) -> Option<(u64, Instant)> {
        let kept = |limit| match priority {
            Priority::Waiting => 0,
            Priority::Listing | Priority::Sync => reserve(limit),
            Priority::Spare => limit / 2,
        };
        let regime = match &self.regime {
            Regime::Untold | Regime::Free => None,
            Regime::Told(told) => {
                Some((told.remaining.saturating_sub(self.in_flight + kept(told.limit)), told.ends))
            }
            Regime::Guessed(quota) => Some(quota.left(kept(quota.cap), now)),
        };
        let ceiling = self.ceiling.as_ref().map(|quota| quota.left(kept(quota.cap), now));
        regime.into_iter().chain(ceiling).min_by_key(|(budget, _)| *budget)
    }

    fn learn(&mut self, now: Instant, notice: Notice, server_now: Option<Duration>) {
        let (Some(limit), Some(remaining)) = (notice.limit, notice.remaining) else {
            match &mut self.regime {
                Regime::Told(told) => told.remaining = told.remaining.saturating_sub(1),
                Regime::Untold => self.regime = Regime::Free,
                Regime::Free | Regime::Guessed(_) => {}
            }
            return;
        };
        let ends = match (notice.reset, server_now) {
            (Some(reset), Some(server_now)) => now + until(reset, server_now),
            _ => now + WINDOW,
        };
        let said = Told::new(limit, remaining, notice.reset, ends);
        match &mut self.regime {
            Regime::Told(told) => told.correct(said),
            _ => self.regime = Regime::Told(said),
        }
    }

    fn refuse(&mut self, now: Instant, notice: Notice) {
        let stated = notice.retry_after.map(|wait| wait.min(LONGEST_STATED));
        let already_paused = self.paused_until.is_some_and(|until| until > now);
        if !already_paused {
            self.refusals = self.refusals.saturating_add(1);
        }
        let wait = match &mut self.regime {
            Regime::Told(told) => {
                told.remaining = 0;
                if let Some(stated) = stated {
                    told.ends = now + stated;
                }
                told.ends.saturating_duration_since(now)
            }
            Regime::Guessed(quota) => {
                // What is refused of a call that goes alone says nothing about how many may go together.
                if !already_paused && self.refusals == 1 {
                    quota.cap = (quota.cap * 7 / 10).max(5);
                }
                stated.unwrap_or_else(|| growing(self.refusals))
            }
            Regime::Untold | Regime::Free => {
                self.regime = Regime::Guessed(Quota::new(GUESS, WINDOW));
                stated.unwrap_or(WINDOW)
            }
        };
        let least = SHORTEST_PAUSE.saturating_mul(1 << self.refusals.saturating_sub(1).min(5));
        let until = now + wait.max(least);
        self.paused_until = Some(self.paused_until.map_or(until, |paused| paused.max(until)));
        self.next_send = None;
    }
}

/// Returns the pause after so many refusals in a row that said nothing of when to come back.
fn growing(refusals: u32) -> Duration {
    WINDOW.saturating_mul(1 << refusals.saturating_sub(1).min(3)).min(LONGEST_PAUSE)
}

/// Returns the calls of a window that are kept for those who wait, and for other programs' calls.
fn reserve(limit: u64) -> u64 {
    (limit * 3 / 200).max(2).min(limit / 4)
}

/// Returns the pause between two calls that spends the budget evenly and a little before the window ends.
fn interval(budget: u64, ends: Instant, now: Instant) -> Duration {
    let left = ends.saturating_duration_since(now).mul_f64(0.9).saturating_sub(MARGIN);
    left / u32::try_from(budget.max(1)).unwrap_or(u32::MAX)
}

fn until(reset: Timestamp, server_now: Duration) -> Duration {
    Duration::from_secs(reset.0.max(0).unsigned_abs()).saturating_sub(server_now).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;
