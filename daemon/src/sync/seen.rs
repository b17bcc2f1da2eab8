//! What a walk has met, to notice pages that break Intercom's promises: nothing may be claimed from those. Pure.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use proto::{Interval, Timestamp};

use crate::intercom::Page;
use crate::model::Listed;

/// What a walk has met.
pub(super) struct Seen {
    hasher: RandomState,
    rows: HashSet<u64>,
    cursors: HashSet<u64>,
    /// From here on rows may stand anywhere: the index knows their new place only after a while.
    settled_until: Timestamp,
    latest: Timestamp,
    /// Rows on all pages.
    count: u64,
}

impl Seen {
    /// Returns what a walk has met that has not begun.
    pub(super) fn new(settled_until: Timestamp) -> Self {
        Self {
            hasher: RandomState::default(),
            rows: HashSet::new(),
            cursors: HashSet::new(),
            settled_until,
            latest: Timestamp::EPOCH,
            count: 0,
        }
    }

    /// Takes in a page, unless it cannot be right: then it says in which way. Returns the span of which rows may be missing,
    /// because some stand after later ones.
    pub(super) fn take(&mut self, page: &Page) -> Result<Option<Interval>, &'static str> {
        if is_empty_with_next(page) {
            return Err("an empty page says that another follows");
        }
        let cursor = page.next.as_ref().map(|next| self.hasher.hash_one(next));
        if cursor.is_some_and(|cursor| self.cursors.contains(&cursor)) {
            return Err("two pages were followed by the same cursor");
        }
        let hash = |row: &Listed| self.hasher.hash_one((&row.id, row.updated_at));
        let rows: Vec<u64> = page.listed.iter().map(hash).collect();
        if page.next.is_some() && !rows.is_empty() && rows.iter().all(|row| self.rows.contains(row)) {
            return Err("a page brought nothing that was not on one before it");
        }
        self.rows.extend(rows);
        self.cursors.extend(cursor);
        self.count += page.raw_rows as u64;
        let settled = page.listed.iter().filter(|row| row.read_after.is_none());
        let times = settled.map(|row| row.updated_at).filter(|at| *at < self.settled_until);
        let mut behind = None;
        for at in times {
            if at < self.latest {
                behind = Some(behind.map_or(at, |first: Timestamp| first.min(at)));
            }
            self.latest = self.latest.max(at);
        }
        Ok(behind.map(|start| Interval { start, end: self.latest.plus(1) }))
    }

    /// Returns how many rows there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

/// Says whether a page has nothing and yet leads on.
pub(super) fn is_empty_with_next(page: &Page) -> bool {
    page.raw_rows == 0 && page.next.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intercom::Cursor;
    use crate::model::ConversationId;

    /// A page with rows of these times, and this cursor.
    fn page(times: &[i64], next: Option<&str>) -> Page {
        let row = |at: &i64| Listed {
            id: ConversationId(at.to_string()),
            created_at: None,
            updated_at: Timestamp(*at),
            read_after: None,
        };
        Page {
            listed: times.iter().map(row).collect(),
            unreadable: Vec::new(),
            total_count: None,
            next: next.map(|next| Cursor(next.to_owned())),
            answered_at: Timestamp(0),
            raw_rows: times.len(),
        }
    }

    #[test]
    fn a_page_that_cannot_be_right_is_not_taken() {
        let mut seen = Seen::new(Timestamp(1_000));
        assert_eq!(seen.take(&page(&[1, 2], Some("a"))), Ok(None));
        assert!(seen.take(&page(&[], Some("b"))).is_err());
        assert!(seen.take(&page(&[3], Some("a"))).is_err());
        assert!(seen.take(&page(&[1, 2], Some("c"))).is_err());
        assert_eq!(seen.take(&page(&[2, 3], Some("c"))), Ok(None), "what was not taken does not count");
        assert_eq!((seen.take(&page(&[], None)), seen.count()), (Ok(None), 4));
    }

    #[test]
    fn where_settled_rows_stand_after_later_ones_others_may_be_missing() {
        let mut seen = Seen::new(Timestamp(100));
        assert_eq!(seen.take(&page(&[10, 40, 20, 30], Some("a"))), Ok(Some(Interval::new(20, 41))));
        assert_eq!(seen.take(&page(&[50, 200, 60, 90], Some("b"))), Ok(None), "200 may stand anywhere");
        assert_eq!(seen.take(&page(&[80, 95], None)), Ok(Some(Interval::new(80, 96))));
    }
}
