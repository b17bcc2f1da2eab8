//! What format 3 left to the rebuild: raw JSON that is compressed with a dictionary of its own. Frozen; nothing writes it.

use rusqlite::{Connection, OptionalExtension};
use zstd::bulk::Decompressor;

use super::error::{Attempt, Error};

/// Larger than any conversation that Intercom returns.
const MAX_BYTES: usize = 256 << 20;

/// Reads the JSON of a database that was of format 3.
pub(super) struct Reader {
    plain: Decompressor<'static>,
    /// Of the one dictionary that there ever was.
    trained: Option<Decompressor<'static>>,
}

impl Reader {
    /// Returns one, where there is anything to read.
    pub(super) fn find(connection: &Connection) -> Result<Option<Self>, Error> {
        let attempt = "cannot read JSON of format 3";
        let there = "SELECT 1 FROM sqlite_schema WHERE name = 'raw_3'";
        if !connection.prepare(there).and_then(|mut statement| statement.exists([])).attempt(attempt)? {
            return Ok(None);
        }
        let trained: Option<Vec<u8>> = connection
            .query_row("SELECT bytes FROM dictionary_3 ORDER BY id LIMIT 1", [], |row| row.get(0))
            .optional()
            .attempt(attempt)?;
        let unusable = |error: std::io::Error| Error::Encode { action: attempt, source: error.into() };
        let plain = Decompressor::new().map_err(unusable)?;
        let trained = trained.map(|bytes| Decompressor::with_dictionary(&bytes)).transpose();
        Ok(Some(Self { plain, trained: trained.map_err(unusable)? }))
    }

    /// Returns the JSON of a conversation, where it is here.
    pub(super) fn json(&mut self, connection: &Connection, key: i64) -> Result<Option<Vec<u8>>, Error> {
        let row: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("SELECT dictionary, json FROM raw_3 WHERE key = ?1")
            .and_then(|mut statement| {
                statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt("cannot read JSON of format 3")?;
        let Some((dictionary, frame)) = row else { return Ok(None) };
        let damaged = |why: String| Error::Damaged { what: "JSON", key, why };
        let decompressor = match (dictionary, &mut self.trained) {
            (0, _) => &mut self.plain,
            (_, Some(trained)) => trained,
            (_, None) => return Err(damaged("its dictionary is missing".to_owned())),
        };
        let size = Decompressor::upper_bound(&frame).unwrap_or(0);
        if size > MAX_BYTES {
            return Err(damaged(format!("it claims to be {size} bytes long")));
        }
        decompressor.decompress(&frame, size).map(Some).map_err(|why| damaged(why.to_string()))
    }
}

/// Takes the JSON of a conversation away, which is stored anew.
pub(super) fn remove(connection: &Connection, key: i64) -> Result<(), Error> {
    connection
        .prepare_cached("DELETE FROM raw_3 WHERE key = ?1")
        .and_then(|mut statement| statement.execute([key]))
        .map(drop)
        .attempt("cannot remove JSON of format 3")
}

/// Drops what is empty by now.
pub(super) fn finish(connection: &Connection) -> Result<(), Error> {
    connection
        .execute_batch("DROP TABLE IF EXISTS raw_3; DROP TABLE IF EXISTS dictionary_3")
        .attempt("cannot remove JSON of format 3")
}
