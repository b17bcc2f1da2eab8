//! Cuts a failing schedule down to the steps that it fails by.

use std::time::{Duration, Instant};

use super::run::Digest;
use super::schedule::Schedule;

/// The most time that is spent on it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Returns the shortest schedule found that still fails, and how it does.
pub(super) fn least(
    mut schedule: Schedule,
    mut error: String,
    run: impl Fn(&Schedule) -> Result<Digest, String>,
) -> (Schedule, String) {
    let began = Instant::now();
    let mut piece = schedule.steps.len().div_ceil(2);
    while piece > 0 {
        let mut place = 0;
        while place < schedule.steps.len() && began.elapsed() < PATIENCE {
            let mut shorter = schedule.clone();
            shorter.steps.drain(place..(place + piece).min(shorter.steps.len()));
            match run(&shorter) {
                Err(worse) => (schedule, error) = (shorter, worse),
                Ok(_) => place += piece,
            }
        }
        piece = if piece == 1 { 0 } else { piece.div_ceil(2) };
    }
    (schedule, error)
}
