//! The change of a configuration's text. Everything else in it stays: order, comments, indentation, line ends. Pure.

mod json;
#[cfg(test)]
mod tests;
mod toml;
mod yaml;

use std::borrow::Cow;

use proto::local::Workspace;
use serde_json::{Map, Value};
use thiserror::Error;

use super::clients::{Client, Format};
use super::entry::{self, Entry, Start};
use super::server::Server;

/// The name of our server, unless the user has another one for it. Intercom's own server is called `intercom`.
const NAME: &str = "syncd";
/// What earlier versions called it.
const FORMER: &str = "intercom";
/// What a configuration as a whole is called.
const WHOLE: &str = "the file";
/// Some editors begin a file with it.
const BYTE_ORDER_MARK: char = '\u{feff}';

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
    /// It is written in a way that cannot be changed here without changing more than our server.
    #[error("it cannot be changed without touching more than our server: {0}")]
    Fragile(&'static str),
    /// Where an object belongs stands something else.
    #[error("{0} is not an object")]
    NoObject(String),
    /// The name is taken by a server that is not ours.
    #[error("it has a server named {0:?} already, which is not syncd-mcp: choose another name with --name")]
    Taken(String),
    /// The program does not know this kind of server.
    #[error("it does not support servers over HTTP: leave out --http")]
    NoHttp,
}

/// What became of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// The server is new in it.
    Added(String),
    /// The server was in it, and was reached otherwise.
    Updated(String),
    /// The server was in it under the name that earlier versions gave it.
    Renamed(String),
    /// The server is gone from it.
    Removed(String),
    /// It is as it should be.
    Unchanged,
}

/// A configuration in its own format. What is named is there.
trait Document {
    /// Returns all that it says; nothing for an empty one.
    fn value(&self) -> Value;
    /// Adds a server behind the others.
    fn insert(&mut self, name: &str, entry: &Entry) -> Result<(), Unusable>;
    /// Gives a server another name.
    fn rename(&mut self, name: &str, new: &str);
    /// Takes a server out.
    fn remove(&mut self, name: &str);
    /// Sets a field of a server; of an object only what is in `value`.
    fn set(&mut self, name: &str, field: &str, value: &Value);
    /// Takes a field of a server out.
    fn unset(&mut self, name: &str, field: &str);
    /// Returns it as text.
    fn text(&self) -> String;
}

/// Returns the text with the server in it: under this name, or else where it is already, or under the usual name.
///
/// # Errors
/// When the text cannot be read, or the name is somebody else's.
pub(super) fn add(
    text: &str,
    client: &Client,
    name: Option<&str>,
    server: &Server,
) -> Result<Edited, Unusable> {
    let mut file = File::read(text, client)?;
    let servers = file.servers()?;
    let usual = self::name();
    let mut ours = ours(&servers, name);
    ours.sort_by_key(|(name, _)| {
        [usual.as_str(), FORMER].iter().position(|usual| usual == name).unwrap_or(2)
    });
    let entry = |name: &str| (client.entry)(server, name).ok_or(Unusable::NoHttp);
    let Some((found, old)) = ours.first().copied() else {
        let name = name.unwrap_or(&usual);
        if servers.contains_key(name) {
            return Err(Unusable::Taken(name.to_owned()));
        }
        file.document.insert(name, &entry(name)?)?;
        return Ok(Edited::Added(file.changed(&[], Some(name))?));
    };
    let is_former = name.is_none() && found == FORMER && !servers.contains_key(&usual);
    let name = if is_former { &usual } else { found };
    let (changed, gone) = entry::changes(old, &entry(name)?);
    for field in &gone {
        file.document.unset(found, field);
    }
    for (field, value) in &changed {
        file.document.set(found, field, value);
    }
    if is_former {
        file.document.rename(found, name);
        return Ok(Edited::Renamed(file.changed(&[found], Some(name))?));
    }
    if changed.is_empty() && gone.is_empty() {
        return Ok(Edited::Unchanged);
    }
    Ok(Edited::Updated(file.changed(&[], Some(name))?))
}

/// Returns the text without any server that is ours, or without the one of this name.
///
/// # Errors
/// When the text cannot be read.
pub(super) fn remove(text: &str, client: &Client, name: Option<&str>) -> Result<Edited, Unusable> {
    let mut file = File::read(text, client)?;
    let servers = file.servers()?;
    let names: Vec<_> = ours(&servers, name).into_iter().map(|(name, _)| name).collect();
    if names.is_empty() {
        return Ok(Edited::Unchanged);
    }
    for name in &names {
        file.document.remove(name);
    }
    Ok(Edited::Removed(file.changed(&names, None)?))
}

/// Returns how our server is reached, if the text has it.
///
/// # Errors
/// When the text cannot be read.
pub(super) fn find(text: &str, client: &Client) -> Result<Option<Start>, Unusable> {
    let usual = name();
    let servers = File::read(text, client)?.servers()?;
    Ok(servers.iter().find_map(|(name, entry)| entry::start(entry, *name == usual)))
}

