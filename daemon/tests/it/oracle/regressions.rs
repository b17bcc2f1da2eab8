//! Schedules that once led to a false claim or to a copy that never mended.

use std::time::Duration;

use super::run::run;
use super::schedule::{Ask, Schedule, Step, Theme};

/// Runs these steps in a small workspace.
fn holds(steps: Vec<Step>) {
    let schedule = Schedule {
        seed: 1,
        theme: Theme::Mixed,
        conversations: 20,
        latency: Duration::from_millis(60),
        lag: 0,
        wrong_by: 0,
        settle: 4,
        interval: Duration::from_secs(30),
        history: 40,
        steps,
    };
    if let Err(error) = run(&schedule) {
        panic!("{error}\n{schedule}");
    }
}

#[test]
fn what_is_said_between_intercoms_clock_going_back_and_the_next_look_is_not_lost() {
    holds(vec![
        Step::Pass(20_000),
        Step::Slip { by: 439, ms: 55_000 },
        Step::Pass(60_000),
        Step::Check(Ask::All),
        Step::Sleep(900),
        Step::Pass(40_000),
        Step::Check(Ask::All),
    ]);
}

#[test]
fn what_is_said_after_a_claim_by_a_clock_that_was_ahead_is_found_after_a_sleep_and_a_restart() {
    let schedule = Schedule {
        seed: 509,
        theme: Theme::Clocks,
        conversations: 71,
        latency: Duration::from_millis(86),
        lag: 0,
        wrong_by: -4_712,
        settle: 60,
        interval: Duration::from_secs(30),
        history: 40,
        steps: vec![Step::Slip { by: 454, ms: 5_050 }, Step::Sleep(156_363), Step::Restart],
    };
    if let Err(error) = run(&schedule) {
        panic!("{error}\n{schedule}");
    }
}
