//! Where each field of a conversation is in Intercom's JSON, and how far it can be trusted. The words for it stand in
//! [`proto::fields`]; a field that is in both lists is read, stored, searched, filtered by, grouped by and shown. Pure.

use proto::Timestamp;
use proto::fields::{Field, Kind};
use proto::types::{FieldValue, Value};
use serde_json::Value as Json;

use crate::model::Register;

mod sources;

use sources::CONTACT;
pub use sources::SOURCES;

/// Longest text that a conversation can be filtered and grouped by, in bytes; longer ones are found by their words.
const LONGEST_LABEL: usize = 200;
/// Most values of one field: a list or an object may hold any number.
const MOST_VALUES: usize = 100;

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first of these places in Intercom's JSON that holds anything. A list on the way stands for each of its items.
    At(&'static [&'static [&'static str]]),
    /// Each entry of these objects is a field by its own name, but for those named so.
    Each(&'static [&'static [&'static str]], &'static [&'static str]),
    /// It is worked out from people, tags, times and parts.
    Derived,
}

/// What an answer that rests on a field may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A change of it moves the conversation's activity time, as far as audits have seen.
    Activity,
    /// It changes without that.
    Silent,
    /// It bears names that change without that, and that these registers tell.
    Named(&'static [Register]),
}

/// What a value is, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Itself.
    Itself,
    /// The id of an admin.
    Admin,
}

/// A field and where it comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Which field.
    pub field: Field,
    /// Its number in the database, which never changes.
    pub number: u8,
    /// Where it is.
    pub place: Place,
    /// What may be claimed of it.
    pub class: Class,
    /// What its values are, for people.
    pub names: Names,
    /// Its words are found by a search.
    pub searched: bool,
}

impl Source {
    /// Returns where a field comes from.
    #[must_use]
    pub fn of(field: &Field) -> &'static Self {
        let same = |source: &&Self| std::mem::discriminant(&source.field) == std::mem::discriminant(field);
        // Every field is in the list: a test goes through them.
        SOURCES.iter().find(same).unwrap_or(&SOURCES[0])
    }

    /// Says whether conversations are labelled with its values, so that they can be found and grouped by these at once.
    #[must_use]
    pub const fn is_labelled(&self) -> bool {
        self.field.can_group()
    }
}

/// Returns what Intercom's JSON of a conversation says besides people, tags, times and parts.
#[must_use]
pub fn read(json: &Json) -> Vec<FieldValue> {
    let mut all = Vec::new();
    for source in SOURCES {
        match source.place {
            Place::Derived => {}
            Place::At(places) => {
                let found = places.iter().map(|place| found(json, place)).find(|found| !found.is_empty());
                let values = found.unwrap_or_default().into_iter().flat_map(items);
                let kind = source.field.info().kind;
                let values = values.filter_map(|json| value(&source.field, kind, json));
                all.extend(
                    values.take(MOST_VALUES).map(|value| FieldValue::new(source.field.clone(), value)),
                );
            }
            Place::Each(places, but) => {
                for entries in places.iter().flat_map(|place| found(json, place)).filter_map(Json::as_object)
                {
                    for (name, json) in entries.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
                        let field = match source.field {
                            Field::Statistic(_) => Field::Statistic(name.clone()),
                            _ => Field::Attribute(name.clone()),
                        };
                        let kind = if name.ends_with("_at") { Kind::Date } else { source.field.info().kind };
                        let kind = if matches!(field, Field::Attribute(_)) { Kind::Custom } else { kind };
                        let values = items(json).into_iter().filter_map(|json| value(&field, kind, json));
                        let values: Vec<Value> = values.take(MOST_VALUES).collect();
                        all.extend(values.into_iter().map(|value| FieldValue::new(field.clone(), value)));
                    }
                }
            }
        }
    }
    // Nobody takes part, or a ticket is in no state, where it says so with a zero.
    all.retain(|one| {
        Source::of(&one.field).names != Names::Admin || one.value != Value::Text("0".to_owned())
    });
    if all.iter().all(|one| one.field != Field::Ai) && json["ai_agent_participated"] == Json::Bool(true) {
        all.push(FieldValue::new(Field::Ai, Value::Text("participated".to_owned())));
    }
    all
}

