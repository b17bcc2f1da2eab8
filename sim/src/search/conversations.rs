//! Runs conversation searches over the index. What the index holds as numbers is compared without making the
//! conversation up; everything else costs one header each.

use std::cell::OnceCell;

use crate::generate::conversation_id;
use crate::generate::people::{ADMINS, BOT_ID, admin_id, contact_id, tag_id, team_id};
use crate::plain;
use crate::search::compare::Got;
use crate::search::cursor::{Ordered, Page};
use crate::search::query::{Bounds, Node};
use crate::search::{Refusal, Request};
use crate::world::World;
use crate::world::index::Row;
use crate::world::thread::{Depth, State, Thread, Writer};

/// A searchable attribute of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    CreatedAt,
    UpdatedAt,
    State,
    Open,
    Read,
    Priority,
    WaitingSince,
    SnoozedUntil,
    AdminAssignee,
    TeamAssignee,
    ContactIds,
    TeammateIds,
    TagIds,
    Channel,
    SourceId,
    SourceType,
    DeliveredAs,
    Subject,
    SourceBody,
    AuthorId,
    AuthorType,
    AuthorName,
    AuthorEmail,
    Rating,
    CountParts,
    AiParticipated,
    /// Documented, but nothing in this workspace has it.
    Absent,
}

impl Field {
    /// Returns the attribute with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "created_at" => Self::CreatedAt,
            "updated_at" => Self::UpdatedAt,
            "state" => Self::State,
            "open" => Self::Open,
            "read" => Self::Read,
            "priority" => Self::Priority,
            "waiting_since" => Self::WaitingSince,
            "snoozed_until" => Self::SnoozedUntil,
            "admin_assignee_id" => Self::AdminAssignee,
            "team_assignee_id" => Self::TeamAssignee,
            "contact_ids" => Self::ContactIds,
            "teammate_ids" => Self::TeammateIds,
            "tag_ids" => Self::TagIds,
            "channel_initiated" => Self::Channel,
            "source.id" => Self::SourceId,
            "source.type" => Self::SourceType,
            "source.delivered_as" => Self::DeliveredAs,
            "source.subject" => Self::Subject,
            "source.body" => Self::SourceBody,
            "source.author.id" => Self::AuthorId,
            "source.author.type" => Self::AuthorType,
            "source.author.name" => Self::AuthorName,
            "source.author.email" => Self::AuthorEmail,
            "conversation_rating.score" | "conversation_rating.rating" => Self::Rating,
            "statistics.count_conversation_parts" => Self::CountParts,
            "ai_agent_participated" => Self::AiParticipated,
            "source.url" => Self::Absent,
            other
                if ["statistics.", "conversation_rating.", "ai_agent."]
                    .iter()
                    .any(|known| other.starts_with(known)) =>
            {
                Self::Absent
            }
            _ => return None,
        })
    }

    fn is_sortable(self) -> bool {
        matches!(self, Self::Id | Self::CreatedAt | Self::UpdatedAt | Self::WaitingSince | Self::SnoozedUntil)
    }
}

/// Runs a search; `inclusive` widens `<` and `>` to "or equal".
pub(crate) fn search(world: &World, request: &Request<Field>, inclusive: bool) -> Result<Page, Refusal> {
    let (field, ascending) = request.sort.unwrap_or((Field::UpdatedAt, false));
    if !field.is_sortable() {
        return Err(Refusal::new("parameter_invalid", "Cannot sort by this field"));
    }
    let bounds = request.query.bounds(Field::UpdatedAt, inclusive);
    let window = world.sorted.window(bounds.low, bounds.high);
    let scale = if field == Field::Id { 1 } else { 1000 };
    let page = |rows: &[(i64, u32)]| {
        Ordered { rows, ascending, scale, first_id: conversation_id(0), per_page: request.per_page }
            .page(request.starting_after.as_deref())
    };
    if bounds.exact && field == Field::UpdatedAt {
        return page(window);
    }
    let mut rows = matching(world, &request.query, bounds, inclusive);
    if field != Field::UpdatedAt {
        for entry in &mut rows {
            entry.0 = match Candidate::new(world, entry.1).map(|candidate| candidate.get(field)) {
                Some(Got::Number(value)) => value,
                _ => 0,
            };
        }
        rows.sort_unstable();
    }
    page(&rows)
}

/// Returns a page of all conversations, the last changed first.
pub(crate) fn list(world: &World, per_page: usize, starting_after: Option<&str>) -> Result<Page, Refusal> {
    let rows = world.sorted.window(i64::MIN, i64::MAX);
    Ordered { rows, ascending: false, scale: 1000, first_id: conversation_id(0), per_page }
        .page(starting_after)
}

