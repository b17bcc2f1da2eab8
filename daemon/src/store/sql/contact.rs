//! What a contact has besides name and address, as the views show it.

use proto::fields::Field;
use rusqlite::types::Value;
use serde_json::{Map, Value as Json};

use super::header::plain;
use crate::fields::is_of_every_contact;
use crate::store::fields::Fields;

/// Returns what a contact has under a name that every contact may have.
pub(super) fn value(fields: &Fields, name: &str) -> Value {
    let is_it = |field: &Field| matches!(field, Field::Contact(known) if known == name);
    let found = fields.list.iter().find(|one| is_it(&one.field));
    found.map_or(Value::Null, |one| plain(&one.value))
}

/// Returns the names of a contact's companies, or the ids of those that Intercom does not name.
pub(super) fn companies(fields: &Fields) -> Vec<String> {
    let companies = fields.list.iter().filter(|one| one.field == Field::Company);
    companies.map(|one| one.value.to_string()).collect()
}

/// Returns a contact's custom attributes as JSON; one with several values has a list of them.
pub(super) fn attributes(fields: &Fields) -> Value {
    let mut all: Map<String, Json> = Map::new();
    for one in &fields.list {
        let Field::Contact(name) = &one.field else { continue };
        if is_of_every_contact(name) {
            continue;
        }
        let value = one.value.to_json();
        match all.get_mut(name) {
            None => drop(all.insert(name.clone(), value)),
            Some(Json::Array(list)) => list.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
        }
    }
    Value::Text(Json::Object(all).to_string())
}
