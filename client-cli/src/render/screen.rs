//! What text is made for: a terminal or a file, its width, the reader's zone and present.

use chrono::{DateTime, FixedOffset, Local};
use proto::Timestamp;

/// The properties of an output stream that text depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Columns.
    pub(crate) width: usize,
    /// A person looks at it now.
    pub(crate) terminal: bool,
    /// Colours are wanted.
    pub(crate) styled: bool,
    /// It takes links, and they are wanted.
    pub(crate) links: bool,
    /// What "ago" counts from.
    pub(crate) now: Timestamp,
    /// The reader's zone.
    pub(crate) zone: fn(Timestamp) -> DateTime<FixedOffset>,
}

/// Returns an instant in the zone of this machine's user.
pub(crate) fn local_zone(at: Timestamp) -> DateTime<FixedOffset> {
    at.to_datetime().with_timezone(&Local).fixed_offset()
}

#[cfg(test)]
pub(crate) mod samples {
    //! Screens that tests render for.

    use super::*;

    /// Sunday 2026-11-22 20:00 UTC.
    pub(crate) const NOW: Timestamp = Timestamp(1_795_377_600);

    fn two_hours_east(at: Timestamp) -> DateTime<FixedOffset> {
        at.to_datetime().with_timezone(&FixedOffset::east_opt(2 * 3600).expect("two hours are an offset"))
    }

    /// A file, or a terminal without colours, 80 columns wide.
    pub(crate) fn plain() -> Screen {
        Screen { width: 80, terminal: false, styled: false, links: false, now: NOW, zone: two_hours_east }
    }

    /// A terminal with colours.
    pub(crate) fn styled() -> Screen {
        Screen { terminal: true, styled: true, links: true, ..plain() }
    }
}
