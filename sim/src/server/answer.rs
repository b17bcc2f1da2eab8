//! From a request to what goes out on the wire: counting, latency, authentication, the rate limit and faults, around
//! the endpoint's own answer.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Collected, Either, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::sleep;

use crate::fault::{Body, FaultKind};
use crate::server::endpoints::{Answer, Asked, Twist};
use crate::server::io::Reset;
use crate::server::limit::Allowance;
use crate::server::{Route, Shared};

/// What goes out: at once where nothing is wrong, in pieces where a fault wants it.
type Outgoing = Either<Full<Bytes>, UnsyncBoxBody<Bytes, io::Error>>;

/// Longest request body that is read.
const MOST_BODY: usize = 1 << 20;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html");
const HTML_PAGE: &str =
    "<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>";
const WRONG_TYPES: &str = r#"{"type":7,"id":{"value":1},"app":"none","conversations":{"0":1},"data":"none","admins":7,
"teams":7,"total_count":"many","pages":[1],"created_at":"yesterday","updated_at":[],"state":3,"source":[],
"conversation_parts":"none"}"#;

/// Counts a request as being answered for as long as it lives, answered or given up.
struct InFlight<'a>(&'a Shared);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.requests().end();
    }
}

/// Answers a request, or never does if a fault wants that.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    reset: Reset,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, Infallible> {
    let (head, incoming) = request.into_parts();
    let route = Route::of(&head.method, head.uri.path());
    shared.requests().begin(&route);
    let _in_flight = InFlight(&shared);
    let body = match head.method {
        Method::POST => {
            Limited::new(incoming, MOST_BODY).collect().await.map(Collected::to_bytes).unwrap_or_default()
        }
        _ => Bytes::new(),
    };
    if !shared.options.latency.is_zero() {
        sleep(shared.options.latency).await;
    }
    let (used, allowance) = shared.limit().take(shared.clock.now());
    let query = head.uri.query().unwrap_or_default();
    let mut struck = None;
    let page = if shared.faults().ask_for_pages() { shared.listed(route, query, &body) } else { Vec::new() };
    let strikes = shared.faults().strike(&route, &page);
    for kind in strikes {
        shared.requests().faulted += 1;
        match kind {
            FaultKind::Latency(by) => sleep(by).await,
            kind => struck = Some(kind),
        }
    }
    let bearer = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let version = head.headers.get("intercom-version").map(|value| value.to_str().unwrap_or_default());
    let answered = if !shared.is_authorized(bearer) {
        shared.error(401, "unauthorized", "Access Token Invalid")
    } else if let Some(Allowance { limit, granted: false, .. }) = allowance {
        shared.error(429, "rate_limit_exceeded", &format!("Exceeded rate limit of {limit} in 10_seconds"))
    } else if let Some(version) = read_version(version) {
        let twist = struck.as_ref().and_then(twist);
        shared.endpoint(&Asked { route, query, body: &body, version, twist })
    } else {
        shared.error(400, "intercom_version_invalid", "The requested version could not be found")
    };
    let date = match struck {
        Some(FaultKind::Date(off)) => off,
        _ => Some(0),
    };
    let mut response = match struck {
        Some(kind) => spoil(&shared, kind, answered, &reset).await,
        None => plainly(answered),
    };
    shared.count(used, response.status());
    shared.stamp(&mut response, allowance, date);
    Ok(response)
}

impl Shared {
    fn is_authorized(&self, header: Option<&str>) -> bool {
        let token = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token.is_some_and(|(_, token)| token == self.options.token)
    }

    fn count(&self, used: u32, status: StatusCode) {
        let mut requests = self.requests();
        requests.max_in_window = requests.max_in_window.max(used);
        requests.rate_limited += u64::from(status == StatusCode::TOO_MANY_REQUESTS);
    }

    /// Adds the headers that every answer has; the date is so many seconds off, or left out.
    fn stamp(&self, response: &mut Response<Outgoing>, allowance: Option<Allowance>, date: Option<i64>) {
        let headers = response.headers_mut();
        if let Some(off) = date {
            let shown = self.clock.now().saturating_add(off);
            let since_epoch = Duration::from_secs(u64::try_from(shown).unwrap_or(0));
            // Header values of digits and dates are always valid.
            if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)) {
                headers.insert(DATE, date);
            }
        }
        let Some(Allowance { limit, remaining, reset, .. }) = allowance else { return };
        headers.entry("x-ratelimit-limit").or_insert(HeaderValue::from(limit));
        headers.entry("x-ratelimit-remaining").or_insert(HeaderValue::from(remaining));
        headers.entry("x-ratelimit-reset").or_insert(HeaderValue::from(reset));
    }
}

/// Reads an API version; without one the newest counts, and the preview is newer than all.
fn read_version(header: Option<&str>) -> Option<(u32, u32)> {
    match header {
        None | Some("Preview" | "Unstable") => Some((u32::MAX, 0)),
        Some(version) => {
            let (major, minor) = version.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        }
    }
}

fn twist(kind: &FaultKind) -> Option<Twist<'_>> {
    match kind {
        FaultKind::RepeatedCursor => Some(Twist::RepeatedCursor),
        FaultKind::WrongOrder => Some(Twist::WrongOrder),
        FaultKind::EmptyPageWithNext => Some(Twist::EmptyPageWithNext),
        FaultKind::NothingNew => Some(Twist::NothingNew),
        FaultKind::Outdated => Some(Twist::Outdated),
        FaultKind::OtherWorkspace(id) => Some(Twist::OtherWorkspace(id)),
        _ => None,
    }
}

