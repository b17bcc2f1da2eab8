//! Schedules that a guard of the truth was made for, or that once led to a false claim or to a copy that never mended.

use std::time::Duration;

use proto::types::SyncMode;
use sim::{Body, FaultKind};

use super::run::run;
use super::schedule::{Ask, DAY, EVER, On, Schedule, Step, Theme};

/// Returns a schedule of these steps, in a small workspace that was copied.
fn plan(conversations: usize, latency: u64, settle: u64, steps: impl IntoIterator<Item = Step>) -> Schedule {
    Schedule {
        seed: 1,
        theme: Theme::Mixed,
        conversations,
        latency: Duration::from_millis(latency),
        lag: 0,
        wrong_by: 0,
        settle,
        interval: Duration::from_secs(1),
        history: 40,
        current_rows: false,
        steps: std::iter::once(Step::Pass(30_000)).chain(steps).collect(),
    }
}

fn holds(schedule: &Schedule) {
    if let Err(error) = run(schedule) {
        panic!("{error}\n{schedule}");
    }
}

/// The daemon is killed between the pages of its first scan.
#[test]
fn a_scan_that_is_cut_short_claims_nothing() {
    for halves in 2..9 {
        let steps = [Step::Kill, Step::Pass(60_000), Step::Check(Ask::All)];
        let mut schedule = plan(500, 1_000, 4, steps);
        schedule.steps[0] = Step::Pass(halves * 500);
        holds(&schedule);
    }
}

#[test]
fn what_is_indexed_behind_a_scan_that_is_held_up_is_not_claimed() {
    let one = |try_: u64| {
        let said = Step::Say { which: 0, lag: 1_900 };
        let steps = [Step::Pass(25_000 + 210 * try_), said, Step::Bulk { count: 499, dice: 1 }];
        let asks = [1_000, 3_000, 4_000].map(|ms| [Step::Pass(ms), Step::Check(Ask::Since(120))]);
        steps.into_iter().chain(asks.into_iter().flatten())
    };
    holds(&plan(500, 1_500, 2, (0..6).flat_map(one)));
}

/// Conversations change while what they did long ago is being listed, and the next look for changes is far.
#[test]
fn what_moves_on_while_an_older_span_is_listed_is_not_claimed() {
    for after in 0..9 {
        holds(&overtaken(after));
    }
}

fn overtaken(after: u64) -> Schedule {
    let older = Step::Sync { days: 30, mode: SyncMode::New };
    let moved = Step::Bulk { count: 200, dice: 1 };
    let asks =
        (0..20).flat_map(|_| [Step::Check(Ask::All), Step::Check(Ask::Since(30 * DAY)), Step::Pass(1_500)]);
    let steps = [older, Step::Pass(500 + 400 * after), moved, Step::Pass(500)].into_iter().chain(asks);
    let mut schedule = plan(500, 700, 4, steps);
    schedule.history = 5;
    schedule.interval = Duration::from_secs(30);
    schedule
}

#[test]
fn what_is_on_pages_that_cannot_be_read_is_not_claimed() {
    let fault = Step::Fault { on: On::Search, kind: FaultKind::MalformedJson, times: 600, percent: 100 };
    let said = Step::Say { which: 0, lag: 0 };
    holds(&plan(20, 20, 4, [fault, said, Step::Pass(180_000), Step::Check(Ask::All)]));
}

#[test]
fn what_cannot_be_listed_in_the_last_second_of_a_claim_is_not_claimed() {
    let kind = FaultKind::Status { code: 503, body: Body::Empty };
    let fault = Step::Fault { on: On::Page, kind, times: EVER, percent: 100 };
    // Only where a look ends its claim in that very second, it would be claimed; how long looks take is not told.
    for settle in 4..12 {
        for later in [0, 400, 800] {
            let begin = [fault.clone(), Step::Pass(later), Step::Trouble { lag: 0 }];
            let checks = (0..50).flat_map(|_| [Step::Pass(300), Step::Check(Ask::All)]);
            holds(&plan(29, 16, settle, begin.into_iter().chain(checks)));
        }
    }
}

#[test]
fn two_things_that_are_said_within_a_second_are_both_there() {
    let said = |which: u64| Step::Say { which, lag: 0 };
    let one = |which: u64| [said(which), Step::Pass(300), said(which), Step::Pass(4_750)];
    holds(&plan(20, 20, 4, (0..20).flat_map(one)));
}

/// Something is said while an answer that knows nothing of it is on its way to somebody who asked for it.
#[test]
fn an_answer_that_was_overtaken_replaces_nothing_newer() {
    let said = Step::Say { which: 0, lag: 0 };
    let steps = [drip(), Step::Refresh { which: 0 }, Step::Pass(500), said, Step::Pass(40_000)];
    holds(&plan(20, 20, 4, steps.into_iter().chain([Step::Check(Ask::All)])));
}

/// Something is said while an answer that knows nothing of it is on its way to the sync.
#[test]
fn details_that_are_older_than_their_listing_settle_nothing() {
    let said = Step::Say { which: 0, lag: 0 };
    let steps = [drip(), said.clone(), Step::Pass(4_500), said, Step::Pass(40_000)];
    holds(&plan(20, 20, 4, steps.into_iter().chain([Step::Check(Ask::All)])));
}

fn drip() -> Step {
    let kind = FaultKind::SlowDrip { pieces: 4, pause: Duration::from_millis(5_500) };
    Step::Fault { on: On::Details, kind, times: 1, percent: 100 }
}

#[test]
fn what_is_said_between_intercoms_clock_going_back_and_the_next_look_is_not_lost() {
    let steps = [
        Step::Slip { by: 439, ms: 55_000 },
        Step::Pass(60_000),
        Step::Check(Ask::All),
        Step::Sleep(900),
        Step::Pass(40_000),
        Step::Check(Ask::All),
    ];
    let schedule = plan(20, 60, 4, steps);
    holds(&Schedule { interval: Duration::from_secs(30), ..schedule });
}

#[test]
fn what_is_said_after_a_claim_by_a_clock_that_was_ahead_is_found_after_a_sleep_and_a_restart() {
    holds(&Schedule {
        seed: 509,
        theme: Theme::Clocks,
        wrong_by: -4_712,
        interval: Duration::from_secs(30),
        steps: vec![Step::Slip { by: 454, ms: 5_050 }, Step::Sleep(156_363), Step::Restart],
        ..plan(71, 86, 60, [])
    });
}
