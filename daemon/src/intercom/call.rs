//! One call from beginning to end: wait for the limit, send, learn from the answer, and try again what may pass.

use std::time::Duration;

use bytes::Bytes;
use proto::Timestamp;
use reqwest::StatusCode;
use tokio::time::Instant;

use super::clock::ServerClock;
use super::error::{Advice, Cause, Error};
use super::gate::Gate;
use super::limits::Priority;
use super::retry::{Backoff, TRIES};
use super::transport::{Request, Transport};
use super::trouble::Trouble;
use crate::offload::offload;

/// Larger bodies are read on a thread of their own, lest they hold up everybody else's answers.
const READ_IN_PLACE: usize = 64 << 10;

/// Everything that calls share.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) transport: Transport,
    pub(super) gate: Gate,
    pub(super) clock: ServerClock,
    pub(super) trouble: Trouble,
    pub(super) backoff: Backoff,
}

/// What one call is about.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// For messages, such as `reading conversation 7`.
    pub(super) attempt: String,
    pub(super) priority: Priority,
    /// What Intercom's Developer Hub calls the permission that it takes.
    pub(super) permission: &'static str,
    /// The request carries a cursor.
    pub(super) with_cursor: bool,
    /// Every workspace has what it asks for.
    pub(super) always_there: bool,
    /// It is made once only, and tells nothing of how others fare: somebody feels their way around what fails.
    pub(super) probe: bool,
}

/// When an answer was asked for and given, on Intercom's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Not later than the sending of the request.
    pub(super) asked_at: Timestamp,
    /// Not earlier than the answer.
    pub(super) answered_at: Timestamp,
}

impl Caller {
    /// Makes the call; `read` turns the body into what is wanted.
    pub(super) async fn call<T, R>(&self, call: Call, request: &Request, read: R) -> Result<T, Error>
    where
        T: Send + 'static,
        R: Fn(Bytes, Times) -> Result<T, Cause> + Copy + Send + 'static,
    {
        let (mut failures, mut refused_since) = (0, None);
        loop {
            let until = refused_since.unwrap_or_else(Instant::now) + patience(call.priority);
            let cause = match self.once(&call, request, until, read).await {
                Ok(value) => {
                    self.gate.worked();
                    self.trouble.clear(Instant::now());
                    return Ok(value);
                }
                Err(cause) => self.confirmed(cause, until).await,
            };
            if cause.is_refused() {
                refused_since.get_or_insert_with(Instant::now);
                let left = self.gate.pause().unwrap_or_default();
                self.report(
                    &Error::new(call.attempt.as_str(), Cause::RateLimited(left)),
                    "; trying again then",
                );
                continue;
            }
            if cause.advice() != Advice::Retry {
                self.gate.worked();
            } else if !call.probe {
                self.gate.failed();
            }
            failures += 1;
            if call.probe || failures >= TRIES || !cause.may_pass(failures) {
                let error = Error::new(call.attempt, cause).needing(call.permission);
                if !call.probe && !error.is_about_the_request() {
                    self.report(&error, "");
                }
                return Err(error);
            }
            let pause = self.backoff.pause(failures, fastrand::f64());
            let error = Error::new(call.attempt.as_str(), cause).needing(call.permission);
            tracing::debug!(%error, failures, ?pause, "trying again");
            if !error.is_about_the_request() {
                self.report(&error, "; trying again");
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn once<T, R>(&self, call: &Call, request: &Request, until: Instant, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(Bytes, Times) -> Result<T, Cause> + Copy + Send + 'static,
    {
        let permit = self.gate.pass(call.priority, until).await.map_err(Cause::RateLimited)?;
        let (sent, asked_at) = (permit.sent(), self.clock.earliest());
        let sending = self.clock.sending(sent);
        let head = self.transport.send(request, call).await?;
        let (received, date) = (Instant::now(), head.date);
        permit.answered(head.notice, &self.clock, date);
        let body = self.transport.receive(head, call).await;
        let result = match body {
            Ok(body) => {
                let times = self.times(date, asked_at, received.saturating_duration_since(sent));
                self.read(body, times, read).await
            }
            Err(cause) => Err(cause),
        };
        // A proxy or a login page has a clock of its own.
        let is_intercoms = result.as_ref().map_or_else(Cause::is_intercoms_word, |_| true);
        if let Some(date) = date.filter(|_| is_intercoms) {
            self.clock.observe(date, sending, received);
        }
        result
    }

    async fn read<T, R>(&self, body: Bytes, times: Option<Times>, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(Bytes, Times) -> Result<T, Cause> + Copy + Send + 'static,
    {
        let times = times.ok_or(Cause::Odd("carries no date"))?;
        let page = is_web_page(&body);
        let result = if body.len() <= READ_IN_PLACE {
            read(body, times)
        } else {
            offload(move || read(body, times)).await.map_err(|_| Cause::Interrupted)?
        };
        result.map_err(|cause| if page { Cause::WebPage } else { cause })
    }

    /// One 401 amid successes happens; only `/me` tells whether the token is meant.
    async fn confirmed(&self, cause: Cause, until: Instant) -> Cause {
        let Cause::Status(mut rejection) = cause else { return cause };
        if rejection.status != StatusCode::UNAUTHORIZED {
            return Cause::Status(rejection);
        }
        let call = Call {
            attempt: String::new(),
            priority: Priority::Waiting,
            permission: "",
            with_cursor: false,
            always_there: true,
            probe: false,
        };
        match self.once(&call, &Request::me(), until, |_, _| Ok(())).await {
            Ok(()) => {
                rejection.token_works = true;
                Cause::Status(rejection)
            }
            Err(Cause::Status(verdict)) if verdict.status == StatusCode::UNAUTHORIZED => {
                Cause::Status(verdict)
            }
            Err(other) => other,
        }
    }

    fn times(&self, date: Option<Timestamp>, asked_at: Option<Timestamp>, took: Duration) -> Option<Times> {
        let took = i64::try_from(took.as_secs()).unwrap_or(i64::MAX).saturating_add(1);
        Some(Times {
            asked_at: asked_at.or_else(|| date.map(|date| date.minus(took).minus(1)))?,
            answered_at: self.clock.latest().or_else(|| date.map(|date| date.plus(1)))?,
        })
    }

    fn report(&self, error: &Error, outlook: &str) {
        self.trouble.report(format!("{error}{outlook}"), Instant::now());
    }
}

/// How long a call is held up by nothing but refusals for the limit's sake.
const fn patience(priority: Priority) -> Duration {
    match priority {
        Priority::Waiting => Duration::from_secs(5),
        Priority::Listing | Priority::Sync | Priority::Spare => Duration::from_secs(60),
    }
}

/// Says whether a body that is no JSON is what browsers show.
fn is_web_page(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}
