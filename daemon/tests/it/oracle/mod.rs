//! The truth invariant, and liveness: whatever happens, an answer that says its data is complete is backed by the workspace's
//! own history at the instant the answer speaks of, and claims follow Intercom's clock but for what nobody could claim.
//!
//! Each schedule is a seed: changes, faults, clock jumps, kills, restarts and questions in random order, on one thread and
//! its paused time, so that it replays exactly. A failure is cut down to the steps that matter and printed with its
//! seed; `SYNCD_ORACLE_SEED=N` replays that one, `SYNCD_ORACLE_SCHEDULES=N` runs more, from `SYNCD_ORACLE_FIRST` on.

mod alone;
mod fields;
mod guards;
mod liveness;
mod run;
mod schedule;
mod shrink;
mod soak;

use run::run;
use schedule::{Schedule, Theme};

/// How many schedules a normal test run goes through, of all themes together.
const SCHEDULES: u64 = 63;
/// Schedules that once failed.
const ONCE_FAILED: [u64; 12] = [306, 546, 782, 1_445, 1_718, 3_344, 3_550, 3_965, 4_395, 4_904, 8_126, 8_684];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs the schedules of a theme, as many as are asked for.
fn holds(theme: Theme) {
    let seeds: Vec<u64> = match number("SYNCD_ORACLE_SEED") {
        Some(seed) => vec![seed],
        None => {
            let first = number("SYNCD_ORACLE_FIRST").unwrap_or(0);
            (first..number("SYNCD_ORACLE_SCHEDULES").unwrap_or(SCHEDULES)).chain(ONCE_FAILED).collect()
        }
    };
    let mut complete = 0;
    for schedule in seeds.into_iter().map(Schedule::of).filter(|schedule| schedule.theme == theme) {
        match run(&schedule) {
            Ok(digest) => complete += digest.complete_answers,
            // Whoever takes a guard away only wants to know that it is missed.
            Err(error) if std::env::var_os("SYNCD_MUTANT").is_some() => panic!("{error}"),
            Err(error) => {
                let seed = schedule.seed;
                let (least, least_error) = shrink::least(schedule, error.clone(), run);
                panic!(
                    "schedule {seed} failed: {error}\nreplay it with SYNCD_ORACLE_SEED={seed}; cut down:\n\
                     {least}{least_error}"
                );
            }
        }
    }
    println!("{complete} complete answers");
}

macro_rules! themes {
    ($($test:ident: $theme:ident),* $(,)?) => {
        mod no_false_claim_and_no_delay_under {
            $(
                #[test]
                fn $test() {
                    super::holds(super::Theme::$theme);
                }
            )*
        }
    };
}

themes![
    a_little_of_everything: Mixed,
    slow_pages: Paging,
    thousands_of_changes_in_a_second: Bulk,
    calls_that_fail: Faults,
    kills_and_restarts: Kills,
    wrong_clocks: Clocks,
    history_asked_for_bit_by_bit: Widening,
    late_changes: Late,
    one_thing_in_trouble: Alone,
];

#[test]
fn a_schedule_replays_exactly() {
    for seed in [1, 3, 5] {
        let schedule = Schedule::of(seed);
        assert_eq!(run(&schedule), run(&schedule), "{schedule}");
    }
}
