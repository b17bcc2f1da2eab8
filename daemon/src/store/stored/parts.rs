//! Parts. The texts of a conversation's messages are apart from the rest of its parts, because a snippet needs nothing else.

use std::borrow::Cow;

use proto::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{self, Part};
use proto::types::{self, Side};

/// What is stored of a part besides its text.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct Rest<'a> {
    /// Its text stands among the texts.
    pub(super) says: bool,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    created_at: i64,
    #[serde(borrow)]
    author: Author<'a>,
    /// Empty where the text tells it all, as of most messages: see `paragraph`.
    #[serde(borrow)]
    html: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attachments: Vec<Attachment<'a>>,
    redacted: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Author<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    email: Option<Cow<'a, str>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Attachment<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_type: Option<Cow<'a, str>>,
    filesize: Option<i64>,
}

/// What a message says, and who says it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Said<'a> {
    /// Its text.
    pub(in crate::store) text: &'a str,
    /// Intercom's word for who says it, and the name; `None` where that is too far behind to be read.
    pub(in crate::store) author: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
}

impl<'a> Said<'a> {
    /// Joins a text and what is stored of its part.
    pub(super) fn new(text: &'a str, part: Option<Rest<'a>>) -> Self {
        Self { text, author: part.map(|part| (part.author.kind, part.author.name)) }
    }

    /// Returns the side that says it, where that is known.
    pub(in crate::store) fn side(&self) -> Option<Side> {
        let (kind, _) = self.author.as_ref()?;
        Some(if model::is_contact(kind) { Side::Customer } else { Side::Team })
    }
}

/// What a part changed; the number is its place among the parts.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct Change<'a> {
    pub(super) part: usize,
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    from: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

impl<'a> Change<'a> {
    /// Returns what is to be stored of all that parts changed.
    pub(super) fn all(parts: &'a [Part]) -> Vec<Self> {
        let changes =
            parts.iter().enumerate().flat_map(|(at, part)| part.changes.iter().map(move |one| (at, one)));
        changes
            .map(|(part, types::Change { field, from, to, id })| Self {
                part,
                field: Cow::Borrowed(field),
                from: from.as_deref().map(Cow::Borrowed),
                to: to.as_deref().map(Cow::Borrowed),
                id: id.as_deref().map(Cow::Borrowed),
            })
            .collect()
    }

    /// Returns the whole change.
    pub(super) fn whole(self) -> types::Change {
        let [from, to, id] = [self.from, self.to, self.id].map(|text| text.map(Cow::into_owned));
        types::Change { field: self.field.into_owned(), from, to, id }
    }
}

impl<'a> Rest<'a> {
    /// Returns what is to be stored of a part.
    pub(super) fn of(part: &'a Part) -> Self {
        let model::Author { kind, id, name, email } = &part.author;
        Self {
            says: part.is_message(),
            id: Cow::Borrowed(&part.id),
            kind: Cow::Borrowed(&part.kind),
            created_at: part.created_at.0,
            author: Author {
                kind: Cow::Borrowed(kind),
                id: id.as_deref().map(Cow::Borrowed),
                name: name.as_deref().map(Cow::Borrowed),
                email: email.as_deref().map(Cow::Borrowed),
            },
            html: part.html.as_deref().map(|html| Cow::Borrowed(kept(html, &part.text))),
            attachments: part
                .attachments
                .iter()
                .map(|model::Attachment { name, url, content_type, filesize }| Attachment {
                    name: name.as_deref().map(Cow::Borrowed),
                    url: url.as_deref().map(Cow::Borrowed),
                    content_type: content_type.as_deref().map(Cow::Borrowed),
                    filesize: *filesize,
                })
                .collect(),
            redacted: part.redacted,
        }
    }

    /// Returns the whole part, but for what it changed.
    pub(super) fn with(self, text: String) -> Part {
        let Author { kind, id, name, email } = self.author;
        Part {
            id: self.id.into_owned(),
            kind: self.kind.into_owned(),
            created_at: Timestamp(self.created_at),
            author: model::Author {
                kind: kind.into_owned(),
                id: id.map(Cow::into_owned),
                name: name.map(Cow::into_owned),
                email: email.map(Cow::into_owned),
            },
            html: self.html.map(|html| if html.is_empty() { paragraph(&text) } else { html.into_owned() }),
            text,
            attachments: self
                .attachments
                .into_iter()
                .map(|Attachment { name, url, content_type, filesize }| model::Attachment {
                    name: name.map(Cow::into_owned),
                    url: url.map(Cow::into_owned),
                    content_type: content_type.map(Cow::into_owned),
                    filesize,
                })
                .collect(),
            redacted: self.redacted,
            changes: Vec::new(),
        }
    }
}

/// Returns the HTML that Intercom makes of a text without line breaks.
fn paragraph(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + "<p></p>".len());
    html.push_str("<p>");
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            char => html.push(char),
        }
    }
    html.push_str("</p>");
    html
}

/// Returns what has to be kept of a text's HTML.
fn kept<'h>(html: &'h str, text: &str) -> &'h str {
    // Few are as long as one that would be made of the text.
    let may_be_made = html.starts_with("<p>") && html.len() >= text.len();
    if may_be_made && html == paragraph(text) { "" } else { html }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Packer, Unpacker};
    use super::*;

    #[test]
    fn html_comes_back_as_it_came_whether_or_not_it_has_to_be_kept() {
        let cases = [
            ("Tom & Uma: 1 < 2", Some("<p>Tom &amp; Uma: 1 &lt; 2</p>"), 0),
            ("Tom's", Some("<p>Tom&#39;s</p>"), 16),
            ("a bold word", Some("<p>a <b>bold</b> word</p>"), 25),
            ("two\nlines", Some("<p>two<br>lines</p>"), 19),
            ("", Some("<img>"), 5),
            ("words", None, 0),
        ];
        for (text, html, bytes) in cases {
            let part = Part { text: text.to_owned(), html: html.map(str::to_owned), ..Part::default() };
            let (texts, rest) = Packer::new().unwrap().parts(std::slice::from_ref(&part)).unwrap();
            assert_eq!(Rest::of(&part).html.map_or(0, |html| html.len()), bytes, "{text}");
            assert_eq!(Unpacker::new().unwrap().parts(1, &texts, &rest).unwrap(), [part]);
        }
    }
}
