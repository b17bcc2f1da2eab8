//! Compares what a row has in a field with what a filter asks for, by the few of Intercom's operators that `syncd` sends.

use serde_json::Value;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    In,
    Less,
    Greater,
}

/// What a row has in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Got {
    Nothing,
    Number(i64),
    Text(String),
}

impl Operator {
    /// Returns the operator with a sign.
    pub(crate) fn read(written: &str) -> Option<Self> {
        Some(match written {
            "=" => Self::Equal,
            "IN" => Self::In,
            "<" => Self::Less,
            ">" => Self::Greater,
            _ => return None,
        })
    }

    /// Returns whether the comparison holds; `inclusive` widens `<` and `>` to "or equal".
    pub(crate) fn holds(self, got: &Got, value: &Value, inclusive: bool) -> bool {
        match self {
            Self::Equal => equal(got, value),
            Self::In => value.as_array().is_some_and(|values| values.iter().any(|value| equal(got, value))),
            Self::Less => compared(got, value, |got, value| got < value || inclusive && got == value),
            Self::Greater => compared(got, value, |got, value| got > value || inclusive && got == value),
        }
    }
}

fn equal(got: &Got, value: &Value) -> bool {
    match got {
        Got::Nothing => value.is_null(),
        Got::Number(got) => number(value) == Some(*got),
        Got::Text(got) => value.as_str() == Some(got),
    }
}

fn compared(got: &Got, value: &Value, holds: impl Fn(i64, i64) -> bool) -> bool {
    matches!((got, number(value)), (Got::Number(got), Some(value)) if holds(*got, value))
}

/// Returns a value as a number; clients also send numbers as strings and with a fraction.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or(number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.parse().ok(),
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
            (Operator::Greater, Got::Number(5), json!("4"), true),
            (Operator::Less, Got::Number(5), json!(6), true),
            (Operator::In, text("b"), json!(["a", "b"]), true),
            (Operator::Equal, text("b"), json!("a"), false),
            (Operator::Equal, Got::Nothing, json!(null), true),
        ];
        for (operator, got, value, holds) in cases {
            assert_eq!(operator.holds(&got, &value, false), holds, "{operator:?} {got:?} {value}");
        }
    }
}
