//! What conversations are about, from their customers' own words. PURE: words in, topics out; no clock, no chance,
//! no lists of words, the same answer each time.
//!
//! Some of the conversations are grouped, each language for itself (`languages`), by the words that they share
//! (`clusters`, on few dimensions: `reduce`; `shared`); of each group the words that tell it from the others become a
//! search (`queries`) and a name (`names`). From then on a topic is what its search finds: all conversations are gone
//! through, and each is in the topic that its words speak for most.

mod clusters;
mod collection;
mod languages;
mod names;
mod queries;
mod reduce;
mod said;
mod shared;
mod spread;
mod terms;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use self::collection::{Collection, Token};
use self::queries::{Matcher, Weighted};
pub(crate) use self::said::own_words;
use self::terms::{Forms, Index, Term, parts};

/// Conversations that topics are learned from; the others are only gone through.
const LEARNED_FROM: usize = 4_000;
/// Most groups to begin with.
const MOST_GROUPS: usize = 48;
/// Dimensions that conversations are compared in.
const DIMENSIONS: usize = 32;
/// The cosine at which groups are one.
const ALIKE: f32 = 0.5;
/// How often groups are made, each time with what the groups before tell of the words.
const ROUNDS: usize = 2;

/// Conversations that are about the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Topic {
    /// A few words of the customers.
    pub(crate) name: String,
    /// A search for any of its words: it finds all of the topic's conversations.
    pub(crate) query: String,
    /// What that search looks for, in small letters.
    pub(crate) words: Vec<String>,
    /// The conversations, by their place in the collection, ascending: each is in one topic at most.
    pub(crate) members: Vec<usize>,
    /// Those that the search finds, though they are about another topic more, ascending.
    pub(crate) others: Vec<usize>,
    /// Members that are about it most clearly.
    pub(crate) typical: Vec<usize>,
}

/// What is learned of a group of conversations.
struct Learned {
    /// The terms that tell it from others of its language.
    terms: Vec<Weighted>,
    /// How much each word of its language tells; shared by the groups of one.
    telling: Rc<HashMap<u32, f32>>,
}

/// Finds the topics of a collection, the largest first.
pub(crate) fn find(collection: &Collection) -> Vec<Topic> {
    let step = collection.len().div_ceil(LEARNED_FROM).max(1);
    let sample: Vec<usize> = (0..collection.len()).step_by(step).collect();
    let forms = Forms::of(collection);
    let languages::Split { known, others } = languages::split(collection, &sample);
    let mut learned: Vec<Learned> =
        known.iter().flat_map(|language| learn(collection, &forms, language)).collect();
    learned.extend(others.iter().flat_map(|languages| learn_in_parts(collection, &forms, languages)));
    queries::settle(learned.iter_mut().map(|learned| &mut learned.terms).collect());
    learned.retain(|learned| !learned.terms.is_empty());
    let (mut topics, clear) = assign(collection, &forms, &learned);
    if clear.contains(&false) {
        let mut clear = clear.into_iter();
        learned.retain(|_| clear.next().unwrap_or(true));
        (topics, _) = assign(collection, &forms, &learned);
    }
    topics.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.query.cmp(&b.query)));
    topics
}

/// Learns from each of the related languages that conversations are in, or from all together, where the parts turn out to be
/// topics themselves: then there is nothing within one to tell it by.
fn learn_in_parts(collection: &Collection, forms: &Forms, sample: &[usize]) -> Vec<Learned> {
    let parts = languages::part(collection, sample);
    let learned: Vec<Vec<Learned>> = parts.iter().map(|part| learn(collection, forms, part)).collect();
    let is_telling = |learned: &Vec<Learned>| learned.iter().any(|learned| !learned.terms.is_empty());
    if parts.len() > 1 && !learned.iter().all(is_telling) {
        return learn(collection, forms, sample);
    }
    learned.into_iter().flatten().collect()
}

