//! Schemas as every client understands them: one type at a place, and no formats that only Rust knows. Pure.

use rmcp::model::JsonObject;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::arguments::SEVERAL;

/// What a schema of ours says of a parameter that is taken, though agents are not told of it.
const UNLISTED: &str = "unlisted";

/// Says what a place means, not which values are right there.
const NOTES: [&str; 2] = ["title", "description"];

/// Returns the schema of a tool's arguments: of each one type, choices and description, which is all that every
/// program that hands tools to a model takes. Bounds are held here, not there, so that nothing is refused for them; and
/// no argument is forbidden, since hosts add some of their own.
pub(super) fn input<Arguments: JsonSchema>() -> JsonObject {
    let schema = SchemaGenerator::default().into_root_schema_for::<Arguments>();
    let given = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let properties: JsonObject =
        given.map(|(name, property)| (name.clone(), Value::Object(parameter(property)))).collect();
    let mut input = JsonObject::new();
    input.insert("type".to_owned(), json!("object"));
    input.insert("properties".to_owned(), Value::Object(properties));
    if let Some(required) = schema.get("required") {
        input.insert("required".to_owned(), required.clone());
    }
    input
}

/// Takes out of such a schema what agents are not told of.
pub(super) fn hide_unlisted(input: &mut JsonObject) {
    if let Some(Value::Object(properties)) = input.get_mut("properties") {
        properties.retain(|_, property| property.get(UNLISTED).is_none());
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            property.remove(SEVERAL);
        }
    }
}

fn parameter(property: &Value) -> JsonObject {
    let one = |kind: &Value| match kind {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned(),
        kind => Some(kind.clone()),
    };
    let keep = |keyword: &str, value: &Value| match (keyword, value) {
        ("type", kind) => one(kind),
        ("enum", Value::Array(choices)) => {
            Some(choices.iter().filter(|choice| !choice.is_null()).cloned().collect())
        }
        ("description", Value::String(text)) => {
            Some(json!(text.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        (UNLISTED | SEVERAL, value) => Some(value.clone()),
        _ => None,
    };
    let keywords = property.as_object().into_iter().flatten();
    keywords.filter_map(|(keyword, value)| Some((keyword.clone(), keep(keyword, value)?))).collect()
}

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
    allow_absence(schema);
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

/// Requires no field that may be null: it may be absent as well.
fn allow_absence(schema: &mut Map<String, Value>) {
    let may_be_null = |property: &Value| {
        let branches = property["anyOf"].as_array();
        branches.into_iter().flatten().any(|branch| branch["type"] == "null")
    };
    let Some(Value::Array(mut required)) = schema.remove("required") else { return };
    if let Some(properties) = schema.get("properties") {
        required.retain(|name| !name.as_str().is_some_and(|name| may_be_null(&properties[name])));
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
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

    #[derive(JsonSchema)]
    #[allow(dead_code)] // only its schema is looked at
    struct Arguments {
        /// Which one,
        /// on two lines.
        id: String,
        /// How many.
        limit: Option<u32>,
        order: Option<Order>,
        #[schemars(extend("unlisted" = true))]
        days: Option<u32>,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[schemars(inline)]
    #[allow(dead_code)]
    enum Order {
        Up,
        Down,
    }

    #[test]
    fn arguments_have_one_type_a_description_and_nothing_that_some_clients_refuse() {
        let mut schema = input::<Arguments>();
        assert!(schema["properties"]["days"].is_object());
        hide_unlisted(&mut schema);
        let expected = json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "description": "Which one, on two lines."},
            "limit": {"type": "integer", "description": "How many."},
            "order": {"type": "string", "enum": ["up", "down"]},
        }});
        assert_eq!(Value::Object(schema), expected);
    }

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
    fn what_may_be_null_may_be_absent() {
        let mut schema = json!({"required": ["total", "id"], "properties": {
            "total": {"type": ["integer", "null"]}, "id": {"type": "string"}
        }});
        make_portable(schema.as_object_mut().unwrap());
        assert_eq!(schema["required"], json!(["id"]));
    }

    #[test]
    fn a_property_that_is_named_like_a_keyword_is_left_alone() {
        let mut schema = json!({"properties": {"type": {"type": "string"}, "format": {"type": "string"}}});
        let before = schema.clone();
        make_portable(schema.as_object_mut().unwrap());
        assert_eq!(schema, before);
    }
}
