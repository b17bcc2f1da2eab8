//! Where a conversation stands in the index: its activity time, then a slot within that second, so that walking the
//! index backwards is walking from the last changed conversation to the first.

use proto::Timestamp;
use rusqlite::Connection;

use super::error::{Attempt, Error};

/// 256 conversations fit into a second; more spill into the following ones, and readers put them in order again.
const SLOT_BITS: u32 = 8;
/// Far beyond every date, and small enough that no arithmetic on docids overflows.
const MAX_SECOND: i64 = 1 << 50;

/// Returns the least docid of an instant.
pub(super) fn first(at: Timestamp) -> i64 {
    second(at) << SLOT_BITS
}

/// Returns the greatest docid of an instant.
pub(super) fn last(at: Timestamp) -> i64 {
    first(at) | ((1 << SLOT_BITS) - 1)
}

/// Returns the second that a docid lies in.
pub(super) fn second_of(docid: i64) -> Timestamp {
    Timestamp(docid >> SLOT_BITS)
}

/// Returns how many seconds a docid lies after its conversation's activity time.
pub(super) fn spill(docid: i64, updated_at: Timestamp) -> i64 {
    (docid >> SLOT_BITS) - second(updated_at)
}

fn second(at: Timestamp) -> i64 {
    at.0.clamp(-MAX_SECOND, MAX_SECOND)
}

/// Gives out free docids, ascending, to conversations in ascending order of activity time.
#[derive(Debug, Default)]
pub(super) struct Allocator {
    next: Option<i64>,
}

impl Allocator {
    /// Returns the first free docid at or after an instant, and after all that were given out.
    pub(super) fn next(&mut self, connection: &Connection, updated_at: Timestamp) -> Result<i64, Error> {
        let attempt = "cannot find a place in the index";
        let from = first(updated_at);
        let mut free = self.next.map_or(from, |next| next.max(from));
        let mut statement = connection
            .prepare_cached("SELECT docid FROM conversation WHERE docid >= ?1 ORDER BY docid")
            .attempt(attempt)?;
        let mut taken = statement.query([free]).attempt(attempt)?;
        while let Some(row) = taken.next().attempt(attempt)? {
            if row.get::<_, i64>(0).attempt(attempt)? > free {
                break;
            }
            free += 1;
        }
        self.next = Some(free + 1);
        Ok(free)
    }
}
