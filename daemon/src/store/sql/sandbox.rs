//! The connection that a statement runs on: it has the documented views, and neither a table of its own nor a way to one.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::MutexGuard;

use proto::types::Window;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, vtab};

use super::SqlQuestion;
use super::authorizer::{Refusal, authorizer};
use super::basis::Basis;
use super::functions::{self, Shared, lock};
use super::names::Names;
use super::plain::LONGEST;
use super::records::Records;
use super::views::{Bounds, VIEWS};
use super::watch::{STEPS, Watch};
use crate::store::error::{Attempt, Error};
use crate::store::readers::Deadline;

/// How often both connections are begun anew, where something was stored between the two: a few times a second at most.
const TRIES: usize = 100;
/// The longest statement, in bytes.
const LONGEST_STATEMENT: i32 = 50_000;
/// What goes wrong.
const ATTEMPT: &str = "cannot set up a query in SQL";

/// What SQLite allows a statement: enough for whatever a person writes, and little for what only a program does.
const LIMITS: [(Limit, i32); 9] = [
    (Limit::SQLITE_LIMIT_LENGTH, LONGEST as i32),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 64),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 0),
];

/// The connection, and what belongs to it.
pub(super) struct Sandbox {
    /// The connection.
    pub(super) connection: Connection,
    /// What its functions read.
    records: Shared,
    /// What it refuses a statement for.
    pub(super) refusal: Refusal,
    /// What a statement's answer rests on.
    pub(super) basis: Basis,
    /// What ends a statement that takes too much.
    pub(super) watch: Watch,
}

impl Sandbox {
    /// Opens one, and begins to see one moment.
    pub(super) fn open(path: &Path, question: &SqlQuestion, deadline: &Deadline) -> Result<Self, Error> {
        let watch = Watch::new(deadline);
        let names = Names::new();
        let schema = names.schema();
        let records: Shared = Shared::new(Records::open(path, question, deadline)?.into());
        // What is attached is opened as this one is.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(":memory:", flags).attempt(ATTEMPT)?;
        let set_up = |connection: &Connection| {
            connection.execute("ATTACH ?1 AS ?2", (path.to_string_lossy(), &schema))?;
            connection.execute_batch(&format!(
                "PRAGMA {schema}.cache_size = -4096; PRAGMA {schema}.mmap_size = 0; PRAGMA temp_store = MEMORY;"
            ))?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
            connection.create_collation("time", compare_times)?;
            vtab::series::load_module(connection)?;
            functions::register(connection, &records)
        };
        set_up(&connection).attempt(ATTEMPT)?;
        begin(&connection, &schema, &lock(&records))?;
        let made = create_views(&connection, question, &names, &mut lock(&records))?;
        connection.execute_batch(&made).attempt(ATTEMPT)?;
        connection.execute_batch("PRAGMA query_only = ON").attempt(ATTEMPT)?;
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most).attempt(ATTEMPT)?;
        }
        let (refusal, basis) = (Refusal::default(), Basis::default());
        connection.authorizer(Some(authorizer(names, refusal.clone(), basis.clone()))).attempt(ATTEMPT)?;
        connection.progress_handler(STEPS, Some(watch.handler())).attempt(ATTEMPT)?;
        Ok(Self { connection, records, refusal, basis, watch })
    }

    /// Returns what the functions read, or read.
    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }
}

/// Begins to read on both connections at one moment: nothing was stored while it was done.
fn begin(connection: &Connection, schema: &str, records: &Records) -> Result<(), Error> {
    let look = format!("PRAGMA {schema}.data_version");
    let version = || connection.query_row(&look, [], |row| row.get::<_, i64>(0)).attempt(ATTEMPT);
    let first = format!("BEGIN; SELECT count(*) FROM (SELECT 1 FROM {schema}.counter LIMIT 1)");
    for _ in 0..TRIES {
        let before = version()?;
        records.begin()?;
        connection.execute_batch(&first).attempt(ATTEMPT)?;
        // Within a transaction this is the version that is read.
        if version()? == before {
            return Ok(());
        }
        connection.execute_batch("ROLLBACK").attempt(ATTEMPT)?;
        records.end()?;
    }
    Err(Error::Busy("conversations are being stored too fast for a query in SQL: ask again in a minute"))
}

/// Returns the statements that make the views.
fn create_views(
    connection: &Connection,
    question: &SqlQuestion,
    names: &Names,
    records: &mut Records,
) -> Result<String, Error> {
    let schema = names.schema();
    let (coverage, workspace) = records.read(|snapshot| Ok((snapshot.claims()?, snapshot.workspace()?)))?;
    let others = format!("SELECT EXISTS (SELECT 1 FROM {schema}.other_id)");
    let Window { start, .. } = question.asked;
    let bounds = Bounds {
        schema: &schema,
        window: question.window,
        begins: start.is_some(),
        has_other_ids: connection.query_row(&others, [], |row| row.get(0)).attempt(ATTEMPT)?,
        url: workspace.map(|(workspace, _)| (question.url)(&workspace, "")),
        coverage: coverage.proven(),
    };
    Ok(VIEWS.iter().map(|view| view.create(&names.inner(view.name), &bounds)).collect())
}

/// Compares times as text, whether they are written with a `T` and a `Z`, as ours are, or as SQLite's functions write them.
fn compare_times(one: &str, other: &str) -> Ordering {
    let plain = |text: &str| {
        let text = text.strip_suffix('Z').unwrap_or(text).to_owned();
        if text.as_bytes().get(10) == Some(&b'T') { text.replacen('T', " ", 1) } else { text }
    };
    plain(one).cmp(&plain(other))
}
