#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proto::types::{Incomplete, State, Window};
use proto::{Interval, Timestamp};

use super::plan::next_window;
use super::{Coverage, Policy, Scan, normalise, verdict};

const NONE: Incomplete = Incomplete { pending: 0, failed: 0 };
/// 2024-12-20 14:30 UTC.
const NOON: i64 = 1_734_705_000;
const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

fn policy(now: i64) -> Policy {
    Policy { now: Timestamp(now), is_known: true, tolerance: 5 * MINUTE, horizon: Timestamp(now - 365 * DAY) }
}

fn head(start: i64, end: i64) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.add_head(Interval::new(start, end));
    coverage
}

fn state(coverage: &Coverage, window: (i64, i64)) -> State {
    verdict(coverage, NONE, Interval::new(window.0, window.1), policy(NOON)).state
}

#[test]
fn nothing_covered_is_stale() {
    let verdict = verdict(&Coverage::default(), NONE, Interval::new(NOON - DAY, NOON), policy(NOON));
    assert_eq!(verdict.state, State::Stale);
    assert_eq!(verdict.message.unwrap(), "Data is stale - syncing latest conversations...");
    assert_eq!(verdict.gaps, [Interval::new(NOON - DAY, NOON)]);
}

#[test]
fn the_states_follow_their_order_at_each_boundary() {
    let start = NOON - DAY;
    let cases = [
        ("head ends before the start", head(start - DAY, start - 1), State::Stale),
        ("head ends at the start", head(start - DAY, start), State::Partial),
        ("head ends a second before the tolerance", head(start, NOON - 5 * MINUTE - 1), State::Partial),
        ("head ends at the tolerance", head(start, NOON - 5 * MINUTE), State::Fresh),
        ("head ends three minutes before the end", head(start, NOON - 3 * MINUTE), State::Fresh),
        ("head begins a second late", head(start + 1, NOON), State::Partial),
    ];
    for (name, coverage, expected) in cases {
        assert_eq!(state(&coverage, (start, NOON)), expected, "{name}");
    }
}

#[test]
fn a_window_shorter_than_the_tolerance_is_stale_before_and_fresh_after_its_start() {
    let window = (NOON - 3 * MINUTE, NOON);
    assert_eq!(state(&head(NOON - DAY, NOON - 4 * MINUTE), window), State::Stale);
    assert_eq!(state(&head(NOON - DAY, NOON - 3 * MINUTE), window), State::Fresh);
}

#[test]
fn a_short_window_in_uncovered_history_is_not_fresh_because_of_the_tolerance() {
    assert_eq!(state(&head(NOON - DAY, NOON), (NOON - 9 * DAY, NOON - 9 * DAY + MINUTE)), State::Partial);
}

#[test]
fn partial_names_the_recent_end_that_is_missing() {
    let verdict =
        verdict(&head(NOON - 9 * DAY, NOON), NONE, Interval::new(NOON - DAY, NOON + DAY), policy(NOON + DAY));
    assert_eq!(
        verdict.message.unwrap(),
        "Analysis includes conversations up to 2024-12-20 14:30 UTC - may be missing recent conversations"
    );
    assert_eq!(verdict.gaps, [Interval::new(NOON, NOON + DAY)]);
}

#[test]
fn partial_names_the_older_part_that_is_missing() {
    let verdict = verdict(&head(NOON - DAY, NOON), NONE, Interval::new(NOON - 3 * DAY, NOON), policy(NOON));
    assert_eq!(
        verdict.message.unwrap(),
        "Conversations before 2024-12-19 14:30 UTC are not synced yet - \
         results from 2024-12-17 14:30 UTC on may be incomplete"
    );
    assert_eq!(verdict.gaps, [Interval::new(NOON - 3 * DAY, NOON - DAY)]);
}

#[test]
fn partial_counts_holes_and_names_the_largest() {
    let proven = [(-9, -7), (-6, -4), (-1, 0)].map(|(a, b)| Interval::new(NOON + a * DAY, NOON + b * DAY));
    let coverage = Coverage::new(proven, []);
    let verdict = verdict(&coverage, NONE, Interval::new(NOON - 8 * DAY, NOON), policy(NOON));
    assert_eq!(
        verdict.message.unwrap(),
        "2 gaps are not synced yet, the largest from 2024-12-16 14:30 UTC to 2024-12-19 14:30 UTC"
    );
    assert_eq!(verdict.gaps.len(), 2);
}

