//! Makes text from elsewhere harmless to a terminal. The one place where that is decided; pure.

use std::borrow::Cow;

use proto::display::{Effect, effect};

/// Columns that a tab stands for.
const TAB: &str = "    ";

/// Returns text without anything that a terminal would act on: control characters become visible signs, and so do
/// those that turn the direction of what follows. Lines stay lines, however they are ended. What is invisible goes.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || effect(c) == Effect::Shows) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match effect(c) {
            Effect::Shows => cleaned.push(c),
            Effect::Hides => {}
            Effect::EndsLine if c == '\r' && chars.peek() == Some(&'\n') => {}
            Effect::EndsLine => cleaned.push('\n'),
            Effect::Acts if c == '\t' => cleaned.push_str(TAB),
            Effect::Acts => cleaned.push(sign(c)),
        }
    }
    Cow::Owned(cleaned)
}

/// Returns clean text on one line: line ends become spaces.
pub(crate) fn clean_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.contains('\n') { Cow::Owned(cleaned.replace('\n', " ")) } else { cleaned }
}

/// Returns JSON that means the same, with everything escaped that a terminal would act on. JSON itself sees to this for
/// the controls below the space only.
pub(crate) fn clean_json(json: String) -> String {
    let acts = |c: char| effect(c) != Effect::Shows && !c.is_ascii_whitespace();
    if !json.contains(acts) {
        return json;
    }
    let mut cleaned = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                cleaned.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            cleaned.push(c);
        }
    }
    cleaned
}

/// Returns the visible sign of a character that is not to be acted on.
fn sign(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_survives() {
        let cases = [
            ("colour", "\x1b[31mred", "␛[31mred"),
            ("title", "\x1b]0;owned\x07", "␛]0;owned␇"),
            ("eight_bit_csi", "\u{9b}31mred", "\u{fffd}31mred"),
            ("backspace", "abc\x08\x08", "abc␈␈"),
            ("delete", "a\x7f", "a␡"),
            ("right_to_left_override", "gpj.\u{202e}exe", "gpj.\u{fffd}exe"),
            ("isolate", "\u{2066}x\u{2069}", "\u{fffd}x\u{fffd}"),
            ("carriage_return", "ok\rrm", "ok\nrm"),
            ("windows_line_end", "a\r\nb", "a\nb"),
            ("tab", "a\tb", "a    b"),
            ("nul", "\0", "␀"),
            (
                "hyperlink",
                "\x1b]8;;https://evil.example\x1b\\bank\x1b]8;;\x1b\\",
                "␛]8;;https://evil.example␛\\bank␛]8;;␛\\",
            ),
            ("zero_width", "pay\u{200b}pal\u{feff}\u{2060}", "paypal"),
            ("tag_characters", "hi\u{e0049}\u{e0067}", "hi"),
        ];
        for (case, text, expected) in cases {
            assert_eq!(clean(text), expected, "{case}");
        }
    }

    #[test]
    fn text_of_any_script_stays_as_it_is() {
        for text in ["Ünïcödé", "日本語", "שלום", "👩‍👩‍👧", "two\nlines"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_on_a_terminal_cannot_act_and_means_the_same() {
        let text = "\x1b[2J\u{9b}2J\u{7f}\u{202e}\u{e0041}\u{200b}\u{2028}\r\n\té👩";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let cleaned = clean_json(json);
        assert!(cleaned.chars().all(|c| c == '\n' || effect(c) == Effect::Shows), "{cleaned:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&cleaned).unwrap(), [text]);
    }

    #[test]
    fn a_line_has_no_line_ends() {
        assert_eq!(clean_line("a\r\nb\u{2028}c"), "a b c");
    }
}
