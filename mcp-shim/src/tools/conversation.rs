//! `get_conversation`: one conversation, in pages that fit a model's context.

use std::fmt;

use proto::types::{self, Conversation, ShowReply, ShowRequest};
use proto::view;
use schemars::JsonSchema;
use serde::Deserialize;

use super::search::{freshness, header};
use super::{Answer, Call};
use crate::answers::{self, Message, Shown, compact};
use crate::budget::{self, PAGE, cost};
use crate::daemon::Daemon;
use crate::error::Error;
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"conversation_id": "215470000000000"}"#;
/// What a message costs besides its body and names: the fields around them.
const MESSAGE: usize = 300;
/// What a file costs besides its name.
const FILE: usize = 100;
/// Characters of events on one page: they matter less than what was said.
const EVENTS: usize = 8_000;
/// Most messages on one page, as a bound on what is asked of the daemon: short ones would not fill it sooner.
const MESSAGES: u32 = 150;

/// Which conversation.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    /// Intercom's id of it: `id` in what search_conversations found.
    conversation_id: String,
    /// `next_page` of the previous answer, to read on.
    page: Option<String>,
}

/// Where a page begins: at a message, or inside the body of one that is longer than a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    message: u32,
    character: usize,
}

/// The form in which a place is handed out, together with the conversation that it belongs to.
struct Cursor<'a>(&'a str, Place);

impl fmt::Display for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id, Place { message, character }) = self;
        write!(f, "{id}:{message}:{character}")
    }
}

impl Place {
    fn read(cursor: &str, id: &str) -> Option<Self> {
        let (message, character) = cursor.strip_prefix(id)?.strip_prefix(':')?.split_once(':')?;
        Some(Self { message: message.parse().ok()?, character: character.parse().ok()? })
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let id = arguments.conversation_id.as_str();
    let place = match arguments.page.as_deref() {
        None => Place::default(),
        Some(page) => Place::read(page, id).ok_or_else(|| {
            Error::arguments(format!(
                "`page` is not the `next_page` of an earlier answer about conversation {}; leave it out to begin with \
                 the first message, e.g. {EXAMPLE}",
                text::one_line(id, 60)
            ))
        })?,
    };
    let shown = page(call.daemon, id, place).await?;
    Answer::new(describe(&shown.0, &shown.1), &shown.1)
}

/// Returns the first page of a conversation.
///
/// # Errors
/// When there is no daemon, or no such conversation.
pub(crate) async fn first_page(daemon: &Daemon, id: &str) -> Result<Shown, Error> {
    Ok(page(daemon, id, Place::default()).await?.1)
}

async fn page(daemon: &Daemon, id: &str, place: Place) -> Result<(ShowReply, Shown), Error> {
    let mut reply = show(daemon, id, place.message, MESSAGES).await?;
    let fit = fitting(&reply.conversation, place.character);
    if fit < reply.conversation.messages.len() {
        // The daemon knows best which events belong between the messages of a shorter page.
        let fewer = u32::try_from(fit).unwrap_or(MESSAGES);
        reply = show(daemon, id, place.message, fewer).await?;
    }
    let shown = cut(&mut reply, id, place)?;
    Ok((reply, shown))
}

async fn show(daemon: &Daemon, id: &str, offset: u32, limit: u32) -> Result<ShowReply, Error> {
    let request = &ShowRequest { id: id.to_owned(), offset, limit, refresh: false };
    daemon.ask(|client| async move { client.show(request).await }).await
}

/// Returns how many of the messages fit one page, when the first begins at `character`. One always does, if only in part.
fn fitting(conversation: &Conversation, character: usize) -> usize {
    let mut used = 0_usize;
    let mut skipped = character;
    let within = conversation.messages.iter().take_while(|message| {
        let body: usize = message.body.chars().skip(std::mem::take(&mut skipped)).map(cost).sum();
        used = used.saturating_add(body).saturating_add(frame(message));
        used <= PAGE
    });
    within.count().max(1)
}

/// Returns what a message costs besides its body.
fn frame(message: &types::Message) -> usize {
    let long = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().map(cost).sum());
    let author = &message.author;
    let files = message.attachments.iter().map(|file| FILE + long(&file.name) + long(&file.content_type));
    MESSAGE + long(&author.name) + long(&author.email) + files.sum::<usize>()
}

/// Returns where a piece of a body that begins at `start` ends, in characters: where the page is full.
fn piece(body: &str, start: usize) -> usize {
    let mut used = 0_usize;
    let within = body.chars().skip(start).take_while(|c| {
        used = used.saturating_add(cost(*c));
        used <= PAGE
    });
    start.saturating_add(within.count().max(1))
}

