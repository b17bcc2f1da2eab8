//! Text that is put together for a screen. All text reaches the terminal through here, so here it is made harmless, styled and
//! wrapped.

use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr as _;

use super::Screen;
use super::clean::{clean, clean_line};

/// The few looks that text has. Nothing depends on them.
pub(crate) mod style {
    use anstyle::{AnsiColor, Effects, Style};

    /// As it is.
    pub(crate) const PLAIN: Style = Style::new();
    /// What the eye should find first.
    pub(crate) const STRONG: Style = Style::new().effects(Effects::BOLD);
    /// What may be skipped.
    pub(crate) const FAINT: Style = Style::new().effects(Effects::DIMMED);
    /// Text that was searched for.
    pub(crate) const MATCH: Style = Style::new().effects(Effects::BOLD.insert(Effects::UNDERLINE));
    /// As it should be.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    /// Worth knowing.
    pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
    /// Wrong.
    pub(crate) const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
    /// Advice, identifiers.
    pub(crate) const NOTE: Style = AnsiColor::Cyan.on_default();
}

/// Columns of the labels of [`Buffer::field`].
pub(super) const LABEL: usize = 15;
/// Fewest columns that text is wrapped to, however narrow the screen.
const NARROWEST: usize = 20;

/// Text after it has its own direction, that of its first letter.
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
/// Text after it has the direction of before.
const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';

/// Text that is put together for one screen.
pub(crate) struct Buffer<'a> {
    screen: &'a Screen,
    text: String,
    /// Text is being put between the marks of an isolate.
    isolated: bool,
}

impl<'a> Buffer<'a> {
    /// Returns an empty buffer.
    pub(crate) const fn new(screen: &'a Screen) -> Self {
        Self { screen, text: String::new(), isolated: false }
    }

    /// Returns what the buffer is made for.
    pub(crate) const fn screen(&self) -> &'a Screen {
        self.screen
    }

    /// Returns what is on it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds text to the current line.
    pub(crate) fn put(&mut self, style: anstyle::Style, text: &str) -> &mut Self {
        let text = clean_line(text);
        let isolated = self.isolate(&text);
        if self.screen.styled && !text.is_empty() {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.text.push_str(&text);
        }
        self.release(isolated);
        self
    }

    /// Begins to keep a text that runs from right to left from turning what stands beside it on the line around, which
    /// would move columns. Text that is already kept so, or needs it not, stays as it is. [`Buffer::release`] ends it.
    pub(super) fn isolate(&mut self, text: &str) -> bool {
        let needed = self.screen.terminal && !self.isolated && is_right_to_left(text);
        if needed {
            self.isolated = true;
            self.text.push(FIRST_STRONG_ISOLATE);
        }
        needed
    }

    /// Ends what [`Buffer::isolate`] began, if it did.
    pub(super) fn release(&mut self, isolated: bool) {
        if isolated {
            self.isolated = false;
            self.text.push(POP_DIRECTIONAL_ISOLATE);
        }
    }

    /// Adds text to the current line that opens a page of the workspace where the screen can do that. Not for addresses
    /// that somebody wrote or uploaded: what is shown would not be where it leads.
    pub(crate) fn link(&mut self, style: anstyle::Style, text: &str, url: Option<&str>) -> &mut Self {
        let Some(url) = url.filter(|url| self.screen.links && is_web_address(url)) else {
            return self.put(style, text);
        };
        self.text.push_str(&format!("\x1b]8;;{url}\x1b\\"));
        self.put(style, text);
        self.text.push_str("\x1b]8;;\x1b\\");
        self
    }

    /// Ends the current line.
    pub(crate) fn end(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// Adds spaces to the current line.
    pub(crate) fn indent(&mut self, columns: usize) -> &mut Self {
        self.text.extend(std::iter::repeat_n(' ', columns));
        self
    }

    /// Returns how many columns are left of the screen beside an indentation.
    pub(crate) fn room(&self, indent: usize) -> usize {
        self.screen.width.saturating_sub(indent).max(NARROWEST)
    }

    /// Adds lines of text, wrapped and indented.
    pub(crate) fn block(&mut self, style: anstyle::Style, indent: usize, text: &str) -> &mut Self {
        for line in textwrap::wrap(&clean(text), wrapping(self.room(indent))) {
            if !line.is_empty() {
                self.indent(indent).put(style, &line);
            }
            self.end();
        }
        self
    }

    /// Adds a labelled line; a long text goes on below itself.
    pub(crate) fn field(&mut self, label: &str, style: anstyle::Style, text: &str) -> &mut Self {
        // A path or an address stays whole, so that it can be copied.
        let options = wrapping(self.room(LABEL)).break_words(false);
        for (index, line) in textwrap::wrap(&clean(text), options).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let gap = LABEL.checked_sub(label.width()).filter(|gap| *gap > 0).unwrap_or(2);
            self.put(style::FAINT, label).indent(gap).put(style, &line).end();
        }
        self
    }
}

