//! Why a search found nothing: what each piece of it finds by itself, what may have been meant by a word that nobody
//! says, and what most of the pieces find together, with conditions where words may have meant them. All of it within a
//! moment: what was counted until then is told.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use proto::types::{Condition, Explanation, Expr, Form, Nearest, Piece, Similar, Test, Text};
use rusqlite::params;

use super::Snapshot;
use super::highlighter::Highlighter;
use super::meant::Meant;
use super::question::Question;
use super::terms::Term;
use crate::store::error::{Attempt, Error};
use crate::store::text::{self, Tally};

/// Which part of the time that is left one thing may take: counting a piece, or going through the words of the index.
const SHARE: u32 = 8;
/// Most pieces that are counted.
const MOST_PIECES: usize = 12;
/// Matches are counted up to this number.
const MOST: u64 = 1_000;
/// Most words that may have been meant.
const MOST_SIMILAR: usize = 3;
/// Most combinations of pieces that are tried.
const MOST_COMBINATIONS: usize = 64;
/// Most conditions that are tried in the place of words.
const MOST_MEANT: usize = 4;
/// Most conversations that are shown of what most pieces find.
const SHOWN: usize = 3;

/// How many conversations there are, or at least.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Count {
    conversations: u64,
    at_least: bool,
}

/// What an explanation is made with.
struct Explaining<'a, 's> {
    snapshot: &'a Snapshot<'s>,
    question: &'a Question,
    until: Instant,
    /// What was counted so far.
    counted: Vec<(Expr, Count)>,
    /// Conditions that words may have meant, by the numbers of what must hold together, the likeliest first.
    meant: Vec<Meant>,
}

