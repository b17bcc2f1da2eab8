//! The truth invariant: whatever happens, an answer that says its data is complete is backed by the workspace's own
//! history at the instant the answer speaks of.
//!
//! Each schedule is a seed: changes, faults, clock jumps, kills, restarts and questions in random order, on one thread and
//! its paused time, so that it replays exactly. A failure is cut down to the steps that matter and printed with its
//! seed; `SYNCD_ORACLE_SEED=N` replays that one, `SYNCD_ORACLE_SCHEDULES=N` runs more.

mod regressions;
mod run;
mod schedule;
mod shrink;
mod truth;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use run::run;
use schedule::Schedule;

/// How many schedules a normal test run goes through.
const SCHEDULES: u64 = 200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn no_schedule_of_changes_faults_clocks_and_kills_leads_to_a_false_claim() {
    let (from, until) = match number("SYNCD_ORACLE_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("SYNCD_ORACLE_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    let (next, failed, complete) = (AtomicU64::new(from), Mutex::new(BTreeMap::new()), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= until {
                        return;
                    }
                    match run(&Schedule::of(seed)) {
                        Ok(digest) => drop(complete.fetch_add(digest.complete_answers, Ordering::Relaxed)),
                        Err(error) => drop(failed.lock().unwrap().insert(seed, error)),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    if let Some((seed, error)) = failed.first_key_value() {
        let others: Vec<&u64> = failed.keys().skip(1).collect();
        let (least, least_error) = shrink::least(Schedule::of(*seed), error.clone(), run);
        panic!(
            "schedule {seed} failed, and so did {others:?}: {error}\nreplay it with SYNCD_ORACLE_SEED={seed}; cut down:\n\
             {least}{least_error}"
        );
    }
    println!("{} complete answers in {} schedules", complete.into_inner(), until - from);
}

#[test]
fn a_schedule_replays_exactly() {
    for seed in [1, 3, 5] {
        let schedule = Schedule::of(seed);
        assert_eq!(run(&schedule), run(&schedule), "{schedule}");
    }
}
