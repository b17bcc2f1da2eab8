//! What can stop a sync.

use std::time::Duration;

use proto::types::SyncFailure;
use thiserror::Error;

use crate::{intercom, store};

/// Why a step of a sync did not succeed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// Intercom could not be asked, or refused.
    #[error(transparent)]
    Intercom(#[from] intercom::Error),
    /// The database could not be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Intercom's pages contradict each other; nothing may be claimed from them.
    #[error(
        "while listing conversations: {0}; nothing is claimed from such a list, it is read again from its start"
    )]
    Listing(String),
    /// A task ended in a way that is a bug.
    #[error("{0}")]
    Lost(String),
}

impl Error {
    /// Says whether Intercom refused, so that trying again soon does not help.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Intercom(error) => matches!(error.advice(), intercom::Advice::GiveUp(_)),
            Self::Store(error) => matches!(error, store::Error::OtherWorkspace { .. }),
            Self::Listing(_) | Self::Lost(_) => false,
        }
    }

    /// Returns when Intercom said that it may be asked again.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Intercom(error) => match error.advice() {
                intercom::Advice::WaitUntil(wait) => Some(wait),
                _ => None,
            },
            Self::Store(_) | Self::Listing(_) | Self::Lost(_) => None,
        }
    }

    /// Returns what to tell whoever waits.
    pub(crate) fn to_failure(&self) -> SyncFailure {
        let refused =
            matches!(self, Self::Intercom(error) if matches!(error.advice(), intercom::Advice::GiveUp(_)));
        let message = match self {
            Self::Store(error) => error.to_line(),
            error => error.to_string(),
        };
        SyncFailure { message, refused }
    }
}
