//! What a name with a colon and a value mean.

use chrono::{DateTime, TimeZone};

use crate::Timestamp;
use crate::fields::{FIELDS, Field, Kind};
use crate::timeframe::{TimeError, parse_instant, parse_instant_end, parse_timeframe};
use crate::types::{Bound, Condition, Expr, Side, Test, Window};

/// What a condition comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something that has to hold.
    Holds(Expr),
    /// An end of the timeframe, or both.
    Times(Window),
    /// Who says the words beside it.
    Said(Side),
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A field.
    Field(Field),
    /// `is:`.
    Is,
    /// `has:`.
    Has,
    /// `said:`.
    Said,
    /// Where the timeframe begins: at the time, or once it is over.
    Begins { over: bool },
    /// Where the timeframe ends: at the time, or once it is over.
    Ends { over: bool },
    /// The whole timeframe.
    During,
}

/// The names that are not fields, each with an example.
const NAMES: [(&str, Name, &str); 9] = [
    ("is", Name::Is, "is:waiting"),
    ("has", Name::Has, "has:attachment"),
    ("said", Name::Said, "said:customer"),
    ("since", Name::Begins { over: false }, "since:2026-10-01"),
    ("after", Name::Begins { over: true }, "after:yesterday"),
    ("before", Name::Ends { over: false }, "before:2026-10-01"),
    ("until", Name::Ends { over: true }, "until:\"3 days ago\""),
    ("during", Name::During, "during:\"last week\""),
    ("on", Name::During, "on:2026-10-15"),
];

/// What may stand after `said:`, each with whom it means.
const SIDES: [(&str, Side); 10] = [
    ("customer", Side::Customer),
    ("user", Side::Customer),
    ("lead", Side::Customer),
    ("contact", Side::Customer),
    ("team", Side::Team),
    ("teammate", Side::Team),
    ("admin", Side::Team),
    ("agent", Side::Team),
    ("us", Side::Team),
    ("bot", Side::Team),
];

/// What may stand after `is:` besides the names of flags.
const STATES: [&str; 8] =
    ["open", "closed", "snoozed", "unassigned", "assigned", "priority", "rated", "unrated"];

impl Name {
    /// Returns what a name stands for, whatever its case.
    pub(super) fn read(name: &str) -> Option<Self> {
        let other = NAMES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        other.map(|(_, name, _)| name.clone()).or_else(|| Field::named(name).map(Self::Field))
    }

    /// Returns a condition with it as it is written.
    pub(super) fn example(&self) -> &'static str {
        match self {
            Self::Field(field) => field.info().example,
            other => NAMES.iter().find(|(_, name, _)| name == other).map_or("", |(.., example)| *example),
        }
    }
}

/// Returns the names that are nearest to one that is none: a slip of the finger away, or the same beginning.
pub(super) fn nearest(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let letters = name.chars().count();
    let known = NAMES.iter().map(|(known, ..)| *known);
    let fields = FIELDS.iter().flat_map(|info| info.aliases.iter().copied().chain([info.name]));
    let most = if letters < 5 { 1 } else { 2 };
    let mut near: Vec<(usize, &str)> = known
        .chain(fields)
        .filter_map(|known| {
            let distance = strsim::osa_distance(known, &name);
            let begins = letters >= 3 && (known.starts_with(&name) || name.starts_with(known));
            // Two letters are near to everything.
            let close = distance <= most && known.len() > 2 && letters > 2;
            (close || begins).then_some((distance, known))
        })
        .collect();
    near.sort_unstable();
    near.truncate(3);
    near.into_iter().map(|(_, known)| known).collect()
}

