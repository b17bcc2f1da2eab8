//! Serving MCP over Streamable HTTP, on this machine only, to clients that show the token.
//!
//! The token is looked at before anything else of a request is read. Host and Origin are checked by the MCP library, so
//! that no web page can use a name of its own for this machine.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::daemon::Daemon;
use crate::server::Server;
use crate::tell;
use crate::token::Token;

const PATH: &str = "/mcp";
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
    let door = Arc::new(Door { token, mcp: mcp(daemon, address.ip()) });
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
        let door = Arc::clone(&door);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let door = Arc::clone(&door);
                async move { Ok::<_, Infallible>(door.answer(request).await) }
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

fn mcp(daemon: Arc<Daemon>, address: IpAddr) -> Mcp {
    let hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter().chain([address.to_string()]);
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(hosts)
        .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"])
        .with_max_request_body_bytes(LONGEST_REQUEST);
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION_TIMEOUT);
    let server = move || Ok(Server::new(Arc::clone(&daemon)));
    StreamableHttpService::new(server, Arc::new(sessions), config)
}

/// What a request has to pass.
struct Door {
    token: Token,
    mcp: Mcp,
}

impl Door {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if !self.token.is_shown_by(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)) {
            let mut answer = plain(
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: syncd-mcp says where it is when it starts\n",
            );
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        if request.uri().path() != PATH {
            return plain(StatusCode::NOT_FOUND, "MCP is at /mcp\n");
        }
        self.mcp.handle(request).await
    }
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *answer.status_mut() = status;
    answer
}
