//! The grammar of search requests: at most two levels of groups, fifteen filters in each. It checks form; whether a field
//! exists is for the searched collection to say.

use serde_json::{Map, Value};

use crate::search::Refusal;
use crate::search::compare::{Got, Operator, number};

const MOST_FILTERS: usize = 15;
const MOST_LEVELS: usize = 2;
/// Conversations or contacts that one page can hold.
pub(crate) const MOST_PER_PAGE: usize = 150;

/// A search request that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request<F> {
    pub(crate) query: Node<F>,
    pub(crate) per_page: usize,
    pub(crate) starting_after: Option<String>,
    /// Field to sort by, and whether ascending.
    pub(crate) sort: Option<(F, bool)>,
}

/// What is asked of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<F> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Test(Test<F>),
}

/// One filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test<F> {
    pub(crate) field: F,
    pub(crate) operator: Operator,
    pub(crate) value: Value,
}

/// The window of a numeric field that a query cannot match outside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) low: i64,
    pub(crate) high: i64,
    /// Whether the query matches all that lies inside.
    pub(crate) exact: bool,
}

/// How collections turn the name of a field into what they know it as.
pub(crate) type FieldNamed<F> = fn(&str) -> Option<F>;

impl<F: Copy + PartialEq> Request<F> {
    /// Reads the body of a search request.
    pub(crate) fn read(body: &[u8], default_per_page: usize, named: FieldNamed<F>) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Refusal::new("bad_request", format!("invalid JSON: {error}")))?;
        let query = body
            .get("query")
            .ok_or_else(|| Refusal::new("parameter_not_found", "query is required").on("query"))?;
        let pagination = body.get("pagination").unwrap_or(&Value::Null);
        let starting_after = match pagination.get("starting_after") {
            None | Some(Value::Null) => None,
            Some(Value::String(cursor)) => Some(cursor.clone()),
            Some(_) => {
                return Err(
                    Refusal::new("type_mismatch", "starting_after must be a string").on("starting_after")
                );
            }
        };
        Ok(Self {
            query: node(query, 0, named)?,
            per_page: per_page(pagination.get("per_page"), default_per_page)?,
            starting_after,
            sort: body
                .get("sort")
                .filter(|sort| !sort.is_null())
                .map(|sort| read_sort(sort, named))
                .transpose()?,
        })
    }
}

impl<F: Copy + PartialEq> Node<F> {
    /// Returns the window of `field` that rows must lie in to match.
    pub(crate) fn bounds(&self, field: F, inclusive: bool) -> Bounds {
        let everything = Bounds { low: i64::MIN, high: i64::MAX, exact: true };
        match self {
            Self::Test(test) if test.field == field => test.bounds(inclusive),
            Self::Test(_) => Bounds { exact: false, ..everything },
            Self::All(nodes) => nodes.iter().fold(everything, |sum, node| {
                let next = node.bounds(field, inclusive);
                Bounds {
                    low: sum.low.max(next.low),
                    high: sum.high.min(next.high),
                    exact: sum.exact && next.exact,
                }
            }),
            Self::Any(nodes) => {
                let all = nodes.iter().map(|node| node.bounds(field, inclusive));
                let hull = all.reduce(|a, b| Bounds {
                    low: a.low.min(b.low),
                    high: a.high.max(b.high),
                    exact: false,
                });
                hull.unwrap_or(Bounds { exact: false, ..everything })
            }
        }
    }

    /// Returns whether a row matches, given what it has in each field.
    pub(crate) fn matches(&self, inclusive: bool, got: &dyn Fn(F) -> Got) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(inclusive, got)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(inclusive, got)),
            Self::Test(test) => test.operator.holds(&got(test.field), &test.value, inclusive),
        }
    }
}

impl<F> Test<F> {
    fn bounds(&self, inclusive: bool) -> Bounds {
        let everything = Bounds { low: i64::MIN, high: i64::MAX, exact: false };
        let Some(value) = number(&self.value) else { return everything };
        let step = i64::from(!inclusive);
        let (low, high) = match self.operator {
            Operator::Equal => (value, value),
            Operator::Greater => (value.saturating_add(step), i64::MAX),
            Operator::Less => (i64::MIN, value.saturating_sub(step)),
            Operator::In => return everything,
        };
        Bounds { low, high, exact: true }
    }
}

fn node<F: Copy>(value: &Value, level: usize, named: FieldNamed<F>) -> Result<Node<F>, Refusal> {
    let object =
        value.as_object().ok_or_else(|| Refusal::new("type_mismatch", "a filter must be an object"))?;
    let operator = member(object, "operator")?;
    if !object.contains_key("field") {
        return group(object, operator, level, named);
    }
    let name = member(object, "field")?;
    let field =
        named(name).ok_or_else(|| Refusal::new("parameter_invalid", "Invalid field for search").on(name))?;
    let operator = Operator::read(operator).ok_or_else(|| {
        Refusal::new("parameter_invalid", format!("Invalid operator '{operator}'")).on(name)
    })?;
    let value = object.get("value").cloned().unwrap_or_default();
    if (operator == Operator::In) != value.is_array() || value.is_object() {
        return Err(Refusal::new("type_mismatch", "Invalid value for the operator").on(name));
    }
    Ok(Node::Test(Test { field, operator, value }))
}

