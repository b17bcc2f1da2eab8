//! The small values of a conversation's row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Value, deserialize, serialize};
use crate::model;
use crate::store::error::Error;

#[derive(Debug, Serialize, Deserialize)]
struct Contact<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    email: Option<Cow<'a, str>>,
}

impl Value for Vec<model::Contact> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        let contacts = self.iter().map(|contact| Contact {
            id: contact.id.as_deref().map(Cow::Borrowed),
            name: contact.name.as_deref().map(Cow::Borrowed),
            email: contact.email.as_deref().map(Cow::Borrowed),
        });
        serialize(&contacts.collect::<Vec<_>>())
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let contacts: Vec<Contact<'_>> = deserialize(bytes)?;
        let contact = |contact: Contact<'_>| {
            let [id, name, email] =
                [contact.id, contact.name, contact.email].map(|text| text.map(Cow::into_owned));
            model::Contact { id, name, email }
        };
        Ok(contacts.into_iter().map(contact).collect())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl Value for Vec<model::Tag> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        let tags = self.iter().map(|tag| Tag { id: Cow::Borrowed(&tag.id), name: Cow::Borrowed(&tag.name) });
        serialize(&tags.collect::<Vec<_>>())
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let tags: Vec<Tag<'_>> = deserialize(bytes)?;
        let tag = |Tag { id, name }: Tag<'_>| model::Tag { id: id.into_owned(), name: name.into_owned() };
        Ok(tags.into_iter().map(tag).collect())
    }
}

/// Numbers of labels.
impl Value for Vec<i64> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        serialize(self)
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        deserialize(bytes)
    }
}

/// Returns instants as bytes, each as its distance from the one before.
pub(in crate::store) fn instants(mut at: Vec<i64>) -> Result<Vec<u8>, Error> {
    at.sort_unstable();
    at.dedup();
    let mut previous = 0_i64;
    for instant in &mut at {
        let distance = instant.wrapping_sub(previous);
        previous = *instant;
        *instant = distance;
    }
    super::encode(&at)
}

/// Reads instants back, ascending.
pub(in crate::store) fn read_instants(key: i64, blob: &[u8]) -> Result<Vec<i64>, Error> {
    let mut at: Vec<i64> = super::decode("activity", key, blob)?;
    let mut previous = 0_i64;
    for instant in &mut at {
        previous = previous.wrapping_add(*instant);
        *instant = previous;
    }
    Ok(at)
}
