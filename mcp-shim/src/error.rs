//! Why a tool has no answer, in words that an agent can act on or pass to its user.

use std::time::Duration;

use proto::client::ClientError;
use proto::local::start::StartError;
use proto::{ApiError, PROTOCOL};
use thiserror::Error;

/// Why a tool has no answer.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// The arguments cannot be used; the text says why and shows some that can.
    #[error("{0}")]
    Arguments(String),
    /// No daemon answers, and none could be started.
    #[error("no syncd answers, and starting one failed: {0}")]
    Start(#[from] StartError),
    /// The daemon cannot be talked to, or its answer is an error.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The answer could not be written as JSON.
    #[error("cannot write the answer: {0}")]
    Answer(#[from] serde_json::Error),
    /// The answer is longer than what clients take.
    #[error(
        "the answer is too long for a client: ask for less of it, such as a lower `limit` or a shorter timeframe"
    )]
    TooLong,
    /// The answer would come later than clients wait for it.
    #[error("there is no answer after {} s: call again, with \"wait_seconds\": 0 where the tool has it", .0.as_secs())]
    Late(Duration),
    /// The client took its question back.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Returns the error for arguments that cannot be used.
    pub(crate) fn arguments(text: impl Into<String>) -> Self {
        Self::Arguments(text.into())
    }

    /// Returns what to do about it, where the error itself does not say so.
    pub(crate) fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Start(_) => Some(
                "Tell the user: `syncctl doctor` finds what is wrong, and `syncd` in a terminal shows it. This server stays \
                 up and finds the daemon once it runs.",
            ),
            Self::Client(ClientError::VersionMismatch(peer)) if peer.protocol > PROTOCOL => Some(
                "syncd was upgraded while this server ran: ask the user to restart this program, or its MCP server `syncd`.",
            ),
            Self::Client(ClientError::Api(ApiError::Starting(_))) => {
                Some("Nothing is wrong, and what is stored is kept: call the tool again in a minute.")
            }
            Self::Client(ClientError::NoDaemon { .. } | ClientError::Lost(_)) => Some(
                "Call the tool again. If this goes on, tell the user to run `syncctl service restart`, or `syncctl \
                 doctor` to find the cause.",
            ),
            Self::Client(ClientError::NotSyncd { .. }) => {
                Some("syncd may have failed to start: tell the user to run `syncctl doctor`.")
            }
            Self::Client(ClientError::Api(ApiError::NoSuchConversation(_))) => Some(
                "Check the id. The conversation may also be older than the history that is kept, or newer than the last \
                 sync: get_sync_status tells, sync_conversations fetches what is new.",
            ),
            Self::Client(ClientError::Api(ApiError::Refused(_))) => {
                Some("Tell the user: only they can fix this; `syncctl doctor` says how.")
            }
            Self::Arguments(_)
            | Self::Client(ClientError::Locate(_) | ClientError::VersionMismatch(_) | ClientError::Api(_))
            | Self::Answer(_)
            | Self::TooLong
            | Self::Late(_)
            | Self::Cancelled => None,
        }
    }

    /// Returns the text that a client shows: what happened, then what to do.
    pub(crate) fn advice(&self) -> String {
        match self.remedy() {
            Some(remedy) => format!("{self}\n{remedy}"),
            None => self.to_string(),
        }
    }
}
