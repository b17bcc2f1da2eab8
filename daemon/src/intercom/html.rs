//! What a body says, as plain text. Pure. Bodies are other people's HTML: whatever they hold, this must end soon and
//! must not panic.

use std::borrow::Cow;
use std::panic::catch_unwind;

use html2text::config;

mod decorator;
mod media;
mod simple;

use decorator::Plain;

/// HTML is read up to here; html2text slows down with the square of the length.
const LONGEST_READ: usize = 512 << 10;
/// HTML is kept up to here.
const LONGEST_KEPT: usize = 1 << 20;
/// Deeper nesting is not rendered, only stripped of its tags.
const DEEPEST: usize = 256;
/// Each line is written once more per level around it, so length times depth is what rendering costs.
const MOST_WORK: usize = 8 << 20;
/// So wide that no line is ever wrapped.
const WIDTH: usize = 1 << 24;

/// Returns what a body says, and the HTML where it is some that says anything.
pub(super) fn read(body: &str) -> (String, Option<String>) {
    if !body.contains(['<', '&']) {
        return (normalised(body), None);
    }
    let html = cut(body, LONGEST_KEPT).to_owned();
    match simple::paragraph(body).map(|text| normalised(&text)) {
        Some(text) if text.is_empty() => (text, None),
        Some(text) => (text, Some(html)),
        None => (text(body), Some(html)),
    }
}

/// Returns what HTML says on one line.
pub(super) fn line(html: &str) -> String {
    let words = if html.contains(['<', '&']) { Cow::Owned(text(html)) } else { Cow::Borrowed(html) };
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(html: &str) -> String {
    let html = media::marked(cut(html, LONGEST_READ));
    let html = html.as_ref();
    if let Some(text) = simple::paragraphs(html) {
        return normalised(&text);
    }
    let depth = simple::depth(html);
    let bearable = depth <= DEEPEST && depth.saturating_mul(html.len()) <= MOST_WORK;
    // A panic in the renderer must cost no more than the layout of one message.
    let rendered = bearable.then(|| catch_unwind(|| render(html)).ok().flatten()).flatten();
    let text = rendered.unwrap_or_else(|| simple::stripped(html));
    normalised(cut(&text, LONGEST_KEPT))
}

fn render(html: &str) -> Option<String> {
    let html = decorator::without_marks(html);
    let text = config::with_decorator(Plain)
        .raw_mode(true)
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .ok()?;
    Some(decorator::resolved(&text))
}

fn cut(text: &str, longest: usize) -> &str {
    let end = (0..=longest.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or_default()]
}

/// Removes trailing blanks, and empty lines but one between two others.
fn normalised(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            gap = true;
            continue;
        }
        if !lines.is_empty() {
            lines.push_str(if gap { "\n\n" } else { "\n" });
        }
        gap = false;
        lines.push_str(line);
    }
    lines
}

#[cfg(test)]
mod tests;