/// Returns the usual name of the workspace's server.
pub(super) fn name() -> String {
    Workspace::chosen().name().map_or_else(|| NAME.to_owned(), |name| format!("{NAME}-{name}"))
}

/// Returns all that a text says.
///
/// # Errors
/// When the text cannot be read.
pub(super) fn value(text: &str, client: &Client) -> Result<Value, Unusable> {
    Ok(File::read(text, client)?.document.value())
}

/// Returns the servers that are ours and have this name, if one is asked for.
fn ours<'a>(servers: &'a Map<String, Value>, name: Option<&str>) -> Vec<(&'a str, &'a Value)> {
    let usual = self::name();
    let is_ours = |(found, entry): &(&str, &Value)| {
        let has_our_name = *found == name.unwrap_or(&usual);
        (name.is_none() || has_our_name) && entry::start(entry, has_our_name).is_some()
    };
    servers.iter().map(|(name, entry)| (name.as_str(), entry)).filter(is_ours).collect()
}

/// A text, and what is around it that its format need not know of.
struct File<'a> {
    client: &'a Client,
    has_mark: bool,
    has_returns: bool,
    document: Box<dyn Document>,
    before: Value,
    /// The document would be written as it was read.
    is_faithful: bool,
}

impl<'a> File<'a> {
    fn read(text: &str, client: &'a Client) -> Result<Self, Unusable> {
        let (has_mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let returns = text.matches("\r\n").count();
        let has_returns = returns > 0 && returns == text.matches('\n').count();
        let text = if has_returns { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
        let document = document(&text, client)?;
        let before = document.value();
        // A last line without an end may get one.
        let is_faithful = document.text().trim_end_matches('\n') == text.trim_end_matches('\n');
        Ok(Self { client, has_mark, has_returns, document, before, is_faithful })
    }

    fn servers(&self) -> Result<Map<String, Value>, Unusable> {
        servers(&self.before, self.client.keys)
    }

    /// Returns the text after a change that took servers out and left one in it, having made sure that it is so and that all
    /// else in it says what it said.
    fn changed(&self, gone: &[&str], there: Option<&str>) -> Result<String, Unusable> {
        if !self.is_faithful {
            return Err(Unusable::Fragile(
                "its lines end in different ways, or it has a form that is not known here",
            ));
        }
        let (text, keys) = (self.document.text(), self.client.keys);
        let after = document(&text, self.client)?.value();
        let found = servers(&after, keys)?;
        let touched: Vec<_> = gone.iter().copied().chain(there).collect();
        let is_done = touched.iter().all(|name| found.contains_key(*name) == (there == Some(name)));
        if !is_done || without(&after, keys, &touched) != without(&self.before, keys, &touched) {
            return Err(Unusable::Fragile("it has a form that is not known here"));
        }
        let text = if self.has_returns { text.replace('\n', "\r\n") } else { text };
        Ok(if self.has_mark { format!("{BYTE_ORDER_MARK}{text}") } else { text })
    }
}

/// Returns the servers that a configuration has at these keys.
fn servers(value: &Value, keys: &[&str]) -> Result<Map<String, Value>, Unusable> {
    match (value, keys) {
        (Value::Null, _) => Ok(Map::new()),
        (Value::Object(servers), []) => Ok(servers.clone()),
        (Value::Object(fields), [key, below @ ..]) => {
            servers(fields.get(*key).unwrap_or(&Value::Null), below).map_err(|error| match error {
                Unusable::NoObject(name) if name == WHOLE => Unusable::NoObject(format!("`{key}`")),
                other => other,
            })
        }
        _ => Err(Unusable::NoObject(WHOLE.to_owned())),
    }
}

fn document(text: &str, client: &Client) -> Result<Box<dyn Document>, Unusable> {
    let keys = client.keys;
    Ok(match client.format {
        Format::Json => Box::new(json::Json::strictly(text, keys)?),
        Format::JsonWithComments => Box::new(json::Json::read(text, keys)?),
        Format::Toml => Box::new(toml::Toml::read(text, keys)?),
        Format::Yaml => Box::new(yaml::Yaml::read(text, keys)?),
    })
}

/// Returns a value without these servers, and without what is empty then.
fn without(value: &Value, keys: &[&str], names: &[&str]) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut fields = fields.clone();
    match keys {
        [] => fields.retain(|name, _| !names.contains(&name.as_str())),
        [key, below @ ..] => {
            if let Some(inner) = fields.get_mut(*key) {
                *inner = without(inner, below, names);
            }
            fields.retain(|name, inner| name != key || !inner.is_null());
        }
    }
    if fields.is_empty() { Value::Null } else { Value::Object(fields) }
}

/// Returns the place of a byte in a text, as people count.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
