//! Reading stored conversations again with calls that nobody else needs, because not every change in Intercom moves the
//! activity time: a round goes through all that is stored, the open ones first, then what changed last.
//!
//! A round needs no write for a conversation that is as it was: only its place is kept, once a minute. What was fetched
//! lately is passed over, so a copy that was just made costs nothing for a day.

use std::sync::Arc;
use std::time::Duration;

use proto::types::Verification;
use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::Context;
use super::board::State;
use super::error::Error;
use super::session::{Outcome, Session};
use crate::intercom::{Advice, Intercom, Priority, Refusal};
use crate::model::ConversationId;
use crate::store::{Compared, Place};

/// The mark under which the round is kept.
pub(super) const MARK: &str = "verification";
/// How often a few are read.
const EVERY: Duration = Duration::from_secs(60);
/// How many are read then.
const READS: usize = 5;
/// Stretches of a round that are looked through for them.
const STRETCHES: usize = 10;
/// A round takes at least this long, in seconds, and passes over what was read within as long before it.
const DAY: i64 = 86_400;

/// A round through all that is stored, and what all rounds have found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Round {
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    /// Where it goes on; nowhere once it is finished.
    place: Option<Place>,
    passed: u64,
    verified: u64,
    differences: u64,
    last_difference: Option<Timestamp>,
}

/// A span whose conversations are read again out of turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    place: Place,
    end: i64,
    noticed_at: Timestamp,
}

/// Where re-verification is.
#[derive(Debug, Default)]
pub(super) struct Verify {
    round: Round,
    aside: Option<Aside>,
    running: bool,
    next: Option<Instant>,
}

/// What a few reads came to.
pub(super) struct Read {
    round: Round,
    aside: Option<Aside>,
}

impl Round {
    /// Begins anew where it is time to; says whether there is anything to do.
    fn is_due(&mut self, now: Timestamp) -> bool {
        let rested = self.started.is_none_or(|started| now.since(started) >= DAY || started > now);
        if self.place.is_none() && rested {
            (self.started, self.finished, self.passed) = (Some(now), None, 0);
            self.place = Some(Place::START);
        }
        self.place.is_some()
    }

    /// Returns the round as text that [`Round::parse`] reads.
    fn to_text(&self) -> String {
        let instant = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.0.to_string());
        let place = self.place.map_or_else(
            || "-".to_owned(),
            |place| format!("{}{}", if place.open { "open:" } else { "all:" }, place.below),
        );
        let [started, finished, last] = [self.started, self.finished, self.last_difference].map(instant);
        let (passed, verified, differences) = (self.passed, self.verified, self.differences);
        format!("{started} {finished} {place} {passed} {verified} {differences} {last}")
    }

    /// Reads a round; of what cannot be read there was none.
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [started, finished, place, passed, verified, differences, last] = words[..] else { return None };
        let instant = |word: &str| word.parse().ok().map(Timestamp);
        let place = place
            .split_once(':')
            .and_then(|(kind, below)| Some(Place { open: kind == "open", below: below.parse().ok()? }));
        Some(Self {
            started: instant(started),
            finished: instant(finished),
            place,
            passed: passed.parse().ok()?,
            verified: verified.parse().ok()?,
            differences: differences.parse().ok()?,
            last_difference: instant(last),
        })
    }

    fn report(&self) -> Verification {
        Verification {
            round_started_at: self.started,
            round_finished_at: self.finished,
            passed: self.passed,
            verified: self.verified,
            differences: self.differences,
            last_difference_at: self.last_difference,
        }
    }
}

impl Verify {
    /// Takes up where an earlier daemon left off.
    pub(super) fn resume(&mut self, mark: Option<&str>, now: Instant) {
        self.round = mark.and_then(Round::parse).unwrap_or_default();
        // Whatever made the daemon start has work for it.
        self.next = Some(now + EVERY);
    }

    /// Returns what the status says of it.
    pub(super) fn report(&self) -> Verification {
        self.round.report()
    }

    /// Reads what was active last in a span out of turn.
    pub(super) fn read_span(&mut self, range: Interval, noticed_at: Timestamp) {
        let (place, end) = Place::span(range);
        self.aside = Some(Aside { place, end, noticed_at });
    }

    /// Says whether a span is being read out of turn.
    pub(super) fn is_aside(&self) -> bool {
        self.aside.is_some()
    }
}

impl Session {
    /// Starts to read a few, where it is time to and nothing else is to be done.
    pub(super) fn start_verify(&mut self, now: Instant) {
        let Some(server) = self.intercom.clock().now().filter(|_| self.head.looked_at.is_some()) else {
            return;
        };
        if self.verify.running || self.verify.next.is_some_and(|next| next > now) || !self.has_spare_time() {
            return;
        }
        self.verify.next = Some(now + EVERY);
        if !self.verify.round.is_due(server) && self.verify.aside.is_none() {
            return;
        }
        self.verify.running = true;
        let read = Read { round: self.verify.round.clone(), aside: self.verify.aside };
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        self.tasks.spawn(async move { Outcome::Verified(read.go_on(&context, &intercom).await) });
    }

