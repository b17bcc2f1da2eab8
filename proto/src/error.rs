//! What a call can answer instead of its result.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the daemon did not do what a call asked; each text says what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum ApiError {
    /// The request itself is wrong: a window that ends before it starts, an unknown cursor, a query that cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// Neither the local copy nor, where it was asked, Intercom has this conversation.
    #[error("no conversation {0} in the local copy")]
    NoSuchConversation(String),
    /// Intercom refused: the token, the plan or a permission. The text names the remedy.
    #[error("{0}")]
    Refused(String),
    /// It cannot be done now, though it may work later: Intercom is out of reach, the disk is full.
    #[error("{0}")]
    Unavailable(String),
    /// The ticket is not known: the daemon was restarted since it was given. Ask for the sync again.
    #[error("the daemon was restarted since this sync was asked for; ask again")]
    UnknownTicket,
    /// A bug in the daemon; its log has the details.
    #[error("internal error in syncd: {0}; its log has the details")]
    Internal(String),
}
