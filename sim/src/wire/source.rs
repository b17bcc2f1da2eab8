//! The opening message of a conversation, which the API keeps apart from the parts.

use serde::Serialize;

use crate::wire::part::{Attachment, AuthorId, Context, Email, attachments, person};
use crate::wire::{Digits, Maybe};
use crate::world::thread::Thread;

/// The opening message.
#[derive(Debug, Serialize)]
pub(crate) struct SourceBody<'a> {
    r#type: &'a str,
    id: Digits,
    delivered_as: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Maybe<&'a str>,
    body: &'a str,
    author: SourceAuthor<'a>,
    attachments: Vec<Attachment>,
    url: Option<&'static str>,
    redacted: bool,
}

#[derive(Debug, Serialize)]
struct SourceAuthor<'a> {
    r#type: &'static str,
    id: AuthorId<'a>,
    name: Option<&'a str>,
    email: Email<'a>,
}

impl<'a> SourceBody<'a> {
    pub(crate) fn of(thread: &'a Thread, context: Context<'a>) -> Self {
        let source = &thread.source;
        let (r#type, id, name, email) = person(source.author, context);
        let subject = match &thread.title {
            Some(title) if source.kind == "email" => Some(Some(title.as_str())),
            _ if context.oddities => Some(None),
            _ => Some(Some("")),
        };
        Self {
            r#type: &source.kind,
            id: Digits(source.id),
            delivered_as: source.delivered_as,
            subject,
            body: &source.body,
            author: SourceAuthor { r#type, id, name, email },
            attachments: attachments(source.attachment, source.id, context.now),
            url: None,
            redacted: source.redacted,
        }
    }
}
