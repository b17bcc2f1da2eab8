//! Questions in SQL, over views that are documented and only read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::types::{SyncInfo, SyncTicket, Unknown, Window};
use crate::wire::timestamp::Interval;

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

/// A value in a row, in JSON by itself. Bytes are told as `x'…'`, and numbers that JSON has none for as `Inf` and `-Inf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
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

impl Serialize for SqlValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            _ if !serializer.is_human_readable() => Self::serialize(self, serializer),
            Self::Null => serializer.serialize_unit(),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for SqlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// Why an answer does not have all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// Rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SqlReply {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows, the values in the order of the columns.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows there are; `None` where they were not all counted.
    pub total: Option<u64>,
    /// There are at least so many.
    pub total_at_least: u64,
    /// Rows are left out.
    pub truncated: bool,
    /// Why rows are left out; `None` where none is.
    #[serde(rename = "truncated_by")]
    pub cut: Option<SqlCut>,
    /// The verdict on the window.
    pub sync_info: SyncInfo,
    /// The window as understood.
    pub window: Interval,
    /// Conditions within `matches` that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
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
