//! Which conversations are in the same language: a word says little where everybody who writes that language uses it,
//! however few those are. Of many it is known; of the others their words tell, the most frequent ones first.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use super::clusters::cluster;
use super::collection::{BREAK, Collection};
use super::reduce::{Sparse, reduce};

/// Words that languages are told by.
const MOST_ANCHORS: usize = 40;
/// Most frequent words by which related languages are told apart.
const USUAL: usize = 150;
/// Dimensions that conversations are compared in by those.
const DIMENSIONS: usize = 12;
/// Most languages among conversations that have frequent words in common.
const MOST_PARTS: usize = 12;
/// Conversations of such a language, at least.
const LEAST_PART: usize = 20;
/// The share of a conversation's words that tell its language, where nothing else does.
const ENOUGH: f32 = 0.3;
/// The cosine at which two groups write the same language.
const ALIKE: f32 = 0.5;

/// Scripts without spaces whose characters tell the language, first those that are mixed with others' characters: Japanese,
/// Korean, Thai, Lao, Burmese, Khmer. What has none of them is Chinese.
const SCRIPTS: [RangeInclusive<char>; 6] = [
    '\u{3040}'..='\u{30ff}',
    '\u{ac00}'..='\u{d7a3}',
    '\u{e00}'..='\u{e7f}',
    '\u{e80}'..='\u{eff}',
    '\u{1000}'..='\u{109f}',
    '\u{1780}'..='\u{17ff}',
];

/// Conversations by their languages.
pub(super) struct Split {
    /// Those in one language each.
    pub(super) known: Vec<Vec<usize>>,
    /// Those in what may be one language, or several related ones; those of which nothing tells it last.
    pub(super) others: Vec<Vec<usize>>,
}

/// Returns these conversations by their languages.
pub(super) fn split(collection: &Collection, sample: &[usize]) -> Split {
    let mut others = vec![Vec::new(); SCRIPTS.len() + 1];
    let mut by_words = Vec::new();
    for document in sample {
        match script(collection, collection.document(*document)) {
            Some(script) => others[script].push(*document),
            None => by_words.push(*document),
        }
    }
    let (known, unknown) = split_by_knowledge(collection, &by_words);
    others.extend(split_by_words(collection, &unknown));
    others.retain(|documents| !documents.is_empty());
    Split { known, others }
}

/// Returns the conversations of each language that enough of them are known to be in, where these are several, with such as use
/// the same words; and all others.
fn split_by_knowledge(collection: &Collection, sample: &[usize]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut known: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    for document in sample {
        if let Some(language) = collection.language(*document) {
            known.entry(language).or_default().push(*document);
        }
    }
    known.retain(|_, documents| documents.len() >= LEAST_PART);
    if known.len() < 2 {
        return (Vec::new(), sample.to_vec());
    }
    let languages: Vec<u8> = known.keys().copied().collect();
    let mut known: Vec<Vec<usize>> = known.into_values().collect();
    let mut spread = vec![vec![0_f32; known.len()]; collection.words().len()];
    for (language, documents) in known.iter().enumerate() {
        for number in documents.iter().flat_map(|document| set(collection.document(*document))) {
            spread[number as usize][language] += 1.0 / documents.len() as f32;
        }
    }
    // What each word says of the language: the share of it among all.
    for spread in &mut spread {
        let all: f32 = spread.iter().sum();
        spread.iter_mut().filter(|_| all > 0.0).for_each(|share| *share /= all);
    }
    let mut unknown = Vec::new();
    for document in sample {
        let is_known = collection.language(*document).is_some_and(|language| languages.contains(&language));
        if is_known {
            continue;
        }
        let words = set(collection.document(*document));
        let says =
            |language: usize| words.iter().map(|number| spread[*number as usize][language]).sum::<f32>();
        let best = (0..known.len()).map(|language| (says(language), language)).rev();
        match best.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((says, language)) if says > ENOUGH * words.len() as f32 => known[language].push(*document),
            _ => unknown.push(*document),
        }
    }
    known.iter_mut().for_each(|documents| documents.sort_unstable());
    (known, unknown)
}

