//! A page of a conversation: as many of its messages, with what happened between them, as a model can read at a time.
//!
//! Whole messages come first; one that does not fit by itself is parted, and so is what happened after it. Nothing is
//! left out for good: each page says where the next one begins.

use std::collections::HashMap;
use std::fmt;

use proto::Timestamp;
use proto::types::{Author, Change, Conversation, ShowReply, ShowRequest};

use super::Answer;
use super::lines::{author, freshness, header, line, quoted};
use crate::answers::{self, Event, Header, Message, Shown, SyncInfo, WHOLE, event};
use crate::budget::{self, Room};
use crate::daemon::Daemon;
use crate::error::Error;
use crate::text;

/// Said of a conversation of which a newer state is known.
pub(super) const OUTDATED: &str =
    "Tell the user: this conversation has changed in Intercom since; the newer state is not stored yet.\n";
/// Most messages on one page, as a bound on what is asked of the daemon: the shortest ones would not fit in this number.
const MESSAGES: u32 = 300;

/// Where a page begins: at a message, inside the body of one, or after it, among the events that follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    message: u32,
    /// So many characters of its body have been read.
    character: usize,
    /// So many of the events after it have been read.
    event: usize,
}

/// The form in which a place is handed out, together with the conversation that it belongs to.
struct Cursor<'a>(&'a str, Place);

impl fmt::Display for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id, Place { message, character, event }) = self;
        write!(f, "{id}:{message}:{character}:{event}")
    }
}

impl Place {
    /// Reads a place that was handed out for this conversation.
    pub(super) fn read(cursor: &str, id: &str) -> Option<Self> {
        let mut parts = cursor.strip_prefix(id)?.strip_prefix(':')?.split(':');
        let (message, character, event) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
        let place = Self {
            message: message.parse().ok()?,
            character: character.parse().ok()?,
            event: event.parse().ok()?,
        };
        parts.next().is_none().then_some(place)
    }
}

/// What of a reply is on the page.
#[derive(Clone, Copy)]
struct Cut {
    messages: usize,
    /// Where the piece of the first message's body ends, in bytes; `None`: with the body.
    end: Option<usize>,
    events: usize,
    next: Option<Place>,
}

/// Returns the first page of a conversation, as JSON.
///
/// # Errors
/// When there is no daemon, or no such conversation.
pub(crate) async fn first_page(daemon: &Daemon, id: &str) -> Result<String, Error> {
    Ok(page(daemon, id, Place::default(), Room::FieldsAlone).await?.value.to_string())
}

/// Returns the page that begins at a place.
///
/// # Errors
/// When there is no daemon, or no such conversation.
pub(super) async fn page(daemon: &Daemon, id: &str, place: Place, room: Room) -> Result<Answer, Error> {
    let mut reply = show(daemon, id, place.message, MESSAGES).await?;
    loop {
        let part = Part { reply: &reply, id, place, room };
        let all = reply.conversation.messages.len();
        let build = |messages| part.build(part.whole(messages));
        let (fit, answer) = budget::most(0, all, build, |answer| answer.fits(room))?;
        let limit = if fit == all && answer.fits(room) {
            return Ok(answer);
        } else if all <= 1 {
            return part.parted();
        } else {
            fit.max(1)
        };
        // The daemon knows best which events belong between the messages of a shorter page.
        reply = show(daemon, id, place.message, u32::try_from(limit).unwrap_or(MESSAGES)).await?;
    }
}

async fn show(daemon: &Daemon, id: &str, offset: u32, limit: u32) -> Result<ShowReply, Error> {
    let request = &ShowRequest { id: id.to_owned(), offset, limit, refresh: false };
    daemon.ask(|client| async move { client.show(request).await }).await
}

/// A reply, and what of it is to be read.
#[derive(Clone, Copy)]
struct Part<'a> {
    reply: &'a ShowReply,
    id: &'a str,
    place: Place,
    room: Room,
}

