//! Answers to SQL in JSON.

use serde::Serialize;

use super::search::Unknown;
use super::{Span, SyncInfo};
use crate::types;

/// A value in a row: numbers and nulls stay what they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SqlValue {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
}

impl From<&types::SqlValue> for SqlValue {
    fn from(value: &types::SqlValue) -> Self {
        match value {
            types::SqlValue::Null => Self::Null,
            types::SqlValue::Integer(number) => Self::Integer(*number),
            types::SqlValue::Real(number) => Self::Real(*number),
            types::SqlValue::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// Rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SqlReply {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows, the values in the order of the columns.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows there are; null where they were not all counted.
    pub total: Option<u64>,
    /// There are at least so many.
    pub total_at_least: u64,
    /// Rows are left out.
    pub truncated: bool,
    /// Why: `rows`, `bytes`, `time` or `memory`; null where none is left out.
    pub truncated_by: Option<&'static str>,
    /// How fresh and complete this answer is.
    pub sync_info: SyncInfo,
    /// The timeframe as understood.
    pub window: Span,
    /// Conditions within `matches` that nothing fulfils, with what may have been meant.
    pub unknown: Vec<Unknown>,
}

impl From<&types::SqlReply> for SqlReply {
    fn from(reply: &types::SqlReply) -> Self {
        Self {
            columns: reply.columns.clone(),
            rows: reply.rows.iter().map(|row| row.iter().map(SqlValue::from).collect()).collect(),
            total: reply.total(),
            total_at_least: reply.counted,
            truncated: reply.cut.is_some(),
            truncated_by: reply.cut.map(types::SqlCut::as_str),
            sync_info: SyncInfo::from(&reply.sync_info),
            window: Span::from(reply.window),
            unknown: reply.unknown.iter().map(Unknown::from).collect(),
        }
    }
}

/// A view, a column or a function, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SqlColumn {
    /// Its name; of a function with its arguments.
    pub name: String,
    /// What it says, where the name alone does not.
    pub about: String,
}

impl From<&types::SqlColumn> for SqlColumn {
    fn from(column: &types::SqlColumn) -> Self {
        Self { name: column.name.clone(), about: column.about.clone() }
    }
}

/// A view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SqlView {
    /// Its name.
    pub name: String,
    /// What a row is.
    pub about: String,
    /// Its columns.
    pub columns: Vec<SqlColumn>,
}

/// What can be asked in SQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SqlSchema {
    /// Rises when a view or column changes its meaning or goes.
    pub version: u32,
    /// The views.
    pub views: Vec<SqlView>,
    /// Functions besides SQLite's usual ones.
    pub functions: Vec<SqlColumn>,
    /// What is to be known besides.
    pub notes: Vec<String>,
}

impl From<&types::SqlSchema> for SqlSchema {
    fn from(schema: &types::SqlSchema) -> Self {
        let columns = |columns: &[types::SqlColumn]| columns.iter().map(SqlColumn::from).collect();
        let view = |view: &types::SqlView| SqlView {
            name: view.name.clone(),
            about: view.about.clone(),
            columns: columns(&view.columns),
        };
        Self {
            version: schema.version,
            views: schema.views.iter().map(view).collect(),
            functions: columns(&schema.functions),
            notes: schema.notes.clone(),
        }
    }
}
