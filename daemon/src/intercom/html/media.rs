//! What HTML shows that is no text: pictures, videos, frames and fields each become a mark with the words that stand for them,
//! so that a message of nothing but a screenshot says something.

use std::borrow::Cow;

/// The tags, with the word for each, and whether what is inside is only for programs that cannot show it.
const MEDIA: [(&str, &str, bool); 8] = [
    ("img", "image", false),
    ("image", "image", false),
    ("video", "video", true),
    ("audio", "audio", true),
    ("iframe", "frame", true),
    ("object", "object", true),
    ("embed", "object", false),
    ("input", "field", false),
];
/// Attributes that say in words what is shown, the best first.
const NAMES: [&str; 5] = ["alt", "title", "aria-label", "value", "placeholder"];
/// Bytes of a name; a longer one is no name, but data.
const LONGEST_NAME: usize = 200;

/// Returns HTML with marks in the place of what is no text.
pub(super) fn marked(html: &str) -> Cow<'_, str> {
    let mut marked = String::new();
    let (mut done, mut at) = (0, 0);
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let tag = &html[open + 1..];
        if tag.starts_with("!--") {
            at = tag.find("-->").map_or(html.len(), |end| open + 1 + end);
            continue;
        }
        at = open + 1;
        let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = &tag[..end];
        let Some((name, word, has_fallback)) =
            MEDIA.into_iter().find(|(other, ..)| other.eq_ignore_ascii_case(name))
        else {
            continue;
        };
        let attributes = Attributes(&tag[end..]);
        let length = attributes.length();
        marked.push_str(&html[done..open]);
        done = (open + 1 + end + length).min(html.len());
        if has_fallback {
            done += end_of(name, &html[done..]);
        }
        if !opens(&marked) {
            marked.push(' ');
        }
        push_mark(&mut marked, word, &attributes);
        if !html[done..].starts_with("</") {
            marked.push(' ');
        }
        at = done;
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    marked.push_str(&html[done..]);
    Cow::Owned(marked)
}

/// Says whether HTML ends with a tag that opens something, so that a space after it would stand at a beginning.
fn opens(html: &str) -> bool {
    html.is_empty() || (html.ends_with('>') && !html[html.rfind('<').unwrap_or(0)..].starts_with("</"))
}

fn push_mark(text: &mut String, word: &str, attributes: &Attributes<'_>) {
    let is =
        |name: &str, value: &str| attributes.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
    // A pixel that only tells its sender that it was loaded.
    let is_pixel = ["width", "height"].iter().any(|side| is(side, "1") || is(side, "0"));
    if is_pixel || (word == "field" && is("type", "hidden")) {
        return;
    }
    let named = NAMES.into_iter().filter_map(|name| attributes.get(name)).map(str::trim);
    let name = named.into_iter().find(|name| !name.is_empty() && name.len() <= LONGEST_NAME);
    let name = name.map(Cow::Borrowed).or_else(|| {
        let source = attributes.get("src").or_else(|| attributes.get("data"))?;
        if word == "frame" { address(source).map(Cow::Borrowed) } else { file_name(source).map(Cow::Owned) }
    });
    match name {
        // A picture of an emoji says what it is.
        Some(name)
            if word == "image" && !name.contains(|char: char| char.is_alphanumeric() || char == '&') =>
        {
            push_escaped(text, &name);
        }
        Some(name) => {
            text.push('[');
            text.push_str(word);
            text.push_str(": ");
            push_escaped(text, &name);
            text.push(']');
        }
        None => {
            text.push('[');
            text.push_str(word);
            text.push(']');
        }
    }
}

fn push_escaped(text: &mut String, name: &str) {
    for char in name.chars() {
        match char {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            _ => text.push(char),
        }
    }
}

/// Returns an address without what differs with each look at it.
fn address(source: &str) -> Option<&str> {
    let address = source.split(['?', '#']).next()?;
    let address = address.strip_prefix("https:").or_else(|| address.strip_prefix("http:")).unwrap_or(address);
    Some(address.trim_matches('/')).filter(|address| !address.is_empty() && address.len() <= LONGEST_NAME)
}

/// Returns the name of the file that an address ends with.
fn file_name(source: &str) -> Option<String> {
    let name = address(source)?.rsplit_once('/')?.1;
    let (stem, ending) = name.rsplit_once('.')?;
    let is_ending =
        (2..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_ending && !stem.is_empty()).then(|| decoded(name))
}

/// Returns a piece of an address with what is written in percents.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [byte, after @ ..] = rest {
        let code = match (byte, after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())) {
            (b'%', Some(digits)) => u8::from_str_radix(digits, 16).ok(),
            _ => None,
        };
        bytes.push(code.unwrap_or(*byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

/// Returns how long what is inside a tag is, with the closing tag.
fn end_of(name: &str, inside: &str) -> usize {
    let close = format!("</{name}");
    let found =
        inside.as_bytes().windows(close.len()).position(|bytes| bytes.eq_ignore_ascii_case(close.as_bytes()));
    let Some(at) = found else { return 0 };
    inside[at..].find('>').map_or(inside.len(), |end| at + end + 1)
}

/// What follows a tag's name.
struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// Returns how long they are, with the bracket that ends the tag.
    fn length(&self) -> usize {
        let mut quote = None;
        for (at, byte) in self.0.bytes().enumerate() {
            match (quote, byte) {
                (None, b'>') => return at + 1,
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
        }
        // A quote that is never closed ends where the tag seems to.
        self.0.find('>').map_or(self.0.len(), |at| at + 1)
    }

    /// Returns the value of one.
    fn get(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = &self.0[..self.length()];
        loop {
            rest = rest
                .trim_start_matches(|char: char| char.is_ascii_whitespace() || char == '/' || char == '>');
            let end = rest.find(|char: char| char.is_ascii_whitespace() || matches!(char, '=' | '/' | '>'));
            let (name, after) = rest.split_at(end?);
            let after_name = after.trim_ascii_start();
            let Some(value) = after_name.strip_prefix('=') else {
                rest = if name.is_empty() { after.get(1..)? } else { after };
                continue;
            };
            let value = value.trim_ascii_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote)?,
                _ => value.split_at(value.find(|char: char| char.is_ascii_whitespace() || char == '>')?),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            rest = after;
        }
    }
}
