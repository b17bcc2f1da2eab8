//! Which fields stored conversations have, how many have each, and with which values.

use std::collections::{BTreeMap, HashSet};

use proto::Timestamp;
use proto::fields::{FIELDS, Field};
use proto::types::FieldUse;

use super::Snapshot;
use crate::fields::{Class, Place, Source};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::{labels, silent};

impl Snapshot<'_> {
    /// Returns the fields that stored conversations have, with at most so many values of each.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn fields_in_use(&self, values: u32, now: Timestamp) -> Result<Vec<FieldUse>, Error> {
        let mut counts = self.read_counts()?;
        for info in FIELDS {
            if Source::of(&info.field).place == Place::Derived && info.field.can_group() {
                let conversations = self.labelled_count(&info.field)?;
                if conversations > 0 {
                    counts.insert(info.field.clone(), conversations);
                }
            }
        }
        let contacts = Field::Contact(String::new());
        counts.extend(
            self.names_of(&contacts)?
                .into_iter()
                .map(|(name, conversations)| (Field::Contact(name), conversations)),
        );
        let place = |field: &Field| FIELDS.iter().position(|info| info.name == field.info().name);
        let mut counts: Vec<(Field, u64)> = counts.into_iter().collect();
        counts.sort_by_cached_key(|(field, _)| (place(field), field.to_string()));
        counts
            .into_iter()
            .map(|(field, conversations)| {
                let known = if field.can_group() && values > 0 {
                    self.suggest(&field, "", values)?
                } else {
                    Vec::new()
                };
                let silent = Source::of(&field).class != Class::Activity
                    || silent::is_silent(self.connection, &field, now)?;
                let (help, can_group) = (field.info().help.to_owned(), field.can_group());
                Ok(FieldUse { field, help, conversations, can_group, silent, values: known })
            })
            .collect()
    }

    /// Counts the conversations that have each of the fields that stand in their JSON.
    fn read_counts(&self) -> Result<BTreeMap<Field, u64>, Error> {
        let attempt = "cannot read the conversations' fields";
        let mut counts: BTreeMap<Field, u64> = BTreeMap::new();
        let mut statement =
            self.connection.prepare_cached("SELECT key, list FROM fields").attempt(attempt)?;
        let mut rows = statement.query([]).attempt(attempt)?;
        while let Some(row) = rows.next().attempt(attempt)? {
            let key = row.get(0).attempt(attempt)?;
            let list = row.get_ref(1).and_then(|list| Ok(list.as_blob()?)).attempt(attempt)?;
            let fields: HashSet<Field> =
                Fields::decode(key, list)?.list.into_iter().map(|one| one.field).collect();
            for field in fields {
                *counts.entry(field).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// Counts the conversations that have a label of a field.
    fn labelled_count(&self, field: &Field) -> Result<u64, Error> {
        let (kind, from, to) = labels::range(field);
        self.connection
            .prepare_cached(
                "SELECT count(DISTINCT d.docid) FROM label l CROSS JOIN labelled d ON d.label = l.id
                 WHERE l.kind = ?1 AND l.name >= ?2 AND l.name < ?3",
            )
            .and_then(|mut statement| {
                statement.query_row((kind.number(), from, to), |row| row.get::<_, i64>(0))
            })
            .map(i64::unsigned_abs)
            .attempt("cannot count what has a field")
    }
}