/// Makes of a right answer what a fault wants.
async fn spoil(shared: &Shared, kind: FaultKind, answer: Answer, reset: &Reset) -> Response<Outgoing> {
    let error = |status, code: &str, message: &str| plainly(shared.error(status, code, message));
    match kind {
        FaultKind::Latency(_)
        | FaultKind::RepeatedCursor
        | FaultKind::WrongOrder
        | FaultKind::EmptyPageWithNext
        | FaultKind::NothingNew
        | FaultKind::Outdated
        | FaultKind::Date(_)
        | FaultKind::OtherWorkspace(_) => plainly(answer),
        FaultKind::Status { code, body: Body::ErrorList(error_code) } => {
            error(code, &error_code, "Simulated failure")
        }
        FaultKind::Status { code, body: Body::Html } => full(code, HTML, HTML_PAGE),
        FaultKind::Status { code, body: Body::Empty } => full(code, JSON, ""),
        FaultKind::RateLimited { headers, retry_after } => {
            let mut response = error(429, "rate_limit_exceeded", "Exceeded rate limit");
            if headers {
                let reset = (shared.clock.now().div_euclid(10) + 1).saturating_mul(10);
                let headers = response.headers_mut();
                headers.insert(
                    "x-ratelimit-limit",
                    HeaderValue::from(shared.options.rate_limit.unwrap_or(1666)),
                );
                headers.insert("x-ratelimit-remaining", HeaderValue::from(0));
                headers.insert("x-ratelimit-reset", HeaderValue::from(reset));
            }
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        FaultKind::Reset => {
            reset.ask();
            pending().await
        }
        FaultKind::Hang => pending().await,
        FaultKind::TruncatedBody => truncated(answer),
        FaultKind::MalformedJson => {
            let (status, mut body) = answer;
            body.truncate(body.len() * 3 / 5);
            full(status, JSON, body)
        }
        FaultKind::WrongTypes => full(200, JSON, WRONG_TYPES),
        FaultKind::HtmlBody => full(200, HTML, HTML_PAGE),
        FaultKind::EmptyBody => full(200, JSON, ""),
        FaultKind::SlowDrip { pieces, pause } => dripping(answer, pieces, pause),
        FaultKind::HugeBody(megabytes) => huge(megabytes),
        FaultKind::TokenRevoked => error(401, "token_revoked", "The token has been revoked"),
        FaultKind::ScopeMissing => {
            let message = "You do not have the required scope (read_conversations) to access this resource";
            error(403, "forbidden", message)
        }
        FaultKind::ScopeUnauthorized => error(401, "unauthorized", "Access Token Invalid"),
        FaultKind::PlanRestricted => error(403, "api_plan_restricted", "Active subscription needed."),
        FaultKind::Redirect(to) => {
            let mut response = full(302, JSON, "");
            // An address that is no header value is a mistake of the test, which sees a 302 without one.
            if let Ok(to) = HeaderValue::try_from(to) {
                response.headers_mut().insert(LOCATION, to);
            }
            response
        }
        FaultKind::NotFound => error(404, "not_found", "Resource Not Found"),
    }
}

fn plainly((status, body): Answer) -> Response<Outgoing> {
    full(status, JSON, body)
}

fn full(status: u16, content_type: HeaderValue, body: impl Into<Bytes>) -> Response<Outgoing> {
    respond(status, content_type, Either::Left(Full::new(body.into())))
}

fn respond(status: u16, content_type: HeaderValue, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn truncated((status, body): Answer) -> Response<Outgoing> {
    let promised = HeaderValue::from(body.len());
    let body = Bytes::from(body);
    let half = body.slice(..body.len() / 2);
    let broken = stream::once(async {
        // Lets the half go out before the connection ends.
        sleep(Duration::from_millis(5)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let pieces = stream::once(async { Ok(Frame::data(half)) }).chain(broken);
    let mut response = respond(status, JSON, Either::Right(StreamBody::new(pieces).boxed_unsync()));
    response.headers_mut().insert(CONTENT_LENGTH, promised);
    response
}

fn dripping((status, body): Answer, pieces: u32, pause: Duration) -> Response<Outgoing> {
    let promised = HeaderValue::from(body.len());
    let size = body.len().div_ceil(pieces.max(1) as usize).max(1);
    let drip = stream::unfold(Bytes::from(body), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(pause).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok(Frame::data(piece)), rest))
    });
    let mut response = respond(status, JSON, Either::Right(StreamBody::new(drip).boxed_unsync()));
    response.headers_mut().insert(CONTENT_LENGTH, promised);
    response
}

fn huge(megabytes: u32) -> Response<Outgoing> {
    const PIECE: usize = 1 << 16;
    let filler = Bytes::from(vec![b'x'; PIECE]);
    let count = megabytes as usize * ((1 << 20) / PIECE);
    let start = stream::iter([Bytes::from_static(b"{\"type\":\"conversation\",\"title\":\"")]);
    let middle = stream::repeat(filler).take(count);
    let end = stream::iter([Bytes::from_static(b"\"}")]);
    let pieces = start.chain(middle).chain(end).map(|piece| Ok(Frame::data(piece)));
    respond(200, JSON, Either::Right(StreamBody::new(pieces).boxed_unsync()))
}
