//! The change of a configuration's text. Everything else in it stays: order, comments, indentation, line ends. Pure.

use std::path::Path;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde::de::IgnoredAny;
use thiserror::Error;

use super::clients::Client;
use super::server::{PROGRAM, SOCKET, Server};

/// The name of our server, unless the user has another one for it.
pub(super) const NAME: &str = "intercom";
/// Some editors begin a file with it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// JSON with comments and trailing commas, and nothing else that it is not.
const DIALECT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Why a configuration is left as it is.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is not what its program reads.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Where an object belongs stands something else.
    #[error("{0} is not an object")]
    NoObject(String),
    /// The name is taken by a server that is not ours.
    #[error("it has a server named {0:?} already, which is not syncd-mcp: choose another name with --name")]
    Taken(String),
}

/// What became of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// The server is new in it.
    Added(String),
    /// The server was in it, and was started otherwise.
    Updated(String),
    /// The server is gone from it.
    Removed(String),
    /// It is as it should be.
    Unchanged,
}

/// Returns the text with the server in it: under this name, or else where it is already, or under the usual name.
///
/// # Errors
/// When the text cannot be read, or the name is somebody else's.
pub(super) fn add(
    text: &str,
    client: Client,
    name: Option<&str>,
    server: &Server,
) -> Result<Edited, Unusable> {
    let file = Parsed::read(text, client)?;
    let root = file.root.object_value_or_create().ok_or_else(|| Unusable::NoObject("the file".to_owned()))?;
    let servers = root
        .object_value_or_create(client.key())
        .ok_or_else(|| Unusable::NoObject(format!("`{}`", client.key())))?;
    let mut ours: Vec<_> =
        servers.properties().into_iter().filter(|prop| is_ours(prop) && is_named(prop, name)).collect();
    // The usual one first.
    ours.sort_by_key(|prop| !is_named(prop, Some(NAME)));
    let name = name.unwrap_or(NAME);
    if let Some(prop) = ours.first() {
        if let Some(entry) = prop.object_value() {
            update(&entry, server);
        }
        return Ok(if file.is_as_before(text) { Edited::Unchanged } else { Edited::Updated(file.text()) });
    }
    if servers.get(name).is_some() {
        return Err(Unusable::Taken(name.to_owned()));
    }
    servers.append(name, server.entry(client));
    Ok(Edited::Added(file.text()))
}

/// Returns the text without any server that is ours, or without the one of this name.
///
/// # Errors
/// When the text cannot be read.
pub(super) fn remove(text: &str, client: Client, name: Option<&str>) -> Result<Edited, Unusable> {
    let file = Parsed::read(text, client)?;
    let servers = file.root.object_value().and_then(|root| root.object_value(client.key()));
    let properties = servers.iter().flat_map(CstObject::properties);
    for prop in properties.filter(|prop| is_ours(prop) && is_named(prop, name)) {
        prop.remove();
    }
    Ok(if file.is_as_before(text) { Edited::Unchanged } else { Edited::Removed(file.text()) })
}

/// Returns the command of our server, if the text has one.
///
/// # Errors
/// When the text cannot be read.
pub(crate) fn server_command(text: &str, client: Client) -> Result<Option<String>, Unusable> {
    let file = Parsed::read(text, client)?;
    let servers = file.root.object_value().and_then(|root| root.object_value(client.key()));
    let found = servers.iter().flat_map(CstObject::properties).find(is_ours);
    Ok(found.and_then(|prop| command(&prop)))
}

struct Parsed {
    mark: Option<char>,
    root: CstRootNode,
}