#[test]
fn a_hole_above_a_covered_window_keeps_it_from_being_fresh_and_is_named() {
    let proven = [(-9, -7), (-1, 0)].map(|(a, b)| Interval::new(NOON + a * DAY, NOON + b * DAY));
    let coverage = Coverage::new(proven, []);
    let verdict = verdict(&coverage, NONE, Interval::new(NOON - 9 * DAY, NOON - 8 * DAY), policy(NOON));
    assert_eq!(verdict.state, State::Partial);
    assert_eq!(verdict.gaps, [Interval::new(NOON - 7 * DAY, NOON - DAY)]);
    assert!(verdict.message.unwrap().starts_with("1 gap is not synced yet"));
}

#[test]
fn several_sentences_follow_each_other_the_most_recent_first() {
    let incomplete = Incomplete { pending: 2, failed: 1 };
    let window = Interval::new(NOON - 3 * DAY, NOON + DAY);
    let message = verdict(&head(NOON - DAY, NOON), incomplete, window, policy(NOON + DAY)).message.unwrap();
    assert_eq!(
        message,
        "Analysis includes conversations up to 2024-12-20 14:30 UTC - may be missing recent conversations. \
         Conversations before 2024-12-19 14:30 UTC are not synced yet - \
         results from 2024-12-17 14:30 UTC on may be incomplete. \
         3 conversations in this timeframe are not fully synced yet"
    );
}

#[test]
fn an_incomplete_conversation_alone_makes_a_covered_window_partial() {
    let incomplete = Incomplete { pending: 0, failed: 1 };
    let verdict = verdict(&head(NOON - DAY, NOON), incomplete, Interval::new(NOON - DAY, NOON), policy(NOON));
    assert_eq!(verdict.state, State::Partial);
    assert_eq!(verdict.message.unwrap(), "1 conversation in this timeframe is not fully synced yet");
}

#[test]
fn an_open_window_runs_from_the_horizon_to_now_and_the_future_ends_now() {
    let horizon = policy(NOON).horizon;
    let open = normalise(Window::default(), policy(NOON)).unwrap();
    assert_eq!(open, Interval { start: horizon, end: Timestamp(NOON) });
    let future = Window { start: None, end: Some(Timestamp(NOON + DAY)) };
    assert_eq!(normalise(future, policy(NOON)).unwrap(), open);
}

#[test]
fn a_window_that_ends_before_it_starts_says_which_bound_is_wrong() {
    let backwards = Window { start: Some(Timestamp(NOON)), end: Some(Timestamp(NOON - DAY)) };
    let error = normalise(backwards, policy(NOON)).unwrap_err().to_string();
    assert!(error.contains("start 2024-12-20T14:30:00Z is after its end 2024-12-19T14:30:00Z"), "{error}");
    let future = Window { start: Some(Timestamp(NOON + DAY)), end: None };
    assert!(normalise(future, policy(NOON)).unwrap_err().to_string().contains("in the future"));
}

#[test]
fn a_scan_counts_only_once_the_head_has_passed_the_moment_it_ended() {
    let mut coverage = head(NOON - DAY, NOON);
    let range = Interval::new(NOON - 9 * DAY, NOON - DAY);
    coverage.add_scan(Scan { range, finished_at: Timestamp(NOON + 30) });
    assert_eq!(coverage.gaps(range), [range]);
    assert_eq!(coverage.unread(range), []);
    coverage.add_head(Interval::new(NOON - MINUTE, NOON + 29));
    assert_eq!(coverage.gaps(range), [range]);
    coverage.add_head(Interval::new(NOON - MINUTE, NOON + 30));
    assert_eq!(coverage.head(), Some(Interval::new(NOON - 9 * DAY, NOON + 30)));
    assert_eq!(coverage.awaiting(), []);
}

#[test]
fn what_is_sound_only_up_to_an_instant_is_claimed_no_further() {
    let coverage = Coverage::new([Interval::new(0, 100), Interval::new(200, 300)], []);
    assert_eq!(coverage.up_to(Timestamp(250)).proven(), [Interval::new(0, 100), Interval::new(200, 250)]);
    assert_eq!(coverage.up_to(Timestamp(150)).last_sync(), Some(Timestamp(100)));
    assert_eq!(coverage.up_to(Timestamp(400)), coverage);
}

#[test]
fn the_next_window_is_the_newest_piece_that_nobody_reads() {
    let coverage = head(1_000, 2_000);
    let wanted = Interval::new(0, 2_000);
    assert_eq!(next_window(&coverage, &[], wanted, 300), Some(Interval::new(700, 1_000)));
    let reading = [Interval::new(700, 1_000)];
    assert_eq!(next_window(&coverage, &reading, wanted, 300), Some(Interval::new(400, 700)));
    assert_eq!(next_window(&coverage, &[Interval::new(0, 1_000)], wanted, 300), None);
    assert_eq!(next_window(&coverage, &[], Interval::new(1_000, 2_000), 300), None);
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..60_i64, 0..20_i64).prop_map(|(start, length)| Interval::new(start, start + length))
}

