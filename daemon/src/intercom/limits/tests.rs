#![allow(clippy::unwrap_used)]
use std::collections::{BTreeMap, VecDeque};

use super::super::clock::ServerClock;
use super::*;

const MS: Duration = Duration::from_millis(1);

/// A workspace that counts calls in windows of its own clock, and a client that always has more to ask.
struct World {
    limit: u64,
    latency: Duration,
    /// Intercom's clock at the start, in milliseconds since 1970.
    server_start: i64,
    /// Calls per second by somebody else.
    others: f64,
    /// At this millisecond Intercom's clock jumps by so many milliseconds.
    jump: Option<(u64, i64)>,
    headers: bool,
    limiter: Limiter,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    /// Calls served in each window, ours and the others'.
    served: BTreeMap<i64, (u64, u64)>,
    refused: u64,
}

impl World {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            latency: 100 * MS,
            server_start: 1_767_225_603_700,
            others: 0.0,
            jump: None,
            headers: true,
            limiter: Limiter::new(None),
        }
    }

    fn run(mut self, seconds: u64) -> Outcome {
        let (clock, origin) = (ServerClock::default(), Instant::now());
        let mut outcome = Outcome::default();
        let mut arriving: VecDeque<(Instant, Instant)> = VecDeque::new();
        let mut answers: VecDeque<(Instant, Instant, Timestamp, Notice)> = VecDeque::new();
        let mut foreign = 0.0;
        for ms in 0..seconds * 1_000 {
            let now = origin + u32::try_from(ms).unwrap() * MS;
            let jumped = self.jump.filter(|(at, _)| *at <= ms).map_or(0, |(_, by)| by);
            let server_now = self.server_start + i64::try_from(ms).unwrap() + jumped;
            let window = server_now.div_euclid(10_000);
            let served = outcome.served.entry(window).or_default();
            foreign += self.others / 1_000.0;
            if foreign >= 1.0 {
                foreign -= 1.0;
                if served.0 + served.1 < self.limit {
                    served.1 += 1;
                }
            }
            while let Some((at, sent)) = arriving.pop_front_if(|(at, _)| *at <= now) {
                let refused = served.0 + served.1 >= self.limit;
                if refused {
                    outcome.refused += 1;
                } else {
                    served.0 += 1;
                }
                let told = |number: u64| self.headers.then_some(number);
                let notice = Notice {
                    limit: told(self.limit),
                    remaining: told(self.limit - served.0 - served.1),
                    reset: self.headers.then_some(Timestamp((window + 1) * 10)),
                    retry_after: None,
                    refused,
                };
                let date = Timestamp(server_now.div_euclid(1_000));
                answers.push_back((at + self.latency / 2, sent, date, notice));
            }
            while let Some((_, sent, date, notice)) = answers.pop_front_if(|(at, ..)| *at <= now) {
                clock.observe(date, clock.sending(sent), now);
                self.limiter.answered(now, notice, clock.lower_as_of(Some(date), now));
            }
            while self.limiter.hindrance(now, Priority::Sync).is_none() {
                self.limiter.sent(now, Priority::Sync);
                arriving.push_back((now + self.latency / 2, now));
            }
        }
        outcome
    }
}

impl Outcome {
    /// Returns how much of the windows in the middle was used, as a fraction of the limit.
    fn usage(&self, limit: u64) -> f64 {
        let whole: Vec<u64> = self.served.values().map(|(ours, others)| ours + others).collect();
        let middle = &whole[1..whole.len() - 1];
        middle.iter().sum::<u64>() as f64 / (limit * middle.len() as u64) as f64
    }
}

fn assert_well_used(name: &str, world: World) {
    let limit = world.limit;
    let outcome = world.run(60);
    let usage = outcome.usage(limit);
    assert!((0.95..=1.0).contains(&usage), "{name}: {usage} of the limit, {:?}", outcome.served);
    assert_eq!(outcome.refused, 0, "{name}: {:?}", outcome.served);
}

