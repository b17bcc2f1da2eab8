//! Conversations, whole and as the items of lists.

use serde::Serialize;

use crate::generate::people::{Contact, admin_id, team_id};
use crate::generate::{Stream, conversation_id, stream};
use crate::search::Page;
use crate::wire::part::{AppliedTag, Context, PartBody};
use crate::wire::source::SourceBody;
use crate::wire::statistics::Statistics;
use crate::wire::{Digits, Maybe, Pages, Reference};
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

/// `GET /conversations` and `POST /conversations/search`.
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
    priority: &'static str,
    admin_assignee_id: Option<u64>,
    team_assignee_id: u64,
    tags: Tags<'a>,
    conversation_rating: Option<Rating<'a>>,
    source: SourceBody<'a>,
    contacts: Contacts<'a>,
    teammates: Option<Teammates>,
    custom_attributes: Attributes,
    first_contact_reply: Option<FirstReply>,
    sla_applied: Option<&'static str>,
    statistics: Option<Statistics>,
    linked_objects: LinkedObjects,
    ai_agent_participated: bool,
    ai_agent: Option<&'static str>,
    sales_agent_participated: bool,
    sales_agent: Option<&'static str>,
    channel: Channel,
    external_references: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Topics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Maybe<&'static str>,
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
    remark: &'static str,
    created_at: i64,
    updated_at: i64,
    contact: ContactReference<'a>,
    teammate: Reference,
}

#[derive(Debug, Serialize)]
struct Contacts<'a> {
    r#type: &'static str,
    contacts: [ContactReference<'a>; 1],
}

#[derive(Debug, Serialize)]
struct ContactReference<'a> {
    r#type: &'static str,
    id: &'a str,
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

#[derive(Debug, Default, Serialize)]
struct Attributes {
    #[serde(rename = "Product area")]
    product_area: &'static str,
    #[serde(rename = "Seats")]
    seats: u32,
    #[serde(rename = "Copilot used", skip_serializing_if = "Option::is_none")]
    copilot_used: Option<bool>,
    #[serde(rename = "Amount", skip_serializing_if = "Option::is_none")]
    amount: Option<f64>,
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
struct Channel {
    initial: &'static str,
    current: &'static str,
}

#[derive(Debug, Serialize)]
struct Topics {
    r#type: &'static str,
    topics: [&'static str; 0],
    total_count: u32,
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
            priority: thread.priority,
            admin_assignee_id: match thread.admin {
                Some(admin) => Some(admin_id(admin)),
                None if odd && thread.index.is_multiple_of(3) => None,
                None => Some(0),
            },
            team_assignee_id: thread.team.map_or(0, team_id),
            tags: tags(thread, workspace.tags),
            conversation_rating: thread.rating.map(|rating| rated(thread, contact, rating)),
            source: SourceBody::of(thread, context(contact, workspace)),
            contacts: Contacts { r#type: "contact.list", contacts: [reference(contact)] },
            teammates: teammates(thread, odd),
            custom_attributes: attributes(thread, workspace),
            first_contact_reply: by_contact.then_some(FirstReply {
                created_at: thread.created_at,
                r#type: "conversation",
                url: None,
            }),
            sla_applied: None,
            // Seen in real answers, and more than a null in each field.
            statistics: (!odd || !thread.index.is_multiple_of(6)).then(|| Statistics::of(thread, odd)),
            linked_objects: LinkedObjects {
                r#type: "list",
                total_count: linked.len(),
                has_more: false,
                data: linked,
            },
            ai_agent_participated: thread.source.author == Writer::Bot,
            ai_agent: None,
            sales_agent_participated: false,
            sales_agent: None,
            channel: Channel { initial: channel(thread.source.kind), current: channel(thread.source.kind) },
            external_references: [],
            topics: odd.then_some(Topics { r#type: "topic.list", topics: [], total_count: 0 }),
            ticket: odd.then_some(None),
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

fn rated<'a>(thread: &Thread, contact: &'a Contact, rating: i64) -> Rating<'a> {
    Rating {
        rating,
        remark: "",
        created_at: thread.updated_at,
        updated_at: thread.updated_at,
        contact: reference(contact),
        teammate: Reference { r#type: "admin", id: Digits(thread.admin.map_or(0, admin_id)) },
    }
}

fn reference(contact: &Contact) -> ContactReference<'_> {
    ContactReference { r#type: "contact", id: &contact.id, external_id: contact.external_id.as_deref() }
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

fn attributes(thread: &Thread, workspace: Workspace<'_>) -> Attributes {
    let mut rng = stream(workspace.seed, thread.index, Stream::Attributes);
    Attributes {
        product_area: ["Accounts", "Payments", "Logistics", "Reports"][rng.usize(..4)],
        seats: rng.u32(1..500),
        copilot_used: workspace.oddities.then(|| rng.bool()),
        amount: workspace.oddities.then(|| f64::from(rng.u32(..100_000)) / 2.0),
    }
}

fn channel(kind: &'static str) -> &'static str {
    if kind == "conversation" { "messenger" } else { kind }
}