/// Returns what a condition means.
///
/// # Errors
/// When there is no such value: what to write instead.
pub(super) fn read<Tz: TimeZone>(
    name: &Name,
    typed: &str,
    value: &str,
    quoted: bool,
    now: &DateTime<Tz>,
) -> Result<Meaning, String> {
    let time = |error: TimeError| error.to_string();
    let window = |start: Option<DateTime<_>>, end: Option<DateTime<_>>| {
        Meaning::Times(Window { start: start.map(Timestamp::from), end: end.map(Timestamp::from) })
    };
    Ok(match name {
        Name::Begins { over: false } => window(Some(parse_instant(value, now).map_err(time)?), None),
        Name::Begins { over: true } => window(Some(parse_instant_end(value, now).map_err(time)?), None),
        Name::Ends { over: false } => window(None, Some(parse_instant(value, now).map_err(time)?)),
        Name::Ends { over: true } => window(None, Some(parse_instant_end(value, now).map_err(time)?)),
        Name::During => {
            let timeframe = parse_timeframe(value, now).map_err(time)?;
            window(timeframe.start, timeframe.end)
        }
        Name::Said => {
            let side = SIDES.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
            let (_, side) = side.ok_or_else(|| {
                format!("nobody is called `{value}` here: write said:customer or said:team beside the words")
            })?;
            Meaning::Said(*side)
        }
        Name::Is => Meaning::Holds(is(value)?),
        Name::Has => Meaning::Holds(has(value)?),
        Name::Field(field) => Meaning::Holds(of(field, typed, value, quoted, now)?),
    })
}

/// Returns the conditions that a word may have been meant as, from the names of states and the words for them alone; with
/// each, whether that is its very name or only a slip away from one.
#[must_use]
pub fn meant_by(word: &str) -> Vec<(Expr, bool)> {
    let word = word.to_lowercase();
    let is_long = word.chars().count() >= 5;
    let exactly = |known: &str| match known == word {
        false if is_long && strsim::osa_distance(known, &word) == 1 => Some(false),
        false => None,
        true => Some(true),
    };
    let mut meant = Vec::new();
    for state in STATES {
        meant.extend(is(state).ok().zip(exactly(state)));
    }
    for info in FIELDS {
        let there = || Expr::Condition(Condition::any(info.field.clone()));
        let names = info.aliases.iter().chain([&info.name]).filter(|_| info.kind == Kind::Flag);
        meant.extend(names.filter_map(|name| Some((there(), exactly(name)?))));
        let values = info.values.iter().filter(|value| !matches!(**value, "yes" | "no" | "none"));
        meant
            .extend(values.filter_map(|value| Some((Expr::is(info.field.clone(), *value), exactly(value)?))));
        if info.said.contains(&word.as_str()) {
            meant
                .extend(super::parse(info.example, &DateTime::UNIX_EPOCH).map(|parsed| (parsed.query, true)));
        }
    }
    // The surest first, each once.
    meant.sort_by_key(|(_, exactly)| !exactly);
    let mut each: Vec<(Expr, bool)> = Vec::new();
    for (condition, exactly) in meant {
        if !each.iter().any(|(known, _)| *known == condition) {
            each.push((condition, exactly));
        }
    }
    each
}

/// Returns what `is:` with a word means.
fn is(value: &str) -> Result<Expr, String> {
    let lower = value.to_lowercase();
    let flag = |info: &&crate::fields::FieldInfo| info.kind == Kind::Flag && info.name == lower;
    Ok(match lower.as_str() {
        "open" | "closed" | "snoozed" => Expr::is(Field::State, lower),
        "unassigned" => Expr::is(Field::Assignee, "none"),
        "assigned" => Expr::is(Field::Assignee, "none").negated(),
        "priority" => Expr::is(Field::Priority, "yes"),
        "rated" => Expr::Condition(Condition::any(Field::Rating)),
        "unrated" => Expr::Condition(Condition::any(Field::Rating)).negated(),
        _ => match FIELDS.iter().find(flag) {
            Some(info) => Expr::Condition(Condition::any(info.field.clone())),
            None => {
                return Err(format!(
                    "`is:{value}` means nothing: it is open, closed, snoozed, waiting, unanswered, unassigned, \
                     assigned, priority or rated"
                ));
            }
        },
    })
}

