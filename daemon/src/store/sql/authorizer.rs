//! What a statement may do: select from the documented views, by functions of a list. The views themselves may read tables.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::basis::Basis;
use super::functions;
use super::names::Names;
use super::views;

/// Tables of SQLite's own that make rows of their arguments alone.
pub(super) const TABLES: [&str; 3] = ["json_each", "json_tree", "generate_series"];

/// What a statement was refused for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It reads something that is no view.
    Table(String),
    /// It calls a function that is not in the list.
    Function(String),
    /// It does something else than read.
    Action(&'static str),
}

/// The first refusal.
#[derive(Clone, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<Refused>>>);

impl Refusal {
    /// Takes it.
    pub(super) fn take(&self) -> Option<Refused> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, refused: Refused) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(refused);
    }
}

/// Returns what decides; it writes down what it refuses, and which columns of the documented views it lets through.
pub(super) fn authorizer(
    names: Names,
    refusal: Refusal,
    basis: Basis,
) -> impl for<'r> FnMut(AuthContext<'r>) -> Authorization + Send + 'static {
    let schema = names.schema();
    move |context| match judge(&context, &names, &schema) {
        Ok(()) => {
            if let AuthAction::Read { table_name, column_name } = context.action
                && views::is_view(table_name)
            {
                basis.note(table_name, column_name);
            }
            Authorization::Allow
        }
        Err(refused) => {
            refusal.set(refused);
            Authorization::Deny
        }
    }
}

fn judge(context: &AuthContext<'_>, names: &Names, schema: &str) -> Result<(), Refused> {
    let within = context.accessor.is_some_and(|view| names.is_inner(view));
    match context.action {
        AuthAction::Select | AuthAction::Recursive => Ok(()),
        AuthAction::Read { table_name, column_name } => {
            let database = context.database_name;
            let allowed = if database == Some(schema) {
                // The empty name stands for a table of which no column is needed; SQLite forgets by then who reads it.
                within || column_name.is_empty()
            } else {
                // Of what is named without its schema, SQLite does not say which one it is in.
                TABLES.contains(&table_name)
                    || (database != Some("main")
                        && (names.is_inner(table_name) || views::is_view(table_name)))
            };
            if allowed { Ok(()) } else { Err(Refused::Table(table_name.to_owned())) }
        }
        AuthAction::Function { function_name } => {
            let allowed =
                functions::is_offered(function_name) || (within && functions::is_inner(function_name));
            if allowed { Ok(()) } else { Err(Refused::Function(function_name.to_lowercase())) }
        }
        AuthAction::Pragma { .. } => Err(Refused::Action("PRAGMA")),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Err(Refused::Action("ATTACH and DETACH")),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => Err(Refused::Action("transactions")),
        _ => Err(Refused::Action("writing")),
    }
}
