//! Joins groups of conversations that have a word in common and that no other group has: short messages about the same
//! often share nothing else.

use super::collection::Collection;
use super::queries::worth;
use super::terms::Index;

/// The share of a group that has a word which is of the whole group.
const MOST_OF_A_GROUP: f32 = 0.75;
/// The share of those with a word that may be in other groups.
const FEW_ELSEWHERE: f32 = 0.12;

/// Joins the groups, those with the most frequent word first.
pub(super) fn join(collection: &Collection, index: &Index, groups: &mut [usize]) {
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut sizes = vec![0_u32; count];
    let mut held = vec![vec![0_u32; count]; index.terms.len()];
    for (document, group) in index.documents.iter().zip(&*groups) {
        sizes[*group] += 1;
        for (term, _) in document {
            held[*term as usize][*group] += 1;
        }
    }
    // What most use says nothing.
    let most = index.documents.len() / 2;
    let shared = |term: &usize| (4..=most.max(3)).contains(&(index.spread[*term] as usize));
    let mut terms: Vec<usize> = (0..index.terms.len()).filter(shared).collect();
    let value = |term: &usize| index.spread[*term] as f32 * worth(collection, &index.terms[*term]);
    terms.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.cmp(b)));
    let mut owner: Vec<usize> = (0..count).collect();
    // Each time groups are joined, what is most frequent may be of other groups.
    while let Some(joined) = terms.iter().find_map(|term| sharing(&held[*term], &sizes, index.spread[*term]))
    {
        let Some((first, others)) = joined.split_first() else { break };
        for other in others {
            sizes[*first] += std::mem::take(&mut sizes[*other]);
            for held in &mut held {
                held[*first] += std::mem::take(&mut held[*other]);
            }
            for owner in owner.iter_mut().filter(|owner| *owner == other) {
                *owner = *first;
            }
        }
    }
    groups.iter_mut().for_each(|group| *group = owner[*group]);
}

/// Returns the groups that have a term in common, where they are several and not all.
fn sharing(held: &[u32], sizes: &[u32], spread: u32) -> Option<Vec<usize>> {
    let whole = |group: &usize| held[*group] as f32 >= MOST_OF_A_GROUP * sizes[*group] as f32;
    let alive = (0..sizes.len()).filter(|group| sizes[*group] > 0);
    let (sharing, others): (Vec<usize>, Vec<usize>) = alive.partition(whole);
    let elsewhere: u32 = others.iter().map(|group| held[*group]).sum();
    let own = elsewhere as f32 <= FEW_ELSEWHERE * spread as f32;
    (sharing.len() > 1 && !others.is_empty() && own).then_some(sharing)
}
