//! From Intercom's JSON to what the daemon works with. Pure. Only what has no id is given up; whatever else is missing
//! is told from what is there.

use std::collections::HashSet;

use bytes::Bytes;
use proto::Timestamp;
use serde::Deserialize;

use super::client::{Cursor, DeletedPage, Page};
use super::contacts::ContactPage;
use super::error::Cause;
use super::html;
use super::lenient::{Int, List, Object, Text};
use super::{changes, header, people, wire};
use crate::fields::read_contact;
use crate::model::{
    Attachment, Author, Contact, Conversation, ConversationId, Deletion, FoundContact, Listed, Part, Tag,
    Teammate, TeammateKind, Workspace,
};

/// Intercom returns no more than the newest so many parts.
const MOST_PARTS: usize = 500;

/// Reads the answer to `GET /me`.
pub(super) fn workspace(body: &[u8]) -> Result<Workspace, Cause> {
    let me: wire::Me<'_> = json(body)?;
    let app = me.app.or_empty();
    Ok(Workspace {
        id: app.id_code.text().ok_or(Cause::Odd("names no workspace"))?,
        name: app.name.text(),
        region: app.region.text().map(|region| region.to_lowercase()),
    })
}

/// Reads a page of search results and drops the rows before the window.
pub(super) fn page(body: &[u8], from: Timestamp, answered_at: Timestamp) -> Result<Page, Cause> {
    let rows: wire::Rows<'_> = json(body)?;
    let conversations = rows.conversations.ok_or(Cause::Odd("is no page of conversations"))?;
    let raw_rows = conversations.len();
    let total_count = count(rows.total_count);
    let next = next_page(rows.pages, total_count, raw_rows)?;
    let (mut listed, mut unreadable) = (Vec::with_capacity(raw_rows), Vec::new());
    for row in conversations {
        let row = row.or_empty();
        let updated_at = instant(row.updated_at);
        let Some(id) = row.id.text() else {
            unreadable.push(updated_at);
            continue;
        };
        // A row without it has to be read anew whenever it is listed, since nothing else tells whether it changed.
        let read_after = updated_at.is_none().then_some(answered_at);
        let updated_at = updated_at.unwrap_or(from);
        if from <= updated_at {
            let created_at = instant(row.created_at);
            listed.push(Listed { id: ConversationId(id), created_at, updated_at, read_after });
        }
    }
    Ok(Page { listed, unreadable, total_count, next, answered_at, raw_rows })
}

/// Returns where the page after one begins.
fn next_page(
    pages: Option<wire::Pages<'_>>,
    total_count: Option<u64>,
    rows: usize,
) -> Result<Option<Cursor>, Cause> {
    match pages.map(|pages| pages.next) {
        Some(None) => Ok(None),
        Some(Some(next)) => match next.starting_after.as_str() {
            Some(cursor) => Ok(Some(Cursor(cursor.to_owned()))),
            None => Err(Cause::Odd("says that another page follows, but not where")),
        },
        None if total_count.is_some_and(|total| total <= rows as u64) => Ok(None),
        None => Err(Cause::Odd("does not say whether another page follows")),
    }
}

/// Reads page number `page` of the deletions.
pub(super) fn deletions(body: &[u8], page: u32, answered_at: Timestamp) -> Result<DeletedPage, Cause> {
    let list: wire::Deletions<'_> = json(body)?;
    let List(rows) = list.conversations.ok_or(Cause::Odd("is no page of deleted conversations"))?;
    let pages = list.pages.or_empty();
    let more = pages.total_pages.0.is_none_or(|total| i64::from(page) < total);
    let last = rows.is_empty() || !pages.next.0 || !more;
    let deletions = rows.into_iter().filter_map(|row| {
        let row = row.or_empty();
        let deleted_at = instant(row.deleted_at).unwrap_or(answered_at);
        Some(Deletion { id: ConversationId(row.id.text()?), deleted_at })
    });
    Ok(DeletedPage { deletions: deletions.collect(), total: count(list.total_count), last })
}

/// Reads the list of admins or of teams.
pub(super) fn teammates(body: &[u8], kind: TeammateKind) -> Result<Vec<Teammate>, Cause> {
    let people: wire::People<'_> = json(body)?;
    let list = match kind {
        TeammateKind::Admin => people.admins,
        TeammateKind::Team => people.teams,
    };
    let List(list) = list.ok_or(Cause::Odd("is no list of teammates"))?;
    let teammate = |named: Object<wire::Named<'_>>| {
        let named = named.or_empty();
        Some(Teammate { id: named.id.text()?, kind, name: named.name.text(), email: named.email.text() })
    };
    Ok(list.into_iter().filter_map(teammate).collect())
}

