//! The values of a field that stored conversations have: which labels stand for one, and how people spell it.

use proto::fields::{Field, Kind};
use proto::types::{Bound, Test, Value};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::conditions::is_begun;
use crate::fields::{Names, Source, synonyms};
use crate::model::{Contact, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::fields::{self, Fields};
use crate::store::labels::{self, Label};
use crate::store::measure::Measure;
use crate::store::{people, stored, text};

/// Says whether a value, as it is compared, is what is wanted of a field.
pub(super) fn is_met(field: &Field, test: &Test, value: &str) -> bool {
    match test {
        Test::Any => true,
        Test::Is(wanted) => {
            let wanted = text::plain(wanted);
            value == wanted || same(value, &wanted) || synonyms(field, &wanted).contains(&value)
        }
        Test::Begins(wanted) => value.starts_with(&text::plain(wanted)),
        Test::Between(from, to) => {
            let Some(value) = Place::of(value) else { return false };
            let above = |bound: &Bound| Place::of(&bound.value).and_then(|place| value.above(place));
            let fits = |bound: &Option<Bound>, sign: f64| {
                bound.as_ref().is_none_or(|bound| {
                    above(bound).is_some_and(|by| by * sign > 0.0 || bound.inside && by == 0.0)
                })
            };
            fits(from, 1.0) && fits(to, -1.0)
        }
    }
}

/// Says whether the values of a field are ids of teammates, whom people call by their names.
pub(super) fn is_called_otherwise(field: &Field) -> bool {
    *field == Field::Responder || Source::of(field).names == Names::Admin
}

/// Says whether both are the same number, however that is written.
fn same(a: &str, b: &str) -> bool {
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

/// Says whether any value of a field is such: of a text, whether it has the words.
fn has(fields: &Fields, field: &Field, test: &Test) -> bool {
    let is_text = field.info().kind == Kind::Text;
    fields.list.iter().filter(|one| one.field == *field).any(|one| {
        let value = text::plain(&one.value.to_string());
        match test {
            Test::Is(wanted) if is_text => is_begun(&value, &text::plain(wanted)),
            test => is_met(field, test, &value),
        }
    })
}

/// Where a value stands among others of its kind.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Number(f64),
    Time(i64),
}

impl Place {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Some(Self::Number(number));
        }
        let upper = text.to_uppercase();
        let at = chrono::DateTime::parse_from_rfc3339(&upper).map(|at| at.timestamp());
        let day =
            || upper.parse::<chrono::NaiveDate>().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
        at.or_else(|_| day().map(|at| at.timestamp())).ok().map(Self::Time)
    }

    /// Returns by how much it is above another; nothing where they are of different kinds. Attributes hold times as seconds.
    fn above(self, other: Self) -> Option<f64> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a - b),
            (Self::Time(a), Self::Time(b)) => Some((a - b) as f64),
            (Self::Number(a), Self::Time(b)) => Some(a - b as f64),
            (Self::Time(_), Self::Number(_)) => None,
        }
    }
}