#[test]
fn each_window_is_used_up_without_a_refusal() {
    assert_well_used("private app", World::new(1_666));
    assert_well_used("smallest known", World::new(83));
    for start in [1_767_225_600_000, 1_767_225_600_001, 1_767_225_609_990, 1_767_225_604_500] {
        let world = World { server_start: start, ..World::new(1_666) };
        assert_well_used(&format!("beginning at {start}"), world);
    }
    assert_well_used("far away", World { latency: 300 * MS, ..World::new(1_666) });
    assert_well_used("next door", World { latency: 2 * MS, ..World::new(1_666) });
    assert_well_used("half eaten by others", World { others: 83.3, ..World::new(1_666) });
    assert_well_used("half of little eaten by others", World { others: 4.15, ..World::new(83) });
}

#[test]
fn a_jump_of_the_servers_clock_costs_few_refusals_and_at_most_two_windows() {
    for by in [-3_600_000, -30_000, -4_000, 3_000, 40_000, 7_200_000] {
        let outcome = World { jump: Some((25_000, by)), ..World::new(1_666) }.run(90);
        let served: u64 = outcome.served.values().map(|(ours, _)| ours).sum();
        assert!(served > 1_666 * 7, "after a jump by {by}: {served}");
        // What is under way when it jumps back, into a window that was used up already, is refused.
        assert!(outcome.refused <= AT_ONCE, "after a jump by {by}: {} refused", outcome.refused);
    }
}

#[test]
fn without_headers_it_settles_below_the_unknown_limit() {
    let outcome = World { headers: false, ..World::new(200) }.run(120);
    let served: u64 = outcome.served.values().map(|(ours, _)| ours).sum();
    assert!(served > 200 * 12 / 3, "{served} served");
    assert!(outcome.refused < 120, "{} refused", outcome.refused);
}

#[test]
fn without_headers_and_without_refusals_only_the_number_under_way_limits() {
    let outcome = World { headers: false, ..World::new(1_000_000) }.run(20);
    let served: u64 = outcome.served.values().map(|(ours, _)| ours).sum();
    assert!(served > 5_000, "{served} served");
}

#[test]
fn the_users_ceiling_holds() {
    for (per_minute, most) in [(600, 100), (60, 10), (6, 1)] {
        let limiter = Limiter::new(Some(per_minute));
        let outcome = World { limiter, ..World::new(1_666) }.run(60);
        let served: u64 = outcome.served.values().map(|(ours, _)| ours).sum();
        assert!(served <= most * 7, "{served} of {per_minute} a minute");
        assert!(served >= most * 4, "{served} of {per_minute} a minute");
    }
}

fn told(limit: u64, remaining: u64, now: Instant) -> Limiter {
    let mut limiter = Limiter::new(None);
    limiter.sent(now, Priority::Sync);
    limiter.answered(now, notice(limit, remaining), Some(Duration::from_secs(1_000)));
    limiter
}

fn notice(limit: u64, remaining: u64) -> Notice {
    Notice {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(Timestamp(1_008)),
        ..Notice::default()
    }
}

#[test]
fn whoever_waits_may_use_the_reserve_and_is_not_paced() {
    let now = Instant::now();
    let mut limiter = told(1_000, 15, now);
    assert_eq!(limiter.hindrance(now, Priority::Sync), Some(now + 8 * Duration::from_secs(1)));
    for _ in 0..15 {
        assert_eq!(limiter.hindrance(now, Priority::Waiting), None);
        limiter.sent(now, Priority::Waiting);
    }
    assert!(limiter.hindrance(now, Priority::Waiting).is_some());
}

#[test]
fn before_the_first_answer_ten_calls_go() {
    let now = Instant::now();
    let mut limiter = Limiter::new(None);
    let sent = (0..50).filter(|_| {
        let free = limiter.hindrance(now, Priority::Sync).is_none();
        if free {
            limiter.sent(now, Priority::Sync);
        }
        free
    });
    assert_eq!(sent.count(), 10);
    limiter.lost();
    assert_eq!(limiter.hindrance(now, Priority::Sync), None);
}

