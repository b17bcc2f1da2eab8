//! One HTTP request and the answer to it, as bytes. Knows nothing of what either means, and does not retry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use proto::Timestamp;
use proto::display::{Effect, effect};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::call::Call;
use super::client::Settings;
use super::error::{Cause, Rejection};
use super::limits::Notice;
use super::route::Way;
use super::wire;

/// The version whose shapes `wire` describes; without the header the app's own setting would decide.
const API_VERSION: &str = "2.16";
/// No answer of the API comes near it: a conversation of 500 parts has about 1 MiB.
const LARGEST_BODY: usize = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence before and within an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(45);
/// Servers and what stands before them close connections that were idle for half a minute and more, and a request that
/// meets that is lost.
const IDLE: Duration = Duration::from_secs(20);
/// After a sleep, or in another network, what is sent on an old connection is never acknowledged: it is given up by then, and
/// sent again on a new one.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);
/// How long an answer may take to begin.
const READING: Duration = Duration::from_secs(30);
/// Search takes up to 10 s a page on a good day.
const SEARCHING: Duration = Duration::from_secs(60);
/// Whoever feels their way asks for a few rows.
const PROBING: Duration = Duration::from_secs(10);
/// How long the rest of an answer may take, and how many bytes of it earn it a second more: a large conversation comes
/// whole over a bad line, and a body that drips holds nobody up for long.
const RECEIVING: Duration = Duration::from_secs(30);
const SLOWEST: u64 = 32 << 10;

/// How the token's header begins.
const SCHEME: &str = "Bearer ";
/// What `localhost` is, whatever a resolver says; the port is the URL's.
const LOCALHOST_4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const LOCALHOST_6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0);

/// What one request asks for.
#[derive(Debug)]
pub(super) enum Request {
    Get { path: Vec<String>, query: Vec<(&'static str, String)> },
    Search { path: Vec<String>, body: serde_json::Value },
}

/// The head of an answer, and the answer to read the body from.
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) date: Option<Timestamp>,
    pub(super) notice: Notice,
    response: Response,
}

/// A connection pool that carries the token to one address only.
#[derive(Debug)]
pub(super) struct Transport {
    http: Client,
    base: Url,
    way: Way,
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self, Cause> {
        static PROVIDER: Once = Once::new();
        // It only fails where the program has chosen a provider already, which is as good.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let Settings { base_url: base, route, token, .. } = settings;
        if base.cannot_be_a_base() {
            return Err(Cause::BadAddress(base.to_string()));
        }
        let authorization = authorization(&token)?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("intercom-version"), HeaderValue::from_static(API_VERSION)),
        ]);
        let builder = Client::builder()
            .user_agent(concat!("syncd/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            // Retries belong to `call`, which counts them against the rate limit.
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_user_timeout(UNACKNOWLEDGED)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(20));
        // Without TLS the address is this machine's own: a resolver that knows another localhost would send the token
        // there.
        let builder = if base.scheme() == "https" {
            builder.https_only(true)
        } else {
            builder.resolve_to_addrs("localhost", &[LOCALHOST_4, LOCALHOST_6])
        };
        let way = Way::of(route, &base);
        Ok(Self { http: way.taken_by(builder)?.build().map_err(Cause::Setup)?, base, way })
    }

    /// Returns the way that requests take.
    pub(super) const fn way(&self) -> &Way {
        &self.way
    }

    /// Sends a request and returns as soon as the head of the answer is there.
    pub(super) async fn send(&self, request: &Request, call: &Call) -> Result<Head, Cause> {
        let sending = self.prepare(request)?.send();
        let patience = if call.probe { PROBING } else { request.patience() };
        let response = tokio::time::timeout(patience, sending)
            .await
            .map_err(|_| Cause::Silent)?
            .map_err(|error| self.failure(error))?;
        let headers = response.headers();
        Ok(Head {
            status: response.status(),
            date: headers.get(DATE).and_then(date),
            notice: notice(response.status(), headers),
            response,
        })
    }

    /// Reads the body of a successful answer; any other is returned as what it refuses.
    pub(super) async fn receive(&self, head: Head, call: &Call) -> Result<Bytes, Cause> {
        let Head { status, mut response, .. } = head;
        if status.is_redirection() {
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            return Err(Cause::Redirected(cut(target.unwrap_or("nowhere"))));
        }
        let mut body = BytesMut::new();
        let began = Instant::now();
        loop {
            let earned = Duration::from_secs(body.len() as u64 / SLOWEST);
            let chunk = tokio::time::timeout_at(began + RECEIVING + earned, response.chunk())
                .await
                .map_err(|_| Cause::TooSlow(body.len()))?
                .map_err(|error| self.failure(error))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Cause::TooLarge(LARGEST_BODY));
            }
            body.extend_from_slice(&chunk);
        }
        if status == StatusCode::OK {
            return Ok(body.freeze());
        }
        Err(Cause::Status(rejection(status, &body, call)))
    }

    fn prepare(&self, request: &Request) -> Result<RequestBuilder, Cause> {
        Ok(match request {
            Request::Get { path, query } => self.http.get(self.url(path)?).query(query),
            Request::Search { path, body } => self.http.post(self.url(path)?).json(body),
        })
    }

    /// Ids come from outside, so each is one escaped segment, whatever is in it.
    fn url(&self, path: &[String]) -> Result<Url, Cause> {
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(path),
            Err(()) => return Err(Cause::BadAddress(self.base.to_string())),
        };
        Ok(url)
    }

    fn failure(&self, error: reqwest::Error) -> Cause {
        let error = error.without_url();
        if error.is_connect() {
            self.way.blocked(error)
        } else if error.is_timeout() {
            Cause::Timeout(error)
        } else {
            Cause::Broken(error)
        }
    }
}

