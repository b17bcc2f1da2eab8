//! Questions in SQL, over views that are documented and only read.

use serde::{Deserialize, Serialize};

use crate::timestamp::Interval;
use crate::types::{SyncInfo, SyncTicket, Unknown, Window};

/// Asks a question in SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlRequest {
    /// One statement that reads: `SELECT`, `WITH … SELECT` or `VALUES`.
    pub sql: String,
    /// The timeframe that the views' rows lie in. Conversations are in it with anything that happened in it, messages and
    /// events with the instant at which they were made.
    pub window: Window,
    /// Most rows wanted; the daemon returns at most 10,000.
    pub max_rows: u32,
}

/// A value in a row. Bytes are told as `x'…'`, and numbers that JSON has none for as `Inf` and `-Inf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SqlValue {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Real(f64),
    /// Text.
    Text(String),
}

/// Why an answer does not have all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SqlCut {
    /// There are more than were wanted.
    Rows,
    /// All of them are larger than an answer may be.
    Bytes,
    /// The time for one answer was over.
    Time,
    /// The query would have needed more memory than one may use.
    Memory,
}

impl SqlCut {
    /// Returns the word used in JSON and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Bytes => "bytes",
            Self::Time => "time",
            Self::Memory => "memory",
        }
    }
}

/// Rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SqlReply {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows were counted, those that are left out included.
    pub counted: u64,
    /// The count is of all there are; else there are at least so many.
    pub counted_all: bool,
    /// Why rows are left out; `None` where none is.
    pub cut: Option<SqlCut>,
    /// The window as understood.
    pub window: Interval,
    /// Conditions within `matches` that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The verdict on the window.
    pub sync_info: SyncInfo,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}

impl SqlReply {
    /// Returns how many rows there are, where all were counted.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.counted_all.then_some(self.counted)
    }
}

/// What can be asked in SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlSchema {
    /// Rises when a view or column changes its meaning or goes; what is only added leaves it as it is.
    pub version: u32,
    /// The views.
    pub views: Vec<SqlView>,
    /// Functions besides SQLite's usual ones, as they are called, and what they return.
    pub functions: Vec<SqlColumn>,
    /// What is to be known besides.
    pub notes: Vec<String>,
}

/// A view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlView {
    /// Its name.
    pub name: String,
    /// What a row is.
    pub about: String,
    /// Its columns.
    pub columns: Vec<SqlColumn>,
}

/// A column, or a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlColumn {
    /// Its name; of a function with its arguments.
    pub name: String,
    /// What it says, where the name alone does not.
    pub about: String,
}

impl SqlSchema {
    /// Returns it as a compact text: a line for each view, then its columns with what they say.
    #[must_use]
    pub fn to_text(&self) -> String {
        let named = |column: &SqlColumn| match column.about.as_str() {
            "" => column.name.clone(),
            about => format!("{} ({about})", column.name),
        };
        let list = |columns: &[SqlColumn]| columns.iter().map(named).collect::<Vec<_>>().join(", ");
        let mut text = format!("SQLite views, version {}:\n", self.version);
        for view in &self.views {
            text += &format!("\n{}: {}\n  {}\n", view.name, view.about, list(&view.columns));
        }
        text += &format!("\nFunctions: {}\n", list(&self.functions));
        for note in &self.notes {
            text += &format!("- {note}\n");
        }
        text
    }
}
