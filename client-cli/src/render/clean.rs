//! Makes text from elsewhere harmless to a terminal. The one place where that is decided; pure.

use std::borrow::Cow;

/// Columns that a tab stands for.
const TAB: &str = "    ";

/// Returns text without anything that a terminal would act on: control characters become visible signs, and so do
/// those that turn the direction of what follows. Lines stay lines, however they are ended.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => cleaned.push('\n'),
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    cleaned.push('\n');
                }
            }
            '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push_str(TAB),
            c if is_unsafe(c) => cleaned.push(sign(c)),
            c => cleaned.push(c),
        }
    }
    Cow::Owned(cleaned)
}

/// Returns clean text on one line: line ends become spaces.
pub(crate) fn clean_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.contains('\n') { Cow::Owned(cleaned.replace('\n', " ")) } else { cleaned }
}

/// Says whether a terminal would do something on this character other than show it.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
    fn a_line_has_no_line_ends() {
        assert_eq!(clean_line("a\r\nb\u{2028}c"), "a b c");
    }
}
