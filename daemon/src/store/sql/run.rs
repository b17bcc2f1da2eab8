//! Running a statement: its rows within bounds, and how many there are.

use proto::types::{SqlCut, SqlValue};
use rusqlite::Statement;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;

use super::error::Cause;
use super::plain::LONGEST;
use super::sandbox::Sandbox;
use super::watch::MEMORY;
use super::{RUN, SqlQuestion, SqlRows};
use crate::store::error::{Attempt, Error};

/// The most bytes of rows in an answer.
const MOST_BYTES: usize = 1 << 20;
/// Steps of SQLite's machine after which there may be one more long text.
const MAKES_TEXT: [&str; 8] =
    ["AggFinal", "AggValue", "Column", "Concat", "Copy", "Function", "MakeRecord", "PureFunc"];
/// The most bytes of texts that a statement can make between two looks at its memory.
const MOST_TEXT: usize = 32 << 20;
/// A text may always be so long.
const SHORTEST: usize = 4 << 10;

/// Rows as far as they are taken in.
#[derive(Default)]
struct Taken {
    rows: Vec<Vec<SqlValue>>,
    bytes: usize,
    counted: u64,
    cut: Option<SqlCut>,
}

impl Sandbox {
    /// Runs the statement of a question.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when it cannot be read or answered.
    pub(super) fn run(&self, question: &SqlQuestion) -> Result<SqlRows, Error> {
        let sql = question.sql.trim_end();
        let explain = |cause| self.explain(sql, cause);
        let mut statement = self.connection.prepare(sql).map_err(|error| explain(Cause::Sqlite(error)))?;
        if statement.column_count() == 0 {
            return Err(explain(Cause::NothingToRead));
        }
        if statement.is_explain() != 0 {
            return Err(explain(Cause::Explain));
        }
        self.bound_texts(sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut taken = Taken::default();
        let ended = take(&mut statement, &mut taken, question.max_rows);
        let counted_all = match ended {
            Ok(()) => true,
            Err(error) => {
                let late = self.watch.is_late() && !self.watch.is_dropped();
                let cut = match () {
                    () if self.watch.is_too_large() => SqlCut::Memory,
                    () if late => SqlCut::Time,
                    () => return Err(explain(Cause::Sqlite(error))),
                };
                // Nothing is no answer: there may be rows.
                if taken.rows.is_empty() {
                    return Err(explain(Cause::TooMuch(cut)));
                }
                taken.cut.get_or_insert(cut);
                false
            }
        };
        if taken.rows.is_empty() && taken.cut == Some(SqlCut::Bytes) {
            return Err(explain(Cause::TooMuch(SqlCut::Bytes)));
        }
        let Taken { rows, counted, cut, .. } = taken;
        let mut records = self.records();
        let fields = records.ages(self.basis.fields(), question)?;
        Ok(SqlRows { columns, rows, counted, counted_all, cut, unknown: records.unknown(), fields })
    }
}

impl Sandbox {
    /// Lets texts be the shorter, the more of them a statement can make before SQLite asks whether to go on, which it does at
    /// the ends of loops only.
    fn bound_texts(&self, sql: &str) -> Result<(), Error> {
        let made = || {
            let mut statement = self.connection.prepare(&format!("EXPLAIN {sql}"))?;
            let mut steps = statement.query([])?;
            let mut made = 0;
            while let Some(step) = steps.next()? {
                made += usize::from(MAKES_TEXT.contains(&step.get_ref(1)?.as_str()?));
            }
            Ok(made)
        };
        let made = made().map_err(|error| self.explain(sql, Cause::Sqlite(error)))?;
        let longest = (MOST_TEXT / made.max(1)).clamp(SHORTEST, LONGEST);
        self.connection
            .set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(longest).unwrap_or(i32::MAX))
            .map(drop)
            .attempt("cannot set up a query in SQL")
    }
}

/// Takes rows in, and counts those for which there is no room.
fn take(statement: &mut Statement<'_>, taken: &mut Taken, most: usize) -> rusqlite::Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        taken.counted += 1;
        if taken.cut.is_some() {
            continue;
        }
        if taken.rows.len() >= most {
            taken.cut = Some(SqlCut::Rows);
            continue;
        }
        let bytes =
            (0..columns).map(|column| row.get_ref(column).map(size)).sum::<rusqlite::Result<usize>>()?;
        taken.bytes += bytes;
        if taken.bytes > MOST_BYTES {
            taken.cut = Some(SqlCut::Bytes);
            continue;
        }
        taken.rows.push((0..columns).map(|column| row.get_ref(column).map(value)).collect::<Result<_, _>>()?);
    }
    Ok(())
}

/// Returns about how many bytes a value travels as.
fn size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 12,
        ValueRef::Text(text) => 12 + text.len(),
        ValueRef::Blob(bytes) => 15 + 2 * bytes.len(),
    }
}

fn value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) if number.is_finite() => SqlValue::Real(number),
        ValueRef::Real(number) if number > 0.0 => SqlValue::Text("Inf".to_owned()),
        ValueRef::Real(_) => SqlValue::Text("-Inf".to_owned()),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            SqlValue::Text(format!("x'{digits}'"))
        }
    }
}

/// Returns what to do about an answer that does not come.
pub(super) fn remedy(cut: SqlCut) -> String {
    match cut {
        SqlCut::Time => format!(
            "the query did not come to a row within {} s: give a timeframe, name conversations by id, or join on an id",
            RUN.as_secs()
        ),
        SqlCut::Memory => format!(
            "the query needs more than {} MiB of memory: sort, group or collect fewer or shorter rows, give a LIMIT or a \
             timeframe",
            MEMORY >> 20
        ),
        SqlCut::Bytes | SqlCut::Rows => {
            "the first row alone is larger than the 1 MiB that an answer may have: take fewer columns, or \
             substr(body, 1, 1000)"
                .to_owned()
        }
    }
}