impl Snapshot<'_> {
    /// Explains why nothing matches.
    pub(super) fn explain(&self, question: &Question, time: Duration) -> Result<Explanation, Error> {
        let until = Instant::now() + time;
        let mut explaining =
            Explaining { snapshot: self, question, until, counted: Vec::new(), meant: Vec::new() };
        explaining.look_for_conditions()?;
        let mut pieces = Vec::new();
        let mut leaves = Vec::new();
        question.query.leaves(&mut |leaf, excluded| {
            if !excluded && !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        });
        for leaf in leaves.into_iter().take(MOST_PIECES) {
            let Count { conversations, at_least } = explaining.count_of(leaf)?;
            let similar = if conversations == 0 { explaining.similar(leaf)? } else { Vec::new() };
            pieces.push(Piece { text: leaf.to_string(), conversations, at_least, similar });
        }
        Ok(Explanation { pieces, nearest: explaining.nearest()? })
    }

    /// Counts what fulfils an expression in a question's timeframe, for so long.
    fn count_within(&self, query: &Expr, question: &Question, time: Duration) -> Result<Count, Error> {
        let meaning = self.meaning(query)?;
        let Some(plan) = self.plan(meaning, question.window, question.by)? else {
            return Ok(Count { conversations: 0, at_least: false });
        };
        if plan.is_countable() {
            let count = self.count(&plan, MOST, time)?;
            let conversations = count.unwrap_or(0);
            return Ok(Count { conversations, at_least: count.is_none() || conversations == MOST });
        }
        let mut conversations = 0;
        let end = self.walk(&plan, None, time, |_| {
            conversations += 1;
            if conversations < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(Count { conversations, at_least: !end.is_exhausted() })
    }

    /// Returns words that are a slip or two away, the likeliest first: of those that have forms, or else of those of the
    /// index that begin alike, as many as there is time for.
    fn words_near(&self, word: &str, until: Instant) -> Result<Vec<String>, Error> {
        let letters = word.chars().count();
        if letters < 3 {
            return Ok(Vec::new());
        }
        let most = if letters < 6 { 1 } else { 2 };
        let first: Vec<char> = word.chars().take(2).collect();
        let alike: String = first.iter().collect();
        let swapped: String = first.iter().rev().collect();
        let ranges = [&alike, &swapped, &first[0].to_string(), &first[1].to_string()];
        let mut near: Vec<(usize, Reverse<i64>, String)> = Vec::new();
        let compare = |known: &str, met: i64, near: &mut Vec<(usize, Reverse<i64>, String)>| {
            if known.chars().count().abs_diff(letters) <= most
                && !near.iter().any(|(.., other)| other == known)
            {
                let distance = strsim::osa_distance(known, word);
                if (1..=most).contains(&distance) {
                    near.push((distance, Reverse(met), known.to_owned()));
                }
            }
        };
        for beginning in ranges {
            self.within(until, || self.each_form(beginning, |known, met| compare(known, met, &mut near)))?;
            if near.len() >= MOST_SIMILAR {
                break;
            }
        }
        if near.is_empty() {
            self.within(until, || self.each_word(&alike, |known| compare(known, 0, &mut near)))?;
        }
        near.sort_unstable();
        Ok(near.into_iter().map(|(.., word)| word).take(2 * MOST_SIMILAR).collect())
    }

    /// Does something for as long as one thing may take.
    pub(super) fn within(
        &self,
        until: Instant,
        work: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.deadline.arm(share(until));
        let done = work();
        self.deadline.disarm();
        match done {
            Err(error) if error.is_interrupted() && self.deadline.check().is_ok() => Ok(()),
            done => done,
        }
    }

    /// Visits words that have forms, with how often they are met.
    fn each_form(&self, beginning: &str, mut visit: impl FnMut(&str, i64)) -> Result<(), Error> {
        let attempt = "cannot read the words that have forms";
        let mut statement = self
            .connection
            .prepare_cached("SELECT word, met FROM form WHERE word >= ?1 AND word <= ?2")
            .attempt(attempt)?;
        let after = format!("{beginning}{}", char::MAX);
        let mut rows = statement.query(params![beginning, after]).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            let met = row.get(1).attempt(attempt)?;
            if let Ok(word) = row.get_ref(0).and_then(|word| Ok(word.as_str()?)) {
                visit(word, met);
            }
        }
        Ok(())
    }

    /// Visits words of the index.
    fn each_word(&self, beginning: &str, mut visit: impl FnMut(&str)) -> Result<(), Error> {
        let attempt = "cannot read the words of the index";
        let mut statement = self
            .connection
            .prepare_cached("SELECT term FROM temp.vocabulary WHERE term >= ?1 AND term <= ?2")
            .attempt(attempt)?;
        let after = format!("{beginning}{}", char::MAX);
        let mut rows = statement.query(params![beginning, after]).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            if let Ok(word) = row.get_ref(0).and_then(|word| Ok(word.as_str()?)) {
                visit(word);
            }
        }
        Ok(())
    }

    fn show_nearest(
        &self,
        query: &Expr,
        count: Count,
        question: &Question,
        time: Duration,
    ) -> Result<Nearest, Error> {
        let meaning = self.meaning(query)?;
        let terms = meaning.terms.clone();
        let mut places = Vec::new();
        if let Some(plan) = self.plan(meaning, question.window, question.by)? {
            self.walk(&plan, None, time, |place| {
                places.push(place);
                if places.len() < SHOWN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        let mut highlighter = Highlighter::new(Some(&terms));
        let mut hits = Vec::with_capacity(places.len());
        for place in places {
            hits.extend(self.summary(place.docid, Some(&mut highlighter))?);
        }
        let Count { conversations, at_least } = count;
        Ok(Nearest {
            query: text::beginning(&query.to_string(), 1_000).to_owned(),
            conversations,
            at_least,
            hits,
        })
    }
}

impl Explaining<'_, '_> {
    /// Counts what fulfils an expression in the question's timeframe.
    fn count_of(&mut self, query: &Expr) -> Result<Count, Error> {
        if let Some((_, count)) = self.counted.iter().find(|(counted, _)| counted == query) {
            return Ok(*count);
        }
        let time = share(self.until);
        if time.is_zero() {
            return Ok(Count { conversations: 0, at_least: true });
        }
        let count = self.snapshot.count_within(query, self.question, time)?;
        self.counted.push((query.clone(), count));
        Ok(count)
    }

    /// Looks for conditions that the question's words may have meant.
    fn look_for_conditions(&mut self) -> Result<(), Error> {
        let parts = self.question.query.conjuncts();
        // The other half is for counting.
        let until = Instant::now() + self.until.saturating_duration_since(Instant::now()) / 2;
        let mut first = 0;
        for run in parts.chunk_by(|one, other| word(one).is_some() && word(other).is_some()) {
            let words: Vec<String> = run.iter().filter_map(word).collect();
            for meant in self.snapshot.conditions_meant(&words, until)? {
                let place = meant.place.start + first..meant.place.end + first;
                // A condition that finds something is meant as it is.
                let mut taken = false;
                for part in parts[place.clone()].iter().filter(|part| matches!(part, Expr::Condition(_))) {
                    taken |= self.count_of(part)?.conversations > 0;
                }
                if !taken {
                    self.meant.push(Meant { place, value: meant.value + first, ..meant });
                }
            }
            first += run.len();
        }
        self.meant.sort_by_key(|meant| !meant.named);
        Ok(())
    }

    /// Returns what may have been meant by a piece that nothing has in the timeframe: conditions that have its name, words
    /// that are a slip or two away, conditions that are near.
    fn similar(&mut self, leaf: &Expr) -> Result<Vec<Similar>, Error> {
        let parts = self.question.query.conjuncts();
        let mut conditions: Vec<(Expr, bool)> = match parts.iter().position(|part| part == leaf) {
            Some(at) => {
                let meant = self.meant.iter().filter(|meant| meant.value == at);
                meant.map(|meant| (meant.query.clone(), meant.named)).collect()
            }
            None => match word(leaf) {
                Some(word) => {
                    let meant = self.snapshot.conditions_meant(&[word], self.until)?;
                    meant.into_iter().map(|meant| (meant.query, meant.named)).collect()
                }
                None => Vec::new(),
            },
        };
        let near = conditions.split_off(conditions.iter().filter(|(_, named)| *named).count());
        let words = self.words_meant(leaf)?;
        let typed = |list: Vec<(Expr, bool)>| list.into_iter().map(|(query, _)| (query.to_string(), query));
        let mut similar = Vec::new();
        for (word, query) in typed(conditions).chain(words).chain(typed(near)) {
            let Count { conversations, at_least } = self.count_of(&query)?;
            if conversations > 0 && !similar.iter().any(|known: &Similar| known.word == word) {
                similar.push(Similar { word, conversations, at_least });
            }
            if similar.len() == MOST_SIMILAR {
                break;
            }
        }
        Ok(similar)
    }

    /// Returns the words that may have been meant by one.
    fn words_meant(&self, leaf: &Expr) -> Result<Vec<(String, Expr)>, Error> {
        let Expr::Text(typed) = leaf else { return Ok(Vec::new()) };
        if matches!(typed.form, Form::Pattern) {
            return Ok(Vec::new());
        }
        let Some(term) = Term::read(&typed.words, false) else { return Ok(Vec::new()) };
        let [word] = term.words.as_slice() else { return Ok(Vec::new()) };
        let near = self.snapshot.words_near(word, self.until)?.into_iter();
        Ok(near.map(|word| (word.clone(), Expr::Text(Text { words: word, ..typed.clone() }))).collect())
    }

    /// Returns what is found with as few pieces left out as need be, of all that must hold together, each as it was typed or as
    /// a condition that it may have meant.
    fn nearest(&mut self) -> Result<Option<Nearest>, Error> {
        let question = self.question;
        let parts = question.query.conjuncts();
        if parts.len() < 2 || parts.len() > MOST_PIECES {
            return Ok(None);
        }
        // What finds nothing by itself is left out in any case.
        let mut kept = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            if self.count_of(part)?.conversations > 0 {
                kept.push(Kept { pieces: 1 << at, query: part.clone(), rank: [0; 4] });
            }
        }
        let found = kept.iter().fold(0, |pieces, kept| pieces | kept.pieces);
        let most = kept.len() + MOST_MEANT;
        for meant in self.meant.clone() {
            if kept.len() < most && self.count_of(&meant.query)?.conversations > 0 {
                let pieces = meant.place.fold(0, |pieces, at| pieces | 1 << at);
                let missing: u32 = pieces & !found;
                let rank = match (meant.named, missing.count_ones()) {
                    (true, 0) => [1, 0, 0, 1],
                    (true, missing) => [0, -missing.cast_signed(), 0, 1],
                    (false, _) => [0, 0, 1, 1],
                };
                kept.push(Kept { pieces, query: meant.query, rank });
            }
        }
        let mut tried = 0;
        for chosen in combinations(&kept, small(parts)).chunk_by(|one, other| one.rank == other.rank) {
            let mut best: Option<(Count, Expr)> = None;
            for combination in chosen {
                tried += 1;
                if tried > MOST_COMBINATIONS || Instant::now() >= self.until {
                    break;
                }
                let mut parts: Vec<&Kept> = kept
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| combination.of & (1 << at) != 0)
                    .map(|(_, kept)| kept)
                    .collect();
                parts.sort_by_key(|kept| kept.pieces.trailing_zeros());
                let query = Expr::all(parts.into_iter().map(|kept| kept.query.clone()));
                let count = self.count_of(&query)?;
                let most = best.as_ref().map_or(0, |(count, _)| count.conversations);
                if query != question.query && count.conversations > most {
                    best = Some((count, query));
                }
            }
            if let Some((count, query)) = best {
                return self.snapshot.show_nearest(&query, count, question, share(self.until)).map(Some);
            }
        }
        Ok(None)
    }
}

