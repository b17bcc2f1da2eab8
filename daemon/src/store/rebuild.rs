//! Derives everything anew from what is stored, with no call to Intercom: each conversation's JSON goes through the same
//! reading as a fresh one, older parts of a truncated one come from its stored parts. Rows, stored values, labels, measures
//! and the text index are written again. It is done where the database was derived by another program than this one, goes on
//! where a kill ended it, and nothing is answered meanwhile.

use bytes::Bytes;
use proto::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::error::{Attempt, Error};
use super::prepare::{self, Prepared};
use super::stored::{Packer, Unpacker};
use super::writer::{Batch, Writer};
use super::{format_3, ingest, key, ledger, removal};
use crate::model::{Conversation, Fetched};

/// Which way of deriving a database is of. Raise it with whatever is derived of a conversation in another way: its rows,
/// their stored values, labels, measures, how words are folded. The next start derives all anew.
const DERIVED: u32 = 5;

/// The mark that holds the number by which everything was derived.
const DONE: &str = "store.derived";
/// The mark that holds the number by which all is being derived, and the key of the last conversation that was.
const UNDER_WAY: &str = "store.deriving";

/// Conversations that one transaction derives, and the bytes of their stored JSON after which it takes no more.
const BATCH: i64 = 1_000;
const BATCH_BYTES: i64 = 4 << 20;
/// Bytes of words that the index gathers before it writes them: the fewer pieces it writes, the less it merges them.
const GATHERED: i64 = 32 << 20;
const USUALLY_GATHERED: i64 = 1 << 20;

/// Reads a conversation's JSON, as it is read when it comes from Intercom.
pub type Parse = dyn Fn(Bytes) -> Result<Conversation, String> + Send + Sync;

/// Whoever hears how far it is: conversations that are done, of so many.
pub(super) type Progress<'a> = dyn Fn(u64, u64) + Send + Sync + 'a;

/// A conversation that is to be derived.
struct Source {
    key: i64,
    asked_at: Timestamp,
    json: Result<Vec<u8>, Error>,
}

/// Derives everything anew, unless it was derived by this program's rules.
pub(super) fn rebuild(writer: &mut Writer, parse: &Parse, progress: &Progress<'_>) -> Result<(), Error> {
    if mark(&writer.connection, DONE)?.as_deref() == Some(DERIVED.to_string().as_str()) {
        return Ok(());
    }
    let mut after = under_way(&writer.connection)?.unwrap_or(i64::MIN);
    let (mut done, total) = counts(&writer.connection, after)?;
    if total == 0 {
        return writer.transact(finish);
    }
    if done == 0 {
        writer.transact(begin)?;
    }
    gather(&writer.connection, GATHERED)?;
    progress(done, total);
    loop {
        let sources = read(&writer.connection, &mut writer.unpacker, after)?;
        let Some(last) = sources.last().map(|source| source.key) else { break };
        done += sources.len() as u64;
        let derived = derive(sources, parse);
        writer.transact(|batch| write(batch, derived, last))?;
        after = last;
        progress(done, total);
    }
    gather(&writer.connection, USUALLY_GATHERED)?;
    writer.transact(finish)
}

/// Says that an empty database is derived by this program's rules.
pub(super) fn is_done(connection: &Connection) -> Result<(), Error> {
    ledger::set_mark(connection, DONE, &DERIVED.to_string())
}

/// Has all derived anew at the next start.
pub(super) fn again(connection: &Connection) -> Result<(), Error> {
    connection
        .execute("DELETE FROM mark WHERE name IN (?1, ?2)", [DONE, UNDER_WAY])
        .map(drop)
        .attempt("cannot have everything derived anew")
}

/// Removes what is derived and stands outside of the conversations' own rows, which are replaced one by one.
fn begin(batch: &mut Batch<'_>) -> Result<(), Error> {
    batch
        .transaction
        .execute_batch(
            "INSERT INTO fts(fts) VALUES ('delete-all');
             DELETE FROM label; DELETE FROM labelled; DELETE FROM measure; DELETE FROM form;
             DELETE FROM counter WHERE name IN ('conversations', 'messages', 'truncated');",
        )
        .attempt("cannot begin to derive everything anew")?;
    set_under_way(batch, i64::MIN)
}

fn finish(batch: &mut Batch<'_>) -> Result<(), Error> {
    format_3::finish(&batch.transaction)?;
    again(&batch.transaction)?;
    is_done(&batch.transaction)
}

