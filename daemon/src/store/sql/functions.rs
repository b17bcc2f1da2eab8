//! The functions: which of SQLite's a statement may call, those of ours that are offered, and those that only the views call.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::contact;
use super::plain::{self, flags, text};
use super::records::{Kind, Records};
use crate::model::{Contact, Tag};
use crate::store::error::Error;
use crate::store::fields::Fields;
use crate::store::measure::Answer;
use crate::store::{stored, window};

/// What a statement may call. None can do anything but compute; of those that could take longer than a moment, ours are in
/// the place of SQLite's: see `plain`.
#[rustfmt::skip]
pub(super) const OFFERED: [&str; 75] = [
    "->", "->>", "abs", "avg", "char", "coalesce", "concat", "concat_ws", "count", "cume_dist",
    "current_date", "current_time", "current_timestamp", "date", "datetime", "dense_rank", "first_value",
    "format", "glob", "group_concat", "hex", "if", "ifnull", "iif", "instr", "json", "json_array",
    "json_array_length", "json_extract", "json_group_array", "json_group_object", "json_object",
    "json_quote", "json_type", "json_valid", "julianday", "lag", "last_value", "lead", "length", "like",
    "lower", "ltrim", "matches", "max", "median", "min", "nth_value", "ntile", "nullif", "octet_length",
    "percent_rank", "percentile", "printf", "quote", "random", "rank", "replace", "round", "row_number",
    "rtrim", "sign", "strftime", "string_agg", "substr", "substring", "sum", "time", "timediff", "total",
    "trim", "typeof", "unicode", "unixepoch", "upper",
];

/// What only the views call.
const INNER: [&str; 14] = [
    "attribute",
    "attribute_count",
    "company",
    "company_count",
    "contact",
    "customer",
    "first_response",
    "header",
    "part",
    "part_count",
    "tag",
    "tag_count",
    "tag_names",
    "was_active",
];

/// Says whether a statement may call a function.
pub(super) fn is_offered(name: &str) -> bool {
    OFFERED.iter().any(|offered| offered.eq_ignore_ascii_case(name))
}

/// Says whether the views may.
pub(super) fn is_inner(name: &str) -> bool {
    INNER.contains(&name)
}

/// Records that functions read, shared with whoever runs the query.
pub(super) type Shared = Arc<Mutex<Records>>;

