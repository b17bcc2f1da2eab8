//! What a call can answer instead of its result.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// Joins an error and its causes, skipping a cause whose text the error above it has already given.
#[must_use]
pub fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

/// Why the daemon did not do what a call asked; each text says what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
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
    /// The daemon runs and cannot answer yet.
    #[error("syncd is {0}: ask again when it is done")]
    Starting(Starting),
}

/// How far a daemon is that has just been started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starting {
    /// It brings the database of an earlier version up to date; else it opens it.
    pub updates: bool,
    /// Conversations that are done.
    pub done: u64,
    /// Conversations that there are, where that is known.
    pub total: Option<u64>,
}

impl Display for Starting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("starting")?;
        if !self.updates {
            return Ok(());
        }
        f.write_str(": it brings the local copy up to date for this version")?;
        match self.total {
            Some(total) => write!(f, ", {} of {total} conversations", self.done),
            None => Ok(()),
        }
    }
}
