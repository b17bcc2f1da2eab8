//! What conversations can be filtered by. A label counts its conversations, so that a query knows what is selective,
//! and vanishes with its last one, so that nothing of a deleted conversation stays behind.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Attempt, Error};
use super::text;

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The conversation's state.
    State = 0,
    /// The id of a contact in it.
    Contact = 1,
    /// The e-mail address of a contact in it.
    Email = 2,
    /// The name of a tag on it.
    Tag = 3,
    /// The id of the admin it is assigned to.
    Admin = 4,
    /// The id of the team it is assigned to.
    Team = 5,
    /// It is assigned to nobody; the name is empty.
    Unassigned = 6,
}

impl Kind {
    /// Returns the name as it is stored and compared.
    fn spelling(self, name: &str) -> String {
        match self {
            Self::Email | Self::Tag | Self::State => text::plain(name),
            Self::Contact | Self::Admin | Self::Team | Self::Unassigned => name.to_owned(),
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
                .query_row(params![kind as i64, kind.spelling(name)], |row| {
                    Ok(Label { id: row.get(0)?, conversations: row.get(1)? })
                })
                .optional()
        })
        .attempt("cannot look up a label")
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
                .and_then(|mut statement| statement.query_row(params![kind as i64, name], |row| row.get(0)))
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
        let mut statement = connection
            .prepare_cached("INSERT INTO labelled(label, docid) VALUES (?1, ?2)")
            .attempt("cannot store labels")?;
        for label in labels {
            statement.execute([*label, docid]).attempt("cannot store labels")?;
            *self.counts.entry(*label).or_default() += 1;
        }
        Ok(())
    }

    /// Takes labels off a conversation.
    pub(super) fn detach(
        &mut self,
        connection: &Connection,
        labels: &[i64],
        docid: i64,
    ) -> Result<(), Error> {
        let mut statement = connection
            .prepare_cached("DELETE FROM labelled WHERE label = ?1 AND docid = ?2")
            .attempt("cannot remove labels")?;
        for label in labels {
            statement.execute([*label, docid]).attempt("cannot remove labels")?;
            *self.counts.entry(*label).or_default() -= 1;
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
            if kind == Kind::Contact as i64 {
                connection.execute("DELETE FROM contact WHERE id = ?1", [name]).attempt(action)?;
            }
        }
        Ok(())
    }
}
