//! Opens the file and brings its tables up to date. A file that is not ours, or newer than this program, is not
//! touched.

use std::fs::OpenOptions;
use std::path::Path;

use proto::private;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::{Attempt, Error};

/// The steps from format to format, in order; a released one is never edited. They are SQL alone: what SQL cannot do is left
/// to the rebuild, which derives everything anew.
const MIGRATIONS: [&str; 10] = [
    include_str!("../../migrations/0001_conversations.sql"),
    include_str!("../../migrations/0002_measures.sql"),
    include_str!("../../migrations/0003_reread.sql"),
    include_str!("../../migrations/0004_stored.sql"),
    include_str!("../../migrations/0005_forms.sql"),
    include_str!("../../migrations/0006_fields.sql"),
    include_str!("../../migrations/0007_conversation_id.sql"),
    include_str!("../../migrations/0008_sides.sql"),
    include_str!("../../migrations/0009_names.sql"),
    include_str!("../../migrations/0010_leaves.sql"),
];
/// "sncd": marks the file as ours.
pub(super) const APPLICATION_ID: i64 = 0x736e_6364;

/// Returns the writing connection, its tables up to date.
pub(super) fn open_writer(path: &Path) -> Result<Connection, Error> {
    // SQLite gives its -wal and -shm files the mode of the database, so it is made before SQLite does it.
    drop(private::file(path, OpenOptions::new().write(true))?);
    for beside in ["db-wal", "db-shm"].map(|ending| path.with_extension(ending)) {
        if beside.exists() {
            drop(private::file(&beside, OpenOptions::new().write(true))?);
        }
    }
    inspect(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).attempt("cannot open the database")?;
    // What turns out to be damaged is to be set aside as it was found.
    leave_as_is(&connection, true)?;
    // Small pages, which a new file alone gets: a change of one conversation writes a few hundred of them anew, each for one word.
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000;
             PRAGMA page_size = 2048;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             PRAGMA secure_delete = ON;
             PRAGMA wal_autocheckpoint = 24000;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA mmap_size = 0;
             PRAGMA cache_size = -16384;
             PRAGMA temp_store = MEMORY;",
        )
        .attempt("cannot set up the database")?;
    migrate(&mut connection, &MIGRATIONS)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Returns a connection that can only read.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).attempt("cannot open the database")?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000;
             PRAGMA mmap_size = 0;
             PRAGMA cache_size = -8192;
             PRAGMA temp_store = MEMORY;
             CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, fts, row);
             PRAGMA query_only = ON;",
        )
        .attempt("cannot set up the database")?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Says whether closing the connection is to leave the files as they are, the write-ahead log beside the database.
pub(super) fn leave_as_is(connection: &Connection, leave: bool) -> Result<(), Error> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave)
        .map(drop)
        .attempt("cannot set up the database")
}

/// Keeps SQLite from planning a statement anew whenever other values are bound to it, which costs more than most of
/// ours take.
fn keep_plans(connection: &Connection) -> Result<(), Error> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
        .attempt("cannot set up the database")
}

/// Refuses a file that is not ours, or newer than this program, through a connection that cannot write.
fn inspect(path: &Path) -> Result<(), Error> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (owner, version, tables) = Connection::open_with_flags(path, flags)
        .and_then(|connection| {
            connection.busy_timeout(std::time::Duration::from_secs(5))?;
            let owner: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
            let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let tables: i64 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            Ok((owner, version, tables))
        })
        .attempt("cannot read the database")?;
    let untouched = owner == 0 && version == 0 && tables == 0;
    if owner != APPLICATION_ID && !untouched {
        return Err(Error::Foreign(path.to_owned()));
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(Error::Newer { path: path.to_owned(), found: version, known });
    }
    Ok(())
}

/// Applies what is missing in one transaction, so that a file is never between two formats.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), Error> {
    let attempt = "cannot bring the database up to date";
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).attempt(attempt)?;
    let version: usize = transaction
        .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        .map(|version| usize::try_from(version).unwrap_or(0))
        .attempt(attempt)?;
    for migration in migrations.iter().skip(version) {
        transaction.execute_batch(migration).attempt(attempt)?;
    }
    if version < migrations.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID).attempt(attempt)?;
        transaction.pragma_update(None, "user_version", migrations.len() as i64).attempt(attempt)?;
    }
    transaction.commit().attempt(attempt)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A file of the first format with rows in it, as a daemon of that version left it.
    fn old_file(dir: &Path) -> Connection {
        let mut connection = Connection::open(dir.join("syncd.db")).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        migrate(&mut connection, &MIGRATIONS[..1]).unwrap();
        let rows = "INSERT INTO mark(name, value) VALUES ('kept', 'as it was');
                    INSERT INTO covered(start, finish) VALUES (100, 200);
                    INSERT INTO fts(rowid, body, people) VALUES (7, 'some words', 'anna')";
        connection.execute_batch(rows).unwrap();
        connection
    }

    fn kept(connection: &Connection) -> (i64, String, i64) {
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let mark =
            connection.query_row("SELECT value FROM mark WHERE name = 'kept'", [], |row| row.get(0)).unwrap();
        let end = connection.query_row("SELECT finish FROM covered", [], |row| row.get(0)).unwrap();
        (version, mark, end)
    }

    #[test]
    fn an_old_file_is_brought_up_to_date_with_its_rows_and_the_old_program_refuses_it_then() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = old_file(dir.path());
        let newer = "ALTER TABLE covered ADD COLUMN why TEXT; UPDATE covered SET why = 'scanned'";
        let all = [&MIGRATIONS[..], &[newer]].concat();
        migrate(&mut connection, &all).unwrap();
        assert_eq!(kept(&connection), (11, "as it was".to_owned(), 200));
        let why: String = connection.query_row("SELECT why FROM covered", [], |row| row.get(0)).unwrap();
        assert_eq!(why, "scanned");
        migrate(&mut connection, &all).unwrap();
        drop(connection);
        let refusal = inspect(&dir.path().join("syncd.db")).unwrap_err();
        assert!(matches!(refusal, Error::Newer { found: 11, known: 10, .. }), "{refusal}");
    }

    #[test]
    fn a_migration_that_fails_half_way_leaves_the_old_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = old_file(dir.path());
        let broken =
            "ALTER TABLE covered ADD COLUMN why TEXT; DELETE FROM mark; INSERT INTO nowhere VALUES (1)";
        migrate(&mut connection, &[MIGRATIONS[0], broken]).unwrap_err();
        assert_eq!(kept(&connection), (1, "as it was".to_owned(), 200));
        drop(connection);
        inspect(&dir.path().join("syncd.db")).unwrap();
        assert_eq!(kept(&open_writer(&dir.path().join("syncd.db")).unwrap()).0, 10);
    }
}
