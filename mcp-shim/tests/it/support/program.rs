//! The program as its client sees it: JSON lines in and out.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{Home, soon};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_syncd-mcp");
/// The revision without a handshake.
pub(crate) const NEWEST: &str = "2026-07-28";
/// The access token in the program's environment.
pub(crate) const TOKEN: &str = "dG9rOm1hZGUtdXA=";

/// How a client opens its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// With `initialize`.
    Handshake,
    /// Not at all: every request says what it speaks.
    Stateless,
}

impl Era {
    pub(crate) const BOTH: [Self; 2] = [Self::Handshake, Self::Stateless];
}

/// Returns a command that knows of nothing but this home.
pub(crate) fn command(program: &Path, home: &Home) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", home.path(""))
        .env("INTERCOM_ACCESS_TOKEN", TOKEN)
        .env("PATH", home.path("bin"))
        // Central Europe's rules, which need no files.
        .env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        .env("XDG_RUNTIME_DIR", home.path("run"))
        .env("XDG_CONFIG_HOME", home.path("config"))
        .env("XDG_STATE_HOME", home.path("state"));
    command
}

pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    era: Era,
    last_id: u64,
    /// Notifications that came before the last response.
    pub(crate) notifications: Vec<Value>,
}

impl Program {
    /// Starts the program in this home, before a client has said anything.
    pub(crate) fn start(home: &Home) -> Self {
        Self::run(Path::new(PROGRAM), home)
    }

    /// Starts it from a folder where no `syncd` is, since the build's own may lie beside it.
    pub(crate) fn start_alone(home: &Home) -> Self {
        let own = home.path("syncd-mcp");
        if !own.exists() && std::fs::hard_link(PROGRAM, &own).is_err() {
            std::fs::copy(PROGRAM, &own).unwrap();
        }
        Self::run(&own, home)
    }

    fn run(program: &Path, home: &Home) -> Self {
        let mut child = command(program, home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, output, era: Era::Stateless, last_id: 0, notifications: Vec::new() }
    }

    /// Starts it and opens the session.
    pub(crate) async fn open(home: &Home, era: Era) -> Self {
        Self::start(home).opened(era).await
    }

    pub(crate) async fn opened(mut self, era: Era) -> Self {
        if era == Era::Handshake {
            let answer = self.initialize("2025-11-25").await;
            assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
        }
        self
    }

    pub(crate) async fn initialize(&mut self, version: &str) -> Value {
        self.era = Era::Handshake;
        let client = json!({"name": "test", "version": "1"});
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let answer = self.request("initialize", params).await;
        self.notify("notifications/initialized", json!({})).await;
        answer
    }

    /// Sends a request and returns its id.
    pub(crate) async fn send(&mut self, method: &str, mut params: Value) -> u64 {
        self.last_id += 1;
        if self.era == Era::Stateless {
            describe(&mut params);
        }
        self.write(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})).await;
        self.last_id
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// Returns the next response, which must be to this request; collects what is notified before it.
    pub(crate) async fn response(&mut self, id: u64) -> Value {
        self.notifications.clear();
        loop {
            let line =
                soon("a response", self.output.next_line()).await.unwrap().expect("the program has left");
            let message: Value = serde_json::from_str(&line).unwrap();
            if message.get("id").is_none() {
                self.notifications.push(message);
                continue;
            }
            assert_eq!(message["id"], id, "{message}");
            return message;
        }
    }

    /// Returns the next notification, which must be of this kind.
    pub(crate) async fn notification(&mut self, method: &str) -> Value {
        let line =
            soon("a notification", self.output.next_line()).await.unwrap().expect("the program has left");
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["method"], method, "{message}");
        message
    }

    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.response(id).await
    }

    /// Calls a tool and returns its result.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool that must fail, and returns what it says.
    pub(crate) async fn failing_call(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Ends the input and returns how the program left.
    pub(crate) async fn close(&mut self) -> ExitStatus {
        self.input = None;
        soon("leaving", self.child.wait()).await.unwrap()
    }

    async fn write(&mut self, message: &Value) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
}

/// Adds what a request has to say where there is no handshake.
pub(crate) fn describe(params: &mut Value) {
    let meta = &mut params["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = json!(NEWEST);
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "1"});
}
