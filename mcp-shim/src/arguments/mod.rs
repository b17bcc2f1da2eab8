//! Reading arguments as models and hosts send them: numbers and truth values as text, texts as numbers, lists of one,
//! "" and null for what is absent, names that no tool has. Pure.
//!
//! What is wanted under which name is read off the input schema. Nothing is refused that can only mean one thing, and
//! nothing is guessed: a value that cannot be read is an error, an unknown name is told in a note.

mod names;
#[cfg(test)]
mod tests;

use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::text;

pub(crate) use self::names::are_same;

/// What a schema of ours says of a parameter that takes several values; programs that hand tools to a model hear of one text.
pub(crate) const SEVERAL: &str = "several";
/// Most notes about one call.
const MOST_NOTES: usize = 5;
/// Most of a name or a value that is repeated, in characters.
const LONGEST_SHOWN: usize = 60;

/// What is to be said about a call besides its answer, a sentence each.
pub(crate) type Notes = Vec<String>;

/// Reads arguments as a schema wants them.
///
/// # Errors
/// When a value cannot be used, or one that is needed is missing; the text names it and shows a call that works.
pub(crate) fn read<T: DeserializeOwned>(
    arguments: JsonObject,
    schema: &JsonObject,
    example: &str,
) -> Result<(T, Notes), Error> {
    let parameters = parameters(schema);
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    let mut notes = Notes::new();
    let refused = |what: &str, notes: &Notes| refused(&format!("{what}; e.g. {example}"), notes);
    let mut taken = JsonObject::new();
    for (name, value) in arguments {
        let Some(parameter) = find(&parameters, &name, &value) else {
            notes.extend(unknown(&name, &names).filter(|_| notes.len() < MOST_NOTES));
            continue;
        };
        let Some(value) = parameter.take(&value).map_err(|what| refused(&what, &notes))? else { continue };
        let earlier = taken.insert(parameter.name.to_owned(), value.clone());
        if earlier.is_some_and(|earlier| earlier != value) {
            let what = format!("`{}` is given twice, once as `{}`", parameter.name, shown(&name));
            return Err(refused(&what, &notes));
        }
    }
    match serde_json::from_value(Value::Object(taken)) {
        Ok(read) => Ok((read, notes)),
        Err(error) => Err(refused(&error.to_string(), &notes)),
    }
}

/// Returns the error for arguments that cannot be used, with what else is to be said of them.
pub(crate) fn refused(what: &str, notes: &Notes) -> Error {
    Error::arguments(format!("{what}{}", notes.iter().map(|note| format!("\n{note}")).collect::<String>()))
}

/// Returns the arguments of a call that came in another form: as a text, as `[]`, `""` or null for none.
///
/// # Errors
/// When that is no object; the text says so.
pub(crate) fn object(given: Value) -> Result<JsonObject, String> {
    match given {
        Value::Object(arguments) => Ok(arguments),
        Value::Null => Ok(JsonObject::new()),
        Value::Array(items) if items.is_empty() => Ok(JsonObject::new()),
        Value::String(text) if text.trim().is_empty() => Ok(JsonObject::new()),
        Value::String(text) => serde_json::from_str(&text).map_err(|error| format!("`arguments`: {error}")),
        Value::Array(_) | Value::Bool(_) | Value::Number(_) => Err("`arguments` is no object".to_owned()),
    }
}

/// Returns a value as the text that it stands for; `None`: it counts as absent.
///
/// # Errors
/// When it is more than one value.
pub(crate) fn plain(value: &Value) -> Result<Option<String>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => whole(&number.to_string()).to_owned(),
        Value::Array(items) => match items.as_slice() {
            [] => return Ok(None),
            [one] => return plain(one),
            _ => return Err("one value is wanted, not several".to_owned()),
        },
        Value::Object(_) => return Err("one value is wanted, not an object".to_owned()),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Says whether a text is how templates write that there is no value.
