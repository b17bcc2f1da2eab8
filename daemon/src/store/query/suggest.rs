//! What a condition can be: the values that stored conversations have.

use std::collections::HashMap;

use proto::types::{Field, Suggestion};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::conditions::is_begun;
use super::values::is_called_otherwise;
use crate::model::{Tag, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind};
use crate::store::{stored, text};

/// Most values that are returned.
const MOST: usize = 100;
/// Most values of a field that are looked at: an attribute may have as many as there are conversations.
const SPELT: usize = 2_000;

impl Snapshot<'_> {
    /// Returns the values that begin so, or of which a word does, those with most conversations first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn suggest(&self, field: &Field, beginning: &str, limit: u32) -> Result<Vec<Suggestion>, Error> {
        let beginning = text::plain(beginning.trim());
        let most = (limit as usize).min(MOST);
        let begins = |text: &str| is_begun(&text::plain(text), &beginning);
        let mut found = match field {
            Field::Customer => return self.customers(&beginning, most),
            field => self.values(field, &|_| true)?,
        };
        found.retain(|value| {
            beginning.is_empty() || begins(&value.value) || value.note.as_deref().is_some_and(begins)
        });
        found.sort_by(|a, b| b.conversations.cmp(&a.conversations).then_with(|| a.value.cmp(&b.value)));
        found.truncate(most);
        Ok(found)
    }

    /// Returns the values of a field that are wanted as they are compared; of those that are called by other names than they
    /// are stored under, all of them. Of customers there may be as many as conversations.
    pub(super) fn values(
        &self,
        field: &Field,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Suggestion>, Error> {
        match field {
            Field::State => {
                Ok(self.labelled_values(Kind::State)?.into_iter().map(|(_, value)| value).collect())
            }
            Field::Tag => self
                .labelled_values(Kind::Tag)?
                .into_iter()
                .filter(|(_, value)| wanted(&value.value))
                .map(|(label, value)| {
                    let spelt = self.tag_as_spelt(label, &value.value)?;
                    Ok(Suggestion { value: spelt.unwrap_or(value.value), ..value })
                })
                .collect(),
            Field::Assignee => self.teammates_with(None),
            Field::Team => self.teammates_with(Some(TeammateKind::Team)),
            Field::Attribute(name) | Field::Contact(name) if name.is_empty() => {
                let names = self.names_of(field)?.into_iter();
                Ok(names
                    .map(|(value, conversations)| Suggestion { value, note: None, conversations })
                    .collect())
            }
            field => self.field_values(field, wanted),
        }
    }

    /// Returns the values of a field by its labels, those with most conversations first.
    fn field_values(&self, field: &Field, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Suggestion>, Error> {
        let mut labels = labels::of_field(self.connection, field)?;
        if !is_called_otherwise(field) {
            labels.retain(|named| wanted(&named.value));
        }
        labels.sort_by(|a, b| (b.label.conversations, &a.value).cmp(&(a.label.conversations, &b.value)));
        labels.truncate(SPELT);
        let value = |named: labels::Named| {
            let conversations = u64::try_from(named.label.conversations).unwrap_or(0);
            let called = self.called(field, named.label.id, &named.value)?;
            Ok(Suggestion { value: called, note: None, conversations })
        };
        labels.into_iter().map(value).collect()
    }

    /// Returns the labels of a kind with their names as they are compared.
    fn labelled_values(&self, kind: Kind) -> Result<Vec<(i64, Suggestion)>, Error> {
        self.connection
            .prepare_cached("SELECT id, name, conversations FROM label WHERE kind = ?1")
            .and_then(|mut statement| {
                let rows = statement.query_map([kind.number()], |row| {
                    let conversations = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
                    Ok((row.get(0)?, Suggestion { value: row.get(1)?, note: None, conversations }))
                })?;
                rows.collect()
            })
            .attempt("cannot read the labels")
    }

    /// Returns a tag's name as a conversation that has it spells it.
    pub(super) fn tag_as_spelt(&self, label: i64, name: &str) -> Result<Option<String>, Error> {
        let attempt = "cannot read a tag";
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT c.key, c.tags FROM conversation c
                 WHERE c.docid = (SELECT max(docid) FROM labelled WHERE label = ?1)",
            )
            .and_then(|mut statement| {
                statement.query_row([label], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt(attempt)?;
        let Some((key, tags)) = row else { return Ok(None) };
        let tags: Vec<Tag> = stored::decode("tags", key, &tags)?;
        Ok(tags.into_iter().map(|tag| tag.name).find(|spelt| text::plain(spelt) == name))
    }

    /// Returns the teammates that conversations can be assigned to, or those of one kind.
    fn teammates_with(&self, kind: Option<TeammateKind>) -> Result<Vec<Suggestion>, Error> {
        let mut teammates = self.teammates()?;
        teammates.retain(|teammate| kind.is_none_or(|kind| teammate.kind == kind));
        let mut names = HashMap::new();
        for teammate in &teammates {
            *names.entry(teammate.name.as_deref().map(text::plain)).or_insert(0_usize) += 1;
        }
        let mut values = Vec::with_capacity(teammates.len());
        for teammate in &teammates {
            let kind = match teammate.kind {
                TeammateKind::Admin => Kind::Admin,
                TeammateKind::Team => Kind::Team,
            };
            let label = labels::find(self.connection, kind, &teammate.id)?;
            let conversations = label.map_or(0, |label| u64::try_from(label.conversations).unwrap_or(0));
            let alone = names.get(&teammate.name.as_deref().map(text::plain)) == Some(&1);
            let (value, note) = match &teammate.name {
                Some(name) if alone => (name.clone(), teammate.email.clone()),
                name => (teammate.id.clone(), name.clone()),
            };
            values.push(Suggestion { value, note, conversations });
        }
        Ok(values)
    }
}
