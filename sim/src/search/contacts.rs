//! Runs contact searches. Times of contacts compare by whole days of UTC, as up to version 2.16.

use serde_json::Value;

use crate::generate::people::Contact;
use crate::search::Refusal;
use crate::search::compare::{Got, Operator, number};
use crate::search::cursor::{Ordered, Page};
use crate::search::query::{Node, Request};
use crate::world::World;

const DAY: i64 = 86_400;

/// A searchable attribute of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Email,
    Name,
    Role,
    ExternalId,
    CreatedAt,
    UpdatedAt,
}

impl Field {
    /// Returns the attribute with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "email" => Self::Email,
            "name" => Self::Name,
            "role" => Self::Role,
            "external_id" => Self::ExternalId,
            "created_at" => Self::CreatedAt,
            "updated_at" => Self::UpdatedAt,
            _ => return None,
        })
    }
}

/// Runs a search.
pub(crate) fn search(world: &World, now_ms: i64, request: &Request<Field>) -> Result<Page, Refusal> {
    let (field, ascending) = request.sort.unwrap_or((Field::CreatedAt, false));
    if !matches!(field, Field::CreatedAt | Field::UpdatedAt) {
        return Err(Refusal::new("parameter_invalid", "Cannot sort by this field"));
    }
    let query = by_day(&request.query)?;
    let mut rows: Vec<(i64, u32)> = candidates(world, &query)
        .into_iter()
        .map(|number| (number, world.contact_seen_at(number, now_ms)))
        .filter(|(_, contact)| query.matches(false, &|field| get(contact, field)))
        .map(|(number, contact)| match field {
            Field::UpdatedAt => (contact.updated_at, number),
            _ => (contact.created_at, number),
        })
        .collect();
    rows.sort_unstable();
    Ordered { rows: &rows, ascending, scale: 1000, first_id: 0, per_page: request.per_page }
        .page(request.starting_after.as_deref())
}

/// A search by ids looks at those alone; any other looks at everybody.
fn candidates(world: &World, query: &Node<Field>) -> Vec<u32> {
    let Node::Test(test) = query else { return (0..world.contact_count()).collect() };
    let ids = match (test.field, test.operator, &test.value) {
        (Field::Id, Operator::In, Value::Array(ids)) => ids.as_slice(),
        (Field::Id, Operator::Equal, id) => std::slice::from_ref(id),
        _ => return (0..world.contact_count()).collect(),
    };
    let mut numbers: Vec<u32> =
        ids.iter().filter_map(Value::as_str).filter_map(|id| world.contact_number(id)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn get(contact: &Contact, field: Field) -> Got {
    let text = |text: &Option<String>| text.clone().map_or(Got::Nothing, Got::Text);
    match field {
        Field::Id => Got::Text(contact.id.clone()),
        Field::Email => Got::Text(contact.email.clone()),
        Field::Name => text(&contact.name),
        Field::Role => Got::Text(contact.role.to_owned()),
        Field::ExternalId => text(&contact.external_id),
        Field::CreatedAt => Got::Number(contact.created_at.div_euclid(DAY)),
        Field::UpdatedAt => Got::Number(contact.updated_at.div_euclid(DAY)),
    }
}

/// Returns the query with its times cut to days; only `=`, `<` and `>` are allowed on them.
fn by_day(query: &Node<Field>) -> Result<Node<Field>, Refusal> {
    let each = |nodes: &[Node<Field>]| nodes.iter().map(by_day).collect::<Result<Vec<_>, _>>();
    Ok(match query {
        Node::All(nodes) => Node::All(each(nodes)?),
        Node::Any(nodes) => Node::Any(each(nodes)?),
        Node::Test(test) if matches!(test.field, Field::CreatedAt | Field::UpdatedAt) => {
            if !matches!(test.operator, Operator::Equal | Operator::Less | Operator::Greater) {
                return Err(Refusal::new("parameter_invalid", "Invalid operator for a date"));
            }
            let day = number(&test.value).map(|at| Value::from(at.div_euclid(DAY)));
            let mut test = test.clone();
            test.value = day.ok_or_else(|| Refusal::new("type_mismatch", "a date must be a timestamp"))?;
            Node::Test(test)
        }
        Node::Test(_) => query.clone(),
    })
}
