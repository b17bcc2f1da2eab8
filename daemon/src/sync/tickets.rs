//! The syncs that somebody asked for: single-flight, joined where they overlap, each with a report to watch. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use proto::types::{Phase, SyncFailure, SyncMode, SyncReport, SyncTicket, Window};
use tokio::time::Instant;

/// How long the report of a sync that is over can still be read.
const KEEP_FINISHED: Duration = Duration::from_secs(600);

/// What a sync was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The window that is to be brought up to date.
    pub(crate) window: Window,
    /// How thoroughly.
    pub(crate) mode: SyncMode,
    /// It heals a stale answer: for a window without a start, a head that reaches the present is enough.
    pub(crate) heals: bool,
}

/// A sync that is not over.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) goal: Goal,
    /// The number of the last head scan that had started when this was asked for; only a later one satisfies it.
    pub(crate) after_head: u64,
    /// Conversations fetched by the daemon before this was asked for.
    pub(crate) fetched_before: u64,
    pub(crate) report: SyncReport,
}

/// How far the daemon is with what a ticket wants.
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

/// All tickets of this daemon's life that can still be asked about.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    next: u64,
    open: BTreeMap<u64, Ticket>,
    over: BTreeMap<u64, (Instant, SyncReport)>,
}

impl Tickets {
    /// Takes a request: joins an open one with the same goal that no head scan has started for, else opens a new one.
    pub(crate) fn ask(&mut self, goal: Goal, heads_started: u64, fetched: u64) -> SyncTicket {
        let joined = self
            .open
            .iter()
            .find(|(_, ticket)| ticket.goal == goal && (goal.heals || ticket.after_head == heads_started));
        if let Some((number, _)) = joined {
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
        let ticket = Ticket { goal, after_head: heads_started, fetched_before: fetched, report };
        self.open.insert(self.next, ticket);
        SyncTicket(self.next)
    }

    /// Returns the report of a ticket.
    pub(crate) fn report(&self, ticket: SyncTicket) -> Option<&SyncReport> {
        let open = self.open.get(&ticket.0).map(|ticket| &ticket.report);
        open.or_else(|| self.over.get(&ticket.0).map(|(_, report)| report))
    }

    /// Returns the tickets that are not over.
    pub(crate) fn open(&self) -> impl Iterator<Item = (SyncTicket, &Ticket)> {
        self.open.iter().map(|(number, ticket)| (SyncTicket(*number), ticket))
    }

    /// Says whether somebody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Brings a ticket's report up to date.
    pub(crate) fn advance(&mut self, ticket: SyncTicket, advance: Advance, now: Instant) {
        let Some(open) = self.open.get_mut(&ticket.0) else { return };
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
            self.end(ticket, now);
        }
    }

    /// Gives up every open ticket.
    pub(crate) fn fail_all(&mut self, failure: &SyncFailure, now: Instant) {
        let open: Vec<u64> = self.open.keys().copied().collect();
        for number in open {
            if let Some(ticket) = self.open.get_mut(&number) {
                ticket.report.sequence += 1;
                ticket.report.phase = Phase::Failed;
                ticket.report.failure = Some(failure.clone());
            }
            self.end(SyncTicket(number), now);
        }
    }

    fn end(&mut self, ticket: SyncTicket, now: Instant) {
        if let Some(open) = self.open.remove(&ticket.0) {
            self.over.insert(ticket.0, (now, open.report));
        }
        self.over.retain(|_, (ended, _)| now.saturating_duration_since(*ended) < KEEP_FINISHED);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const GOAL: Goal = Goal { window: Window { start: None, end: None }, mode: SyncMode::New, heals: false };

    fn at(phase: Phase, remaining: u64, fetched: u64) -> Advance {
        Advance { phase, remaining, remaining_is_all: true, fetched, millirate: 2_000 }
    }

    #[test]
    fn the_same_goal_joins_until_a_head_scan_has_started_for_it() {
        let mut tickets = Tickets::default();
        let first = tickets.ask(GOAL, 7, 0);
        assert_eq!(tickets.ask(GOAL, 7, 0), first);
        assert_ne!(tickets.ask(GOAL, 8, 0), first);
    }

    #[test]
    fn a_report_moves_on_only_when_something_changed() {
        let mut tickets = Tickets::default();
        let ticket = tickets.ask(GOAL, 0, 10);
        tickets.advance(ticket, at(Phase::Fetching, 6, 14), Instant::now());
        let report = tickets.report(ticket).unwrap().clone();
        assert_eq!((report.done, report.total, report.eta_seconds), (4, Some(10), Some(3)));
        tickets.advance(ticket, at(Phase::Fetching, 6, 14), Instant::now());
        assert_eq!(tickets.report(ticket).unwrap().sequence, report.sequence);
    }

    #[test]
    fn a_finished_ticket_keeps_its_report_for_a_while() {
        let mut tickets = Tickets::default();
        let now = Instant::now();
        let ticket = tickets.ask(GOAL, 0, 0);
        tickets.advance(ticket, at(Phase::Done, 0, 5), now);
        assert!(tickets.is_empty());
        assert_eq!(tickets.report(ticket).unwrap().phase, Phase::Done);
        let other = tickets.ask(GOAL, 0, 0);
        tickets.advance(other, at(Phase::Done, 0, 5), now + KEEP_FINISHED);
        assert!(tickets.report(ticket).is_none());
    }

    #[test]
    fn a_failure_reaches_everybody_who_waits() {
        let mut tickets = Tickets::default();
        let ticket = tickets.ask(GOAL, 0, 0);
        let failure = SyncFailure { message: "no".to_owned(), refused: true };
        tickets.fail_all(&failure, Instant::now());
        assert_eq!(tickets.report(ticket).unwrap().failure, Some(failure));
    }
}
