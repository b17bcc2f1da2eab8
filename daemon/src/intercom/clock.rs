//! Intercom's clock, as its `Date` headers bound it. The machine's own clock has no say in it: only in how far the
//! two differ, which is shown to the user and used for nothing else.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::Timestamp;
use tokio::time::Instant;

use crate::clock::WallClock;

/// How far the two bounds may contradict each other before Intercom's clock counts as set back.
const TOLERANCE: i64 = 1_000_000_000;

/// An answer whose date is further from the lower bound than this is by another clock.
const CONTRADICTION: Duration = Duration::from_secs(3);

/// No oscillator and no clock discipline runs off by more than this part of the time elapsed.
const DRIFT: i64 = 2_000;

/// When a request was sent, by the clock that stands still while this machine sleeps and by the one that does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    at: Instant,
    wall: i64,
}

/// What is known of Intercom's clock.
#[derive(Debug, Default)]
pub struct ServerClock {
    bounds: Mutex<Option<Bounds>>,
    offset: Mutex<Option<i64>>,
    /// When the last answer that agreed with those before it was asked for.
    asked: Mutex<Option<Instant>>,
    /// What an answer told that contradicts those before it: one alone may come from anywhere.
    contradiction: Mutex<Option<Bounds>>,
    set_back_at: Mutex<Option<Timestamp>>,
    wall: WallClock,
}

impl ServerClock {
    pub(super) fn new(wall: WallClock) -> Self {
        Self { wall, ..Self::default() }
    }

    /// Returns the latest instant that Intercom's clock has certainly reached; `None` before the first answer.
    #[must_use]
    pub fn earliest(&self) -> Option<Timestamp> {
        self.earliest_at(Instant::now())
    }

    /// Returns the latest instant that Intercom's clock had certainly reached at `then`; `None` before the first answer.
    #[must_use]
    pub fn earliest_at(&self, then: Instant) -> Option<Timestamp> {
        self.read().map(|bounds| Timestamp(bounds.lower(then).div_euclid(SECOND)))
    }

    /// Returns an instant that Intercom's clock has certainly not passed; `None` before the first answer.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.read().map(|bounds| Timestamp(bounds.upper(Instant::now()).div_euclid(SECOND) + 1))
    }

    /// Returns Intercom's clock minus this machine's, in seconds, as it was when the last answer came; `None` before the
    /// first.
    ///
    /// It is not carried on from there: while a machine sleeps its wall clock runs and its monotonic clock does not.
    #[must_use]
    pub fn offset(&self) -> Option<i64> {
        *lock(&self.offset)
    }

    /// Says whether the last answer contradicts those before it, so that another one has to tell which is right.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        lock(&self.contradiction).is_some()
    }

    /// Says whether the clock was set back and nobody has taken that in yet.
    #[must_use]
    pub fn was_set_back(&self) -> bool {
        lock(&self.set_back_at).is_some()
    }

    /// Returns, once, since when claims are in doubt because the clock was set back: what was stamped since may lie below
    /// what was read while the clock was ahead.
    pub fn take_set_back(&self) -> Option<Timestamp> {
        lock(&self.set_back_at).take()
    }

    /// Returns the lower bound at `now` as the time since 1970, finer than a second.
    pub(super) fn lower(&self, now: Instant) -> Option<Duration> {
        self.read().map(|bounds| Duration::from_nanos(bounds.lower(now).max(0).unsigned_abs()))
    }

    /// Returns the lower bound at `now` as the time since 1970, or the `date` of an answer that contradicts it: what such an
    /// answer says of itself is by its own clock.
    pub(super) fn lower_as_of(&self, date: Option<Timestamp>, now: Instant) -> Option<Duration> {
        let lower = self.lower(now);
        let date = date.map(|date| Duration::from_secs(date.0.max(0).unsigned_abs()));
        match (lower, date) {
            (Some(lower), Some(date)) if lower.abs_diff(date) > CONTRADICTION => Some(date),
            (None, date) => date,
            (lower, _) => lower,
        }
    }

    /// Returns when a request is sent, by both of this machine's clocks.
    pub(super) fn sending(&self, at: Instant) -> Sent {
        Sent { at, wall: self.wall.nanos() }
    }

    /// Takes in the `date` of an answer to a request that was sent then, and received at this instant.
    pub(super) fn observe(
        &self,
        date: Timestamp,
        Sent { at: sent, wall: sent_wall }: Sent,
        received: Instant,
    ) {
        let wall = self.wall.nanos();
        let stepped = (wall - sent_wall).abs_diff(nanos(sent.elapsed()));
        let sample = Bounds::of(date, sent, received);
        let mut bounds = lock(&self.bounds);
        // Whatever takes long to read is heard out after answers that came later.
        let received = bounds.map_or(received, |known| received.max(known.lower.0).max(known.upper.0));
        {
            let mut contradiction = lock(&self.contradiction);
            let agrees = |known: Bounds| !known.is_contradicted_by(sample, received);
            if bounds.is_some_and(|known| !agrees(known)) && !contradiction.is_some_and(agrees) {
                *contradiction = Some(sample);
                return;
            }
            *contradiction = None;
        }
        let asked = lock(&self.asked).replace(sent).unwrap_or(sent);
        if bounds.is_some_and(|known| known.is_set_back_by(sample, received)) {
            // It cannot have happened before the last answer that knew nothing of it.
            let since =
                sample.lower(received).saturating_sub(nanos(received.saturating_duration_since(asked)));
            let since = Timestamp(since.div_euclid(SECOND) - 1);
            let mut set_back_at = lock(&self.set_back_at);
            *set_back_at = Some(set_back_at.map_or(since, |known| known.min(since)));
        }
        let known = match *bounds {
            Some(known) => known.refined_by(sample, received),
            None => sample,
        };
        *bounds = Some(known);
        // Where the machine slept meanwhile, or its clock was set, the answer is from before.
        if stepped > TOLERANCE.unsigned_abs() {
            return;
        }
        let middle = known.lower(received) / 2 + known.upper(received) / 2;
        let offset = (middle - wall + SECOND / 2).div_euclid(SECOND);
        *lock(&self.offset) = Some(offset);
    }

    fn read(&self) -> Option<Bounds> {
        *lock(&self.bounds)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const SECOND: i64 = 1_000_000_000;

/// At these local instants Intercom's clock showed at least, and at most, so many nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    lower: (Instant, i64),
    upper: (Instant, i64),
}

