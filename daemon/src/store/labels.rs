//! What conversations can be filtered by. A label counts its conversations, so that a query knows what is selective,
//! and vanishes with its last one, so that nothing of a deleted conversation stays behind.

use std::collections::HashMap;

use proto::fields::Field;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::fields::{self, BETWEEN};
use super::{tags, text};
use crate::fields::Source;

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The conversation's state.
    State,
    /// The id of a contact in it.
    Contact,
    /// The e-mail address of a contact in it.
    Email,
    /// The name of a tag on it.
    Tag,
    /// The id of the admin it is assigned to.
    Admin,
    /// The id of the team it is assigned to.
    Team,
    /// It is assigned to nobody; the name is empty.
    Unassigned,
    /// A value of the field with this number; see [`crate::fields::SOURCES`].
    Field(u8),
}

impl Kind {
    /// Returns its number in the database.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::State => 0,
            Self::Contact => 1,
            Self::Email => 2,
            Self::Tag => 3,
            Self::Admin => 4,
            Self::Team => 5,
            Self::Unassigned => 6,
            Self::Field(number) => number as i64,
        }
    }

    /// Returns the kind of what is derived or read of a field.
    pub(super) fn of(field: &Field) -> Self {
        match field {
            Field::State => Self::State,
            Field::Customer => Self::Email,
            Field::Tag => Self::Tag,
            Field::Assignee => Self::Admin,
            Field::Team => Self::Team,
            field => Self::Field(Source::of(field).number),
        }
    }

    /// Returns the name as it is stored and compared.
    pub(super) fn spelling(self, name: &str) -> String {
        match self {
            Self::Email | Self::Tag | Self::State => text::plain(name),
            Self::Contact | Self::Admin | Self::Team | Self::Unassigned => name.to_owned(),
            Self::Field(_) => match name.split_once(BETWEEN) {
                Some((attribute, value)) => {
                    format!("{}{BETWEEN}{}", text::plain(attribute), text::plain(value))
                }
                None => text::plain(name),
            },
        }
    }
}

/// A label that exists: which one, and on how many conversations it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Its number.
    pub(super) id: i64,
    /// Its conversations.
    pub(super) conversations: i64,
}

/// Returns the label of a name, where any conversation has it.
pub(super) fn find(connection: &Connection, kind: Kind, name: &str) -> Result<Option<Label>, Error> {
    connection
        .prepare_cached("SELECT id, conversations FROM label WHERE kind = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![kind.number(), kind.spelling(name)], |row| {
                    Ok(Label { id: row.get(0)?, conversations: row.get(1)? })
                })
                .optional()
        })
        .attempt("cannot look up a label")
}

/// Says whether a label is of one of these kinds.
pub(super) fn is_of(connection: &Connection, label: i64, kinds: &[Kind]) -> Result<bool, Error> {
    let kind: Option<i64> = connection
        .prepare_cached("SELECT kind FROM label WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([label], |row| row.get(0)).optional())
        .attempt("cannot look up a label")?;
    Ok(kinds.iter().any(|one| Some(one.number()) == kind))
}

/// A label with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Which label.
    pub(super) label: Label,
    /// The value, as it is compared.
    pub(super) value: String,
}

/// Returns the kind of a field's labels, and between which names they are: the first of them, and what comes after all.
pub(super) fn range(field: &Field) -> (Kind, String, String) {
    let (kind, first) = fields::label(field, "");
    let first = kind.spelling(&first);
    let after = match first.strip_suffix(BETWEEN) {
        // What comes right after the sign between a name and its values.
        Some(name) => format!("{name} "),
        None => String::from(char::MAX),
    };
    (kind, first, after)
}

/// Returns the labels of a field, in no order; an attribute's are those of its name.
pub(super) fn of_field(connection: &Connection, field: &Field) -> Result<Vec<Named>, Error> {
    let attempt = "cannot read the labels";
    let (kind, first, after) = range(field);
    let mut statement = connection
        .prepare_cached(
            "SELECT id, name, conversations FROM label WHERE kind = ?1 AND name >= ?2 AND name < ?3",
        )
        .attempt(attempt)?;
    let rows = statement
        .query_map(params![kind.number(), first, after], |row| {
            let name: String = row.get(1)?;
            let label = Label { id: row.get(0)?, conversations: row.get(2)? };
            Ok(Named { label, value: name.get(first.len()..).unwrap_or_default().to_owned() })
        })
        .attempt(attempt)?;
    rows.collect::<Result<_, _>>().attempt(attempt)
}

