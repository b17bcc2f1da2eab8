//! Conversations, whole and as the items of lists.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::generate::conversation_id;
use crate::generate::people::{Contact, admin_id, contact_id, team_id};
use crate::search::Page;
use crate::wire::part::{AppliedTag, Context, PartBody};
use crate::wire::shapes;
use crate::wire::source::SourceBody;
use crate::wire::statistics::Statistics;
use crate::wire::{Digits, Maybe, Pages, Reference};
use crate::world;
use crate::world::thread::{State, Thread, Writer};

/// Parts that details return at most, the newest ones.
const MOST_PARTS: usize = 500;

/// What conversations need to know of the workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workspace<'a> {
    pub(crate) id: &'a str,
    pub(crate) tags: &'a [String],
    pub(crate) seed: u64,
    pub(crate) now: i64,
    pub(crate) oddities: bool,
}

/// `POST /conversations/search`.
#[derive(Debug, Serialize)]
pub(crate) struct ConversationList<'a> {
    r#type: &'static str,
    conversations: Vec<ConversationBody<'a>>,
    total_count: usize,
    pages: Pages<'a>,
}

impl<'a> ConversationList<'a> {
    pub(crate) fn new(items: &'a [(Thread, Contact)], page: &'a Page, workspace: Workspace<'a>) -> Self {
        let conversations =
            items.iter().map(|(thread, contact)| ConversationBody::item(thread, contact, workspace));
        Self {
            r#type: "conversation.list",
            conversations: conversations.collect(),
            total_count: page.total_count,
            pages: Pages::of(page, workspace.oddities),
        }
    }
}

/// A conversation.
#[derive(Debug, Serialize)]
pub(crate) struct ConversationBody<'a> {
    r#type: &'static str,
    id: Digits,
    title: Option<&'a str>,
    created_at: i64,
    updated_at: i64,
    waiting_since: Option<i64>,
    snoozed_until: Option<i64>,
    open: bool,
    state: &'static str,
    read: bool,
    priority: &'a str,
    admin_assignee_id: Option<u64>,
    team_assignee_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Value>,
    tags: Tags<'a>,
    conversation_rating: Option<Rating<'a>>,
    source: SourceBody<'a>,
    contacts: Contacts<'a>,
    teammates: Option<Teammates>,
    custom_attributes: &'a Map<String, Value>,
    first_contact_reply: Option<FirstReply>,
    sla_applied: Option<Value>,
    statistics: Option<Statistics>,
    linked_objects: LinkedObjects,
    ai_agent_participated: bool,
    ai_agent: Option<Value>,
    sales_agent_participated: bool,
    sales_agent: Option<&'static str>,
    channel: Channel<'a>,
    external_references: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Maybe<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_parts: Option<Parts<'a>>,
}

#[derive(Debug, Serialize)]
struct Tags<'a> {
    r#type: &'static str,
    tags: Vec<AppliedTag<'a>>,
}

#[derive(Debug, Serialize)]
struct Rating<'a> {
    rating: i64,
    remark: &'a str,
    created_at: i64,
    updated_at: i64,
    contact: ContactReference<'a>,
    teammate: Reference,
}

#[derive(Debug, Serialize)]
struct Contacts<'a> {
    r#type: &'static str,
    contacts: Vec<ContactReference<'a>>,
}

#[derive(Debug, Serialize)]
struct ContactReference<'a> {
    r#type: &'static str,
    id: Cow<'a, str>,
    external_id: Option<&'a str>,
}

/// The schema says `teammates`, the server says `admins`.
#[derive(Debug, Serialize)]
struct Teammates {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    teammates: Option<Vec<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admins: Option<Vec<Reference>>,
}

#[derive(Debug, Serialize)]
struct FirstReply {
    created_at: i64,
    r#type: &'static str,
    url: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct LinkedObjects {
    r#type: &'static str,
    total_count: usize,
    has_more: bool,
    data: Vec<LinkedObject>,
}

#[derive(Debug, Serialize)]
struct LinkedObject {
    r#type: &'static str,
    id: Digits,
    category: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Channel<'a> {
    initial: &'a str,
    current: &'a str,
}

#[derive(Debug, Serialize)]
struct Parts<'a> {
    r#type: &'static str,
    conversation_parts: Vec<PartBody<'a>>,
    total_count: usize,
}

impl<'a> ConversationBody<'a> {
    /// Returns a conversation with its parts.
    pub(crate) fn whole(thread: &'a Thread, contact: &'a Contact, workspace: Workspace<'a>) -> Self {
        let context = context(contact, workspace);
        let newest = thread.parts.len().saturating_sub(MOST_PARTS);
        let parts = thread.parts[newest..].iter().map(|part| PartBody::new(part, context));
        Self {
            conversation_parts: Some(Parts {
                r#type: "conversation_part.list",
                conversation_parts: parts.collect(),
                total_count: thread.parts.len(),
            }),
            ..Self::item(thread, contact, workspace)
        }
    }

