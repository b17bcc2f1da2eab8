//! Where the next page begins, as text that means nothing to clients. It binds the question and its window, so that
//! pages fit together although the clock and the conversations go on. PURE.

use bincode::config::standard;
use proto::{Interval, Timestamp};
use serde::{Deserialize, Serialize};

use super::order::Position;
use super::question::{Question, Search};
use crate::store::error::Error;

/// Windows given in words, such as `last 7 days`, move with the clock between two pages; by more, it is another one.
const WINDOW_DRIFT: i64 = 86_400;
/// Most conversations that are remembered to have been shown.
const MOST_SHOWN: usize = 4_000;

/// Where an order by relevance goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ranking {
    /// The tier of the last result before.
    pub(super) tier: u8,
    /// The newest document when the first page was made.
    pub(super) newest: i64,
    /// What was shown up to here.
    pub(super) shown: Shown,
}

/// Conversations that were shown, by the ends of their keys: one that changes between two pages leaves its place, and is
/// shown once all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown(Vec<[u8; 3]>);

impl Shown {
    /// Adds one; of very many the first are forgotten.
    pub(super) fn add(&mut self, key: i64) {
        if self.0.len() == MOST_SHOWN {
            self.0.remove(0);
        }
        self.0.push(end_of(key));
    }

    /// Says whether it was shown.
    pub(super) fn has(&self, key: i64) -> bool {
        self.0.contains(&end_of(key))
    }
}

fn end_of(key: i64) -> [u8; 3] {
    let [first, second, third, ..] = key.to_le_bytes();
    [first, second, third]
}

/// Where a page ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    question: i64,
    start: i64,
    end: i64,
    /// The last result before, or where looking ended.
    pub(super) after: Position,
    /// What matches is found by reading: the index did not name it in time.
    pub(super) reads: bool,
    /// By relevance: where the order goes on.
    pub(super) ranked: Option<Ranking>,
    /// How many match in all.
    pub(super) total: Option<u64>,
}

impl Cursor {
    /// Returns the cursor after a result of a question.
    pub(super) fn new(
        search: &Search,
        window: Interval,
        after: Position,
        reads: bool,
        ranked: Option<Ranking>,
        total: Option<u64>,
    ) -> Self {
        let question = hash(search);
        Self { question, start: window.start.0, end: window.end.0, after, reads, ranked, total }
    }

    /// Returns it as text.
    pub(super) fn to_text(&self) -> Result<String, Error> {
        let bytes = bincode::serde::encode_to_vec(self, standard())
            .map_err(|why| Error::Encode { action: "cannot make a page cursor", source: why.into() })?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads one that belongs to this question.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when it cannot be read, or belongs to another question.
    pub(super) fn read(text: &str, search: &Search) -> Result<Self, Error> {
        let unreadable =
            || Error::BadQuery("the page cursor cannot be read: use next_page as it was given".to_owned());
        let bytes = (0..text.len())
            .step_by(2)
            .map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(unreadable)?;
        let (cursor, used): (Self, usize) =
            bincode::serde::decode_from_slice(&bytes, standard()).map_err(|_| unreadable())?;
        if used != bytes.len() {
            return Err(unreadable());
        }
        let drift = |asked: Timestamp, bound: i64| asked.since(Timestamp(bound)).abs() > WINDOW_DRIFT;
        if cursor.question != hash(search)
            || drift(search.question.window.start, cursor.start)
            || drift(search.question.window.end, cursor.end)
        {
            return Err(Error::BadQuery(
                "the page cursor belongs to another question: ask for its next page with the same text, \
                 timeframe, filters and order"
                    .to_owned(),
            ));
        }
        Ok(cursor)
    }

    /// Returns the window of the first page.
    pub(super) fn window(&self) -> Interval {
        Interval::new(self.start, self.end)
    }
}

/// Returns a number for the question without its window.
fn hash(search: &Search) -> i64 {
    let Search { question: Question { query, by, .. }, sort, .. } = search;
    crate::store::text::hash(format!("{query:?} {by:?} {sort:?}").as_bytes())
}
