//! Taking out whole conversations, many at a time.

use serde::{Deserialize, Serialize};

use crate::types::{Conversation, Question, SyncInfo, SyncTicket, Unknown};
use crate::wire::timestamp::Interval;

/// Asks which conversations match, all of them.
///
/// They come in the order of their numbers, which never change: whatever a sync does between two pages, none is named
/// twice, and none that matched all the while is missed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRequest {
    /// Which ones.
    pub question: Question,
    /// The last id of the page before.
    pub after: Option<String>,
    /// Most ids wanted; the daemon returns at most 100,000.
    pub limit: u32,
}

/// The ids of what matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReply {
    /// The ids.
    pub ids: Vec<String>,
    /// There are further ones.
    pub more: bool,
    /// How many match in all.
    pub total: u64,
    /// The window as understood.
    pub window: Interval,
    /// Conditions that nothing fulfils.
    pub unknown: Vec<Unknown>,
    /// The verdict on the window.
    pub sync_info: SyncInfo,
    /// The sync that heals a stale window; watch it and ask again.
    pub sync: Option<SyncTicket>,
}

/// Asks for whole conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRequest {
    /// Which ones; at most 1,000.
    pub ids: Vec<String>,
}

/// Whole conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReply {
    /// Those that are stored, in the order of their ids in the request. One that is too long for a reply ends with
    /// `next_offset`: `show` returns the rest.
    pub conversations: Vec<Conversation>,
    /// How many ids were dealt with: ask for the others again.
    pub done: u32,
}