/// Returns how text is wrapped: between words only, since a date or an id has hyphens too.
pub(super) fn wrapping(columns: usize) -> Options<'static> {
    Options::new(columns).word_splitter(WordSplitter::NoHyphenation)
}

/// Says whether something in a text runs from right to left.
fn is_right_to_left(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

/// Says whether this is a web address that cannot break out of the escape sequence around it.
pub(crate) fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::super::screen::samples;
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_bring_its_own_escape_sequences() {
        let screen = samples::styled();
        let mut buffer = Buffer::new(&screen);
        buffer.put(style::STRONG, "\x1b[2Jgone").block(style::PLAIN, 2, "a\x1b]52;c;x\x07").end();
        buffer.link(style::PLAIN, "here", Some("https://example.com/\x1b\\evil")).end();
        assert_eq!(buffer.as_str(), "\x1b[1m␛[2Jgone\x1b[0m  a␛]52;c;x␇\n\nhere\n");
    }

    #[test]
    fn a_link_is_one_on_a_styled_screen_only() {
        let (styled, plain) = (samples::styled(), samples::plain());
        let url = Some("https://example.com/1");
        let mut buffer = Buffer::new(&styled);
        assert_eq!(
            buffer.link(style::PLAIN, "one", url).as_str(),
            "\x1b]8;;https://example.com/1\x1b\\one\x1b]8;;\x1b\\"
        );
        assert_eq!(Buffer::new(&plain).link(style::PLAIN, "one", url).as_str(), "one");
        for refused in
            ["http://example.com/1", "javascript:alert(1)", "file:///etc/passwd", "https://example.com/ü"]
        {
            assert_eq!(Buffer::new(&styled).link(style::PLAIN, "one", Some(refused)).as_str(), "one");
        }
    }

    #[test]
    fn text_from_right_to_left_does_not_turn_its_neighbours_around_on_a_terminal() {
        let terminal = Screen { terminal: true, ..samples::plain() };
        let mut buffer = Buffer::new(&terminal);
        buffer
            .put(style::PLAIN, "7")
            .indent(2)
            .put(style::PLAIN, "שלום 12")
            .indent(2)
            .put(style::PLAIN, "open");
        assert_eq!(buffer.as_str(), "7  \u{2068}שלום 12\u{2069}  open");
        assert_eq!(buffer.as_str().width(), "7  שלום 12  open".width());
        let file = samples::plain();
        assert_eq!(Buffer::new(&file).put(style::PLAIN, "مرحبا").as_str(), "مرحبا");
    }

    #[test]
    fn a_long_label_stands_apart_from_its_text() {
        let screen = samples::plain();
        let mut buffer = Buffer::new(&screen);
        buffer.field("attr.Product area", style::PLAIN, "Reports");
        assert_eq!(buffer.as_str(), "attr.Product area  Reports\n");
    }

    #[test]
    fn wide_characters_wrap_by_their_columns() {
        let screen = Screen { width: 24, ..samples::plain() };
        let mut buffer = Buffer::new(&screen);
        buffer.block(style::PLAIN, 4, "返金をお願いします。商品が届きません");
        assert_eq!(buffer.as_str(), "    返金をお願いします。\n    商品が届きません\n");
    }
}
