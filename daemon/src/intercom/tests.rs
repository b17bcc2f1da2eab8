//! The client against small servers on this machine that say exactly what a case needs.
#![allow(clippy::unwrap_used)]
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use proto::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::retry::Backoff;
use super::*;
use crate::clock::WallClock;
use crate::model::ConversationId;

const ME: &str = r#"{"type":"admin","id":"1","app":{"id_code":"abcd1234","name":"Example","region":"US"}}"#;
const CONVERSATION: &str = r#"{"id":"7","created_at":100,"updated_at":200}"#;

/// A server that gives its answers in order, the last one again and again, and keeps what it was asked.
struct Server {
    url: reqwest::Url,
    asked: Arc<Mutex<Vec<String>>>,
}

/// One answer as it goes over the wire.
#[derive(Clone)]
struct Answer {
    head: String,
    body: Vec<u8>,
    /// The body goes on with these for ever.
    endless: bool,
    /// How many bytes of the body are missing.
    missing: usize,
}

fn answer(status: u16, headers: &str, body: impl Into<Vec<u8>>) -> Answer {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let head = format!("HTTP/1.1 {status} Word\r\ndate: {date}\r\n{headers}");
    Answer { head, body: body.into(), endless: false, missing: 0 }
}

fn ok(body: &str) -> Answer {
    answer(200, "", body)
}

fn error(status: u16, code: &str) -> Answer {
    let body = format!(r#"{{"type":"error.list","request_id":"r1","errors":[{{"code":"{code}"}}]}}"#);
    answer(status, "", body)
}

impl Server {
    async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log) = (Arc::new(Mutex::new(VecDeque::from(answers))), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&log)));
            }
        });
        Self { url, asked }
    }

    fn client(&self) -> Intercom {
        let settings = Settings {
            wall: WallClock::system(),
            base_url: self.url.clone(),
            route: Route::default(),
            token: "secret-token".to_owned().into(),
            requests_per_minute: None,
        };
        let backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
        Intercom::with_backoff(settings, backoff).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns the first line of each request.
    fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|request| request.lines().next().unwrap().replace(" HTTP/1.1", "")).collect()
    }
}

async fn serve(mut stream: TcpStream, answers: Arc<Mutex<VecDeque<Answer>>>, log: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        log.lock().unwrap().push(request);
        let answer = {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        };
        let Some(Answer { head, body, endless, missing }) = answer else { return };
        let length = body.len() + missing;
        let framing =
            if endless { "connection: close".to_owned() } else { format!("content-length: {length}") };
        if stream.write_all(format!("{head}{framing}\r\n\r\n").as_bytes()).await.is_err() {
            return;
        }
        while stream.write_all(&body).await.is_ok() && endless {}
        if missing > 0 || endless {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
    }
}

fn id() -> ConversationId {
    ConversationId("7".to_owned())
}

fn query(after: Option<&str>) -> SearchQuery {
    SearchQuery {
        from: Timestamp(1_000),
        until: Some(Timestamp(2_000)),
        after: after.map(|cursor| Cursor(cursor.to_owned())),
        per_page: 150,
    }
}

#[tokio::test]
async fn each_request_says_who_asks_and_in_which_version() {
    let server = Server::start(vec![ok(ME)]).await;
    let workspace = server.client().me(Priority::Waiting).await.unwrap();
    assert_eq!((workspace.id.as_str(), workspace.region.as_deref()), ("abcd1234", Some("us")));
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /me HTTP/1.1\r\n"), "{asked:?}");
    for header in [
        "authorization: Bearer secret-token",
        "intercom-version: 2.16",
        "accept: application/json",
        "accept-encoding: gzip",
    ] {
        assert!(asked[0].contains(header), "{header} missing in {asked:?}");
    }
}

#[tokio::test]
async fn the_token_shows_in_no_debug_output() {
    let server = Server::start(vec![ok(ME)]).await;
    assert!(!format!("{:?}", server.client()).contains("secret-token"));
}