/// Groups some conversations in one language, and returns what tells the groups apart.
fn learn(collection: &Collection, forms: &Forms, sample: &[usize]) -> Vec<Learned> {
    // What two of a few share may be a topic, what two of thousands share is none.
    let least = u32::try_from(2 + sample.len() / 400).unwrap_or(u32::MAX);
    let index = Index::new(collection, forms, sample, least.min(3));
    if index.terms.is_empty() {
        return Vec::new();
    }
    let rarity = weights::rarity(collection, &index);
    let dimensions = DIMENSIONS.min(sample.len() / 4 + 2);
    let most = MOST_GROUPS.min(sample.len() / 6 + 2);
    let (mut groups, mut focus) = (Vec::new(), vec![1.0; index.terms.len()]);
    for _ in 0..ROUNDS {
        let vectors = weights::vectors(&index, &rarity, &focus);
        let points = reduce::reduce(&vectors, index.terms.len(), dimensions);
        groups = clusters::cluster(&points, most, ALIKE);
        // Who shares no word with anybody is like nobody.
        let alone = groups.iter().max().map_or(0, |most| most + 1);
        for (group, vector) in groups.iter_mut().zip(&vectors) {
            if vector.is_empty() {
                *group = alone;
            }
        }
        shared::join(collection, &index, &mut groups);
        focus = weights::focus(&index, &groups);
    }
    let word = |(term, focus): (&Term, &f32)| match parts(term) {
        [word] => Some((*word, *focus)),
        _ => None,
    };
    let telling: Rc<HashMap<u32, f32>> = Rc::new(index.terms.iter().zip(&focus).filter_map(word).collect());
    let mut chosen = queries::choose(collection, &index, &groups, &focus, &telling, least);
    // What most conversations of a language have one of is how people write in it.
    chosen.retain(|terms| !weights::is_everyday(index.with_any(terms), sample.len()));
    chosen.into_iter().map(|terms| Learned { terms, telling: Rc::clone(&telling) }).collect()
}

/// Puts each conversation into the topic that its words speak for most; says of each topic whether it is clear: whether it
/// has several conversations, and most of what its query finds, and goes not with whatever else is written about.
fn assign(collection: &Collection, forms: &Forms, learned: &[Learned]) -> (Vec<Topic>, Vec<bool>) {
    let mut matcher = Matcher::new(learned.iter().map(|learned| learned.terms.as_slice()));
    let mut members: Vec<Vec<(usize, f32)>> = vec![Vec::new(); learned.len()];
    let mut others: Vec<Vec<usize>> = vec![Vec::new(); learned.len()];
    let mut found: Vec<Vec<usize>> = Vec::new();
    for document in 0..collection.len() {
        let scores = matcher.scores(collection, forms, collection.document(document));
        let best = scores.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((topic, score)) = best.filter(|(_, score)| **score > 0.0) else { continue };
        members[topic].push((document, *score));
        for (other, score) in scores.iter().enumerate() {
            if other != topic && *score > 0.0 {
                others[other].push(document);
            }
        }
        let speak = scores.iter().enumerate().filter(|(_, score)| **score > 0.0);
        found.push(speak.map(|(topic, _)| topic).collect());
    }
    let kept = spread::kept(learned.len(), &found);
    let sizes = members.iter().map(Vec::len).zip(others.iter().map(Vec::len));
    let clear = sizes.zip(kept).map(|((members, others), kept)| kept && members > others.max(1)).collect();
    let topic = |Learned { terms, telling }: &Learned, members: Vec<(usize, f32)>, others: Vec<usize>| {
        let mut typical = members.clone();
        typical.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let members: Vec<usize> = members.into_iter().map(|(document, _)| document).collect();
        let named_by: Vec<usize> = members.iter().copied().take(LEARNED_FROM / 4).collect();
        Topic {
            name: names::name(collection, forms, &named_by, terms, telling),
            query: queries::write(collection, forms, terms).join(" OR "),
            words: queries::words(collection, forms, terms).collect(),
            typical: typical.into_iter().map(|(document, _)| document).take(50).collect(),
            members,
            others,
        }
    };
    let assigned = learned.iter().zip(members.into_iter().zip(others));
    (assigned.map(|(learned, (members, others))| topic(learned, members, others)).collect(), clear)
}
