//! The ids of everything that matches, and whole conversations by their ids.

use proto::types::{Conversation, Message, Unknown};

use super::Snapshot;
use super::matching::Matching;
use super::question::Question;
use crate::model::ConversationId;
use crate::store::error::Error;
use crate::store::key;

/// Most ids in an answer: some 3 MB.
const MOST_IDS: usize = 100_000;
/// An answer ends after the conversation that passes this many bytes.
const READ_BYTES: usize = 2 << 20;

/// What matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Ids, in the order of their keys.
    pub ids: Vec<String>,
    /// There are further ones.
    pub more: bool,
    /// How many match in all.
    pub total: u64,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
}

impl Snapshot<'_> {
    /// Names what matches, from after an id on, in an order that no change of a conversation changes.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the id was never stored.
    pub fn list(&self, question: &Question, after: Option<&str>, limit: u32) -> Result<Named, Error> {
        let after = match after {
            None => i64::MIN,
            Some(id) => key::find(self.connection, &ConversationId(id.to_owned()))?.ok_or_else(|| {
                Error::BadQuery("the page begins after an id that there is none of".to_owned())
            })?,
        };
        let Matching { rows, unknown } = self.matching(question)?;
        let total = rows.len() as u64;
        let mut keys: Vec<i64> = rows.into_iter().map(|row| row.key).filter(|key| *key > after).collect();
        keys.sort_unstable();
        let limit = (limit as usize).clamp(1, MOST_IDS);
        let more = keys.len() > limit;
        keys.truncate(limit);
        let ids = keys
            .into_iter()
            .map(|key| Ok(key::name(self.connection, key)?.0))
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Named { ids, more, total, unknown })
    }

    /// Returns the conversations that are stored of these, as many as fit into an answer, and how many ids that took.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read_many(&self, ids: &[String]) -> Result<(Vec<Conversation>, u32), Error> {
        let (mut conversations, mut bytes, mut done) = (Vec::new(), 0, 0);
        for id in ids {
            if bytes > READ_BYTES {
                break;
            }
            done += 1;
            if let Some(conversation) = self.show(&ConversationId(id.clone()), 0, u32::MAX)? {
                bytes += size(&conversation);
                conversations.push(conversation);
            }
        }
        Ok((conversations, done))
    }
}

/// Returns about how many bytes a conversation travels as.
fn size(conversation: &Conversation) -> usize {
    let messages: usize = conversation.messages.iter().map(message_size).sum();
    500 + messages + 150 * conversation.events.len()
}

/// Returns about how many bytes a message travels as.
pub(super) fn message_size(message: &Message) -> usize {
    let attachments = message.attachments.iter().map(|file| {
        100 + file.name.as_ref().map_or(0, String::len) + file.url.as_ref().map_or(0, String::len)
    });
    200 + message.body.len() + message.body_html.as_ref().map_or(0, String::len) + attachments.sum::<usize>()
}
