//! Questions in SQL: read only, over documented views, within bounds of time, memory, rows and bytes.
//!
//! Each question has a connection of its own. What it may read is attached under a name that nobody can guess and reached by
//! the views alone: an authorizer refuses whatever else a statement names. What is stored compressed is read by functions,
//! over a second connection that sees the same moment.

mod authorizer;
mod basis;
mod contact;
mod error;
mod functions;
mod header;
mod names;
mod plain;
mod records;
mod run;
mod sandbox;
mod views;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use proto::types::{FieldAge, SqlCut, SqlSchema, SqlValue, Unknown, Window};
use proto::{Interval, Timestamp};

use super::Store;
use super::error::Error;
use super::query::Snapshot;
use super::readers::{Deadline, Limit};
use crate::model::Workspace;
use sandbox::Sandbox;

/// The longest that a query may run.
pub(super) const RUN: Duration = Duration::from_secs(5);
/// The longest that it may wait for the one before it.
const WAIT: Duration = Duration::from_secs(5);

/// A question in SQL.
#[derive(Clone, Debug)]
pub struct SqlQuestion {
    /// One statement that reads.
    pub sql: String,
    /// The window as it was asked for.
    pub asked: Window,
    /// The same in instants.
    pub window: Interval,
    /// Intercom's clock.
    pub now: Timestamp,
    /// Most rows wanted.
    pub max_rows: usize,
    /// Returns where people open a conversation of a workspace.
    pub url: fn(&Workspace, &str) -> String,
}

/// Rows.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlRows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows were counted.
    pub counted: u64,
    /// The count is of all there are.
    pub counted_all: bool,
    /// Why rows are left out.
    pub cut: Option<SqlCut>,
    /// Conditions within `matches` that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// How new the fields are that the answer rests on and that change without any activity.
    pub fields: Vec<FieldAge>,
}

/// Returns what can be asked in SQL.
#[must_use]
pub fn sql_schema() -> SqlSchema {
    views::schema()
}

/// Answers one question after the other, each on connections of its own.
pub(super) struct SqlReader {
    path: PathBuf,
}

impl SqlReader {
    /// Returns one for a database.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Answers, and has the moment that the answer is of judged.
    fn answer<T>(
        &self,
        deadline: &Deadline,
        question: &SqlQuestion,
        judge: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<(SqlRows, T), Error> {
        let sandbox = Sandbox::open(&self.path, question, deadline)?;
        let judged = sandbox.records().read(judge)?;
        Ok((sandbox.run(question)?, judged))
    }
}

impl Store {
    /// Answers a question in SQL, and has the moment that the answer is of judged.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the statement cannot be read or answered; its text has further lines that show the place.
    pub async fn query_sql<T: Send + 'static>(
        &self,
        limit: Limit,
        question: SqlQuestion,
        judge: impl FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<(SqlRows, T), Error> {
        let engine = self.engine()?;
        let closing = engine.closing.clone();
        let within = move |time| {
            Deadline::new(Limit { time: Some(time), dropped: limit.dropped.clone() }, closing.clone())
        };
        let waiting = within(WAIT);
        let busy = || Error::Busy("other queries in SQL are still running: ask again in a few seconds");
        let answer = engine.sql.run(move |reader| {
            waiting.check().map_err(|error| if waiting.is_dropped() { error } else { busy() })?;
            let running = within(RUN);
            let answered = reader.answer(&running, &question, judge);
            if running.is_dropped() { Err(running.error()) } else { answered }
        });
        // Once it runs it ends by itself.
        let answered = tokio::time::timeout(WAIT + RUN, answer).await;
        self.take_note(&engine, answered.unwrap_or_else(|_| Err(busy()))).await
    }
}