/// Returns what `has:` with the name of a field means.
fn has(value: &str) -> Result<Expr, String> {
    match Field::named(value) {
        Some(Field::State | Field::Id) | None => Err(format!(
            "`has:{value}` means nothing: it is attachment, rating, tag, assignee, team, company, sla or attr.NAME"
        )),
        Some(Field::Assignee) => Ok(Expr::is(Field::Assignee, "none").negated()),
        Some(Field::Team) => Ok(Expr::is(Field::Team, "none").negated()),
        Some(field) => Ok(Expr::Condition(Condition::any(field))),
    }
}

fn of<Tz: TimeZone>(
    field: &Field,
    typed: &str,
    value: &str,
    quoted: bool,
    now: &DateTime<Tz>,
) -> Result<Expr, String> {
    let info = field.info();
    let example = info.example;
    if !quoted && value == "*" {
        return has(&field.to_string());
    }
    let test = match info.kind {
        Kind::Choice if !info.values.is_empty() => {
            let lower = match value.to_lowercase().as_str() {
                "true" => "yes".to_owned(),
                "false" => "no".to_owned(),
                other => other.to_owned(),
            };
            if !info.values.contains(&lower.as_str()) {
                let (last, others) = info.values.split_last().unwrap_or((&"", &[]));
                return Err(format!("there is no {field} `{value}`: it is {} or {last}", others.join(", ")));
            }
            Test::Is(lower)
        }
        Kind::Number => range(value, &number).or_else(|| number(value).map(Test::Is)).ok_or_else(|| {
            format!(
                "`{value}` is no number and no range of numbers: write {example}, {typed}:>=3 or {typed}:4"
            )
        })?,
        Kind::Date | Kind::Custom if !quoted => {
            let instant = |text: &str| {
                number(text).or_else(|| {
                    let at = parse_instant(text, now).ok()?;
                    Some(Timestamp::from(at).to_rfc3339())
                })
            };
            range(value, &instant).unwrap_or_else(|| text(value, quoted))
        }
        Kind::Flag => {
            let there = Expr::Condition(Condition::any(field.clone()));
            return match value.to_lowercase().as_str() {
                "yes" | "true" => Ok(there),
                "no" | "false" => Ok(there.negated()),
                _ => Err(format!("`{typed}:` is yes or no; write {example}, or -{example} for the contrary")),
            };
        }
        _ => text(value, quoted),
    };
    Ok(match (field, test) {
        (Field::Customer, Test::Is(value)) if value.len() > 1 && value.starts_with('@') => {
            Expr::is(Field::Domain, &value[1..])
        }
        (Field::Domain, Test::Is(value)) => Expr::is(Field::Domain, value.trim_start_matches('@')),
        (field, test) => Expr::Condition(Condition { field: field.clone(), test }),
    })
}

fn text(value: &str, quoted: bool) -> Test {
    match value.strip_suffix('*').filter(|beginning| !quoted && !beginning.is_empty()) {
        Some(beginning) => Test::Begins(beginning.to_owned()),
        None => Test::Is(value.to_owned()),
    }
}

/// Returns a number as it is compared.
fn number(text: &str) -> Option<String> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string())
}

/// Reads `1..2`, `1-2`, `>1`, `>=1`, `<2`, `<=2`, `[1 TO 2]`.
fn range(text: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<Test> {
    let bound = |text: &str, inside: bool| Some(Bound { value: read(text.trim())?, inside });
    for (sign, inside) in [(">=", true), ("<=", true), (">", false), ("<", false)] {
        if let Some(value) = text.strip_prefix(sign) {
            let bound = Some(bound(value, inside)?);
            return Some(if sign.starts_with('>') {
                Test::Between(bound, None)
            } else {
                Test::Between(None, bound)
            });
        }
    }
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let (from, to) = match inner {
        Some(inner) => inner.split_once(" TO ")?,
        None => text.split_once("..").or_else(|| {
            text.split_once('-').filter(|(from, to)| number(from).is_some() && number(to).is_some())
        })?,
    };
    let end = |text: &str| match text.trim() {
        "" | "*" => Some(None),
        text => bound(text, true).map(Some),
    };
    match (end(from)?, end(to)?) {
        (None, None) => None,
        (from, to) => Some(Test::Between(from, to)),
    }
}
