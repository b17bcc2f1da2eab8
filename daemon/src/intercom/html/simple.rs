//! HTML that needs no parser: paragraphs of nothing but words, which most messages are, and the stripping of tags
//! from what no parser should be given.

/// Tags that do not change how words are laid out.
const INLINE: [&str; 8] = ["b", "strong", "i", "em", "u", "s", "span", "font"];
/// Tags that nothing is inside of.
const VOID: [&str; 9] = ["br", "img", "hr", "input", "meta", "link", "wbr", "col", "area"];
/// Tags whose content is not meant to be read.
const SILENT: [&str; 2] = ["script", "style"];
/// Tags that end no line.
const WITHIN_LINE: [&str; 6] = ["a", "code", "img", "sub", "sup", "small"];

/// Returns the words of HTML that is one paragraph of words and nothing more.
pub(super) fn paragraph(html: &str) -> Option<String> {
    let words = html.strip_prefix("<p>")?.strip_suffix("</p>")?;
    let mut text = String::with_capacity(words.len());
    let complete = !words.contains('<') && push_words(&mut text, words).is_ok();
    complete.then_some(text)
}

/// Returns the text of HTML that has only paragraphs, line breaks and emphasis; `None` leaves it to the parser.
pub(super) fn paragraphs(html: &str) -> Option<String> {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((words, tail)) = rest.split_once('<') {
        push_words(&mut text, words).ok()?;
        let (tag, after) = tail.split_once('>')?;
        let name = plain_name(tag)?;
        match name {
            "p" | "/p" => push_break(&mut text, "\n\n"),
            "br" => push_break(&mut text, "\n"),
            _ if INLINE.contains(&name.strip_prefix('/').unwrap_or(name)) => {}
            _ => return None,
        }
        rest = after;
    }
    push_words(&mut text, rest).ok()?;
    Some(text)
}

/// Returns what is left of HTML without its tags.
pub(super) fn stripped(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((words, tail)) = rest.split_once('<') {
        // Where an entity is unknown, what it stands for is left as it is written.
        let _ = push_words(&mut text, words);
        let name = name(tail).to_ascii_lowercase();
        if name.is_empty() && !tail.starts_with(['/', '!', '?']) {
            text.push('<');
            rest = tail;
            continue;
        }
        let end = if tail.starts_with("!--") { "-->" } else { ">" };
        rest = tail.split_once(end).map_or("", |(_, after)| after);
        if SILENT.contains(&name.as_str()) {
            let close = format!("</{name}");
            let at = find_ignoring_case(rest, &close).unwrap_or(rest.len());
            rest = &rest[at..];
        } else if !INLINE.contains(&name.as_str()) && !WITHIN_LINE.contains(&name.as_str()) {
            push_break(&mut text, "\n");
        }
    }
    let _ = push_words(&mut text, rest);
    text
}

/// Returns how deep tags are nested, as far as that shows without parsing.
pub(super) fn depth(html: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for tail in html.split('<').skip(1) {
        match tail.as_bytes().first() {
            Some(b'/') => open = open.saturating_sub(1),
            Some(letter) if letter.is_ascii_alphabetic() => {
                let name = name(tail);
                if !VOID.iter().any(|void| void.eq_ignore_ascii_case(name)) {
                    open += 1;
                }
            }
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Returns the name of an opening tag, or of a closing one without its slash.
fn name(tag: &str) -> &str {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(tag.len());
    &tag[..end]
}

/// Returns a tag's name with the slash of a closing tag, unless its attributes need a parser.
fn plain_name(tag: &str) -> Option<&str> {
    let quoted_whole = !tag.contains('\'') && tag.matches('"').count().is_multiple_of(2);
    let end = tag.find([' ', '/', '\n', '\t']).filter(|&at| at > 0).unwrap_or(tag.len());
    let name = &tag[..end];
    (quoted_whole && !name.is_empty() && !tag.contains("display")).then_some(name)
}

/// Ends the paragraph or line.
fn push_break(text: &mut String, lines: &str) {
    text.truncate(text.trim_end_matches(' ').len());
    if text.ends_with("\n\n") && lines.len() > 1 {
        return;
    }
    text.push_str(lines);
}

/// An entity that is not known here.
struct Unknown;

/// Adds words with runs of blanks as one and with entities resolved, the unknown ones left as written.
fn push_words(text: &mut String, words: &str) -> Result<(), Unknown> {
    let mut result = Ok(());
    let mut rest = words;
    while let Some(at) = rest.find(|letter: char| letter == '&' || letter.is_ascii_whitespace()) {
        text.push_str(&rest[..at]);
        if rest.as_bytes()[at] != b'&' {
            rest = rest[at..].trim_ascii_start();
            if !text.is_empty() && !text.ends_with([' ', '\n']) {
                text.push(' ');
            }
            continue;
        }
        let entity = &rest[at + 1..];
        if entity.starts_with(|letter: char| letter == '#' || letter.is_ascii_alphanumeric()) {
            if let Some((name, after)) = entity.split_once(';')
                && let Some(letter) = resolve(name)
            {
                text.push(letter);
                rest = after;
                continue;
            }
            result = Err(Unknown);
        }
        text.push('&');
        rest = entity;
    }
    text.push_str(rest);
    result
}

fn resolve(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            // The numbers below and between have meanings of their own in HTML.
            char::from_u32(code).filter(|_| (0x20..0x7f).contains(&code) || code >= 0xa0)
        }
    }
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}
