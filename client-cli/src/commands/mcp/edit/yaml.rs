//! YAML.

use std::fmt::Write as _;
use std::str::FromStr as _;

use serde_json::Value;
use yaml_edit::{AsYaml, Mapping, YamlFile, YamlNode};

use super::{Document, Unusable, place};
use crate::commands::mcp::entry::Entry;

pub(super) struct Yaml {
    file: YamlFile,
    keys: &'static [&'static str],
}

impl Yaml {
    pub(super) fn read(text: &str, keys: &'static [&'static str]) -> Result<Self, Unusable> {
        let parsed = YamlFile::parse(text);
        if let Some(error) = parsed.positioned_errors().first() {
            let (line, column) = place(text, error.range.start as usize);
            let message = error.message.to_lowercase();
            return Err(Unusable::Malformed { line, column, message });
        }
        Ok(Self { file: parsed.tree(), keys })
    }

    fn servers(&self) -> Option<Mapping> {
        let root = self.file.document()?.as_mapping()?;
        self.keys.iter().try_fold(root, |mapping, key| mapping.get_mapping(*key))
    }

    fn server(&self, name: &str) -> Option<Mapping> {
        self.servers()?.get_mapping(name)
    }
}

impl Document for Yaml {
    fn value(&self) -> Value {
        let Some(document) = self.file.document() else { return Value::Null };
        let mapping = document.as_mapping().map(YamlNode::Mapping);
        let other = || document.as_sequence().map(YamlNode::Sequence);
        let node = mapping.or_else(other).or_else(|| document.as_scalar().map(YamlNode::Scalar));
        node.map_or(Value::Null, |node| read(&node))
    }

    fn insert(&mut self, name: &str, entry: &Entry) -> Result<(), Unusable> {
        if self.file.documents().count() > 1 {
            return Err(Unusable::Fragile("it is several documents"));
        }
        if let Some(servers) = self.servers().filter(|servers| !servers.is_empty()) {
            servers.set(name, &parsed(&block(entry, 0))?);
            return Ok(());
        }
        // There are none yet: the last key begins a block of its own, at the end or in the place of an empty one.
        let (Some(key), 1) = (self.keys.last(), self.keys.len()) else {
            return Err(Unusable::Fragile("it has no servers yet"));
        };
        let servers = format!("{name}:\n{}", block(entry, 2));
        let root = self.file.document().and_then(|document| document.as_mapping());
        match root {
            Some(root) if root.contains_key(*key) => root.set(*key, &parsed(&servers)?),
            _ => {
                let mut text = self.file.to_string();
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                let servers = servers.lines().map(|line| format!("  {line}\n")).collect::<String>();
                let _ = write!(text, "{key}:\n{servers}");
                *self = Self::read(&text, self.keys)?;
            }
        }
        Ok(())
    }

    fn rename(&mut self, name: &str, new: &str) {
        if let Some(servers) = self.servers() {
            servers.rename_key(name, new);
        }
    }

    fn remove(&mut self, name: &str) {
        if let Some(servers) = self.servers() {
            servers.remove(name);
        }
    }

    fn set(&mut self, name: &str, field: &str, value: &Value) {
        if let Some(server) = self.server(name) {
            assign(&server, field, value);
        }
    }

    fn unset(&mut self, name: &str, field: &str) {
        if let Some(server) = self.server(name) {
            server.remove(field);
        }
    }

    fn text(&self) -> String {
        self.file.to_string()
    }
}

fn assign(mapping: &Mapping, field: &str, value: &Value) {
    match (mapping.get_mapping(field), value) {
        (Some(inner), Value::Object(fields)) if !inner.is_empty() => {
            fields.iter().for_each(|(field, value)| assign(&inner, field, value));
        }
        _ if mapping.get(field).is_some_and(|found| read(&found) == *value) => {}
        _ => {
            if let Ok(written) = parsed(&value.to_string()) {
                mapping.set(field, &written);
            }
        }
    }
}

/// Returns an entry as a block. Its values are JSON, which is YAML.
fn block(entry: &Entry, indent: usize) -> String {
    entry.iter().map(|(field, value)| format!("{:indent$}{field}: {value}\n", "")).collect()
}

fn parsed(text: &str) -> Result<impl AsYaml, Unusable> {
    yaml_edit::Document::from_str(text).map_err(|_| Unusable::Fragile("what belongs there cannot be written"))
}

/// Returns what stands there; what an alias points to is not looked up.
fn read(node: &YamlNode) -> Value {
    match node {
        YamlNode::Scalar(scalar) if scalar.is_quoted() || scalar.is_block() => scalar.as_string().into(),
        YamlNode::Scalar(scalar) if scalar.is_null() => Value::Null,
        YamlNode::Scalar(scalar) => {
            let text = scalar.as_string();
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        YamlNode::Sequence(sequence) => sequence.values().map(|node| read(&node)).collect(),
        YamlNode::Mapping(mapping) => {
            let key = |node: YamlNode| node.as_scalar().map(|scalar| scalar.as_string());
            let fields = mapping.iter().filter_map(|(name, node)| Some((key(name)?, read(&node))));
            Value::Object(fields.collect())
        }
        YamlNode::Alias(_) | YamlNode::TaggedNode(_) => Value::Null,
    }
}
