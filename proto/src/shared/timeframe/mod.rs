//! Times and timeframes in words: a text, the present and the user's zone become instants, half-open ranges of them.
//! Pure: no clock, no IO. It must not guess; what it cannot read is an error that shows how to write it.
//!
//! How the words are meant:
//!
//! - Days, weeks (from Monday), months, quarters and years are those of the calendar in the user's zone. A range takes
//!   in the whole of both its ends: `2026-10-01..2026-10-15` goes on until the 15th is over, and so do `to`, `and`,
//!   `until` and `through`. `before X` stops where X begins, `after X` starts where X is over.
//! - A calendar timeframe keeps its true end, be it in the future: `today` ends at the next midnight. Whether "now"
//!   comes first is decided by the verdict, which knows Intercom's clock. A timeframe that only starts in the future
//!   is an error.
//! - `last 7 days`, `past week` and `7d` end now and begin at the same wall time seven days ago; hours, minutes and
//!   seconds are elapsed time. Without a number, `last week` is the calendar week before this one (and so for months,
//!   quarters and years), while the last hour or day is the one that ends now.
//! - `Monday`, `October`, `Q3`, `Nov 1` are the latest that have begun, today included; `last Monday` is the latest
//!   before today. Within a range each end helps to understand the other: `Nov 1 to Nov 30` is one month, be it over
//!   or not, and `25 Dec to 5 Jan` crosses the new year.
//! - `m` is minutes, `mo` is months. A time of day alone is today's. Four digits from 1970 on are a year.
//! - Where clocks skip midnight, the day begins at the first instant after it. A wall time that clocks show twice is
//!   the earlier of the two, and the later one as an end.

mod edges;
mod error;
mod expression;
mod grammar;
mod lex;
mod point;
mod resolve;
#[cfg(test)]
mod tests;
mod words;
mod zone;

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, Offset as _, SecondsFormat, TimeZone, Utc};

pub use self::edges::{Every, MOST_EDGES, TooManySpans, edges};
pub use self::error::{Subject, TimeError};
pub use self::zone::{Offset, offsets};
use self::{
    error::Fault,
    expression::{Point, Side},
    resolve::Calendar,
};

/// The longest text that is read, in bytes; no timeframe needs more.
const LONGEST: usize = 200;

/// A half-open range of time, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeframe {
    /// Where it begins; `None` is the beginning of the history.
    pub start: Option<DateTime<Utc>>,
    /// The first instant after it, which may lie in the future; `None` is now, whenever that is asked.
    pub end: Option<DateTime<Utc>>,
}

/// Reads one time, as after `--since`: of a day, week, month, quarter or year its beginning.
///
/// The time may lie in the future. A length alone, like `2h`, counts back from now.
pub fn parse_instant<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<DateTime<Utc>, TimeError> {
    instant(text, now, Side::First)
}

/// Reads one time, as after `--until`: of a day, week, month, quarter or year its end, which is the first instant
/// after it, so that `2026-10-15` takes in the 15th.
pub fn parse_instant_end<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<DateTime<Utc>, TimeError> {
    instant(text, now, Side::Last)
}

/// Reads a timeframe. If both ends are known the start is before the end, and any start is before now.
pub fn parse_timeframe<Tz: TimeZone>(text: &str, now: &DateTime<Tz>) -> Result<Timeframe, TimeError> {
    let subject = Subject::Timeframe;
    let expression = read(text, subject, grammar::timeframe)?;
    let out_of_range = || TimeError::OutOfRange { subject, text: text.to_owned() };
    let calendar = Calendar::new(now).ok_or_else(out_of_range)?;
    let resolved = match (expression.start, expression.end) {
        (Some(start), Some(end)) => calendar.sides(start, end).map(|(start, end)| (Some(start), Some(end))),
        (Some((point, side)), None) => calendar.side(point, side).map(|start| (Some(start), None)),
        (None, Some((point, side))) => calendar.side(point, side).map(|end| (None, Some(end))),
        (None, None) => Some((None, None)),
    };
    let (start, end) = resolved.ok_or_else(out_of_range)?;
    let in_zone = |instant: DateTime<Utc>| fixed(&calendar.zone, instant);
    if let Some((start, end)) = start.zip(end)
        && start >= end
    {
        return Err(TimeError::Empty { text: text.to_owned(), start: in_zone(start), end: in_zone(end) });
    }
    if let Some(start) = start
        && start >= calendar.now
    {
        return Err(TimeError::Future { text: text.to_owned(), start: in_zone(start) });
    }
    let ends_now = matches!(expression.end, Some((Point::Now, _)));
    Ok(Timeframe { start, end: end.filter(|_| !ends_now) })
}

