//! The floor of what reads all conversations: the same rows, read by hand.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

/// The daemon's own database, read by hand.
pub(crate) struct Stored(Connection);

impl Stored {
    /// Opens it beside the daemon.
    pub(crate) fn open(path: &Path) -> Self {
        Self(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap())
    }

    /// Reads what is measured of every conversation, and returns how many there are.
    pub(crate) fn figures(&self) -> usize {
        let mut statement = self.0.prepare_cached("SELECT * FROM measure").unwrap();
        let columns = statement.column_count();
        let sum = |row: &Row<'_>| {
            let value = |column| match row.get_ref(column)? {
                ValueRef::Integer(number) => Ok(number),
                ValueRef::Blob(bytes) => Ok(bytes.iter().map(|byte| i64::from(*byte)).sum()),
                _ => Ok(0),
            };
            (0..columns).map(value).sum::<rusqlite::Result<i64>>()
        };
        statement.query_map([], sum).unwrap().map(Result::unwrap).map(std::hint::black_box).count()
    }

    /// Reads the compressed parts of every conversation, and returns how many bytes they have.
    pub(crate) fn bodies(&self) -> usize {
        let mut statement = self.0.prepare_cached("SELECT texts, parts FROM body").unwrap();
        let bytes = |row: &Row<'_>| Ok(row.get::<_, Vec<u8>>(0)?.len() + row.get::<_, Vec<u8>>(1)?.len());
        statement.query_map([], bytes).unwrap().map(Result::unwrap).sum()
    }
}
