#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

#[path = "../../tests/it/support/scripts.rs"]
mod scripts;

use super::*;
use scripts::SCRIPTS;

#[test]
fn the_most_that_fits_is_built_and_never_less_than_the_least() {
    for (least, all, room, expected) in [
        (0, 10, 7, 7),
        (0, 10, 10, 10),
        (0, 10, 50, 10),
        (1, 10, 0, 1),
        (3, 10, 2, 3),
        (0, 0, 5, 0),
        (1, 1, 0, 1),
    ] {
        let built = most(least, all, Ok, |number| *number <= room).unwrap();
        assert_eq!(built, (expected, expected), "{least} to {all} within {room}");
    }
}

#[test]
fn both_forms_count_together_and_escaped_fields_by_themselves() {
    let half = "ab ".repeat(USUAL / 2 - 1);
    assert!(Room::Usual.holds(&half, &half) && Room::FieldsAlone.holds(&half.repeat(9), &half));
    let over = half.repeat(2);
    assert!(!Room::Usual.holds(&half, &over) && Room::More.holds(&half, &over));
    assert!(!Room::More.holds(&half.repeat(5), &half.repeat(5)));
    // A letter is less than a token, and six characters once it is escaped.
    let cyrillic = "д".repeat(MOST / 5);
    assert!(Room::More.holds(&cyrillic, "") && !Room::More.holds("", &cyrillic));
}

#[test]
fn no_tokenizer_has_more_tokens_than_are_estimated_in_any_script() {
    for (script, worst, sample) in SCRIPTS {
        let estimated = tokens(sample);
        assert!(estimated >= worst, "{script}: {estimated} for {worst}");
        assert!(estimated <= 2 * worst, "{script}: {estimated} for {worst} leaves no room for answers");
    }
}

proptest! {
    #[test]
    fn a_beginning_has_at_most_the_tokens_that_it_may_have(text in "([a-zA-Z0-9 \\\\.,\"]|\\PC){0,200}", most in 0_usize..200) {
        let beginning = &text[..prefix(&text, most)];
        prop_assert!(tokens(beginning) <= most, "{} in {beginning:?}", tokens(beginning));
        let json = serde_json::to_string(beginning).unwrap();
        // Two quotes, the last of which can make a space before it stand alone.
        prop_assert!(tokens(&json) <= most + 3, "{} in {json:?}", tokens(&json));
        prop_assert!(beginning.len() == text.len() || tokens(&text) * 2 > most);
    }

    #[test]
    fn a_text_has_at_most_a_token_for_each_byte(text in "\\PC{0,200}") {
        prop_assert!(tokens(&text) <= text.len());
        prop_assert!(tokens_escaped(&text) >= tokens(&text));
    }
}