impl Timeframe {
    /// Returns the range as a text for people in a zone, which reads back as the same range there: dates where it
    /// consists of whole days, RFC 3339 instants elsewhere.
    #[must_use]
    pub fn echo<Tz: TimeZone>(&self, zone: &Tz) -> String {
        let write = |date: Option<NaiveDate>, instant| {
            date.map_or_else(|| rfc3339(fixed(zone, instant)), |date| date.to_string())
        };
        let start = self.start.map(|start| write(zone::day_from(zone, start), start));
        let end = self.end.map(|end| write(zone::day_until(zone, end), end));
        join(start, end)
    }
}

/// Writes the range in UTC, to the instant; it reads back as the same range anywhere.
impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
        f.write_str(&join(self.start.map(write), self.end.map(write)))
    }
}

fn instant<Tz: TimeZone>(text: &str, now: &DateTime<Tz>, side: Side) -> Result<DateTime<Utc>, TimeError> {
    let subject = Subject::Time;
    let point = read(text, subject, grammar::point).map_err(|error| match error {
        TimeError::Unreadable { subject, text, place, hint: None }
            if read(&text, Subject::Timeframe, grammar::timeframe).is_ok() =>
        {
            let hint = Some("it is a range of time, not one time".to_owned());
            TimeError::Unreadable { subject, text, place, hint }
        }
        error => error,
    })?;
    Calendar::new(now)
        .and_then(|calendar| calendar.side(point, side))
        .ok_or_else(|| TimeError::OutOfRange { subject, text: text.to_owned() })
}

type Reader<T> = fn(&[lex::Spot], usize) -> Result<T, Fault>;

fn read<T>(text: &str, subject: Subject, reader: Reader<T>) -> Result<T, TimeError> {
    if text.len() > LONGEST {
        let hint = format!("it is longer than {LONGEST} bytes");
        return Err(Fault::Hinted(0..text.len(), hint).into_error(subject, text));
    }
    let parse = |text: &str| reader(&lex::tokens(text)?, text.len());
    parse(text).map_err(|fault| {
        let fault = match fault {
            Fault::Unknown(place) => match corrected(text).filter(|corrected| parse(corrected).is_ok()) {
                Some(corrected) => Fault::Hinted(place, format!("did you mean {corrected:?}?")),
                None => Fault::Unknown(place),
            },
            fault => fault,
        };
        fault.into_error(subject, text)
    })
}

/// Returns the text with the nearest known word in place of each that is unknown, if there is one for each.
fn corrected(text: &str) -> Option<String> {
    let mut corrected = text.to_owned();
    for place in lex::unknown_words(text).into_iter().rev() {
        let word = words::nearest(&text.get(place.clone())?.to_ascii_lowercase())?;
        corrected.replace_range(place, word);
    }
    Some(corrected)
}

fn join(start: Option<String>, end: Option<String>) -> String {
    match (start, end) {
        (None, None) => "all time".to_owned(),
        (Some(start), None) => format!("since {start}"),
        (None, Some(end)) => format!("until {end}"),
        // Only a whole day begins and ends with the same words.
        (Some(start), Some(end)) if start == end => start,
        (Some(start), Some(end)) => format!("{start}..{end}"),
    }
}

fn rfc3339(instant: DateTime<FixedOffset>) -> String {
    // RFC 3339 has no seconds in offsets, which some zones had until 1972.
    if instant.offset().local_minus_utc() % 60 == 0 {
        instant.to_rfc3339_opts(SecondsFormat::Secs, true)
    } else {
        instant.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

fn fixed<Tz: TimeZone>(zone: &Tz, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    instant.with_timezone(&zone.offset_from_utc_datetime(&instant.naive_utc()).fix())
}