fn matching(world: &World, query: &Node<Field>, bounds: Bounds, inclusive: bool) -> Vec<(i64, u32)> {
    let window = world.sorted.window(bounds.low, bounds.high).iter().copied();
    if bounds.exact {
        return window.collect();
    }
    let matches = |index| {
        Candidate::new(world, index)
            .is_some_and(|candidate| query.matches(inclusive, &|field| candidate.get(field)))
    };
    window.filter(|(_, index)| matches(*index)).collect()
}

/// A conversation that a search looks at.
struct Candidate<'a> {
    world: &'a World,
    index: u32,
    row: &'a Row,
    thread: OnceCell<Option<Thread>>,
}

impl<'a> Candidate<'a> {
    fn new(world: &'a World, index: u32) -> Option<Self> {
        Some(Self { world, index, row: world.rows.get(index as usize)?, thread: OnceCell::new() })
    }

    fn get(&self, field: Field) -> Got {
        let row = self.row;
        match field {
            Field::Id => Got::Number(i64::try_from(conversation_id(self.index)).unwrap_or(i64::MAX)),
            Field::CreatedAt => Got::Number(row.created_at),
            Field::UpdatedAt => Got::Number(row.updated_at),
            Field::State => Got::Text(row.state.as_str().to_owned()),
            Field::Open => Got::Flag(row.state != State::Closed),
            Field::AdminAssignee => Got::Number(row.admin.map_or(0, |admin| admin_id(admin) as i64)),
            Field::TeamAssignee => Got::Number(row.team.map_or(0, |team| team_id(team) as i64)),
            Field::TeammateIds => {
                Got::List(row.admin.iter().map(|admin| admin_id(*admin).to_string()).collect())
            }
            Field::ContactIds => Got::List(vec![self.contact_id()]),
            Field::TagIds => Got::List(
                (0..64)
                    .filter(|tag| row.tags >> tag & 1 == 1)
                    .map(|tag: usize| tag_id(tag).to_string())
                    .collect(),
            ),
            Field::Absent => Got::Nothing,
            _ => self.thread().map_or(Got::Nothing, |thread| self.get_from(thread, field)),
        }
    }

    fn get_from(&self, thread: &Thread, field: Field) -> Got {
        let source = &thread.source;
        match field {
            Field::Read => Got::Flag(thread.read),
            Field::Priority => Got::Text(thread.priority.clone()),
            Field::WaitingSince => thread.waiting_since().map_or(Got::Nothing, Got::Number),
            Field::SnoozedUntil => thread.snoozed_until.map_or(Got::Nothing, Got::Number),
            Field::Channel | Field::SourceType => Got::Text(source.kind.clone()),
            Field::SourceId => Got::Text(source.id.to_string()),
            Field::DeliveredAs => Got::Text(source.delivered_as.to_owned()),
            Field::Subject => thread.title.clone().map_or(Got::Nothing, Got::Text),
            Field::SourceBody => Got::Text(plain::text(&source.body)),
            Field::Rating => {
                thread.fields.rating.as_ref().map_or(Got::Nothing, |rating| Got::Number(rating.score))
            }
            Field::CountParts => Got::Number(thread.parts.len() as i64 + 1),
            Field::AiParticipated => Got::Flag(thread.fields.ai.is_some()),
            _ => self.author(source.author, field),
        }
    }

    fn author(&self, author: Writer, field: Field) -> Got {
        let (id, kind, name, email) = match author {
            Writer::Contact(number) => {
                let contact = self.world.contact(number);
                (contact.id, contact.role, contact.name, contact.email)
            }
            Writer::Admin(admin) => {
                let (name, mailbox, _) = ADMINS[usize::from(admin) % ADMINS.len()];
                (
                    admin_id(admin).to_string(),
                    "admin",
                    Some(name.to_owned()),
                    format!("{mailbox}@example.com"),
                )
            }
            Writer::Bot => (BOT_ID.to_string(), "bot", None, String::new()),
        };
        match field {
            Field::AuthorId => Got::Text(id),
            Field::AuthorType => Got::Text(kind.to_owned()),
            Field::AuthorName => name.map_or(Got::Nothing, Got::Text),
            _ => Got::Text(email),
        }
    }

    fn contact_id(&self) -> String {
        contact_id(self.world.generator.seed, self.row.contact)
    }

    fn thread(&self) -> Option<&Thread> {
        self.thread
            .get_or_init(|| self.world.thread_after(self.index, self.row.version, Depth::Header))
            .as_ref()
    }
}
