//! Why a search found nothing: what each piece of it finds by itself, what may have been meant by a word that nobody
//! says, and what most of the pieces find together. All of it within a moment: what was counted until then is told.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use proto::Interval;
use proto::types::{Explanation, Expr, Form, Nearest, Piece, Similar, TimeField};
use rusqlite::params;

use super::Snapshot;
use super::highlighter::Highlighter;
use super::question::Question;
use super::terms::Term;
use crate::store::error::{Attempt, Error};
use crate::store::text;

/// How long all of it may take.
const EXPLAINING: Duration = Duration::from_millis(100);
/// How long one piece is counted, and how long the words of the index are gone through.
const COUNTING: Duration = Duration::from_millis(15);
/// Most pieces that are counted.
const MOST_PIECES: usize = 12;
/// Matches are counted up to this number.
const MOST: u64 = 1_000;
/// Most words that may have been meant.
const MOST_SIMILAR: usize = 3;
/// Most combinations of pieces that are tried.
const MOST_COMBINATIONS: usize = 64;
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
}

impl Snapshot<'_> {
    /// Explains why nothing matches.
    pub(super) fn explain(&self, question: &Question) -> Result<Explanation, Error> {
        let until = Instant::now() + EXPLAINING;
        let mut explaining = Explaining { snapshot: self, question, until, counted: Vec::new() };
        let mut pieces = Vec::new();
        let mut leaves = Vec::new();
        question.query.leaves(&mut |leaf, excluded| {
            if !excluded && !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        });
        for leaf in leaves.into_iter().take(MOST_PIECES) {
            let Count { conversations, at_least } = explaining.count_of(leaf)?;
            let similar = if conversations == 0 { explaining.meant(leaf)? } else { Vec::new() };
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
    fn within(&self, until: Instant, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.deadline.arm(COUNTING.min(until.saturating_duration_since(Instant::now())));
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
        window: Interval,
        by: TimeField,
    ) -> Result<Nearest, Error> {
        let meaning = self.meaning(query)?;
        let terms = meaning.terms.clone();
        let mut places = Vec::new();
        if let Some(plan) = self.plan(meaning, window, by)? {
            self.walk(&plan, None, COUNTING, |place| {
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
        let time = COUNTING.min(self.until.saturating_duration_since(Instant::now()));
        if time.is_zero() {
            return Ok(Count { conversations: 0, at_least: true });
        }
        let count = self.snapshot.count_within(query, self.question, time)?;
        self.counted.push((query.clone(), count));
        Ok(count)
    }

    /// Returns the words that may have been meant by one that nothing has in the timeframe.
    fn meant(&mut self, leaf: &Expr) -> Result<Vec<Similar>, Error> {
        let Expr::Text(typed) = leaf else { return Ok(Vec::new()) };
        if matches!(typed.form, Form::Pattern) {
            return Ok(Vec::new());
        }
        let Some(term) = Term::read(&typed.words, false) else { return Ok(Vec::new()) };
        let [word] = term.words.as_slice() else { return Ok(Vec::new()) };
        let mut similar = Vec::new();
        for candidate in self.snapshot.words_near(word, self.until)? {
            let mut meant = typed.clone();
            meant.words.clone_from(&candidate);
            let Count { conversations, at_least } = self.count_of(&Expr::Text(meant))?;
            if conversations > 0 {
                similar.push(Similar { word: candidate, conversations, at_least });
            }
            if similar.len() == MOST_SIMILAR {
                break;
            }
        }
        Ok(similar)
    }

    /// Returns what is found with as few pieces left out as need be, of all that must hold together.
    fn nearest(&mut self) -> Result<Option<Nearest>, Error> {
        let question = self.question;
        let parts = question.query.conjuncts();
        if parts.len() < 2 || parts.len() > MOST_PIECES {
            return Ok(None);
        }
        // What finds nothing by itself is left out in any case.
        let mut useful = Vec::new();
        for part in parts {
            if self.count_of(part)?.conversations > 0 {
                useful.push(part);
            }
        }
        let mut tried = 0;
        let all = 1_u32 << useful.len();
        for left_out in 0..useful.len() {
            let mut best: Option<(Count, Expr)> = None;
            let chosen = (1..all).filter(|kept| kept.count_ones() as usize == useful.len() - left_out);
            for kept in chosen {
                tried += 1;
                if tried > MOST_COMBINATIONS || Instant::now() >= self.until {
                    break;
                }
                let kept = useful.iter().enumerate().filter(|(at, _)| kept & (1 << at) != 0);
                let query = Expr::all(kept.map(|(_, part)| (*part).clone()));
                let count = self.count_of(&query)?;
                let most = best.as_ref().map_or(0, |(count, _)| count.conversations);
                if query != question.query && count.conversations > most {
                    best = Some((count, query));
                }
            }
            if let Some((count, query)) = best {
                return self.snapshot.show_nearest(&query, count, question.window, question.by).map(Some);
            }
        }
        Ok(None)
    }
}