/// Reads the list of tags; one without a name says nothing.
pub(super) fn tags(body: &[u8]) -> Result<Vec<Tag>, Cause> {
    let people: wire::People<'_> = json(body)?;
    let List(list) = people.data.ok_or(Cause::Odd("is no list of tags"))?;
    let tags = list.into_iter().filter_map(|named| tag(&named.or_empty()));
    Ok(tags.filter(|tag| !tag.name.is_empty()).collect())
}

/// Reads the contacts found by a search.
pub(super) fn contacts(body: &[u8]) -> Result<Vec<FoundContact>, Cause> {
    let rows: wire::ContactRows<'_> = json(body)?;
    let list = rows.data.ok_or(Cause::Odd("is no list of contacts"))?;
    Ok(list.iter().filter_map(contact).collect())
}

/// Reads a page of a search for contacts, after which another one may follow.
pub(super) fn contact_page(body: &[u8]) -> Result<ContactPage, Cause> {
    let rows: wire::ContactRows<'_> = json(body)?;
    let list = rows.data.ok_or(Cause::Odd("is no list of contacts"))?;
    let next = next_page(rows.pages, count(rows.total_count), list.len())?;
    Ok(ContactPage { contacts: list.iter().filter_map(contact).collect(), next })
}

fn contact(json: &serde_json::Value) -> Option<FoundContact> {
    let wire::Contact { id, name, email, updated_at } = Deserialize::deserialize(json).ok()?;
    let contact = Contact { id: Some(id.text()?), name: name.text(), email: email.text() };
    Some(FoundContact { contact, updated_at: instant(updated_at), fields: read_contact(json) })
}

/// Reads a conversation that was fetched earlier, from its JSON.
///
/// # Errors
/// When it is no conversation, in words.
pub fn stored_conversation(raw: Bytes) -> Result<Conversation, String> {
    conversation(raw).map_err(|cause| cause.to_string())
}

/// Reads a conversation with its parts.
pub(super) fn conversation(raw: Bytes) -> Result<Conversation, Cause> {
    let repaired;
    let mut body = raw.as_ref();
    let wire: wire::Conversation<'_> = match serde_json::from_slice(body) {
        Ok(wire) => wire,
        Err(error) => {
            repaired = repair(body).ok_or(Cause::Unreadable(error))?;
            body = repaired.as_bytes();
            json(body)?
        }
    };
    let fields = header::fields(body);
    let id = ConversationId(wire.id.text().ok_or(Cause::Odd("has no id"))?);
    let source = wire.source.or_empty();
    let list = wire.conversation_parts.or_empty();
    let received = list.conversation_parts.0.len();
    let truncated = received >= MOST_PARTS || list.total_count.0.is_some_and(|total| total > received as i64);

    let subject = source.subject.as_str().map(html::line).filter(|subject| !subject.is_empty());
    let title = wire.title.text().filter(|title| !title.is_empty()).or_else(|| subject.clone());
    let mut later = parts(list.conversation_parts.0);
    changes::complete(&mut later, &fields);
    let earliest = later.first().map(|part| part.created_at);
    let latest = later.last().map(|part| part.created_at);
    let created_at = instant(wire.created_at).or_else(|| earliest.or_else(|| instant(wire.updated_at)));
    let created_at = created_at.unwrap_or_default();
    let mut opening = opening(source, created_at, &later);
    // What is no title is said.
    if let Some(subject) =
        subject.filter(|subject| title.as_deref().is_none_or(|title| !same(title, subject)))
    {
        opening.text = format!("{subject}\n\n{}", opening.text).trim_end().to_owned();
    }
    let parts: Vec<Part> = std::iter::once(opening).chain(later).collect();
    let named =
        wire.contacts.or_empty().contacts.0.into_iter().filter_map(|contact| contact.or_empty().id.text());
    Ok(Conversation {
        id,
        title,
        state: state(&wire.state, wire.open.0, wire.snoozed_until.0),
        created_at,
        updated_at: instant(wire.updated_at)
            .unwrap_or_else(|| latest.map_or(created_at, |at| at.max(created_at))),
        contacts: people::contacts(named, &parts),
        admin_assignee: assignee(&wire.admin_assignee_id),
        team_assignee: assignee(&wire.team_assignee_id),
        tags: wire.tags.or_empty().tags.0.into_iter().filter_map(|tag| self::tag(&tag.or_empty())).collect(),
        parts,
        truncated,
        fields,
        raw,
    })
}

