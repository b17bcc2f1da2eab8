//! What of a message its writer says: not what is quoted, not the signature, no addresses of pages and people.

/// Hands each piece of a message that is its writer's own words to `say`.
pub(crate) fn own_words<'t>(text: &'t str, mut say: impl FnMut(&'t str)) {
    for line in text.lines().map(str::trim) {
        // What follows is the writer's name and address, or what is answered to.
        if line == "--" || line == "__" || is_head_of_quote(line) {
            return;
        }
        if line.starts_with(['>', '|']) {
            continue;
        }
        let (mut start, mut at) = (0, 0);
        for word in line.split_inclusive(char::is_whitespace) {
            let next = at + word.len();
            if is_address(word.trim_end()) {
                if at > start {
                    say(&line[start..at]);
                }
                start = next;
            }
            at = next;
        }
        if at > start {
            say(&line[start..]);
        }
    }
}

/// Says whether a line announces a quoted message, as mail programs write it in any language: it names an address and
/// ends with a colon.
fn is_head_of_quote(line: &str) -> bool {
    line.ends_with([':', '：']) && line.split(char::is_whitespace).any(is_address)
}

fn is_address(word: &str) -> bool {
    word.contains("://")
        || word.starts_with("www.")
        || word.find('@').is_some_and(|at| word[at..].contains('.'))
}

#[cfg(test)]
mod tests {
    use super::own_words;

    fn said(text: &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        own_words(text, |piece| pieces.push(piece));
        pieces
    }

    #[test]
    fn quotes_signatures_and_addresses_are_not_what_somebody_says() {
        let cases: [(&str, &[&str]); 6] = [
            ("Where is my refund?", &["Where is my refund?"]),
            ("No.\n> Is it there?\nSend it again", &["No.", "Send it again"]),
            ("Thanks\n--\nAda Example\nExample Inc.", &["Thanks"]),
            ("It broke.\nOn Monday Kim <kim@example.com> wrote:\nHow is it?", &["It broke."]),
            ("see https://example.com/a?b=1 or write ada@example.com now", &["see ", "or write ", "now"]),
            ("  \n\n", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
