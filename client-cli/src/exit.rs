//! From an error to its exit code, its text and the hint at what to do. The codes are a contract with scripts.

use std::io;
use std::process::ExitCode;

use proto::client::ClientError;
use proto::local::Workspace;
use proto::local::start::StartError;
use proto::local::systemd::SystemdError;
use proto::{ApiError, in_one_line};
use signal_hook::low_level::emulate_default_handler;
use thiserror::Error;
use tokio::signal::unix::SignalKind;

use crate::context::Context;
use crate::render::{Buffer, style};

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Error = 1,
    Usage = 2,
    NoDaemon = 3,
    NoSuchConversation = 4,
    Refused = 5,
    NotFresh = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that a command itself found, with what to do about it.
#[derive(Debug, Error)]
#[error("{message}")]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    /// Lines below the message, such as one that points at a place in the line above.
    below: String,
    hint: Option<String>,
}

impl Failure {
    /// Returns an error that ends the program with this code.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), below: String::new(), hint: None }
    }

    /// Adds lines to show below the message, as they are.
    pub(crate) fn below(self, lines: impl Into<String>) -> Self {
        Self { below: lines.into(), ..self }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Ends the program by the signal that it was sent, as if nothing had caught it: shells and scripts see which one it was.
pub(crate) fn by_signal(signal: SignalKind) -> Failure {
    // Returns only where the signal could not be sent.
    let _ = emulate_default_handler(signal.as_raw_value());
    Failure::new(Exit::Error, format!("ended by signal {}", signal.as_raw_value()))
}

/// Prints an error and returns the code to end with. A closed pipe is no error: the reader has seen enough.
pub(crate) fn report(error: &anyhow::Error, context: &Context) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Done;
    }
    let (exit, hint) = classify(error);
    let mut buffer = Buffer::new(&context.err);
    buffer.put(style::BAD, "error: ").put(style::PLAIN, &in_one_line(error.as_ref())).end();
    let below = error.downcast_ref::<Failure>().map_or("", |failure| &failure.below);
    for line in below.lines() {
        buffer.put(style::PLAIN, line).end();
    }
    if let Some(hint) = hint.map(|hint| of_workspace(&hint)) {
        buffer.put(style::NOTE, "hint: ").put(style::PLAIN, &hint).end();
    }
    context.say(&buffer);
    exit
}

/// Returns advice whose commands are about the workspace that this one was about.
pub(crate) fn of_workspace(advice: &str) -> String {
    let workspace = Workspace::chosen();
    let Some(name) = workspace.name() else { return advice.to_owned() };
    advice
        .replace("syncctl ", &format!("syncctl --workspace {name} "))
        .replace("-u syncd", &format!("-u {workspace}"))
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
        && error.downcast_ref::<ClientError>().is_none()
}

fn classify(error: &anyhow::Error) -> (Exit, Option<String>) {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        (failure.exit, failure.hint.clone())
    } else if let Some(error) = error.downcast_ref::<ClientError>() {
        let (exit, hint) = classify_client(error);
        (exit, hint.map(str::to_owned))
    } else if let Some(error) = error.downcast_ref::<StartError>() {
        (Exit::Error, Some(error.remedy().to_owned()))
    } else if error.downcast_ref::<SystemdError>().is_some() {
        (Exit::Error, Some("see why: journalctl --user -u syncd".to_owned()))
    } else {
        (Exit::Error, None)
    }
}

/// Where a daemon that fails says why, whatever runs it.
pub(crate) const LOG: &str = "read its log: syncctl service status says where it is";
/// How to start a daemon.
pub(crate) const START: &str = "start it: syncctl service start; to set it up first: syncctl init";

fn classify_client(error: &ClientError) -> (Exit, Option<&'static str>) {
    match error {
        ClientError::NoDaemon { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            (Exit::NoDaemon, Some("the socket belongs to another user; give your own with --socket PATH"))
        }
        ClientError::NoDaemon { .. } => (Exit::NoDaemon, Some(START)),
        // With socket activation systemd accepts the connection even where the service behind it cannot start.
        ClientError::NotSyncd { .. } => (Exit::NoDaemon, Some(LOG)),
        ClientError::Lost(_) => (Exit::Error, Some(LOG)),
        ClientError::VersionMismatch(_) | ClientError::Locate(_) => (Exit::Error, None),
        ClientError::Api(error) => match error {
            ApiError::BadRequest(_) => (Exit::Usage, None),
            ApiError::NoSuchConversation(_) => {
                (Exit::NoSuchConversation, Some("ask Intercom for it: syncctl show ID --refresh"))
            }
            ApiError::Refused(_) => {
                (Exit::Refused, Some("check the token and its permissions: syncctl doctor"))
            }
            ApiError::Unavailable(_) => (Exit::Error, Some("see what is wrong: syncctl doctor")),
            ApiError::Starting(_) => (Exit::Error, Some("watch it: syncctl status --watch")),
            ApiError::UnknownTicket | ApiError::Internal(_) => (Exit::Error, None),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::PathBuf;

    use super::*;

    fn api(error: ApiError) -> anyhow::Error {
        ClientError::Api(error).into()
    }

    #[test]
    fn every_answer_of_the_daemon_that_is_an_error_has_the_exit_code_of_the_contract() {
        let text = || "x".to_owned();
        let cases = [
            ("bad_request", api(ApiError::BadRequest(text())), Exit::Usage),
            ("no_such_conversation", api(ApiError::NoSuchConversation(text())), Exit::NoSuchConversation),
            ("refused", api(ApiError::Refused(text())), Exit::Refused),
            ("unavailable", api(ApiError::Unavailable(text())), Exit::Error),
            ("unknown_ticket", api(ApiError::UnknownTicket), Exit::Error),
            ("internal", api(ApiError::Internal(text())), Exit::Error),
            ("anything_else", anyhow::anyhow!("x"), Exit::Error),
        ];
        for (case, error, exit) in cases {
            assert_eq!(classify(&error).0, exit, "{case}");
        }
    }

    #[test]
    fn a_closed_pipe_is_told_from_a_socket_that_closed() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&anyhow::Error::new(closed()).context("cannot write")));
        let socket = ClientError::NotSyncd { path: PathBuf::from("/run/x.sock"), source: closed() };
        assert!(!is_closed_pipe(&socket.into()));
    }

    #[test]
    fn a_cause_that_the_error_has_already_named_is_not_repeated() {
        let source = io::Error::other("no route");
        let error = ClientError::NoDaemon { path: PathBuf::from("/run/x.sock"), source };
        assert_eq!(in_one_line(&error), "cannot reach syncd at /run/x.sock: no route");
    }
}
