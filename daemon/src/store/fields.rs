//! What a conversation has besides people, tags and parts, as rows; and the labels that this gives it.

use proto::fields::Field;
use proto::types::{Change, FieldValue, Value};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::labels::Kind;
use super::stored;
use crate::fields::{Source, label_names};
use crate::model::Part;

/// Figures of Intercom's that are stored by their place here, which never changes; others by their name.
const STATISTICS: [&str; 22] = [
    "time_to_assignment",
    "time_to_admin_reply",
    "time_to_first_close",
    "time_to_last_close",
    "median_time_to_reply",
    "first_contact_reply_at",
    "first_assignment_at",
    "first_admin_reply_at",
    "first_close_at",
    "last_assignment_at",
    "last_assignment_admin_reply_at",
    "last_contact_reply_at",
    "last_admin_reply_at",
    "last_close_at",
    "last_closed_by_id",
    "count_reopens",
    "count_assignments",
    "count_conversation_parts",
    "assigned_team_first_response_time",
    "assigned_team_first_response_time_in_office_hours",
    "handling_time",
    "adjusted_handling_time",
];
/// The number of the first of them.
const FIRST_STATISTIC: u8 = 128;

/// What a conversation has besides people, tags and parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// Its fields.
    pub(super) list: Vec<FieldValue>,
    /// What its events tell, and the names of its files, for searches.
    pub(super) searchable: Vec<String>,
}

/// The same as it is stored: fields by their numbers, with a name where there is one beyond that.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    /// Number, name and value of each field.
    pub(super) list: Vec<(u8, String, Value)>,
    /// What events tell.
    pub(super) searchable: Vec<String>,
}

impl Fields {
    /// Returns what a conversation has by its fields and parts.
    pub(super) fn of(list: Vec<FieldValue>, parts: &[Part]) -> Self {
        let searchable = parts.iter().flat_map(|part| &part.changes).filter(|change| is_searchable(change));
        let searchable = searchable.flat_map(|change| change.from.iter().chain(&change.to));
        let files = parts.iter().flat_map(|part| &part.attachments).filter_map(|file| file.name.as_ref());
        let mut searchable: Vec<String> = searchable.chain(files).cloned().collect();
        searchable.sort_unstable();
        searchable.dedup();
        Self { list, searchable }
    }

    /// Returns the texts by which a search finds it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let searched = self.list.iter().filter(|one| Source::of(&one.field).searched);
        let texts = searched.filter_map(|one| match &one.value {
            Value::Text(text) | Value::Real(text) | Value::Json(text) => Some(text.as_str()),
            Value::Whole(_) | Value::Flag(_) | Value::Time(_) => None,
        });
        texts.chain(self.searchable.iter().map(String::as_str))
    }

    /// Returns the labels that it gives its conversation.
    pub(super) fn labels(&self) -> Vec<(Kind, String)> {
        let labelled = self.list.iter().filter(|one| Source::of(&one.field).is_labelled());
        labelled
            .flat_map(|one| label_names(&one.value).into_iter().map(|name| label(&one.field, &name)))
            .collect()
    }

    /// Returns the bytes that are stored of it.
    pub(super) fn encode(&self) -> Result<Vec<u8>, Error> {
        let list = self.list.iter().map(|one| {
            let (number, name) = numbered(&one.field);
            (number, name, one.value.clone())
        });
        stored::encode(&Numbered { list: list.collect(), searchable: self.searchable.clone() })
    }

    /// Writes it in the place of what is stored.
    pub(super) fn put(&self, connection: &Connection, key: i64) -> Result<(), Error> {
        let stored = self.encode()?;
        connection
            .prepare_cached("INSERT OR REPLACE INTO fields(key, list) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute(params![key, stored]))
            .map(drop)
            .attempt("cannot store a conversation's fields")
    }

    /// Reads what is stored; nothing of a conversation that has none.
    pub(super) fn get(connection: &Connection, key: i64) -> Result<Self, Error> {
        let stored: Option<Vec<u8>> = connection
            .prepare_cached("SELECT list FROM fields WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .attempt("cannot read a conversation's fields")?;
        stored.map_or(Ok(Self::default()), |stored| Self::decode(key, &stored))
    }

    /// Returns what stored bytes hold.
    pub(super) fn decode(key: i64, bytes: &[u8]) -> Result<Self, Error> {
        let Numbered { list, searchable } = stored::decode("fields", key, bytes)?;
        let list = list
            .into_iter()
            .filter_map(|(number, name, value)| Some(FieldValue::new(field(number, name)?, value)));
        Ok(Self { list: list.collect(), searchable })
    }
}

/// Returns the label of a field's value; an attribute's and a figure's has its name before the value.
pub(super) fn label(field: &Field, value: &str) -> (Kind, String) {
    let kind = Kind::of(field);
    match field {
        Field::Attribute(name) | Field::Statistic(name) | Field::Contact(name) => {
            (kind, format!("{name}{BETWEEN}{value}"))
        }
        _ => (kind, value.to_owned()),
    }
}

/// What stands between an attribute's name and its value: a sign that neither can be searched by.
pub(super) const BETWEEN: char = '\u{1f}';

/// Says whether a change says something that is not found by people or tags.
fn is_searchable(change: &Change) -> bool {
    !matches!(change.field.as_str(), "assignee" | "team")
}

fn numbered(field: &Field) -> (u8, String) {
    let number = Source::of(field).number;
    match field {
        Field::Statistic(name) => {
            match (FIRST_STATISTIC..).zip(STATISTICS).find(|(_, known)| known == name) {
                Some((number, _)) => (number, String::new()),
                None => (number, name.clone()),
            }
        }
        Field::Attribute(name) | Field::Contact(name) => (number, name.clone()),
        _ => (number, String::new()),
    }
}

/// Returns the field of a number; `None` where a newer program wrote one that this does not know.
fn field(number: u8, name: String) -> Option<Field> {
    if let Some(place) = number.checked_sub(FIRST_STATISTIC) {
        return STATISTICS.get(usize::from(place)).map(|name| Field::Statistic((*name).to_owned()));
    }
    let source = crate::fields::SOURCES.iter().find(|source| source.number == number)?;
    Some(match source.field {
        Field::Attribute(_) => Field::Attribute(name),
        Field::Statistic(_) => Field::Statistic(name),
        Field::Contact(_) => Field::Contact(name),
        ref field => field.clone(),
    })
}
