//! Holding a JSON value against its schema, as far as our schemas go.

use serde_json::Value;

/// What says nothing about which values are right.
const NOTES: [&str; 7] = ["$schema", "$defs", "title", "description", "format", "default", "minimum"];

/// Panics where a value is not as its schema says, naming the place; and where the schema says what is not known here.
pub(crate) fn check(value: &Value, schema: &Value) {
    check_at("$", value, schema, schema);
}

fn check_at(place: &str, value: &Value, schema: &Value, root: &Value) {
    let Some(schema) = schema.as_object() else {
        assert_eq!(schema, &Value::Bool(true), "{place}: {value}");
        return;
    };
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                check_at(place, value, root.pointer(pointer).unwrap(), root);
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                assert!(
                    types.iter().any(|name| is(value, name.as_str().unwrap())),
                    "{place}: {value} is no {rule}"
                );
            }
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{place}: {value} is none of {rule}"),
            "const" => assert_eq!(value, rule, "{place}"),
            "required" => {
                for field in rule.as_array().unwrap() {
                    assert!(value.get(field.as_str().unwrap()).is_some(), "{place} has no {field}: {value}");
                }
            }
            "properties" => {
                for (field, value) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = rule.get(field) {
                        check_at(&format!("{place}.{field}"), value, schema, root);
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    check_at(&format!("{place}[{index}]"), value, rule, root);
                }
            }
            "anyOf" => {
                let fits = |schema: &Value| match schema["type"].as_str() {
                    Some("null") => value.is_null(),
                    _ => !value.is_null(),
                };
                let schema = rule.as_array().unwrap().iter().find(|schema| fits(schema));
                check_at(place, value, schema.unwrap(), root);
            }
            keyword => assert!(NOTES.contains(&keyword), "{place}: what does {keyword} mean?"),
        }
    }
    // Nothing may be there that the schema does not tell of.
    if let (Some(object), Some(properties)) = (value.as_object(), schema.get("properties")) {
        for field in object.keys() {
            assert!(properties.get(field).is_some(), "{place}.{field} is not in the schema");
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
