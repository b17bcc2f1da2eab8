//! What an answer may claim that rests on fields whose changes no listing tells of: it is as new as the reads are.

use proto::Interval;
use proto::fields::Field;
use proto::types::{FieldAge, Grouping, State, SyncInfo};

use crate::freshness::Policy;
use crate::store::Question;

/// Returns the fields that an answer rests on: those of its conditions, and the one that it is put together by.
pub(super) fn fields(question: &Question, grouping: Option<&Grouping>) -> Vec<Field> {
    let mut fields = question.query.fields();
    match grouping {
        Some(Grouping::Queries(queries)) => {
            fields.extend(queries.iter().flat_map(|query| query.query.fields()));
        }
        Some(Grouping::Field(field)) => fields.push(field.clone()),
        Some(Grouping::Whole | Grouping::Time(_) | Grouping::Clock(_)) | None => {}
    }
    fields.sort();
    fields.dedup();
    fields
}

/// Says of an answer how new the fields are that it rests on.
pub(super) fn tell(info: &mut SyncInfo, ages: Vec<FieldAge>, window: Interval, policy: Policy) {
    let due = window.end.minus(policy.tolerance);
    let old = ages.iter().filter(|age| age.as_of < Some(due));
    let sentences: Vec<String> = old
        .map(|age| match age.as_of {
            Some(as_of) => format!("Values of {} are as of {} or later", age.name, as_of.to_minute()),
            None => format!("Values of {} have not been read from Intercom yet", age.name),
        })
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
