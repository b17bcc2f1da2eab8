//! Which workspace the database is of; two are never mixed.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Attempt, Error};
use crate::model::Workspace;

/// Stores the workspace, or updates its name and address where it is the stored one.
pub(super) fn bind(connection: &Connection, workspace: &Workspace, api_url: &str) -> Result<(), Error> {
    if let Some((stored, _)) = get(connection)?
        && stored.id != workspace.id
    {
        return Err(Error::OtherWorkspace { stored: stored.id, found: workspace.id.clone() });
    }
    connection
        .execute(
            "INSERT OR REPLACE INTO workspace(one, id, name, region, api_url) VALUES (1, ?1, ?2, ?3, ?4)",
            params![workspace.id, workspace.name, workspace.region, api_url],
        )
        .map(drop)
        .attempt("cannot store the workspace")
}

/// Returns the workspace and the address of its API.
pub(super) fn get(connection: &Connection) -> Result<Option<(Workspace, String)>, Error> {
    connection
        .prepare_cached("SELECT id, name, region, api_url FROM workspace")
        .and_then(|mut statement| {
            let read = |row: &Row<'_>| {
                Ok((Workspace { id: row.get(0)?, name: row.get(1)?, region: row.get(2)? }, row.get(3)?))
            };
            statement.query_row([], read).optional()
        })
        .attempt("cannot read the workspace")
}
