//! A server as programs write it down: the fields of its entry, and what they say of how it is reached.

use std::path::Path;

use proto::local::Workspace;
use serde_json::{Map, Value, json};

use super::server::{PROGRAM, SOCKET, Server};

/// The fields of a server, in the order in which they are written.
pub(super) type Entry = Vec<(&'static str, Value)>;

/// What a sandboxed program starts others with.
pub(super) const SPAWN: &str = "flatpak-spawn";
/// Fields that programs have for what they start.
const COMMANDS: [&str; 2] = ["command", "cmd"];
/// Fields that programs have for the address of a server.
const ADDRESSES: [&str; 4] = ["url", "httpUrl", "serverUrl", "uri"];
/// Fields that belong to one way to reach a server, and go when it is reached in another.
const OF_ONE_WAY: [&str; 13] = [
    "type",
    "command",
    "cmd",
    "args",
    "env",
    "envs",
    "environment",
    "url",
    "httpUrl",
    "serverUrl",
    "uri",
    "headers",
    "http_headers",
];
/// Fields that are the user's once they are there.
const OF_THE_USER: [&str; 5] = ["enabled", "tools", "timeout", "description", "source"];

/// `command`, `args`, `env`; or `url`, `headers`.
pub(super) fn plain(server: &Server, _: &str) -> Option<Entry> {
    Some(fields(server, "env", "url", "headers"))
}

/// As [`plain`], for programs that do not know servers that they have not started.
pub(super) fn program_only(server: &Server, name: &str) -> Option<Entry> {
    matches!(server, Server::Program { .. }).then(|| plain(server, name)).flatten()
}

/// As [`plain`], with the transport in front.
pub(super) fn typed(server: &Server, name: &str) -> Option<Entry> {
    Some(typed_as(server, "stdio", "http", plain(server, name)?))
}

pub(super) fn copilot(server: &Server, name: &str) -> Option<Entry> {
    let mut entry = typed_as(server, "local", "http", plain(server, name)?);
    entry.push(("tools", json!(["*"])));
    Some(entry)
}

pub(super) fn windsurf(server: &Server, _: &str) -> Option<Entry> {
    Some(fields(server, "env", "serverUrl", "headers"))
}

/// `url` alone would mean the older transport over HTTP.
pub(super) fn gemini(server: &Server, _: &str) -> Option<Entry> {
    Some(fields(server, "env", "httpUrl", "headers"))
}

pub(super) fn zed(server: &Server, name: &str) -> Option<Entry> {
    let source = ("source", json!("custom"));
    Some([source].into_iter().chain(plain(server, name)?).collect())
}

pub(super) fn codex(server: &Server, _: &str) -> Option<Entry> {
    Some(fields(server, "env", "url", "http_headers"))
}

/// One list for the command and its arguments.
pub(super) fn opencode(server: &Server, _: &str) -> Option<Entry> {
    let mut entry = match server {
        Server::Program { command, args, socket } => {
            let words: Vec<_> = [command].into_iter().chain(args).collect();
            let entry = vec![("type", json!("local")), ("command", json!(words))];
            entry.into_iter().chain(environment("environment", socket.as_deref())).collect()
        }
        Server::Http { .. } => {
            typed_as(server, "local", "remote", fields(server, "environment", "url", "headers"))
        }
    };
    entry.push(("enabled", json!(true)));
    Some(entry)
}

pub(super) fn goose(server: &Server, name: &str) -> Option<Entry> {
    let mut entry = vec![
        ("enabled", json!(true)),
        ("name", json!(name)),
        ("description", json!("Intercom conversations, from a local copy")),
    ];
    match server {
        Server::Program { command, args, socket } => {
            entry.extend([("type", json!("stdio")), ("cmd", json!(command)), ("args", json!(args))]);
            entry.extend(environment("envs", socket.as_deref()));
        }
        Server::Http { .. } => {
            entry.push(("type", json!("streamable_http")));
            entry.extend(fields(server, "envs", "uri", "headers"));
        }
    }
    entry.push(("timeout", json!(300)));
    Some(entry)
}

fn typed_as(server: &Server, program: &str, http: &str, entry: Entry) -> Entry {
    let word = if matches!(server, Server::Program { .. }) { program } else { http };
    [("type", json!(word))].into_iter().chain(entry).collect()
}

fn fields(server: &Server, env: &'static str, address: &'static str, headers: &'static str) -> Entry {
    match server {
        Server::Program { command, args, socket } => {
            let entry = vec![("command", json!(command)), ("args", json!(args))];
            entry.into_iter().chain(environment(env, socket.as_deref())).collect()
        }
        Server::Http { url, token } => {
            vec![(address, json!(url)), (headers, json!({ "Authorization": format!("Bearer {token}") }))]
        }
    }
}

fn environment(field: &'static str, socket: Option<&str>) -> Option<(&'static str, Value)> {
    socket.map(|socket| (field, json!({ SOCKET: socket })))
}

/// How an entry reaches our server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// By starting this program.
    Program(String),
    /// At this address.
    Address(String),
}

