//! How things are, in a line. Pure. It claims no more than an answer would.

use chrono::{DateTime, TimeZone};

use crate::sync::Summary;

/// Conversations that may be on their way without being worth a word.
const FEW: u64 = 100;
/// The most characters of an error.
const LONGEST: usize = 200;

/// Returns the line, or nothing where the last one still holds.
pub(super) fn text<Z: TimeZone>(summary: &Summary, zone: &Z) -> Option<String>
where
    Z::Offset: std::fmt::Display,
{
    if let Some(error) = &summary.error {
        return Some(format!("not syncing: {}", one_line(error)));
    }
    let (Some(stored), Some(last_sync)) = (summary.stored, summary.last_sync) else {
        return Some(match summary.stored {
            None | Some(0) => "connecting to Intercom".to_owned(),
            Some(stored) => format!("copying; {} conversations so far", grouped(stored)),
        });
    };
    let to_go = summary.unlisted.map(|unlisted| unlisted.saturating_add(summary.pending));
    if summary.backfilling || summary.pending >= FEW {
        let left = match to_go {
            Some(left) if left > 0 => format!(", {} to go", grouped(left)),
            _ => String::new(),
        };
        return Some(format!("copying; {} conversations so far{left}", grouped(stored)));
    }
    if summary.pending > 0 {
        return None;
    }
    let at = |instant: i64| DateTime::from_timestamp(instant, 0).map(|time| time.with_timezone(zone));
    let (through, now) = (at(last_sync.0)?, at(summary.now.0)?);
    let format = if through.date_naive() == now.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    Some(format!("up to date as of {}; {} conversations", through.format(format), grouped(stored)))
}

/// A line break would be read as the end of the word and the beginning of another.
fn one_line(text: &str) -> String {
    let clean = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(LONGEST).map(clean).collect()
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::{FixedOffset, Utc};
    use proto::Timestamp;

    use super::*;

    /// 2026-09-21 15:46:40 UTC.
    const NOW: i64 = 1_790_005_600;

    fn calm() -> Summary {
        Summary {
            now: Timestamp(NOW),
            last_sync: Some(Timestamp(NOW - 70)),
            stored: Some(12_345),
            pending: 0,
            unlisted: Some(0),
            backfilling: false,
            error: None,
        }
    }

    #[test]
    fn the_line_says_through_when_the_copy_is_complete_in_the_users_time() {
        assert_eq!(text(&calm(), &Utc).unwrap(), "up to date as of 15:45; 12,345 conversations");
        let east = FixedOffset::east_opt(19_800).unwrap();
        assert_eq!(text(&calm(), &east).unwrap(), "up to date as of 21:15; 12,345 conversations");
        let yesterday = Summary { last_sync: Some(Timestamp(NOW - 86_400)), stored: Some(7), ..calm() };
        assert_eq!(text(&yesterday, &Utc).unwrap(), "up to date as of 2026-09-20 15:46; 7 conversations");
    }

    #[test]
    fn nothing_is_called_up_to_date_while_something_is_missing() {
        let first = Summary { last_sync: None, stored: None, ..calm() };
        assert_eq!(text(&first, &Utc).unwrap(), "connecting to Intercom");
        let listing = Summary { last_sync: None, stored: Some(80), ..calm() };
        assert_eq!(text(&listing, &Utc).unwrap(), "copying; 80 conversations so far");
        let history = Summary { backfilling: true, pending: 1_000, unlisted: Some(234), ..calm() };
        assert_eq!(text(&history, &Utc).unwrap(), "copying; 12,345 conversations so far, 1,234 to go");
        let unknown = Summary { backfilling: true, unlisted: None, ..calm() };
        assert_eq!(text(&unknown, &Utc).unwrap(), "copying; 12,345 conversations so far");
        assert_eq!(text(&Summary { pending: 3, ..calm() }, &Utc), None, "the line from before still holds");
        let failing = Summary { error: Some("no access token".to_owned()), ..calm() };
        assert_eq!(text(&failing, &Utc).unwrap(), "not syncing: no access token");
    }

    #[test]
    fn an_error_cannot_say_anything_else_to_systemd() {
        let hostile = Summary { error: Some(format!("a\nSTOPPING=1\u{1b}[2J{}", "x".repeat(900))), ..calm() };
        let line = text(&hostile, &Utc).unwrap();
        assert!(!line.contains(char::is_control), "{line}");
        assert!(line.len() < 300);
    }
}