/// The changes that one transaction makes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    ids: HashMap<(Kind, String), i64>,
    counts: HashMap<i64, i64>,
}

impl Changes {
    /// Returns the numbers of these labels, each once; new ones where there were none.
    pub(super) fn ids(&mut self, connection: &Connection, names: &[(Kind, &str)]) -> Result<Vec<i64>, Error> {
        let mut ids = names
            .iter()
            .map(|(kind, name)| self.id(connection, *kind, kind.spelling(name)))
            .collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn id(&mut self, connection: &Connection, kind: Kind, name: String) -> Result<i64, Error> {
        if let Some(id) = self.ids.get(&(kind, name.clone())) {
            return Ok(*id);
        }
        let id = match find(connection, kind, &name)? {
            Some(label) => label.id,
            None => connection
                .prepare_cached(
                    "INSERT INTO label(kind, name, conversations) VALUES (?1, ?2, 0) RETURNING id",
                )
                .and_then(|mut statement| statement.query_row(params![kind.number(), name], |row| row.get(0)))
                .attempt("cannot store a label")?,
        };
        self.ids.insert((kind, name), id);
        // A label that nothing comes to carry has to go again.
        self.counts.entry(id).or_default();
        Ok(id)
    }

    /// Puts labels on a conversation.
    pub(super) fn attach(
        &mut self,
        connection: &Connection,
        labels: &[i64],
        docid: i64,
    ) -> Result<(), Error> {
        let statement = connection
            .prepare_cached("INSERT INTO labelled(label, docid) VALUES (?1, ?2)")
            .attempt("cannot store labels")?;
        self.change(statement, labels, docid, 1)
    }

    /// Takes labels off a conversation.
    pub(super) fn detach(
        &mut self,
        connection: &Connection,
        labels: &[i64],
        docid: i64,
    ) -> Result<(), Error> {
        let statement = connection
            .prepare_cached("DELETE FROM labelled WHERE label = ?1 AND docid = ?2")
            .attempt("cannot remove labels")?;
        self.change(statement, labels, docid, -1)
    }

    fn change(
        &mut self,
        mut statement: CachedStatement<'_>,
        labels: &[i64],
        docid: i64,
        by: i64,
    ) -> Result<(), Error> {
        for label in labels {
            statement.execute([*label, docid]).attempt("cannot change labels")?;
            *self.counts.entry(*label).or_default() += by;
        }
        Ok(())
    }

    /// Has a conversation carry these labels in the place of others; what is in both stays untouched.
    pub(super) fn replace(
        &mut self,
        connection: &Connection,
        old: &[i64],
        new: &[i64],
        docid: i64,
    ) -> Result<(), Error> {
        let without = |labels: &[i64], others: &[i64]| -> Vec<i64> {
            labels.iter().filter(|label| !others.contains(label)).copied().collect()
        };
        self.detach(connection, &without(old, new), docid)?;
        self.attach(connection, &without(new, old), docid)
    }

    /// Writes the counts and removes what is on nothing any more; to be called once, before the commit.
    pub(super) fn write(self, connection: &Connection) -> Result<(), Error> {
        let action = "cannot count labels";
        for (id, by) in self.counts {
            let (kind, name, left): (i64, String, i64) = connection
                .prepare_cached(
                    "UPDATE label SET conversations = conversations + ?2 WHERE id = ?1
                     RETURNING kind, name, conversations",
                )
                .and_then(|mut statement| {
                    statement.query_row([id, by], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                })
                .attempt(action)?;
            if left > 0 {
                continue;
            }
            connection
                .prepare_cached("DELETE FROM label WHERE id = ?1")
                .and_then(|mut statement| statement.execute([id]))
                .attempt(action)?;
            if kind == Kind::Tag.number() {
                tags::remove(connection, &name)?;
            }
            if kind == Kind::Contact.number() {
                connection.execute("DELETE FROM contact WHERE id = ?1", [name]).attempt(action)?;
            }
        }
        Ok(())
    }
}
