//! Which fields a workspace has.

use serde::{Deserialize, Serialize};

use crate::fields::Field;
use crate::types::{Suggestion, SyncInfo};

/// Asks which fields the stored conversations have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldsRequest {
    /// Most values wanted of each, the most frequent ones; at most 100.
    pub values: u32,
}

/// A field that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldUse {
    /// Which one.
    #[serde(rename = "name")]
    pub field: Field,
    /// What it is, in a few words for people.
    pub help: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// Conversations can be put together by it.
    pub can_group: bool,
    /// It changes without a conversation's activity time moving.
    pub silent: bool,
    /// Its most frequent values, where there are some that conversations can be put together by.
    pub values: Vec<Suggestion>,
}

/// The fields that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldsReply {
    /// In the order of [`FIELDS`](crate::fields::FIELDS), attributes by name at the end.
    pub fields: Vec<FieldUse>,
    /// The verdict on all of the history.
    pub sync_info: SyncInfo,
}
