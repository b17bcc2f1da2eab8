//! A snippet on lines of the screen's width, with its matches marked.

use proto::types::{Marked, Speaker};

use super::buffer::wrapping;
use super::clean::clean_line;
use super::{Buffer, style};

/// Characters of the name of somebody who says something.
const NAME: usize = 30;

/// Adds a snippet with whoever says it, indented and on few lines.
pub(crate) fn snippet(
    buffer: &mut Buffer<'_>,
    indent: usize,
    (snippet, author): (&Marked, Option<&Speaker>),
    lines: usize,
) {
    let label = author.map(|author| author.name.as_deref().unwrap_or(&author.kind));
    lines_of(buffer, indent, &labelled(label, &snippet.text, &snippet.marks), lines);
}

/// Adds words under a label, indented and on one line.
pub(crate) fn words(buffer: &mut Buffer<'_>, indent: usize, label: &str, words: &str) {
    lines_of(buffer, indent, &labelled(Some(label), words, &[]), 1);
}

/// Returns a text behind a label.
fn labelled(label: Option<&str>, text: &str, marks: &[(u32, u32)]) -> Marked {
    let mut before = String::new();
    if let Some(label) = label {
        before.extend(label.chars().take(NAME));
        before.push_str(if label.chars().nth(NAME).is_some() { "…: " } else { ": " });
    }
    let shift = u32::try_from(before.len()).unwrap_or(0);
    let marks = marks.iter().map(|(open, close)| (open.saturating_add(shift), close.saturating_add(shift)));
    Marked { marks: marks.collect(), text: before + text }
}

fn lines_of(buffer: &mut Buffer<'_>, indent: usize, snippet: &Marked, most: usize) {
    let (text, marks) = cleaned(snippet);
    let mut from = 0;
    let lines = textwrap::wrap(&text, wrapping(buffer.room(indent)));
    for (number, line) in lines.iter().take(most).enumerate() {
        // Wrapping drops nothing but spaces, so each line is found again behind the one before.
        let Some(start) = text[from..].find(line.as_ref()).map(|found| from + found) else { break };
        let end = start + line.len();
        from = end;
        buffer.indent(indent);
        // The pieces are one text.
        let isolated = buffer.isolate(line);
        let mut at = start;
        for &(open, close) in marks.iter().filter(|(open, close)| *close > start && *open < end) {
            let (open, close) = (open.max(at), close.min(end));
            buffer.put(style::FAINT, &text[at..open]).put(style::MATCH, &text[open..close]);
            at = close;
        }
        buffer.put(style::FAINT, &text[at..end]);
        if number + 1 == most && lines.len() > most && !text[..end].ends_with('…') {
            buffer.put(style::FAINT, "…");
        }
        buffer.release(isolated);
        buffer.end();
    }
}

/// Returns the clean text, and where the marks are in it. A mark that does not fit the text is left out.
fn cleaned(snippet: &Marked) -> (String, Vec<(usize, usize)>) {
    let source = snippet.text.as_str();
    let mut text = String::with_capacity(source.len());
    let mut marks = Vec::with_capacity(snippet.marks.len());
    let mut at = 0;
    for &(open, close) in &snippet.marks {
        let (open, close) = (open as usize, close as usize);
        if open < at {
            continue;
        }
        let (Some(before), Some(marked)) = (source.get(at..open), source.get(open..close)) else { continue };
        text.push_str(&clean_line(before));
        let start = text.len();
        text.push_str(&clean_line(marked));
        marks.push((start, text.len()));
        at = close;
    }
    text.push_str(&clean_line(&source[at..]));
    (text, marks)
}

#[cfg(test)]
mod tests {
    use super::super::Screen;
    use super::super::screen::samples;
    use super::*;

    fn rendered(screen: &Screen, text: &str, marks: &[(u32, u32)]) -> String {
        let mut buffer = Buffer::new(screen);
        let marked = Marked { text: text.to_owned(), marks: marks.to_vec() };
        snippet(&mut buffer, 2, (&marked, None), 9);
        // Escape sequences in a form that can be read: `<1>` is bold, `<2>` dim, `<4>` underlined.
        let shown = ["0", "1", "2", "4"].map(|code| (format!("\x1b[{code}m"), format!("<{code}>")));
        shown.iter().fold(buffer.as_str().to_owned(), |text, (code, sign)| text.replace(code, sign))
    }

    #[test]
    fn matches_are_bold_and_underlined_on_a_terminal() {
        assert_eq!(
            rendered(&samples::styled(), "please refund order 12", &[(7, 13), (20, 22)]),
            "  <2>please <0><1><4>refund<0><2> order <0><1><4>12<0>\n"
        );
    }

    #[test]
    fn a_match_stays_in_place_when_the_text_before_it_is_made_harmless() {
        assert_eq!(
            rendered(&samples::styled(), "\x1b[31m refund", &[(6, 12)]),
            "  <2>␛[31m <0><1><4>refund<0>\n"
        );
    }

    #[test]
    fn a_match_within_text_from_right_to_left_is_no_text_of_its_own() {
        assert_eq!(
            rendered(&samples::styled(), "אבג דהו", &[(7, 13)]),
            "  \u{2068}<2>אבג <0><1><4>דהו<0>\u{2069}\n"
        );
    }

    #[test]
    fn a_match_goes_on_in_the_next_line() {
        let screen = Screen { width: 24, ..samples::styled() };
        assert_eq!(
            rendered(&screen, "a phrase of five words goes on", &[(2, 27)]),
            "  <2>a <0><1><4>phrase of five words<0>\n  <1><4>goes<0><2> on<0>\n"
        );
    }

    #[test]
    fn whoever_says_it_stands_before_it_and_it_takes_few_lines() {
        let speaker = Speaker { kind: "admin".to_owned(), name: Some("Grace Hopper".to_owned()) };
        let text = "the refund goes to the card with which the lamp was paid, and that takes three days";
        let said = Marked { text: text.to_owned(), marks: vec![(4, 10)] };
        let screen = Screen { width: 40, ..samples::plain() };
        let mut buffer = Buffer::new(&screen);
        snippet(&mut buffer, 2, (&said, Some(&speaker)), 2);
        let lines: Vec<&str> = buffer.as_str().lines().collect();
        assert_eq!(
            lines,
            ["  Grace Hopper: the refund goes to the", "  card with which the lamp was paid, and…"]
        );
    }

    #[test]
    fn marks_that_do_not_fit_the_text_are_left_out() {
        let plain = samples::plain();
        for marks in [&[(1, 2)][..], &[(0, 99)], &[(3, 0)], &[(0, 3), (0, 3)]] {
            assert_eq!(rendered(&plain, "日本語", marks), "  日本語\n");
        }
    }
}
