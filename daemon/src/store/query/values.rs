//! The values of a field that stored conversations have: which labels stand for one, and how people spell it.

use proto::fields::Field;
use rusqlite::OptionalExtension;

use super::Snapshot;
use crate::fields::{Names, Source, synonyms};
use crate::model::TeammateKind;
use crate::store::error::{Attempt, Error};
use crate::store::fields::{self, Fields};
use crate::store::labels::{self, Kind, Label};
use crate::store::text;

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted<'a> {
    /// This one, whatever its case.
    Is(&'a str),
    /// One that begins so.
    Begins(&'a str),
    /// A number or an instant between these, each of which may be missing; whether they are inside.
    Between(Option<(&'a str, bool)>, Option<(&'a str, bool)>),
    /// Any.
    Any,
}

impl Wanted<'_> {
    /// Says whether a value, as it is compared, is wanted of a field.
    pub(super) fn is_met(&self, field: &Field, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(wanted) => {
                let wanted = text::plain(wanted);
                value == wanted || same(value, &wanted) || synonyms(field, &wanted).contains(&value)
            }
            Self::Begins(wanted) => value.starts_with(&text::plain(wanted)),
            Self::Between(from, to) => {
                let Some(value) = Place::of(value) else { return false };
                let above = from.is_none_or(|(bound, inside)| {
                    Place::of(bound)
                        .and_then(|bound| value.above(bound))
                        .is_some_and(|by| by > 0.0 || inside && by == 0.0)
                });
                above
                    && to.is_none_or(|(bound, inside)| {
                        Place::of(bound)
                            .and_then(|bound| value.above(bound))
                            .is_some_and(|by| by < 0.0 || inside && by == 0.0)
                    })
            }
        }
    }
}

/// Says whether both are the same number, however that is written.
fn same(a: &str, b: &str) -> bool {
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
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
    pub(super) fn labels_wanted(&self, field: &Field, wanted: Wanted<'_>) -> Result<Vec<Label>, Error> {
        let people = match (field, Source::of(field).names) {
            (Field::Responder, _) | (_, Names::Admin) => true,
            (_, Names::Itself) => false,
        };
        if let Wanted::Is(word) = wanted {
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
            .filter(|named| wanted.is_met(field, &named.value))
            .map(|named| named.label)
            .collect())
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
        if *field == Field::Responder || Source::of(field).names == Names::Admin {
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
            .filter(|one| Kind::of(&one.field) == Kind::of(field))
            .flat_map(|one| crate::fields::label_names(&one.value));
        Ok(names.into_iter().find(|name| text::plain(name) == value))
    }

    /// Returns what the newest conversation with a label has.
    fn fields_of_newest(&self, label: i64) -> Result<Fields, Error> {
        let key: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT key FROM conversation WHERE docid = (SELECT max(docid) FROM labelled WHERE label = ?1)",
            )
            .and_then(|mut statement| statement.query_row([label], |row| row.get(0)).optional())
            .attempt("cannot read a conversation's fields")?;
        key.map_or(Ok(Fields::default()), |key| Fields::get(self.connection, key))
    }

    /// Returns every attribute's name that a conversation has, as the newest of them spells it, and how many have it.
    pub(super) fn attribute_names(&self) -> Result<Vec<(String, u64)>, Error> {
        let attempt = "cannot read the attributes";
        let kind = Kind::of(&Field::Attribute(String::new()));
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
            let spelt = self.attribute_as_spelt(label, &plain)?.unwrap_or(plain);
            names.push((spelt, conversations));
        }
        Ok(names)
    }

    fn attribute_as_spelt(&self, label: i64, plain: &str) -> Result<Option<String>, Error> {
        Ok(self.fields_of_newest(label)?.list.into_iter().find_map(|one| match one.field {
            Field::Attribute(name) if text::plain(&name) == plain => Some(name),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_compared_as_such() {
        let met = |wanted: Wanted<'_>, value: &str| wanted.is_met(&Field::Attribute("x".to_owned()), value);
        let between = |from: &'static str, to: &'static str| {
            let bound = |text: &'static str| (!text.is_empty()).then_some((text, true));
            Wanted::Between(bound(from), bound(to))
        };
        assert!(
            met(between("1", "2"), "2") && met(between("9", "10"), "9.5") && !met(between("9", "10"), "100")
        );
        assert!(met(between("", "-1"), "-3") && !met(between("1", ""), "pro"));
        assert!(!met(Wanted::Between(Some(("2", false)), None), "2"));
        assert!(met(between("2026-01-01", "2026-02-01"), "2026-01-15"));
        assert!(met(between("2026-01-01", ""), "2026-01-01t10:00:00z"));
        // Seconds, as Intercom has dates in attributes.
        assert!(met(between("2026-01-01", "2026-01-02"), "1767225600"));
        assert!(met(Wanted::Is("4.0"), "4") && met(Wanted::Is("PRO"), "pro") && !met(Wanted::Is("4"), "44"));
        assert!(Wanted::Is("resolved").is_met(&Field::Ai, "confirmed_resolution"));
    }
}