/// Reads the next conversations.
fn read(connection: &Connection, unpacker: &mut Unpacker, after: i64) -> Result<Vec<Source>, Error> {
    let attempt = "cannot read what is stored";
    let mut earlier = format_3::Reader::find(connection)?;
    let size = match earlier {
        None => "coalesce((SELECT length(json) FROM raw r WHERE r.key = c.key), 0)",
        Some(_) => "coalesce((SELECT length(json) FROM raw_3 r WHERE r.key = c.key), 0)",
    };
    let sql =
        format!("SELECT key, asked_at, {size} FROM conversation c WHERE key > ?1 ORDER BY key LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql).attempt(attempt)?;
    let rows = statement
        .query_map([after, BATCH], |row| {
            Ok((row.get::<_, i64>(0)?, Timestamp(row.get(1)?), row.get::<_, i64>(2)?))
        })
        .attempt(attempt)?;
    let (mut sources, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let (key, asked_at, size) = row.attempt(attempt)?;
        let json = match &mut earlier {
            None => json(connection, unpacker, key),
            Some(earlier) => match earlier.json(connection, key) {
                Ok(None) => json(connection, unpacker, key),
                found => found,
            },
        };
        let json = match json {
            Ok(json) => json.ok_or_else(|| missing(key)),
            Err(error @ Error::Damaged { .. }) => Err(error),
            Err(error) => return Err(error),
        };
        sources.push(Source { key, asked_at, json });
        bytes += size;
        if bytes > BATCH_BYTES {
            break;
        }
    }
    Ok(sources)
}

fn missing(key: i64) -> Error {
    Error::Damaged { what: "JSON", key, why: "it is missing".to_owned() }
}

/// Returns a conversation's JSON, where it is stored.
pub(super) fn json(
    connection: &Connection,
    unpacker: &mut Unpacker,
    key: i64,
) -> Result<Option<Vec<u8>>, Error> {
    let row: Option<Vec<u8>> = connection
        .prepare_cached("SELECT json FROM raw WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .attempt("cannot read a conversation's JSON")?;
    row.map(|blob| unpacker.json(key, &blob)).transpose()
}

/// Makes conversations ready to be written, on as many threads as there are processors.
fn derive(sources: Vec<Source>, parse: &Parse) -> Vec<(i64, Result<Prepared, Error>)> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut sources = sources;
    let mut shares = Vec::new();
    let share = sources.len().div_ceil(threads).max(1);
    while !sources.is_empty() {
        let rest = sources.split_off(share.min(sources.len()));
        shares.push(std::mem::replace(&mut sources, rest));
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = shares
            .into_iter()
            .map(|share| {
                scope.spawn(move || {
                    share
                        .into_iter()
                        .map(|source| (source.key, derive_one(source, parse)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn derive_one(source: Source, parse: &Parse) -> Result<Prepared, Error> {
    let Source { key, asked_at, json } = source;
    let conversation = parse(json?.into()).map_err(|why| Error::Damaged { what: "JSON", key, why })?;
    prepare::prepare(Fetched { conversation, asked_at }, &mut Packer::new()?)
}

fn write(
    batch: &mut Batch<'_>,
    derived: Vec<(i64, Result<Prepared, Error>)>,
    last: i64,
) -> Result<(), Error> {
    let (mut whole, mut keys) = (Vec::new(), Vec::new());
    for (key, prepared) in derived {
        match prepared {
            Ok(prepared) if key::find(&batch.transaction, &prepared.conversation.id)? == Some(key) => {
                keys.push(key);
                whole.push((key, prepared));
            }
            Ok(prepared) => {
                let why = format!("it is of conversation {}", prepared.conversation.id);
                removal::quarantine(batch, &Error::Damaged { what: "JSON", key, why }, key)?;
            }
            Err(error) => removal::quarantine(batch, &error, key)?,
        }
    }
    ingest::write_derived(batch, whole)?;
    if format_3::Reader::find(&batch.transaction)?.is_some() {
        for key in keys {
            format_3::remove(&batch.transaction, key)?;
        }
    }
    set_under_way(batch, last)
}

fn set_under_way(batch: &Batch<'_>, after: i64) -> Result<(), Error> {
    ledger::set_mark(&batch.transaction, UNDER_WAY, &format!("{DERIVED} {after}"))
}

/// Returns the key after which to go on, where all is being derived by this program's rules.
fn under_way(connection: &Connection) -> Result<Option<i64>, Error> {
    let mark = mark(connection, UNDER_WAY)?;
    Ok(mark.and_then(|mark| {
        let (derived, after) = mark.split_once(' ')?;
        (derived.parse() == Ok(DERIVED)).then(|| after.parse().ok())?
    }))
}

/// Returns what is kept under a name.
pub(super) fn mark(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    connection
        .query_row("SELECT value FROM mark WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .attempt("cannot read a mark")
}

/// Returns how many conversations are done, and how many there are.
fn counts(connection: &Connection, after: i64) -> Result<(u64, u64), Error> {
    connection
        .query_row(
            "SELECT (SELECT count(*) FROM conversation WHERE key <= ?1), (SELECT count(*) FROM conversation)",
            [after],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs())),
        )
        .attempt("cannot count what is stored")
}

fn gather(connection: &Connection, bytes: i64) -> Result<(), Error> {
    connection
        .execute("INSERT INTO fts(fts, rank) VALUES ('hashsize', ?1)", [bytes])
        .map(drop)
        .attempt("cannot set up the index")
}