/// The opening message is told apart from the parts only by where it stands.
fn opening(source: wire::Source<'_>, created_at: Timestamp, parts: &[Part]) -> Part {
    let (text, html) = html::read(source.body.as_str().unwrap_or_default());
    let id = source.id.text().filter(|id| parts.iter().all(|part| part.id != *id));
    Part {
        id: id.unwrap_or_else(|| "source".to_owned()),
        kind: "source".to_owned(),
        created_at,
        author: author(source.author),
        text,
        html,
        attachments: attachments(source.attachments),
        redacted: source.redacted.0.unwrap_or(false),
        changes: Vec::new(),
    }
}

fn parts(list: Vec<Object<wire::Part<'_>>>) -> Vec<Part> {
    let mut ids = HashSet::with_capacity(list.len());
    let mut previous = Timestamp::EPOCH;
    let mut parts: Vec<Part> = Vec::with_capacity(list.len());
    for (index, part) in list.into_iter().enumerate() {
        let part = part.or_empty();
        let id = part.id.text().unwrap_or_else(|| format!("part-{index}"));
        if !ids.insert(id.clone()) {
            continue;
        }
        // A part without a time stays where Intercom put it.
        previous = instant(part.created_at).unwrap_or(previous);
        let (text, html) = html::read(part.body.as_str().unwrap_or_default());
        parts.push(Part {
            id,
            kind: part.part_type.text().unwrap_or_else(|| "unknown".to_owned()),
            created_at: previous,
            author: author(part.author),
            text,
            html,
            attachments: attachments(part.attachments),
            redacted: part.redacted.0.unwrap_or(false),
            changes: changes::of(part.assigned_to, part.tags, part.event_details),
        });
    }
    parts.sort_by_key(|part| part.created_at);
    parts
}

/// Says whether two lines read the same.
fn same(one: &str, other: &str) -> bool {
    html::line(one).to_lowercase() == html::line(other).to_lowercase()
}

fn author(author: Object<wire::Author<'_>>) -> Author {
    let author = author.or_empty();
    Author {
        kind: author.kind.text().unwrap_or_default(),
        id: author.id.text(),
        name: author.name.text(),
        email: author.email.text(),
    }
}

fn attachments(list: List<Object<wire::Attachment<'_>>>) -> Vec<Attachment> {
    let attachment = |file: wire::Attachment<'_>| Attachment {
        name: file.name.text(),
        url: file.url.text(),
        content_type: file.content_type.text(),
        filesize: file.filesize.0,
    };
    list.0.into_iter().filter_map(|file| file.0).map(attachment).collect()
}

pub(super) fn tag(named: &wire::Named<'_>) -> Option<Tag> {
    let name = named.name.text();
    let id = named.id.text().or_else(|| name.clone())?;
    Some(Tag { id, name: name.unwrap_or_default() })
}

fn state(state: &Text<'_>, open: Option<bool>, snoozed_until: Option<i64>) -> String {
    state.text().unwrap_or_else(|| {
        let word = match (snoozed_until, open) {
            (Some(_), _) => "snoozed",
            (None, Some(false)) => "closed",
            (None, _) => "open",
        };
        word.to_owned()
    })
}

/// Nobody is `null` in some versions and zero in others.
fn assignee(id: &Text<'_>) -> Option<String> {
    id.text().filter(|id| id != "0")
}

fn instant(seconds: Int) -> Option<Timestamp> {
    seconds.0.map(Timestamp)
}

fn count(number: Int) -> Option<u64> {
    number.0.and_then(|number| u64::try_from(number).ok())
}

fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Cause> {
    serde_json::from_slice(body).map_err(Cause::Unreadable)
}

/// Replaces what makes text undecodable: bytes that are no UTF-8, and halves of a surrogate pair, which come from
/// emoji cut in two.
fn repair(raw: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        repaired.push_str(before);
        let length = match (surrogate(escape), surrogate(escape.get(6..).unwrap_or_default())) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                repaired.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        let (kept, after) = escape.split_at(length);
        repaired.push_str(kept);
        rest = after;
    }
    repaired.push_str(rest);
    (repaired.as_bytes() != raw).then_some(repaired)
}

#[derive(Clone, Copy)]
enum Half {
    High,
    Low,
}

fn surrogate(escape: &str) -> Option<Half> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
