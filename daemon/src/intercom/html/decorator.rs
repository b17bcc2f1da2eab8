//! How html2text is to write: words, list bullets and quotes, and each link's address behind its words unless it
//! says the same. The renderer never shows a link's words and address together, so both are marked and joined later.

use std::borrow::Cow;

use html2text::render::TextDecorator;

/// Noncharacters: no text may hold them, so they can serve as marks.
const ADDRESS: char = '\u{FDD0}';
const WORDS: char = '\u{FDD1}';
const END: char = '\u{FDD2}';
const MARKS: [char; 3] = [ADDRESS, WORDS, END];

/// The style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

/// Returns the HTML without what would be taken for a mark.
pub(super) fn without_marks(html: &str) -> Cow<'_, str> {
    if html.contains(MARKS) { Cow::Owned(html.replace(MARKS, "")) } else { Cow::Borrowed(html) }
}

/// Puts each address behind its link's words, where it adds anything.
pub(super) fn resolved(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once(ADDRESS) {
        resolved.push_str(before);
        let end = link.find(END).unwrap_or(link.len());
        let (link, after) = link.split_at(end);
        let (address, words) = link.split_once(WORDS).unwrap_or(("", link));
        push_link(&mut resolved, address.trim(), words);
        rest = after.strip_prefix(END).unwrap_or(after);
    }
    resolved.push_str(rest);
    if resolved.contains(MARKS) { resolved.replace(MARKS, "") } else { resolved }
}

fn push_link(text: &mut String, address: &str, words: &str) {
    text.push_str(words);
    let leads_nowhere = address.is_empty() || address.starts_with('#') || address.starts_with("javascript:");
    if leads_nowhere || bare(address) == bare(words.trim()) {
        return;
    }
    if words.trim().is_empty() {
        text.push_str(address);
        return;
    }
    text.push_str(" (");
    text.push_str(address);
    text.push(')');
}

/// Returns an address as people write it.
fn bare(address: &str) -> &str {
    let scheme = ["https://", "http://", "mailto:", "tel:"];
    let address = scheme.iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address);
    address.strip_suffix('/').unwrap_or(address)
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        (format!("{ADDRESS}{url}{WORDS}"), ())
    }

    fn decorate_link_end(&mut self) -> String {
        END.to_string()
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _src: &str, alt: &str) -> (String, ()) {
        (alt.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "* ".to_owned()
    }

    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }

    fn decorate_superscript_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_superscript_end(&self) -> String {
        String::new()
    }

    fn make_subblock_decorator(&self) -> Self {
        *self
    }
}
