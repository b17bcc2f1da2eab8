//! Conditions that nothing fulfils, and what may have been meant.

use proto::types::{Field, Unknown};

use super::{Buffer, style};

/// Adds a line for each condition, such as `no conversation has the tag “bilingr”; did you mean “billing”?`.
pub(crate) fn unknown(buffer: &mut Buffer<'_>, unknown: &[Unknown]) {
    for Unknown { field, value, similar, held } in unknown {
        let lack = match field {
            _ if !held => {
                format!("this copy does not hold the {field} of conversations, so none is found by it")
            }
            Field::Assignee => format!("no conversation is assigned to “{value}”"),
            field => format!("no conversation has the {field} “{value}”"),
        };
        buffer.put(style::NOTE, "note: ").put(style::PLAIN, &lack);
        if !similar.is_empty() {
            buffer.put(style::PLAIN, &format!("; did you mean {}?", either(similar)));
        }
        buffer.end();
    }
}

/// Returns the values in quotes, as a choice.
fn either(values: &[String]) -> String {
    let quoted: Vec<_> = values.iter().map(|value| format!("“{value}”")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::samples;
    use super::*;

    #[test]
    fn what_may_have_been_meant_is_asked() {
        let cases: [(Field, &[&str], bool, &str); 4] = [
            (
                Field::Tag,
                &["billing"],
                true,
                "no conversation has the tag “bilingr”; did you mean “billing”?",
            ),
            (
                Field::Assignee,
                &["Grace", "Greta", "Gru"],
                true,
                "no conversation is assigned to “bilingr”; did you mean “Grace”, “Greta” or “Gru”?",
            ),
            (
                Field::Sla,
                &[],
                false,
                "this copy does not hold the sla of conversations, so none is found by it",
            ),
            (Field::Customer, &[], true, "no conversation has the customer “bilingr”"),
        ];
        for (field, similar, held, expected) in cases {
            let screen = samples::plain();
            let mut buffer = Buffer::new(&screen);
            let similar = similar.iter().map(|value| (*value).to_owned()).collect();
            unknown(&mut buffer, &[Unknown { field, value: "bilingr".to_owned(), similar, held }]);
            assert_eq!(buffer.as_str(), format!("note: {expected}\n"));
        }
    }
}
