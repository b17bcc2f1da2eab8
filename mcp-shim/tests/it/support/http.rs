//! The program as its clients over HTTP see it: bytes on a TCP connection.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;

use super::program::{NEWEST, PROGRAM, command, describe};
use super::{Home, soon};

pub(crate) struct Http {
    address: SocketAddr,
    /// The token, from the file that the program names.
    pub(crate) token: String,
    /// What the program said when it was ready.
    pub(crate) said: String,
    _child: Child,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    /// Returns the message in the body, be it an event of a stream.
    pub(crate) fn message(&self) -> Value {
        let messages = self.body.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
        messages.filter_map(|line| serde_json::from_str(line).ok()).next_back().unwrap_or_else(|| {
            panic!("there is no message: {} {} {}", self.status, self.head, self.body);
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Http {
    /// Starts the program on a port of its own choice.
    pub(crate) async fn start(home: &Home) -> Self {
        let mut child = command(Path::new(PROGRAM), home)
            .args(["--http", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = soon("listening", lines.next_line()).await.unwrap().expect("the program has left");
        let address = said.split_once("http://").unwrap().1.split_once('/').unwrap().0.parse().unwrap();
        let token = std::fs::read_to_string(home.token()).unwrap().trim_end().to_owned();
        // What it says later must not stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { address, token, said, _child: child }
    }

    /// Sends a request as it is and returns the whole answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        soon("an answer", stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { dechunked(body) } else { body.to_owned() };
        Response { status, head: head.to_owned(), body }
    }

    /// Posts a message with the token and these further headers.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], message: &Value) -> Response {
        let authorization = format!("Bearer {}", self.token);
        let mut all = vec![
            ("Authorization", authorization.as_str()),
            ("Accept", "application/json, text/event-stream"),
            ("Content-Type", "application/json"),
        ];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        self.send("POST", "/mcp", &all, &message.to_string()).await
    }

    /// Posts the same message so many times over one connection, and returns how long the quickest answer took.
    pub(crate) async fn quickest(&self, times: u32, headers: &[(&str, &str)], message: &Value) -> Duration {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let body = message.to_string();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/json, \
             text/event-stream\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        let mut quickest = Duration::MAX;
        for _ in 0..times {
            let asked = Instant::now();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // The last chunk is an empty one.
            while !answer.ends_with(b"\r\n0\r\n\r\n") {
                soon("an answer", stream.read_buf(&mut answer)).await.unwrap();
            }
            quickest = quickest.min(asked.elapsed());
        }
        quickest
    }

    /// Asks without a session, in the newest revision.
    pub(crate) async fn ask(&self, method: &str, mut params: Value) -> Response {
        describe(&mut params);
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![("MCP-Protocol-Version", NEWEST), ("Mcp-Method", method)];
        if !name.is_empty() {
            headers.push(("Mcp-Name", &name));
        }
        self.post(&headers, &message).await
    }

    /// Asks as [`Http::ask`] does, and returns what was answered up to a line with these words; then leaves.
    pub(crate) async fn until(&self, words: &str, method: &str, mut params: Value) -> String {
        describe(&mut params);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/json, \
             text/event-stream\r\nContent-Type: application/json\r\nMCP-Protocol-Version: {NEWEST}\r\nMcp-Method: \
             {method}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        let mut said = String::new();
        while !said.lines().last().is_some_and(|line| line.contains(words)) {
            let line = soon("an event", lines.next_line()).await.unwrap();
            said += &line.unwrap_or_else(|| panic!("the stream has ended: {said}"));
            said.push('\n');
        }
        said
    }
}

fn dechunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole += &rest[..size];
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}
