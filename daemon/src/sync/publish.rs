//! Putting up on the board what the session knows, and telling those who wait how far their syncs are.

use super::board::BEAT;
use super::error::Error;
use super::phase::{self, Facts};
use super::relist::Wanted;
use super::requests::{Advance, Request};
use super::session::Session;
use crate::store;
use proto::types::{Phase, SyncMode, SyncTicket};
use tokio::time::Instant;

impl Session {
    /// Publishes the state of things. Everything that is said of a request comes from one snapshot of the store.
    pub(super) async fn publish(&mut self) -> Result<(), Error> {
        if self.take_up_relists() {
            self.save_relists().await?;
        }
        let now = Instant::now();
        self.context.board.update(|state| state.requests.expire(now));
        let floor = self.floor();
        let (policy, open) = self.context.board.read(|state| {
            let open: Vec<(SyncTicket, Request)> =
                state.requests.open().map(|(number, request)| (number, request.clone())).collect();
            (state.policy(), open)
        });
        let spans: Vec<_> = open
            .iter()
            .map(|(_, request)| {
                (phase::span(request.wish, policy, floor), request.wish.mode == SyncMode::Full)
            })
            .collect();
        let (coverage, sound_until, counts, pending, is_unpurged) = self
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
                Ok((snapshot.coverage()?, snapshot.sound_until()?, counts, pending, is_unpurged))
            })
            .await?;
        self.coverage = coverage;
        self.pending = counts.pending;
        if is_unpurged {
            self.purge_later();
        }

        let backfilling = self.is_backfilling();
        let unlistable = self.resting.all();
        let intercom = self.intercom.clone();
        let server = intercom.clock();
        let margin = server.earliest().map_or(self.settle.floor(), |now| self.settle.margin(now));
        let mut wanted = false;
        let judged: Vec<(SyncTicket, Phase, u64)> = open
            .iter()
            .zip(pending)
            .map(|((number, request), pending)| {
                let facts = Facts {
                    coverage: &self.coverage,
                    sound_until,
                    policy,
                    floor,
                    asked: request.asked,
                    asked_at: server.earliest_at(request.asked),
                    margin,
                    looked: self.head.looked,
                    is_looking: self.head.running,
                    unlistable: &unlistable,
                    // The backfill brings ever new ones; only who waits for all of it waits for their names.
                    contacts_known: backfilling || self.context.contacts.is_answered(),
                    is_relisting: self
                        .relists
                        .iter()
                        .any(|(_, relist)| relist.wanted == Wanted::Asked(Some(*number))),
                };
                let phase = phase::phase(request.wish, facts, pending);
                wanted |= !phase.is_final() && !facts.has_looked() && request.is_waited_for(now);
                (*number, phase, pending)
            })
            .collect();
        self.head.wanted = wanted;

        let worst_late = self.worst_late();
        let (verification, count_check) = (self.reread.report(), self.count_check);
        let tail_listed_at = self.look_back.recent;
        self.context.board.update(|state| {
            state.heartbeat = (now, BEAT);
            state.stored = Some(counts.conversations);
            state.last_sync = self.coverage.last_sync();
            state.pending = counts.pending;
            state.windows =
                self.windows.iter().filter(|window| !window.has_time).map(|window| window.range).collect();
            state.backfilling = backfilling;
            state.clock_offset = server.offset().or(state.clock_offset);
            state.calibration.late_arrival = worst_late;
            state.calibration.verification = verification;
            state.calibration.count_check = count_check;
            state.calibration.tail_listed_at = tail_listed_at;
            state.settle = margin;
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
                state.requests.advance(number, advance, now);
            }
        });
        Ok(())
    }
}
