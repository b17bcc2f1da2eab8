//! The words by which a search finds a group of conversations: as few as find most of it and little else.

use std::collections::HashMap;

use super::collection::Collection;
use super::terms::{Forms, Index, Term, each, parts, write as write_words};
use super::weights::{TELLING, is_everyday};

/// Most terms of a query.
const MOST_TERMS: usize = 8;
/// How much more frequent a term is within the group than outside, at least.
const LEAST_LIFT: f32 = 3.0;
/// What a conversation that does not belong to the group costs, in such that do.
const COST: f32 = 1.2;

/// A term, and how much it speaks for its group.
#[derive(Clone, Debug)]
pub(super) struct Weighted {
    pub(super) term: Term,
    pub(super) weight: f32,
}

/// Returns terms for each group, the one that finds most first; none for a group that no words tell apart.
pub(super) fn choose(
    collection: &Collection,
    index: &Index,
    groups: &[usize],
    focus: &[f32],
    telling: &HashMap<u32, f32>,
    least: u32,
) -> Vec<Vec<Weighted>> {
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); index.terms.len()];
    for (document, terms) in (0_u32..).zip(&index.documents) {
        for (term, _) in terms {
            holders[*term as usize].push(document);
        }
    }
    let tells = |term: &usize| {
        let words =
            parts(&index.terms[*term]).iter().map(|word| telling.get(word).copied().unwrap_or(focus[*term]));
        let is_everyday = is_everyday(index.spread[*term], index.documents.len());
        !is_everyday && focus[*term] >= TELLING && words.fold(1.0, f32::min) >= TELLING
    };
    let candidates: Vec<usize> = (0..index.terms.len()).filter(tells).collect();
    let worth: Vec<f32> = candidates.iter().map(|term| worth(collection, &index.terms[*term])).collect();
    let candidates: Vec<(usize, f32)> = candidates.into_iter().zip(worth).collect();
    (0..count).map(|group| of(index, &holders, groups, group, &candidates, least)).collect()
}

/// Leaves a term that several groups chose to the one that it speaks for most.
pub(super) fn settle(chosen: Vec<&mut Vec<Weighted>>) {
    let mut best: HashMap<Term, (f32, usize)> = HashMap::new();
    for (group, terms) in chosen.iter().enumerate() {
        for Weighted { term, weight } in terms.iter() {
            let speaks = best.entry(*term).or_insert((*weight, group));
            if *weight > speaks.0 {
                *speaks = (*weight, group);
            }
        }
    }
    for (group, terms) in chosen.into_iter().enumerate() {
        terms.retain(|weighted| best.get(&weighted.term).is_some_and(|(_, owner)| *owner == group));
    }
}

/// Returns how good a term is in a query, where others find as much: whole words rather than pairs of them, and longer
/// ones, since the shortest are those that hold sentences together in every language.
pub(super) fn worth(collection: &Collection, term: &Term) -> f32 {
    let words = parts(term);
    if words.iter().all(|word| collection.word(*word).sign) {
        return 1.0 + 0.02 * words.len() as f32;
    }
    let letters = words.iter().map(|word| collection.word(*word).folded.chars().count()).max().unwrap_or(0);
    let whole = if words.len() == 1 { 1.1 } else { 1.0 };
    whole * [0.6, 0.6, 0.7, 0.9, 0.97].get(letters).copied().unwrap_or(1.0)
}

fn of(
    index: &Index,
    holders: &[Vec<u32>],
    groups: &[usize],
    group: usize,
    candidates: &[(usize, f32)],
    least: u32,
) -> Vec<Weighted> {
    let size = groups.iter().filter(|other| **other == group).count();
    let others = groups.len() - size;
    if size < least as usize {
        return Vec::new();
    }
    let inside = |document: &u32| groups[*document as usize] == group;
    let lift = |holders: &[u32]| {
        let within = holders.iter().filter(|document| inside(document)).count();
        let without = holders.len() - within;
        ((within as f32 + 0.5) / (size as f32 + 1.0)) / ((without as f32 + 0.5) / (others as f32 + 1.0))
    };
    let mut candidates: Vec<(usize, f32, f32)> = candidates
        .iter()
        .map(|(term, worth)| (*term, *worth, lift(&holders[*term])))
        .filter(|(_, _, lift)| *lift >= LEAST_LIFT)
        .collect();
    let mut covered = vec![false; groups.len()];
    let mut chosen = Vec::new();
    let enough = (size as f32 * 0.015).max(1.5);
    while chosen.len() < MOST_TERMS {
        let gain = |term: usize| {
            let new = holders[term].iter().filter(|document| !covered[**document as usize]);
            new.map(|document| if inside(document) { 1.0 } else { -COST }).sum::<f32>()
        };
        let best = candidates
            .iter()
            .map(|(term, worth, lift)| (worth * gain(*term), *lift, *term))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(b.2.cmp(&a.2)));
        let Some((gain, lift, term)) = best else { break };
        if gain < enough {
            break;
        }
        candidates.retain(|(other, ..)| *other != term);
        for document in &holders[term] {
            covered[*document as usize] = true;
        }
        chosen.push(Weighted { term: index.terms[term], weight: lift.ln() });
    }
    chosen
}

/// Which groups the terms of a conversation speak for.
pub(super) struct Matcher {
    terms: HashMap<Term, (usize, f32)>,
    scores: Vec<f32>,
    seen: Vec<Term>,
}

impl Matcher {
    pub(super) fn new<'c>(chosen: impl Iterator<Item = &'c [Weighted]>) -> Self {
        let (mut by_term, mut groups) = (HashMap::new(), 0);
        for terms in chosen {
            by_term.extend(terms.iter().map(|weighted| (weighted.term, (groups, weighted.weight))));
            groups += 1;
        }
        Self { terms: by_term, scores: vec![0.0; groups], seen: Vec::new() }
    }

    /// Returns how much a conversation's terms speak for each group; 0 where the group's query does not find it.
    pub(super) fn scores(&mut self, collection: &Collection, forms: &Forms, document: &[u32]) -> &[f32] {
        let Self { terms, scores, seen } = self;
        scores.fill(0.0);
        seen.clear();
        each(collection, forms, document, |term| {
            if let Some((group, weight)) = terms.get(&term) {
                // The second time says less.
                let said = if seen.contains(&term) { 0.1 } else { 1.0 };
                seen.push(term);
                scores[*group] += weight * said;
            }
        });
        scores
    }
}

/// Returns what each term is written as, in small letters.
pub(super) fn words(
    collection: &Collection,
    forms: &Forms,
    terms: &[Weighted],
) -> impl Iterator<Item = String> {
    terms.iter().map(|weighted| {
        let usual: Vec<u32> = parts(&weighted.term).iter().map(|word| forms.usual(*word)).collect();
        write_words(collection, &usual).to_lowercase()
    })
}

/// Returns each term as it is typed into a search.
pub(super) fn write(collection: &Collection, forms: &Forms, terms: &[Weighted]) -> Vec<String> {
    let typed = |(words, weighted): (String, &Weighted)| {
        // Several words, and such as mean something to the search, stand in quotation marks.
        let plain = parts(&weighted.term).len() == 1 && !["or", "and", "not"].contains(&words.as_str());
        if plain { words } else { format!("\"{words}\"") }
    };
    self::words(collection, forms, terms).zip(terms).map(typed).collect()
}
