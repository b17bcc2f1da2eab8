//! Names of the people in a conversation.

use proto::types::{Assignee, Author, Customer};

/// Returns a customer's name and address, or whatever is known of both.
pub(crate) fn customer(customer: Option<&Customer>) -> String {
    match customer {
        Some(Customer { name, email, id }) => named(name.as_deref(), email.as_deref(), id.as_deref()),
        None => "no customer".to_owned(),
    }
}

/// Returns an assignee's name, or the id where the name is not known.
pub(crate) fn assignee(assignee: Option<&Assignee>) -> String {
    match assignee {
        Some(Assignee { id, kind, name: None }) => format!("{kind} {id}"),
        Some(Assignee { name: Some(name), .. }) => name.clone(),
        None => "nobody".to_owned(),
    }
}

/// Returns an author's name, address and kind.
pub(crate) fn author(author: &Author) -> String {
    let name = named(author.name.as_deref(), author.email.as_deref(), author.id.as_deref());
    format!("{name} ({})", author.kind)
}

fn named(name: Option<&str>, email: Option<&str>, id: Option<&str>) -> String {
    match (name, email) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => id.unwrap_or("unknown").to_owned(),
    }
}
