//! Where a conversation stands in the index: its activity time, then a slot within that second, so that walking the
//! index backwards is walking from the last changed conversation to the first.

use proto::Timestamp;
use rusqlite::Connection;

use super::error::{Attempt, Error};

/// Room for a million conversations that changed within the same second.
const SLOT_BITS: u32 = 20;
/// Far beyond every date, and small enough that no arithmetic on docids overflows.
const MAX_SECOND: i64 = 1 << 40;

/// Returns the least docid of an instant.
pub(super) fn first(at: Timestamp) -> i64 {
    at.0.clamp(-MAX_SECOND, MAX_SECOND) << SLOT_BITS
}

/// Returns the greatest docid of an instant.
pub(super) fn last(at: Timestamp) -> i64 {
    first(at) | ((1 << SLOT_BITS) - 1)
}

/// Returns the second that a docid lies in.
pub(super) fn second_of(docid: i64) -> Timestamp {
    Timestamp(docid >> SLOT_BITS)
}

/// Gives out free docids to conversations in ascending order of activity time.
#[derive(Debug, Default)]
pub(super) struct Allocator {
    previous: Option<i64>,
}

impl Allocator {
    /// Returns a free docid of an instant.
    pub(super) fn next(&mut self, connection: &Connection, updated_at: Timestamp) -> Result<i64, Error> {
        let (first, last) = (first(updated_at), last(updated_at));
        let taken = match self.previous {
            Some(previous) if previous >= first => Some(previous),
            _ => connection
                .prepare_cached("SELECT max(docid) FROM conversation WHERE docid BETWEEN ?1 AND ?2")
                .and_then(|mut statement| statement.query_row([first, last], |row| row.get(0)))
                .attempt("cannot find a place in the index")?,
        };
        let docid = match taken {
            None => first,
            Some(taken) if taken < last => taken + 1,
            Some(_) => freed(connection, first, last)?,
        };
        self.previous = Some(docid);
        Ok(docid)
    }
}

/// Returns a docid that was taken once and is free again.
fn freed(connection: &Connection, first: i64, last: i64) -> Result<i64, Error> {
    connection
        .query_row(
            "SELECT docid - 1 FROM conversation AS c WHERE docid > ?1 AND docid <= ?2
                 AND NOT EXISTS (SELECT 1 FROM conversation AS b WHERE b.docid = c.docid - 1)
             ORDER BY docid LIMIT 1",
            [first, last],
            |row| row.get(0),
        )
        .attempt("cannot find a place in the index")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_docid_lies_in_its_second() {
        for second in [0, 1, 1_790_000_000, -5, MAX_SECOND, -MAX_SECOND] {
            let (first, last) = (first(Timestamp(second)), last(Timestamp(second)));
            assert_eq!((second_of(first), second_of(last)), (Timestamp(second), Timestamp(second)));
            assert_eq!(last - first + 1, 1 << SLOT_BITS);
        }
    }
}