impl Bounds {
    /// `Date` is cut to seconds and was taken somewhere between sending and receiving.
    fn of(date: Timestamp, sent: Instant, received: Instant) -> Self {
        let date = date.0.saturating_mul(SECOND);
        Self { lower: (received, date), upper: (sent, date.saturating_add(SECOND)) }
    }

    fn lower(&self, now: Instant) -> i64 {
        let elapsed = nanos(now.saturating_duration_since(self.lower.0));
        let before = nanos(self.lower.0.saturating_duration_since(now));
        self.lower.1.saturating_add(elapsed - elapsed / DRIFT).saturating_sub(before + before / DRIFT)
    }

    fn upper(&self, now: Instant) -> i64 {
        let elapsed = nanos(now.saturating_duration_since(self.upper.0));
        self.upper.1.saturating_add(elapsed + elapsed / DRIFT)
    }

    fn is_contradicted_by(&self, sample: Self, now: Instant) -> bool {
        let ahead = sample.lower(now) > self.upper(now).saturating_add(TOLERANCE);
        ahead || self.is_set_back_by(sample, now)
    }

    fn is_set_back_by(&self, sample: Self, now: Instant) -> bool {
        self.lower(now) > sample.upper(now).saturating_add(TOLERANCE)
    }

    fn refined_by(self, sample: Self, now: Instant) -> Self {
        if self.is_set_back_by(sample, now) {
            return sample;
        }
        let lower = if sample.lower(now) >= self.lower(now) { sample.lower } else { self.lower };
        let outrun = sample.lower(now) > self.upper(now);
        let upper = if outrun || sample.upper(now) <= self.upper(now) { sample.upper } else { self.upper };
        Self { lower, upper }
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A server whose clock shows `at` nanoseconds at `origin`, asked at `ms` with 100 ms there and back.
    fn ask(clock: &ServerClock, origin: Instant, at: i64, ms: u32) {
        let date = Timestamp((at + i64::from(ms + 50) * 1_000_000).div_euclid(SECOND));
        clock.observe(date, clock.sending(origin + ms * MS), origin + (ms + 100) * MS);
    }

    #[test]
    fn nothing_is_known_before_the_first_answer() {
        let clock = ServerClock::default();
        assert_eq!((clock.earliest(), clock.latest(), clock.offset()), (None, None, None));
    }

    #[test]
    fn the_bounds_never_pass_the_truth_and_close_in_on_it() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        let start = 1_000 * SECOND + 300_000_000;
        for ms in (0..2_000).step_by(7) {
            ask(&clock, origin, start, ms);
            let now = origin + (ms + 100) * MS;
            let truth = start + i64::from(ms + 100) * 1_000_000;
            let bounds = clock.read().unwrap();
            assert!(bounds.lower(now) <= truth && truth <= bounds.upper(now), "at {ms}");
        }
        let now = origin + 2_100 * MS;
        let lag = start + 2_100_000_000 - clock.read().unwrap().lower(now);
        assert!(lag < 70_000_000, "{lag} ns behind");
    }

