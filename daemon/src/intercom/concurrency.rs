//! How many requests to have under way at once, learnt from how long they take. Pure.
//!
//! By Little's law a higher limit is of use only while answers take no longer than before: beyond that, requests
//! merely queue at the other end. Averages are compared and not single answers, because those scatter widely. What an
//! answer takes unloaded changes with the network and the other end, so it is not believed for long against what is
//! seen: then it is measured again with few requests under way.

use std::time::Duration;

use tokio::time::Instant;

const LOWEST: f64 = 4.0;
const HIGHEST: f64 = 256.0;
/// At so few requests under way the time an answer takes is taken for what it takes unloaded.
const UNLOADED: f64 = 8.0;
/// Answers that make an average.
const SAMPLES: u32 = 10;
/// Differences below this say nothing about the other end.
const NOISE: Duration = Duration::from_millis(2);
/// Failures this close together count as one.
const ONE_FAILURE: Duration = Duration::from_secs(1);
/// How long answers may seem to be held up by their number before that is put to the test, at first and at most.
const DOUBT: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(64));

/// The limit and what it is judged by.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: f64,
    unloaded: Option<Duration>,
    sum: Duration,
    samples: u32,
    /// A request had to wait for the limit since the last judgement.
    hindered: bool,
    /// Nothing has spoken against doubling yet.
    doubling: bool,
    failed_at: Option<Instant>,
    /// When answers last took about as long as unloaded.
    agreed_at: Option<Instant>,
    /// How long they may take longer from then on until the time unloaded is doubted.
    doubt_after: Duration,
    trial: Option<Trial>,
}

/// A new measurement of what an answer takes unloaded.
#[derive(Clone, Copy, Debug)]
struct Trial {
    /// Answers to requests sent before are none of it.
    began: Instant,
    /// The limit to go back to.
    limit: f64,
    /// How long answers took under it.
    average: Duration,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            limit: UNLOADED,
            unloaded: None,
            sum: Duration::ZERO,
            samples: 0,
            hindered: false,
            doubling: true,
            failed_at: None,
            agreed_at: None,
            doubt_after: DOUBT.0,
            trial: None,
        }
    }
}

impl Concurrency {
    /// Returns how many requests may be under way.
    pub(super) fn limit(&self) -> u64 {
        // Between 4 and 256, so nothing is lost.
        self.limit as u64
    }

    /// Takes note that a request waits only because so many are under way.
    pub(super) fn hindered(&mut self) {
        self.hindered = true;
    }

    /// Takes note of an answer to a request that was sent then.
    pub(super) fn answered(&mut self, sent: Instant, now: Instant) {
        if self.trial.is_some_and(|trial| sent < trial.began) {
            return;
        }
        self.sum += now.saturating_duration_since(sent);
        self.samples += 1;
        if self.samples >= SAMPLES.max(self.limit() as u32 / 2) {
            let average = self.sum / self.samples;
            self.begin_average();
            self.judge(average, now);
        }
    }

    /// Takes note that the other end gave up or timed out.
    pub(super) fn failed(&mut self, now: Instant) {
        if self.failed_at.is_some_and(|at| now.saturating_duration_since(at) < ONE_FAILURE) {
            return;
        }
        self.failed_at = Some(now);
        self.doubling = false;
        let limit = self.trial.take().map_or(self.limit, |trial| trial.limit);
        self.limit = (limit / 2.0).max(LOWEST);
        self.begin_average();
    }

    fn begin_average(&mut self) {
        (self.sum, self.samples) = (Duration::ZERO, 0);
    }

    fn judge(&mut self, average: Duration, now: Instant) {
        if let Some(trial) = self.trial.take() {
            return self.conclude(trial, average, now);
        }
        let unloaded = match self.unloaded {
            Some(unloaded) if self.limit > UNLOADED => unloaded.min(average),
            _ => average,
        };
        self.unloaded = Some(unloaded);
        let hindered = std::mem::take(&mut self.hindered);
        if !is_longer(average, unloaded) {
            self.agreed_at = Some(now);
            if hindered {
                let factor = if self.doubling { 2.0 } else { 1.1 };
                self.limit = (self.limit * factor + 0.5).min(HIGHEST);
            }
            return;
        }
        let agreed_at = *self.agreed_at.get_or_insert(now);
        if hindered && now.saturating_duration_since(agreed_at) >= self.doubt_after {
            self.trial = Some(Trial { began: now, limit: self.limit, average });
            self.limit = self.limit.min(UNLOADED);
        } else if average > unloaded.mul_f64(1.6) + NOISE {
            self.doubling = false;
            self.limit = (self.limit * 0.9).max(LOWEST);
        }
    }

