//! Faults that can be asked for: what they are, whom they hit, how often. How they show on the wire is the server's.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::server::Route;

/// A fault to inject.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The requests that it can hit.
    pub on: Target,
    /// What happens to them.
    pub kind: FaultKind,
    /// How often it strikes before it is used up.
    pub times: Times,
    /// Chance, 0 to 1, that it strikes a request that it can hit.
    pub probability: f64,
}

impl Fault {
    /// Returns a fault that strikes every request of a kind until cleared.
    pub fn always(on: Target, kind: FaultKind) -> Self {
        Self { on, kind, times: Times::Forever, probability: 1.0 }
    }

    /// Returns a fault that strikes the next request of a kind.
    pub fn once(on: Target, kind: FaultKind) -> Self {
        Self { on, kind, times: Times::Once, probability: 1.0 }
    }

    /// Returns a fault that strikes the next `count` requests of a kind.
    pub fn times(on: Target, kind: FaultKind, count: u32) -> Self {
        Self { on, kind, times: Times::N(count), probability: 1.0 }
    }
}

/// Names an injected fault, for [`Sim::clear_fault`](crate::Sim::clear_fault).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(pub(crate) u64);

/// Requests that a fault can hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All of them.
    Any,
    /// `GET /me`.
    Me,
    /// `POST /conversations/search` and `GET /conversations`.
    Search,
    /// Searches and lists, of conversations or contacts, whose page has this one on it, of whatever size the page is.
    Page(String),
    /// `GET /conversations/{id}`: of any conversation, or of one.
    Details(Option<String>),
    /// `GET /conversations/deleted`.
    Deleted,
    /// `GET /contacts/{id}` and `POST /contacts/search`.
    Contacts,
    /// `GET /admins`, `/teams` and `/tags`.
    Directory,
}

impl Target {
    /// Says whether it hits a request, whose page has these conversations or contacts on it.
    pub(crate) fn covers(&self, route: &Route<'_>, page: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Me => matches!(route, Route::Me),
            Self::Search => matches!(route, Route::Search),
            Self::Page(wanted) => page.contains(wanted),
            Self::Details(None) => matches!(route, Route::Details(_)),
            Self::Details(Some(wanted)) => matches!(route, Route::Details(id) if id == wanted),
            Self::Deleted => matches!(route, Route::Deleted),
            Self::Contacts => matches!(route, Route::ContactSearch),
            Self::Directory => matches!(route, Route::Admins | Route::Teams | Route::Tags),
        }
    }
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// One time.
    Once,
    /// This many times.
    N(u32),
    /// Until it is cleared.
    Forever,
}

/// The body of an error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Intercom's error list with this code.
    ErrorList(String),
    /// A page of HTML, as proxies send it.
    Html,
    /// Nothing.
    Empty,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The answer, which is otherwise right, comes this much later.
    Latency(Duration),
    /// An error status.
    Status {
        /// The HTTP status.
        code: u16,
        /// What comes with it.
        body: Body,
    },
    /// 429.
    RateLimited {
        /// Whether the `X-RateLimit-*` headers come with it.
        headers: bool,
        /// Seconds in a `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// The connection is reset before an answer.
    Reset,
    /// The headers promise more than the body brings before the connection closes.
    TruncatedBody,
    /// 200 with a body that ends in the middle of the JSON.
    MalformedJson,
    /// 200 with JSON whose values have other types than documented.
    WrongTypes,
    /// 200 with a page of HTML.
    HtmlBody,
    /// 200 with an empty body.
    EmptyBody,
    /// No answer, ever, on an open connection.
    Hang,
    /// The right answer, in this many pieces of equal size, each this much later than the one before.
    SlowDrip {
        /// Number of pieces.
        pieces: u32,
        /// Time before each piece.
        pause: Duration,
    },
    /// 200 with JSON of this many megabytes.
    HugeBody(u32),
    /// Search answers with the cursor that it was given (or the first page's own) as the next one; a page of the list of
    /// deletions leads to itself.
    RepeatedCursor,
    /// Search answers its rows in reverse.
    WrongOrder,
    /// Search answers no rows, yet a next cursor.
    EmptyPageWithNext,
    /// Search answers the rows of its first page whatever the cursor, each time with a cursor it never gave before; the
    /// list of deletions does so with its first page.
    NothingNew,
    /// Details show the conversation as it was before its last change.
    Outdated,
    /// The right answer, whose `Date` is off by so many seconds, or which has none.
    Date(Option<i64>),
    /// 401 `token_revoked`.
    TokenRevoked,
    /// 403 `forbidden`, naming a scope.
    ScopeMissing,
    /// 401 `unauthorized`, as some resources answer a token that only lacks their scope; not for `/me`.
    ScopeUnauthorized,
    /// 403 `api_plan_restricted`.
    PlanRestricted,
    /// `/me` names the workspace with this `id_code`.
    OtherWorkspace(String),
    /// 302 to this address.
    Redirect(String),
    /// 404 `not_found`.
    NotFound,
}