/// Returns how long one thing may take.
fn share(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()) / SHARE
}

/// Something that finds anything by itself, in the place of pieces of the question.
struct Kept {
    /// The pieces, a bit each.
    pieces: u32,
    query: Expr,
    /// How much less likely it is meant than what was typed: less is likelier.
    rank: [i32; 4],
}

/// Some of what is kept.
struct Combination {
    /// Which ones, a bit each.
    of: u32,
    /// What says how near it is: less is nearer.
    rank: (u32, [i32; 4]),
}

/// Returns the combinations of what is kept in which no piece stands twice, the nearest first: few pieces are left out, and
/// where as many are, what was typed is kept, and conditions that have the name of what finds nothing by itself. Words that
/// only build a sentence count for nothing.
fn combinations(kept: &[Kept], small: u32) -> Vec<Combination> {
    let all: u32 = kept.iter().fold(0, |pieces, kept| pieces | kept.pieces);
    let mut combinations = Vec::new();
    for of in 1..1_u32 << kept.len() {
        let chosen = || kept.iter().enumerate().filter(|(at, _)| of & (1 << at) != 0).map(|(_, kept)| kept);
        let pieces =
            chosen().try_fold(0, |pieces, kept| (pieces & kept.pieces == 0).then_some(pieces | kept.pieces));
        if let Some(pieces) = pieces {
            let sum = |sum: [i32; 4], kept: &Kept| std::array::from_fn(|at| sum[at] + kept.rank[at]);
            let rank = ((all & !pieces & !small).count_ones(), chosen().fold([0; 4], sum));
            combinations.push(Combination { of, rank });
        }
    }
    combinations.sort_by_key(|combination| combination.rank);
    combinations
}

/// Returns which pieces are words that only build a sentence, a bit each.
fn small(parts: &[Expr]) -> u32 {
    let words: Vec<String> =
        parts.iter().map(|part| word(part).map_or_else(String::new, |word| text::folded(&word))).collect();
    let mut tally = Tally::default();
    words.iter().for_each(|word| tally.count(word));
    let languages = tally.languages();
    let small = words.iter().enumerate().filter(|(_, word)| languages.have_small(word));
    small.fold(0, |small, (at, _)| small | 1 << at)
}

/// Returns a word as values of fields are compared, or the value of a condition, which may have been one of another field.
fn word(part: &Expr) -> Option<String> {
    let typed = match part {
        Expr::Text(Text { words, form: Form::Word | Form::Phrase, said: None }) => words,
        Expr::Condition(Condition { test: Test::Is(value), .. }) => value,
        _ => return None,
    };
    let bare = typed.trim_matches(|char: char| !char.is_alphanumeric());
    Some(text::plain(bare)).filter(|word| !word.is_empty())
}
