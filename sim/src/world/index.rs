//! The search index: what search sees of each conversation, and all of them in the order of `updated_at`.
//! It holds numbers only, few enough for hundreds of thousands of conversations.

use crate::world::thread::Thread;

/// What search sees of one conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// How many changes after the start the index has taken in.
    pub(crate) version: u32,
    /// Whether search finds it: not before it is indexed, not after its deletion is.
    pub(crate) present: bool,
}

impl Row {
    /// Returns the row of a conversation after so many changes.
    pub(crate) fn of(thread: &Thread, version: u32) -> Self {
        Self { created_at: thread.created_at, updated_at: thread.updated_at, version, present: true }
    }
}

/// Conversations in the order of `updated_at`, then number. A sorted vector: windows are counted by binary search,
/// and a move costs one `memmove` of a few megabytes at most.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    entries: Vec<(i64, u32)>,
}

/// One row's move; `None` stands for outside of the index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    pub(crate) index: u32,
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
}

/// Moves at a time from which on sorting all is cheaper than moving each.
const BULK: usize = 64;

impl Sorted {
    /// Returns the order of all the rows that are present.
    pub(crate) fn new(rows: &[Row]) -> Self {
        let mut entries: Vec<(i64, u32)> = (0..)
            .zip(rows)
            .filter(|(_, row)| row.present)
            .map(|(index, row)| (row.updated_at, index))
            .collect();
        entries.sort_unstable();
        Self { entries }
    }

    /// Returns the entries with `updated_at` in the closed window, ascending.
    pub(crate) fn window(&self, low: i64, high: i64) -> &[(i64, u32)] {
        let start = self.entries.partition_point(|(updated_at, _)| *updated_at < low);
        let end = self.entries.partition_point(|(updated_at, _)| *updated_at <= high);
        self.entries.get(start..end).unwrap_or_default()
    }

    /// Applies the moves of rows that `rows` already shows where they are now.
    pub(crate) fn apply(&mut self, moves: &[Move], rows: &[Row]) {
        if moves.len() > BULK {
            *self = Self::new(rows);
            return;
        }
        for step in moves {
            if let Some(from) = step.from
                && let Ok(place) = self.entries.binary_search(&(from, step.index))
            {
                self.entries.remove(place);
            }
            if let Some(to) = step.to
                && let Err(place) = self.entries.binary_search(&(to, step.index))
            {
                self.entries.insert(place, (to, step.index));
            }
        }
    }
}
