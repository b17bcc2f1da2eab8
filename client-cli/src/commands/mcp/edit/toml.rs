//! TOML.

use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use super::{Document, Unusable, place};
use crate::commands::mcp::entry::Entry;

pub(super) struct Toml {
    document: DocumentMut,
    keys: &'static [&'static str],
}

impl Toml {
    pub(super) fn read(text: &str, keys: &'static [&'static str]) -> Result<Self, Unusable> {
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            // The error's own text would repeat the line, and there are secrets in such files.
            Unusable::Malformed { line, column, message: error.message().to_owned() }
        })?;
        Ok(Self { document, keys })
    }

    fn servers_mut(&mut self) -> Option<&mut dyn TableLike> {
        let item = self.keys.iter().try_fold(self.document.as_item_mut(), |item, key| item.get_mut(key));
        item.and_then(Item::as_table_like_mut)
    }

    fn server_mut(&mut self, name: &str) -> Option<&mut dyn TableLike> {
        self.servers_mut()?.get_mut(name)?.as_table_like_mut()
    }

    /// Puts lines of the user's before whatever follows this position.
    fn keep(&mut self, lines: &str, position: isize) {
        let behind = |at: &isize| *at > position;
        match positions(self.document.as_table()).into_iter().filter(behind).min() {
            Some(next) => put_above(self.document.as_table_mut(), next, lines),
            None => {
                let trailing = self.document.trailing().as_str().unwrap_or_default();
                self.document.set_trailing(format!("{lines}{trailing}"));
            }
        }
    }
}

/// Returns where the tables below one are that have a line of their own.
fn positions(table: &Table) -> Vec<isize> {
    let inner: Vec<&Table> = table
        .iter()
        .flat_map(|(_, item)| match item {
            Item::Table(inner) => vec![inner],
            Item::ArrayOfTables(array) => array.iter().collect(),
            Item::None | Item::Value(_) => Vec::new(),
        })
        .collect();
    let own = inner.iter().filter(|table| !table.is_implicit()).filter_map(|table| table.position());
    own.chain(inner.iter().flat_map(|table| positions(table))).collect()
}

fn put_above(table: &mut Table, position: isize, lines: &str) {
    for (_, item) in table.iter_mut() {
        let inner: Vec<&mut Table> = match item {
            Item::Table(inner) => vec![inner],
            Item::ArrayOfTables(array) => array.iter_mut().collect(),
            Item::None | Item::Value(_) => Vec::new(),
        };
        for table in inner {
            if table.position() == Some(position) && !table.is_implicit() {
                let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str());
                let joined = format!("{lines}{}", prefix.unwrap_or_default());
                table.decor_mut().set_prefix(joined);
            }
            put_above(table, position, lines);
        }
    }
}

impl Document for Toml {
    fn value(&self) -> Value {
        read(self.document.as_item())
    }

    fn insert(&mut self, name: &str, entry: &Entry) -> Result<(), Unusable> {
        let mut item = self.document.as_item_mut();
        for key in self.keys {
            let no_object = || Unusable::NoObject(format!("`{key}`"));
            let outer = item.as_table_like_mut().ok_or_else(no_object)?;
            let mut new = Table::new();
            // It has no line of its own.
            new.set_implicit(true);
            item = outer.entry(key).or_insert(Item::Table(new));
            if !item.is_table_like() {
                return Err(no_object());
            }
        }
        let fields = entry.iter().map(|(field, value)| (*field, written(value)));
        // A table within one line has no others but such.
        let server = if item.is_inline_table() {
            Item::Value(fields.collect::<InlineTable>().into())
        } else {
            Item::Table(fields.collect())
        };
        if let Some(servers) = item.as_table_like_mut() {
            servers.insert(name, server);
        }
        Ok(())
    }

    fn rename(&mut self, name: &str, new: &str) {
        if let Some(servers) = self.servers_mut()
            && let Some(item) = servers.remove(name)
        {
            servers.insert(new, item);
        }
    }

    fn remove(&mut self, name: &str) {
        let removed = self.servers_mut().and_then(|servers| servers.remove(name));
        let Some(Item::Table(table)) = removed else { return };
        // Comments above its first line may belong to what stands before it.
        let above = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        if above.contains('#') {
            self.keep(above, table.position().unwrap_or_default());
        }
    }

    fn set(&mut self, name: &str, field: &str, value: &Value) {
        if let Some(server) = self.server_mut(name) {
            assign(server, field, value);
        }
    }

    fn unset(&mut self, name: &str, field: &str) {
        if let Some(server) = self.server_mut(name) {
            server.remove(field);
        }
    }

    fn text(&self) -> String {
        self.document.to_string()
    }
}

fn assign(table: &mut dyn TableLike, field: &str, value: &Value) {
    let Some(item) = table.get_mut(field) else {
        table.insert(field, Item::Value(written(value)));
        return;
    };
    match (item.is_table_like(), value) {
        (true, Value::Object(fields)) => {
            for (field, value) in fields {
                item.as_table_like_mut().into_iter().for_each(|inner| assign(inner, field, value));
            }
        }
        _ if read(item) == *value => {}
        _ => {
            let mut new = written(value);
            // A comment behind it stays.
            if let Some(old) = item.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(new);
        }
    }
}

fn written(value: &Value) -> toml_edit::Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.as_i64().unwrap_or_default().into(),
        Value::String(text) => text.into(),
        Value::Array(values) => values.iter().map(written).collect::<Array>().into(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(field, value)| (field, written(value)));
            fields.collect::<InlineTable>().into()
        }
    }
}

/// Returns what stands there; dates and fractions, of which we have none, count as nothing.
fn read(item: &Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return Value::Object(table.iter().map(|(field, item)| (field.to_owned(), read(item))).collect());
    }
    match item.as_value() {
        Some(toml_edit::Value::String(text)) => text.value().as_str().into(),
        Some(toml_edit::Value::Integer(number)) => (*number.value()).into(),
        Some(toml_edit::Value::Boolean(truth)) => (*truth.value()).into(),
        Some(toml_edit::Value::Array(values)) => {
            values.iter().map(|value| read(&Item::Value(value.clone()))).collect()
        }
        _ => Value::Null,
    }
}
