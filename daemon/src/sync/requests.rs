//! The syncs that somebody asked for. A request is a time: what changed before it is there when it is done. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use proto::types::{Phase, SyncFailure, SyncMode, SyncReport, SyncTicket, Window};
use tokio::time::Instant;

/// How long the report of a sync that is over can still be read.
const KEEP_FINISHED: Duration = Duration::from_secs(600);
/// How long a request stays waited for after somebody last asked how far it is; they ask each 20 seconds at least.
const WAITED_FOR: Duration = Duration::from_secs(25);
/// How long a stale answer's request is kept that nobody waits for.
const UNWATCHED: Duration = Duration::from_secs(60);
/// How long a sync waits for a failure to pass before it fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// Windows of stale answers that begin within so many seconds are brought up to date together.
const TOGETHER: i64 = 60;

/// What a sync was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The window that is to be brought up to date.
    pub(crate) window: Window,
    /// How thoroughly.
    pub(crate) mode: SyncMode,
    /// It heals a stale answer: for a window without a start, a head that reaches the present is enough.
    pub(crate) heals: bool,
}

impl Wish {
    /// Says whether both are brought about together.
    fn joins(self, other: Self) -> bool {
        let minute = |wish: Self| wish.window.start.map(|start| start.0.div_euclid(TOGETHER));
        let alike = (self.window.end, self.mode, self.heals) == (other.window.end, other.mode, other.heals);
        self == other || (alike && self.heals && minute(self) == minute(other))
    }
}

/// A sync that is not over.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) wish: Wish,
    /// When it was asked for.
    pub(crate) asked: Instant,
    /// When somebody last asked how far it is.
    watched: Option<Instant>,
    /// Conversations fetched by the daemon before this was asked for.
    fetched_before: u64,
    report: SyncReport,
}

impl Request {
    /// Returns how far it is.
    pub(crate) fn report(&self) -> &SyncReport {
        &self.report
    }

    /// Says whether somebody waits for it, and does not only know that it was asked for.
    pub(crate) fn is_waited_for(&self, now: Instant) -> bool {
        let watched = |at: Instant| now.saturating_duration_since(at) < WAITED_FOR;
        !self.wish.heals || self.watched.is_some_and(watched)
    }
}

/// How far the daemon is with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advance {
    pub(crate) phase: Phase,
    /// Conversations still to be fetched, as far as they are known.
    pub(crate) remaining: u64,
    /// The remaining number is all there is.
    pub(crate) remaining_is_all: bool,
    /// Conversations fetched by the daemon since it started.
    pub(crate) fetched: u64,
    /// Conversations a second, lately, times 1,000.
    pub(crate) millirate: u64,
}

/// All requests of this daemon's life that can still be asked about.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    next: u64,
    open: BTreeMap<u64, Request>,
    over: BTreeMap<u64, (Instant, SyncReport)>,
}

impl Requests {
    /// Takes a request: joins an open one for the same since which no look for changes has begun, else opens a new one.
    pub(crate) fn ask(
        &mut self,
        wish: Wish,
        looked: Option<Instant>,
        fetched: u64,
        now: Instant,
    ) -> SyncTicket {
        let can_satisfy =
            |request: &Request| wish.heals || looked.is_none_or(|looked| looked <= request.asked);
        let joined =
            self.open.iter_mut().find(|(_, request)| request.wish.joins(wish) && can_satisfy(request));
        if let Some((number, request)) = joined {
            // A stale window begins after the head's end, so that whoever brings up to date the one that begins last does
            // so for the others.
            let window = &mut request.wish.window;
            window.start = window.start.max(wish.window.start);
            return SyncTicket(*number);
        }
        self.next += 1;
        let report = SyncReport {
            sequence: 1,
            phase: Phase::Queued,
            done: 0,
            total: None,
            fetched: 0,
            millirate: 0,
            eta_seconds: None,
            failure: None,
        };
        let request = Request { wish, asked: now, watched: None, fetched_before: fetched, report };
        self.open.insert(self.next, request);
        SyncTicket(self.next)
    }

    /// Takes note that somebody waits for a request.
    pub(crate) fn watch(&mut self, number: SyncTicket, now: Instant) {
        if let Some(request) = self.open.get_mut(&number.0) {
            request.watched = Some(now);
        }
    }

    /// Returns the report of a request.
    pub(crate) fn report(&self, number: SyncTicket) -> Option<&SyncReport> {
        let open = self.open.get(&number.0).map(|request| &request.report);
        open.or_else(|| self.over.get(&number.0).map(|(_, report)| report))
    }

    /// Returns the requests that are not over.
    pub(crate) fn open(&self) -> impl Iterator<Item = (SyncTicket, &Request)> {
        self.open.iter().map(|(number, request)| (SyncTicket(*number), request))
    }

    /// Says whether nobody asked for anything that is not over.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Says whether somebody waits for what was asked for after an instant.
    pub(crate) fn is_waited_for_since(&self, instant: Instant, now: Instant) -> bool {
        self.open.values().any(|request| request.asked >= instant && request.is_waited_for(now))
    }

    /// Brings a request's report up to date.
    pub(crate) fn advance(&mut self, number: SyncTicket, advance: Advance, now: Instant) {
        let Some(open) = self.open.get_mut(&number.0) else { return };
        let fetched = advance.fetched.saturating_sub(open.fetched_before);
        let total = fetched.saturating_add(advance.remaining);
        let next = SyncReport {
            sequence: open.report.sequence,
            phase: advance.phase,
            done: fetched,
            total: (advance.remaining_is_all || advance.phase.is_final()).then_some(total),
            fetched,
            millirate: advance.millirate,
            eta_seconds: (advance.remaining_is_all && advance.millirate > 0)
                .then(|| advance.remaining.saturating_mul(1000).div_ceil(advance.millirate)),
            failure: None,
        };
        if next != open.report {
            open.report = SyncReport { sequence: open.report.sequence + 1, ..next };
        }
        if advance.phase.is_final() {
            self.end(number.0, now);
        }
    }