/// Returns the script of a conversation, where most of it is written without spaces.
fn script(collection: &Collection, document: &[u32]) -> Option<usize> {
    let words = || document.iter().filter(|number| **number != BREAK).map(|number| collection.word(*number));
    let signs = || words().filter(|word| word.sign);
    let has =
        |script: &RangeInclusive<char>| signs().any(|word| word.folded.starts_with(|c| script.contains(&c)));
    let is_spaceless = 2 * signs().count() > words().count();
    is_spaceless.then(|| SCRIPTS.iter().position(has).unwrap_or(SCRIPTS.len()))
}

fn split_by_words(collection: &Collection, sample: &[usize]) -> Vec<Vec<usize>> {
    let words = collection.words().len();
    let sets: Vec<Vec<u32>> = sample.iter().map(|index| set(collection.document(*index))).collect();
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
    split
}

/// Parts conversations whose everyday words are not the same, though they have some of them in common, as related languages
/// do: they are grouped by the words that most of them use, and nothing else.
pub(super) fn part(collection: &Collection, documents: &[usize]) -> Vec<Vec<usize>> {
    if documents.len() < 2 * LEAST_PART {
        return vec![documents.to_vec()];
    }
    let mut counts = vec![0_usize; collection.words().len()];
    let words: Vec<Vec<u32>> = documents.iter().map(|document| set(collection.document(*document))).collect();
    for number in words.iter().flatten() {
        counts[*number as usize] += 1;
    }
    let mut usual: Vec<u32> = (0_u32..)
        .zip(&counts)
        .filter(|(_, count)| **count >= documents.len() / 50)
        .map(|(number, _)| number)
        .collect();
    usual.sort_by_key(|number| (std::cmp::Reverse(counts[*number as usize]), *number));
    usual.truncate(USUAL);
    let places: HashMap<u32, u32> = usual.iter().copied().zip(0..).collect();
    let vector = |words: &Vec<u32>| -> Sparse {
        let places: Vec<u32> = words.iter().filter_map(|number| places.get(number).copied()).collect();
        let weight = 1.0 / (places.len().max(1) as f32).sqrt();
        places.into_iter().map(|place| (place, weight)).collect()
    };
    let vectors: Vec<Sparse> = words.iter().map(vector).collect();
    let points = reduce(&vectors, usual.len(), DIMENSIONS);
    let groups = cluster(&points, MOST_PARTS, ALIKE);
    let mut parts = vec![Vec::new(); MOST_PARTS + 1];
    for (document, group) in documents.iter().zip(&groups) {
        parts[*group].push(*document);
    }
    // A few who write in an unusual way are no language.
    if parts.iter().any(|part| !part.is_empty() && part.len() < LEAST_PART) {
        let largest = (0..parts.len()).max_by_key(|part| parts[*part].len()).unwrap_or(0);
        for part in 0..parts.len() {
            if part != largest && parts[part].len() < LEAST_PART {
                let few = std::mem::take(&mut parts[part]);
                parts[largest].extend(few);
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// Returns the words of a conversation, each once, ascending.
fn set(document: &[u32]) -> Vec<u32> {
    let mut set: Vec<u32> = document.iter().copied().filter(|number| *number != BREAK).collect();
    set.sort_unstable();
    set.dedup();
    set
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::topics::Token;

    fn add(collection: &mut Collection, text: &str, language: Option<u8>) {
        for word in text.split(' ') {
            collection.push(Token { folded: word, written: word, sign: false, small: false, joined: true });
        }
        collection.end_document(language);
    }

    #[test]
    fn related_languages_are_apart_where_they_are_known_and_take_what_uses_their_words() {
        let mut collection = Collection::default();
        for number in 0..LEAST_PART {
            add(&mut collection, &format!("olá a encomenda de parada{number}"), Some(5));
            add(&mut collection, &format!("hola la encomienda de parada{number}"), Some(4));
        }
        let end = collection.len();
        add(&mut collection, "olá encomenda", None);
        add(&mut collection, "zdravím zásilka", None);
        // Too few for a language.
        add(&mut collection, "salve pacco", Some(6));
        let Split { known, others } = split(&collection, &(0..collection.len()).collect::<Vec<_>>());
        let spanish: Vec<usize> = (0..end).filter(|document| document % 2 == 1).collect();
        let portuguese: Vec<usize> = (0..end).filter(|document| document % 2 == 0).chain([end]).collect();
        assert_eq!(known, [spanish, portuguese]);
        assert_eq!(others, [[end + 1, end + 2]]);
    }
}
