//! How far a request is. Pure.

use proto::types::{Incomplete, Phase, State, SyncMode};
use proto::{Interval, Timestamp};
use tokio::time::Instant;

use super::requests::Wish;
use crate::freshness::{Coverage, Policy, normalise, verdict};

/// Intercom's clock is known better and better, so that the time of a request may turn out to be this much later.
const SLACK: i64 = 2;

/// What is known when a request is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// What is held.
    pub(crate) coverage: &'a Coverage,
    /// Up to when the stored states are known to be the true ones, where some are not up to the present.
    pub(crate) sound_until: Option<Timestamp>,
    pub(crate) policy: Policy,
    /// How far back syncing goes; what a request wants beyond it will not come.
    pub(crate) floor: Timestamp,
    /// When it was asked for.
    pub(crate) asked: Instant,
    /// What Intercom's clock showed then, at the least; nobody knows before the first answer.
    pub(crate) asked_at: Option<Timestamp>,
    /// The settle margin in seconds.
    pub(crate) margin: i64,
    /// When the last look that reached the present began.
    pub(crate) looked: Option<Instant>,
    /// A look is being taken.
    pub(crate) is_looking: bool,
    /// What cannot be listed at present.
    pub(crate) unlistable: &'a [Interval],
    /// What it wants listed again is not.
    pub(crate) is_relisting: bool,
    /// The names of contacts who never wrote are known.
    pub(crate) contacts_known: bool,
}

impl Facts<'_> {
    /// Says whether a look that began after the request has reached the present, as it was then.
    pub(crate) fn has_looked(&self) -> bool {
        let reached = |at: Timestamp| self.coverage.last_sync() >= Some(at.minus(self.margin + SLACK));
        self.looked > Some(self.asked) && self.asked_at.is_some_and(reached)
    }

    /// Says whether all that changed before the request is stored.
    fn has_stored(&self) -> bool {
        match (self.sound_until, self.asked_at) {
            (None, _) => true,
            (Some(until), Some(at)) if self.has_looked() => until > at.minus(self.margin),
            _ => false,
        }
    }

    fn without_unlistable(&self, pieces: Vec<Interval>) -> bool {
        let unlistable = Coverage::new(self.unlistable.iter().copied(), []);
        pieces.into_iter().all(|piece| unlistable.gaps(piece).is_empty())
    }
}

/// Returns the span that a wish is about, as far back as syncing goes.
pub(crate) fn span(wish: Wish, policy: Policy, floor: Timestamp) -> Option<Interval> {
    let window = normalise(wish.window, policy).ok()?;
    Some(Interval { start: window.start.max(floor).min(window.end), end: window.end })
}

/// Returns how far a request is, of whose span `pending` conversations wait for their details.
pub(crate) fn phase(wish: Wish, facts: Facts<'_>, pending: u64) -> Phase {
    let Some(span) = span(wish, facts.policy, facts.floor) else { return Phase::Done };
    let last_sync = facts.coverage.last_sync();
    let claims = facts.sound_until.map_or_else(|| facts.coverage.clone(), |at| facts.coverage.up_to(at));
    if wish.heals && span.end <= facts.floor && facts.has_looked() {
        // Nothing of it will come: it is older than what is kept.
        return Phase::Done;
    }
    if wish.heals {
        let incomplete = Incomplete { pending, failed: 0 };
        let state = verdict(&claims, incomplete, span, facts.policy).state;
        let claimed = claims.last_sync();
        let present = claimed.is_some_and(|claimed| claimed >= span.end.minus(facts.policy.tolerance));
        if state == State::Fresh || (wish.window.start.is_none() && present) {
            return Phase::Done;
        }
    }
    let reached = wish.heals && last_sync.is_some_and(|last_sync| last_sync >= span.start);
    if !facts.has_looked() && !reached {
        return if facts.is_looking { Phase::Listing } else { Phase::Queued };
    }
    let below_head = Interval { start: span.start, end: last_sync.unwrap_or(span.start) };
    if facts.is_relisting || !facts.without_unlistable(facts.coverage.unread(below_head)) {
        return Phase::Listing;
    }
    if pending > 0 || !facts.has_stored() {
        return Phase::Fetching;
    }
    // Nobody who waits for a stale answer waits for names.
    if !facts.contacts_known && !wish.heals {
        return Phase::Fetching;
    }
    // A window that began moments ago stays stale until the margin has passed.
    let still_stale = wish.heals && claims.last_sync() < Some(span.start);
    if still_stale || !facts.without_unlistable(facts.coverage.gaps(below_head)) {
        return Phase::Settling;
    }
    Phase::Done
}