impl Part<'_> {
    /// Returns where the body of the first message is to be read from, in bytes; `None`: it was read whole.
    fn start(&self) -> Option<usize> {
        let first = self.reply.conversation.messages.first()?;
        let Place { character, .. } = self.place;
        match first.body.char_indices().nth(character) {
            Some((start, _)) => Some(start),
            None if character == 0 => Some(0),
            None => None,
        }
    }

    /// Returns how to show so many messages whole; for fewer than there are, as far as can be told without the daemon.
    fn whole(&self, messages: usize) -> Cut {
        let Conversation { messages: all, events, next_offset, .. } = &self.reply.conversation;
        let before = |end: Timestamp| events.iter().take_while(|event| event.created_at < end).count();
        let events = all.get(messages).map_or(events.len(), |next| before(next.created_at));
        let message = match all.get(messages) {
            Some(_) => {
                u32::try_from(messages).ok().map(|messages| self.place.message.saturating_add(messages))
            }
            None => *next_offset,
        };
        let next = message.map(|message| Place { message, ..Place::default() });
        Cut { messages, end: None, events: events.saturating_sub(self.place.event), next }
    }

    /// Returns the answer with a piece of the only message, or with that message and some of the events after it.
    fn parted(&self) -> Result<Answer, Error> {
        let messages = self.reply.conversation.messages.len();
        let fits = |answer: &Answer| answer.fits(self.room);
        let body = self.reply.conversation.messages.first().map_or("", |first| first.body.as_str());
        let read = body.chars().count();
        if let Some(start) = self.start() {
            let left = &body[start..];
            let piece = |end: usize| {
                let end = start + text::joint(left, end);
                let character = body[..end].chars().count();
                let next = (end < body.len()).then_some(Place { character, ..self.place });
                Cut { messages, end: Some(end), events: 0, next }
            };
            let shortest = left.chars().next().map_or(0, char::len_utf8);
            let longest = budget::prefix(left, self.room.longest()).max(shortest);
            let build = |end| self.build(piece(end));
            let (end, answer) = budget::most(shortest, longest, build, fits)?;
            if piece(end).next.is_some() {
                return Ok(answer);
            }
        }
        let build = |events| {
            let place = Place { character: read.max(1), event: self.place.event + events, ..self.place };
            self.build(Cut { messages, end: None, events, next: Some(place) })
        };
        let events = self.reply.conversation.events.len().saturating_sub(self.place.event);
        // Where not even one fits beside the message, it is by itself on the next page.
        let least = usize::from(self.start().is_none());
        Ok(budget::most(least, events, build, fits)?.1)
    }

    fn build(&self, cut: Cut) -> Result<Answer, Error> {
        let conversation = &self.reply.conversation;
        let mut messages: Vec<Message> =
            conversation.messages.iter().take(cut.messages).map(Message::from).collect();
        let mut messages_before = conversation.offset;
        match (messages.first_mut(), self.start()) {
            (Some(first), Some(start)) => excerpt(first, start, cut.end),
            (Some(_), None) => {
                messages.remove(0);
                messages_before += 1;
            }
            (None, _) => {}
        }
        let left = conversation.events.iter().skip(self.place.event);
        let (fields, fields_left_out) = if self.place == Place::default() {
            answers::fields(&conversation.fields)
        } else {
            Default::default()
        };
        let is_parted = cut.next.is_some_and(|next| next.message == self.place.message);
        let shown = Shown {
            conversation: Some(answers::Conversation {
                header: Header::new(&conversation.summary, WHOLE),
                fields,
                fields_left_out,
                messages,
                messages_before,
                events: left.clone().take(cut.events).map(event).collect(),
                events_left_out: if is_parted { left.count() - cut.events } else { 0 },
                fetched_at: conversation.fetched_at,
                outdated: conversation.outdated,
            }),
            conversations: Vec::new(),
            missing: Vec::new(),
            shortened: None,
            sync_info: SyncInfo::from(&self.reply.sync_info),
            next_page: cut.next.map(|next| Cursor(self.id, next).to_string()),
            note: text::UNTRUSTED,
        };
        Answer::new(describe(&shown), &shown)
    }
}

/// Cuts a message to a piece of its body, and says which one it is.
fn excerpt(message: &mut Message, start: usize, end: Option<usize>) {
    let end = end.unwrap_or(message.body.len());
    if start == 0 && end == message.body.len() {
        return;
    }
    let counted = |text: &str| text.chars().count();
    let (first, last) = (counted(&message.body[..start]) + 1, counted(&message.body[..end]));
    message.excerpt = Some(format!("characters {first} to {last} of {}", counted(&message.body)));
    message.body = message.body[start..end].to_owned();
}