    /// Takes in what a few reads came to.
    pub(super) fn verified(&mut self, result: Result<Read, Error>) -> Result<(), Error> {
        self.verify.running = false;
        match result {
            Ok(read) => {
                self.verify.round = read.round;
                self.verify.aside = read.aside;
                Ok(())
            }
            Err(error) if error.is_refusal() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "reading stored conversations again failed");
                self.context.board.update(|state| state.note_error(error.to_string()));
                Ok(())
            }
        }
    }

    /// Says whether nobody needs a call at present.
    pub(super) fn has_spare_time(&self) -> bool {
        self.is_calm() && !self.is_backfilling() && !self.context.board.read(is_busy)
    }
}

/// Says whether somebody waits, or something is to be fetched.
fn is_busy(state: &State) -> bool {
    state.pending > 0 || !state.tickets.is_empty()
}

impl Read {
    /// Reads a few more, and keeps how far that is.
    async fn go_on(mut self, context: &Context, intercom: &Intercom) -> Result<Self, Error> {
        let mut left = READS;
        for _ in 0..STRETCHES {
            let turn = match (self.aside, self.round.place) {
                (Some(aside), _) => Some((aside.place, aside.noticed_at)),
                (None, place) => place.zip(self.round.started.map(|started| started.minus(DAY))),
            };
            let Some((place, before)) = turn.filter(|_| left > 0) else { break };
            let stretch =
                context.store.read(move |snapshot| snapshot.next_to_verify(place, before, left)).await?;
            for id in &stretch.ids {
                if context.board.read(is_busy) {
                    return self.keep(context).await;
                }
                self.read(id, context, intercom).await?;
            }
            left -= stretch.ids.len();
            match &mut self.aside {
                Some(aside) => {
                    let end = aside.end;
                    self.aside =
                        stretch.next.filter(|next| next.below > end).map(|place| Aside { place, ..*aside });
                }
                None => {
                    self.round.passed += stretch.passed;
                    self.round.place = stretch.next;
                    if stretch.next.is_none() {
                        self.round.finished = intercom.clock().now();
                    }
                }
            }
        }
        self.keep(context).await
    }

    async fn keep(self, context: &Context) -> Result<Self, Error> {
        context.store.set_mark(MARK, &self.round.to_text()).await?;
        Ok(self)
    }

    /// Reads one and stores it where it differs.
    async fn read(
        &mut self,
        id: &ConversationId,
        context: &Context,
        intercom: &Intercom,
    ) -> Result<(), Error> {
        let fetched = match intercom.conversation(id, Priority::Spare).await {
            Ok(fetched) => fetched,
            Err(error) if error.advice() == Advice::Gone => {
                tracing::info!(conversation = %id, "not found in Intercom, to be asked for once more");
                let again = context.board.read(State::confirm_deletion_at);
                context.store.commit_missing(id.clone(), again).await?;
                context.stored.notify_one();
                return Ok(());
            }
            Err(error) if matches!(error.advice(), Advice::GiveUp(Refusal::Token | Refusal::Setup)) => {
                return Err(error.into());
            }
            Err(error) => {
                // It has its turn again in the next round.
                tracing::warn!(%error, "a stored conversation could not be read again");
                return Ok(());
            }
        };
        self.round.verified += 1;
        let (conversation, read_at) = (fetched.conversation.clone(), fetched.asked_at);
        let compared = context.store.read(move |snapshot| snapshot.compare(&conversation)).await?;
        match compared {
            Compared::Same | Compared::Older => return Ok(()),
            Compared::Newer => {}
            Compared::Silent => {
                tracing::warn!(conversation = %id, "it had changed without a new activity time");
                self.round.differences += 1;
                self.round.last_difference = Some(read_at);
            }
        }
        let _storing = context.storing.read().await;
        let outcome = context.store.commit_details(vec![fetched]).await?;
        context.board.update(|state| state.note_late(&outcome.late, read_at));
        context.stored.notify_one();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000);

    #[test]
    fn a_round_begins_a_day_after_the_last_one_did_at_the_earliest() {
        let mut round = Round::default();
        assert!(round.is_due(NOW));
        round.place = None;
        assert!(!round.is_due(NOW.plus(DAY - 1)));
        assert!(round.is_due(NOW.plus(DAY)));
        assert_eq!((round.started, round.place), (Some(NOW.plus(DAY)), Some(Place::START)));
    }

    #[test]
    fn a_round_survives_as_text_wherever_it_is() {
        let mut round = Round { passed: 3, verified: 2, differences: 1, ..Round::default() };
        assert_eq!(Round::parse(&round.to_text()), Some(round.clone()));
        round.is_due(NOW);
        round.last_difference = Some(NOW);
        assert_eq!(Round::parse(&round.to_text()), Some(round.clone()));
        round.place = Some(Place { open: false, below: -7 });
        assert_eq!(Round::parse(&round.to_text()).unwrap(), round);
        assert_eq!(Round::parse("rubbish"), None);
    }
}
