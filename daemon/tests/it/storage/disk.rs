//! The database as files: taking pictures of them, cutting them, and looking into them with SQLite alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

pub(crate) const NAME: &str = "syncd.db";
pub(crate) const LOG: &str = "syncd.db-wal";
/// Bytes before the first frame of a write-ahead log, and of a frame before its page.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
pub(crate) const PAGE: usize = 2048;
const FRAME: usize = FRAME_HEADER + PAGE;

/// Both files as they were at a moment.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) database: Vec<u8>,
    pub(crate) log: Vec<u8>,
}

impl Picture {
    /// Takes it. Nothing may be written meanwhile but whole frames at the log's end.
    pub(crate) fn take(dir: &Path) -> Self {
        let database = fs::read(dir.join(NAME)).unwrap();
        Self { database, log: fs::read(dir.join(LOG)).unwrap_or_default() }
    }

    /// Puts it into a folder of its own.
    pub(crate) fn put(&self) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NAME), &self.database).unwrap();
        fs::write(dir.path().join(LOG), &self.log).unwrap();
        dir
    }

    /// Returns it with only so many bytes of its log.
    pub(crate) fn cut(&self, bytes: usize) -> Self {
        Self { database: self.database.clone(), log: self.log[..bytes].to_vec() }
    }

    /// Returns where the log's frames end, and whether a transaction ends there.
    pub(crate) fn frames(&self) -> Vec<(usize, bool)> {
        let count = self.log.len().saturating_sub(LOG_HEADER) / FRAME;
        let frame = |n: usize| LOG_HEADER + n * FRAME;
        (0..count).map(|n| (frame(n + 1), self.log[frame(n) + 4..frame(n) + 8] != [0; 4])).collect()
    }

    /// Returns it as a checkpoint leaves it that is cut off after so many pages: those are in the database already, the
    /// log is as it was.
    pub(crate) fn half_checkpointed(&self, pages: usize) -> Self {
        let committed = self.frames().iter().rposition(|(_, commits)| *commits).map_or(0, |last| last + 1);
        let mut newest = BTreeMap::new();
        for n in 0..committed {
            let at = LOG_HEADER + n * FRAME;
            let number = u32::from_be_bytes(self.log[at..at + 4].try_into().unwrap());
            newest.insert(number, &self.log[at + FRAME_HEADER..at + FRAME]);
        }
        let mut picture = self.clone();
        for (number, page) in newest.into_iter().take(pages) {
            let at = (number as usize - 1) * PAGE;
            picture.database.resize(picture.database.len().max(at + PAGE), 0);
            picture.database[at..at + PAGE].copy_from_slice(page);
        }
        picture
    }
}

/// What a database holds, read by SQLite alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Activity time of each conversation that is stored.
    pub(crate) stored: BTreeMap<i64, i64>,
    /// Conversations that are listed and not stored as new as that.
    pub(crate) pending: BTreeSet<i64>,
    /// The spans that are claimed.
    pub(crate) covered: Vec<(i64, i64)>,
    /// Every row of every table, where that was asked for.
    pub(crate) rows: BTreeMap<String, Vec<String>>,
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Without comparing indexes with their tables, which takes long for a large database.
    Quick,
    /// All checks there are.
    Whole,
    /// And the rows.
    Rows,
}

/// Looks into a copy of the database in a folder: asserts that SQLite finds nothing wrong with it and the index, and that
/// everything that is kept twice agrees.
pub(crate) fn examine(dir: &Path, depth: Depth) -> Contents {
    let copy = Picture::take(dir).put();
    let path = copy.path().join(NAME);
    let db = Connection::open(&path).unwrap();
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    if version == 0 {
        return Contents::default();
    }
    let check = if depth == Depth::Quick { "PRAGMA quick_check" } else { "PRAGMA integrity_check" };
    let verdict: String = db.query_row(check, [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    db.execute("INSERT INTO fts(fts) VALUES ('integrity-check')", []).unwrap();
    for (what, disagreement) in AGREEMENTS {
        let found: Option<i64> = db.query_row(disagreement, [], |row| row.get(0)).unwrap();
        assert!(found.unwrap_or(0) == 0, "{what}: {found:?}");
    }
    let pairs = |sql: &str| -> Vec<(i64, i64)> {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    Contents {
        stored: pairs("SELECT key, updated_at FROM conversation").into_iter().collect(),
        pending: pairs("SELECT key, 0 FROM pending").into_iter().map(|(key, _)| key).collect(),
        covered: pairs("SELECT start, finish FROM covered ORDER BY start"),
        rows: if depth == Depth::Rows { rows(&db) } else { BTreeMap::new() },
    }
}

/// Everything that is stored in two places, as a number that is not zero where they disagree.
const AGREEMENTS: [(&str, &str); 9] = [
    (
        "count of conversations",
        "SELECT (SELECT count(*) FROM conversation) - coalesce((SELECT value FROM counter WHERE name = 'conversations'), 0)",
    ),
    (
        "count of messages",
        "SELECT (SELECT coalesce(sum(messages), 0) FROM conversation) - coalesce((SELECT value FROM counter WHERE name = 'messages'), 0)",
    ),
    (
        "count of truncated ones",
        "SELECT (SELECT coalesce(sum(truncated), 0) FROM conversation) - coalesce((SELECT value FROM counter WHERE name = 'truncated'), 0)",
    ),
    (
        "count of pending ones",
        "SELECT (SELECT count(*) FROM pending) - coalesce((SELECT sum(value) FROM counter WHERE name IN ('pending', 'failed', 'ahead')), 0)",
    ),
    (
        "conversations and their parts",
        "SELECT count(*) FROM conversation FULL JOIN body USING (key) WHERE conversation.docid IS NULL OR body.texts IS NULL",
    ),
    (
        "conversations and their JSON",
        "SELECT count(*) FROM conversation FULL JOIN raw USING (key) WHERE conversation.docid IS NULL OR raw.json IS NULL",
    ),
    (
        "conversations and what is measured",
        "SELECT count(*) FROM conversation FULL JOIN measure USING (docid) WHERE conversation.key IS NULL OR measure.key IS NOT conversation.key",
    ),
    (
        "labels and what they count",
        "SELECT count(*) FROM label WHERE conversations <> (SELECT count(*) FROM labelled WHERE label = id)",
    ),
    (
        "labels of what is not there",
        "SELECT count(*) FROM labelled WHERE docid NOT IN (SELECT docid FROM conversation)",
    ),
];

/// Returns every row as text, but for how the index and the totals of what is left to tidy up are stored.
fn rows(db: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'fts%' AND name NOT LIKE 'sqlite%'")
        .unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let table = |name: &String| {
        let mut statement = db.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect::<Result<Vec<rusqlite::types::Value>, _>>()
        });
        let mut rows: Vec<String> = rows.unwrap().map(|row| format!("{:?}", row.unwrap())).collect();
        rows.retain(|row| !row.contains("unpurged") && !row.contains("unwiped"));
        rows.sort();
        rows
    };
    names.iter().map(|name| (name.clone(), table(name))).collect()
}

/// Opens a database for reading, as another program would.
pub(crate) fn reader(dir: &Path) -> Connection {
    Connection::open_with_flags(dir.join(NAME), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Returns the databases that were set aside in a folder.
pub(crate) fn set_aside(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("syncd.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    found.sort();
    found
}