/// Returns what Intercom's JSON of a contact says besides name and address. A company is told by its name, or else by its id.
#[must_use]
pub fn read_contact(json: &Json) -> Vec<FieldValue> {
    let mut all = Vec::new();
    let mut add = |field: Field, kind: Kind, json: &Json| {
        let values = items(json).into_iter().filter_map(|json| value(&field, kind, json));
        all.extend(values.take(MOST_VALUES).map(|value| FieldValue::new(field.clone(), value)));
    };
    for (name, kind, place) in CONTACT {
        for json in found(json, place) {
            add(Field::Contact((*name).to_owned()), *kind, json);
        }
    }
    for company in found(json, &["companies", "data"]).into_iter().flat_map(items) {
        let name = ["name", "id"].iter().find_map(|key| company.get(key).filter(|name| !name.is_null()));
        add(Field::Company, Kind::Text, name.unwrap_or(&Json::Null));
    }
    for (name, json) in json["custom_attributes"].as_object().into_iter().flatten() {
        add(Field::Contact(name.clone()), Kind::Custom, json);
    }
    all
}

/// Says whether a name is of something that every contact may have, not of a custom attribute.
#[must_use]
pub fn is_of_every_contact(name: &str) -> bool {
    CONTACT.iter().any(|(known, ..)| *known == name)
}

/// Returns what stands at a place; a list on the way is gone through.
fn found<'j>(json: &'j Json, place: &[&str]) -> Vec<&'j Json> {
    let Some((key, rest)) = place.split_first() else {
        return if json.is_null() { Vec::new() } else { vec![json] };
    };
    match json {
        Json::Array(list) => list.iter().flat_map(|item| found(item, place)).collect(),
        json => json.get(key).map_or_else(Vec::new, |inner| found(inner, rest)),
    }
}

fn items(json: &Json) -> Vec<&Json> {
    match json {
        Json::Array(list) => list.iter().flat_map(items).collect(),
        json => vec![json],
    }
}

/// Returns a value as one of a kind; `None` where it is none, or says nothing.
fn value(field: &Field, kind: Kind, json: &Json) -> Option<Value> {
    let text = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    match (kind, json) {
        (_, Json::Null) | (Kind::Choice | Kind::Text, Json::Object(_)) => None,
        (Kind::Choice | Kind::Text, Json::String(word)) => {
            text(word).map(|word| Value::Text(spelt(field, word)))
        }
        (Kind::Choice | Kind::Text, json) => Some(Value::Text(json.to_string())),
        (Kind::Flag, Json::Bool(flag)) => Some(Value::Flag(*flag)),
        (Kind::Flag, json) => json.as_i64().map(|number| Value::Flag(number != 0)),
        (Kind::Date, Json::Number(number)) => number.as_i64().map(|at| Value::Time(Timestamp(at))),
        (Kind::Date, Json::String(word)) => word.parse().ok().map(|at| Value::Time(Timestamp(at))),
        (Kind::Number | Kind::Custom, Json::Number(number)) => Some(match number.as_i64() {
            Some(whole) => Value::Whole(whole),
            None => Value::Real(number.to_string()),
        }),
        (Kind::Number, Json::String(word)) => match word.trim().parse() {
            Ok(whole) => Some(Value::Whole(whole)),
            Err(_) => text(word).map(Value::Text),
        },
        (Kind::Custom, Json::String(word)) => text(word).map(Value::Text),
        (Kind::Custom, Json::Bool(flag)) => Some(Value::Flag(*flag)),
        (Kind::Custom, json) => Some(Value::Json(json.to_string())),
        (Kind::Date | Kind::Number, _) => None,
    }
}

/// Returns the one spelling of words for the same: the messenger is a conversation in one place, a messenger in another.
pub(crate) fn spelt(field: &Field, word: String) -> String {
    match (field, word.as_str()) {
        (Field::Channel, "conversation" | "messenger") => "chat".to_owned(),
        _ => word,
    }
}

