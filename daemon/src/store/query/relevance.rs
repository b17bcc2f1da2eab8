//! Best match first, among the newest matches: by how often the terms occur, how rare they are, how near to each other they
//! stand, and how long the conversation is. What was typed counts for more than its other forms, the title and the opening
//! message for more than what follows. The index's own ranking walks every match of every term, and
//! is too slow for common words.

use super::Snapshot;
use super::highlighter::{Highlighter, Occurrences};
use super::order::Position;
use super::snippet::MOST_BYTES;
use super::terms::{Term, Terms};
use crate::store::error::{Attempt, Error};
use crate::store::text::beginning;

/// How many of the newest matches are compared.
pub(super) const POOL: usize = 2_000;
/// Beyond so many documents a term counts as common.
const COMMON: i64 = 10_000;
/// An occurrence in the title counts as so many in a message.
const TITLE: u32 = 3;
/// One in the opening message, where customers say what they want.
const OPENING: u32 = 2;
/// A term of which there are only other forms counts as so much of one.
const OTHER: f64 = 0.5;
/// How much is added where all terms stand together.
const TOGETHER: f64 = 0.5;
/// How much further occurrences add, and how much length takes away: the usual constants of BM25.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;
/// A conversation's length in words where none is known better.
const USUAL_WORDS: f64 = 300.0;

/// A match with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ranked {
    /// Higher is better.
    pub(super) score: f64,
    /// Where it stands by time.
    pub(super) place: Position,
}

impl Ranked {
    /// Says which of two comes first: the better one, else the newer one.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(other.place.cmp(&self.place))
    }
}

impl Snapshot<'_> {
    /// Returns the first of these matches with their scores by these weights, best first: as many as there is time to look
    /// at, and one at least.
    pub(super) fn rank(
        &self,
        terms: &Terms,
        weights: &[f64],
        pool: &[Position],
    ) -> Result<Vec<Ranked>, Error> {
        let mut highlighter = Highlighter::new(Some(terms));
        let mut ranked = Vec::with_capacity(pool.len());
        for place in pool {
            if !ranked.is_empty() && self.deadline.has_passed() {
                break;
            }
            match self.score(place.docid, weights, &mut highlighter) {
                Ok(score) => ranked.push(Ranked { score, place: *place }),
                Err(error) if error.is_interrupted() && !ranked.is_empty() => break,
                // The first one is what the order goes on from.
                Err(error) if error.is_interrupted() => ranked.push(Ranked { score: 0.0, place: *place }),
                Err(error) => return Err(error),
            }
        }
        ranked.sort_by(Ranked::order);
        Ok(ranked)
    }

    /// Returns how much each term says: the rarer, the more.
    pub(super) fn weights(&self, terms: &Terms) -> Result<Vec<f64>, Error> {
        let weights = || {
            let all = self.counts()?.conversations as f64;
            let weight = |term: &Term| {
                let count: i64 = self
                    .connection
                    .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM fts WHERE fts MATCH ?1 LIMIT ?2)")
                    .and_then(|mut statement| {
                        statement.query_row((term.to_match(), COMMON), |row| row.get(0))
                    })
                    .attempt("cannot count matches")?;
                Ok((1.0 + all / (count as f64 + 1.0)).ln())
            };
            terms.wanted().map(weight).collect::<Result<Vec<_>, Error>>()
        };
        match weights() {
            Err(error) if error.is_interrupted() => Ok(vec![1.0; terms.wanted().count()]),
            weights => weights,
        }
    }

    fn score(&self, docid: i64, weights: &[f64], highlighter: &mut Highlighter) -> Result<f64, Error> {
        let attempt = "cannot read a conversation's texts";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.key, c.title, b.texts FROM conversation c CROSS JOIN body b ON b.key = c.key
                 WHERE c.docid = ?1",
            )
            .attempt(attempt)?;
        let mut counts = vec![Occurrences::default(); highlighter.terms()];
        let mut together = 0;
        let words = statement
            .query_row([docid], |row| {
                let (key, title) = (row.get(0)?, row.get::<_, Option<String>>(1)?);
                if let Some(title) = title {
                    together = highlighter.weigh(&title, TITLE, &mut counts).together;
                }
                let texts = row.get_ref(2)?.as_blob()?;
                Ok(self.unpacker.borrow_mut().texts(key, texts, |texts| {
                    let weighed = first(texts).enumerate().map(|(at, text)| {
                        let times = if at == 0 { OPENING } else { 1 };
                        let counted = highlighter.weigh(text, times, &mut counts);
                        together = together.max(counted.together);
                        counted.words
                    });
                    weighed.sum::<usize>()
                }))
            })
            .attempt(attempt)??;
        let length = 1.0 - LENGTH + LENGTH * words as f64 / USUAL_WORDS;
        let score = counts.iter().zip(weights).map(|(count, weight)| {
            let share = if count.exact > 0 { 1.0 } else { OTHER };
            let count = f64::from(count.exact) + OTHER * f64::from(count.others);
            share * weight * count * (SATURATION + 1.0) / (count + SATURATION * length)
        });
        let nearness = together as f64 / counts.len().max(1) as f64;
        Ok(score.sum::<f64>() * (1.0 + TOGETHER * nearness))
    }
}

/// Returns the texts up to the bound on what is looked through, the last of them cut.
fn first<'t>(texts: &[&'t str]) -> impl Iterator<Item = &'t str> {
    let mut left = MOST_BYTES;
    texts.iter().map_while(move |text| {
        let cut = beginning(text, left);
        let any = left > 0;
        left -= cut.len();
        any.then_some(cut)
    })
}