impl Snapshot<'_> {
    /// Returns the labels that a wanted value of a field stands for. Teammates are meant by id, name or address.
    pub(super) fn labels_wanted(&self, field: &Field, test: &Test) -> Result<Vec<Label>, Error> {
        // There or not: both have a label, and only one is meant.
        let there = Test::Is(Value::Flag(true).to_string());
        let test = if field.info().kind == Kind::Flag && *test == Test::Any { &there } else { test };
        let people = is_called_otherwise(field);
        if let Test::Is(word) = test {
            let word = word.trim();
            let mut values: Vec<&str> = vec![word];
            let plain = text::plain(word);
            values.extend(synonyms(field, &plain));
            let ids = if people { self.admins_meant(word)? } else { Vec::new() };
            values.extend(ids.iter().map(String::as_str));
            let mut found = Vec::new();
            for value in values {
                let (kind, name) = fields::label(field, value);
                found.extend(labels::find(self.connection, kind, &name)?);
            }
            // A number can be written in several ways.
            if !found.is_empty() || word.parse::<f64>().is_err() {
                found.sort_unstable_by_key(|label| label.id);
                found.dedup();
                return Ok(found);
            }
        }
        let all = labels::of_field(self.connection, field)?;
        Ok(all
            .into_iter()
            .filter(|named| is_met(field, test, &named.value))
            .map(|named| named.label)
            .collect())
    }

    /// Says whether a document's conversation has such a value of a field.
    pub(super) fn has_value(&self, field: &Field, test: &Test, docid: i64) -> Result<bool, Error> {
        let attempt = "cannot read a conversation's fields";
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT f.key, f.list FROM conversation c CROSS JOIN fields f ON f.key = c.key WHERE c.docid = ?1",
            )
            .and_then(|mut statement| {
                statement.query_row([docid], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt(attempt)?;
        row.map_or(Ok(false), |(key, list)| Ok(has(&Fields::decode(key, &list)?, field, test)))
    }

    /// Says of each of these rows whether its conversation has such a value of a field.
    pub(super) fn valued(&self, rows: &[Measure], field: &Field, test: &Test) -> Result<Vec<bool>, Error> {
        let has = |row: &Measure| {
            self.deadline.check()?;
            Ok(has(&Fields::get(self.connection, row.key)?, field, test))
        };
        rows.iter().map(has).collect()
    }

    fn admins_meant(&self, word: &str) -> Result<Vec<String>, Error> {
        let wanted = text::plain(word);
        let is_wanted =
            |value: &Option<String>| value.as_deref().is_some_and(|value| text::plain(value) == wanted);
        let meant = self.teammates()?.into_iter().filter(|teammate| {
            teammate.kind == TeammateKind::Admin && (is_wanted(&teammate.name) || is_wanted(&teammate.email))
        });
        Ok(meant.map(|teammate| teammate.id).collect())
    }

    /// Returns what people call a value of a field, by its label.
    pub(super) fn called(&self, field: &Field, label: i64, value: &str) -> Result<String, Error> {
        if is_called_otherwise(field) {
            let name = self.teammate_name(TeammateKind::Admin, value)?;
            return Ok(name.unwrap_or_else(|| value.to_owned()));
        }
        Ok(self.field_as_spelt(field, label, value)?.unwrap_or_else(|| value.to_owned()))
    }

    /// Returns a value as the newest conversation that has it spells it.
    fn field_as_spelt(&self, field: &Field, label: i64, value: &str) -> Result<Option<String>, Error> {
        let names = self
            .fields_of_newest(label)?
            .list
            .into_iter()
            .filter(|one| labels::Kind::of(&one.field) == labels::Kind::of(field))
            .flat_map(|one| crate::fields::label_names(&one.value));
        Ok(names.into_iter().find(|name| text::plain(name) == value))
    }

    /// Returns what the newest conversation with a label has, and what its contacts have.
    fn fields_of_newest(&self, label: i64) -> Result<Fields, Error> {
        let newest: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT key, contacts FROM conversation
                 WHERE docid = (SELECT max(docid) FROM labelled WHERE label = ?1)",
            )
            .and_then(|mut statement| {
                statement.query_row([label], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .attempt("cannot read a conversation's fields")?;
        let Some((key, contacts)) = newest else { return Ok(Fields::default()) };
        let mut fields = Fields::get(self.connection, key)?;
        let contacts: Vec<Contact> = stored::decode("contacts", key, &contacts)?;
        for id in contacts.iter().filter_map(|contact| contact.id.as_deref()) {
            fields.list.append(&mut people::known(self.connection, id)?.fields.list);
        }
        Ok(fields)
    }

    /// Returns the names that a field of many names has, as the newest conversation spells each, and how many have it.
    pub(super) fn names_of(&self, field: &Field) -> Result<Vec<(String, u64)>, Error> {
        let attempt = "cannot read the attributes";
        let kind = labels::Kind::of(field);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT substr(name, 1, instr(name, char(31)) - 1) AS attribute, sum(conversations), max(id)
                 FROM label WHERE kind = ?1 GROUP BY attribute ORDER BY 2 DESC, 1",
            )
            .attempt(attempt)?;
        let rows = statement
            .query_map([kind.number()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs(), row.get::<_, i64>(2)?))
            })
            .attempt(attempt)?;
        let mut names = Vec::new();
        for row in rows {
            let (plain, conversations, label) = row.attempt(attempt)?;
            let spelt = self.name_as_spelt(label, &plain)?.unwrap_or(plain);
            names.push((spelt, conversations));
        }
        Ok(names)
    }

    fn name_as_spelt(&self, label: i64, plain: &str) -> Result<Option<String>, Error> {
        Ok(self.fields_of_newest(label)?.list.into_iter().find_map(|one| match one.field {
            Field::Attribute(name) | Field::Contact(name) if text::plain(&name) == plain => Some(name),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_compared_as_such() {
        let met = |test: Test, value: &str| is_met(&Field::Attribute("x".to_owned()), &test, value);
        let bound = |text: &str| (!text.is_empty()).then(|| Bound { value: text.to_owned(), inside: true });
        let between = |from: &str, to: &str| Test::Between(bound(from), bound(to));
        let is = |text: &str| Test::Is(text.to_owned());
        assert!(
            met(between("1", "2"), "2") && met(between("9", "10"), "9.5") && !met(between("9", "10"), "100")
        );
        assert!(met(between("", "-1"), "-3") && !met(between("1", ""), "pro"));
        let above = Test::Between(Some(Bound { value: "2".to_owned(), inside: false }), None);
        assert!(!met(above.clone(), "2") && met(above, "2.5"));
        assert!(met(between("2026-01-01", "2026-02-01"), "2026-01-15"));
        assert!(met(between("2026-01-01", ""), "2026-01-01t10:00:00z"));
        // Seconds, as Intercom has dates in attributes.
        assert!(met(between("2026-01-01", "2026-01-02"), "1767225600"));
        assert!(met(is("4.0"), "4") && met(is("PRO"), "pro") && !met(is("4"), "44"));
        assert!(is_met(&Field::Ai, &is("resolved"), "confirmed_resolution"));
    }
}
