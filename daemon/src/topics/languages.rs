//! Which conversations are in the same language, as far as their most frequent words tell: a word says little where
//! everybody who writes that language uses it, however few those are.

use super::collection::{BREAK, Collection};

/// Words that languages are told by.
const MOST_ANCHORS: usize = 40;

/// Returns these conversations by their languages, those in none that is known last.
pub(super) fn split(collection: &Collection, sample: &[usize]) -> Vec<Vec<usize>> {
    let words = collection.words().len();
    let sets: Vec<Vec<u32>> = sample
        .iter()
        .map(|index| {
            let mut set: Vec<u32> =
                collection.document(*index).iter().copied().filter(|number| *number != BREAK).collect();
            set.sort_unstable();
            set.dedup();
            set
        })
        .collect();
    let least = (sets.len() / 100).max(3);
    // The most frequent word, then the most frequent one where that is not used, and so on.
    let mut anchors: Vec<u32> = Vec::new();
    let mut open: Vec<usize> = (0..sets.len()).collect();
    let mut counts = vec![0_usize; words];
    while anchors.len() < MOST_ANCHORS {
        counts.fill(0);
        for set in &open {
            for number in &sets[*set] {
                counts[*number as usize] += 1;
            }
        }
        let Some((count, number)) = counts
            .iter()
            .zip(0_u32..)
            .map(|(count, number)| (*count, number))
            .max_by_key(|(count, number)| (*count, u32::MAX - number))
        else {
            break;
        };
        if count < least {
            break;
        }
        anchors.push(number);
        open.retain(|set| sets[*set].binary_search(&number).is_err());
    }
    let languages = join(&anchors, &sets);
    let mut split = vec![Vec::new(); anchors.len() + 1];
    for (document, set) in sample.iter().zip(&sets) {
        let mut votes = vec![0_u32; anchors.len()];
        for (anchor, language) in anchors.iter().zip(&languages) {
            if set.binary_search(anchor).is_ok() {
                votes[*language] += 1;
            }
        }
        let most = votes.iter().enumerate().rev().max_by_key(|(_, count)| **count);
        let language = most.filter(|(_, count)| **count > 0).map_or(anchors.len(), |(language, _)| language);
        split[language].push(*document);
    }
    split.retain(|documents| !documents.is_empty());
    split
}

/// Returns a language for each anchor: that of the first one with which it is used together about as often as chance has it.
fn join(anchors: &[u32], sets: &[Vec<u32>]) -> Vec<usize> {
    let has: Vec<Vec<bool>> = anchors
        .iter()
        .map(|anchor| sets.iter().map(|set| set.binary_search(anchor).is_ok()).collect())
        .collect();
    let count = |one: &[bool]| one.iter().filter(|has| **has).count();
    let mut languages: Vec<usize> = Vec::new();
    for (at, one) in has.iter().enumerate() {
        let alike = has[..at].iter().position(|other| {
            let both = one.iter().zip(other).filter(|(a, b)| **a && **b).count();
            2 * both * sets.len() >= count(one) * count(other)
        });
        languages.push(alike.map_or(at, |other| languages[other]));
    }
    languages
}