fn describe(shown: &Shown) -> String {
    let mut text = text::QUOTED.to_owned() + "\n";
    let Some(conversation) = &shown.conversation else { return text };
    text += &header(&conversation.header);
    for answers::Values { field, values, values_left_out } in &conversation.fields {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let more = values_left_out.map_or_else(String::new, |more| format!(" and {more} more"));
        text += &format!("{}: {}{more}\n", line(field), values.join(", "));
    }
    if let Some(left_out) = conversation.fields_left_out {
        text += &format!("{} more.\n", text::count(left_out as u64, "field"));
    }
    text += &format!("Read from Intercom {}.\n", conversation.fetched_at);
    text += &freshness(&shown.sync_info);
    if conversation.outdated {
        text += OUTDATED;
    }
    if conversation.messages_before > 0 {
        text += &format!("{} before these.\n", text::count(conversation.messages_before.into(), "message"));
    }
    let mut named = Named::default();
    for message in &conversation.messages {
        text += &lines(message, &mut named);
    }
    if !conversation.events.is_empty() {
        text += "\nWhat else happened, oldest first:\n";
    }
    for Event { event, changes_left_out } in &conversation.events {
        let (kind, id) = (line(&event.kind), line(&event.id));
        let changes = changed(&event.changes, *changes_left_out);
        text += &format!("[{}] {kind} {id} by {}{changes}\n", event.created_at, named.author(&event.author));
    }
    if conversation.events_left_out > 0 {
        let events = text::count(conversation.events_left_out as u64, "event");
        text += &format!("{events} before the next message left to the next page.\n");
    }
    if let Some(page) = &shown.next_page {
        text += &format!("\nMore follows: call again with \"page\": \"{}\"\n", line(page));
    }
    text
}

/// Returns what changed, from what to what.
fn changed(changes: &[Change], left_out: Option<usize>) -> String {
    let mut text = String::new();
    for Change { field, from, to, id } in changes {
        let from = from.as_deref().map_or_else(String::new, |from| format!(" from {}", quoted(from)));
        let to = to.as_deref().map_or_else(|| "nobody".to_owned(), quoted);
        let id = id.as_deref().map_or_else(String::new, |id| format!(" ({})", line(id)));
        text += &format!("; {}{from} to {to}{id}", line(field));
    }
    if let Some(left_out) = left_out {
        text += &format!("; {} more", text::count(left_out as u64, "change"));
    }
    text
}

/// Who was named on a page so far: in full once, then by the name alone, since most of a long conversation is by the same few.
#[derive(Default)]
struct Named(HashMap<String, String>);

impl Named {
    fn author(&mut self, who: &Author) -> String {
        let full = author(who);
        let Some(name) = who.name.as_ref().or(who.email.as_ref()) else { return full };
        let short = format!("{} {}", line(&who.kind), quoted(name));
        match self.0.get(&short) {
            Some(known) if *known == full => short,
            // Somebody else of that name.
            Some(_) => full,
            None => {
                self.0.insert(short, full.clone());
                full
            }
        }
    }
}

fn lines(message: &Message, named: &mut Named) -> String {
    let (kind, id) = (line(&message.kind), line(&message.id));
    let mut text = format!("\n[{}] {kind} {id} by {}", message.created_at, named.author(&message.author));
    if let Some(excerpt) = &message.excerpt {
        text += &format!(", {excerpt}");
    }
    if message.redacted {
        text += ", deleted by someone in Intercom";
    }
    text += &changed(&message.changes, message.changes_left_out);
    text += ":\n";
    text += &text::quote(&message.body);
    for file in &message.attachments {
        let name = file.name.as_deref().map_or_else(|| "a file".to_owned(), quoted);
        let size = file.filesize.map(|size| format!("{size} bytes"));
        let facts: Vec<String> = file.content_type.as_deref().map(line).into_iter().chain(size).collect();
        let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
        text += &format!("Attached: {name}{facts}\n");
    }
    if let Some(left_out) = message.attachments_left_out {
        text += &format!("{} more, which Intercom shows.\n", text::count(left_out as u64, "file"));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_page_is_taken_only_for_the_conversation_that_it_came_from() {
        let place = Place { message: 40, character: 25_000, event: 3 };
        let cursor = Cursor("123", place).to_string();
        assert_eq!(Place::read(&cursor, "123"), Some(place));
        assert_eq!(Place::read("123:40:25000", "123"), Some(Place { event: 0, ..place }));
        for (cursor, id) in [
            (cursor.as_str(), "12"),
            (cursor.as_str(), "1234"),
            ("123:x:0", "123"),
            ("123:1", "123"),
            ("123:1:2:3:4", "123"),
            ("", "123"),
        ] {
            assert_eq!(Place::read(cursor, id), None, "{cursor} {id}");
        }
    }
}
