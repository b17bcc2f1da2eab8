//! Keyset cursors: base64 of `[sort value, id, number of the next page]`, a position in an order and no snapshot.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::conversation_id;
use crate::search::Refusal;

/// Returns a cursor before all conversations that no search gives; it differs for each number.
pub(crate) fn unheard_of(number: u64) -> String {
    STANDARD.encode(format!("[0,{},{number}]", conversation_id(0)))
}

/// One page of a search: which rows, and how it goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    /// Numbers of the rows.
    pub(crate) rows: Vec<u32>,
    pub(crate) total_count: usize,
    pub(crate) per_page: usize,
    /// Number of the page, from 1.
    pub(crate) page: u64,
    pub(crate) next: Option<String>,
}

/// Rows in an order: each with its sort value and the number that breaks ties, ascending or descending in both.
pub(crate) struct Ordered<'a> {
    /// Ascending, whatever the order asked for.
    pub(crate) rows: &'a [(i64, u32)],
    pub(crate) ascending: bool,
    /// What a sort value is multiplied with in a cursor: 1000 for times, as cursors hold milliseconds.
    pub(crate) scale: i64,
    /// Id of number 0, so that cursors hold ids.
    pub(crate) first_id: u64,
    pub(crate) per_page: usize,
}

impl Ordered<'_> {
    /// Returns the page after a cursor, or the first one.
    pub(crate) fn page(&self, after: Option<&str>) -> Result<Page, Refusal> {
        let (position, page) = match after {
            None => (None, 1),
            Some(cursor) => {
                let (value, number, page) = self.decode(cursor)?;
                (Some((value, number)), page)
            }
        };
        let rest = match (position, self.ascending) {
            (None, _) => self.rows,
            (Some(position), true) => &self.rows[self.rows.partition_point(|row| *row <= position)..],
            (Some(position), false) => &self.rows[..self.rows.partition_point(|row| *row < position)],
        };
        let shown = rest.len().min(self.per_page);
        let rows: Vec<(i64, u32)> = if self.ascending {
            rest[..shown].to_vec()
        } else {
            rest[rest.len() - shown..].iter().rev().copied().collect()
        };
        let next = rows.last().filter(|_| rest.len() > shown).map(|last| self.encode(*last, page + 1));
        Ok(Page {
            rows: rows.into_iter().map(|(_, number)| number).collect(),
            total_count: self.rows.len(),
            per_page: self.per_page,
            page,
            next,
        })
    }

    fn encode(&self, (value, number): (i64, u32), page: u64) -> String {
        let id = self.first_id + u64::from(number);
        STANDARD.encode(format!("[{},{id},{page}]", value.saturating_mul(self.scale)))
    }

    fn decode(&self, cursor: &str) -> Result<(i64, u32, u64), Refusal> {
        let refusal = || Refusal::new("parameter_invalid", "Invalid starting_after").on("starting_after");
        let decoded = STANDARD.decode(cursor).map_err(|_| refusal())?;
        let (value, id, page): (i64, u64, u64) = serde_json::from_slice(&decoded).map_err(|_| refusal())?;
        let number = id
            .checked_sub(self.first_id)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(refusal)?;
        Ok((value / self.scale, number, page))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn walk(ascending: bool) -> Vec<u32> {
        let rows = [(1, 4), (2, 1), (2, 2), (2, 3), (9, 0)];
        let ordered = Ordered { rows: &rows, ascending, scale: 1000, first_id: 500, per_page: 2 };
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = ordered.page(cursor.as_deref()).unwrap();
            seen.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn pages_hold_every_row_once_in_either_order() {
        assert_eq!(walk(true), [4, 1, 2, 3, 0]);
        assert_eq!(walk(false), [0, 3, 2, 1, 4]);
    }

    #[test]
    fn a_cursor_that_is_none_is_refused() {
        let ordered = Ordered { rows: &[], ascending: true, scale: 1, first_id: 0, per_page: 2 };
        assert_eq!(ordered.page(Some("nonsense")).unwrap_err().code, "parameter_invalid");
    }
}
