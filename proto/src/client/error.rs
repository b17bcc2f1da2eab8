//! Why there is no answer, and what may help.

use std::io;
use std::path::PathBuf;

use tarpc::client::RpcError;
use thiserror::Error;

use crate::local::LocateError;
use crate::transport::Peer;
use crate::wire::codec::MAX_REQUEST;
use crate::wire::error::ApiError;
use crate::{PROTOCOL, VERSION};

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody listens on the socket.
    #[error("cannot reach syncd at {path}: {source}")]
    NoDaemon {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something listens that does not greet as syncd does.
    #[error("the program that listens at {path} is not a syncd of this user: {source}")]
    NotSyncd {
        /// The socket.
        path: PathBuf,
        /// What went wrong in the greeting.
        source: io::Error,
    },
    /// The daemon speaks another protocol number.
    #[error("{}", mismatch(.0))]
    VersionMismatch(Peer),
    /// Nobody can tell where the daemon is.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The daemon went away, or did not answer in time.
    #[error("syncd stopped answering: {0}")]
    Lost(#[source] RpcError),
    /// The daemon's answer is an error.
    #[error(transparent)]
    Api(#[from] ApiError),
}

fn mismatch(peer: &Peer) -> String {
    let Peer { protocol, version, .. } = peer;
    let remedy = if *protocol < PROTOCOL {
        "the daemon is older: syncctl service restart"
    } else {
        "this program is older: where it was upgraded while it ran, start it again; else install the daemon's version"
    };
    format!(
        "syncd {version} is running (protocol {protocol}), this is {VERSION} (protocol {PROTOCOL}); {remedy}"
    )
}

impl From<RpcError> for ClientError {
    fn from(error: RpcError) -> Self {
        match error {
            // Nothing was sent, and the connection is as good as before.
            RpcError::Send(_) => Self::Api(ApiError::BadRequest(format!(
                "the question is longer than {} KiB: shorten it",
                MAX_REQUEST >> 10
            ))),
            RpcError::Server(error) => Self::Api(ApiError::Unavailable(format!(
                "too many questions at once ({}): wait for answers before asking more",
                error.detail
            ))),
            error => Self::Lost(error),
        }
    }
}

impl ClientError {
    /// Says whether connecting anew and asking again may help: the daemon was stopped or restarted.
    #[must_use]
    pub const fn is_disconnected(&self) -> bool {
        matches!(self, Self::NoDaemon { .. } | Self::Lost(_))
    }

    /// Says whether no daemon runs, as opposed to one that cannot be talked to.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::NoDaemon { source, .. }
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused))
    }
}