/// A step that changes coverage.
#[derive(Clone, Debug)]
enum Step {
    Head(Interval),
    Scan(Interval, i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        interval().prop_map(Step::Head),
        (interval(), 0..80_i64).prop_map(|(range, at)| Step::Scan(range, at)),
    ]
}

fn apply(coverage: &mut Coverage, step: &Step) {
    match *step {
        Step::Head(range) => coverage.add_head(range),
        Step::Scan(range, at) => coverage.add_scan(Scan { range, finished_at: Timestamp(at) }),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_heads_equals_a_set_of_seconds(ranges in prop::collection::vec(interval(), 0..12)) {
        let mut coverage = Coverage::default();
        let mut seconds = std::collections::BTreeSet::new();
        for range in ranges {
            coverage.add_head(range);
            seconds.extend(range.start.0..range.end.0);
        }
        let held: Vec<i64> = coverage.proven().iter().flat_map(|span| span.start.0..span.end.0).collect();
        prop_assert_eq!(held, seconds.iter().copied().collect::<Vec<_>>());
        for pair in coverage.proven().windows(2) {
            prop_assert!(pair[0].end < pair[1].start, "disjoint, ordered, not touching");
        }
        let gaps: Vec<i64> =
            coverage.gaps(Interval::new(0, 90)).iter().flat_map(|gap| gap.start.0..gap.end.0).collect();
        prop_assert_eq!(gaps, (0..90).filter(|second| !seconds.contains(second)).collect::<Vec<_>>());
    }

    #[test]
    fn reloading_coverage_from_its_spans_and_scans_changes_nothing(steps in prop::collection::vec(step(), 0..12)) {
        let mut coverage = Coverage::default();
        for step in &steps {
            apply(&mut coverage, step);
        }
        let again = Coverage::new(coverage.proven().iter().copied(), coverage.awaiting().iter().copied());
        prop_assert_eq!(again, coverage);
    }

    #[test]
    fn a_fresh_window_is_covered_from_its_start_to_the_heads_end(
        steps in prop::collection::vec(step(), 0..12),
        window in interval(),
    ) {
        let mut coverage = Coverage::default();
        for step in &steps {
            apply(&mut coverage, step);
        }
        let policy = Policy { now: Timestamp(100), is_known: true, tolerance: 5, horizon: Timestamp(0) };
        let verdict = verdict(&coverage, NONE, window, policy);
        if verdict.state == State::Fresh {
            let last_sync = coverage.last_sync().unwrap();
            prop_assert_eq!(coverage.gaps(Interval { start: window.start, end: last_sync }), []);
            prop_assert!(last_sync >= window.end.minus(5));
            prop_assert!(verdict.message.is_none() && verdict.gaps.is_empty());
        } else {
            prop_assert!(verdict.message.is_some());
        }
    }

    #[test]
    fn filling_what_lies_below_the_head_never_worsens_a_verdict(
        steps in prop::collection::vec(step(), 1..12),
        fill in interval(),
        window in interval(),
    ) {
        let mut coverage = Coverage::default();
        for step in &steps {
            apply(&mut coverage, step);
        }
        let Some(head) = coverage.head() else { return Ok(()) };
        let policy = Policy { now: Timestamp(100), is_known: true, tolerance: 5, horizon: Timestamp(0) };
        let rank = |coverage: &Coverage| match verdict(coverage, NONE, window, policy).state {
            State::Stale => 0,
            State::Partial => 1,
            State::Fresh => 2,
        };
        let before = rank(&coverage);
        coverage.add_scan(Scan { range: fill, finished_at: head.end });
        prop_assert!(rank(&coverage) >= before);
    }

    #[test]
    fn the_next_window_is_wanted_unread_and_newest(
        steps in prop::collection::vec(step(), 0..8),
        reading in prop::collection::vec(interval(), 0..3),
        wanted in interval(),
        seconds in 1..30_i64,
    ) {
        let mut coverage = Coverage::default();
        for step in &steps {
            apply(&mut coverage, step);
        }
        let missing: Vec<i64> = coverage
            .unread(wanted)
            .iter()
            .flat_map(|gap| gap.start.0..gap.end.0)
            .filter(|second| !reading.iter().any(|range| (range.start.0..range.end.0).contains(second)))
            .collect();
        match next_window(&coverage, &reading, wanted, seconds) {
            None => prop_assert!(missing.is_empty()),
            Some(window) => {
                prop_assert!(window.seconds() <= seconds);
                prop_assert_eq!(Some(window.end.0 - 1), missing.last().copied());
                prop_assert!((window.start.0..window.end.0).all(|second| missing.contains(&second)));
            }
        }
    }
}
