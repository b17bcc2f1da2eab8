//! Functions of SQLite's whose time grows with the product of their arguments' lengths, done in time that grows with their
//! sum: a statement cannot be stopped within one call.

use std::borrow::Cow;
use std::collections::HashSet;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// The longest text that may come of one.
pub(super) const LONGEST: usize = 512 << 10;

/// Puts them into the place of SQLite's own.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = flags();
    connection.create_scalar_function("instr", 2, flags, |call| {
        let [Some(text), Some(part)] = [text(call, 0), text(call, 1)] else { return Ok(None) };
        let at = text.find(part.as_ref()).map_or(0, |at| text[..at].chars().count() + 1);
        Ok(i64::try_from(at).ok())
    })?;
    connection.create_scalar_function("replace", 3, flags, |call| {
        let [Some(text), Some(part), Some(other)] = [0, 1, 2].map(|at| text(call, at)) else {
            return Ok(Value::Null);
        };
        if part.is_empty() {
            return Ok(Value::Text(text.into_owned()));
        }
        let found = text.matches(part.as_ref()).count();
        let longest = text.len().saturating_add(found.saturating_mul(other.len()));
        if longest.saturating_sub(found.saturating_mul(part.len())) > LONGEST {
            return Err(too_long());
        }
        Ok(Value::Text(text.replace(part.as_ref(), &other)))
    })?;
    let trims: [(&str, bool, bool); 3] =
        [("trim", true, true), ("ltrim", true, false), ("rtrim", false, true)];
    for (name, start, end) in trims {
        connection.create_scalar_function(name, 2, flags, move |call| {
            let [Some(text), Some(set)] = [text(call, 0), text(call, 1)] else { return Ok(None) };
            let set: HashSet<char> = set.chars().collect();
            let inside = |c: char| set.contains(&c);
            let text = if start { text.trim_start_matches(inside) } else { &text };
            Ok(Some(if end { text.trim_end_matches(inside) } else { text }.to_owned()))
        })?;
    }
    Ok(())
}

/// Returns what says of a function that it answers the same to the same, and does nothing.
pub(super) fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS
}

/// Returns an argument as text.
pub(super) fn text<'a>(call: &'a Context<'_>, at: usize) -> Option<Cow<'a, str>> {
    match call.get_raw(at) {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string())),
        ValueRef::Real(number) => Some(Cow::Owned(number.to_string())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
    }
}

/// Returns the error of SQLite's for a text that is too long.
pub(super) fn too_long() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError("string or blob too big".into())
}
