//! Questions in SQL, against what was stored.

mod answers;
mod hostile;
mod limits;
mod memory;

use proto::Interval;
use proto::types::{SqlValue, Window};

use super::{ALWAYS, open, put};
use crate::store::{Error, Limit, SqlQuestion, SqlRows, Store};

/// Returns a question about all that there is.
fn about(sql: &str) -> SqlQuestion {
    SqlQuestion {
        sql: sql.to_owned(),
        asked: Window::default(),
        window: ALWAYS,
        now: ALWAYS.end,
        max_rows: 1_000,
        url: |workspace, id| format!("https://example.com/{}/{id}", workspace.id),
    }
}

/// Returns a question about a window.
fn within(window: Interval, sql: &str) -> SqlQuestion {
    let asked = Window { start: Some(window.start), end: Some(window.end) };
    SqlQuestion { asked, window, ..about(sql) }
}

async fn try_query(store: &Store, question: SqlQuestion) -> Result<SqlRows, Error> {
    let found = store.query_sql(Limit::default(), question, |_| Ok(())).await;
    found.map(|(rows, ())| rows)
}

/// Returns the rows as text: values between bars, rows on lines.
async fn rows(store: &Store, question: SqlQuestion) -> Vec<String> {
    let sql = question.sql.clone();
    let found = try_query(store, question).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let value = |value: &SqlValue| match value {
        SqlValue::Null => "null".to_owned(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
    };
    found.rows.iter().map(|row| row.iter().map(value).collect::<Vec<_>>().join("|")).collect()
}

async fn query(store: &Store, sql: &str) -> Vec<String> {
    rows(store, about(sql)).await
}

async fn refused(store: &Store, sql: &str) -> String {
    match try_query(store, about(sql)).await {
        Ok(found) => panic!("{sql} was answered with {} rows", found.rows.len()),
        Err(error) => error.to_string(),
    }
}