    /// Goes back to the limit before the trial, wiser.
    fn conclude(&mut self, trial: Trial, unloaded: Duration, now: Instant) {
        self.limit = trial.limit;
        self.unloaded = Some(unloaded);
        self.agreed_at = Some(now);
        // What waited was kept waiting by the trial.
        self.hindered = false;
        if is_longer(trial.average, unloaded) {
            self.doubt_after = (self.doubt_after * 2).min(DOUBT.1);
        } else {
            self.doubling = true;
            self.doubt_after = DOUBT.0;
        }
    }
}

/// Says whether an average is clearly above what an answer takes unloaded.
fn is_longer(average: Duration, unloaded: Duration) -> bool {
    average >= unloaded.mul_f64(1.4) + NOISE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs against a server that takes `base` and serves `capacity` requests at once; returns the limit after each
    /// simulated second.
    fn limits(base: Duration, capacity: f64, seconds: u32) -> Vec<u64> {
        run(&mut Concurrency::default(), &mut Instant::now(), base, capacity, seconds)
    }

    /// Goes on with one from `now`.
    fn run(
        concurrency: &mut Concurrency,
        now: &mut Instant,
        base: Duration,
        capacity: f64,
        seconds: u32,
    ) -> Vec<u64> {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut elapsed, mut limits) = (Duration::ZERO, Vec::new());
        while elapsed < Duration::from_secs(1) * seconds {
            let under_way = concurrency.limit();
            let crowded = (under_way as f64 / capacity).max(1.0);
            let took = base.mul_f64(crowded * (0.7 + 0.6 * random.f64()));
            concurrency.hindered();
            concurrency.answered(*now + elapsed, *now + elapsed + took);
            elapsed += took / under_way as u32;
            limits.resize(elapsed.as_secs() as usize, concurrency.limit());
        }
        *now += elapsed;
        limits
    }

    #[test]
    fn a_far_server_gets_fifty_requests_within_seconds() {
        let limits = limits(Duration::from_millis(300), 1_000.0, 10);
        assert!(limits[3] >= 50, "{limits:?}");
    }

    #[test]
    fn a_near_server_that_can_do_little_at_once_is_not_flooded() {
        let limits = limits(Duration::from_millis(1), 2.0, 20);
        assert!(limits[5..].iter().all(|limit| (4..=32).contains(limit)), "{limits:?}");
    }

    #[test]
    fn a_server_at_its_capacity_is_kept_near_it() {
        let limits = limits(Duration::from_millis(100), 40.0, 60);
        assert!(limits[20..].iter().all(|limit| (20..=100).contains(limit)), "{limits:?}");
    }

    #[test]
    fn a_server_that_answers_later_than_it_did_is_not_taken_for_a_crowded_one() {
        for (before, after) in [(1, 100), (65, 100), (100, 300), (50, 85)] {
            let (mut concurrency, mut now) = (Concurrency::default(), Instant::now());
            run(&mut concurrency, &mut now, Duration::from_millis(before), 20.0, 30);
            let limits = run(&mut concurrency, &mut now, Duration::from_millis(after), 1_000.0, 30);
            assert!(limits[12] >= 50, "from {before} ms to {after} ms: {limits:?}");
        }
    }

    #[test]
    fn failures_halve_it_once_a_second_and_never_below_the_lowest() {
        let (mut concurrency, start) = (Concurrency::default(), Instant::now());
        concurrency.failed(start);
        concurrency.failed(start + Duration::from_millis(10));
        assert_eq!(concurrency.limit(), 4);
        concurrency.failed(start + Duration::from_secs(5));
        assert_eq!(concurrency.limit(), 4);
    }

    #[test]
    fn it_does_not_grow_while_something_else_limits() {
        let mut concurrency = Concurrency::default();
        let now = Instant::now();
        for _ in 0..1_000 {
            concurrency.answered(now, now + Duration::from_millis(50));
        }
        assert_eq!(concurrency.limit(), 8);
    }
}