    /// Takes note that an attempt failed which began then: whoever asked to have an answer's window brought up to date
    /// is told so, and whoever asked for a sync where that has lasted, or where Intercom refuses.
    pub(crate) fn attempt_failed(&mut self, failure: &SyncFailure, began: Instant, now: Instant) {
        self.fail_where(failure, now, |request| {
            let lasting = now.saturating_duration_since(request.asked) >= PATIENCE;
            failure.refused || lasting || (request.wish.heals && request.asked <= began)
        });
    }

    /// Gives up every request.
    pub(crate) fn fail_all(&mut self, failure: &SyncFailure, now: Instant) {
        self.fail_where(failure, now, |_| true);
    }

    /// Forgets stale answers' requests that nobody waits for.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.open.retain(|_, request| {
            let last = request.watched.unwrap_or(request.asked);
            !request.wish.heals || now.saturating_duration_since(last) < UNWATCHED
        });
    }

    fn fail_where(&mut self, failure: &SyncFailure, now: Instant, fails: impl Fn(&Request) -> bool) {
        let failed: Vec<u64> =
            self.open.iter().filter(|(_, request)| fails(request)).map(|(number, _)| *number).collect();
        for number in failed {
            if let Some(request) = self.open.get_mut(&number) {
                request.report.sequence += 1;
                request.report.phase = Phase::Failed;
                request.report.failure = Some(failure.clone());
            }
            self.end(number, now);
        }
    }

    fn end(&mut self, number: u64, now: Instant) {
        if let Some(open) = self.open.remove(&number) {
            self.over.insert(number, (now, open.report));
        }
        self.over.retain(|_, (ended, _)| now.saturating_duration_since(*ended) < KEEP_FINISHED);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proto::Timestamp;

    use super::*;

    const WISH: Wish = Wish { window: Window { start: None, end: None }, mode: SyncMode::New, heals: false };
    const SECOND: Duration = Duration::from_secs(1);

    fn healing(start: i64) -> Wish {
        Wish { window: Window { start: Some(Timestamp(start)), end: None }, heals: true, ..WISH }
    }

    fn at(phase: Phase, remaining: u64, fetched: u64) -> Advance {
        Advance { phase, remaining, remaining_is_all: true, fetched, millirate: 2_000 }
    }

    #[test]
    fn the_same_wish_joins_until_a_look_has_begun_for_it() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        let first = requests.ask(WISH, None, 0, now);
        assert_eq!(requests.ask(WISH, Some(now - SECOND), 0, now + SECOND), first);
        assert_ne!(requests.ask(WISH, Some(now + SECOND), 0, now + SECOND), first);
    }

    #[test]
    fn stale_answers_that_differ_by_seconds_share_a_request_which_ends_when_nobody_waits() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        let first = requests.ask(healing(600), None, 0, now);
        for second in 1..60 {
            assert_eq!(requests.ask(healing(600 + second), Some(now), 0, now), first);
        }
        assert!(!requests.is_waited_for_since(now, now), "to ask is not to wait");
        requests.watch(first, now + 50 * SECOND);
        assert!(requests.is_waited_for_since(now, now + 51 * SECOND));
        requests.expire(now + 100 * SECOND);
        assert!(!requests.is_empty());
        requests.expire(now + 110 * SECOND);
        assert!(requests.is_empty());
    }

    #[test]
    fn a_report_moves_on_only_when_something_changed() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        let number = requests.ask(WISH, None, 10, now);
        requests.advance(number, at(Phase::Fetching, 6, 14), now);
        let report = requests.report(number).unwrap().clone();
        assert_eq!((report.done, report.total, report.eta_seconds), (4, Some(10), Some(3)));
        requests.advance(number, at(Phase::Fetching, 6, 14), now);
        assert_eq!(requests.report(number).unwrap().sequence, report.sequence);
    }

    #[test]
    fn a_finished_request_keeps_its_report_for_a_while() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        let number = requests.ask(WISH, None, 0, now);
        requests.advance(number, at(Phase::Done, 0, 5), now);
        assert!(requests.is_empty());
        assert_eq!(requests.report(number).unwrap().phase, Phase::Done);
        let other = requests.ask(WISH, None, 0, now);
        requests.advance(other, at(Phase::Done, 0, 5), now + KEEP_FINISHED);
        assert!(requests.report(number).is_none());
    }

    #[test]
    fn an_attempt_that_fails_ends_what_it_was_made_for_and_a_sync_waits_for_it_to_pass() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        let failure = |refused| SyncFailure { message: "no".to_owned(), refused };
        let sync = requests.ask(WISH, None, 0, now);
        let answer = requests.ask(healing(0), None, 0, now + SECOND);
        let failed = |requests: &Requests, number| requests.report(number).unwrap().phase == Phase::Failed;
        requests.attempt_failed(&failure(false), now, now + 2 * SECOND);
        assert!(!failed(&requests, answer), "that attempt was not made for it");
        requests.attempt_failed(&failure(false), now + SECOND, now + 3 * SECOND);
        assert!(failed(&requests, answer) && !failed(&requests, sync));
        requests.attempt_failed(&failure(false), now, now + PATIENCE);
        assert!(failed(&requests, sync));
        let refused = requests.ask(WISH, None, 0, now + PATIENCE);
        requests.attempt_failed(&failure(true), now, now + PATIENCE);
        assert_eq!(requests.report(refused).unwrap().failure, Some(failure(true)));
    }
}
