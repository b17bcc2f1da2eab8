//! The coverage as rows; what it means is decided in `freshness`.

use proto::{Interval, Timestamp};
use rusqlite::Connection;

use super::error::{Attempt, Error};
use crate::freshness::{Coverage, Scan};

/// Returns the coverage.
pub(super) fn load(connection: &Connection) -> Result<Coverage, Error> {
    let attempt = "cannot read the coverage";
    let proven = connection
        .prepare_cached("SELECT start, finish FROM covered")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| Ok(Interval::new(row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        })
        .attempt(attempt)?;
    let awaiting = connection
        .prepare_cached("SELECT start, finish, finished_at FROM awaiting")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                Ok(Scan {
                    range: Interval::new(row.get(0)?, row.get(1)?),
                    finished_at: Timestamp(row.get(2)?),
                })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        })
        .attempt(attempt)?;
    Ok(Coverage::new(proven, awaiting))
}

/// Replaces the coverage.
pub(super) fn save(connection: &Connection, coverage: &Coverage) -> Result<(), Error> {
    let attempt = "cannot store the coverage";
    connection.execute_batch("DELETE FROM covered; DELETE FROM awaiting").attempt(attempt)?;
    for span in coverage.proven() {
        connection
            .prepare_cached("INSERT INTO covered(start, finish) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute([span.start.0, span.end.0]))
            .attempt(attempt)?;
    }
    for scan in coverage.awaiting() {
        connection
            .prepare_cached("INSERT INTO awaiting(start, finish, finished_at) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| {
                statement.execute([scan.range.start.0, scan.range.end.0, scan.finished_at.0])
            })
            .attempt(attempt)?;
    }
    Ok(())
}
