//! What an answer may claim that rests on fields whose changes no listing tells of: it is as new as the reads are.

use proto::Interval;
use proto::fields::Field;
use proto::types::{Expr, FieldAge, Grouping, State, SyncInfo};

use crate::freshness::Policy;
use crate::store::{self, Question, Snapshot};

/// Returns the fields that an answer rests on: those of its conditions, and the one that it is put together by.
pub(super) fn fields(question: &Question, grouping: Option<&Grouping>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut add = |query: &Expr| {
        query.leaves(&mut |leaf, _| {
            if let Expr::Condition(condition) = leaf {
                fields.push(condition.field.clone());
            }
        });
    };
    add(&question.query);
    match grouping {
        Some(Grouping::Queries(queries)) => queries.iter().for_each(|query| add(&query.query)),
        Some(Grouping::Field(field)) => fields.push(field.clone()),
        Some(Grouping::Whole | Grouping::Time(_)) | None => {}
    }
    fields.sort();
    fields.dedup();
    fields
}

/// Returns how new the fields among these are that change silently.
pub(super) fn ages(
    snapshot: &Snapshot<'_>,
    fields: Vec<Field>,
    window: Interval,
    policy: Policy,
) -> Result<Vec<FieldAge>, store::Error> {
    let silent = snapshot.silent_among(fields, policy.now)?;
    if silent.is_empty() {
        return Ok(Vec::new());
    }
    let as_of = snapshot.read_since(window)?;
    Ok(silent.into_iter().map(|field| FieldAge { name: field.to_string(), as_of }).collect())
}

/// Says of an answer how new the fields are that it rests on.
pub(super) fn tell(info: &mut SyncInfo, ages: Vec<FieldAge>, window: Interval, policy: Policy) {
    let due = window.end.minus(policy.tolerance);
    let old = ages.iter().filter_map(|age| Some((age, age.as_of.filter(|as_of| *as_of < due)?)));
    let sentences: Vec<String> = old
        .map(|(age, as_of)| format!("Values of {} are as of {} or later", age.name, as_of.to_minute()))
        .collect();
    if !sentences.is_empty() {
        if info.state == State::Fresh {
            info.state = State::Partial;
        }
        info.data_complete = false;
        info.message = Some(info.message.take().into_iter().chain(sentences).collect::<Vec<_>>().join(". "));
    }
    info.fields = ages;
}
