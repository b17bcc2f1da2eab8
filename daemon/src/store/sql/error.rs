//! What is said of a statement that cannot be answered: what is wrong, where, and what may have been meant.

use proto::types::SqlCut;
use rusqlite::ErrorCode;

use super::authorizer::{Refused, TABLES};
use super::functions::OFFERED;
use super::run::remedy;
use super::sandbox::Sandbox;
use super::views::VIEWS;
use crate::store::error::Error;

/// Characters of the line that are shown on each side of the place.
const BESIDE: usize = 40;

/// Why there is no answer.
pub(super) enum Cause {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// The statement has no columns.
    NothingToRead,
    /// It asks how another one would be answered.
    Explain,
    /// It took more than a query may.
    TooMuch(SqlCut),
}

impl Sandbox {
    /// Returns what is said.
    pub(super) fn explain(&self, sql: &str, cause: Cause) -> Error {
        if let Some(refused) = self.refusal.take() {
            return Error::BadQuery(refusal(sql, &refused));
        }
        let error = match cause {
            Cause::Sqlite(error) => error,
            Cause::NothingToRead => {
                return Error::BadQuery(
                    "only one statement that reads is answered: SELECT …, WITH … SELECT … or VALUES …"
                        .to_owned(),
                );
            }
            Cause::Explain => {
                return Error::BadQuery("EXPLAIN is not answered: ask the query itself".to_owned());
            }
            Cause::TooMuch(cut) => return Error::BadQuery(remedy(cut)),
        };
        if let Some(failure) = self.records().failure() {
            return failure;
        }
        let (message, offset) = match &error {
            rusqlite::Error::SqlInputError { msg, offset, .. } => {
                (msg.clone(), usize::try_from(*offset).ok())
            }
            rusqlite::Error::MultipleStatement => {
                ("only one statement is answered: take away what follows the first `;`".to_owned(), None)
            }
            rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
                ErrorCode::OperationInterrupted if self.watch.is_too_large() => {
                    (remedy(SqlCut::Memory), None)
                }
                ErrorCode::OperationInterrupted if self.watch.is_late() => (remedy(SqlCut::Time), None),
                ErrorCode::TooBig => {
                    ("a text is too long here: take a part of it, with substr(), or ask in a shorter statement".to_owned(), None)
                }
                // What is asked, and not the database, is what these are about.
                ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange => {
                    (message.clone().unwrap_or_else(|| failure.to_string()), None)
                }
                _ => return Error::Sql { action: "cannot answer a query in SQL", source: error },
            },
            _ => (error.to_string(), None),
        };
        if message.starts_with("cannot modify ") {
            return self.explain(sql, Cause::NothingToRead);
        }
        let what = match nearest(&message) {
            Some(meant) => format!("{message}; {meant}"),
            None => message,
        };
        match offset.and_then(|offset| place(sql, offset)) {
            Some(place) => Error::BadQuery(format!("{what}\n{place}")),
            None => Error::BadQuery(what),
        }
    }
}

fn refusal(sql: &str, refused: &Refused) -> String {
    let (what, name) = match refused {
        Refused::Table(name) => {
            let names: Vec<&str> = VIEWS.iter().map(|view| view.name).collect();
            let what = match like(name, names.iter().copied()) {
                Some(near) => format!("there is no view {name:?}; did you mean {near}?"),
                None => format!("there is no view {name:?}; the views are {}", names.join(", ")),
            };
            (what, name.as_str())
        }
        Refused::Function(name) => {
            let meant = like(name, OFFERED).map(|near| format!("; did you mean {near}()?"));
            (format!("the function {name}() is not offered{}", meant.unwrap_or_default()), name.as_str())
        }
        Refused::Action(what) => {
            return format!(
                "{what}: only one statement that reads is answered: SELECT …, WITH … SELECT … or VALUES …"
            );
        }
    };
    let at = sql.to_lowercase().find(&name.to_lowercase()).and_then(|at| place(sql, at));
    at.map_or_else(|| what.clone(), |place| format!("{what}\n{place}"))
}

/// Returns what may have been meant by a name that SQLite does not know.
fn nearest(message: &str) -> Option<String> {
    let views = || VIEWS.iter().map(|view| view.name);
    let columns = || VIEWS.iter().flat_map(|view| view.column_names());
    let name = |rest: &str| {
        let name = rest.split(" - ").next().unwrap_or(rest).rsplit('.').next().unwrap_or(rest);
        name.trim_matches(['"', '`', '[', ']', ' ']).to_lowercase()
    };
    if let Some(rest) = message.strip_prefix("no such table: ") {
        let near = like(&name(rest), views().chain(TABLES));
        let all = views().collect::<Vec<_>>().join(", ");
        return Some(near.map_or(format!("the views are {all}"), |near| format!("did you mean {near}?")));
    }
    if let Some(rest) = message.strip_prefix("no such column: ") {
        return like(&name(rest), columns()).map(|near| {
            let views = VIEWS.iter().filter(|view| view.column_names().any(|column| column == near));
            let views: Vec<&str> = views.map(|view| view.name).collect();
            format!("did you mean {near} (of {})?", views.join(", "))
        });
    }
    let rest = message.strip_prefix("no such function: ")?;
    like(&name(rest), OFFERED).map(|near| format!("did you mean {near}()?"))
}

/// Returns the name that is most like another one, if any is.
fn like<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let letters = name.chars().count();
    let most = (letters / 3).clamp(1, 4);
    let near = known.into_iter().filter_map(|known| {
        let distance = strsim::osa_distance(known, &name);
        let part = letters >= 4 && (known.contains(&name) || name.contains(known) && known.len() >= 4);
        match distance {
            distance if distance <= most => Some((distance, known)),
            _ if part => Some((most + 1, known)),
            _ => None,
        }
    });
    near.min().map(|(_, known)| known)
}

/// Returns the line in which a byte of a statement stands, and below it a mark at the place.
fn place(sql: &str, offset: usize) -> Option<String> {
    let before = sql.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = sql[start..].lines().next().unwrap_or_default();
    let column = sql[start..offset].chars().count();
    let first = column.saturating_sub(BESIDE);
    let shown: String = line.chars().skip(first).take(2 * BESIDE).collect();
    let shown = shown.replace('\t', " ");
    Some(format!("  {shown}\n  {}^", " ".repeat(column - first)))
}
