//! `get_conversation`: one conversation, in pages that fit a model's context, or several in short.

use proto::link::conversation_id;
use proto::types::ShowRequest;
use schemars::JsonSchema;
use serde::Deserialize;

use super::conversation_page::{Place, page};
use super::{Answer, Call, conversations};
use crate::budget::Room;
use crate::error::Error;
use crate::text;

pub(super) const EXAMPLE: &str = r#"{"conversation_id": "215470000000000"}"#;
/// Most conversations that are read at once.
const MOST: usize = 20;

/// Which conversations.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Arguments {
    /// Intercom's id, or a link; up to 20 with commas between, which are then shortened evenly.
    #[schemars(extend("several" = true))]
    conversation_id: String,
    /// `next_page` of the previous answer, to read on.
    page: Option<String>,
    /// Fetch it anew from Intercom first.
    refresh: Option<bool>,
}

impl Arguments {
    /// Returns the ids, each once.
    fn ids(&self) -> Result<Vec<String>, Error> {
        let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"');
        let mut ids: Vec<String> = Vec::new();
        for typed in self.conversation_id.split(between).filter(|typed| !typed.is_empty()) {
            let id = conversation_id(typed).to_owned();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        match ids.len() {
            0 => Err(Error::arguments(format!("`conversation_id` names no conversation; e.g. {EXAMPLE}"))),
            1..=MOST => Ok(ids),
            more => Err(Error::arguments(format!(
                "`conversation_id` names {more} conversations: at most {MOST} in one call"
            ))),
        }
    }
}

pub(super) async fn call(arguments: Arguments, call: &Call<'_>) -> Result<Answer, Error> {
    let ids = arguments.ids()?;
    if arguments.refresh == Some(true) && arguments.page.is_none() {
        for id in &ids {
            let request = &ShowRequest { id: id.clone(), offset: 0, limit: 1, refresh: true };
            call.daemon.ask(|client| async move { client.show(request).await }).await?;
        }
    }
    let [id] = ids.as_slice() else { return conversations::read(&ids, call.daemon).await };
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
