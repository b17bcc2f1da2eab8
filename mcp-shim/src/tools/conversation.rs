//! `get_conversation`: one conversation, in pages that fit a model's context.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::conversation_page::{Place, page};
use super::{Answer, Call, read};
use crate::budget::Room;
use crate::error::Error;
use crate::text;
use crate::window::given;

const EXAMPLE: &str = r#"{"conversation_id": "215470000000000"}"#;

/// Which conversation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    /// Intercom's id of the conversation: `id` in the results of search_conversations.
    #[serde(deserialize_with = "text_or_number")]
    conversation_id: String,
    /// `next_page` of the previous answer, to get the messages that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    page: Option<String>,
}

/// Ids are digits, and agents like to send them as numbers.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("an id is a string")),
    }
}

pub(super) async fn call(arguments: JsonObject, call: &Call<'_>) -> Result<Answer, Error> {
    let arguments: Arguments = read(arguments, EXAMPLE)?;
    let Some(id) = given(Some(&arguments.conversation_id)) else {
        return Err(Error::arguments(format!("`conversation_id` is needed; e.g. {EXAMPLE}")));
    };
    let place = match given(arguments.page.as_deref()) {
        None => Place::default(),
        Some(page) => Place::read(page, id).ok_or_else(|| {
            Error::arguments(format!(
                "`page` is not the `next_page` of an earlier answer about conversation {}; leave it out to begin with \
                 the first message, e.g. {EXAMPLE}",
                text::one_line(id, 60)
            ))
        })?,
    };
    // Who reads on asks for more.
    let room = if place == Place::default() { Room::Usual } else { Room::More };
    page(call.daemon, id, place, room).await
}
