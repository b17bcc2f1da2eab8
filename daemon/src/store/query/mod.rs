//! What can be asked, one file per question; all answers of a snapshot are of one moment.

mod ages;
mod candidates;
mod conditions;
mod cursor;
mod customers;
mod directory;
mod explain;
mod fields;
mod highlighter;
mod hits;
mod ledger;
mod list;
mod lookup;
mod matching;
mod meaning;
mod meant;
mod order;
mod pattern;
mod plan;
mod question;
mod reading;
mod relevance;
mod search;
mod show;
mod snippet;
mod stats;
mod status;
mod suggest;
mod superset;
mod terms;
mod topics;
mod values;
mod verify;

use std::cell::RefCell;
use std::path::Path;

use rusqlite::Connection;

use super::readers::Deadline;
use super::stored::Unpacker;

pub use self::ledger::{Clocks, Pending};
pub use self::list::Named;
pub use self::question::{Cut, Found, Question, Search};
#[cfg(test)]
pub(super) use self::search::Times;

pub use self::stats::{Counted, Counting};
pub use self::status::Counts;
pub use self::topics::Topical;
pub use self::verify::Compared;

/// What a read transaction sees.
pub struct Snapshot<'a> {
    connection: &'a Connection,
    unpacker: RefCell<&'a mut Unpacker>,
    deadline: &'a Deadline,
    path: &'a Path,
}

impl<'a> Snapshot<'a> {
    /// Returns what a connection in a transaction sees.
    pub(super) fn new(
        connection: &'a Connection,
        unpacker: &'a mut Unpacker,
        deadline: &'a Deadline,
        path: &'a Path,
    ) -> Self {
        Self { connection, unpacker: RefCell::new(unpacker), deadline, path }
    }
}