fn group<F: Copy>(
    object: &Map<String, Value>,
    operator: &str,
    level: usize,
    named: FieldNamed<F>,
) -> Result<Node<F>, Refusal> {
    if level == MOST_LEVELS {
        return Err(Refusal::new("parameter_invalid", "Filters may be nested two levels deep"));
    }
    let values = object
        .get("value")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::new("type_mismatch", "the value of a group must be an array"))?;
    if values.is_empty() || values.len() > MOST_FILTERS {
        return Err(Refusal::new("parameter_invalid", "A group must have 1 to 15 filters"));
    }
    let nodes = values.iter().map(|value| node(value, level + 1, named)).collect::<Result<_, _>>()?;
    match operator {
        "AND" => Ok(Node::All(nodes)),
        "OR" => Ok(Node::Any(nodes)),
        other => Err(Refusal::new("parameter_invalid", format!("Invalid group operator '{other}'"))),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let found = object.get(name).and_then(Value::as_str);
    found.ok_or_else(|| Refusal::new("parameter_not_found", format!("{name} is required")).on(name))
}

/// Reads a page size, which may be a numeric string.
pub(crate) fn per_page(value: Option<&Value>, default: usize) -> Result<usize, Refusal> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(default) };
    number(value)
        .and_then(|number| usize::try_from(number).ok())
        .filter(|number| (1..=MOST_PER_PAGE).contains(number))
        .ok_or_else(|| {
            Refusal::new("parameter_invalid", format!("per_page must be between 1 and {MOST_PER_PAGE}"))
                .on("per_page")
        })
}

fn read_sort<F: Copy>(sort: &Value, named: FieldNamed<F>) -> Result<(F, bool), Refusal> {
    let object =
        sort.as_object().ok_or_else(|| Refusal::new("type_mismatch", "sort must be an object").on("sort"))?;
    let name = member(object, "field")?;
    let field =
        named(name).ok_or_else(|| Refusal::new("parameter_invalid", "Invalid field for sorting").on(name))?;
    match object.get("order").and_then(Value::as_str).unwrap_or("descending") {
        "ascending" => Ok((field, true)),
        "descending" => Ok((field, false)),
        other => Err(Refusal::new(
            "invalid_sort_order",
            format!("Invalid sort order '{other}'. Must be one of: ascending, descending"),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    type Field = u8;

    fn read(query: &Value) -> Result<Request<Field>, Refusal> {
        let body = json!({ "query": query }).to_string();
        Request::read(body.as_bytes(), 20, |name| (name == "at").then_some(0).or((name == "id").then_some(1)))
    }

    fn at(operator: &str, value: i64) -> Value {
        json!({ "field": "at", "operator": operator, "value": value })
    }

    #[test]
    fn a_window_is_known_without_looking_at_rows() {
        let window = json!({ "operator": "AND", "value": [at(">", 10), at("<", 20)] });
        let query = read(&window).unwrap().query;
        assert_eq!(query.bounds(0, false), Bounds { low: 11, high: 19, exact: true });
        assert_eq!(query.bounds(0, true), Bounds { low: 10, high: 20, exact: true });
    }

    #[test]
    fn alternatives_only_give_a_hull() {
        let query = read(&json!({ "operator": "OR", "value": [at("=", 10), at("=", 20)] })).unwrap().query;
        assert_eq!(query.bounds(0, false), Bounds { low: 10, high: 20, exact: false });
        assert!(query.matches(false, &|_| Got::Number(20)) && !query.matches(false, &|_| Got::Number(15)));
    }

    #[test]
    fn a_third_level_and_a_sixteenth_filter_are_refused() {
        let nested = |inner: Value| json!({ "operator": "AND", "value": [inner] });
        assert!(read(&nested(nested(at("=", 1)))).is_ok());
        assert_eq!(read(&nested(nested(nested(at("=", 1))))).unwrap_err().code, "parameter_invalid");
        let many = |count: i64| json!({ "operator": "OR", "value": (0..count).map(|n| at("=", n)).collect::<Vec<_>>() });
        assert!(read(&many(15)).is_ok());
        assert_eq!(read(&many(16)).unwrap_err().code, "parameter_invalid");
    }

    #[test]
    fn an_unknown_field_is_named_in_the_refusal() {
        let refusal = read(&json!({ "field": "att", "operator": "=", "value": 1 })).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("att"));
    }
}
