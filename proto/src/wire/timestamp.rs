//! Instants and intervals, in the whole seconds that Intercom keeps. Pure.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

/// An instant in whole seconds since 1970-01-01 UTC, the resolution of every time in Intercom's API; in JSON as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The earliest instant that is ever spoken of, 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// Returns the instant `seconds` later (earlier when negative), saturating.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Returns the instant `seconds` earlier, saturating.
    #[must_use]
    pub const fn minus(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Returns the seconds from `earlier` to this instant, negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the calendar form; an instant outside of chrono's range (±262,000 years) becomes the nearest end of it.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Returns RFC 3339 in UTC, such as `2026-10-01T14:30:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Returns the form used in messages, such as `2026-10-01 14:30 UTC`.
    #[must_use]
    pub fn to_minute(self) -> String {
        self.to_datetime().format("%Y-%m-%d %H:%M UTC").to_string()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// The instants from `start` up to but not including `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval {
    /// First instant inside, RFC 3339, UTC.
    #[serde(rename = "start_date")]
    pub start: Timestamp,
    /// First instant after it, RFC 3339, UTC.
    #[serde(rename = "end_date")]
    pub end: Timestamp,
}

impl Interval {
    /// Returns the interval `[start, end)`, in seconds since 1970.
    #[must_use]
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start: Timestamp(start), end: Timestamp(end) }
    }

    /// Says whether no instant lies inside.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end.0 <= self.start.0
    }

    /// Returns its length in seconds, zero when empty.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        if self.is_empty() { 0 } else { self.end.0.saturating_sub(self.start.0) }
    }

    /// Returns the instants that both hold; possibly empty.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}
