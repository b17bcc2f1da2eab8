#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::Timestamp;
use crate::fields::Field;
use crate::types::{Bound, Condition, Test};

fn now() -> DateTime<Tz> {
    Berlin.with_ymd_and_hms(2026, 11, 25, 12, 0, 0).unwrap()
}

fn parsed(text: &str) -> Parsed {
    parse(text, &now()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns the tree as it can be typed, and the notes.
fn read(text: &str) -> (String, Vec<String>) {
    let parsed = parsed(text);
    (parsed.query.to_string(), parsed.notes.iter().map(|note| note.what().to_owned()).collect())
}

fn midnight(month: u32, day: u32) -> Option<Timestamp> {
    Some(Timestamp(Berlin.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap().timestamp()))
}

#[test]
fn words_operators_and_brackets_become_a_tree() {
    let cases = [
        ("refund order", "refund order"),
        ("  ", ""),
        ("this or that", "this OR that"),
        ("this OR that other", "(this OR that) other"),
        ("other this OR that", "other (this OR that)"),
        ("a AND b OR c", "(a b) OR c"),
        ("a OR b AND c", "a OR (b c)"),
        ("x a AND b OR c", "x ((a b) OR c)"),
        ("weather (\"San Francisco\" OR SF)", "weather (\"San Francisco\" OR SF)"),
        ("NOT refund", "-refund"),
        ("a AND NOT b", "a -b"),
        ("a OR -b", "a OR -b"),
        ("NOT NOT a", "a"),
        ("-(a b) c", "-(a b) c"),
        ("NOT (a OR b)", "-(a OR b)"),
        ("((((a)) OR ((b))))", "a OR b"),
        ("(a OR (b (c OR -(d e))))", "a OR (b (c OR -(d e)))"),
        ("a || b && c", "a OR (b c)"),
        ("tag:vip OR refund", "tag:vip OR refund"),
        (
            "tag:(vip OR late) -state:(open OR snoozed)",
            "(tag:vip OR tag:late) -(state:open OR state:snoozed)",
        ),
        ("deliv* \"late deliv\"* *fund", "deliv* \"late deliv\"* *fund"),
        ("“curly quotes” „unten“", "\"curly quotes\" \"unten\""),
        ("f(x) (f(x))", "f(x) f(x)"),
        ("said:customer refund", "(said:customer refund)"),
        ("(said:customer refund) OR (said:team sorry)", "(said:customer refund) OR (said:team sorry)"),
        ("https://app.intercom.com/a/inbox/x/inbox/admin/1/conversation/42?view=List", "id:42"),
    ];
    for (text, expected) in cases {
        let (query, notes) = read(text);
        assert_eq!(query, expected, "{text}");
        assert_eq!(notes, [""; 0], "{text}");
    }
    assert_eq!(
        parsed("\"refunds\"").query,
        Expr::Text(Text { words: "refunds".to_owned(), form: Form::Phrase, said: None })
    );
}

#[test]
fn conditions_are_known_by_every_usual_name() {
    let cases = [
        ("tags:billing label:billing", "tag:billing tag:billing"),
        ("STATUS:Open", "state:open"),
        (
            "from:ada@example.com email:x customer:\"Ada Byron\"",
            "customer:ada@example.com customer:x customer:\"Ada Byron\"",
        ),
        ("from:@example.com", "domain:example.com"),
        ("is:unassigned is:assigned", "assignee:none -assignee:none"),
        (
            "is:waiting is:unanswered has:file waiting:no",
            "is:waiting is:unanswered has:attachment -is:waiting",
        ),
        ("has:attachment has:rating has:attr.Plan", "has:attachment has:rating has:attr.Plan"),
        ("rating:1..2 rating:>=4 rating:<3 rating:5", "rating:1..2 rating:>=4 rating:<3 rating:5"),
        ("rating:[1 TO 2] rating:1-2", "rating:1..2 rating:1..2"),
        ("company:Acme* company:*", "company:Acme* has:company"),
        (
            "attr.Plan:Pro attr.\"Plan name\":\"Very pro\" -attr.Seats:>10",
            "attr.Plan:Pro attr.\"Plan name\":\"Very pro\" -attr.Seats:>10",
        ),
        (
            "source:email priority:true sla:missed ai:resolved",
            "channel:email priority:yes sla:missed ai:resolved",
        ),
        ("team:Billing responder:Kim", "team:Billing responder:Kim"),
        ("tag:billing, state:open", "tag:billing state:open"),
    ];
    for (text, expected) in cases {
        let (query, notes) = read(text);
        assert_eq!(query, expected, "{text}");
        assert_eq!(notes, [""; 0], "{text}");
    }
    let bound = |value: &str| Some(Bound { value: value.to_owned(), inside: true });
    let rating = Condition { field: Field::Rating, test: Test::Between(bound("1"), bound("2")) };
    assert_eq!(parsed("rating:1..2").query, Expr::Condition(rating));
}

#[test]
fn plain_text_is_taken_as_it_is() {
    for text in [
        "tax: 19 %",
        "form: contact",
        "10:30",
        "C:\\temp",
        "re: invoice",
        "5\" wide",
        "hello - ! world",
        "a -- b",
        ":-) thanks",
        "17\" or 19\" monitor",
        "http://example.com/x?y=z",
        "std::vec",
        "3 < 4",
        "key=value",
        "it's",
        "don't",
        "50% off",
        "a/b",
        "#4711",
        "👍",
        "e-mail me @ noon",
        "x > y",
        "R&D",
        "a | b",
    ] {
        let parsed = parsed(text);
        assert!(parsed.notes.is_empty(), "{text}: {:?}", parsed.notes);
        assert!(!parsed.query.is_everything(), "{text}");
        let mut texts = true;
        parsed.query.leaves(&mut |leaf, negated| texts &= matches!(leaf, Expr::Text(_)) && !negated);
        assert!(texts, "{text}");
    }
}

#[test]
fn what_is_taken_in_another_way_than_meant_is_told_with_its_place() {
    let cases = [
        ("say \"hello", "say hello", "quotation mark is not closed", 4),
        ("or that", "\"or\" that", "has nothing before it", 0),
        ("this OR", "this \"or\"", "has nothing after it", 5),
        ("this OR AND that", "this \"or\" that", "beside another", 5),
        ("(this", "this", "not closed", 0),
        ("this )", "this", "not opened", 5),
        ("x tag:", "x tag", "write tag:billing", 2),
        ("is: it broken", "is it broken", "write is:waiting", 0),
        ("tga:billing", "tga:billing", "did you mean `tag:`", 0),
        ("subject:invoice", "subject:invoice", "no condition `subject:`", 0),
        ("rating:(1 OR 2) foo:(a OR b)", "(rating:1 OR rating:2) (a OR b)", "no condition `foo:`", 16),
        ("-said:customer x", "x", "write said:team", 0),
        ("said:team tag:vip", "tag:vip", "no words beside", 0),
        ("said:team a said:customer b", "(said:team a) (said:team b)", "same brackets", 12),
        ("!refund", "!refund", "write -refund", 0),
        ("refund~2", "refund~2", "not understood", 0),
        ("re?und", "re?und", "write a star", 0),
        ("x rating<=2", "x rating<=2", "such as rating:<=2", 2),
        ("tag=vip", "tag=vip", "such as tag:billing", 0),
        ("?!...", "", "everything is taken", 0),
        ("\"\"", "", "nothing to search for", 0),
        ("()", "", "everything is taken", 0),
    ];
    for (text, expected, what, at) in cases {
        let parsed = parsed(text);
        assert_eq!(parsed.query.to_string(), expected, "{text}");
        let note = parsed.notes.iter().find(|note| note.what().contains(what));
        let note = note.unwrap_or_else(|| panic!("{text}: {:?}", parsed.notes));
        let place = note.place();
        let marks = place.lines().last().unwrap();
        assert_eq!(marks.find('^'), Some(at + 2), "{text}\n{note}");
    }
}

#[test]
fn what_means_nothing_is_refused_with_its_place_and_what_to_write() {
    let cases = [
        ("state:opne", "open, closed or snoozed", "  state:opne\n  ^^^^^^^^^^"),
        ("is:lost x", "waiting", "  is:lost x\n  ^^^^^^^"),
        ("has:cheese", "attachment", "  has:cheese\n  ^^^^^^^^^^"),
        ("rating:good", "no number", "  rating:good\n  ^^^^^^^^^^^"),
        ("said:nobody x", "said:customer or said:team", "  said:nobody x\n  ^^^^^^^^^^^"),
        ("-before:yesterday x", "whole search", "  -before:yesterday x\n  ^^^^^^^^^^^^^^^^^"),
        ("x OR before:yesterday", "whole search", "  x OR before:yesterday\n       ^^^^^^^^^^^^^^^^"),
        ("before:yesterday OR x", "whole search", "  before:yesterday OR x\n  ^^^^^^^^^^^^^^^^"),
        (
            "a OR (x before:yesterday)",
            "whole search",
            "  a OR (x before:yesterday)\n          ^^^^^^^^^^^^^^^^",
        ),
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
        ("返金 state:x", "open, closed", "  返金 state:x\n       ^^^^^^^"),
    ];
    for (text, what, place) in cases {
        let error = parse(text, &now()).unwrap_err().to_string();
        assert!(error.contains(what) && error.ends_with(place), "{text}\n{error}");
    }
    let many = "word ".repeat(300);
    assert!(parse(&many, &now()).unwrap_err().what().contains("256"));
    let deep = format!("{}a{}", "(".repeat(2_000), ")".repeat(2_000));
    assert_eq!(parsed(&deep).query.to_string(), "a");
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
        ("since:\"2026-10-01\" AND until:2026-10-15", midnight(10, 1), midnight(10, 16)),
        ("(refund since:2026-10-01) OR", midnight(10, 1), None),
    ];
    for (text, start, end) in cases {
        assert_eq!(parsed(text).window, Window { start, end }, "{text}");
    }
    // The night in which clocks go back has an hour more.
    let Window { start, end } = parsed("on:2026-10-25").window;
    assert_eq!(end.unwrap().since(start.unwrap()), 25 * 3_600);
}

#[test]
fn a_note_shows_neither_what_acts_on_a_terminal_nor_all_of_a_long_text() {
    let text = format!("{} state:\x1b[31m{}", "x".repeat(3_000), "y".repeat(3_000));
    let error = parse(&text, &now()).unwrap_err().to_string();
    assert!(error.len() < 7_000 && !error.contains('\x1b'), "{error}");
}

proptest! {
    #[test]
    fn text_is_never_refused(text in "[ a-zA-Z()\"“”*\\-ößé返ORND|&!?~^'.,;/\\\\]{0,60}") {
        let parsed = parse(&text, &now());
        prop_assert!(parsed.is_ok(), "{text:?}: {parsed:?}");
    }

    #[test]
    fn whatever_is_typed_is_understood_or_refused(text in "(tag|is|or|before|on|attr\\.x|said|rating):.{0,12}|.{0,60}") {
        match parse(&text, &now()) {
            Ok(parsed) => {
                let steps = crate::types::MOST_STEPS;
                let mut leaves = 0;
                parsed.query.leaves(&mut |_, _| leaves += 1);
                prop_assert!(leaves < steps);
            }
            Err(error) => prop_assert!(!error.what().is_empty()),
        }
    }

    /// What is shown of a tree means the same when it is typed.
    #[test]
    fn a_tree_is_shown_as_it_can_be_typed(query in trees()) {
        let shown = query.to_string();
        prop_assert_eq!(parsed(&shown).query, query, "{}", shown);
    }
}

fn trees() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["refund", "late", "order"]).prop_map(Expr::word),
        prop::sample::select(vec!["vip", "very late"]).prop_map(|tag| Expr::is(Field::Tag, tag)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            parts.clone().prop_map(Expr::all),
            parts.prop_map(Expr::any),
            inner.prop_map(Expr::negated),
        ]
    })
}
