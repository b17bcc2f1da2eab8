//! Conditions that nothing fulfils, and what may have been meant.

use proto::types::{Field, Unknown};

use super::{Sheet, style};

/// Adds a line for each condition, such as `no conversation has the tag “bilingr”; did you mean “billing”?`.
pub(crate) fn unknown(sheet: &mut Sheet<'_>, unknown: &[Unknown]) {
    for Unknown { field, value, similar } in unknown {
        let lack = match field {
            Field::Tag => "no conversation has the tag",
            Field::Customer => "no conversation has the customer",
            Field::Assignee => "no conversation is assigned to",
            Field::State => "no conversation has the state",
            _ => "no conversation has the value",
        };
        sheet.put(style::NOTE, "note: ").put(style::PLAIN, &format!("{lack} “{value}”"));
        if !similar.is_empty() {
            sheet.put(style::PLAIN, &format!("; did you mean {}?", either(similar)));
        }
        sheet.end();
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
        let cases: [(Field, &[&str], &str); 3] = [
            (Field::Tag, &["billing"], "no conversation has the tag “bilingr”; did you mean “billing”?"),
            (
                Field::Assignee,
                &["Grace", "Greta", "Gru"],
                "no conversation is assigned to “bilingr”; did you mean “Grace”, “Greta” or “Gru”?",
            ),
            (Field::Customer, &[], "no conversation has the customer “bilingr”"),
        ];
        for (field, similar, expected) in cases {
            let screen = samples::plain();
            let mut sheet = Sheet::new(&screen);
            let similar = similar.iter().map(|value| (*value).to_owned()).collect();
            unknown(&mut sheet, &[Unknown { field, value: "bilingr".to_owned(), similar }]);
            assert_eq!(sheet.as_str(), format!("note: {expected}\n"));
        }
    }
}
