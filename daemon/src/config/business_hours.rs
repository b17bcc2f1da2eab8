//! The table `[business_hours]`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::Deserialize;

use super::ConfigError;
use super::keys;
use super::values::Sources;
use crate::hours::BusinessHours;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    timezone: Option<String>,
    monday: Option<String>,
    tuesday: Option<String>,
    wednesday: Option<String>,
    thursday: Option<String>,
    friday: Option<String>,
    saturday: Option<String>,
    sunday: Option<String>,
    holidays: Option<String>,
}

/// Reads the table.
///
/// # Errors
/// When a value is not allowed, there is no zone, or no day has hours.
pub(super) fn read(table: &Table, path: &Path) -> Result<BusinessHours, ConfigError> {
    let sources = Sources { path, environment: |_: &str| None };
    let zone = sources.required(&keys::TIMEZONE, table.timezone.as_deref().or(Some("")), zone)?;
    let days = [
        &table.monday,
        &table.tuesday,
        &table.wednesday,
        &table.thursday,
        &table.friday,
        &table.saturday,
        &table.sunday,
    ];
    let mut week: [Vec<Range<i64>>; 7] = Default::default();
    for ((hours, key), written) in week.iter_mut().zip(&keys::WEEK).zip(days) {
        *hours = sources.setting(key, written.as_deref(), spans)?.unwrap_or_default();
    }
    if week.iter().all(Vec::is_empty) {
        return Err(ConfigError::Value {
            origin: path.display().to_string(),
            key: keys::WEEK[0].name,
            found: String::new(),
            allowed: "no day has hours: give some, such as \"09:00-17:00\"".to_owned(),
        });
    }
    let holidays = sources.setting(&keys::HOLIDAYS, table.holidays.as_deref(), dates)?.unwrap_or_default();
    Ok(BusinessHours { zone, week, holidays })
}

const ZONE: &str = "the name of a time zone is needed, such as \"Europe/Berlin\"";

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| {
        let alike = |zone: &&Tz| strsim::jaro_winkler(&zone.name().to_lowercase(), &text.to_lowercase());
        let nearest = TZ_VARIANTS.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
        match nearest.filter(|nearest| alike(nearest) > 0.85) {
            Some(nearest) => format!("{ZONE}; did you mean {:?}?", nearest.name()),
            None => ZONE.to_owned(),
        }
    })
}

/// Reads the hours of a day.
fn spans(text: &str) -> Result<Vec<Range<i64>>, String> {
    const ALLOWED: &str =
        "hours are needed, such as \"09:00-17:00\" or \"09:00-12:00, 13:00-17:00\", or \"closed\"";
    if text.trim().eq_ignore_ascii_case("closed") {
        return Ok(Vec::new());
    }
    let mut spans = Vec::new();
    for span in text.split(',') {
        let (start, end) = span.split_once(['-', '–']).ok_or(ALLOWED)?;
        let (start, end) = (time(start).ok_or(ALLOWED)?, time(end).ok_or(ALLOWED)?);
        if start >= end {
            return Err("hours end after they begin: those past midnight are two, such as \"22:00-24:00\" and, on the next \
                        day, \"00:00-02:00\""
                .to_owned());
        }
        spans.push(start..end);
    }
    spans.sort_by_key(|span| span.start);
    if spans.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err("hours of one day must not overlap".to_owned());
    }
    Ok(spans)
}

/// Reads a time of day, in seconds since midnight.
fn time(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    let (hour, minute): (i64, i64) = (number(hour)?, number(minute)?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some((hour * 60 + minute) * 60)
}

fn dates(text: &str) -> Result<BTreeSet<NaiveDate>, String> {
    let dates = text.split(',').map(str::trim).filter(|date| !date.is_empty());
    let dates: Result<_, _> = dates.map(str::parse).collect();
    dates.map_err(|_| "dates are needed, such as \"2026-12-25, 2027-01-01\"".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read_text(text: &str) -> Result<BusinessHours, ConfigError> {
        read(&toml::from_str(text).unwrap(), Path::new("/etc/config.toml"))
    }

    #[test]
    fn hours_are_read_with_their_zone_and_holidays() {
        let hours = read_text(
            "timezone = 'Europe/Berlin'\nmonday = '13:00-17:00, 9:00 - 12:00'\ntuesday = 'closed'\nsunday = '00:00-24:00'\n\
             holidays = '2026-12-25, 2027-01-01'",
        );
        assert_eq!(
            hours.unwrap().to_string(),
            "Mon 09:00-12:00 and 13:00-17:00, Sun 00:00-24:00 (Europe/Berlin), less 2 holidays"
        );
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_key_and_what_is_allowed() {
        let berlin = "timezone = 'Europe/Berlin'\n";
        let cases = [
            (
                "monday = '09:00-17:00'".to_owned(),
                "`business_hours.timezone` is \"\": the name of a time zone",
            ),
            (berlin.to_owned(), "`business_hours.monday` is \"\": no day has hours"),
            ("timezone = 'europe/berln'".to_owned(), "did you mean \"Europe/Berlin\"?"),
            (format!("{berlin}friday = '9-5'"), "`business_hours.friday` is \"9-5\": hours are needed"),
            (format!("{berlin}friday = '09:00-24:01'"), "hours are needed"),
            (format!("{berlin}friday = '09:60-10:00'"), "hours are needed"),
            (format!("{berlin}friday = '+9:00-10:00'"), "hours are needed"),
            (format!("{berlin}friday = '22:00-02:00'"), "those past midnight are two"),
            (format!("{berlin}friday = '09:00-12:00, 11:00-13:00'"), "must not overlap"),
            (format!("{berlin}friday = '09:00-12:00'\nholidays = 'Easter'"), "dates are needed"),
        ];
        for (text, expected) in cases {
            let error = read_text(&text).unwrap_err().to_string();
            assert!(error.starts_with("/etc/config.toml: ") && error.contains(expected), "{text}: {error}");
        }
    }
}
