//! The words that conversations are written in, each under the stem of its language: what a word's other forms are found
//! by. This file alone writes the table `form`.
//!
//! How often a word is written is only estimated, by its power of four, so that a common word is not written to the table
//! with every conversation.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::text::{Spoken, hash, stem};

/// Words that are remembered to be in the table: two megabytes.
const REMEMBERED: usize = 1 << 18;
/// Words that one step of pruning looks at.
const STEP: i64 = 2_000;
/// The greatest power of four that is counted.
const MOST_MET: u8 = 31;
/// How a word is remembered that has no stem.
const STEMLESS: u8 = 63;

/// Which words the table has, as far as is remembered, with how often each was met.
pub(super) struct Known(Vec<u64>);

impl Known {
    /// Returns a memory of nothing.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Forgets all of it: what was noted may not have been stored.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn get(&self, hash: u64) -> Option<u8> {
        let entry = self.0.get(hash as usize % REMEMBERED)?;
        (entry >> 8 == hash >> 8 && *entry != 0).then_some((entry & 0xff) as u8)
    }

    fn set(&mut self, hash: u64, met: u8) {
        self.0.resize(REMEMBERED, 0);
        self.0[hash as usize % REMEMBERED] = hash & !0xff | u64::from(met);
    }
}

/// Notes the words of conversations, by their documents: each word once, in the order of the table, since whatever is written
/// here and there is most of what a transaction writes.
pub(super) fn note<'a>(
    connection: &Connection,
    known: &mut Known,
    documents: impl Iterator<Item = (i64, &'a [Spoken])>,
) -> Result<(), Error> {
    let attempt = "cannot note the words of a conversation";
    let mut changed: BTreeMap<(i64, String, String), u8> = BTreeMap::new();
    let words = documents.flat_map(|(docid, spoken)| spoken.iter().map(move |said| (docid, said)));
    for (docid, said) in words {
        let hash = scatter(hash(said.word.as_bytes()).cast_unsigned() ^ said.language as u64);
        let met = known.get(hash);
        if met.is_some_and(|met| !counts(met, hash, docid)) {
            continue;
        }
        let Some(stem) = stem(said.language, &said.word) else {
            known.set(hash, STEMLESS);
            continue;
        };
        let key = (said.language as i64, stem, said.folded());
        let met = match met {
            Some(met) => Some(met),
            None => connection
                .prepare_cached("SELECT met FROM form WHERE language = ?1 AND stem = ?2 AND word = ?3")
                .and_then(|mut statement| {
                    statement.query_row(params![key.0, key.1, key.2], |row| row.get(0)).optional()
                })
                .attempt(attempt)?,
        };
        let met = match met {
            Some(met) if !counts(met, hash, docid) => {
                known.set(hash, met);
                continue;
            }
            met => met.map_or(0, |met| met + 1),
        };
        known.set(hash, met);
        let most = changed.entry(key).or_default();
        *most = met.max(*most);
    }
    for ((language, stem, word), met) in &changed {
        connection
            .prepare_cached(
                "INSERT INTO form(language, stem, word, met) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (language, stem, word) DO UPDATE SET met = max(met, excluded.met)",
            )
            .and_then(|mut statement| statement.execute(params![language, stem, word, met]))
            .attempt(attempt)?;
    }
    Ok(())
}

/// Takes a step at removing words that no conversation has any more, after a word; returns the last one looked at, `None`
/// at the end.
pub(super) fn prune(connection: &Connection, after: &str) -> Result<Option<String>, Error> {
    let attempt = "cannot remove words that are gone";
    let words: Vec<String> = connection
        .prepare_cached("SELECT DISTINCT word FROM form WHERE word > ?1 ORDER BY word LIMIT ?2")
        .and_then(|mut statement| statement.query_map(params![after, STEP], |row| row.get(0))?.collect())
        .attempt(attempt)?;
    for word in &words {
        let is_there = connection
            .prepare_cached("SELECT 1 FROM fts WHERE fts MATCH ?1 LIMIT 1")
            .and_then(|mut statement| statement.exists([format!("\"{word}\"")]))
            .attempt(attempt)?;
        if !is_there {
            connection
                .prepare_cached("DELETE FROM form WHERE word = ?1")
                .and_then(|mut statement| statement.execute([word]))
                .attempt(attempt)?;
        }
    }
    Ok(words.into_iter().last())
}

/// Says whether a word that was met about four to the power of `met` times counts this time.
fn counts(met: u8, hash: u64, docid: i64) -> bool {
    met < MOST_MET && scatter(hash ^ docid.cast_unsigned()) & ((1 << (2 * met)) - 1) == 0
}

/// Spreads what differs in a few bits over all of them.
fn scatter(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
