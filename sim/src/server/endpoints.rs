//! The right answer of each endpoint, before any fault touches it.

use form_urlencoded::parse;
use serde::Serialize;

use crate::generate::people::Contact;
use crate::generate::{conversation_id, conversation_index};
use crate::options::Rows;
use crate::search::{Page, Refusal, Request, contacts, conversations, unheard_of};
use crate::server::{Route, Shared};
use crate::wire::conversation::{ConversationBody, ConversationList, Workspace};
use crate::wire::directory::{self, DeletedPage};
use crate::wire::{contact, error_list};
use crate::world::thread::{Depth, Thread};
use crate::world::{Deletion, World};

/// A request as far as endpoints look at it.
pub(crate) struct Asked<'a> {
    pub(crate) route: Route<'a>,
    /// What follows the question mark.
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    /// The API version asked for, as major and minor number.
    pub(crate) version: (u32, u32),
    /// What a fault makes of the answer's content.
    pub(crate) twist: Option<Twist<'a>>,
}

/// How an answer's content is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist<'a> {
    RepeatedCursor,
    WrongOrder,
    EmptyPageWithNext,
    NothingNew,
    Outdated,
    OtherWorkspace(&'a str),
}

/// Status and JSON body.
pub(crate) type Answer = (u16, Vec<u8>);

/// First version with `GET /conversations/deleted`.
const DELETED_SINCE: (u32, u32) = (2, 16);
const DELETED_PER_PAGE: usize = 60;
const PER_PAGE: usize = 20;
const CONTACTS_PER_PAGE: usize = 50;

impl Shared {
    /// Answers a request that has passed all checks.
    pub(crate) fn endpoint(&self, asked: &Asked<'_>) -> Answer {
        let answered = match asked.route {
            Route::Me => {
                let workspace = match asked.twist {
                    Some(Twist::OtherWorkspace(id)) => id,
                    _ => &self.options.workspace_id,
                };
                Ok(ok(&directory::me(&self.options, workspace, self.world().generator.oldest())))
            }
            Route::Search => self.listing(asked),
            Route::Details(id) => Ok(self.details(id, asked)),
            Route::Deleted => self.deleted(asked),
            Route::ContactSearch => self.contact_search(asked),
            Route::Admins => Ok(ok(&directory::admins(&self.world().admins))),
            Route::Teams => Ok(ok(&directory::teams(&self.world().teams))),
            Route::Tags => Ok(ok(&directory::tags(&self.world().tags))),
            Route::Unknown => Ok(self.error(404, "not_found", "Resource Not Found")),
        };
        answered.unwrap_or_else(|Refusal { code, message, field }| {
            (400, json(&error_list(&self.request_id(), code, &message, field.as_deref())))
        })
    }