/// Returns the page; where its first message is longer than that, the piece of it that begins at the place.
fn cut(reply: &mut ShowReply, id: &str, place: Place) -> Result<Shown, Error> {
    let conversation = &mut reply.conversation;
    let mut next = conversation.next_offset.map(|message| Place { message, character: 0 });
    let mut excerpt = None;
    if let Some(first) = conversation.messages.first_mut() {
        let length = first.body.chars().count();
        let end = piece(&first.body, place.character);
        if length > end {
            next = Some(Place { message: place.message, character: end });
            conversation.events.clear();
        }
        if place.character > 0 || length > end {
            let end = end.min(length);
            first.body = first.body.chars().take(end).skip(place.character).collect();
            excerpt = Some(format!("characters {} to {end} of {length}", place.character + 1));
        }
    }
    let mut messages: Vec<Message> = conversation.messages.iter().map(Message::from).collect();
    if let Some(first) = messages.first_mut() {
        first.excerpt = excerpt;
    }
    let mut events: Vec<view::Event> = conversation.events.iter().map(view::Event::from).collect();
    let shown = budget::fitting(&events, EVENTS)?;
    let events_left_out = events.len() - shown;
    events.truncate(shown);
    Ok(Shown {
        conversation: answers::Conversation {
            summary: compact(&conversation.summary),
            messages,
            messages_before: conversation.offset,
            events,
            events_left_out,
            fetched_at: conversation.fetched_at.to_rfc3339(),
            outdated: conversation.outdated,
        },
        sync_info: view::SyncInfo::from(&reply.sync_info),
        next_page: next.map(|next| Cursor(id, next).to_string()),
        note: text::UNTRUSTED,
    })
}

fn describe(reply: &ShowReply, shown: &Shown) -> String {
    let conversation = &reply.conversation;
    let mut text = format!("{}\n{}", text::QUOTED, header(&conversation.summary));
    if let Some(url) = &conversation.summary.url {
        text += &format!("In Intercom: {}\n", text::one_line(url, 500));
    }
    text += &freshness(&reply.sync_info);
    if conversation.outdated {
        text += "Tell the user: this conversation has changed in Intercom since; the newer state is not stored yet.\n";
    }
    if conversation.offset > 0 {
        text += &format!("{} before these.\n", text::count(conversation.offset.into(), "message"));
    }
    for (message, shown) in conversation.messages.iter().zip(&shown.conversation.messages) {
        let names = [&message.author.name, &message.author.email].into_iter().flatten();
        let names = names.map(|name| text::quote_inline(name, 200));
        let author: Vec<_> = std::iter::once(text::one_line(&message.author.kind, 60)).chain(names).collect();
        let kind = text::one_line(&message.kind, 60);
        text += &format!("\n[{}] {} ({kind})", message.created_at.to_minute(), author.join(", "));
        if let Some(excerpt) = &shown.excerpt {
            text += &format!(", {excerpt}");
        }
        text += ":\n";
        text += &text::quote(&message.body);
        for file in &message.attachments {
            let name = file
                .name
                .as_deref()
                .map_or_else(|| "a file".to_owned(), |name| text::quote_inline(name, 200));
            text += &format!("Attached: {name}\n");
        }
    }
    if let Some(page) = &shown.next_page {
        text +=
            &format!("\nMore messages follow: call again with \"page\": \"{}\"\n", text::one_line(page, 200));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proto::Timestamp;

    use super::*;

    fn conversation(sizes: &[usize]) -> Conversation {
        let message = |size: &usize| types::Message { body: "ä".repeat(*size), ..types::Message::default() };
        Conversation {
            summary: types::Summary::default(),
            messages: sizes.iter().map(message).collect(),
            events: Vec::new(),
            offset: 0,
            next_offset: None,
            fetched_at: Timestamp::EPOCH,
            outdated: false,
        }
    }

    #[test]
    fn a_page_takes_whole_messages_while_they_fit_and_always_one() {
        assert_eq!(fitting(&conversation(&[]), 0), 1);
        assert_eq!(fitting(&conversation(&[10_000, 10_000, 10_000]), 0), 2);
        assert_eq!(fitting(&conversation(&[60_000, 10]), 0), 1);
        assert_eq!(fitting(&conversation(&[60_000, 10]), 50_000), 2);
    }

    #[test]
    fn a_piece_of_a_long_body_ends_where_the_page_is_full_however_it_is_written() {
        assert_eq!(piece(&"ä".repeat(60_000), 0), PAGE);
        assert_eq!(piece(&"ä".repeat(60_000), 50_000), 60_000);
        assert_eq!(piece(&"\"".repeat(60_000), 100), 100 + PAGE / 2);
        assert_eq!(piece("", 0), 1);
    }

    #[test]
    fn a_page_is_taken_only_for_the_conversation_that_it_came_from() {
        let place = Place { message: 40, character: 25_000 };
        let cursor = Cursor("123", place).to_string();
        assert_eq!(Place::read(&cursor, "123"), Some(place));
        for (cursor, id) in
            [(cursor.as_str(), "12"), (cursor.as_str(), "1234"), ("123:x:0", "123"), ("", "123")]
        {
            assert_eq!(Place::read(cursor, id), None, "{cursor} {id}");
        }
    }
}
