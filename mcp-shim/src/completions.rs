//! Completions: what the parameters of prompts and of resource URIs can be. It asks the daemon what is stored.

use proto::types::{Field, SearchRequest, SuggestRequest, Suggestion};
use rmcp::ErrorData;
use rmcp::model::{CompletionInfo, Reference};

use crate::daemon::Daemon;
use crate::error::Error;
use crate::resources::{self, protocol_error};
use crate::{prompts, text};

/// Most values of one answer, by the protocol.
const MOST: u32 = 100;

/// Timeframes that people ask for, in the order in which they are offered.
const TIMEFRAMES: [&str; 12] = [
    "today",
    "yesterday",
    "last 24 hours",
    "last 7 days",
    "last 30 days",
    "last 90 days",
    "this week",
    "last week",
    "this month",
    "last month",
    "this quarter",
    "last quarter",
];

/// Returns what a parameter can be, given what was typed of it so far.
///
/// # Errors
/// When there is no such parameter, or the daemon cannot be asked.
pub(crate) async fn complete(
    reference: &Reference,
    argument: &str,
    typed: &str,
    daemon: &Daemon,
) -> Result<CompletionInfo, ErrorData> {
    let values = match reference {
        Reference::Resource(resource) if resource.uri == resources::template() && argument == "id" => {
            ids(typed, daemon).await
        }
        Reference::Prompt(prompt) if prompts::has(&prompt.name, argument) => match argument {
            "timeframe" => Ok(timeframes(typed)),
            "customer_email" => values(Field::Customer, typed, daemon).await,
            "tag" => values(Field::Tag, typed, daemon).await,
            "assignee" => values(Field::Assignee, typed, daemon).await,
            _ => Ok(Vec::new()),
        },
        _ => {
            let argument = text::one_line(argument, 100);
            return Err(ErrorData::invalid_params(
                format!(
                    "there is no parameter {argument:?} of this: see prompts/list and resources/templates/list"
                ),
                None,
            ));
        }
    };
    let mut values = values.map_err(|error| protocol_error(&error))?;
    // What is not shown as it is written could not be found by it.
    values.retain(|value| text::clean(value) == *value);
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = values.len() >= most;
    values.truncate(most);
    CompletionInfo::with_pagination(values, None, more)
        .map_err(|error| ErrorData::internal_error(error, None))
}

fn timeframes(typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let (first, other): (Vec<&str>, Vec<&str>) = TIMEFRAMES
        .into_iter()
        .filter(|words| words.contains(&typed))
        .partition(|words| words.starts_with(&typed));
    first.into_iter().chain(other).map(str::to_owned).collect()
}

async fn values(field: Field, typed: &str, daemon: &Daemon) -> Result<Vec<String>, Error> {
    let request = &SuggestRequest { field, text: typed.trim().to_owned(), limit: MOST };
    let suggestions = daemon.ask(|client| async move { client.suggest(request).await }).await?;
    Ok(suggestions.into_iter().map(|Suggestion { value, .. }| value).collect())
}

/// Returns the ids of the conversations that changed last, of those that begin as typed.
async fn ids(typed: &str, daemon: &Daemon) -> Result<Vec<String>, Error> {
    let typed = typed.trim();
    if !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    let request = &SearchRequest { limit: 200, ..SearchRequest::default() };
    let reply = daemon.ask(|client| async move { client.search(request).await }).await?;
    Ok(reply.hits.into_iter().map(|hit| hit.id).filter(|id| id.starts_with(typed)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::Utc;
    use proto::timeframe::parse_timeframe;

    use super::*;

    #[test]
    fn timeframes_that_begin_as_typed_come_first() {
        assert_eq!(timeframes("Last 7"), ["last 7 days"]);
        assert_eq!(timeframes("to"), ["today"]);
        assert_eq!(timeframes("week"), ["this week", "last week"]);
        assert_eq!(timeframes("").len(), TIMEFRAMES.len());
    }

    #[test]
    fn every_timeframe_that_is_offered_is_understood() {
        for words in TIMEFRAMES {
            assert!(parse_timeframe(words, &Utc::now()).is_ok(), "{words}");
        }
    }
}