/// A `KIND:PROBABILITY` that names no fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseFaultError(String);

impl fmt::Display for ParseFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no fault: expected KIND or KIND:PROBABILITY, with a kind of latency, a status such as 503, 429, \
             reset, truncated, malformed, wrong-types, html, empty, hang, slow, huge, repeated-cursor, wrong-order, \
             empty-page, nothing-new, outdated, no-date, token-revoked, scope-missing, scope-unauthorized, plan-restricted, not-found",
            self.0
        )
    }
}

impl std::error::Error for ParseFaultError {}

impl FromStr for Fault {
    type Err = ParseFaultError;

    /// Reads `KIND` or `KIND:PROBABILITY`, as the program's `--fault` takes it.
    fn from_str(text: &str) -> Result<Self, ParseFaultError> {
        let refuse = || ParseFaultError(text.to_owned());
        let (kind, probability) = match text.split_once(':') {
            Some((kind, probability)) => (kind, probability.parse::<f64>().map_err(|_| refuse())?),
            None => (text, 1.0),
        };
        if !(0.0..=1.0).contains(&probability) {
            return Err(refuse());
        }
        let (on, kind) = match kind {
            "latency" => (Target::Any, FaultKind::Latency(Duration::from_secs(2))),
            "429" => (Target::Any, FaultKind::RateLimited { headers: true, retry_after: None }),
            "reset" => (Target::Any, FaultKind::Reset),
            "truncated" => (Target::Any, FaultKind::TruncatedBody),
            "malformed" => (Target::Any, FaultKind::MalformedJson),
            "wrong-types" => (Target::Any, FaultKind::WrongTypes),
            "html" => (Target::Any, FaultKind::HtmlBody),
            "empty" => (Target::Any, FaultKind::EmptyBody),
            "hang" => (Target::Any, FaultKind::Hang),
            "slow" => (Target::Any, FaultKind::SlowDrip { pieces: 10, pause: Duration::from_millis(200) }),
            "huge" => (Target::Any, FaultKind::HugeBody(256)),
            "repeated-cursor" => (Target::Search, FaultKind::RepeatedCursor),
            "wrong-order" => (Target::Search, FaultKind::WrongOrder),
            "empty-page" => (Target::Search, FaultKind::EmptyPageWithNext),
            "nothing-new" => (Target::Search, FaultKind::NothingNew),
            "outdated" => (Target::Details(None), FaultKind::Outdated),
            "no-date" => (Target::Any, FaultKind::Date(None)),
            "token-revoked" => (Target::Any, FaultKind::TokenRevoked),
            "scope-missing" => (Target::Any, FaultKind::ScopeMissing),
            "scope-unauthorized" => (Target::Search, FaultKind::ScopeUnauthorized),
            "plan-restricted" => (Target::Any, FaultKind::PlanRestricted),
            "not-found" => (Target::Details(None), FaultKind::NotFound),
            status => {
                let code = status.parse().ok().filter(|code| (400..600).contains(code)).ok_or_else(refuse)?;
                let body = if code == 502 || code == 504 {
                    Body::Html
                } else {
                    Body::ErrorList("server_error".to_owned())
                };
                (Target::Any, FaultKind::Status { code, body })
            }
        };
        Ok(Self { on, kind, times: Times::Forever, probability })
    }
}
