//! Who takes part in a conversation on the customer's side. Pure.

use crate::model::{Contact, Part};

/// Merges the contacts `named` by the conversation, which come without name and address, with the authors of its
/// parts, who come with both; the order is that of the names, so the customer stays first.
pub(super) fn contacts(named: impl Iterator<Item = String>, parts: &[Part]) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for id in named {
        if !contacts.iter().any(|contact| contact.id.as_ref() == Some(&id)) {
            contacts.push(Contact { id: Some(id), ..Contact::default() });
        }
    }
    for author in parts.iter().map(|part| &part.author).filter(|author| author.is_contact()) {
        let same = |contact: &Contact| match (&contact.id, &author.id) {
            (Some(known), Some(id)) => known == id,
            _ => match (&contact.email, &author.email) {
                (Some(known), Some(email)) => known.eq_ignore_ascii_case(email),
                _ => contact.name.is_some() && contact.name == author.name,
            },
        };
        match contacts.iter_mut().find(|contact| same(contact)) {
            Some(contact) => {
                contact.name = contact.name.take().or_else(|| author.name.clone());
                contact.email = contact.email.take().or_else(|| author.email.clone());
            }
            None if author.id.is_some() || author.name.is_some() || author.email.is_some() => {
                let (id, name, email) = (author.id.clone(), author.name.clone(), author.email.clone());
                contacts.push(Contact { id, name, email });
            }
            None => {}
        }
    }
    contacts
}