/// Returns how an entry reaches our server; `None` if it is somebody else's, or another workspace's. An address alone says too little: a server at
/// one is ours if it has our name.
pub(super) fn start(entry: &Value, has_our_name: bool) -> Option<Start> {
    let is_named = |word: &str, name| Path::new(word).file_name().is_some_and(|file| file == name);
    let words = words(entry);
    if !Workspace::chosen().is_named_by(&words) {
        return None;
    }
    match words.first() {
        Some(command) if is_named(command, PROGRAM) => Some(Start::Program((*command).to_owned())),
        Some(command) if is_named(command, SPAWN) => {
            let program = words.iter().find(|word| is_named(word, PROGRAM))?;
            Some(Start::Program((*program).to_owned()))
        }
        Some(_) => None,
        None => {
            let address = ADDRESSES.iter().find_map(|field| entry[field].as_str())?;
            let is_here = ["http://127.", "http://[::1]", "http://localhost"]
                .iter()
                .any(|start| address.starts_with(start));
            (has_our_name && is_here && address.ends_with("/mcp")).then(|| Start::Address(address.to_owned()))
        }
    }
}

/// Returns the command of an entry and its arguments.
fn words(entry: &Value) -> Vec<&str> {
    fn list(value: &Value) -> impl Iterator<Item = &str> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str)
    }
    match COMMANDS.iter().map(|field| &entry[field]).find(|command| !command.is_null()) {
        Some(Value::String(command)) => [command.as_str()].into_iter().chain(list(&entry["args"])).collect(),
        Some(words) => list(words).collect(),
        None => Vec::new(),
    }
}

/// Returns the fields of an entry of ours that have to change, and those that have to go, for it to be as `new`. What the
/// user has added stays.
pub(super) fn changes(old: &Value, new: &Entry) -> (Entry, Vec<&'static str>) {
    let is_new = |field: &str| new.iter().any(|(name, _)| *name == field);
    let address = |has: &dyn Fn(&str) -> bool| ADDRESSES.iter().any(|field| has(field));
    let other_way = address(&|field| !old[field].is_null()) != address(&is_new);
    let goes = |field: &&str| other_way && !old[*field].is_null() && !is_new(field);
    let gone = OF_ONE_WAY.into_iter().filter(goes).collect();
    let differing = new.iter().filter_map(|(field, value)| {
        let found = &old[*field];
        let value = match (*field, found, value) {
            // The user may have added others.
            (_, Value::Object(found), Value::Object(value)) => Value::Object(joined(found, value)),
            // As above; but ours name the program where it is started by another one.
            ("args", Value::Array(found), Value::Array(value)) if value.is_empty() && !spawns(found) => {
                return None;
            }
            _ if OF_THE_USER.contains(field) && !found.is_null() => return None,
            _ => value.clone(),
        };
        (*found != value).then_some((*field, value))
    });
    (differing.collect(), gone)
}

fn joined(found: &Map<String, Value>, value: &Map<String, Value>) -> Map<String, Value> {
    let mut all = found.clone();
    all.extend(value.clone());
    all
}

fn spawns(args: &[Value]) -> bool {
    args.iter()
        .filter_map(Value::as_str)
        .any(|word| Path::new(word).file_name().is_some_and(|name| name == PROGRAM))
}
