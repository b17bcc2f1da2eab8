//! What is counted and measured of some conversations. Pure.

use proto::types::{Figures, Spread};

use crate::store::measure::{Answer, Answered, Measure, StateCode};

/// Counts and measures conversations; of answers only those of one responder, where one is given.
pub(super) fn figures<'a>(rows: impl Iterator<Item = &'a Measure>, responder: Option<i64>) -> Figures {
    let mut figures = Figures::default();
    let is_meant = |answer: &&Answer<i64>| responder.is_none_or(|responder| answer.by == responder);
    let (mut messages, mut firsts, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first_closes, mut closes) = (Vec::new(), Vec::new());
    let mut customers = Vec::new();
    for row in rows {
        figures.conversations += 1;
        match row.state {
            StateCode::Open => figures.open += 1,
            StateCode::Snoozed => figures.snoozed += 1,
            StateCode::Closed => figures.closed += 1,
            StateCode::Other => {}
        }
        figures.unanswered += u64::from(row.state == StateCode::Open && row.answered == Answered::No);
        figures.waiting += u64::from(row.waiting.is_some());
        figures.answered_by_bot += u64::from(row.bot);
        figures.reopened += u64::from(row.reopened > 0);
        customers.extend(row.contact);
        messages.push(row.messages.unsigned_abs());
        let first = row.answers.first().filter(|_| row.answered == Answered::Yes).filter(is_meant);
        firsts.extend(first.map(|answer| answer.after.unsigned_abs()));
        all.extend(row.answers.iter().filter(is_meant).map(|answer| answer.after.unsigned_abs()));
        first_closes.extend(row.first_close.map(i64::unsigned_abs));
        closes.extend(row.closed.map(i64::unsigned_abs));
    }
    customers.sort_unstable();
    customers.dedup();
    figures.customers = customers.len() as u64;
    figures.messages = messages.iter().sum();
    figures.messages_each = spread(messages);
    figures.first_response = spread(firsts);
    figures.response = spread(all);
    figures.time_to_first_close = spread(first_closes);
    figures.time_to_close = spread(closes);
    figures
}

/// Returns how values are spread, by nearest rank.
fn spread(mut values: Vec<u64>) -> Option<Spread> {
    let (min, max) = (*values.iter().min()?, *values.iter().max()?);
    let count = values.len();
    // Exact up to 2^53, which is 285 million years of seconds.
    let mean = (values.iter().sum::<u64>() as f64 / count as f64 * 10.0).round() / 10.0;
    // Each is looked for among those that lie below the one before: much less work than to sort them all.
    let mut below = values.as_mut_slice();
    let [p95, p90, median] = [95, 90, 50].map(|share| {
        let place = (count * share).div_ceil(100).max(1) - 1;
        let value = *below.select_nth_unstable(place).1;
        let lower = std::mem::take(&mut below);
        below = &mut lower[..=place];
        value
    });
    Some(Spread { count: count as u64, mean, min, median, p90, p95, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let of = |values: &[u64]| spread(values.to_vec());
        assert_eq!(of(&[]), None);
        let one = Spread { count: 1, mean: 7.0, min: 7, median: 7, p90: 7, p95: 7, max: 7 };
        assert_eq!(of(&[7]), Some(one));
        let two = of(&[30, 10]).map(|spread| (spread.median, spread.p90, spread.mean));
        assert_eq!(two, Some((10, 30, 20.0)));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let spread = of(&hundred).map(|spread| (spread.median, spread.p90, spread.p95, spread.max));
        assert_eq!(spread, Some((50, 90, 95, 100)));
        let mut dice = fastrand::Rng::with_seed(1);
        for length in 1..300 {
            let values: Vec<u64> = (0..length).map(|_| dice.u64(0..40)).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = |share: usize| sorted[(sorted.len() * share).div_ceil(100) - 1];
            let found =
                of(&values).map(|spread| [spread.min, spread.median, spread.p90, spread.p95, spread.max]);
            assert_eq!(found, Some([sorted[0], rank(50), rank(90), rank(95), rank(100)]), "{values:?}");
        }
    }
}
