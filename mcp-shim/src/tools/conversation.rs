//! `get_conversation`: one conversation, in pages that fit a model's context.

use schemars::JsonSchema;
use serde::Deserialize;

use super::conversation_page::{Place, page};
use super::{Answer, Call};
use crate::budget::Room;
use crate::error::Error;
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"conversation_id": "215470000000000"}"#;

/// Which conversation.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    /// Intercom's id of it: `id` in what search_conversations found.
    conversation_id: String,
    /// `next_page` of the previous answer, to read on.
    page: Option<String>,
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
    // Who reads on asks for more.
    let room = if place == Place::default() { Room::Usual } else { Room::More };
    page(call.daemon, id, place, room).await
}
