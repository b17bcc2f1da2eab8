//! Which fields were seen to change without a conversation's activity time moving: by audits, which read conversations
//! again although nothing says that they changed. What rests on such a field is only as new as the reads are.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::fields::Field;
use proto::types::FieldValue;
use rusqlite::{Connection, params};

use super::error::{Attempt, Error};
use super::ledger;

/// What the marks are called that say when a field was last seen to change so.
const MARK: &str = "silent.";
/// For so long a field counts as silent after that, in seconds.
const REMEMBERED: i64 = 7 * 86_400;
/// A read so many seconds after a change shows all of that second: what a later one shows besides came later.
const SETTLED: i64 = 2;

/// A state of a conversation, and when it was asked for.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    /// Its fields.
    pub(super) fields: &'a [FieldValue],
    /// Its activity time.
    pub(super) updated_at: Timestamp,
    /// When it was asked for.
    pub(super) asked_at: Timestamp,
}

/// Notes which fields changed between two reads of a conversation that show the same activity time.
pub(super) fn note(connection: &Connection, before: Read<'_>, after: Read<'_>) -> Result<(), Error> {
    let is_silent = before.updated_at == after.updated_at
        && before.asked_at >= before.updated_at.plus(SETTLED)
        && before.asked_at < after.asked_at;
    if !is_silent {
        return Ok(());
    }
    for name in changed(before.fields, after.fields) {
        ledger::set_mark(connection, &format!("{MARK}{name}"), &after.asked_at.0.to_string())?;
    }
    Ok(())
}

/// Returns the names of the fields that differ.
fn changed(before: &[FieldValue], after: &[FieldValue]) -> BTreeSet<String> {
    let gone = before.iter().filter(|one| !after.contains(one));
    let new = after.iter().filter(|one| !before.contains(one));
    gone.chain(new).map(|one| name(&one.field)).collect()
}

/// Returns the name under which a field is marked: attributes are compared whatever their case.
fn name(field: &Field) -> String {
    field.to_string().to_lowercase()
}

/// Says whether a field was seen to change silently of late; of attributes without a name, whether any was.
pub(super) fn is_silent(connection: &Connection, field: &Field, now: Timestamp) -> Result<bool, Error> {
    let first = format!("{MARK}{}", name(field));
    // All of those whose names go on after the dot.
    let last = if first.ends_with('.') { format!("{first}{}", char::MAX) } else { first.clone() };
    let seen: Option<i64> = connection
        .prepare_cached("SELECT max(CAST(value AS INTEGER)) FROM mark WHERE name BETWEEN ?1 AND ?2")
        .and_then(|mut statement| statement.query_row(params![first, last], |row| row.get(0)))
        .attempt("cannot read which fields change silently")?;
    Ok(seen.is_some_and(|at| Timestamp(at) > now.minus(REMEMBERED)))
}

#[cfg(test)]
mod tests {
    use proto::types::Value;

    use super::*;

    #[test]
    #[allow(clippy::unwrap_used)]
    fn only_what_changed_long_after_the_activity_time_is_silent_and_for_a_week() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE mark(name TEXT PRIMARY KEY, value TEXT)").unwrap();
        let day = 86_400;
        let (none, rated) = ([], [FieldValue::new(Field::Rating, Value::Whole(1))]);
        let read =
            |fields, asked_at| Read { fields, updated_at: Timestamp(1_000), asked_at: Timestamp(asked_at) };
        let is_silent = |now| is_silent(&connection, &Field::Rating, Timestamp(now)).unwrap();
        // The change may have come within the same second.
        note(&connection, read(&none, 1_001), read(&rated, 2_000)).unwrap();
        // The same read, derived anew by another version.
        note(&connection, read(&none, 2_000), read(&rated, 2_000)).unwrap();
        assert!(!is_silent(2_000));
        note(&connection, read(&none, 1_500), read(&rated, 2_000)).unwrap();
        assert!(is_silent(2_000) && is_silent(6 * day) && !is_silent(8 * day));
    }

    #[test]
    fn what_differs_is_named_once() {
        let value = |field: Field, text: &str| FieldValue::new(field, Value::Text(text.to_owned()));
        let before = [value(Field::Channel, "email"), value(Field::Attribute("Plan".to_owned()), "Pro")];
        let after = [
            value(Field::Attribute("Plan".to_owned()), "Free"),
            value(Field::Channel, "email"),
            value(Field::Sla, "hit"),
        ];
        let names: Vec<_> = changed(&before, &after).into_iter().collect();
        assert_eq!(names, ["attr.plan", "sla"]);
        assert!(changed(&before, &before).is_empty());
    }
}