/// Returns the values that a word in a condition stands for besides itself.
#[must_use]
pub fn synonyms(field: &Field, word: &str) -> &'static [&'static str] {
    match (field, word) {
        (Field::Ai, "resolved") => &["assumed_resolution", "confirmed_resolution"],
        (Field::Channel, "messenger" | "conversation") => &["chat"],
        (Field::Channel, "e-mail" | "mail") => &["email"],
        (Field::Channel, "phone") => &["phone_call", "phone_switch"],
        (Field::Priority, "yes" | "priority") => &["priority", "low", "medium", "high", "urgent"],
        (Field::Priority, "no") => &["none", "not_priority"],
        (Field::Read, "yes") => &["true"],
        (Field::Read, "no") => &["false"],
        _ => &[],
    }
}

/// Returns the names by which a conversation is found and grouped for a value: its own, or those of what is in it.
#[must_use]
pub fn label_names(value: &Value) -> Vec<String> {
    let names = match value {
        Value::Json(json) => {
            let mut leaves = Vec::new();
            if let Ok(json) = serde_json::from_str(json) {
                gather(&json, &mut leaves);
            }
            leaves
        }
        value => vec![value.to_string()],
    };
    names.into_iter().filter(|name| name.len() <= LONGEST_LABEL).take(MOST_VALUES).collect()
}

