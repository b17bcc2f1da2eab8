//! What is asked, and what a search answers.

use proto::types::{Explanation, Expr, Sort, Summary, TimeField, Unknown};
use proto::{Interval, Timestamp};

/// Which conversations are meant: all of it must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What has to hold of them.
    pub query: Expr,
    /// The timeframe, both ends inside.
    pub window: Interval,
    /// What the timeframe is about.
    pub by: TimeField,
}

/// Asks for a page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Which ones.
    pub question: Question,
    /// The order.
    pub sort: Sort,
    /// Most results wanted; at most 200 are returned.
    pub limit: u32,
    /// The `next_page` of an earlier answer to the same question.
    pub page: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The conversations found; their addresses are not set.
    pub hits: Vec<Summary>,
    /// How many match in all; `None` where there are more than are counted.
    pub total: Option<u64>,
    /// Cursor of the next page; `None` on the last.
    pub next_page: Option<String>,
    /// Not every match was looked at; `next_page` goes on from there.
    pub cut_short: Option<Cut>,
    /// The window that was searched: on a further page that of the first.
    pub window: Interval,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
    /// What was understood less widely than it was meant.
    pub notes: Vec<String>,
    /// Why nothing matches, where nothing does.
    pub explanation: Option<Explanation>,
}

impl Search {
    /// Returns the question for the last changed conversations of a window, with nothing else asked.
    #[must_use]
    pub fn newest(window: Interval, limit: u32) -> Self {
        let question = Question { query: Expr::default(), window, by: TimeField::default() };
        Self { question, sort: Sort::default(), limit, page: None }
    }
}

/// Why an answer does not have all that it could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The time was over when this instant was reached, last changed first.
    Time(Timestamp),
    /// The time was over before the best matches were all found; the next page has those that follow.
    Ranking,
    /// There was no time to put matches in order by relevance: they come last changed first.
    Order,
}
