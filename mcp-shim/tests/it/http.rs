//! Serving over HTTP: who is let in, and that the same is answered.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Fake, Home, Http, Response, conversation, message};

fn initialize(version: &str) -> Value {
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

#[tokio::test]
async fn a_client_with_the_token_is_served_in_every_revision() {
    let home = Home::new();
    let _daemon = Fake::with(&home.socket(), vec![conversation("123", vec![message("1", "Hello")])]);
    let http = Http::start(&home).await;
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let opened = http.post(&[], &initialize(version)).await;
        assert_eq!(opened.status, 200, "{}", opened.head);
        assert_eq!(opened.message()["result"]["protocolVersion"], version);
        let session = opened.header("Mcp-Session-Id").unwrap().to_owned();
        let headers = [("Mcp-Session-Id", session.as_str()), ("MCP-Protocol-Version", version)];
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(http.post(&headers, &ready).await.status, 202);
        let params = json!({"name": "get_conversation", "arguments": {"conversation_id": "123"}});
        let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params});
        let answer = http.post(&headers, &call).await.message();
        assert_eq!(answer["result"]["structuredContent"]["conversation"]["id"], "123", "{answer}");
        let authorization = format!("Bearer {}", http.token);
        let closing = [("Authorization", authorization.as_str()), headers[0], headers[1]];
        assert_eq!(http.send("DELETE", "/mcp", &closing, "").await.status, 204);
        assert_eq!(http.send("DELETE", "/mcp", &closing, "").await.status, 404);
        assert_eq!(http.post(&headers, &call).await.status, 404);
    }
    let answer = http.ask("tools/call", json!({"name": "get_sync_status", "arguments": {}})).await;
    assert_eq!(answer.message()["result"]["structuredContent"]["total_conversations"], 1);
}

#[tokio::test]
async fn without_the_token_nobody_is_let_in_wherever_they_ask() {
    let home = Home::new();
    let http = Http::start(&home).await;
    let wrong = format!("Bearer {}", "0".repeat(http.token.len()));
    let short = format!("Bearer {}", &http.token[1..]);
    for (method, path) in
        [("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp"), ("OPTIONS", "/mcp"), ("GET", "/mcp?a=b")]
    {
        for headers in [
            &[][..],
            &[("Authorization", wrong.as_str())],
            &[("Authorization", short.as_str())],
            &[("Authorization", "Basic dG9rZW46")],
        ] {
            let answer = http.send(method, path, headers, "").await;
            assert_eq!(answer.status, 401, "{method} {path} {headers:?}");
            assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
            assert!(!answer.body.contains(&http.token));
        }
    }
}

#[tokio::test]
async fn an_answer_of_a_session_does_not_wait_until_the_client_acknowledges_its_head() {
    let home = Home::new();
    let http = Http::start(&home).await;
    let opened = http.post(&[], &initialize("2025-11-25")).await;
    let session = opened.header("Mcp-Session-Id").unwrap().to_owned();
    let headers = [("Mcp-Session-Id", session.as_str()), ("MCP-Protocol-Version", "2025-11-25")];
    http.post(&headers, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "prompts/list"});
    // A system acknowledges after 40 ms at the earliest, unless it has something to send.
    let quickest = http.quickest(20, &headers, &list).await;
    assert!(quickest < Duration::from_millis(35), "{quickest:?}");
}

#[tokio::test]
async fn whoever_asks_how_to_get_a_token_hears_that_there_is_no_such_thing() {
    let home = Home::new();
    let http = Http::start(&home).await;
    let authorization = format!("Bearer {}", http.token);
    for path in [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/register",
        "/",
    ] {
        for headers in [&[][..], &[("Authorization", authorization.as_str())]] {
            assert_eq!(http.send("GET", path, headers, "").await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_no_message_is_answered_with_the_error_of_json_rpc() {
    let home = Home::new();
    let http = Http::start(&home).await;
    let authorization = format!("Bearer {}", http.token);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", "application/json, text/event-stream"),
        ("Content-Type", "application/json; charset=utf-8"),
    ];
    for (body, code, id) in [
        ("", -32700, json!(null)),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": ", -32700, json!(null)),
        ("tools/list", -32700, json!(null)),
        ("[]", -32600, json!(null)),
        ("7", -32600, json!(null)),
        ("{\"id\": 7, \"method\": \"tools/list\"}", -32600, json!(7)),
        ("{\"jsonrpc\": \"1.0\", \"id\": \"a\", \"method\": \"tools/list\"}", -32600, json!("a")),
    ] {
        let answer = http.send("POST", "/mcp", &headers, body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert_eq!(answer.header("Content-Type"), Some("application/json"));
        let message = answer.message();
        assert_eq!(message["jsonrpc"], "2.0", "{body}: {message}");
        assert_eq!((&message["error"]["code"], &message["id"]), (&json!(code), &id), "{body}: {message}");
    }
    let text = [headers[0], headers[1], ("Content-Type", "text/plain")];
    assert_eq!(http.send("POST", "/mcp", &text, "{}").await.status, 415);
}

#[tokio::test]
async fn a_web_page_and_a_name_of_others_for_this_machine_are_refused() {
    let home = Home::new();
    let http = Http::start(&home).await;
    for refused in [
        ("Origin", "https://example.com"),
        ("Origin", "null"),
        ("Origin", "http://localhost.example.com"),
        ("Host", "rebound.example.com"),
        ("Host", "192.0.2.1:80"),
    ] {
        let answer = http.post(&[refused], &initialize("2025-11-25")).await;
        assert_eq!(answer.status, 403, "{refused:?}: {}", answer.body);
    }
    for allowed in [("Origin", "http://localhost:3000"), ("Host", "localhost:1"), ("Host", "[::1]")] {
        let answer = http.post(&[allowed], &initialize("2025-11-25")).await;
        assert_eq!(answer.status, 200, "{allowed:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_listener_over_http_is_told_of_news() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let http = Http::start(&home).await;
    let wanted = json!({"notifications": {"resourceSubscriptions": ["intercom://status"]}});
    let telling = async {
        daemon.await_listening(1).await;
        daemon.bring("1");
    };
    let listening = http.until("notifications/resources/updated", "subscriptions/listen", wanted);
    let (told, ()) = tokio::join!(listening, telling);
    assert!(told.contains("intercom://status"), "{told}");
}

#[tokio::test]
async fn the_token_is_made_once_in_a_private_file_that_is_named() {
    let home = Home::new();
    let first = Http::start(&home).await;
    assert!(first.said.contains(home.token().to_str().unwrap()), "{}", first.said);
    assert!(!first.said.contains(&first.token), "{}", first.said);
    assert_eq!(std::fs::metadata(home.token()).unwrap().permissions().mode() & 0o777, 0o600);
    let second = Http::start(&home).await;
    assert_eq!(first.token, second.token);
}

#[test]
fn an_address_that_others_can_reach_is_refused_before_anything_listens() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.com:80", "80"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_syncd-mcp")).args(["--http", address]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}");
        assert!(output.stderr.starts_with(b"error: "), "{address}");
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused() {
    let home = Home::new();
    let http = Http::start(&home).await;
    let long: Response = http.post(&[], &json!({"padding": "x".repeat(2 << 20)})).await;
    assert_eq!(long.status, 413);
}
