//! Names of one question's that nobody can guess: of the schema that the database is attached as, and of the views that
//! read it. A statement can name a table of its own like a documented view, and SQLite would take it for that view when it
//! says through which one something is read; these it cannot name.

use std::hash::{BuildHasher as _, RandomState};

/// The names.
#[derive(Clone, Debug)]
pub(super) struct Names {
    secret: String,
}

impl Names {
    /// Returns names that were never used before.
    pub(super) fn new() -> Self {
        let [one, other] = [0_u8, 1].map(|half| RandomState::new().hash_one(half));
        Self { secret: format!("{one:016x}{other:016x}") }
    }

    /// Returns the schema that the database is attached as.
    pub(super) fn schema(&self) -> String {
        format!("db{}", self.secret)
    }

    /// Returns the view that reads what a documented one shows.
    pub(super) fn inner(&self, view: &str) -> String {
        format!("{view}{}", self.secret)
    }

    /// Says whether this is a name of such a view.
    pub(super) fn is_inner(&self, name: &str) -> bool {
        name.ends_with(&self.secret)
    }
}
