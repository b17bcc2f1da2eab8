//! The time that a timeframe is compared with.

use chrono::{DateTime, TimeZone};
use serde::{Deserialize, Serialize};

use crate::timeframe::{TimeError, parse_timeframe};
use crate::types::Window;
use crate::wire::timestamp::Timestamp;

/// The time that a timeframe is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// None.
    #[default]
    Nothing,
    /// The same length of time right before the timeframe.
    Previous,
    /// That, where the local copy is to hold all of it.
    PreviousIfKept,
    /// Another timeframe.
    With(Window),
}

impl Compare {
    /// Reads what people and agents write: `previous`, `none`, or another timeframe in words.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse<Tz: TimeZone>(words: &str, now: &DateTime<Tz>) -> Result<Self, TimeError> {
        match words.trim().to_lowercase().as_str() {
            "none" => Ok(Self::Nothing),
            "previous" => Ok(Self::Previous),
            words => {
                let read = parse_timeframe(words, now)?;
                let (start, end) = (read.start.map(Timestamp::from), read.end.map(Timestamp::from));
                Ok(Self::With(Window { start, end }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::Utc;

    use super::*;

    #[test]
    fn a_comparison_is_with_the_time_before_with_another_timeframe_or_with_nothing() {
        let read = |words| Compare::parse(words, &Utc::now());
        assert_eq!(read(" Previous").unwrap(), Compare::Previous);
        assert_eq!(read("none").unwrap(), Compare::Nothing);
        assert!(matches!(read("September 2026").unwrap(), Compare::With(Window { start: Some(_), .. })));
        assert!(read("lasst wek").is_err());
    }
}
