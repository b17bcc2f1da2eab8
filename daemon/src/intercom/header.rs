//! A conversation's JSON without its parts, for the fields that are told by where they stand in it. Pure.

use std::fmt;

use proto::types::FieldValue;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::fields;

/// Returns the fields of a conversation; none where its JSON cannot be read, since a field must not cost a conversation.
pub(super) fn fields(body: &[u8]) -> Vec<FieldValue> {
    serde_json::from_slice(body).map(|Header(header)| fields::read(&header)).unwrap_or_default()
}

struct Header(Value);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a conversation")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "conversation_parts" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        header.insert(key, map.next_value()?);
                    }
                }
                Ok(Header(Value::Object(header)))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