    /// Returns a conversation as lists show it, without parts.
    pub(crate) fn item(thread: &'a Thread, contact: &'a Contact, workspace: Workspace<'a>) -> Self {
        let odd = workspace.oddities;
        let fields = &thread.fields;
        let linked = thread.linked.iter().map(|index| LinkedObject {
            r#type: "conversation",
            id: Digits(conversation_id(*index)),
            category: None,
        });
        let linked: Vec<LinkedObject> = linked.collect();
        let by_contact = matches!(thread.source.author, Writer::Contact(_));
        Self {
            r#type: "conversation",
            id: Digits(conversation_id(thread.index)),
            title: thread.title.as_deref(),
            created_at: thread.created_at,
            updated_at: thread.updated_at,
            waiting_since: thread.waiting_since(),
            snoozed_until: thread.snoozed_until,
            open: thread.state != State::Closed,
            state: thread.state.as_str(),
            read: thread.read,
            priority: &thread.priority,
            admin_assignee_id: match thread.admin {
                Some(admin) => Some(admin_id(admin)),
                None if odd && thread.index.is_multiple_of(3) => None,
                None => Some(0),
            },
            team_assignee_id: thread.team.map_or(0, team_id),
            company: fields.company.as_deref().map(|name| shapes::company(name, workspace.id)),
            tags: tags(thread, workspace.tags),
            conversation_rating: fields.rating.as_ref().map(|rating| rated(thread, contact, rating)),
            source: SourceBody::of(thread, context(contact, workspace)),
            contacts: Contacts { r#type: "contact.list", contacts: contacts(thread, contact, workspace) },
            teammates: teammates(thread, odd),
            custom_attributes: &fields.attributes,
            first_contact_reply: by_contact.then_some(FirstReply {
                created_at: thread.created_at,
                r#type: "conversation",
                url: None,
            }),
            sla_applied: fields.sla.as_ref().map(shapes::sla),
            // Seen in real answers, and more than a null in each field.
            statistics: (!odd || !thread.index.is_multiple_of(6)).then(|| Statistics::of(thread, odd)),
            linked_objects: LinkedObjects {
                r#type: "list",
                total_count: linked.len(),
                has_more: false,
                data: linked,
            },
            ai_agent_participated: fields.ai.is_some(),
            ai_agent: fields
                .ai
                .as_ref()
                .map(|agent| shapes::agent(agent, thread.created_at, thread.updated_at)),
            sales_agent_participated: false,
            sales_agent: None,
            channel: Channel { initial: channel(&thread.source.kind), current: channel(&thread.source.kind) },
            external_references: [],
            topics: odd.then(|| shapes::topics(&fields.topics)),
            ticket: odd.then(|| fields.ticket.as_ref().map(|ticket| shapes::ticket(ticket, thread.index))),
            conversation_parts: None,
        }
    }
}

fn context<'a>(contact: &'a Contact, workspace: Workspace<'a>) -> Context<'a> {
    Context { contact, workspace_id: workspace.id, now: workspace.now, oddities: workspace.oddities }
}

fn tags<'a>(thread: &Thread, names: &'a [String]) -> Tags<'a> {
    let applied = thread.tags.iter().filter_map(|applied| {
        let tag = usize::from(applied.tag);
        Some(AppliedTag::new(tag, names.get(tag)?, applied.at, applied.by))
    });
    Tags { r#type: "tag.list", tags: applied.collect() }
}

fn rated<'a>(thread: &Thread, contact: &'a Contact, rating: &'a world::fields::Rating) -> Rating<'a> {
    Rating {
        rating: rating.score,
        remark: &rating.remark,
        created_at: rating.at,
        updated_at: rating.at,
        contact: reference(contact),
        teammate: Reference { r#type: "admin", id: Digits(thread.admin.map_or(0, admin_id)) },
    }
}

fn contacts<'a>(
    thread: &Thread,
    contact: &'a Contact,
    workspace: Workspace<'_>,
) -> Vec<ContactReference<'a>> {
    let others = thread.fields.others.iter().map(|number| ContactReference {
        r#type: "contact",
        id: Cow::Owned(contact_id(workspace.seed, *number)),
        external_id: None,
    });
    std::iter::once(reference(contact)).chain(others).collect()
}

fn reference(contact: &Contact) -> ContactReference<'_> {
    ContactReference {
        r#type: "contact",
        id: Cow::Borrowed(&contact.id),
        external_id: contact.external_id.as_deref(),
    }
}

fn teammates(thread: &Thread, odd: bool) -> Option<Teammates> {
    let admins: Vec<Reference> = thread
        .admin
        .iter()
        .map(|admin| Reference { r#type: "admin", id: Digits(admin_id(*admin)) })
        .collect();
    if odd && admins.is_empty() {
        return None;
    }
    let (teammates, admins) = if odd { (None, Some(admins)) } else { (Some(admins), None) };
    Some(Teammates { r#type: "admin.list", teammates, admins })
}

fn channel(kind: &str) -> &str {
    if kind == "conversation" { "messenger" } else { kind }
}