/// Returns the span to list again for a wish, and whether to fetch everything of it.
pub(crate) fn relisted(wish: Wish, policy: Policy, floor: Timestamp) -> Option<(Interval, bool)> {
    match wish.mode {
        SyncMode::New => None,
        SyncMode::Relist => Some((span(wish, policy, floor)?, false)),
        SyncMode::Full => Some((span(wish, policy, floor)?, true)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proto::types::Window;

    use super::*;
    use crate::freshness::Scan;

    const NOW: Timestamp = Timestamp(1_000_000);
    const POLICY: Policy = Policy { now: NOW, is_known: true, tolerance: 300, horizon: Timestamp(500_000) };

    fn wish(start: Option<i64>, heals: bool) -> Wish {
        Wish { window: Window { start: start.map(Timestamp), end: None }, mode: SyncMode::New, heals }
    }

    fn facts(coverage: &Coverage) -> Facts<'_> {
        let now = Instant::now();
        Facts {
            coverage,
            sound_until: None,
            policy: POLICY,
            floor: POLICY.horizon,
            asked: now,
            asked_at: Some(NOW),
            margin: 60,
            looked: Some(now + Duration::from_secs(1)),
            is_looking: false,
            unlistable: &[],
            is_relisting: false,
            contacts_known: true,
        }
    }

    fn head(start: i64) -> Coverage {
        Coverage::new([Interval::new(start, NOW.0 - 60)], [])
    }

    #[test]
    fn a_sync_is_done_when_a_later_look_is_and_nothing_of_its_span_is_missing() {
        let whole = head(500_000);
        assert_eq!(phase(wish(None, false), facts(&whole), 0), Phase::Done);
        assert_eq!(phase(wish(None, false), facts(&whole), 3), Phase::Fetching);
        assert_eq!(phase(wish(None, false), Facts { looked: None, ..facts(&whole) }, 0), Phase::Queued);
        let asked = Instant::now() + Duration::from_secs(2);
        assert_eq!(phase(wish(None, false), Facts { asked, ..facts(&whole) }, 0), Phase::Queued);
        assert_eq!(phase(wish(None, false), facts(&head(600_000)), 0), Phase::Listing);
        assert_eq!(phase(wish(Some(600_000), false), facts(&head(600_000)), 0), Phase::Done);
    }

    #[test]
    fn a_look_whose_claim_ends_before_the_machine_slept_is_none_for_who_asks_after_it() {
        let whole = head(500_000);
        let slept = Facts { asked_at: Some(NOW.plus(9 * 3_600)), ..facts(&whole) };
        assert_eq!(phase(wish(None, false), slept, 0), Phase::Queued);
    }

    #[test]
    fn a_sync_waits_for_the_changes_that_were_made_before_it_and_for_no_later_ones() {
        let held = head(500_000);
        let until = |seconds| Facts { sound_until: Some(NOW.minus(seconds)), ..facts(&held) };
        assert_eq!(phase(wish(None, false), until(90), 0), Phase::Fetching);
        assert_eq!(phase(wish(None, false), until(60), 0), Phase::Fetching, "in the very second");
        assert_eq!(phase(wish(None, false), until(59), 0), Phase::Done);
        let joined = Facts { looked: None, ..until(90) };
        assert_eq!(phase(wish(Some(NOW.0 - 80), true), joined, 0), Phase::Fetching);
    }

    #[test]
    fn a_span_that_was_read_and_is_not_proven_yet_settles() {
        let mut coverage = head(600_000);
        coverage.add_scan(Scan { range: Interval::new(500_000, 600_000), finished_at: NOW });
        assert_eq!(phase(wish(None, false), facts(&coverage), 0), Phase::Settling);
    }

    #[test]
    fn nobody_waits_for_a_second_that_cannot_be_listed() {
        let coverage = Coverage::new([Interval::new(500_000, 700_000), Interval::new(700_001, 999_940)], []);
        assert_eq!(phase(wish(None, false), facts(&coverage), 0), Phase::Listing);
        let unlistable = &[Interval::new(700_000, 700_001)];
        assert_eq!(phase(wish(None, false), Facts { unlistable, ..facts(&coverage) }, 0), Phase::Done);
    }

    #[test]
    fn healing_all_of_the_history_ends_when_the_head_reaches_the_present() {
        assert_eq!(phase(wish(None, true), facts(&head(990_000)), 50), Phase::Done);
        assert_eq!(phase(wish(Some(980_000), true), facts(&head(990_000)), 0), Phase::Listing);
        assert_eq!(phase(wish(Some(990_000), true), facts(&head(990_000)), 2), Phase::Fetching);
        assert_eq!(phase(wish(Some(990_000), true), facts(&head(990_000)), 0), Phase::Done);
    }

    #[test]
    fn a_window_that_began_within_the_settle_margin_is_waited_for() {
        assert_eq!(phase(wish(Some(NOW.0 - 30), true), facts(&head(500_000)), 0), Phase::Settling);
    }

    #[test]
    fn what_lies_beyond_the_floor_is_not_waited_for() {
        assert_eq!(phase(wish(Some(100_000), true), facts(&head(500_000)), 0), Phase::Done);
    }
}