/// Lets functions on a connection read these records.
pub(super) fn register(connection: &Connection, records: &Shared) -> Result<()> {
    plain::register(connection)?;
    connection.create_aggregate_function("median", 1, flags(), Percentile)?;
    connection.create_aggregate_function("percentile", 2, flags(), Percentile)?;
    let define = |name: &str, arguments, work: fn(&mut Records, &Context<'_>) -> Result<Value, Error>| {
        let records = Arc::clone(records);
        connection.create_scalar_function(name, arguments, flags(), move |call| {
            let mut records = lock(&records);
            work(&mut records, call).map_err(|error| records.fail(error))
        })
    };
    define("matches", 2, |records, call| {
        let [Some(id), Some(words)] = [text(call, 0), text(call, 1)] else { return Ok(Value::Null) };
        Ok(Value::Integer(records.matches(&id, &words)?.into()))
    })?;
    define("part_count", 2, |records, call| {
        Ok(Value::Integer(records.part_count(integer(call, 0), kind(call, 1))?))
    })?;
    define("part", 4, |records, call| {
        records.part(integer(call, 0), kind(call, 1), integer(call, 2), integer(call, 3))
    })?;
    define("header", 2, |records, call| records.header(integer(call, 0), integer(call, 1)))?;
    define("attribute_count", 1, |records, call| {
        Ok(Value::Integer(records.attribute_count(integer(call, 0))?))
    })?;
    define("attribute", 3, |records, call| {
        records.attribute(integer(call, 0), integer(call, 1), integer(call, 2))
    })?;
    define("was_active", 3, |records, call| {
        let instants = stored::read_instants(integer(call, 0), bytes(call, 1))?;
        let active = window::was_active(&instants, integer(call, 2) != 0, records.window());
        Ok(Value::Integer(active.into()))
    })?;
    define("customer", 3, |_, call| {
        let contacts: Vec<Contact> = stored::decode("contacts", integer(call, 0), bytes(call, 1))?;
        let Some(Contact { id, name, email }) = contacts.into_iter().next() else { return Ok(Value::Null) };
        Ok(Value::from(match integer(call, 2) {
            0 => id,
            1 => name,
            _ => email,
        }))
    })?;
    define("contact", 2, |_, call| {
        let fields = contact_fields(call)?;
        Ok(match text(call, 1).as_deref() {
            Some("companies") => {
                Value::Text(serde_json::Value::from(contact::companies(&fields)).to_string())
            }
            Some("attributes") => contact::attributes(&fields),
            name => contact::value(&fields, name.unwrap_or_default()),
        })
    })?;
    define("company_count", 1, |_, call| {
        let count = contact::companies(&contact_fields(call)?).len();
        Ok(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
    })?;
    define("company", 2, |_, call| {
        let index = usize::try_from(integer(call, 1)).unwrap_or(0).wrapping_sub(1);
        Ok(contact::companies(&contact_fields(call)?).into_iter().nth(index).into())
    })?;
    define("first_response", 2, |_, call| {
        let bytes = bytes(call, 1);
        let answers: Vec<Answer<i64>> =
            if bytes.is_empty() { Vec::new() } else { stored::decode("answers", integer(call, 0), bytes)? };
        Ok(answers.first().map_or(Value::Null, |answer| Value::Integer(answer.after)))
    })?;
    define("tag_count", 2, |_, call| {
        Ok(Value::Integer(i64::try_from(tags(call)?.len()).unwrap_or(i64::MAX)))
    })?;
    define("tag", 4, |_, call| {
        let index = usize::try_from(integer(call, 2)).unwrap_or(0).wrapping_sub(1);
        let Some(Tag { id, name }) = tags(call)?.into_iter().nth(index) else { return Ok(Value::Null) };
        Ok(Value::Text(if integer(call, 3) == 0 { id } else { name }))
    })?;
    define("tag_names", 2, |_, call| {
        let names: Vec<String> = tags(call)?.into_iter().map(|tag| tag.name).collect();
        Ok(Value::Text(serde_json::Value::from(names).to_string()))
    })
}

/// Takes hold of records; what a panic elsewhere left is whole.
pub(super) fn lock(records: &Shared) -> MutexGuard<'_, Records> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

fn integer(call: &Context<'_>, at: usize) -> i64 {
    call.get(at).unwrap_or(0)
}

fn bytes<'a>(call: &'a Context<'_>, at: usize) -> &'a [u8] {
    call.get_raw(at).as_blob().unwrap_or_default()
}

fn kind(call: &Context<'_>, at: usize) -> Kind {
    if integer(call, at) == 0 { Kind::Message } else { Kind::Event }
}

fn contact_fields(call: &Context<'_>) -> Result<Fields, Error> {
    let bytes = bytes(call, 0);
    if bytes.is_empty() { Ok(Fields::default()) } else { Fields::decode(0, bytes) }
}

fn tags(call: &Context<'_>) -> Result<Vec<Tag>, Error> {
    stored::decode("tags", integer(call, 0), bytes(call, 1))
}

/// The value that so many of a hundred are at most, by nearest rank as in statistics; half of them, where nothing is said.
struct Percentile;

/// Values, whether all are whole numbers, and the share asked for.
#[derive(Default)]
struct Values {
    numbers: Vec<f64>,
    fraction: bool,
    share: Option<f64>,
}

impl Aggregate<Values, Value> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> Result<Values> {
        Ok(Values::default())
    }

    fn step(&self, call: &mut Context<'_>, values: &mut Values) -> Result<()> {
        match call.get_raw(0) {
            // Exact up to 2^53.
            ValueRef::Integer(number) => values.numbers.push(number as f64),
            ValueRef::Real(number) => {
                values.fraction = true;
                values.numbers.push(number);
            }
            _ => {}
        }
        if call.len() > 1 && values.share.is_none() {
            values.share = call.get(1)?;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, values: Option<Values>) -> Result<Value> {
        let Values { mut numbers, fraction, share } = values.unwrap_or_default();
        let share = share.unwrap_or(50.0);
        if !(0.0..=100.0).contains(&share) {
            let text = "percentile(x, p): p is a number from 0 to 100";
            return Err(rusqlite::Error::UserFunctionError(text.into()));
        }
        if numbers.is_empty() {
            return Ok(Value::Null);
        }
        let rank = (numbers.len() as f64 * share / 100.0).ceil().max(1.0) as usize - 1;
        let (_, value, _) = numbers.select_nth_unstable_by(rank, f64::total_cmp);
        Ok(if fraction { Value::Real(*value) } else { Value::Integer(*value as i64) })
    }
}
