//! HTML to the plain text that people read: links become `label (url)`, list items get a dash. It handles the HTML of messages, not of whole pages, and never fails: what it cannot read stays as text.

/// Returns the text of an HTML message, blocks on lines of their own.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut link: Option<&str> = None;
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            rest = entity(rest, &mut out);
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        match name(tag) {
            "br" | "/p" | "/li" | "/ul" | "/ol" | "/blockquote" | "/pre" | "/h1" | "/h2" | "p" | "ul"
            | "ol" | "blockquote" | "pre" => line(&mut out),
            "li" => {
                line(&mut out);
                out.push_str("- ");
            }
            "a" => link = attribute(tag, "href"),
            "/a" => {
                if let Some(url) = link.take() {
                    out.push_str(" (");
                    out.push_str(url);
                    out.push(')');
                }
            }
            _ => {}
        }
    }
    out.push_str(rest);
    out.truncate(out.trim_end().len());
    out
}

fn name(tag: &str) -> &str {
    tag.split([' ', '\n', '\t']).next().unwrap_or_default().trim_end_matches(|c| c == '/' && tag.len() > 1)
}

fn attribute<'a>(tag: &'a str, wanted: &str) -> Option<&'a str> {
    let value = &tag[tag.find(&format!("{wanted}=\""))? + wanted.len() + 2..];
    Some(&value[..value.find('"')?])
}

fn line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Writes the character that the entity at the start of `rest` stands for, and returns what follows it.
fn entity<'a>(rest: &'a str, out: &mut String) -> &'a str {
    const NAMED: [(&str, char); 7] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&nbsp;", '\u{a0}'),
        ("&hellip;", '…'),
    ];
    for (written, meant) in NAMED {
        if let Some(after) = rest.strip_prefix(written) {
            out.push(meant);
            return after;
        }
    }
    out.push('&');
    &rest[1..]
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn blocks_become_lines_and_links_keep_their_address() {
        let html = "<p>Hello,</p><p>see <a href=\"https://x.example.com/a\">this &amp; that</a><br>now</p>";
        assert_eq!(text(html), "Hello,\nsee this & that (https://x.example.com/a)\nnow");
    }

    #[test]
    fn list_items_get_a_dash() {
        assert_eq!(text("<ul><li>one</li><li>two</li></ul>"), "- one\n- two");
    }

    #[test]
    fn what_is_no_html_stays() {
        assert_eq!(text("5 &lt; 6 & 7 < 8"), "5 < 6 & 7 < 8");
    }
}