impl Parsed {
    fn read(text: &str, client: Client) -> Result<Self, Unusable> {
        let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (Some(BYTE_ORDER_MARK), rest),
            None => (None, text),
        };
        // The parser that keeps comments takes them always.
        if !client.takes_comments() && !text.trim().is_empty() {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
                let told = error.to_string();
                Unusable::Malformed {
                    line: error.line(),
                    column: error.column(),
                    message: told.split(" at line ").next().unwrap_or_default().to_owned(),
                }
            })?;
        }
        let root = CstRootNode::parse(text, &DIALECT).map_err(|error| Unusable::Malformed {
            line: error.line_display(),
            column: error.column_display(),
            message: error.kind().to_string().to_lowercase(),
        })?;
        Ok(Self { mark, root })
    }

    fn text(&self) -> String {
        self.mark.iter().map(char::to_string).chain([self.root.to_string()]).collect()
    }

    fn is_as_before(&self, text: &str) -> bool {
        self.text() == text
    }
}

fn is_ours(prop: &CstObjectProp) -> bool {
    command(prop).is_some_and(|command| Path::new(&command).file_name().is_some_and(|name| name == PROGRAM))
}

/// Says whether an entry has this name, if one is asked for.
fn is_named(prop: &CstObjectProp, name: Option<&str>) -> bool {
    name.is_none_or(|name| prop.decoded_name().as_deref() == Some(name))
}

fn command(prop: &CstObjectProp) -> Option<String> {
    prop.object_value()?.get("command")?.value()?.as_string_lit()?.decoded_value().ok()
}

/// Changes what matters of an entry, and leaves the user's own additions.
fn update(entry: &CstObject, server: &Server) {
    set(entry, "command", &server.command);
    match (&server.socket, entry.object_value("env")) {
        (Some(socket), Some(env)) => set(&env, SOCKET, socket),
        (Some(socket), None) => {
            let env = CstInputValue::Object(vec![(SOCKET.to_owned(), socket.clone().into())]);
            match entry.get("env") {
                Some(prop) => prop.set_value(env),
                None => drop(entry.append("env", env)),
            }
        }
        // One that is there already was put there on purpose.
        (None, _) => {}
    }
}

