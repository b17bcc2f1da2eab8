//! Serving MCP over Streamable HTTP, on this machine only, to clients that show the token.
//!
//! The token is looked at before anything of a message is read. Host and Origin are checked by the MCP library, so that no
//! web page can use a name of its own for this machine.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::model::ErrorCode;
use rmcp::transport::streamable_http_server::session::SessionManager as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::daemon::Daemon;
use crate::server::Server;
use crate::tell;
use crate::token::Token;

const PATH: &str = "/mcp";
const JSON: &str = "application/json";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// Connections at a time; further ones wait.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest request, in bytes: arguments are short.
const LONGEST_REQUEST: usize = 1 << 20;
/// How long to wait before connections are accepted again, where the system has no room for more.
const BREATHER: Duration = Duration::from_millis(100);

/// How long a session of the older protocol may be silent: people come back to an agent after lunch, and not every client
/// opens a new one.
const SESSION_TIMEOUT: Duration = Duration::from_secs(12 * 3_600);

type Mcp = StreamableHttpService<Server, LocalSessionManager>;
type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Serves until the process ends.
///
/// # Errors
/// When the address cannot be had, or the token cannot be kept.
pub(crate) async fn serve(address: SocketAddr, daemon: Arc<Daemon>) -> anyhow::Result<()> {
    let (token, path) = Token::load().context("keeping the token of HTTP clients")?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
    let address = listener.local_addr().context("asking for the address in use")?;
    tell(&format!(
        "listening on http://{address}{PATH}; clients send \"Authorization: Bearer TOKEN\", with the token in {}",
        path.display()
    ));
    let entrance = Arc::new(Entrance::new(token, daemon, address.ip()));
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let permit = Arc::clone(&room).acquire_owned().await.context("counting connections")?;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!("accepting a connection: {error}");
                tokio::time::sleep(BREATHER).await;
                continue;
            }
        };
        // The head of an answer and its events are written one after the other; none must wait for the other's receipt.
        if let Err(error) = stream.set_nodelay(true) {
            warn!("preparing a connection: {error}");
        }
        let entrance = Arc::clone(&entrance);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let entrance = Arc::clone(&entrance);
                async move { Ok::<_, Infallible>(entrance.answer(request).await) }
            });
            let serving = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), answer);
            // That a client leaves in the middle concerns nobody else.
            let _ = serving.await;
            drop(permit);
        });
    }
}

/// What a request has to pass.
struct Entrance {
    token: Token,
    sessions: Arc<LocalSessionManager>,
    mcp: Mcp,
}

impl Entrance {
    fn new(token: Token, daemon: Arc<Daemon>, address: IpAddr) -> Self {
        let hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter();
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts.chain([address.to_string()]))
            .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"]);
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(SESSION_TIMEOUT);
        let sessions = Arc::new(sessions);
        let server = move || Ok(Server::new(Arc::clone(&daemon)));
        Self { token, mcp: StreamableHttpService::new(server, Arc::clone(&sessions), config), sessions }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        // Before the token: who has none asks here and there how to get one, and must hear that there is no such thing.
        if request.uri().path() != PATH {
            return plain(StatusCode::NOT_FOUND, "MCP is at /mcp\n");
        }
        if !self.token.is_shown_by(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)) {
            let mut answer = plain(
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: syncd-mcp says where it is when it starts\n",
            );
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        if request.method() == Method::DELETE {
            return self.end(request).await;
        }
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, LONGEST_REQUEST).collect().await else {
            return plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the message is longer than 1 MiB, or did not come whole\n",
            );
        };
        let body = body.to_bytes();
        let is_json =
            head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(JSON.as_bytes()));
        let answer = self.mcp.handle(Request::from_parts(head, Full::new(body.clone()))).await;
        if is_json && answer.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            return unreadable(&body);
        }
        answer
    }

    /// Ends a session.
    async fn end(&self, request: Request<Incoming>) -> Answer {
        let session = request.headers().get(SESSION).and_then(|id| id.to_str().ok()).map(Arc::from);
        if let Some(id) = session
            && !self.sessions.has_session(&id).await.unwrap_or(false)
        {
            return plain(StatusCode::NOT_FOUND, "there is no such session\n");
        }
        let mut answer = self.mcp.handle(request).await;
        if answer.status() == StatusCode::ACCEPTED {
            *answer.status_mut() = StatusCode::NO_CONTENT;
        }
        answer
    }
}

/// Returns the answer to what is no message, though it was sent as one: the error of JSON-RPC for it.
fn unreadable(body: &[u8]) -> Answer {
    let (code, why, id) = match serde_json::from_slice::<Value>(body) {
        Err(error) => (ErrorCode::PARSE_ERROR, format!("this is no JSON: {error}"), Value::Null),
        Ok(mut message) => {
            let id = message.get_mut("id").filter(|id| id.is_string() || id.is_number());
            let why = "this is no message of JSON-RPC 2.0, or more than one".to_owned();
            (ErrorCode::INVALID_REQUEST, why, id.map(Value::take).unwrap_or_default())
        }
    };
    let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": why}});
    let mut answer = Response::new(Full::new(Bytes::from(error.to_string())).boxed());
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *answer.status_mut() = status;
    answer
}
