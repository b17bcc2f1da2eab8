//! Parts of a conversation, their authors and attachments.

use serde::Serialize;

use crate::generate::people::{ADMINS, BOT_ID, Contact, admin_id, tag_id, team_id};
use crate::wire::{Digits, Reference};
use crate::world::fields::Event;
use crate::world::thread::{Assignee, Part, Writer};

/// What parts need to know of the conversation and workspace that they are in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) contact: &'a Contact,
    pub(crate) workspace_id: &'a str,
    /// The instant of the answer, which signed addresses depend on.
    pub(crate) now: i64,
    pub(crate) oddities: bool,
}

/// An entry of `conversation_parts`.
#[derive(Debug, Serialize)]
pub(crate) struct PartBody<'a> {
    r#type: &'static str,
    id: Id,
    part_type: &'static str,
    body: Option<&'a str>,
    created_at: i64,
    updated_at: i64,
    notified_at: i64,
    assigned_to: Option<Reference>,
    author: Author<'a>,
    attachments: Vec<Attachment>,
    external_id: Option<&'static str>,
    redacted: bool,
    email_message_metadata: Option<&'static str>,
    metadata: Option<Empty>,
    state: &'static str,
    tags: [Reference; 0],
    event_details: Option<Details<'a>>,
    app_package_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    translations: Option<Option<Empty>>,
}

/// An id as documented, or a bare number as sometimes seen.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Id {
    Text(Digits),
    Number(u64),
}

#[derive(Debug, Serialize)]
struct Empty {}

/// `event_details`, which has a shape for each of a few part types.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details<'a> {
    Empty(Empty),
    Attribute { attribute: Named<'a>, value: Change<'a> },
    Action { action: Action },
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct Change<'a> {
    name: Option<&'a str>,
    previous: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Action {
    name: &'static str,
    result: &'static str,
}

impl<'a> PartBody<'a> {
    pub(crate) fn new(part: &'a Part, context: Context<'a>) -> Self {
        let odd = context.oddities && part.id.is_multiple_of(37);
        let event = match (&part.event, part.kind) {
            (Some(Event::Attribute(name, previous, value)), _) => Some(Details::Attribute {
                attribute: Named { name },
                value: Change { name: value.as_deref(), previous: previous.as_deref() },
            }),
            (_, "custom_action_finished") => {
                Some(Details::Action { action: Action { name: "Create issue", result: "success" } })
            }
            _ => context.oddities.then_some(Details::Empty(Empty {})),
        };
        Self {
            r#type: "conversation_part",
            id: if odd { Id::Number(part.id) } else { Id::Text(Digits(part.id)) },
            part_type: part.kind,
            body: part.body.as_deref(),
            created_at: part.created_at,
            updated_at: part.updated_at,
            notified_at: part.created_at,
            assigned_to: part.assigned_to.map(assignee),
            author: Author::of(part.author, context),
            attachments: attachments(part.attachment, part.id, context.now),
            external_id: None,
            redacted: part.redacted,
            email_message_metadata: None,
            metadata: context.oddities.then_some(Empty {}),
            state: part.state.as_str(),
            tags: [],
            event_details: event,
            app_package_code: None,
            translations: context.oddities.then_some(None),
        }
    }
}

fn assignee(assignee: Assignee) -> Reference {
    match assignee {
        Assignee::Nobody => Reference { r#type: "nobody_admin", id: Digits(0) },
        Assignee::Admin(admin) => Reference { r#type: "admin", id: Digits(admin_id(admin)) },
        Assignee::Team(team) => Reference { r#type: "team", id: Digits(team_id(team)) },
    }
}

/// The author of a part.
#[derive(Debug, Serialize)]
pub(crate) struct Author<'a> {
    r#type: &'static str,
    id: AuthorId<'a>,
    name: Option<&'a str>,
    email: Email<'a>,
    from_ai_agent: bool,
    is_ai_answer: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum AuthorId<'a> {
    Hex(&'a str),
    Number(Digits),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Email<'a> {
    Known(&'a str),
    Made(String),
}

/// Type, id, name and e-mail address of an author.
pub(crate) type Person<'a> = (&'static str, AuthorId<'a>, Option<&'a str>, Email<'a>);

/// Returns who an author is.
pub(crate) fn person<'a>(author: Writer, context: Context<'a>) -> Person<'a> {
    match author {
        Writer::Contact(_) => {
            let contact = context.contact;
            (contact.role, AuthorId::Hex(&contact.id), contact.name.as_deref(), Email::Known(&contact.email))
        }
        Writer::Admin(admin) => {
            let (name, mailbox, _) = ADMINS[usize::from(admin) % ADMINS.len()];
            let email = Email::Made(format!("{mailbox}@example.com"));
            ("admin", AuthorId::Number(Digits(admin_id(admin))), Some(name), email)
        }
        Writer::Bot => {
            let email = Email::Made(format!("operator+{}@example.com", context.workspace_id));
            ("bot", AuthorId::Number(Digits(BOT_ID)), Some("Fin"), email)
        }
    }
}

impl<'a> Author<'a> {
    fn of(author: Writer, context: Context<'a>) -> Self {
        let (r#type, id, name, email) = person(author, context);
        let ai = author == Writer::Bot;
        Self { r#type, id, name, email, from_ai_agent: ai, is_ai_answer: ai }
    }
}

/// A file that came with a message. Its address is signed anew in each answer.
#[derive(Debug, Serialize)]
pub(crate) struct Attachment {
    r#type: &'static str,
    name: &'static str,
    url: String,
    content_type: &'static str,
    filesize: u32,
    width: u32,
    height: u32,
}

/// Returns the list of attachments of the message with an id.
pub(crate) fn attachments(attached: bool, id: u64, now: i64) -> Vec<Attachment> {
    if !attached {
        return Vec::new();
    }
    let expires = now + 3600;
    vec![Attachment {
        r#type: "upload",
        name: "screenshot.png",
        url: format!(
            "https://files.example.com/{id}/screenshot.png?expires={expires}&signature={:x}",
            id ^ expires as u64
        ),
        content_type: "image/png",
        filesize: 51_200,
        width: 640,
        height: 480,
    }]
}

/// A tag on a conversation.
#[derive(Debug, Serialize)]
pub(crate) struct AppliedTag<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) id: Digits,
    pub(crate) name: &'a str,
    pub(crate) applied_at: i64,
    pub(crate) applied_by: Reference,
}

impl<'a> AppliedTag<'a> {
    pub(crate) fn new(tag: usize, name: &'a str, at: i64, by: u8) -> Self {
        let applied_by = Reference { r#type: "admin", id: Digits(admin_id(by)) };
        Self { r#type: "tag", id: Digits(tag_id(tag)), name, applied_at: at, applied_by }
    }
}
