//! What can be done to a conversation before it is written, so that no transaction waits for it. No SQL here.

use std::collections::HashSet;

use proto::Timestamp;

use super::documents::Document;
use super::error::Error;
use super::fields::Fields;
use super::ledger::Failure;
use super::measure::{self, Measured, StateCode};
use super::stored::{self, Packer};
use super::text::{self, Listener, Spoken, Words};
use crate::model::{Conversation, Fetched, Part};
use crate::offload::give_way;

/// What the parts of a conversation come to.
#[derive(Debug)]
pub(super) struct Content {
    /// The texts of its messages, compressed.
    pub(super) texts: Vec<u8>,
    /// The rest of its parts, compressed.
    pub(super) rest: Vec<u8>,
    /// What is indexed of them, of the title and of what it has besides; its contacts are not in it.
    pub(super) words: Document,
    /// The words of it that can have other forms.
    pub(super) spoken: Vec<Spoken>,
    /// When something happened.
    pub(super) activity: Vec<u8>,
    /// How many are messages.
    pub(super) messages: i64,
    /// A file came with one of them.
    pub(super) attachments: bool,
    /// What is measured of them.
    pub(super) measured: Measured,
    /// What it has besides.
    pub(super) fields: Fields,
    /// What they say: see [`said`].
    pub(super) said: HashSet<i64>,
}

/// A conversation ready to be written.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The conversation; its parts are kept only where it is truncated, its JSON is not.
    pub(super) conversation: Conversation,
    /// When it was asked for.
    pub(super) asked_at: Timestamp,
    /// What its parts come to.
    pub(super) content: Content,
    /// Its JSON compressed.
    pub(super) json: Vec<u8>,
}

/// How long a conversation rests that cannot be made ready, in seconds.
const REST: i64 = 86_400;

/// Makes conversations ready; returns those that cannot be as failures.
pub(super) fn prepare_all(fetched: Vec<Fetched>) -> Result<(Vec<Prepared>, Vec<Failure>), Error> {
    let mut packer = Packer::new()?;
    let (mut prepared, mut failures) = (Vec::with_capacity(fetched.len()), Vec::new());
    for fetched in fetched {
        give_way();
        let (id, retry_at) = (fetched.conversation.id.clone(), fetched.asked_at.plus(REST));
        match prepare(fetched, &mut packer) {
            Ok(ready) => prepared.push(ready),
            Err(error) => failures.push(Failure { id, error: error.to_line(), retry_at }),
        }
    }
    Ok((prepared, failures))
}

/// Makes a conversation ready.
pub(super) fn prepare(fetched: Fetched, packer: &mut Packer) -> Result<Prepared, Error> {
    let Fetched { mut conversation, asked_at } = fetched;
    let content = content(&conversation, &conversation.parts, packer)?;
    let json = packer.json(&conversation.raw)?;
    conversation.raw = bytes::Bytes::new();
    if !conversation.truncated {
        conversation.parts = Vec::new();
    }
    Ok(Prepared { conversation, asked_at, content, json })
}

/// Returns what these parts of a conversation come to.
pub(super) fn content(
    conversation: &Conversation,
    parts: &[Part],
    packer: &mut Packer,
) -> Result<Content, Error> {
    let (texts, rest) = packer.parts(parts)?;
    let fields = Fields::of(conversation.fields.clone(), parts);
    let (words, spoken) = words_of(conversation.title.as_deref(), parts, &fields);
    let happened = parts.iter().map(|part| part.created_at).chain([conversation.created_at]);
    let activity = stored::instants(happened.map(|at| at.0).collect())?;
    let messages = parts.iter().filter(|part| part.is_message()).count() as i64;
    let attachments = parts.iter().any(|part| !part.attachments.is_empty());
    let state = StateCode::of(&conversation.state);
    let measured = measure::measure(conversation.created_at.0, state, conversation.truncated, parts);
    let said = said(parts);
    Ok(Content { texts, rest, words, spoken, activity, messages, attachments, measured, fields, said })
}

/// Returns what is indexed of a conversation but for its contacts, and those of the words that can have other forms.
pub(super) fn words_of(title: Option<&str>, parts: &[Part], fields: &Fields) -> (Document, Vec<Spoken>) {
    let (mut document, mut words, mut listener) =
        (Document::default(), Words::default(), Listener::default());
    let mut add = |text: &str, column: &mut String| {
        text::index(text, &mut words, column);
        column.push_str(text::SEPARATOR);
        listener.hear(text, &words);
    };
    if let Some(title) = title {
        add(title, &mut document.title);
    }
    for part in parts.iter().filter(|part| !part.text.is_empty()) {
        let column = match part.author.is_contact() {
            true if document.opening.is_empty() => &mut document.opening,
            true => &mut document.customer,
            false => &mut document.team,
        };
        add(&part.text, column);
    }
    fields.texts().for_each(|text| add(text, &mut document.other));
    (document, listener.finish())
}

/// Returns a number for all that each message says and shows: where one of them is missing from a later state, it was
/// deleted, edited or redacted. A link that is signed anew says nothing new.
pub(super) fn said(parts: &[Part]) -> HashSet<i64> {
    let number = |part: &Part| {
        let mut said = format!("{} {} {}", part.id, part.redacted, part.text);
        for name in part.attachments.iter().filter_map(|file| file.name.as_deref()) {
            said.push('\n');
            said.push_str(name);
        }
        text::hash(said.as_bytes())
    };
    parts.iter().filter(|part| part.is_message()).map(number).collect()
}

/// Returns the parts of a truncated conversation with the older ones that are stored: the opening message, then what
/// Intercom no longer returns, then what it returned.
pub(super) fn merge(returned: Vec<Part>, stored: Vec<Part>) -> Vec<Part> {
    let opening = |part: &Part| part.kind == "source";
    let Some(oldest) = returned.iter().filter(|part| !opening(part)).map(|part| part.created_at).min() else {
        return if returned.len() >= stored.len() { returned } else { stored };
    };
    let mut kept: Vec<Part> = stored
        .into_iter()
        .filter(|part| !opening(part) && part.created_at <= oldest)
        .filter(|part| returned.iter().all(|new| new.id != part.id))
        .collect();
    let (mut parts, newer): (Vec<_>, Vec<_>) = returned.into_iter().partition(opening);
    parts.append(&mut kept);
    parts.extend(newer);
    parts
}