    #[test]
    fn a_clock_set_back_begins_anew_and_one_set_forward_is_followed() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        ask(&clock, origin, 1_000 * SECOND, 0);
        ask(&clock, origin, 900 * SECOND, 900);
        ask(&clock, origin, 900 * SECOND, 1_000);
        assert_eq!(clock.lower(origin + 1_100 * MS).unwrap().as_secs(), 901);
        ask(&clock, origin, 5_000 * SECOND, 1_900);
        ask(&clock, origin, 5_000 * SECOND, 2_000);
        assert_eq!(clock.lower(origin + 2_100 * MS).unwrap().as_secs(), 5_002);
        let bounds = clock.read().unwrap();
        assert!(bounds.upper(origin + 2_100 * MS) >= 5_002 * SECOND);
    }

    #[test]
    fn one_answer_that_contradicts_the_others_is_not_believed() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        ask(&clock, origin, 1_000 * SECOND, 0);
        for at in [4_600, 10, 1_000_000] {
            ask(&clock, origin, at * SECOND, 1_000);
            assert!(clock.is_contradicted());
            ask(&clock, origin, 1_000 * SECOND, 1_100);
            assert!(!clock.is_contradicted());
            assert_eq!(clock.lower(origin + 1_200 * MS).unwrap().as_secs(), 1_001);
        }
        assert_eq!(clock.take_set_back(), None);
    }

    #[test]
    fn what_time_it_was_is_told_by_answers_that_came_later() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        assert_eq!(clock.earliest_at(origin), None);
        ask(&clock, origin, 1_000 * SECOND, 10_000);
        assert!((999..=1_000).contains(&clock.earliest_at(origin).unwrap().0));
    }

    #[test]
    fn an_answer_that_takes_long_to_read_does_not_seem_to_set_the_clock_back() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        clock.observe(Timestamp(1_030), clock.sending(origin + 30_000 * MS), origin + 30_100 * MS);
        clock.observe(Timestamp(1_000), clock.sending(origin), origin + 100 * MS);
        assert_eq!(clock.take_set_back(), None);
        assert!(clock.lower(origin + 31_000 * MS).unwrap().as_secs() >= 1_030);
    }

    #[test]
    fn an_answer_from_before_a_sleep_does_not_tell_how_far_the_clocks_differ() {
        let origin = Instant::now();
        let wall = WallClock::simulated(Timestamp(1_000));
        let clock = ServerClock::new(wall.clone());
        ask(&clock, origin, 1_005 * SECOND, 0);
        let offset = clock.offset();
        let sent = clock.sending(origin + 200 * MS);
        wall.step(86_400);
        clock.observe(Timestamp(1_005), sent, origin + 300 * MS);
        assert_eq!(clock.offset(), offset);
    }

    #[test]
    fn an_old_date_within_tolerance_does_not_lower_the_bound() {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        clock.observe(Timestamp(1_000), clock.sending(origin), origin + 10 * MS);
        clock.observe(Timestamp(999), clock.sending(origin + 20 * MS), origin + 30 * MS);
        assert!(clock.lower(origin + 30 * MS).unwrap().as_secs() >= 1_000);
    }

    #[test]
    fn the_lower_bound_runs_slower_than_any_local_clock_may_run_fast() {
        let bounds = Bounds::of(Timestamp(0), Instant::now(), Instant::now());
        let day = Duration::from_secs(86_400);
        assert!(bounds.lower(bounds.lower.0 + day) < nanos(day) - 40 * SECOND);
    }
}