pub(crate) fn is_nothing(text: &str) -> bool {
    ["null", "undefined", "none"].iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// Returns the note about a name that is none of the known ones, unless hosts are known to add it.
pub(crate) fn unknown(name: &str, known: &[&str]) -> Option<String> {
    if names::is_of_a_host(name) {
        return None;
    }
    let meant = names::meant(name, known).map(|meant| format!(" Did you mean `{meant}`?"));
    Some(format!("There is no argument `{}`, so it was ignored.{}", shown(name), meant.unwrap_or_default()))
}

/// What a parameter takes.
enum Kind<'a> {
    Text,
    /// As many texts as are wanted: a line each, or a list or an object in JSON.
    Texts,
    /// One of these.
    Choice(Vec<&'a str>),
    /// A whole number from 0.
    Number,
    Truth,
}

struct Parameter<'a> {
    name: &'a str,
    kind: Kind<'a>,
}

impl Parameter<'_> {
    /// Returns the value in the type that is wanted; `None`: it counts as absent.
    fn take(&self, value: &Value) -> Result<Option<Value>, String> {
        let refused = |what: String| format!("`{}`: {what}", self.name);
        if let (Kind::Texts, Value::Array(_) | Value::Object(_)) = (&self.kind, value) {
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            return Ok((!is_empty).then(|| Value::from(value.to_string())));
        }
        let Some(text) = plain(value).map_err(refused)? else { return Ok(None) };
        if let Kind::Text | Kind::Texts = self.kind {
            return Ok(Some(Value::from(text)));
        }
        let lower = text.to_lowercase();
        let taken = match &self.kind {
            Kind::Choice(choices) => {
                choices.iter().find(|choice| **choice == lower).map(|one| Value::from(*one))
            }
            Kind::Number => whole(&lower)
                .parse()
                .ok()
                .map(|number: u64| Value::from(u32::try_from(number).unwrap_or(u32::MAX))),
            Kind::Truth => match lower.as_str() {
                "true" | "yes" | "on" | "1" => Some(Value::from(true)),
                "false" | "no" | "off" | "0" => Some(Value::from(false)),
                _ => None,
            },
            Kind::Text | Kind::Texts => None,
        };
        if taken.is_some() || is_nothing(&lower) {
            return Ok(taken);
        }
        let found = shown(&text);
        match &self.kind {
            Kind::Choice(_) if matches!(lower.as_str(), "any" | "all" | "*") => Ok(None),
            Kind::Choice(choices) => {
                Err(refused(format!("there is no {found:?}; it is {}", quoted(choices))))
            }
            Kind::Number => Err(refused(format!("{found:?} is no whole number from 0"))),
            Kind::Truth | Kind::Text | Kind::Texts => {
                Err(refused(format!("{found:?} is neither true nor false")))
            }
        }
    }
}

fn parameters(schema: &JsonObject) -> Vec<Parameter<'_>> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let kind = |property| match (choices(property), property.get("type").and_then(Value::as_str)) {
        (Some(choices), _) => Kind::Choice(choices),
        (None, Some("integer")) => Kind::Number,
        (None, Some("boolean")) => Kind::Truth,
        (None, _) if property.get(SEVERAL).is_some() => Kind::Texts,
        (None, _) => Kind::Text,
    };
    properties.map(|(name, property)| Parameter { name, kind: kind(property) }).collect()
}

fn choices(property: &Value) -> Option<Vec<&str>> {
    Some(property.get("enum")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

/// Returns the parameter that a name means: its own, the same in another spelling, or the one that had it before.
fn find<'a>(parameters: &'a [Parameter<'a>], name: &str, value: &Value) -> Option<&'a Parameter<'a>> {
    let named = |name: &str| parameters.iter().find(|known| names::are_same(known.name, name));
    named(name).or_else(|| {
        let now: Vec<_> = names::former(name).iter().filter_map(|name| named(name)).collect();
        now.iter().find(|known| known.take(value).is_ok()).or(now.first()).copied()
    })
}

/// Returns the part of a number before a fraction that is none: `20` of `20.0`.
fn whole(number: &str) -> &str {
    match number.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => number,
    }
}

fn shown(text: &str) -> String {
    text::one_line(text, LONGEST_SHOWN)
}

fn quoted(choices: &[&str]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}
