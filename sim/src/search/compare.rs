//! Compares what a row has in a field with what a filter asks for.

use serde_json::Value;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsNot,
    Starts,
    Ends,
}

/// What a row has in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Got {
    Nothing,
    Number(i64),
    Flag(bool),
    Text(String),
    List(Vec<String>),
}

impl Operator {
    /// Returns the operator with a sign.
    pub(crate) fn read(written: &str) -> Option<Self> {
        Some(match written {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "IN" => Self::In,
            "NIN" => Self::NotIn,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "~" => Self::Contains,
            "!~" => Self::ContainsNot,
            "^" => Self::Starts,
            "$" => Self::Ends,
            _ => return None,
        })
    }

    /// Returns whether the comparison holds; `inclusive` widens `<` and `>` to "or equal".
    pub(crate) fn holds(self, got: &Got, value: &Value, inclusive: bool) -> bool {
        match self {
            Self::Equal => equal(got, value),
            Self::NotEqual => !equal(got, value),
            Self::In => one_of(got, value),
            Self::NotIn => !one_of(got, value),
            Self::Less => compared(got, value, |got, value| got < value || inclusive && got == value),
            Self::LessOrEqual => compared(got, value, |got, value| got <= value),
            Self::Greater => compared(got, value, |got, value| got > value || inclusive && got == value),
            Self::GreaterOrEqual => compared(got, value, |got, value| got >= value),
            Self::Contains => worded(got, value, |got, value| got.contains(value)),
            Self::ContainsNot => !worded(got, value, |got, value| got.contains(value)),
            Self::Starts => worded(got, value, |got, value| got.starts_with(value)),
            Self::Ends => worded(got, value, |got, value| got.ends_with(value)),
        }
    }
}

fn equal(got: &Got, value: &Value) -> bool {
    match got {
        Got::Nothing => value.is_null(),
        Got::Number(got) => number(value) == Some(*got),
        Got::Flag(got) => value.as_bool().or(value.as_str().map(|text| text == "true")) == Some(*got),
        Got::Text(got) => text(value).is_some_and(|value| value == *got),
        Got::List(got) => text(value).is_some_and(|value| got.contains(&value)),
    }
}

fn one_of(got: &Got, value: &Value) -> bool {
    value.as_array().is_some_and(|values| values.iter().any(|value| equal(got, value)))
}

fn compared(got: &Got, value: &Value, holds: impl Fn(i64, i64) -> bool) -> bool {
    matches!((got, number(value)), (Got::Number(got), Some(value)) if holds(*got, value))
}

fn worded(got: &Got, value: &Value, holds: fn(&str, &str) -> bool) -> bool {
    let Some(value) = text(value).map(|value| value.to_lowercase()) else { return false };
    match got {
        Got::Text(got) => holds(&got.to_lowercase(), &value),
        Got::List(got) => got.iter().any(|got| holds(&got.to_lowercase(), &value)),
        Got::Number(got) => holds(&got.to_string(), &value),
        Got::Nothing | Got::Flag(_) => false,
    }
}

/// Returns a value as a number; clients also send numbers as strings and with a fraction.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or(number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators_compare_as_their_signs_say() {
        let text = |text: &str| Got::Text(text.to_owned());
        let cases = [
            (Operator::Greater, Got::Number(5), json!(5), false),
            (Operator::GreaterOrEqual, Got::Number(5), json!("5"), true),
            (Operator::In, text("b"), json!(["a", "b"]), true),
            (Operator::NotIn, text("b"), json!(["a", "b"]), false),
            (Operator::Contains, text("Hello World"), json!("world"), true),
            (Operator::Starts, text("Hello"), json!("he"), true),
            (Operator::Ends, text("Hello"), json!("he"), false),
            (Operator::Equal, Got::List(vec!["7".to_owned()]), json!(7), true),
            (Operator::NotEqual, Got::Nothing, json!(null), false),
        ];
        for (operator, got, value, holds) in cases {
            assert_eq!(operator.holds(&got, &value, false), holds, "{operator:?} {got:?} {value}");
        }
    }
}
