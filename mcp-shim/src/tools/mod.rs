//! The tools: which there are, how each is described to an agent, and the way from a call to its answer.
//!
//! Each tool has its own file: its arguments, the question to the daemon, the text of its answer.

mod catalogue;
mod conversation;
mod conversation_page;
mod conversations;
mod coverage;
mod grouping;
mod lines;
mod schema;
mod search;
mod sql;
mod stats;
mod stats_answer;
mod stats_text;
mod status;
mod sync;
mod topics;
mod topics_answer;

use std::time::Duration;

use proto::client::{Client, ClientError};
use proto::types::SyncReport;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::arguments;
use crate::budget::Room;
use crate::daemon::Daemon;
use crate::error::Error;
use crate::progress::{self, Progress};
use crate::text;

pub(crate) use catalogue::list;
pub(crate) use conversation_page::first_page;
pub(crate) use status::status;

/// How long a call may take in all: many clients give up on it after a minute.
const LONGEST_CALL: Duration = Duration::from_secs(55);
/// Tokens of the text of an error: it may repeat what it was given.
const LONGEST_ERROR: usize = 1_000;

/// What a call works with besides its arguments.
pub(crate) struct Call<'a> {
    /// Whom to ask.
    pub(crate) daemon: &'a Daemon,
    /// Whom to tell while waiting.
    pub(crate) progress: Progress,
}

impl Call<'_> {
    /// Asks what may wait so long for the sync of a stale window, and tells the client meanwhile how far that is.
    async fn ask_fresh<T, Reply>(
        &self,
        wait_seconds: Option<u32>,
        ask: impl Fn(Client, Duration, UnboundedSender<SyncReport>) -> Reply,
    ) -> Result<T, Error>
    where
        Reply: Future<Output = Result<T, ClientError>>,
    {
        let until = Instant::now() + search::wait(wait_seconds);
        let ask = &ask;
        let asking = |reports: UnboundedSender<SyncReport>| {
            self.daemon.ask(move |client| {
                ask(client, until.saturating_duration_since(Instant::now()), reports.clone())
            })
        };
        self.progress.tell(progress::STALE, asking).await
    }
}

/// The field of an answer that says what was made of the call; only where something is to be said.
const NOTES: &str = "notes";

/// Arguments of a tool that takes none.
#[derive(Deserialize, JsonSchema)]
struct Nothing {}

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
        leave_out(&mut value, false);
        Ok(Self { text, value, failed: false })
    }

    /// Puts what is to be said of the call before the answer.
    fn with(mut self, notes: &[String]) -> Self {
        if !notes.is_empty() {
            self.text = format!("{}\n{}", notes.join("\n"), self.text);
            let known = self.value[NOTES].as_array().into_iter().flatten();
            self.value[NOTES] = notes.iter().map(|note| json!(note)).chain(known.cloned()).collect();
        }
        self
    }

    /// Says whether it is within a bound.
    fn fits(&self, room: Room) -> bool {
        room.holds(&self.text, &self.value.to_string())
    }

    fn into_result(self) -> CallToolResult {
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.text)]);
        result.structured_content = Some(self.value);
        result.is_error = Some(self.failed);
        result
    }
}

/// Leaves out of conversations what is null, and what is empty in most of them: an agent pays for each word. What a
/// change made null stays.
fn leave_out(value: &mut Value, is_of_conversation: bool) {
    const CONVERSATIONS: [&str; 3] = ["conversation", "conversations", "examples"];
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(fields) => {
            if is_of_conversation {
                fields.retain(|name, value| {
                    !(value.is_null() || name == "further_snippets" && is_empty(value))
                });
            }
            for (name, value) in fields {
                let is_of_conversation = is_of_conversation || CONVERSATIONS.contains(&name.as_str());
                leave_out(value, is_of_conversation && name != "changes");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out(item, is_of_conversation)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Answers a call; `None` where there is no such tool.
pub(crate) async fn call(name: &str, given: JsonObject, call: &Call<'_>) -> Option<CallToolResult> {
    let answer = tokio::time::timeout(LONGEST_CALL, answer(name, given, call)).await;
    let answer = answer.unwrap_or(Some(Err(Error::Late(LONGEST_CALL))))?;
    // The tools see to it themselves, and better.
    let answer =
        answer.and_then(|answer| if answer.fits(Room::More) { Ok(answer) } else { Err(Error::TooLong) });
    Some(answer.map_or_else(|error| failure(&error), Answer::into_result))
}

async fn answer(name: &str, given: JsonObject, call: &Call<'_>) -> Option<Result<Answer, Error>> {
    Some(match name {
        "search_conversations" => answered(given, search::EXAMPLE, |asked| search::call(asked, call)).await,
        "get_conversation" => {
            answered(given, conversation::EXAMPLE, |asked| conversation::call(asked, call)).await
        }
        "get_sync_status" | "get_server_status" => {
            answered(given, "{}", |Nothing {}| status::call(call)).await
        }
        "check_coverage" => answered(given, coverage::EXAMPLE, |asked| coverage::call(asked, call)).await,
        "sync_conversations" | "force_sync" => {
            answered(given, sync::EXAMPLE, |asked| sync::call(name, asked, call)).await
        }
        "conversation_stats" => answered(given, stats::EXAMPLE, |asked| stats::call(asked, call)).await,
        "topics" => answered(given, topics::EXAMPLE, |asked| topics::call(asked, call)).await,
        "query_sql" => answered(given, sql::EXAMPLE, |asked| sql::call(asked, call)).await,
        "get_data_info" => answered(given, "{}", |Nothing {}| status::data_info(call)).await,
        _ => return None,
    })
}

/// Reads a tool's arguments in whichever form they come, and answers; says what was made of them.
async fn answered<Asked: DeserializeOwned + JsonSchema, Work>(
    given: JsonObject,
    example: &str,
    work: impl FnOnce(Asked) -> Work,
) -> Result<Answer, Error>
where
    Work: Future<Output = Result<Answer, Error>>,
{
    let (asked, notes) = arguments::read(given, &schema::input::<Asked>(), example)?;
    match work(asked).await {
        Ok(answer) => Ok(answer.with(&notes)),
        Err(Error::Arguments(what)) => Err(arguments::refused(&what, &notes)),
        Err(error) => Err(error),
    }
}

/// Returns what a client shows when a tool has no answer.
pub(crate) fn failure(error: &Error) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text::cut(&text::clean(&error.advice()), LONGEST_ERROR))])
}
