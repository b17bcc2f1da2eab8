//! The fields of a workspace in JSON.

use serde::Serialize;

use super::SyncInfo;
use crate::types;

/// A value that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldValue {
    /// What to write in a condition.
    pub value: String,
    /// How many conversations have it.
    pub conversations: u64,
}

/// A field that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldUse {
    /// Its name in searches, groups and answers.
    pub name: String,
    /// What it is.
    pub help: String,
    /// How many conversations have it.
    pub conversations: u64,
    /// Whether conversations can be put together by it.
    pub can_group: bool,
    /// Whether it changes without a conversation's activity time moving.
    pub silent: bool,
    /// Its most frequent values.
    pub values: Vec<FieldValue>,
}

/// The fields that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldsReply {
    /// Each field.
    pub fields: Vec<FieldUse>,
    /// How fresh and complete this answer is.
    pub sync_info: SyncInfo,
}

impl From<&types::FieldsReply> for FieldsReply {
    fn from(reply: &types::FieldsReply) -> Self {
        let one = |one: &types::FieldUse| FieldUse {
            name: one.field.to_string(),
            help: one.field.info().help.to_owned(),
            conversations: one.conversations,
            can_group: one.field.can_group(),
            silent: one.silent,
            values: one
                .values
                .iter()
                .map(|value| FieldValue { value: value.value.clone(), conversations: value.conversations })
                .collect(),
        };
        Self { fields: reply.fields.iter().map(one).collect(), sync_info: SyncInfo::from(&reply.sync_info) }
    }
}
