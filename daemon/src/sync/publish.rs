//! Putting up on the board what the session knows, and telling those who wait how far their syncs are.

use super::board::BEAT;
use super::error::Error;
use super::goals::{self, Facts};
use super::session::Session;
use super::tickets::{Advance, Ticket};
use crate::store;
use proto::types::{Phase, SyncMode, SyncTicket};
use tokio::time::Instant;

impl Session {
    /// Publishes the state of things. Everything a ticket is told comes from one snapshot of the store.
    pub(super) async fn publish(&mut self) -> Result<(), Error> {
        if self.take_up_passes() {
            self.save_passes().await?;
        }
        let floor = self.floor();
        let (policy, open) = self.context.board.read(|state| {
            let open: Vec<(SyncTicket, Ticket)> =
                state.tickets.open().map(|(number, ticket)| (number, ticket.clone())).collect();
            (state.policy(), open)
        });
        let spans: Vec<_> = open
            .iter()
            .map(|(_, ticket)| (goals::span(ticket.goal, policy, floor), ticket.goal.mode == SyncMode::Full))
            .collect();
        let (coverage, claims, counts, pending, is_unpurged) = self
            .context
            .store
            .read(move |snapshot| {
                let pending = spans.iter().map(|(span, full)| -> Result<u64, store::Error> {
                    let Some(span) = *span else { return Ok(0) };
                    let again = if *full { snapshot.to_be_read_again(span)? } else { 0 };
                    Ok(snapshot.incomplete(span)?.pending.saturating_add(again))
                });
                let pending = pending.collect::<Result<Vec<u64>, _>>()?;
                let (counts, is_unpurged) = (snapshot.counts()?, snapshot.is_unpurged()?);
                Ok((snapshot.coverage()?, snapshot.claims()?, counts, pending, is_unpurged))
            })
            .await?;
        self.coverage = coverage;
        self.targets.retain(|number, _| open.iter().any(|(open, _)| open == number));
        self.pending = counts.pending;
        if is_unpurged {
            self.purge_later();
        }

        let backfilling = self.is_backfilling();
        let judged: Vec<(SyncTicket, Phase, u64)> = open
            .iter()
            .zip(pending)
            .map(|((number, ticket), pending)| {
                let head_done = self.head.done > ticket.after_head;
                if let (true, Some(last_sync)) = (head_done, self.coverage.last_sync()) {
                    self.targets.entry(*number).or_insert(last_sync);
                }
                let facts = Facts {
                    coverage: &self.coverage,
                    claims: &claims,
                    target: self.targets.get(number).copied(),
                    policy,
                    floor,
                    head_done,
                    head_running: self.head.running,
                    // The backfill brings ever new ones; only who waits for all of it waits for their names.
                    contacts_known: backfilling || self.knows_contacts(),
                    pass_open: self.passes.iter().any(|(_, pass)| pass.ticket == Some(*number)),
                };
                (*number, goals::phase(ticket.goal, facts, pending), pending)
            })
            .collect();

        let worst_late = self.worst_late();
        let (verification, count_check) = (self.verify.report(), self.recount.report());
        let tail_listed_at = self.tail.listed_at();
        let server = self.intercom.clock();
        let now = Instant::now();
        self.context.board.update(|state| {
            state.heartbeat = (now, BEAT);
            state.stored = Some(counts.conversations);
            state.last_sync = self.coverage.last_sync();
            state.pending = counts.pending;
            state.windows = self.windows.iter().map(|window| window.range).collect();
            state.backfilling = backfilling;
            state.clock_offset = server.offset().or(state.clock_offset);
            state.calibration.late_arrival = worst_late;
            state.calibration.verification = verification;
            state.calibration.count_check = count_check;
            state.calibration.tail_listed_at = tail_listed_at;
            state.settle = server.now().map_or(self.settle.floor(), |now| self.settle.margin(now));
            if !backfilling && self.coverage.head().is_some() {
                state.unlisted = Some(0);
            }
            for (number, phase, pending) in judged {
                let listing = matches!(phase, Phase::Queued | Phase::Listing);
                let unlisted = if listing { state.unlisted } else { Some(0) };
                let advance = Advance {
                    phase,
                    remaining: pending.saturating_add(unlisted.unwrap_or(0)),
                    remaining_is_all: unlisted.is_some() && phase != Phase::Queued,
                    fetched: state.fetched,
                    millirate: state.rate.millirate(now),
                };
                state.tickets.advance(number, advance, now);
            }
        });
        Ok(())
    }
}
