#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Tz> {
    Berlin.with_ymd_and_hms(2026, 11, 25, 12, 0, 0).unwrap()
}

fn asked(text: &str) -> Question {
    parse(text, &now()).unwrap()
}

fn midnight(month: u32, day: u32) -> Option<Timestamp> {
    Some(Timestamp(Berlin.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap().timestamp()))
}

#[test]
fn words_are_left_as_they_were_typed() {
    for text in [
        "refund order",
        "\"late delivery\" deliv* -spam",
        "“curly quotes”",
        "http://a.example/x body:x",
        "5\" wide",
    ] {
        let question = asked(text);
        assert_eq!((question.text.as_str(), question.filters.len()), (text, 0));
    }
    assert_eq!(asked("  ").text, "");
    assert_eq!(asked("this or that").text, "this OR that");
    assert_eq!(asked("\"or\" else").text, "\"or\" else");
}

#[test]
fn operators_are_conditions_and_leave_every_other_place_as_it_was() {
    let question = asked("refund tag:billing -assignee:\"Kim Ode\" FROM:ada@example.com is:open late");
    let not = Condition { negated: true, ..Condition::is(Field::Assignee, "Kim Ode") };
    let expected = [
        Condition::is(Field::Tag, "billing"),
        not,
        Condition::is(Field::Customer, "ada@example.com"),
        Condition::is(Field::State, "open"),
    ];
    assert_eq!(question.filters, expected);
    assert_eq!(question.text.trim_end(), format!("refund{}late", " ".repeat(62)));
    assert_eq!(asked("tag:billing").text, "");
    assert_eq!(asked("is:unassigned").filters, [Condition::is(Field::Assignee, "none")]);
    assert_eq!(asked("tag:\"à la carte\"").filters, [Condition::is(Field::Tag, "à la carte")]);
}

#[test]
fn times_are_those_of_the_users_zone() {
    let cases = [
        ("since:2026-10-01", midnight(10, 1), None),
        ("after:2026-10-01", midnight(10, 2), None),
        ("before:2026-10-01", None, midnight(10, 1)),
        ("until:2026-10-01", None, midnight(10, 2)),
        ("on:2026-10-25", midnight(10, 25), midnight(10, 26)),
        ("during:yesterday", midnight(11, 24), midnight(11, 25)),
        ("since:\"2026-10-01\" until:2026-10-15", midnight(10, 1), midnight(10, 16)),
    ];
    for (text, start, end) in cases {
        assert_eq!(asked(text).window, Window { start, end }, "{text}");
    }
    // The night in which clocks go back has an hour more.
    let Window { start, end } = asked("on:2026-10-25").window;
    assert_eq!(end.unwrap().since(start.unwrap()), 25 * 3_600);
}

#[test]
fn what_cannot_be_understood_is_pointed_at() {
    let cases = [
        ("say \"hello", "not closed", "  say \"hello\n      ^"),
        ("or that", "on one side only", "  or that\n  ^^"),
        ("this or", "on one side only", "  this or\n       ^^"),
        ("this or or that", "beside another", "  this or or that\n       ^^"),
        ("this or -that", "cannot choose an excluded", "  this or -that\n       ^^"),
        ("tag:a or tag:b", "between words, not between conditions", "  tag:a or tag:b\n        ^^"),
        ("x tag:", "`tag:` needs a value right after it, such as tag:billing", "  x tag:\n    ^^^^"),
        ("tga:billing", "did you mean `tag:`?", "  tga:billing\n  ^^^^^^^^^^^"),
        ("state:opne", "open, closed or snoozed", "  state:opne\n  ^^^^^^^^^^"),
        ("-before:yesterday x", "cannot be excluded", "  -before:yesterday x\n  ^^^^^^^^^^^^^^^^^"),
        ("before:someday", "someday", "  before:someday\n  ^^^^^^^^^^^^^^"),
        (
            "since:2026-10-01 after:2026-10-02",
            "contradicts `since:2026-10-01`",
            "                   ^^^^^^^^^^^^^^^^",
        ),
        (
            "since:2026-10-09 before:2026-10-02",
            "ends before it starts",
            "                   ^^^^^^^^^^^^^^^^^",
        ),
        ("返金 tag:", "needs a value", "  返金 tag:\n       ^^^^"),
    ];
    for (text, what, place) in cases {
        let error = parse(text, &now()).unwrap_err().to_string();
        assert!(error.contains(what) && error.ends_with(place), "{text}\n{error}");
    }
}

#[test]
fn an_error_shows_neither_what_acts_on_a_terminal_nor_all_of_a_long_text() {
    let text = format!("{} tag: \x1b[31m{}", "x".repeat(5_000), "y".repeat(5_000));
    let error = parse(&text, &now()).unwrap_err().to_string();
    assert!(error.len() < 400 && !error.contains('\x1b'), "{error}");
}

proptest! {
    #[test]
    fn whatever_is_typed_is_understood_or_refused(text in "[ a-z:\"“”*\\-ößé返OR]{0,40}|(tag|is|or|before|on):.{0,12}") {
        match parse(&text, &now()) {
            Ok(question) if !question.text.is_empty() => {
                prop_assert_eq!(question.text.chars().count(), text.chars().count());
            }
            Ok(_) => {}
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
