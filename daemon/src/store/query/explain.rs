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
const EXPLAINING: Duration = Duration::from_millis(250);
/// How long one piece is counted, and how long the words of the index are gone through.
const COUNTING: Duration = Duration::from_millis(30);
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

impl Snapshot<'_> {
    /// Explains why nothing matches.
    pub(super) fn explain(&self, question: &Question) -> Result<Explanation, Error> {
        let until = Instant::now() + EXPLAINING;
        let mut pieces = Vec::new();
        let mut leaves = Vec::new();
        question.query.leaves(&mut |leaf, excluded| {
            if !excluded && !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        });
        for leaf in leaves.into_iter().take(MOST_PIECES) {
            let Count { conversations, at_least } = self.count_of(leaf, question, until)?;
            let similar = if conversations == 0 { self.meant(leaf, question, until)? } else { Vec::new() };
            pieces.push(Piece { text: leaf.to_string(), conversations, at_least, similar });
        }
        Ok(Explanation { pieces, nearest: self.nearest(question, until)? })
    }

    /// Counts what fulfils an expression in the question's timeframe.
    fn count_of(&self, query: &Expr, question: &Question, until: Instant) -> Result<Count, Error> {
        let unknown = Count { conversations: 0, at_least: true };
        let time = COUNTING.min(until.saturating_duration_since(Instant::now()));
        if time.is_zero() {
            return Ok(unknown);
        }
        let meaning = self.meaning(query)?;
        let Some(plan) = self.plan(meaning, question.window, question.by)? else {
            return Ok(Count { conversations: 0, at_least: false });
        };
        let mut conversations = 0;
        let end = self.walk(&plan, None, time, |_| {
            conversations += 1;
            if conversations < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(Count { conversations, at_least: !end.is_exhausted() })
    }

    /// Returns the words that may have been meant by one that nothing has in the timeframe.
    fn meant(&self, leaf: &Expr, question: &Question, until: Instant) -> Result<Vec<Similar>, Error> {
        let Expr::Text(typed) = leaf else { return Ok(Vec::new()) };
        if matches!(typed.form, Form::Pattern) {
            return Ok(Vec::new());
        }
        let Some(term) = Term::read(&typed.words, false) else { return Ok(Vec::new()) };
        let [word] = term.words.as_slice() else { return Ok(Vec::new()) };
        let mut similar = Vec::new();
        for candidate in self.words_near(word, until)? {
            let mut meant = typed.clone();
            meant.words.clone_from(&candidate);
            let count = self.count_of(&Expr::Text(meant), question, until)?;
            if count.conversations > 0 {
                similar.push(Similar {
                    word: candidate,
                    conversations: count.conversations,
                    at_least: count.at_least,
                });
            }
            if similar.len() == MOST_SIMILAR {
                break;
            }
        }
        Ok(similar)
    }

    /// Returns words of the index that are a slip or two away, the likeliest first. Those that begin alike are looked at
    /// first, and as many others as there is time for.
    fn words_near(&self, word: &str, until: Instant) -> Result<Vec<String>, Error> {
        let letters = word.chars().count();
        if letters < 3 {
            return Ok(Vec::new());
        }
        let most = if letters < 6 { 1 } else { 2 };
        let first: Vec<char> = word.chars().take(2).collect();
        let alike: String = first.iter().collect();
        let swapped: String = first.iter().rev().collect();
        let ranges = [alike, swapped, first[0].to_string(), first[1].to_string()];
        let mut near: Vec<(usize, Reverse<i64>, String)> = Vec::new();
        for beginning in ranges {
            let time = COUNTING.min(until.saturating_duration_since(Instant::now()));
            self.deadline.arm(time);
            let looked = self.each_word(&beginning, |known, documents| {
                if known.chars().count().abs_diff(letters) <= most
                    && !near.iter().any(|(.., other)| other == known)
                {
                    let distance = strsim::osa_distance(known, word);
                    if (1..=most).contains(&distance) {
                        near.push((distance, Reverse(documents), known.to_owned()));
                    }
                }
            });
            self.deadline.disarm();
            match looked {
                Err(error) if error.is_interrupted() && self.deadline.check().is_ok() => {}
                looked => looked?,
            }
            if near.len() >= MOST_SIMILAR {
                break;
            }
        }
        near.sort_unstable();
        Ok(near.into_iter().map(|(.., word)| word).take(2 * MOST_SIMILAR).collect())
    }

    fn each_word(&self, beginning: &str, mut visit: impl FnMut(&str, i64)) -> Result<(), Error> {
        let attempt = "cannot read the words of the index";
        let mut statement = self
            .connection
            .prepare_cached("SELECT term, doc FROM temp.vocabulary WHERE term >= ?1 AND term <= ?2")
            .attempt(attempt)?;
        let after = format!("{beginning}{}", char::MAX);
        let mut rows = statement.query(params![beginning, after]).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            let documents = row.get(1).attempt(attempt)?;
            if let Ok(word) = row.get_ref(0).and_then(|word| Ok(word.as_str()?)) {
                visit(word, documents);
            }
        }
        Ok(())
    }

    /// Returns what is found with as few pieces left out as need be, of all that must hold together.
    fn nearest(&self, question: &Question, until: Instant) -> Result<Option<Nearest>, Error> {
        let parts = question.query.conjuncts();
        if parts.len() < 2 || parts.len() > MOST_PIECES {
            return Ok(None);
        }
        // What finds nothing by itself is left out in any case.
        let mut useful = Vec::new();
        for part in parts {
            if self.count_of(part, question, until)?.conversations > 0 {
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
                if tried > MOST_COMBINATIONS || Instant::now() >= until {
                    break;
                }
                let kept = useful.iter().enumerate().filter(|(at, _)| kept & (1 << at) != 0);
                let query = Expr::all(kept.map(|(_, part)| (*part).clone()));
                let count = self.count_of(&query, question, until)?;
                let most = best.as_ref().map_or(0, |(count, _)| count.conversations);
                if query != question.query && count.conversations > most {
                    best = Some((count, query));
                }
            }
            if let Some((count, query)) = best {
                return self.show_nearest(&query, count, question.window, question.by).map(Some);
            }
        }
        Ok(None)
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