#[tokio::test]
async fn a_search_asks_for_one_window_and_drops_what_lies_before_it() {
    let page = r#"{"conversations":[{"id":"1","updated_at":999},{"id":2,"updated_at":"1000","created_at":5},
        {"updated_at":1500},{"id":"3","updated_at":1999},{"id":"4","updated_at":2000},{"id":"5"}],
        "total_count":6,"pages":{"next":{"page":2,"starting_after":"abc"},"per_page":"5"}}"#;
    let server = Server::start(vec![ok(page)]).await;
    let page = server.client().search(&query(Some("xyz")), Priority::Sync).await.unwrap();
    let ids: Vec<_> = page.listed.iter().map(|listed| listed.id.as_str()).collect();
    assert_eq!(ids, ["2", "3", "4", "5"], "what has changed since may tell of a later time");
    assert_eq!((page.raw_rows, page.total_count), (6, Some(6)));
    assert_eq!(page.unreadable, [Some(Timestamp(1_500))]);
    assert_eq!(page.next, Some(Cursor("abc".to_owned())));
    let asked = server.asked();
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /conversations/search HTTP/1.1\r\n"));
    let sent: serde_json::Value = serde_json::from_str(body).unwrap();
    let expected = serde_json::json!({
        "query": { "operator": "AND", "value": [
            { "field": "updated_at", "operator": ">", "value": 999 },
            { "field": "updated_at", "operator": "<", "value": 2000 },
        ]},
        "sort": { "field": "updated_at", "order": "ascending" },
        "pagination": { "per_page": 150, "starting_after": "xyz" },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_probe_is_made_once_and_says_nothing_of_how_others_fare() {
    let server = Server::start(vec![error(502, "x"), ok(CONVERSATION)]).await;
    let client = server.client();
    client.probe(&query(None), Priority::Sync).await.unwrap_err();
    assert_eq!((server.asked().len(), client.trouble()), (1, None));
}

#[tokio::test]
async fn the_date_of_an_answer_that_is_not_intercoms_is_not_believed() {
    let date = "date: Mon, 01 Jan 2035 00:00:00 GMT\r\n";
    let foreign = |status: u16| Answer {
        head: format!("HTTP/1.1 {status} Word\r\n{date}"),
        ..answer(status, "", "<html>Sign in to the hotel's network</html>")
    };
    for status in [200, 403, 502] {
        let server = Server::start(vec![foreign(status)]).await;
        let client = server.client();
        client.conversation(&id(), Priority::Sync).await.unwrap_err();
        assert_eq!(client.clock().latest(), None, "{status}");
    }
}

#[tokio::test]
async fn failures_that_may_pass_are_tried_again() {
    let html = answer(502, "content-type: text/html\r\n", "<html><body>502 Bad Gateway</body></html>");
    let cut = Answer { missing: 20, ..ok(CONVERSATION) };
    for (name, first) in [
        ("html error", html),
        ("server error", error(500, "server_error")),
        ("request timeout", error(408, "request_timeout")),
        ("empty success", ok("")),
        ("half a body", ok(&CONVERSATION[..20])),
        ("connection lost in the body", cut),
        ("not json at all", ok("<html>captive portal</html>")),
    ] {
        let server = Server::start(vec![first, ok(CONVERSATION)]).await;
        let client = server.client();
        let fetched = client.conversation(&id(), Priority::Sync).await;
        assert!(fetched.is_ok(), "{name}: {fetched:?}");
        assert_eq!(server.lines(), ["GET /conversations/7"; 2], "{name}");
        assert_eq!(client.trouble(), None, "{name}");
    }
}

#[tokio::test]
async fn four_tries_are_made_and_the_last_failure_is_told() {
    let server = Server::start(vec![error(503, "service_unavailable")]).await;
    let failure = server.client().conversation(&id(), Priority::Sync).await.unwrap_err();
    assert_eq!(server.asked().len(), 4);
    assert_eq!(failure.advice(), Advice::Retry);
    assert_eq!(
        failure.to_string(),
        "reading conversation 7: Intercom answered 503 (service_unavailable) to request r1"
    );
}

#[tokio::test]
async fn nobody_listening_is_a_passing_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let asked = Arc::default();
    let failure = Server { url, asked }.client().me(Priority::Waiting).await.unwrap_err();
    assert!(failure.is_transient());
    assert!(failure.to_string().contains("127.0.0.1 cannot be reached: "), "{failure}");
    assert!(!failure.to_string().contains("secret-token"));
}

#[tokio::test]
async fn a_refused_call_waits_and_is_no_failed_try() {
    let refused =
        answer(429, "retry-after: 0\r\nx-ratelimit-limit: 10\r\nx-ratelimit-remaining: 0\r\n", "{}");
    let server = Server::start(vec![refused, ok(ME)]).await;
    let client = server.client();
    client.me(Priority::Waiting).await.unwrap();
    let budget = client.budget();
    assert_eq!((budget.requests, budget.rate_limited, budget.in_flight, budget.limit), (2, 1, 0, Some(10)));
}

#[tokio::test]
async fn whoever_waits_is_told_of_a_long_pause_at_once() {
    let refused = answer(429, "retry-after: 40\r\n", "{}");
    let server = Server::start(vec![refused]).await;
    let client = server.client();
    let failure = client.me(Priority::Waiting).await.unwrap_err();
    let Advice::WaitUntil(left) = failure.advice() else { panic!("{failure}") };
    assert!((20..=40).contains(&left.as_secs()), "{left:?}");
    let failure = client.conversation(&id(), Priority::Waiting).await.unwrap_err();
    assert!(matches!(failure.advice(), Advice::WaitUntil(_)), "{failure}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_token_goes_nowhere_else() {
    let elsewhere = Server::start(vec![ok(ME)]).await;
    for status in [301, 302, 307, 308] {
        let server =
            Server::start(vec![answer(status, &format!("location: {}me\r\n", elsewhere.url), "")]).await;
        let failure = server.client().me(Priority::Waiting).await.unwrap_err();
        assert_eq!(failure.advice(), Advice::GiveUp(Refusal::Setup));
        assert!(failure.to_string().contains("redirects to"), "{failure}");
        assert_eq!(server.asked().len(), 1);
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server = Server::start(vec![Answer { endless: true, ..ok(&" ".repeat(1 << 20)) }]).await;
    let failure = server.client().me(Priority::Waiting).await.unwrap_err();
    assert!(failure.to_string().contains("larger than 64 MiB"), "{failure}");
}

#[tokio::test]
async fn what_is_gone_is_told_apart() {
    for status in [404, 410] {
        let server = Server::start(vec![error(status, "not_found")]).await;
        let client = server.client();
        let failure = client.conversation(&id(), Priority::Sync).await.unwrap_err();
        assert!(failure.is_not_found(), "{failure}");
        assert_eq!((server.asked().len(), client.trouble()), (1, None));
    }
}

#[tokio::test]
async fn what_every_workspace_has_and_is_not_found_is_a_wrong_address() {
    let server = Server::start(vec![answer(404, "", "no such page")]).await;
    let failure = server.client().me(Priority::Waiting).await.unwrap_err();
    assert_eq!(failure.advice(), Advice::GiveUp(Refusal::Setup));
    assert!(failure.to_string().contains("check the API address"), "{failure}");
}

#[tokio::test]
async fn one_unauthorized_answer_amid_successes_is_checked_with_me() {
    let server = Server::start(vec![error(401, "unauthorized"), ok(ME), ok(CONVERSATION)]).await;
    server.client().conversation(&id(), Priority::Sync).await.unwrap();
    assert_eq!(server.lines(), ["GET /conversations/7", "GET /me", "GET /conversations/7"]);
}

#[tokio::test]
async fn a_bad_token_is_told_with_what_to_do() {
    let server = Server::start(vec![error(401, "token_revoked")]).await;
    let failure = server.client().conversation(&id(), Priority::Sync).await.unwrap_err();
    assert_eq!(failure.advice(), Advice::GiveUp(Refusal::Token));
    assert!(failure.to_string().ends_with(Refusal::Token.action()), "{failure}");
    assert_eq!(server.lines(), ["GET /conversations/7", "GET /me"]);
}

#[tokio::test]
async fn a_refused_cursor_means_starting_the_window_again() {
    let server = Server::start(vec![error(400, "parameter_invalid")]).await;
    let client = server.client();
    let failure = client.search(&query(Some("old")), Priority::Sync).await.unwrap_err();
    assert_eq!(failure.advice(), Advice::Restart);
    let failure = client.search(&query(None), Priority::Sync).await.unwrap_err();
    assert_eq!(failure.advice(), Advice::GiveUp(Refusal::Request));
}

#[tokio::test]
async fn an_id_is_one_segment_of_the_path_whatever_is_in_it() {
    let server = Server::start(vec![ok(CONVERSATION)]).await;
    let odd = ConversationId("../me?x=1#y".to_owned());
    let failure = server.client().conversation(&odd, Priority::Sync).await.unwrap_err();
    assert_eq!(server.lines(), ["GET /conversations/..%2Fme%3Fx=1%23y"]);
    assert!(failure.to_string().contains("another conversation"), "{failure}");
}

#[tokio::test]
async fn asking_time_follows_intercoms_clock_and_never_lies_after_the_request() {
    let far_off = Answer {
        head: "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 02:01:02 GMT\r\n".to_owned(),
        ..ok(CONVERSATION)
    };
    let answered = Timestamp(1_767_232_862);
    let server = Server::start(vec![far_off]).await;
    let client = server.client();
    for _ in 0..3 {
        let asked_at = client.conversation(&id(), Priority::Sync).await.unwrap().asked_at;
        assert!(asked_at <= answered.plus(60) && asked_at >= answered.minus(60), "{asked_at}");
    }
    let first = Server::start(vec![ok(CONVERSATION)]).await;
    let now = Timestamp::from(chrono::Utc::now());
    let fetched = first.client().conversation(&id(), Priority::Sync).await.unwrap();
    assert!(fetched.asked_at < now.plus(1), "{}", fetched.asked_at);
}

#[tokio::test]
async fn contacts_are_looked_up_in_batches_that_shrink_when_refused() {
    let found = r#"{"type":"list","data":[{"id":"c1","name":"Uma","email":"uma@example.com"}]}"#;
    let server = Server::start(vec![error(400, "parameter_invalid"), ok(found)]).await;
    let ids: Vec<String> = (0..60).map(|number| format!("c{number}")).collect();
    let contacts = server.client().contacts(&ids, Priority::Sync).await.unwrap();
    let asked = |request: &String| {
        let body: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        body["query"]["value"].as_array().unwrap().len()
    };
    assert_eq!(server.asked().iter().map(asked).collect::<Vec<_>>(), [50, 25, 25, 10]);
    assert_eq!(contacts[0].contact.email.as_deref(), Some("uma@example.com"));
}

#[tokio::test]
async fn a_contact_whose_id_is_refused_keeps_no_other_from_being_looked_up() {
    let found = r#"{"type":"list","data":[{"id":"c2","name":"Uma"}]}"#;
    let refused = || error(400, "parameter_invalid");
    let server = Server::start(vec![refused(), refused(), ok(found)]).await;
    let ids = ["?".to_owned(), "c2".to_owned()];
    let contacts = server.client().contacts(&ids, Priority::Sync).await.unwrap();
    assert_eq!(contacts.len(), 1);
}

#[tokio::test]
async fn teammates_and_deletions_are_read() {
    let admins = r#"{"admins":[{"id":7000001,"name":"Ada","email":"ada@example.com"},null]}"#;
    let teams = r#"{"teams":[{"id":"8000001","name":"Support"}]}"#;
    let more = r#"{"conversations":[{"id":"55","deleted_at":900}],"total_count":61,"pages":{"next":"http://x","total_pages":2}}"#;
    let last = r#"{"conversations":[{"id":"42","deleted_at":800}],"total_count":61,"pages":{"next":null}}"#;
    let unsupported = error(400, "intercom_version_invalid");
    let server = Server::start(vec![ok(admins), ok(teams), ok(more), ok(last), unsupported]).await;
    let client = server.client();
    assert_eq!(client.admins().await.unwrap()[0].id, "7000001");
    assert_eq!(client.teams().await.unwrap()[0].name.as_deref(), Some("Support"));
    let page = client.deleted(1).await.unwrap();
    assert_eq!((page.deletions[0].deleted_at, page.total, page.last), (Timestamp(900), Some(61), false));
    assert!(client.deleted(2).await.unwrap().last);
    assert!(client.deleted(3).await.unwrap_err().is_unsupported());
    assert_eq!(server.lines()[3], "GET /conversations/deleted?order=desc&per_page=60&page=2");
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    let server = Server::start(Vec::new()).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap()).parse().unwrap();
    let client = Server { url, ..server }.client();
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.me(Priority::Waiting).await })
        })
        .collect();
    while client.budget().in_flight < 10 {
        tokio::task::yield_now().await;
    }
    for call in calls {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    assert_eq!(client.budget().in_flight, 0);
}
