//! What a topic is called: words of the customers in the order that they use, as they write them.

use std::collections::HashMap;

use super::collection::{BREAK, Collection};
use super::queries::Weighted;
use super::terms::{Forms, parts, write};
use super::weights::TELLING;

/// Most words of a phrase.
const MOST_WORDS: usize = 4;
/// Most characters of a phrase without spaces.
const MOST_SIGNS: usize = 10;
/// The share of the conversations with a topic's first word that a phrase has to have.
const SHARE: f32 = 0.12;
/// The share of those with a piece of text without spaces that have what stands around it, too.
const WHOLE: f32 = 0.6;

/// Names a topic by its terms and the conversations that are about it; `telling` says how much a word by itself tells.
pub(super) fn name(
    collection: &Collection,
    forms: &Forms,
    members: &[usize],
    terms: &[Weighted],
    telling: &HashMap<u32, f32>,
) -> String {
    let Some(first) = terms.first() else { return String::new() };
    let whole = phrase(collection, forms, members, parts(&first.term), telling);
    let mut name = write(collection, &whole);
    if whole.len() == 1 || whole.iter().all(|number| collection.word(*number).sign) {
        // One word may be too little to tell what it is about.
        let other =
            terms.iter().skip(1).find(|other| parts(&other.term).iter().all(|part| !whole.contains(part)));
        if let Some(other) = other {
            name.push_str(", ");
            let piece = phrase_of_signs(collection, members, parts(&other.term));
            let usual: Vec<u32> = piece.iter().map(|word| forms.usual(*word)).collect();
            name.push_str(&write(collection, &usual));
        }
    }
    name
}

/// Returns the phrase with these words that says most: often used, and of words that tell something.
fn phrase(
    collection: &Collection,
    forms: &Forms,
    members: &[usize],
    core: &[u32],
    telling: &HashMap<u32, f32>,
) -> Vec<u32> {
    if core.iter().any(|number| collection.word(*number).sign) {
        return phrase_of_signs(collection, members, core);
    }
    let tells = |number: &u32| telling.get(number).copied().unwrap_or(0.0);
    let mut counts: HashMap<Vec<u32>, Used> = HashMap::new();
    let mut with_core = 0_u32;
    for member in members {
        let mut has_core = false;
        for line in collection.document(*member).split(|number| *number == BREAK) {
            let bases: Vec<u32> = line.iter().map(|number| forms.base(*number)).collect();
            for at in places(&bases, core) {
                has_core = true;
                for start in (at + core.len()).saturating_sub(MOST_WORDS)..=at {
                    for end in at + core.len()..=(start + MOST_WORDS).min(line.len()) {
                        let words = &bases[start..end];
                        let ends = [words.first(), words.last()];
                        if words.len() > 1 && ends.iter().flatten().all(|end| tells(end) >= TELLING) {
                            counts.entry(words.to_vec()).or_default().add(*member, &line[start..end]);
                        }
                    }
                }
            }
        }
        with_core += u32::from(has_core);
    }
    let least = (with_core as f32 * SHARE).max(2.0);
    let value = |words: &[u32], used: &Used| used.conversations as f32 * words.iter().map(tells).sum::<f32>();
    let best = counts
        .into_iter()
        .filter(|(_, used)| used.conversations as f32 >= least)
        .max_by(|(a, x), (b, y)| value(a, x).total_cmp(&value(b, y)).then(b.cmp(a)));
    best.and_then(|(_, used)| used.usual())
        .unwrap_or_else(|| core.iter().map(|word| forms.usual(*word)).collect())
}

/// In how many conversations a phrase is used, and in which forms of its words.
#[derive(Default)]
struct Used {
    conversations: u32,
    last: Option<usize>,
    forms: Vec<(Vec<u32>, u32)>,
}

impl Used {
    fn add(&mut self, conversation: usize, words: &[u32]) {
        if self.last == Some(conversation) {
            return;
        }
        self.last = Some(conversation);
        self.conversations += 1;
        match self.forms.iter_mut().find(|(form, _)| *form == words) {
            Some((_, count)) => *count += 1,
            None => self.forms.push((words.to_vec(), 1)),
        }
    }

    fn usual(self) -> Option<Vec<u32>> {
        let usual = self.forms.into_iter().rev().max_by_key(|(_, count)| *count);
        usual.map(|(form, _)| form)
    }
}

/// Returns a piece of text without spaces with as much of what stands around it as almost always does.
fn phrase_of_signs(collection: &Collection, members: &[usize], core: &[u32]) -> Vec<u32> {
    let mut piece = core.to_vec();
    if !core.iter().all(|number| collection.word(*number).sign) {
        return piece;
    }
    while piece.len() < MOST_SIGNS {
        let mut around: HashMap<(bool, u32), u32> = HashMap::new();
        let mut all = 0_u32;
        for member in members {
            for line in collection.document(*member).split(|number| *number == BREAK) {
                for at in places(line, &piece) {
                    all += 1;
                    // What Japanese has in hiragana before a word ties it to the one before that.
                    let before = at
                        .checked_sub(1)
                        .and_then(|before| line.get(before))
                        .filter(|number| !collection.word(**number).is_hiragana())
                        .map(|number| (false, *number));
                    let after = line.get(at + piece.len()).map(|number| (true, *number));
                    for side in
                        before.into_iter().chain(after).filter(|(_, number)| collection.word(*number).sign)
                    {
                        *around.entry(side).or_default() += 1;
                    }
                }
            }
        }
        let most = around.into_iter().max_by(|(a, x), (b, y)| x.cmp(y).then(b.cmp(a)));
        match most.filter(|(_, count)| *count as f32 >= WHOLE * all as f32) {
            Some(((true, after), _)) => piece.push(after),
            Some(((false, before), _)) => piece.insert(0, before),
            None => break,
        }
    }
    piece
}

fn places<'a>(line: &'a [u32], words: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
    line.windows(words.len().max(1)).enumerate().filter(move |(_, window)| *window == words).map(|(at, _)| at)
}
