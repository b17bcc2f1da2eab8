//! What can go wrong between here and Intercom, and what is to be done about it. Pure: decides nothing about when.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::route::Blocked;

/// A call that failed: what was attempted, what happened, what the user can do.
#[derive(Debug)]
pub struct Error {
    attempt: String,
    /// The permission that the call takes, as Intercom's Developer Hub names it.
    permission: &'static str,
    cause: Cause,
}

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// It may work later: try again with growing pauses.
    Retry,
    /// Intercom's rate limit is used up for this long.
    WaitUntil(Duration),
    /// It will not work until somebody acts.
    GiveUp(Refusal),
    /// The cursor or page is no good: read the window from its start.
    Restart,
    /// What was asked for does not exist.
    Gone,
}

/// Why Intercom refuses, as far as the user can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is not, or no longer, accepted.
    Token,
    /// The token's scopes do not include this resource.
    Scope,
    /// The workspace's plan does not include this resource.
    Plan,
    /// Intercom does not understand the request.
    Request,
    /// The address, the token or the certificates in the configuration cannot be used.
    Setup,
}

impl Refusal {
    /// Returns what the user can do, as an imperative without a full stop.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Token => {
                "make a new access token in Intercom's Developer Hub (your app, Configure > Authentication), give it \
                 to syncd and reload that; if the token is right, check that the region is the workspace's"
            }
            Self::Scope => {
                "give it to the token's app in Intercom's Developer Hub (Configure > Authentication > Permissions)"
            }
            Self::Plan => {
                "the plan of the workspace does not include this: ask whoever pays for it to renew or widen the plan \
                 in Intercom's settings; what is stored stays available"
            }
            Self::Request => "report this as a bug of syncd",
            Self::Setup => "check the API address, the token and the certificates in the configuration",
        }
    }
}

/// What happened to a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error("the token contains characters that no HTTP header can carry")]
    BadToken,
    #[error("the HTTP client cannot be set up: {}", root(.0))]
    Setup(#[source] reqwest::Error),
    #[error("the API address {0} cannot be extended by a path")]
    BadAddress(String),
    #[error("{0}")]
    Certificates(String),
    #[error("{0}")]
    Connect(#[source] Box<Blocked>),
    #[error("no answer came in time")]
    Silent,
    #[error("no complete answer came in time")]
    Timeout(#[source] reqwest::Error),
    #[error("the answer came too slowly, and was given up after {0} bytes")]
    TooSlow(usize),
    #[error("the connection broke: {}", root(.0))]
    Broken(#[source] reqwest::Error),
    #[error("the answer is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    #[error("the answer redirects to {0}, which is refused because the token would follow")]
    Redirected(String),
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[source] serde_json::Error),
    #[error(
        "the answer is a web page and not Intercom's data; a proxy or a login page may stand in between, or Intercom be \
         under maintenance: open the API address in a browser on this machine to see"
    )]
    WebPage,
    #[error("the answer {0}")]
    Odd(&'static str),
    #[error("reading the answer was interrupted")]
    Interrupted,
    #[error("{0}")]
    Status(Rejection),
    #[error("Intercom's rate limit is used up for the next {} s", .0.as_secs_f64().ceil())]
    RateLimited(Duration),
}

/// An answer whose status is no success, with what its body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) status: StatusCode,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    /// The request carried a cursor, so a 400 most likely means that Intercom no longer knows it.
    pub(super) with_cursor: bool,
    /// What was asked for is in every workspace: where that is not found in words that are not Intercom's, what answers is
    /// not its API.
    pub(super) always_there: bool,
    /// The body has Intercom's own form of an error.
    pub(super) is_intercoms: bool,
    /// The token was tried elsewhere since and is good, so a 401 is about this resource.
    pub(super) token_works: bool,
}

impl Error {
    pub(super) fn new(attempt: impl Into<String>, cause: Cause) -> Self {
        Self { attempt: attempt.into(), permission: "", cause }
    }

    /// Names the permission that the call takes, as Intercom's Developer Hub does.
    pub(super) fn needing(self, permission: &'static str) -> Self {
        Self { permission, ..self }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        self.cause.advice()
    }

    /// Says whether Intercom has nothing under the id that was asked for.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.advice() == Advice::Gone
    }

    /// Says whether a later attempt may succeed without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.advice(), Advice::Retry | Advice::WaitUntil(_))
    }

    /// Says whether Intercom does not offer the call in the API version that is used.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(&self.cause, Cause::Status(rejection) if rejection.code.as_deref() == Some("intercom_version_invalid"))
    }

    /// Says whether it is about this one request, or this one kind, and tells nothing of how the others fare.
    pub(super) fn is_about_the_request(&self) -> bool {
        self.is_unsupported()
            || matches!(self.advice(), Advice::Gone | Advice::Restart | Advice::GiveUp(Refusal::Scope))
    }

    pub(super) fn is_bad_request(&self) -> bool {
        matches!(&self.cause, Cause::Status(rejection) if rejection.is_bad_request())
    }
}