    /// Returns an error list.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Answer {
        (status, json(&error_list(&self.request_id(), code, message, None)))
    }

    /// Returns the ids of what is on the page that a request is for.
    pub(crate) fn listed(&self, route: Route<'_>, query: &str, body: &[u8]) -> Vec<String> {
        let asked = Asked { route, query, body, version: (u32::MAX, 0), twist: None };
        let mut world = self.world();
        let found = match route {
            Route::Search => self.find(&mut world, &asked).map(|(page, _)| {
                page.rows.into_iter().map(|index| conversation_id(index).to_string()).collect()
            }),
            Route::ContactSearch => find_contacts(&world, self.clock.now_ms(), body)
                .map(|page| page.rows.into_iter().map(|number| world.contact(number).id).collect()),
            _ => return Vec::new(),
        };
        found.unwrap_or_default()
    }

    fn listing(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let mut world = self.world();
        let (page, given) = self.find(&mut world, asked)?;
        Ok(self.page(&world, page, asked.twist, given.as_deref()))
    }

    /// Returns the page that a search asks for, and the cursor that it gave.
    fn find(&self, world: &mut World, asked: &Asked<'_>) -> Result<(Page, Option<String>), Refusal> {
        world.settle(self.clock.now_ms());
        let mut request = Request::read(asked.body, PER_PAGE, conversations::Field::named)?;
        if asked.twist == Some(Twist::NothingNew) {
            request.starting_after = None;
        }
        let page = conversations::search(world, &request, self.options.inclusive_operators)?;
        Ok((page, request.starting_after))
    }

    /// Writes a page of conversations.
    fn page(&self, world: &World, mut page: Page, twist: Option<Twist<'_>>, given: Option<&str>) -> Answer {
        match twist {
            Some(Twist::RepeatedCursor) => {
                page.next = given.map(str::to_owned).or(page.next).or_else(|| Some(unheard_of(2)));
            }
            Some(Twist::WrongOrder) => page.rows.reverse(),
            Some(Twist::EmptyPageWithNext) => {
                page.rows.clear();
                page.next.get_or_insert_with(|| unheard_of(2));
            }
            Some(Twist::NothingNew) => page.next = Some(unheard_of(self.requests().total)),
            Some(Twist::Outdated | Twist::OtherWorkspace(_)) | None => {}
        }
        if self.options.deleted_rows_fail && page.rows.iter().any(|index| world.is_deleted(*index)) {
            return self.error(404, "not_found", "Resource Not Found");
        }
        let items: Vec<(Thread, Contact)> = page
            .rows
            .iter()
            .filter_map(|index| {
                let thread = match self.options.rows {
                    Rows::Indexed => {
                        let version = world.rows.get(*index as usize)?.version;
                        world.thread_after(*index, version, Depth::Header)?
                    }
                    Rows::Current => world.thread(*index, Depth::Header)?,
                };
                let contact = world.contact(thread.contact);
                Some((thread, contact))
            })
            .collect();
        ok(&ConversationList::new(&items, &page, self.workspace(world)))
    }

    fn details(&self, id: &str, asked: &Asked<'_>) -> Answer {
        let world = self.world();
        let found = conversation_index(id).and_then(|index| {
            let current = world.thread(index, Depth::Full)?;
            if asked.twist != Some(Twist::Outdated) {
                return Some(current);
            }
            match world.changes(index).checked_sub(1) {
                Some(before) => world.thread_after(index, before, Depth::Full),
                // What it was before the start nobody knows, but that it was older.
                None => Some(Thread { updated_at: current.updated_at - 1, ..current }),
            }
        });
        let Some(thread) = found else {
            return self.error(404, "not_found", "Resource Not Found");
        };
        let contact = world.contact(thread.contact);
        ok(&ConversationBody::whole(&thread, &contact, self.workspace(&world)))
    }

    fn deleted(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        if asked.version < DELETED_SINCE {
            let message = "Requested resource is not available in current API version.";
            return Err(Refusal::new("intercom_version_invalid", message));
        }
        let per_page = number(asked.query, "per_page", PER_PAGE, DELETED_PER_PAGE)?;
        let asked_for = number(asked.query, "page", 1, usize::MAX)?;
        // Where the pages go on for ever, each is the first one again, and leads to the next or to itself.
        let (page, leads_to) = match asked.twist {
            Some(Twist::NothingNew) => (1, Some(asked_for + 1)),
            Some(Twist::RepeatedCursor) => (asked_for, Some(asked_for)),
            _ => (asked_for, None),
        };
        let order = parameter(asked.query, "order").unwrap_or_else(|| "desc".to_owned());
        let world = self.world();
        let told: Vec<&Deletion> = world.deleted.iter().filter(|deletion| deletion.is_told).collect();
        let total_count = told.len();
        let skipped = (page - 1).saturating_mul(per_page);
        let rows: Vec<&Deletion> = match order.as_str() {
            "asc" => told.into_iter().skip(skipped).take(per_page).collect(),
            "desc" => told.into_iter().rev().skip(skipped).take(per_page).collect(),
            other => return Err(Refusal::new("parameter_invalid", format!("Invalid order '{other}'"))),
        };
        let at = DeletedPage {
            page: asked_for,
            leads_to,
            per_page,
            order: &order,
            total_count,
            base_url: &self.url,
        };
        Ok(ok(&directory::deleted(&rows, at)))
    }

    fn contact_search(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let world = self.world();
        let now_ms = self.clock.now_ms();
        let page = find_contacts(&world, now_ms, asked.body)?;
        let found: Vec<Contact> =
            page.rows.iter().map(|number| world.contact_seen_at(*number, now_ms)).collect();
        Ok(ok(&contact::list(&found, &self.options.workspace_id, &page, self.options.oddities)))
    }

    fn workspace<'a>(&'a self, world: &'a World) -> Workspace<'a> {
        Workspace {
            id: &self.options.workspace_id,
            tags: &world.tags,
            seed: self.options.seed,
            now: self.clock.now(),
            oddities: self.options.oddities,
        }
    }

    /// Real ones are twenty letters and digits, though documented as UUIDs.
    fn request_id(&self) -> String {
        format!("{:020x}", self.requests().total)
    }
}

fn find_contacts(world: &World, now_ms: i64, body: &[u8]) -> Result<Page, Refusal> {
    contacts::search(world, now_ms, &Request::read(body, CONTACTS_PER_PAGE, contacts::Field::named)?)
}

fn ok(body: &impl Serialize) -> Answer {
    (200, json(body))
}

fn json(body: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 * 1024);
    // Only a failing writer or a map with odd keys can fail here, and there is neither.
    let _ = serde_json::to_writer(&mut out, body);
    out
}

fn parameter(query: &str, name: &str) -> Option<String> {
    parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn number(query: &str, name: &'static str, default: usize, most: usize) -> Result<usize, Refusal> {
    let Some(value) = parameter(query, name) else { return Ok(default) };
    let valid = value.parse().ok().filter(|number| (1..=most).contains(number));
    valid.ok_or_else(|| Refusal::new("parameter_invalid", format!("Invalid {name} '{value}'")))
}
