//! How much each term says: the more, the fewer use it, and the more it keeps to some
//! groups of conversations. So words that everybody needs fall out without a list of them.

use super::collection::Collection;
use super::reduce::Sparse;
use super::terms::{Counted, Index, Term, parts};

/// Share of the conversations above which a term says nothing.
const EVERYWHERE: f32 = 0.5;
/// Share of them above which it cannot be what a topic is found by.
const EVERYDAY: f32 = 0.6;
/// In so few conversations, whatever is shared may tell something.
const FEW: usize = 8;

/// What is left to a term that keeps to no group.
const FLOOR: f32 = 0.05;
/// How much a word keeps to some groups, at least, that can tell what a topic is.
pub(super) const TELLING: f32 = 0.12;

/// Says whether so many of a language's conversations have it that it is how people write.
pub(super) fn is_everyday(have: u32, size: usize) -> bool {
    exceeds(have, size, EVERYDAY)
}

fn exceeds(have: u32, size: usize, share: f32) -> bool {
    have as f32 > share * size as f32 && size > FEW
}

/// Returns what each term says: the logarithm of how rare it is. Pairs of words say what their words do.
pub(super) fn rarity(collection: &Collection, index: &Index) -> Vec<f32> {
    let size = index.documents.len();
    let rare = |have: &u32| {
        if exceeds(*have, size, EVERYWHERE) { 0.0 } else { ((size as f32 + 1.0) / *have as f32).ln() }
    };
    let is_pair =
        |term: &Term| parts(term).len() > 1 && !parts(term).iter().all(|word| collection.word(*word).sign);
    let weigh = |(term, have): (&Term, &u32)| if is_pair(term) { 0.0 } else { rare(have) };
    index.terms.iter().zip(&index.spread).map(weigh).collect()
}

/// Returns how much each term keeps to some of the groups: 0 where it is spread as all terms are, 1 where one has it alone.
pub(super) fn focus(index: &Index, groups: &[usize]) -> Vec<f32> {
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut sizes = vec![0_f32; count];
    let mut held = vec![vec![0_f32; count]; index.terms.len()];
    for (document, group) in index.documents.iter().zip(groups) {
        sizes[*group] += 1.0;
        for (term, _) in document {
            held[*term as usize][*group] += 1.0;
        }
    }
    let all: f32 = sizes.iter().sum();
    held.iter()
        .map(|held| {
            let total: f32 = held.iter().sum();
            // A few occurrences prove little: each group is given its share of one more.
            let share = |(held, size): (&f32, &f32)| {
                let expected = size / all;
                let have = (held + expected) / (total + 1.0);
                if expected > 0.0 { have * (have / expected).ln() } else { 0.0 }
            };
            let gain: f32 = held.iter().zip(&sizes).map(share).sum();
            (gain / (count.max(2) as f32).ln()).clamp(0.0, 1.0)
        })
        .collect()
}

/// Weighs documents by what their terms say, each one long.
pub(super) fn vectors(index: &Index, rarity: &[f32], focus: &[f32]) -> Vec<Sparse> {
    let vector = |document: &Counted| {
        let weigh = |(term, times): &(u32, u32)| {
            let said = rarity[*term as usize] * (FLOOR + focus[*term as usize]);
            (*term, said * (1.0 + (*times as f32).ln()))
        };
        let mut vector: Sparse = document.iter().map(weigh).filter(|(_, weight)| *weight > 0.0).collect();
        let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        vector
    };
    index.documents.iter().map(vector).collect()
}