impl Cause {
    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::BadToken
            | Self::Setup(_)
            | Self::Certificates(_)
            | Self::BadAddress(_)
            | Self::Redirected(_) => Advice::GiveUp(Refusal::Setup),
            Self::Connect(_)
            | Self::Silent
            | Self::Timeout(_)
            | Self::TooSlow(_)
            | Self::Broken(_)
            | Self::TooLarge(_)
            | Self::Unreadable(_)
            | Self::WebPage
            | Self::Odd(_)
            | Self::Interrupted => Advice::Retry,
            Self::Status(rejection) => rejection.advice(),
            Self::RateLimited(wait) => Advice::WaitUntil(*wait),
        }
    }

    /// Says whether the same request may succeed in a moment, after it failed so many times.
    pub(super) fn may_pass(&self, failures: u32) -> bool {
        match self {
            Self::Status(rejection) if rejection.token_works => failures < 2,
            // Each of these took half a minute or more.
            Self::Silent | Self::Timeout(_) | Self::TooSlow(_) => failures < 2,
            _ => self.advice() == Advice::Retry,
        }
    }

    /// Says whether the call was refused because the rate limit is used up.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Status(rejection) if rejection.status == StatusCode::TOO_MANY_REQUESTS)
    }

    /// Says whether the answer was Intercom's own, though it refuses.
    pub(super) fn is_intercoms_word(&self) -> bool {
        matches!(self, Self::Status(rejection) if rejection.is_intercoms)
    }
}

impl Rejection {
    fn is_bad_request(&self) -> bool {
        matches!(self.status.as_u16(), 400 | 422)
    }

    fn advice(&self) -> Advice {
        match self.status.as_u16() {
            401 if !self.token_works => Advice::GiveUp(Refusal::Token),
            402 => Advice::GiveUp(Refusal::Plan),
            401 | 403 if self.code.as_deref() == Some("api_plan_restricted") => Advice::GiveUp(Refusal::Plan),
            401 | 403 => Advice::GiveUp(Refusal::Scope),
            404 | 410 if self.is_intercoms => Advice::Gone,
            404 | 410 if self.always_there => Advice::GiveUp(Refusal::Setup),
            404 | 410 => Advice::Retry,
            408 | 425 | 429 | 500..=599 => Advice::Retry,
            400 | 422 if self.with_cursor => Advice::Restart,
            _ => Advice::GiveUp(Refusal::Request),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Intercom answered {}", self.status.as_u16())?;
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, " ({code}, \"{message}\")")?,
            (Some(word), None) | (None, Some(word)) => write!(f, " ({word})")?,
            (None, None) => {}
        }
        match &self.request_id {
            Some(id) => write!(f, " to request {id}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.attempt, self.cause)?;
        match self.advice() {
            Advice::GiveUp(Refusal::Scope) if !self.permission.is_empty() => {
                let (permission, action) = (self.permission, Refusal::Scope.action());
                write!(f, "; the token lacks the permission \"{permission}\": {action}")
            }
            Advice::GiveUp(refusal) => write!(f, "; {}", refusal.action()),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// Returns the innermost reason, because reqwest's own words only say that sending failed.
pub(super) fn root(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(status: u16, with_cursor: bool) -> Error {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        let rejection = Rejection {
            status,
            code: Some("some_code".into()),
            message: None,
            request_id: Some("abc".into()),
            with_cursor,
            always_there: false,
            is_intercoms: true,
            token_works: false,
        };
        Error::new("reading conversation 7", Cause::Status(rejection))
    }

    #[test]
    fn each_status_class_leads_to_its_advice() {
        for (status, with_cursor, advice) in [
            (400, false, Advice::GiveUp(Refusal::Request)),
            (400, true, Advice::Restart),
            (401, false, Advice::GiveUp(Refusal::Token)),
            (402, false, Advice::GiveUp(Refusal::Plan)),
            (403, true, Advice::GiveUp(Refusal::Scope)),
            (404, false, Advice::Gone),
            (408, false, Advice::Retry),
            (409, false, Advice::GiveUp(Refusal::Request)),
            (410, false, Advice::Gone),
            (422, true, Advice::Restart),
            (500, true, Advice::Retry),
            (504, false, Advice::Retry),
        ] {
            assert_eq!(
                rejection(status, with_cursor).advice(),
                advice,
                "{status} with cursor: {with_cursor}"
            );
        }
    }

    #[test]
    fn an_error_says_what_was_attempted_what_happened_and_what_to_do() {
        assert_eq!(
            rejection(401, false).to_string(),
            format!(
                "reading conversation 7: Intercom answered 401 (some_code) to request abc; {}",
                Refusal::Token.action()
            )
        );
        let told = rejection(403, false).needing("Read conversations").to_string();
        assert!(told.contains("the token lacks the permission \"Read conversations\": give it"), "{told}");
    }
}