fn gather(json: &Json, leaves: &mut Vec<String>) {
    match json {
        Json::Null => {}
        Json::Array(list) => list.iter().for_each(|item| gather(item, leaves)),
        Json::Object(entries) => entries.values().for_each(|item| gather(item, leaves)),
        Json::String(text) => leaves.push(text.clone()),
        json => leaves.push(json.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proto::fields::FIELDS;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_has_words_and_a_place_and_a_number_of_its_own() {
        let mut numbers = HashSet::new();
        for info in FIELDS {
            assert_eq!(Source::of(&info.field).field, info.field, "{} has no place", info.name);
        }
        for source in SOURCES {
            assert_eq!(source.field.info().field, source.field, "{:?} has no words", source.field);
            assert!(numbers.insert(source.number), "{:?} has the number of another", source.field);
        }
    }

    fn texts(json: &Json) -> Vec<(String, String)> {
        read(json).iter().map(|one| (one.field.to_string(), one.value.to_string())).collect()
    }

    #[test]
    fn each_field_is_read_from_where_intercom_puts_it() {
        let conversation = json!({
            "priority": "high", "read": true, "waiting_since": 1_767_225_600, "snoozed_until": null,
            "source": {"type": "email", "delivered_as": "customer_initiated"},
            "channel": {"initial": "messenger", "current": "email"},
            "conversation_rating": {"rating": 2, "remark": " slow ", "teammate": {"type": "admin", "id": 7}},
            "sla_applied": {"sla_name": "Gold", "sla_status": "missed"},
            "ai_agent_participated": true,
            "ai_agent": {"resolution_state": "escalated", "rating": "4", "rating_remark": "meh", "source_title": "W",
                "content_sources": {"content_sources": [{"title": "A"}, {"title": "B"}]}},
            "topics": {"topics": [{"id": 1, "name": "Refunds"}], "total_count": 1},
            "company": {"type": "company", "name": "Acme"},
            "ticket": {"ticket_type": {"name": "Bug", "category": "Customer"}, "ticket_state": {"category": "resolved"},
                "ticket_attributes": {"_default_title_": "T", "_default_description_": "D", "Severity": 3}},
            "teammates": {"type": "admin.list", "admins": [{"type": "admin", "id": "7"}, {"id": 0}]},
            "linked_objects": {"data": [{"type": "ticket", "id": "7583"}]},
            "statistics": {"type": "conversation_statistics", "count_reopens": 1, "first_close_at": 1_767_225_600},
            "custom_attributes": {"a.b c": true, "Größe": 12.5, "list": ["x", 2], "none": null, "object": {"k": [1]}},
        });
        let expected = [
            ("channel", "chat"),
            ("delivered", "customer_initiated"),
            ("priority", "high"),
            ("rating", "2"),
            ("remark", "slow"),
            ("rated", "7"),
            ("sla", "missed"),
            ("sla_name", "Gold"),
            ("ai", "escalated"),
            ("ai_rating", "4"),
            ("ai_remark", "meh"),
            ("ai_source", "W"),
            ("ai_content", "A"),
            ("ai_content", "B"),
            ("ai_topic", "Refunds"),
            ("company", "Acme"),
            ("ticket", "Bug"),
            ("ticket_state", "resolved"),
            ("ticket_category", "Customer"),
            ("ticket_title", "T"),
            ("ticket_description", "D"),
            ("participant", "7"),
            ("linked", "7583"),
            ("read", "true"),
            ("waiting_since", "2026-01-01T00:00:00Z"),
            ("statistics.count_reopens", "1"),
            ("statistics.first_close_at", "2026-01-01T00:00:00Z"),
            ("attr.Größe", "12.5"),
            ("attr.a.b c", "true"),
            ("attr.list", "x"),
            ("attr.list", "2"),
            ("attr.object", r#"{"k":[1]}"#),
            ("attr.Severity", "3"),
        ];
        let expected = expected.map(|(field, value)| (field.to_owned(), value.to_owned()));
        assert_eq!(texts(&conversation), expected);
    }

    #[test]
    fn what_a_contact_has_is_read_from_where_intercom_puts_it() {
        let contact = json!({
            "role": "lead", "external_id": "cust-7", "phone": null, "last_seen_at": 1_767_225_600,
            "location": {"type": "location", "country": "Malta", "city": null},
            "companies": {"type": "list", "data": [{"id": "c1", "type": "company"}, {"id": "c2", "name": "Acme"}, "odd"]},
            "custom_attributes": {"Plan": "Pro", "seats": 12, "roles": ["a", "b"], "none": null},
        });
        let found: Vec<_> =
            read_contact(&contact).iter().map(|one| (one.field.to_string(), one.value.to_string())).collect();
        let expected = [
            ("contact.role", "lead"),
            ("contact.external_id", "cust-7"),
            ("contact.country", "Malta"),
            ("contact.last_seen_at", "2026-01-01T00:00:00Z"),
            ("company", "c1"),
            ("company", "Acme"),
            ("contact.Plan", "Pro"),
            ("contact.roles", "a"),
            ("contact.roles", "b"),
            ("contact.seats", "12"),
        ];
        assert_eq!(found, expected.map(|(field, value)| (field.to_owned(), value.to_owned())));
        for odd in
            [json!(null), json!([]), json!({"location": [], "companies": 7, "custom_attributes": "no"})]
        {
            assert_eq!(read_contact(&odd), []);
        }
    }

    #[test]
    fn shapes_that_are_unknown_are_nothing() {
        for odd in [
            json!(null),
            json!([]),
            json!("text"),
            json!({"conversation_rating": 5, "source": [], "teammates": null, "custom_attributes": "no", "topics": {}}),
            json!({"ticket": {"ticket_type": {"x": 1}, "ticket_attributes": [1]}, "channel": {"initial": null}}),
            json!({"waiting_since": "soon", "read": "maybe", "ai_agent": {"content_sources": {"content_sources": 7}}}),
        ] {
            assert_eq!(texts(&odd), [], "{odd}");
        }
        assert_eq!(
            texts(&json!({"ai_agent_participated": true})),
            [("ai".to_owned(), "participated".to_owned())]
        );
    }

    #[test]
    fn an_object_is_found_by_what_is_in_it() {
        let json = Value::Json(r#"{"instances":[{"id":"31","total":12.5},null]}"#.to_owned());
        assert_eq!(label_names(&json), ["31", "12.5"]);
        assert_eq!(label_names(&Value::Text("x".repeat(LONGEST_LABEL + 1))), Vec::<String>::new());
    }
}
