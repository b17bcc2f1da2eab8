//! The gaps within the pages of the database. When SQLite moves rows from one page to another it leaves copies of them behind,
//! in the room between a page's directory and its rows, and there `secure_delete` does not reach: a row that is deleted
//! later may still stand in a gap.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};

/// Pages that one step looks at: some milliseconds.
const STEP: i64 = 2_000;
/// From this page on, what a page is can no longer be told from its first byte: other pages begin with the number of a page.
const TELLING: i64 = 0x0200_0000;

/// Clears the gaps of the next pages, from `first` on; returns where to go on, `None` at the end.
pub(super) fn clear(connection: &Connection, first: i64) -> Result<Option<i64>, Error> {
    let attempt = "cannot clear what was deleted";
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).attempt(attempt)?;
    if pages >= TELLING {
        return Err(Error::TooLarge { action: attempt });
    }
    let end = pages.min(first + STEP - 1);
    for number in first..=end {
        let cleared = connection
            .prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([number], |row| Ok(cleared(number, row.get_ref(0)?.as_blob()?)))
                    .optional()
            })
            .attempt(attempt)?
            .flatten();
        if let Some(page) = cleared {
            connection
                .prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")
                .and_then(|mut statement| statement.execute(params![number, page]))
                .attempt(attempt)?;
        }
    }
    Ok((end < pages).then_some(end + 1))
}

/// Returns a page without what stands in its gap, where anything does.
fn cleared(number: i64, page: &[u8]) -> Option<Vec<u8>> {
    // The file's own header is on the first page, in front of the page's.
    let header = if number == 1 { 100 } else { 0 };
    let two = |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
    let length = match page.get(header)? {
        2 | 5 => 12,
        10 | 13 => 8,
        // Long values and free pages, which have no gaps.
        _ => return None,
    };
    let start = header + length + 2 * two(header + 3)?;
    let end = match two(header + 5)? {
        0 => 1 << 16,
        end => end,
    };
    if page.get(start..end)?.iter().all(|byte| *byte == 0) {
        return None;
    }
    let mut page = page.to_vec();
    page.get_mut(start..end)?.fill(0);
    Some(page)
}