fn set(object: &CstObject, key: &str, text: &str) {
    match object.get(key) {
        Some(prop) => {
            let before = prop.value().and_then(|value| value.as_string_lit()?.decoded_value().ok());
            if before.as_deref() != Some(text) {
                prop.set_value(text.into());
            }
        }
        None => drop(object.append(key, text.into())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn server(socket: Option<&str>) -> Server {
        Server { command: "/home/u/bin/syncd-mcp".to_owned(), socket: socket.map(str::to_owned) }
    }

    fn added(text: &str, client: Client) -> String {
        match add(text, client, None, &server(None)).unwrap() {
            Edited::Added(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_file_and_one_without_servers_get_the_key() {
        let alone = "{\n  \"mcpServers\": {\n    \"intercom\": {\n      \"command\": \"/home/u/bin/syncd-mcp\",\n      \
                     \"args\": []\n    }\n  }\n}\n";
        for text in ["", "\n", "{}", "{}\n"] {
            assert_eq!(added(text, Client::ClaudeDesktop).trim_end(), alone.trim_end(), "{text:?}");
        }
    }

    #[test]
    fn what_is_in_the_file_stays_with_its_order_comments_indentation_and_line_ends() {
        let before = "// mine\r\n{\r\n\t\"inputs\": [1,2 , 3],\r\n\t\"servers\": {\r\n\t\t// another\r\n\t\t\"other\": { \"url\": \
                      \"https://example.com\" }, // it\r\n\t},\r\n}\r\n";
        let after = added(before, Client::Vscode);
        let kept = "// mine\r\n{\r\n\t\"inputs\": [1,2 , 3],\r\n\t\"servers\": {\r\n\t\t// another\r\n\t\t\"other\": { \"url\": \
                    \"https://example.com\" }, // it\r\n\t\t\"intercom\": {\r\n\t\t\t\"type\": \"stdio\",\r\n";
        assert!(after.starts_with(kept), "{after:?}");
        assert_eq!(add(&after, Client::Vscode, None, &server(None)).unwrap(), Edited::Unchanged);
        let Edited::Removed(removed) = remove(&after, Client::Vscode, None).unwrap() else {
            panic!("{after}")
        };
        assert_eq!(removed, before);
    }

    #[test]
    fn a_byte_order_mark_stays_where_it_is() {
        assert!(added("\u{feff}{}", Client::Cursor).starts_with("\u{feff}{\n"));
    }

    #[test]
    fn another_version_of_ours_is_updated_whatever_its_name_and_keeps_what_was_added_to_it() {
        let before = "{\"mcpServers\": {\"mine\": {\"command\": \"/old/syncd-mcp\", \"args\": [\"-v\"], \"disabled\": true}}}";
        let Edited::Updated(after) = add(before, Client::Cursor, None, &server(None)).unwrap() else {
            panic!()
        };
        assert_eq!(after, before.replace("/old/", "/home/u/bin/"));
    }

    #[test]
    fn one_that_is_named_is_another_one_and_leaves_those_of_other_names_alone() {
        let first = added("{}", Client::Cursor);
        let other = add(&first, Client::Cursor, Some("intercom-eu"), &server(Some("/run/eu.sock"))).unwrap();
        let Edited::Added(both) = other else { panic!("{other:?}") };
        let json: serde_json::Value = serde_json::from_str(&both).unwrap();
        assert_eq!(json["mcpServers"]["intercom"].get("env"), None);
        assert_eq!(json["mcpServers"]["intercom-eu"]["env"][SOCKET], "/run/eu.sock");
        let Edited::Removed(left) = remove(&both, Client::Cursor, Some("intercom-eu")).unwrap() else {
            panic!("{both}")
        };
        assert_eq!(left, first);
        assert_eq!(remove(&first, Client::Cursor, Some("intercom-eu")).unwrap(), Edited::Unchanged);
    }

    #[test]
    fn another_socket_is_passed_on_and_stays_until_it_is_changed() {
        let plain = added("{}", Client::ClaudeCode);
        let with = add(&plain, Client::ClaudeCode, None, &server(Some("/run/\"x\".sock"))).unwrap();
        let Edited::Updated(with) = with else { panic!("{with:?}") };
        let json: serde_json::Value = serde_json::from_str(&with).unwrap();
        assert_eq!(json["mcpServers"]["intercom"]["env"][SOCKET], "/run/\"x\".sock");
        assert_eq!(add(&with, Client::ClaudeCode, None, &server(None)).unwrap(), Edited::Unchanged);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let cases = [
            (Client::ClaudeDesktop, "{\n  \"mcpServers\": {,}\n}", 2, 18),
            (Client::ClaudeCode, "{\n  // no\n}", 2, 3),
            (Client::ClaudeCode, "{\"a\": 1,}", 1, 9),
            (Client::ClaudeCode, "{\"a\": 1", 1, 7),
            (Client::Vscode, "{\n  \"servers\": {,}\n}", 2, 15),
            (Client::Cursor, "{\n  a: 1\n}", 2, 3),
            (Client::Cursor, "{} {}", 1, 4),
        ];
        for (client, text, at_line, at_column) in cases {
            let error = add(text, client, None, &server(None)).unwrap_err();
            let Unusable::Malformed { line, column, .. } = &error else { panic!("{error:?}") };
            assert_eq!((*line, *column), (at_line, at_column), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_somebody_elses_is_left_alone() {
        for (text, key) in [("[]", "the file"), ("{\"mcpServers\": []}", "`mcpServers`")] {
            let error = add(text, Client::Cursor, None, &server(None)).unwrap_err();
            assert_eq!(error, Unusable::NoObject(key.to_owned()));
        }
        let taken = "{\"mcpServers\": {\"intercom\": {\"command\": \"npx\", \"args\": [\"syncd-mcp\"]}}}";
        let error = add(taken, Client::Cursor, None, &server(None)).unwrap_err();
        assert_eq!(error, Unusable::Taken("intercom".to_owned()));
        assert_eq!(remove(taken, Client::Cursor, None).unwrap(), Edited::Unchanged);
        assert!(matches!(add(taken, Client::Cursor, Some("mine"), &server(None)), Ok(Edited::Added(_))));
    }
}
