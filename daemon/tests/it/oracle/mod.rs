//! The truth invariant: whatever happens, an answer that says its data is complete is backed by the workspace's own
//! history at the instant the answer speaks of.
//!
//! Each schedule is a seed: changes, faults, clock jumps, kills, restarts and questions in random order, on one thread and
//! its paused time, so that it replays exactly. A failure is cut down to the steps that matter and printed with its
//! seed; `SYNCD_ORACLE_SEED=N` replays that one, `SYNCD_ORACLE_SCHEDULES=N` runs more.

mod mutations;
mod regressions;
mod run;
mod schedule;
mod shrink;
mod soak;
mod truth;

use std::collections::BTreeMap;
use std::sync::Mutex;

use run::run;
use schedule::Schedule;

/// How many schedules a normal test run goes through.
const SCHEDULES: u64 = 200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Does something with each of these, on as many threads as there are processors.
fn each_on_a_thread<T: Send, R: Send>(
    these: impl IntoIterator<Item = T>,
    what: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let these: Vec<T> = these.into_iter().collect();
    let (left, done) = (Mutex::new(these.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(next) = left.lock().unwrap().next() else { return };
                    let result = what(next);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

#[test]
fn no_schedule_of_changes_faults_clocks_and_kills_leads_to_a_false_claim() {
    let (from, until) = match number("SYNCD_ORACLE_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("SYNCD_ORACLE_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    let runs = each_on_a_thread(from..until, |seed| (seed, run(&Schedule::of(seed))));
    let complete: u64 =
        runs.iter().filter_map(|(_, run)| run.as_ref().ok()).map(|run| run.complete_answers).sum();
    let failed: BTreeMap<_, _> =
        runs.into_iter().filter_map(|(seed, run)| Some((seed, run.err()?))).collect();
    if let Some((seed, error)) = failed.first_key_value() {
        let others: Vec<&u64> = failed.keys().skip(1).collect();
        let (least, least_error) = shrink::least(Schedule::of(*seed), error.clone(), run);
        panic!(
            "schedule {seed} failed, and so did {others:?}: {error}\nreplay it with SYNCD_ORACLE_SEED={seed}; cut down:\n\
             {least}{least_error}"
        );
    }
    println!("{complete} complete answers in {} schedules", until - from);
}

#[test]
fn a_schedule_replays_exactly() {
    for seed in [1, 3, 5] {
        let schedule = Schedule::of(seed);
        assert_eq!(run(&schedule), run(&schedule), "{schedule}");
    }
}
