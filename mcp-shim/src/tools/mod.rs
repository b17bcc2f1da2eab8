//! The tools: which there are, how each is described to an agent, and the way from a call to its answer.
//!
//! Each tool has its own file: its arguments, the question to the daemon, the text of its answer.

mod catalogue;
mod conversation;
mod coverage;
mod schema;
mod search;
mod stats;
mod stats_answer;
mod status;
mod sync;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::daemon::Daemon;
use crate::error::Error;
use crate::progress::Progress;
use crate::text;

pub(crate) use catalogue::list;
pub(crate) use conversation::first_page;
pub(crate) use status::current;

/// What a call works with besides its arguments.
pub(crate) struct Call<'a> {
    /// Whom to ask.
    pub(crate) daemon: &'a Daemon,
    /// Whom to tell while waiting.
    pub(crate) progress: Progress,
}

/// An answer in both forms.
pub(crate) struct Answer {
    /// For clients that show text.
    text: String,
    /// For clients that read fields.
    value: Value,
    /// What was asked for did not come about, though there is an answer.
    failed: bool,
}

impl Answer {
    /// Returns an answer of which no text carries invisible characters.
    fn new(text: String, value: &impl Serialize) -> Result<Self, Error> {
        let mut value = serde_json::to_value(value)?;
        text::clean_json(&mut value);
        Ok(Self { text, value, failed: false })
    }

    fn into_result(self) -> CallToolResult {
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.text)]);
        result.structured_content = Some(self.value);
        result.is_error = Some(self.failed);
        result
    }
}

/// Answers a call; `None` where there is no such tool.
pub(crate) async fn call(name: &str, arguments: JsonObject, call: &Call<'_>) -> Option<CallToolResult> {
    let answer = match name {
        "search_conversations" => search::call(arguments, call).await,
        "get_conversation" => conversation::call(arguments, call).await,
        "get_sync_status" | "get_server_status" => status::call(call).await,
        "check_coverage" => coverage::call(arguments, call).await,
        "sync_conversations" | "force_sync" => sync::call(name, arguments, call).await,
        "conversation_stats" => stats::call(arguments, call).await,
        "get_data_info" => status::data_info(call).await,
        _ => return None,
    };
    Some(answer.map_or_else(|error| failure(&error), Answer::into_result))
}

/// Returns what a client shows when a tool has no answer.
pub(crate) fn failure(error: &Error) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text::clean(&error.advice()))])
}

/// Reads a tool's arguments.
///
/// # Errors
/// When one is unknown or of the wrong type; the text names it and shows a call that works.
fn read<T: DeserializeOwned>(arguments: JsonObject, example: &str) -> Result<T, Error> {
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
        let place = match error.path().to_string() {
            path if path == "." => String::new(),
            path => format!("`{path}`: "),
        };
        Error::arguments(format!("{place}{}; e.g. {example}", error.inner()))
    })
}
