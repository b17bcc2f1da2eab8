//! Tables of the forms that people write, days on which clocks change, and properties of any text.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::{
    America::{Havana, Sao_Paulo},
    Asia::Kathmandu,
    Europe::Berlin,
    Pacific::Apia,
    Tz,
};
use proptest::prelude::*;

use super::{TimeError, Timeframe, parse_instant, parse_instant_end, parse_timeframe};

/// A Wednesday in the fourth quarter; clocks went back on 25 October.
fn now() -> DateTime<Tz> {
    at(Berlin, "2026-11-18T15:30:00")
}

fn at(zone: Tz, wall: &str) -> DateTime<Tz> {
    zone.from_local_datetime(&wall.parse().unwrap()).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn echo(text: &str, now: DateTime<Tz>) -> String {
    parse_timeframe(text, &now)
        .map_or_else(|error| error.to_string(), |timeframe| timeframe.echo(&now.timezone()))
}

fn error(text: &str) -> String {
    parse_timeframe(text, &now()).unwrap_err().to_string()
}

#[track_caller]
fn assert_table(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(echo(text, now()), *expected, "{text:?}");
    }
}

#[test]
fn days_weeks_months_quarters_and_years_are_those_of_the_calendar() {
    assert_table(&[
        ("today", "2026-11-18"),
        ("yesterday", "2026-11-17"),
        ("monday", "2026-11-16"),
        ("Wednesday", "2026-11-18"),
        ("thursday", "2026-11-12"),
        ("last monday", "2026-11-16"),
        ("last wednesday", "2026-11-11"),
        ("this week", "2026-11-16..2026-11-22"),
        ("last week", "2026-11-09..2026-11-15"),
        ("previous week", "2026-11-09..2026-11-15"),
        ("this month", "2026-11-01..2026-11-30"),
        ("last month", "2026-10-01..2026-10-31"),
        ("this quarter", "2026-10-01..2026-12-31"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("this year", "2026-01-01..2026-12-31"),
        ("last year", "2025-01-01..2025-12-31"),
        ("Q3 2026", "2026-07-01..2026-09-30"),
        ("2026-Q3", "2026-07-01..2026-09-30"),
        ("2026q3", "2026-07-01..2026-09-30"),
        ("Q3", "2026-07-01..2026-09-30"),
        ("Q4", "2026-10-01..2026-12-31"),
        ("October", "2026-10-01..2026-10-31"),
        ("in december", "2025-12-01..2025-12-31"),
        ("October 2026", "2026-10-01..2026-10-31"),
        ("oct 2025", "2025-10-01..2025-10-31"),
        ("2026-10", "2026-10-01..2026-10-31"),
        ("2026", "2026-01-01..2026-12-31"),
        ("2026-10-01", "2026-10-01"),
        ("2026/10/01", "2026-10-01"),
        ("Nov 1", "2026-11-01"),
        ("Dec 24", "2025-12-24"),
        ("Feb 29", "2024-02-29"),
        ("1 Nov 2026", "2026-11-01"),
        ("November 1st, 2026", "2026-11-01"),
        ("the 1st of November", "2026-11-01"),
    ]);
}

#[test]
fn counted_lengths_end_now_and_keep_the_wall_time() {
    assert_table(&[
        ("last 24 hours", "since 2026-11-17T15:30:00+01:00"),
        ("24h", "since 2026-11-17T15:30:00+01:00"),
        ("past hour", "since 2026-11-18T14:30:00+01:00"),
        ("the last hour", "since 2026-11-18T14:30:00+01:00"),
        ("1h 30m", "since 2026-11-18T14:00:00+01:00"),
        ("last 7 days", "since 2026-11-11T15:30:00+01:00"),
        ("over the past 7 days", "since 2026-11-11T15:30:00+01:00"),
        ("last-7-days", "since 2026-11-11T15:30:00+01:00"),
        ("  LAST   7\tDays ", "since 2026-11-11T15:30:00+01:00"),
        ("7d", "since 2026-11-11T15:30:00+01:00"),
        ("past week", "since 2026-11-11T15:30:00+01:00"),
        ("2w", "since 2026-11-04T15:30:00+01:00"),
        ("last two weeks", "since 2026-11-04T15:30:00+01:00"),
        // Summer time, 30 days of which one has 25 hours.
        ("last 30 days", "since 2026-10-19T15:30:00+02:00"),
        ("last 720 hours", "since 2026-10-19T16:30:00+02:00"),
        ("previous 3 months", "since 2026-08-18T15:30:00+02:00"),
        ("3mo", "since 2026-08-18T15:30:00+02:00"),
        ("last 2 quarters", "since 2026-05-18T15:30:00+02:00"),
        ("1y", "since 2025-11-18T15:30:00+01:00"),
    ]);
    assert_eq!(echo("last month", at(Berlin, "2026-03-31T12:00:00")), "2026-02-01..2026-02-28");
    assert_eq!(echo("past month", at(Berlin, "2026-03-31T12:00:00")), "since 2026-02-28T12:00:00+01:00");
}

#[test]
fn ranges_take_in_the_whole_of_both_ends() {
    assert_table(&[
        ("since Monday", "since 2026-11-16"),
        ("since 2026-10-01", "since 2026-10-01"),
        ("since yesterday", "since 2026-11-17"),
        ("since 3 days ago", "since 2026-11-15T15:30:00+01:00"),
        ("since last week", "since 2026-11-09"),
        ("after 2026-10-01", "since 2026-10-02"),
        ("until 2026-10-15", "until 2026-10-15"),
        ("before 2026-10-15", "until 2026-10-14"),
        ("until now", "all time"),
        ("since monday until now", "since 2026-11-16"),
        ("between 2026-10-01 and 2026-10-15", "2026-10-01..2026-10-15"),
        ("from October to November", "2026-10-01..2026-11-30"),
        ("since monday before today", "2026-11-16..2026-11-17"),
        ("2026-10-01 to 2026-10-15", "2026-10-01..2026-10-15"),
        ("2026-10-01..2026-10-15", "2026-10-01..2026-10-15"),
        ("2026-10-01 - 2026-10-15", "2026-10-01..2026-10-15"),
        ("2026-10-01–2026-10-15", "2026-10-01..2026-10-15"),
        ("2026-10..2026-11", "2026-10-01..2026-11-30"),
        ("2026-10-01..", "since 2026-10-01"),
        ("..2026-10-15", "until 2026-10-15"),
        ("month to date", "since 2026-11-01"),
        ("year to date", "since 2026-01-01"),
        ("ytd", "since 2026-01-01"),
        ("2025-01-01..9999-12-31", "2025-01-01..9999-12-31"),
        ("all", "all time"),
        ("All time", "all time"),
        ("ever", "all time"),
    ]);
}

#[test]
fn each_end_of_a_range_helps_to_understand_the_other() {
    assert_table(&[
        ("nov 1 to nov 30", "2026-11-01..2026-11-30"),
        ("25 Dec to 5 Jan", "2025-12-25..2026-01-05"),
        ("1 Oct to 15 Oct 2025", "2025-10-01..2025-10-15"),
        ("1 Oct 2025 to 15 Oct", "2025-10-01..2025-10-15"),
        ("monday to friday", "2026-11-16..2026-11-20"),
        ("friday to monday", "2026-11-13..2026-11-16"),
        ("last month to monday", "2026-10-01..2026-11-16"),
        ("yesterday 9am to 5pm", "2026-11-17T09:00:00+01:00..2026-11-17T17:00:00+01:00"),
        ("yesterday to 1pm", "2026-11-17..2026-11-18T13:00:00+01:00"),
    ]);
}

#[test]
fn times_of_day_and_instants_stand_wherever_a_time_does() {
    assert_table(&[
        ("since 2026-10-01T14:30:00Z", "since 2026-10-01T16:30:00+02:00"),
        ("2026-10-01T14:30:00-03:00..2026-10-02", "2026-10-01T19:30:00+02:00..2026-10-02"),
        ("since 2026-10-01 14:30", "since 2026-10-01T14:30:00+02:00"),
        ("since 2026-10-01 14:30 UTC", "since 2026-10-01T16:30:00+02:00"),
        ("since yesterday 14:00", "since 2026-11-17T14:00:00+01:00"),
        ("since monday at 2:15pm", "since 2026-11-16T14:15:00+01:00"),
        ("since 9 am yesterday", "since 2026-11-17T09:00:00+01:00"),
        ("since noon", "since 2026-11-18T12:00:00+01:00"),
        ("at 9am to 12pm", "2026-11-18T09:00:00+01:00..2026-11-18T12:00:00+01:00"),
    ]);
}

#[test]
fn a_single_time_is_where_its_day_begins_or_for_an_end_where_it_is_over() {
    let table = [
        ("2026-10-15", "2026-10-14T22:00:00Z", "2026-10-15T22:00:00Z"),
        ("yesterday", "2026-11-16T23:00:00Z", "2026-11-17T23:00:00Z"),
        ("tomorrow", "2026-11-18T23:00:00Z", "2026-11-19T23:00:00Z"),
        ("today", "2026-11-17T23:00:00Z", "2026-11-18T23:00:00Z"),
        ("last monday", "2026-11-15T23:00:00Z", "2026-11-16T23:00:00Z"),
        ("last week", "2026-11-08T23:00:00Z", "2026-11-15T23:00:00Z"),
        ("October", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
        ("2026-10-15T14:30:00Z", "2026-10-15T14:30:00Z", "2026-10-15T14:30:00Z"),
        ("2026-10-15T14:30:00.75+02:00", "2026-10-15T12:30:00Z", "2026-10-15T12:30:00Z"),
        ("now", "2026-11-18T14:30:00Z", "2026-11-18T14:30:00Z"),
        ("noon", "2026-11-18T11:00:00Z", "2026-11-18T11:00:00Z"),
        ("3 days ago", "2026-11-15T14:30:00Z", "2026-11-15T14:30:00Z"),
        ("an hour ago", "2026-11-18T13:30:00Z", "2026-11-18T13:30:00Z"),
        ("2h", "2026-11-18T12:30:00Z", "2026-11-18T12:30:00Z"),
        ("90m", "2026-11-18T13:00:00Z", "2026-11-18T13:00:00Z"),
        ("7d", "2026-11-11T14:30:00Z", "2026-11-11T14:30:00Z"),
    ];
    for (text, start, end) in table {
        assert_eq!(parse_instant(text, &now()), Ok(utc(start)), "{text:?}");
        assert_eq!(parse_instant_end(text, &now()), Ok(utc(end)), "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_with_examples() {
    let examples = r#"expected e.g. "last 7 days", "yesterday", "Q3 2026", "2026-10-01..2026-10-15""#;
    let table = [
        ("", r#"cannot read the timeframe """#),
        ("gibberish", r#"cannot read the timeframe "gibberish""#),
        ("last blob", r#"cannot read "blob" in the timeframe "last blob""#),
        ("last week week", r#"cannot read "week" in the timeframe "last week week""#),
        ("yesterday at", r#"cannot read the timeframe "yesterday at""#),
        ("lst week", r#"cannot read the timeframe "lst week" (did you mean "last week"?)"#),
        ("yesterady", r#"cannot read the timeframe "yesterady" (did you mean "yesterday"?)"#),
        ("Lats 7 dyas", r#"cannot read the timeframe "Lats 7 dyas" (did you mean "last 7 days"?)"#),
        ("7", r#"cannot read the timeframe "7" (a number needs a unit, as in "7 days" or "7d")"#),
        (
            "20261015",
            r#"cannot read the timeframe "20261015" (a number needs a unit, as in "7 days" or "7d")"#,
        ),
        (
            "01/02/2026",
            r#"cannot read the timeframe "01/02/2026" (it may mean two days: write 2026-02-01 or 2026-01-02)"#,
        ),
        ("13/02/2026", r#"cannot read the timeframe "13/02/2026" (write 2026-02-13)"#),
        ("2026-02-30", r#"cannot read the timeframe "2026-02-30" (there is no day 2026-02-30)"#),
        ("2026-13", r#"cannot read the timeframe "2026-13" (there is no month 2026-13)"#),
        ("Nov 31", r#"cannot read the timeframe "Nov 31" (there is no such day)"#),
        ("Q5", r#"cannot read the timeframe "Q5" (the quarters are Q1 to Q4)"#),
        ("since 13pm", r#"cannot read the timeframe "since 13pm" (there is no such time of day)"#),
        (
            "3 days ago",
            r#"cannot read the timeframe "3 days ago" (it is one moment: write "since" before it, or a range)"#,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("{expected}: {examples}"), "{text:?}");
    }
    assert_eq!(
        parse_instant("last 7 days", &now()).unwrap_err().to_string(),
        r#"cannot read the time "last 7 days" (it is a range of time, not one time): expected e.g. "2026-10-15", "yesterday", "3 days ago", "2h", "2026-10-15T14:30:00Z""#
    );
}

#[test]
fn an_error_quotes_only_the_beginning_of_a_long_text() {
    let message = error(&"é\n".repeat(5000));
    assert!(message.len() < 400, "{message}");
    assert!(message.contains("longer than 200 bytes"), "{message}");
}

#[test]
fn a_timeframe_that_ends_before_it_starts_names_both_ends() {
    assert_eq!(
        error("2026-10-15..2026-10-01"),
        r#"the timeframe "2026-10-15..2026-10-01" is empty: its start, 2026-10-15T00:00:00+02:00, is not before its end, 2026-10-02T00:00:00+02:00"#
    );
    assert!(matches!(parse_timeframe("since now until now", &now()), Err(TimeError::Empty { .. })));
}

#[test]
fn a_timeframe_in_the_future_is_an_error_but_its_end_may_lie_there() {
    assert_eq!(
        error("tomorrow"),
        r#"the timeframe "tomorrow" starts at 2026-11-19T00:00:00+01:00, which is not in the past"#
    );
    for text in ["next week", "2027", "since 2027-01-01", "since now", "since 4pm", "last 0 days"] {
        assert!(matches!(parse_timeframe(text, &now()), Err(TimeError::Future { .. })), "{text:?}");
    }
    assert_eq!(echo("monday to tomorrow", now()), "2026-11-16..2026-11-19");
}

#[test]
fn a_length_beyond_the_calendar_is_an_error() {
    assert_eq!(
        error("last 999999999999 days"),
        r#"the timeframe "last 999999999999 days" is not between the years 1970 and 9999: write "all time" for all of the history"#
    );
    for count in ["57", "4294967296", "99999999999999999999999"] {
        for unit in ["seconds", "hours", "days", "weeks", "months", "quarters", "years"] {
            let text = format!("{count} {unit} ago");
            match parse_instant(&text, &now()) {
                Ok(_) => assert_eq!(count, "57"),
                Err(error) => assert!(matches!(error, TimeError::OutOfRange { .. }), "{text}: {error}"),
            }
        }
    }
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, DateTime::UNIX_EPOCH] {
        for text in ["yesterday", "next year", "last 2 weeks", "Feb 29", "Q3", "monday to friday"] {
            let _ = parse_timeframe(text, &now.with_timezone(&Kathmandu));
        }
    }
}

#[test]
fn a_day_without_midnight_begins_at_the_first_instant_after_it() {
    // On 2018-11-04 clocks in São Paulo went from 00:00 to 01:00.
    let now = at(Sao_Paulo, "2018-11-05T12:00:00");
    let day = parse_timeframe("2018-11-04", &now).unwrap();
    assert_eq!(day.start, Some(utc("2018-11-04T03:00:00Z")));
    assert_eq!(day.end, Some(utc("2018-11-05T02:00:00Z")));
    assert_eq!(day.echo(&Sao_Paulo), "2018-11-04");
    assert_eq!(parse_timeframe("2018-11-03", &now).unwrap().end, day.start);
    assert_eq!(parse_instant("2018-11-04 00:30", &now), Ok(utc("2018-11-04T03:00:00Z")));
}

#[test]
fn a_day_with_two_midnights_begins_at_the_earlier() {
    // On 2018-11-04 clocks in Havana went from 01:00 back to 00:00.
    let now = at(Havana, "2018-11-05T12:00:00");
    let day = parse_timeframe("yesterday", &now).unwrap();
    assert_eq!(day.start, Some(utc("2018-11-04T04:00:00Z")));
    assert_eq!(day.end, Some(utc("2018-11-05T05:00:00Z")));
    assert_eq!(day.echo(&Havana), "2018-11-04");
}

#[test]
fn a_wall_time_shown_twice_is_widened_to_the_side_asked_for() {
    assert_eq!(parse_instant("2026-10-25 02:30", &now()), Ok(utc("2026-10-25T00:30:00Z")));
    assert_eq!(parse_instant_end("2026-10-25 02:30", &now()), Ok(utc("2026-10-25T01:30:00Z")));
}

#[test]
fn a_day_that_a_zone_left_out_is_an_empty_timeframe() {
    let now = at(Apia, "2012-01-02T12:00:00");
    assert!(matches!(parse_timeframe("2011-12-30", &now), Err(TimeError::Empty { .. })));
    assert_eq!(echo("2011-12-29", now), "2011-12-29");
    assert_eq!(echo("2011-12-29..2011-12-31", now), "2011-12-29..2011-12-31");
}

/// Words and pieces that often make sense together, so that random texts reach deep into the grammar.
fn phrase() -> impl Strategy<Value = String> {
    let pieces = "last this past next week days month quarter year hours 7 30 2026 0 d mo to .. since until before \
                  after between and monday october nov 1st Q3 ago today yesterday now 9am 14:30 2026-10-25 2018-11-04 \
                  2011-12-30 29 feb 2026-10-01T14:30:00Z 1969-12-31 9999-12-31 at all time date 999999999999 - utc";
    let pieces: Vec<&str> = pieces.split(' ').collect();
    prop::collection::vec(prop::sample::select(pieces), 1..7).prop_map(|words| words.join(" "))
}

/// Any instant of the years in which clocks are known, in zones whose clocks do odd things.
fn moment() -> impl Strategy<Value = DateTime<Tz>> {
    let zones = vec![Berlin, Sao_Paulo, Havana, Apia, Kathmandu, Tz::UTC];
    (1_262_304_000_i64..1_830_000_000, prop::sample::select(zones))
        .prop_map(|(seconds, zone)| zone.timestamp_opt(seconds, 0).unwrap())
}

fn assert_sound(timeframe: Timeframe, now: DateTime<Tz>) {
    if let Some(start) = timeframe.start {
        assert!(start < now.to_utc());
        assert!(timeframe.end.is_none_or(|end| start < end));
    }
    assert_eq!(parse_timeframe(&timeframe.echo(&now.timezone()), &now), Ok(timeframe));
    assert_eq!(parse_timeframe(&timeframe.to_string(), &now), Ok(timeframe));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_starts_before_it_ends_and_its_echo_reads_the_same(text in phrase(), now in moment()) {
        if let Ok(timeframe) = parse_timeframe(&text, &now) {
            assert_sound(timeframe, now);
        }
    }

    #[test]
    fn every_calendar_day_reads_back_from_its_echo(days in 1_i64..3000, now in moment()) {
        let date = now.date_naive() - chrono::TimeDelta::days(days);
        match parse_timeframe(&date.to_string(), &now) {
            Ok(day) => {
                assert_sound(day, now);
                prop_assert_eq!(day.echo(&now.timezone()), date.to_string());
            }
            Err(error) => prop_assert!(matches!(error, TimeError::Empty { .. }), "{}", error),
        }
    }

    #[test]
    fn an_end_is_never_before_its_start(text in phrase(), now in moment()) {
        if let Ok(start) = parse_instant(&text, &now) {
            prop_assert!(parse_instant_end(&text, &now).is_ok_and(|end| start <= end), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), now in moment()) {
        let _ = parse_timeframe(&text, &now).map_err(|error| error.to_string());
        let _ = parse_instant_end(&text, &now).map_err(|error| error.to_string());
    }

    #[test]
    fn no_text_of_its_own_letters_makes_it_panic(text in "[0-9a-z:./+–tzq é-]{0,24}", now in moment()) {
        let _ = parse_timeframe(&text, &now).map_err(|error| error.to_string());
    }
}