#[test]
fn a_refusal_stops_everybody_until_the_stated_instant() {
    let now = Instant::now();
    for (name, retry_after, headers, seconds) in [
        ("reset", None, true, 8),
        ("retry-after comes first", Some(3), true, 3),
        ("retry-after alone", Some(4), false, 4),
        ("a long retry-after", Some(300), true, 300),
        ("absurd retry-after", Some(86_400), true, 600),
        ("nothing said", None, false, 10),
    ] {
        let mut limiter = if headers { told(100, 50, now) } else { Limiter::new(None) };
        let said = if headers { notice(100, 0) } else { Notice::default() };
        let said = Notice { refused: true, retry_after: retry_after.map(Duration::from_secs), ..said };
        limiter.sent(now, Priority::Sync);
        limiter.answered(now, said, Some(Duration::from_secs(1_000)));
        let end = now + Duration::from_secs(seconds);
        assert_eq!(limiter.hindrance(now, Priority::Waiting), Some(end), "{name}");
        assert_eq!(limiter.hindrance(end, Priority::Waiting), None, "{name}");
    }
}

#[test]
fn refusals_without_a_word_are_met_with_one_call_and_growing_pauses() {
    let mut now = Instant::now();
    let mut limiter = Limiter::new(None);
    let refused = Notice { refused: true, ..Notice::default() };
    for seconds in [10, 20, 40, 60, 60] {
        limiter.sent(now, Priority::Sync);
        assert!(
            limiter.refusals == 0 || limiter.hindrance(now, Priority::Waiting).is_some(),
            "one at a time"
        );
        limiter.answered(now, refused, None);
        let end = now + Duration::from_secs(seconds);
        assert_eq!(limiter.hindrance(now, Priority::Waiting), Some(end));
        now = end;
        assert_eq!(limiter.hindrance(now, Priority::Waiting), None);
    }
    limiter.sent(now, Priority::Sync);
    limiter.answered(now, Notice::default(), None);
    let free = (0..200).filter(|_| {
        let free = limiter.hindrance(now, Priority::Waiting).is_none();
        if free {
            limiter.sent(now, Priority::Waiting);
        }
        free
    });
    assert!(free.count() > 50, "what is well again is used again");
}

#[test]
fn where_nothing_gets_through_one_call_is_made_now_and_then_and_all_go_once_one_did() {
    let mut now = Instant::now();
    let mut limiter = Limiter::new(None);
    for _ in 0..BROKEN {
        assert_eq!(limiter.hindrance(now, Priority::Sync), None);
        limiter.failed(now);
    }
    for seconds in [1, 2, 4, 5, 5] {
        let end = now + Duration::from_secs(seconds);
        assert_eq!(limiter.hindrance(now, Priority::Listing), Some(end));
        assert_eq!(limiter.hindrance(now, Priority::Waiting), None, "whoever waits is not held up");
        now = end;
        assert_eq!(limiter.hindrance(now, Priority::Sync), None);
        limiter.sent(now, Priority::Sync);
        assert!(limiter.hindrance(now, Priority::Sync).is_some(), "one at a time");
        limiter.lost();
        limiter.failed(now);
    }
    limiter.worked(now);
    assert_eq!(limiter.hindrance(now, Priority::Sync), None);
    for _ in 0..BROKEN {
        limiter.failed(now);
    }
    let later = now + STEADY;
    limiter.failed(later);
    assert!(limiter.hindrance(later, Priority::Sync).is_some());
    assert_eq!(limiter.hindrance(later, Priority::Listing), None, "something got through just now");
}

#[test]
fn a_window_begins_with_the_unanswered_calls_taken_off() {
    let now = Instant::now();
    let mut limiter = told(100, 100, now);
    for _ in 0..40 {
        limiter.sent(now, Priority::Waiting);
    }
    let next = now + Duration::from_secs(9);
    let free = (0..200).filter(|_| {
        let free = limiter.hindrance(next, Priority::Waiting).is_none();
        if free {
            limiter.sent(next, Priority::Waiting);
        }
        free
    });
    assert_eq!(free.count(), 60);
}

#[test]
fn late_answers_of_the_last_window_do_not_lower_the_next() {
    let now = Instant::now();
    let mut limiter = told(100, 3, now);
    limiter.sent(now, Priority::Waiting);
    let next = now + Duration::from_secs(9);
    assert_eq!(limiter.hindrance(next, Priority::Sync), None);
    limiter.answered(next, notice(100, 0), Some(Duration::from_secs(1_009)));
    assert_eq!(limiter.hindrance(next, Priority::Sync), None);
    assert_eq!(limiter.budget(next).remaining, Some(100));
}
