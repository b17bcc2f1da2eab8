//! Where a conversation stands in the index: its activity time, then a slot within that second, so that walking the
//! index backwards is walking from the last changed conversation to the first.

use std::collections::HashSet;

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

/// Returns the docids of a second in the order in which they are taken: one of its own for each second. FTS5 keeps the
/// rows that were deleted in hash tables by the low bits of their numbers; if those were always zero, each row of a
/// search would be compared with all of them.
fn slots(second: i64) -> impl Iterator<Item = i64> {
    let mixed = second.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS);
    (0..1 << SLOT_BITS).map(move |slot| (second << SLOT_BITS) | (slot ^ mixed.cast_signed()))
}

/// Gives out free docids to conversations in ascending order of activity time.
#[derive(Debug, Default)]
pub(super) struct Allocator {
    second: Option<i64>,
    /// What is taken of that second.
    taken: HashSet<i64>,
}

impl Allocator {
    /// Returns a free docid of an instant, or of the first second after it that has one.
    pub(super) fn next(&mut self, connection: &Connection, updated_at: Timestamp) -> Result<i64, Error> {
        let from = second(updated_at);
        let mut second = self.second.map_or(from, |last| last.max(from));
        loop {
            if self.second != Some(second) {
                self.taken = taken(connection, second)?;
                self.second = Some(second);
            }
            if let Some(docid) = slots(second).find(|docid| !self.taken.contains(docid)) {
                self.taken.insert(docid);
                return Ok(docid);
            }
            second += 1;
        }
    }
}

fn taken(connection: &Connection, second: i64) -> Result<HashSet<i64>, Error> {
    let bounds = [first(Timestamp(second)), last(Timestamp(second))];
    connection
        .prepare_cached("SELECT docid FROM conversation WHERE docid BETWEEN ?1 AND ?2")
        .and_then(|mut statement| statement.query_map(bounds, |row| row.get(0))?.collect())
        .attempt("cannot find a place in the index")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_each_of_its_slots_once() {
        for second in [0, 1, 1_790_000_000, -5, MAX_SECOND, -MAX_SECOND] {
            let mut all: Vec<i64> = slots(second).collect();
            assert!(all.iter().all(|docid| second_of(*docid) == Timestamp(second)));
            all.sort_unstable();
            assert_eq!(all, (first(Timestamp(second))..=last(Timestamp(second))).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_low_bits_of_what_seconds_begin_with_are_spread() {
        let begins = (0..1_000).filter_map(|n| slots(1_790_000_000 + 300 * n).next());
        let different: HashSet<i64> = begins.map(|docid| docid % 64).collect();
        assert_eq!(different.len(), 64);
    }
}
