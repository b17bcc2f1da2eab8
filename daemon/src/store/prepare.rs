//! What can be done to a conversation before it is written, so that no transaction waits for it. No SQL here.

use proto::Timestamp;

use super::blob::{self, Packer};
use super::error::Error;
use super::fields::Fields;
use super::measure::{self, Measured, StateCode};
use super::text;
use crate::model::{Conversation, Fetched, Part};

/// What the parts of a conversation come to.
#[derive(Debug)]
pub(super) struct Content {
    /// The texts of its messages, compressed.
    pub(super) texts: Vec<u8>,
    /// The rest of its parts, compressed.
    pub(super) rest: Vec<u8>,
    /// What is indexed of them, of the title and of what it has besides.
    pub(super) words: String,
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
    /// Its JSON compressed, and with which dictionary.
    pub(super) json: (i64, Vec<u8>),
}

/// Makes a conversation ready.
pub(super) fn prepare(fetched: Fetched, packer: &mut Packer<'_>) -> Result<Prepared, Error> {
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
    packer: &mut Packer<'_>,
) -> Result<Content, Error> {
    let (texts, rest) = packer.parts(parts)?;
    let said = parts.iter().filter(|part| part.is_message()).map(|part| part.text.as_str());
    let fields = Fields::of(conversation.fields.clone(), parts);
    let words = words(conversation.title.as_deref(), said.chain(fields.texts()));
    let happened = parts.iter().map(|part| part.created_at).chain([conversation.created_at]);
    let activity = blob::instants(happened.map(|at| at.0).collect())?;
    let messages = parts.iter().filter(|part| part.is_message()).count() as i64;
    let attachments = parts.iter().any(|part| !part.attachments.is_empty());
    let state = StateCode::of(&conversation.state);
    let measured = measure::measure(conversation.created_at.0, state, conversation.truncated, parts);
    Ok(Content { texts, rest, words, activity, messages, attachments, measured, fields })
}

/// Returns what is indexed of a title and texts.
pub(super) fn words<'a>(title: Option<&'a str>, texts: impl Iterator<Item = &'a str>) -> String {
    let mut words = String::new();
    for text in title.into_iter().chain(texts) {
        text::index(text, &mut words);
        words.push_str(text::SEAM);
    }
    words
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
