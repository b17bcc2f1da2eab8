//! The spans of activity time that are held without holes, as an algebra.
//!
//! A conversation that changes while an older span is being scanned leaves that span for the present, so a scan that
//! ended at some moment proves its span only once the head has passed that moment. Until then the scan is kept
//! apart, and claims nothing.

use proto::{Interval, Timestamp};

/// A finished scan of a span that does not reach the present, waiting for the head to pass the moment it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The span that was read.
    pub range: Interval,
    /// When its last page was read, on Intercom's clock, never earlier than the truth.
    pub finished_at: Timestamp,
}

/// Which spans of activity are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    proven: Vec<Interval>,
    awaiting: Vec<Scan>,
}

impl Coverage {
    /// Returns the coverage that these spans and scans make; empty ones are left out, touching spans merged.
    #[must_use]
    pub fn new(proven: impl IntoIterator<Item = Interval>, awaiting: impl IntoIterator<Item = Scan>) -> Self {
        let awaiting = awaiting.into_iter().filter(|scan| !scan.range.is_empty()).collect();
        let mut coverage = Self { proven: Vec::new(), awaiting };
        for range in proven {
            insert(&mut coverage.proven, range);
        }
        coverage.promote();
        coverage
    }

    /// Returns the spans that may be claimed: disjoint, not touching, oldest first.
    #[must_use]
    pub fn proven(&self) -> &[Interval] {
        &self.proven
    }

    /// Returns the scans that wait for the head to pass the moment they ended.
    #[must_use]
    pub fn awaiting(&self) -> &[Scan] {
        &self.awaiting
    }

    /// Returns the span with the latest end.
    #[must_use]
    pub fn head(&self) -> Option<Interval> {
        self.proven.last().copied()
    }

    /// Returns the instant through which the local copy is known to be complete.
    #[must_use]
    pub fn last_sync(&self) -> Option<Timestamp> {
        self.head().map(|head| head.end)
    }

    /// Says whether an instant lies in a span that may be claimed.
    #[must_use]
    pub fn covers(&self, instant: Timestamp) -> bool {
        self.proven.iter().any(|span| span.start <= instant && instant < span.end)
    }

    /// Returns what of it may be claimed while the copy is sound only up to some instant: nothing from there on.
    #[must_use]
    pub fn up_to(&self, instant: Timestamp) -> Self {
        let cut = |span: &Interval| Interval { end: span.end.min(instant), ..*span };
        Self::new(self.proven.iter().map(cut), self.awaiting.iter().copied())
    }

    /// Takes back what was claimed, or waits to be, by a clock that was ahead of this instant.
    pub fn retract(&mut self, instant: Timestamp) {
        self.proven = self.up_to(instant).proven;
        self.awaiting.retain(|scan| scan.finished_at <= instant);
    }

    /// Adds a span that was read to the present, and is claimed up to its own bound; then every waiting scan that
    /// had ended when the head's new end was the present.
    pub fn add_head(&mut self, range: Interval) {
        insert(&mut self.proven, range);
        self.promote();
    }

    /// Adds a scan that ended before the present.
    pub fn add_scan(&mut self, scan: Scan) {
        if !scan.range.is_empty() {
            self.awaiting.push(scan);
            self.promote();
        }
    }

    fn promote(&mut self) {
        let Some(last_sync) = self.last_sync() else { return };
        let (passed, waiting) = self.awaiting.iter().partition(|scan| scan.finished_at <= last_sync);
        self.awaiting = waiting;
        for scan in passed {
            // What lies above the head's end cannot be claimed by a scan that did not read to the present.
            insert(&mut self.proven, Interval { end: scan.range.end.min(last_sync), ..scan.range });
        }
    }

    /// Returns the pieces of `window` that may not be claimed, oldest first.
    #[must_use]
    pub fn gaps(&self, window: Interval) -> Vec<Interval> {
        holes(&self.proven, window)
    }

    /// Returns the pieces of `window` that were not read, whether or not they may be claimed already, oldest first.
    #[must_use]
    pub fn unread(&self, window: Interval) -> Vec<Interval> {
        let mut read = self.proven.clone();
        for scan in &self.awaiting {
            insert(&mut read, scan.range);
        }
        holes(&read, window)
    }
}

/// Inserts a span into disjoint, ordered ones, merging what it touches.
fn insert(spans: &mut Vec<Interval>, mut range: Interval) {
    if range.is_empty() {
        return;
    }
    let first = spans.partition_point(|span| span.end < range.start);
    let last = spans.partition_point(|span| span.start <= range.end);
    if let (Some(lowest), Some(highest)) = (spans.get(first), spans[..last].last())
        && first < last
    {
        range = Interval { start: range.start.min(lowest.start), end: range.end.max(highest.end) };
    }
    spans.splice(first..last, [range]);
}

fn holes(spans: &[Interval], window: Interval) -> Vec<Interval> {
    let mut holes = Vec::new();
    let mut from = window.start;
    for span in spans.iter().filter(|span| span.end > window.start && span.start < window.end) {
        holes.push(Interval { start: from, end: span.start });
        from = span.end;
    }
    holes.push(Interval { start: from, end: window.end });
    holes.retain(|hole| !hole.is_empty());
    holes
}
