//! Since when all of what a register tells is as new as it was in Intercom: of what is read by itself, since nothing tells
//! that it changed. It is stored with the rows that it speaks of.

use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::ledger;
use crate::model::Register;

/// What the marks are called.
const MARK: &str = "as_of.";

/// Returns the instant through which everything is known that a register tells; `None` where it was never read.
pub(super) fn as_of(connection: &Connection, register: Register) -> Result<Option<Timestamp>, Error> {
    let read = read_as_of(connection, register)?;
    if register != Register::Contacts {
        return Ok(read);
    }
    // Of a contact who was not looked up yet, no look for changes tells: what is known is as of a conversation's read.
    let unasked = connection
        .prepare_cached("SELECT min(told_at) FROM contact WHERE asked = 0")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, Option<i64>>(0)))
        .attempt("cannot read how new the contacts are")?;
    Ok(match (read, unasked.map(Timestamp)) {
        (read, None) => read,
        (None, Some(unasked)) => Some(unasked),
        (Some(read), Some(unasked)) => Some(read.min(unasked)),
    }
    .filter(|as_of| *as_of > Timestamp::EPOCH))
}

/// Returns the instant through which everything is known that contacts have besides name and address; `None` while any of them
/// was not looked up, since no conversation tells that.
pub(super) fn details_as_of(connection: &Connection) -> Result<Option<Timestamp>, Error> {
    let is_unasked = connection
        .prepare_cached("SELECT 1 FROM contact WHERE asked = 0 LIMIT 1")
        .and_then(|mut statement| statement.exists([]))
        .attempt("cannot read how new the contacts are")?;
    if is_unasked { Ok(None) } else { read_as_of(connection, Register::Contacts) }
}

/// Returns since when the changes of a register are known, whatever else is not.
pub(super) fn read_as_of(connection: &Connection, register: Register) -> Result<Option<Timestamp>, Error> {
    let value: Option<String> = connection
        .prepare_cached("SELECT value FROM mark WHERE name = ?1")
        .and_then(|mut statement| {
            statement.query_row([format!("{MARK}{}", register.as_str())], |row| row.get(0)).optional()
        })
        .attempt("cannot read how new the names are")?;
    Ok(value.and_then(|value| value.parse().ok()).map(Timestamp))
}

/// Stores that everything is known that a register tells up to an instant.
pub(super) fn read_through(
    connection: &Connection,
    register: Register,
    as_of: Timestamp,
) -> Result<(), Error> {
    if read_as_of(connection, register)? >= Some(as_of) {
        return Ok(());
    }
    ledger::set_mark(connection, &format!("{MARK}{}", register.as_str()), &as_of.0.to_string())
}

/// Takes back what was claimed by a clock that was ahead of an instant.
pub(super) fn retract(connection: &Connection, instant: Timestamp) -> Result<(), Error> {
    let attempt = "cannot take back how new the names are";
    for register in [Register::Tags, Register::Admins, Register::Teams, Register::Contacts] {
        if read_as_of(connection, register)? > Some(instant) {
            let name = format!("{MARK}{}", register.as_str());
            ledger::set_mark(connection, &name, &instant.0.to_string())?;
        }
    }
    for sql in [
        "UPDATE contact SET told_at = ?1 WHERE told_at > ?1",
        "UPDATE contact SET read_at = ?1 WHERE read_at > ?1",
        "UPDATE tag SET listed_at = ?1 WHERE listed_at > ?1",
    ] {
        connection.execute(sql, params![instant.0]).attempt(attempt)?;
    }
    Ok(())
}
