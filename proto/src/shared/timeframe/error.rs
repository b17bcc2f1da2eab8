//! What can be wrong with a time or a timeframe, in words that show how to write it right. It must not resolve anything.

use std::{fmt, ops::Range};

use chrono::{DateTime, FixedOffset};

/// What the text was expected to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One time, as after `--since`.
    Time,
    /// A range of time, as after `--timeframe`.
    Timeframe,
}

impl Subject {
    fn examples(self) -> &'static str {
        match self {
            Self::Time => r#""2026-10-15", "yesterday", "3 days ago", "2h", "2026-10-15T14:30:00Z""#,
            Self::Timeframe => r#""last 7 days", "yesterday", "Q3 2026", "2026-10-01..2026-10-15""#,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Timeframe => "timeframe",
        })
    }
}

/// Why a text names no usable time or timeframe; its text quotes the input, shortened where that is long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeError {
    /// The text is outside the grammar, names a day that does not exist, or may mean two things.
    Unreadable {
        /// What was expected.
        subject: Subject,
        /// The input.
        text: String,
        /// The bytes of the input at which reading stopped; empty at the end where something is missing.
        place: Range<usize>,
        /// What to write instead, where that can be told.
        hint: Option<String>,
    },
    /// The time lies before 1970 or after 9999.
    OutOfRange {
        /// What was expected.
        subject: Subject,
        /// The input.
        text: String,
    },
    /// The timeframe begins at or after the present.
    Future {
        /// The input.
        text: String,
        /// Where it begins, in the user's zone.
        start: DateTime<FixedOffset>,
    },
    /// The timeframe ends at or before its start.
    Empty {
        /// The input.
        text: String,
        /// Where it begins, in the user's zone.
        start: DateTime<FixedOffset>,
        /// Where it ends, in the user's zone.
        end: DateTime<FixedOffset>,
    },
}

impl std::error::Error for TimeError {}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { subject, text, place, hint } => {
                let quoted = excerpt(text);
                match (hint, text.get(place.clone())) {
                    (Some(hint), _) => write!(f, "cannot read the {subject} {quoted:?} ({hint})")?,
                    (None, Some(part)) if !part.is_empty() && part != text.trim() => {
                        write!(f, "cannot read {:?} in the {subject} {quoted:?}", excerpt(part))?;
                    }
                    (None, _) => write!(f, "cannot read the {subject} {quoted:?}")?,
                }
                write!(f, ": expected e.g. {}", subject.examples())
            }
            Self::OutOfRange { subject: subject @ Subject::Time, text } => {
                write!(f, "the {subject} {:?} is not between the years 1970 and 9999", excerpt(text))
            }
            Self::OutOfRange { subject: subject @ Subject::Timeframe, text } => write!(
                f,
                "the {subject} {:?} is not between the years 1970 and 9999: write \"all time\" for all of the history",
                excerpt(text)
            ),
            Self::Future { text, start } => {
                write!(
                    f,
                    "the timeframe {:?} starts at {}, which is not in the past",
                    excerpt(text),
                    start.to_rfc3339()
                )
            }
            Self::Empty { text, start, end } => write!(
                f,
                "the timeframe {:?} is empty: its start, {}, is not before its end, {}",
                excerpt(text),
                start.to_rfc3339(),
                end.to_rfc3339()
            ),
        }
    }
}

/// Returns as much of the input as a message can carry.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// What stopped the reading of a text, before it is known whether a time or a timeframe was wanted.
#[derive(Debug)]
pub(super) enum Fault {
    /// A word outside the vocabulary.
    Unknown(Range<usize>),
    /// A known word where it makes no sense.
    Unexpected(Range<usize>),
    /// Something of which the writer can be told what to write instead.
    Hinted(Range<usize>, String),
    /// A number too large to be a time.
    OutOfRange,
}

impl Fault {
    /// Returns the error that users see.
    pub(super) fn into_error(self, subject: Subject, text: &str) -> TimeError {
        let (place, hint) = match self {
            Self::OutOfRange => return TimeError::OutOfRange { subject, text: text.to_owned() },
            Self::Unknown(place) | Self::Unexpected(place) => (place, None),
            Self::Hinted(place, hint) => (place, Some(hint)),
        };
        TimeError::Unreadable { subject, text: text.to_owned(), place, hint }
    }
}