impl Request {
    /// Asks whose token it is.
    pub(super) fn me() -> Self {
        Self::get(&["me"], Vec::new())
    }

    pub(super) fn get(path: &[&str], query: Vec<(&'static str, String)>) -> Self {
        Self::Get { path: path.iter().map(|&segment| segment.to_owned()).collect(), query }
    }

    pub(super) fn search(what: &str, body: serde_json::Value) -> Self {
        Self::Search { path: vec![what.to_owned(), "search".to_owned()], body }
    }

    /// Returns how long its answer may take to begin.
    const fn patience(&self) -> Duration {
        match self {
            Self::Get { .. } => READING,
            Self::Search { .. } => SEARCHING,
        }
    }
}

/// Returns the header that carries the token. It is not wiped when dropped, nor can the copies be that the HTTP and TLS
/// libraries make of it; so no further one is made here, and it is marked as not to be shown.
fn authorization(token: &SecretString) -> Result<HeaderValue, Cause> {
    let token = token.expose_secret();
    let mut bearer = String::with_capacity(SCHEME.len() + token.len());
    bearer.push_str(SCHEME);
    bearer.push_str(token);
    let mut authorization = HeaderValue::try_from(bearer).map_err(|_| Cause::BadToken)?;
    authorization.set_sensitive(true);
    Ok(authorization)
}

fn date(value: &HeaderValue) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    let seconds = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds).ok().map(Timestamp)
}

fn notice(status: StatusCode, headers: &HeaderMap) -> Notice {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    Notice {
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset").and_then(|at| i64::try_from(at).ok()).map(Timestamp),
        retry_after: number(RETRY_AFTER.as_str()).map(Duration::from_secs),
        refused: status == StatusCode::TOO_MANY_REQUESTS,
    }
}

fn rejection(status: StatusCode, body: &[u8], call: &Call) -> Rejection {
    let errors: wire::Errors<'_> = serde_json::from_slice(body).unwrap_or_default();
    let request_id = errors.request_id.text().map(|id| cut(&id));
    let first = errors.errors.0.into_iter().next().unwrap_or_default().or_empty();
    let code = first.code.text().map(|code| cut(&code));
    let message = first.message.text().map(|message| cut(&message));
    let &Call { with_cursor, always_there, .. } = call;
    let is_intercoms = code.is_some();
    let token_works = false;
    Rejection { status, code, message, request_id, with_cursor, always_there, is_intercoms, token_works }
}

/// Words from outside go into messages and logs: short, and on one line.
fn cut(words: &str) -> String {
    words.chars().filter(|letter| effect(*letter) == Effect::Shows).take(200).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::route::{Proxy, Route};
    use super::*;
    use crate::clock::WallClock;

    #[test]
    fn the_token_is_not_shown_by_anything_that_holds_it() {
        let base_url: Url = "https://api.example.com/".parse().unwrap();
        let token = SecretString::from("dG9rOm1hZGUtdXAtc2VjcmV0");
        let proxy = "http://user:dG9rOm1hZGUtdXAtc2VjcmV0@proxy.example.com:3128/".parse().unwrap();
        let proxy = Some(Proxy::new(proxy, "HTTPS_PROXY".to_owned()));
        let route = Route { proxy, ..Route::default() };
        let settings =
            Settings { base_url, route, token, requests_per_minute: None, wall: WallClock::system() };
        let shown = format!("{settings:?} {:?}", authorization(&settings.token).unwrap());
        let shown = format!("{shown} {:?}", Transport::new(settings).unwrap());
        assert!(!shown.contains("dG9r") && shown.contains("Sensitive"), "{shown}");
    }
}
