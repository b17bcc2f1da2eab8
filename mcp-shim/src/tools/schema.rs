//! Schemas as every client understands them: one type at a place, and no formats that only Rust knows. Pure.

use serde_json::{Map, Value, json};

/// Says what a place means, not which values are right there.
const NOTES: [&str; 2] = ["title", "description"];

/// Rewrites a schema so that it says the same in words that all clients know: those that hand tools to a model often
/// turn `"type": ["string", "null"]` down, and warn of every `"format": "uint64"`.
pub(super) fn make_portable(schema: &mut Map<String, Value>) {
    let is_rusts = |format: &Value| format.as_str().is_some_and(|format| !format.contains('-'));
    if schema.get("type").is_some_and(|kind| kind != "string") && schema.get("format").is_some_and(is_rusts) {
        schema.remove("format");
    }
    for value in schema.values_mut() {
        descend(value);
    }
    let Some(Value::Array(kinds)) = schema.get("type").cloned() else { return };
    let (notes, rest): (Map<_, _>, Map<_, _>) =
        std::mem::take(schema).into_iter().partition(|(keyword, _)| NOTES.contains(&keyword.as_str()));
    let branches = kinds.into_iter().map(|kind| {
        let mut branch = if kind == "null" { Map::new() } else { rest.clone() };
        branch.insert("type".to_owned(), kind);
        Value::Object(branch)
    });
    *schema = notes;
    schema.insert("anyOf".to_owned(), json!(branches.collect::<Vec<_>>()));
}

fn descend(value: &mut Value) {
    match value {
        Value::Object(schema) => make_portable(schema),
        Value::Array(items) => items.iter_mut().for_each(descend),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_may_be_null_is_split_and_only_its_notes_stay_outside() {
        let mut schema = json!({"properties": {"total": {
            "type": ["integer", "null"], "format": "uint64", "minimum": 0, "description": "How many."
        }}});
        make_portable(schema.as_object_mut().unwrap());
        let total = json!({"description": "How many.", "anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]});
        assert_eq!(schema["properties"]["total"], total);
    }

    #[test]
    fn a_property_that_is_named_like_a_keyword_is_left_alone() {
        let mut schema = json!({"properties": {"type": {"type": "string"}, "format": {"type": "string"}}});
        let before = schema.clone();
        make_portable(schema.as_object_mut().unwrap());
        assert_eq!(schema, before);
    }
}
