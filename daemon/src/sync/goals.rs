//! How far a requested sync is. Pure.

use proto::types::{Incomplete, Phase, State, SyncMode};
use proto::{Interval, Timestamp};

use super::tickets::Goal;
use crate::freshness::{Coverage, Policy, normalise, verdict};

/// What is known when a goal is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// What is held.
    pub(crate) coverage: &'a Coverage,
    /// What of it may be claimed.
    pub(crate) claims: &'a Coverage,
    /// What has to be claimed before the goal is reached: where the first head scan after it was asked for ended.
    pub(crate) target: Option<Timestamp>,
    pub(crate) policy: Policy,
    /// How far back syncing goes; what a goal wants beyond it will not come.
    pub(crate) floor: Timestamp,
    /// A head scan that started after the goal was asked for has reached the present.
    pub(crate) head_done: bool,
    /// A head scan is running.
    pub(crate) head_running: bool,
    /// The goal's repeated listing is not done.
    pub(crate) pass_open: bool,
    /// The names of contacts who never wrote are known.
    pub(crate) contacts_known: bool,
}

/// Returns the span that a goal is about, as far back as syncing goes.
pub(crate) fn span(goal: Goal, policy: Policy, floor: Timestamp) -> Option<Interval> {
    let window = normalise(goal.window, policy).ok()?;
    Some(Interval { start: window.start.max(floor).min(window.end), end: window.end })
}

/// Returns how far a goal is, of whose span `pending` conversations wait for their details.
pub(crate) fn phase(goal: Goal, facts: Facts<'_>, pending: u64) -> Phase {
    let Some(span) = span(goal, facts.policy, facts.floor) else { return Phase::Done };
    let last_sync = facts.coverage.last_sync();
    if goal.heals && span.end <= facts.floor && facts.head_done {
        // Nothing of it will come: it is older than what is kept.
        return Phase::Done;
    }
    if goal.heals {
        let incomplete = Incomplete { pending, failed: 0 };
        let state = verdict(facts.claims, incomplete, span, facts.policy).state;
        let claimed = facts.claims.last_sync();
        let present = claimed.is_some_and(|claimed| claimed >= span.end.minus(facts.policy.tolerance));
        if state == State::Fresh || (goal.window.start.is_none() && present) {
            return Phase::Done;
        }
    }
    let reached = goal.heals && last_sync.is_some_and(|last_sync| last_sync >= span.start);
    if !facts.head_done && !reached {
        return if facts.head_running { Phase::Listing } else { Phase::Queued };
    }
    let below_head = Interval { start: span.start, end: last_sync.unwrap_or(span.start) };
    if facts.pass_open || !facts.coverage.unread(below_head).is_empty() {
        return Phase::Listing;
    }
    // A head scan that was under way already heals as well; then all that it met has to be stored.
    let target = facts.target.or(last_sync.filter(|_| goal.heals));
    if pending > 0 || facts.claims.last_sync() < target {
        return Phase::Fetching;
    }
    // Nobody who waits for a stale answer waits for names.
    if !facts.contacts_known && !goal.heals {
        return Phase::Fetching;
    }
    // A window that began moments ago stays stale until the margin has passed.
    let still_stale = goal.heals && facts.claims.last_sync() < Some(span.start);
    if still_stale || !facts.coverage.gaps(below_head).is_empty() {
        return Phase::Settling;
    }
    Phase::Done
}

/// Returns the span to list again for a goal, and whether to fetch everything of it.
pub(crate) fn pass(goal: Goal, policy: Policy, floor: Timestamp) -> Option<(Interval, bool)> {
    match goal.mode {
        SyncMode::New => None,
        SyncMode::Relist => Some((span(goal, policy, floor)?, false)),
        SyncMode::Full => Some((span(goal, policy, floor)?, true)),
    }
}

#[cfg(test)]
mod tests {
    use proto::types::Window;

    use super::*;
    use crate::freshness::Scan;

    const NOW: Timestamp = Timestamp(1_000_000);
    const POLICY: Policy = Policy { now: NOW, tolerance: 300, horizon: Timestamp(500_000) };

    fn goal(start: Option<i64>, heals: bool) -> Goal {
        Goal { window: Window { start: start.map(Timestamp), end: None }, mode: SyncMode::New, heals }
    }

    fn facts(coverage: &Coverage) -> Facts<'_> {
        Facts {
            coverage,
            claims: coverage,
            target: coverage.last_sync(),
            policy: POLICY,
            floor: POLICY.horizon,
            head_done: true,
            head_running: false,
            pass_open: false,
            contacts_known: true,
        }
    }

    fn head(start: i64) -> Coverage {
        Coverage::new([Interval::new(start, NOW.0 - 60)], [])
    }

    #[test]
    fn a_sync_is_done_when_a_later_head_scan_is_and_nothing_of_its_span_is_missing() {
        let whole = head(500_000);
        assert_eq!(phase(goal(None, false), facts(&whole), 0), Phase::Done);
        assert_eq!(phase(goal(None, false), facts(&whole), 3), Phase::Fetching);
        assert_eq!(phase(goal(None, false), Facts { head_done: false, ..facts(&whole) }, 0), Phase::Queued);
        assert_eq!(phase(goal(None, false), facts(&head(600_000)), 0), Phase::Listing);
        assert_eq!(phase(goal(Some(600_000), false), facts(&head(600_000)), 0), Phase::Done);
    }

    #[test]
    fn a_sync_waits_for_the_changes_that_its_head_scan_met_and_for_no_later_ones() {
        let (held, claims) = (head(500_000), head(500_000).up_to(NOW.minus(90)));
        let behind = Facts { claims: &claims, ..facts(&held) };
        assert_eq!(phase(goal(None, false), behind, 0), Phase::Fetching);
        let joined = Facts { target: None, head_done: false, ..behind };
        assert_eq!(phase(goal(Some(NOW.0 - 80), true), joined, 0), Phase::Fetching);
        let met = Facts { target: Some(NOW.minus(95)), ..behind };
        assert_eq!(phase(goal(None, false), met, 0), Phase::Done);
    }

    #[test]
    fn a_span_that_was_read_and_is_not_proven_yet_settles() {
        let mut coverage = head(600_000);
        coverage.add_scan(Scan { range: Interval::new(500_000, 600_000), finished_at: NOW });
        assert_eq!(phase(goal(None, false), facts(&coverage), 0), Phase::Settling);
    }

    #[test]
    fn healing_all_of_the_history_ends_when_the_head_reaches_the_present() {
        assert_eq!(phase(goal(None, true), facts(&head(990_000)), 50), Phase::Done);
        assert_eq!(phase(goal(Some(980_000), true), facts(&head(990_000)), 0), Phase::Listing);
        assert_eq!(phase(goal(Some(990_000), true), facts(&head(990_000)), 2), Phase::Fetching);
        assert_eq!(phase(goal(Some(990_000), true), facts(&head(990_000)), 0), Phase::Done);
    }

    #[test]
    fn a_window_that_began_within_the_settle_margin_is_waited_for() {
        assert_eq!(phase(goal(Some(NOW.0 - 30), true), facts(&head(500_000)), 0), Phase::Settling);
    }

    #[test]
    fn what_lies_beyond_the_floor_is_not_waited_for() {
        assert_eq!(phase(goal(Some(100_000), true), facts(&head(500_000)), 0), Phase::Done);
    }
}
