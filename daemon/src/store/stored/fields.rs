//! What a conversation has besides people, tags and parts; and who answered in it.

use std::borrow::Cow;

use proto::{Timestamp, types};
use serde::{Deserialize, Serialize};

use super::{Value, deserialize, serialize};
use crate::store::error::Error;
use crate::store::fields::Numbered;
use crate::store::measure::Answer;

#[derive(Debug, Serialize, Deserialize)]
struct Field<'a> {
    number: u8,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: FieldValue<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
enum FieldValue<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Whole(i64),
    #[serde(borrow)]
    Real(Cow<'a, str>),
    Flag(bool),
    Time(i64),
    #[serde(borrow)]
    Json(Cow<'a, str>),
}

impl<'a> FieldValue<'a> {
    fn of(value: &'a types::Value) -> Self {
        match value {
            types::Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            types::Value::Whole(number) => Self::Whole(*number),
            types::Value::Real(number) => Self::Real(Cow::Borrowed(number)),
            types::Value::Flag(flag) => Self::Flag(*flag),
            types::Value::Time(at) => Self::Time(at.0),
            types::Value::Json(json) => Self::Json(Cow::Borrowed(json)),
        }
    }

    fn whole(self) -> types::Value {
        match self {
            Self::Text(text) => types::Value::Text(text.into_owned()),
            Self::Whole(number) => types::Value::Whole(number),
            Self::Real(number) => types::Value::Real(number.into_owned()),
            Self::Flag(flag) => types::Value::Flag(flag),
            Self::Time(at) => types::Value::Time(Timestamp(at)),
            Self::Json(json) => types::Value::Json(json.into_owned()),
        }
    }
}

impl Value for Numbered {
    fn write(&self) -> Result<Vec<u8>, Error> {
        let list = self.list.iter().map(|(number, name, value)| Field {
            number: *number,
            name: Cow::Borrowed(name),
            value: FieldValue::of(value),
        });
        serialize(&(list.collect::<Vec<_>>(), &self.searchable))
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let (list, searchable): (Vec<Field<'_>>, Vec<String>) = deserialize(bytes)?;
        let list = list.into_iter().map(|field| (field.number, field.name.into_owned(), field.value.whole()));
        Ok(Self { list: list.collect(), searchable })
    }
}

/// Each by who gave it, what it answered, and how long after that.
impl Value for Vec<Answer<i64>> {
    fn write(&self) -> Result<Vec<u8>, Error> {
        serialize(&self.iter().map(|answer| (answer.by, answer.asked, answer.after)).collect::<Vec<_>>())
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let answers: Vec<(i64, i64, i64)> = deserialize(bytes)?;
        Ok(answers.into_iter().map(|(by, asked, after)| Answer { by, asked, after }).collect())
    }
}
