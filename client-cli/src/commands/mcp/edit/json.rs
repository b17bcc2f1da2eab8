//! JSON, with comments and trailing commas or without.

use jsonc_parser::common::Ranged as _;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode, ObjectPropName};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Document, Unusable, WHOLE};
use crate::commands::mcp::entry::Entry;

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

pub(super) struct Json {
    root: CstRootNode,
    keys: &'static [&'static str],
}

impl Json {
    /// Reads JSON that has comments or trailing commas.
    pub(super) fn read(text: &str, keys: &'static [&'static str]) -> Result<Self, Unusable> {
        let root = CstRootNode::parse(text, &DIALECT).map_err(|error| Unusable::Malformed {
            line: error.line_display(),
            column: error.column_display(),
            message: error.kind().to_string().to_lowercase(),
        })?;
        Ok(Self { root, keys })
    }

    /// Reads JSON that has neither; the parser that keeps comments takes them always.
    pub(super) fn strictly(text: &str, keys: &'static [&'static str]) -> Result<Self, Unusable> {
        if !text.trim().is_empty() {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
                let told = error.to_string();
                Unusable::Malformed {
                    line: error.line(),
                    column: error.column(),
                    message: told.split(" at line ").next().unwrap_or_default().to_owned(),
                }
            })?;
        }
        Self::read(text, keys)
    }

    fn servers(&self) -> Option<CstObject> {
        self.keys.iter().try_fold(self.root.object_value()?, |object, key| object.object_value(key))
    }

    fn server(&self, name: &str) -> Option<CstObjectProp> {
        self.servers()?.get(name)
    }
}

impl Document for Json {
    fn value(&self) -> Value {
        self.root.value().map_or(Value::Null, |node| read(&node))
    }

    fn insert(&mut self, name: &str, entry: &Entry) -> Result<(), Unusable> {
        if let Some(text) = in_line(&self.root.to_string(), self.keys, name, entry) {
            *self = Self::read(&text, self.keys)?;
            return Ok(());
        }
        let mut object = self.root.object_value_or_create().ok_or(Unusable::NoObject(WHOLE.to_owned()))?;
        for key in self.keys {
            let inner = object.object_value_or_create(key);
            object = inner.ok_or_else(|| Unusable::NoObject(format!("`{key}`")))?;
        }
        let fields = entry.iter().map(|(field, value)| ((*field).to_owned(), written(value)));
        object.append(name, CstInputValue::Object(fields.collect()));
        Ok(())
    }

    fn rename(&mut self, name: &str, new: &str) {
        let found = self.server(name).and_then(|property| property.name());
        if let Some(ObjectPropName::String(literal)) = found {
            literal.set_raw_value(Value::from(new).to_string());
        }
    }

    fn remove(&mut self, name: &str) {
        if let Some(property) = self.server(name) {
            property.remove();
        }
    }

    fn set(&mut self, name: &str, field: &str, value: &Value) {
        if let Some(server) = self.server(name).and_then(|property| property.object_value()) {
            assign(&server, field, value);
        }
    }

    fn unset(&mut self, name: &str, field: &str) {
        let server = self.server(name).and_then(|property| property.object_value());
        if let Some(property) = server.and_then(|server| server.get(field)) {
            property.remove();
        }
    }

    fn text(&self) -> String {
        self.root.to_string()
    }
}

/// Returns the text with a server in a line that other things are in already; `None` where it gets lines of its own. The
/// editor of the tree would break that line.
fn in_line(text: &str, keys: &[&str], name: &str, entry: &Entry) -> Option<String> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &DIALECT).ok()?;
    let mut object = parsed.value.as_ref()?.as_object()?;
    let mut missing = keys;
    while let [key, below @ ..] = missing
        && let Some(inner) = object.get_object(key)
    {
        (object, missing) = (inner, below);
    }
    let last = object.properties.last().filter(|_| !object.text(text).contains('\n'))?;
    let fields: Vec<_> = entry.iter().map(|(field, value)| format!("\"{field}\": {value}")).collect();
    let server = format!("{}: {{{}}}", Value::from(name), fields.join(", "));
    let added = missing.iter().rev().fold(server, |inner, key| format!("\"{key}\": {{{inner}}}"));
    let (before, after) = text.split_at(last.end());
    Some(format!("{before}, {added}{after}"))
}

fn assign(object: &CstObject, field: &str, value: &Value) {
    let Some(property) = object.get(field) else {
        object.append(field, written(value));
        return;
    };
    match (property.object_value(), value) {
        (Some(inner), Value::Object(fields)) => {
            fields.iter().for_each(|(field, value)| assign(&inner, field, value));
        }
        _ if property.value().is_some_and(|found| read(&found) == *value) => {}
        _ => property.set_value(written(value)),
    }
}

fn written(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(truth) => CstInputValue::Bool(*truth),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(written).collect()),
        Value::Object(fields) => CstInputValue::Object(
            fields.iter().map(|(field, value)| (field.clone(), written(value))).collect(),
        ),
    }
}

/// Returns what stands there; what is no text, list or object counts as nothing that we know.
fn read(node: &CstNode) -> Value {
    if let Some(text) = node.as_string_lit() {
        return text.decoded_value().map_or(Value::Null, Value::String);
    }
    if let Some(array) = node.as_array() {
        return array.elements().iter().map(read).collect();
    }
    if let Some(object) = node.as_object() {
        let properties = object.properties();
        let fields = properties
            .iter()
            .filter_map(|property| Some((property.decoded_name()?, read(&property.value()?))));
        return Value::Object(fields.collect());
    }
    serde_json::from_str(&node.to_string()).unwrap_or_default()
}
