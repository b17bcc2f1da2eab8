//! Statements that would write, read something else, or name what there is none of.

use std::path::Path;

use super::super::NOON;
use super::super::stats::stored;
use super::*;

/// Statements that must not be answered.
const REFUSED: &[&str] = &[
    "DELETE FROM conversations",
    "DELETE FROM conversation",
    "UPDATE conversations SET state = 'closed'",
    "INSERT INTO conversation(key) VALUES (1)",
    "INSERT INTO tags SELECT * FROM tags",
    "REPLACE INTO mark VALUES ('a', 'b')",
    "DROP TABLE conversation",
    "DROP VIEW conversations",
    "CREATE TABLE t(x)",
    "CREATE TEMP TABLE t(x)",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE TEMP TRIGGER t AFTER INSERT ON conversation BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE temp.v USING fts5(x)",
    "CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', 'fts', 'row')",
    "CREATE INDEX i ON conversation(state)",
    "ALTER TABLE conversation ADD COLUMN x",
    "ATTACH '/etc/passwd' AS x",
    "ATTACH ':memory:' AS x",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA query_only = OFF",
    "PRAGMA user_version",
    "PRAGMA database_list",
    "PRAGMA temp_store_directory = '/tmp'",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_table_info('conversation')",
    "SELECT * FROM pragma_function_list()",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM sqlite_schema",
    "SELECT * FROM sqlite_temp_master",
    "SELECT * FROM temp.sqlite_schema",
    "SELECT * FROM main.sqlite_schema",
    "SELECT count(*) FROM sqlite_schema",
    "SELECT * FROM dbstat",
    "SELECT count(*) FROM dbstat",
    "SELECT data FROM sqlite_dbpage",
    "SELECT count(*) FROM sqlite_dbpage",
    "SELECT word FROM form",
    "SELECT * FROM raw",
    "SELECT json FROM raw",
    "SELECT count(*) FROM raw",
    "SELECT 1 FROM raw",
    "SELECT count(*) FROM main.raw",
    "SELECT * FROM conversation",
    "SELECT count(*) FROM conversation",
    "SELECT rowid FROM conversation",
    "SELECT * FROM body",
    "SELECT * FROM mark",
    "SELECT * FROM workspace",
    "SELECT * FROM fts",
    "SELECT * FROM fts('lamp')",
    "SELECT * FROM fts_data",
    "SELECT * FROM fts_content",
    "SELECT id FROM conversations WHERE EXISTS (SELECT 1 FROM raw)",
    "SELECT (SELECT count(*) FROM label)",
    "SELECT id FROM conversations UNION SELECT name FROM label",
    "SELECT * FROM conversations, mark",
    "WITH conversations AS (SELECT * FROM raw) SELECT * FROM conversations",
    "WITH messages AS (SELECT json FROM raw) SELECT * FROM messages",
    "WITH messages AS MATERIALIZED (SELECT count(*) FROM raw) SELECT * FROM messages",
    "SELECT * FROM (SELECT * FROM raw) AS messages",
    "WITH RECURSIVE conversations(x) AS (SELECT key FROM raw UNION SELECT x + 1 FROM conversations) SELECT x FROM conversations",
    "SELECT part(1, 0, 1, 7)",
    "SELECT part_count(1, 0) FROM conversations",
    "SELECT header(1, 0)",
    "SELECT attribute_count(1)",
    "SELECT was_active(x'00', 0)",
    "SELECT customer(x'00', 0)",
    "WITH conversations AS (SELECT part(1, 0, 1, 7)) SELECT * FROM conversations",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('a', 'b')",
    "SELECT edit('a')",
    "SELECT randomblob(1000000000)",
    "SELECT zeroblob(1000000000)",
    "SELECT fts5(1)",
    "SELECT fts3_tokenizer('simple')",
    "SELECT sqlite_compileoption_get(1)",
    "SELECT sqlite_log(1, 'x')",
    "SELECT sqlite_source_id()",
    "SELECT bm25(conversations) FROM conversations",
    "SELECT highlight(fts, 0, 'a', 'b') FROM fts",
    "SELECT soundex('x')",
    "SELECT changes(), total_changes(), last_insert_rowid()",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE conversation",
    "SELECT 1;;; DELETE FROM conversation",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN SELECT * FROM conversations",
    "SELECT ?1",
    "SELECT :name",
    "SELECT \"not a column\"",
    "SELECT * FROM conversations.id",
    "SELECT * FROM 'file:/etc/passwd'",
    "SELECT id FROM conversations ORDER BY load_extension('x')",
    "",
    "   ",
    ";",
    "-- nothing",
    "/* SELECT 1 */",
    "\u{0}",
    "SELECT '\u{0}",
    "SELECT",
    "hello",
    "SELECT * FROM",
    "SELECT 'open",
];

fn bytes(dir: &Path) -> Vec<u8> {
    std::fs::read(dir.join("syncd.db")).unwrap()
}

#[tokio::test]
async fn nothing_but_the_views_is_read_and_nothing_is_written() {
    let (dir, store) = open();
    stored(&store).await;
    let before = bytes(dir.path());
    let wal = std::fs::read(dir.path().join("syncd.db-wal")).unwrap();
    for sql in REFUSED {
        refused(&store, sql).await;
    }
    assert_eq!(bytes(dir.path()), before);
    assert_eq!(std::fs::read(dir.path().join("syncd.db-wal")).unwrap(), wal);
    assert_eq!(query(&store, "SELECT count(*) FROM conversations").await, ["5"]);
}

#[tokio::test]
async fn an_error_shows_the_place_and_the_nearest_name() {
    let (_dir, store) = open();
    stored(&store).await;
    let cases = [
        ("SELECT custmer_email FROM conversations", "did you mean customer_email", "  SELECT custmer_email"),
        ("SELECT c.titel FROM conversations c", "did you mean title", "         ^"),
        ("SELECT * FROM conversation", "did you mean conversations?", "                ^"),
        ("SELECT * FROM mesages", "did you mean messages?", ""),
        ("SELECT * FROM tickets", "the views are conversations, messages", ""),
        ("SELECT medain(1)", "did you mean median()?", "         ^"),
        ("SELECT id FROM conversations WHERE state = open", "no such column: open", "^"),
        (
            "SELECT id\nFROM conversations\nWHERE stat = 'open'",
            "did you mean state",
            "  WHERE stat = 'open'\n        ^",
        ),
        ("SELECT id FORM conversations", "syntax error", "^"),
        ("SELECT load_extension('x')", "load_extension() is not offered", ""),
        ("DELETE FROM conversations", "one statement that reads", ""),
        ("PRAGMA user_version", "PRAGMA: only one statement", ""),
        ("SELECT 1; SELECT 2", "only one statement is answered", ""),
    ];
    for (sql, what, place) in cases {
        let error = refused(&store, sql).await;
        assert!(error.contains(what) && error.contains(place), "{sql}\n{error}");
    }
}

/// Words that statements are made from at random.
const WORDS: &[&str] = &[
    "SELECT",
    "*",
    "FROM",
    "conversations",
    "messages",
    "events",
    "tags",
    "contacts",
    "coverage",
    "attributes",
    "teammates",
    "raw",
    "conversation",
    "main",
    ".",
    "temp",
    "body",
    "fts",
    "mark",
    "WHERE",
    "id",
    "conversation_id",
    "=",
    "'1'",
    ",",
    "(",
    ")",
    "(",
    ")",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "1",
    "1000000000",
    "UNION ALL",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "USING",
    "WITH",
    "RECURSIVE",
    "AS",
    "a",
    "b",
    "count(*)",
    "max",
    "matches(id, 'lamp')",
    "json_each",
    "generate_series",
    "printf('%.*c', 100000, 'x')",
    "||",
    "LIKE",
    "'%a%'",
    "IN",
    "NOT",
    "NULL",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "OVER",
    "PARTITION BY",
    "HAVING",
    "DISTINCT",
    "EXISTS",
    "VALUES",
    "INSERT INTO",
    "DELETE FROM",
    "UPDATE",
    "SET",
    "DROP TABLE",
    "CREATE TABLE",
    "PRAGMA",
    "query_only",
    "ATTACH",
    ";",
    "--",
    "/*",
    "*/",
    "\"",
    "'",
    "`",
    "[",
    "]",
    "x'",
    "1e999",
    "-",
    "+",
    "%",
    "<<",
    "load_extension('x')",
    "part(1, 0, 1, 7)",
    "zeroblob(100000000)",
    "group_concat(body)",
    "COLLATE",
    "time",
    "CAST",
    "TEXT",
    "INTEGER",
    "INDEXED BY",
    "conversation_docid",
    "sqlite_schema",
    "pragma_table_info('raw')",
    "rowid",
    "median(1)",
    "strftime('%s', created_at)",
    "EXPLAIN",
    "é",
    "\u{1f600}",
    "0x7fffffffffffffff",
    "9223372036854775808",
];

/// A beginning that makes many of them such as can be read.
const BEGINNINGS: &[&str] = &[
    "",
    "SELECT",
    "SELECT * FROM conversations",
    "SELECT count(*) FROM messages m, messages n",
    "WITH a AS (SELECT id FROM",
    "SELECT id FROM conversations WHERE",
    "SELECT * FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE",
    "SELECT (SELECT",
    "VALUES (",
];

/// `SYNCD_SQL_STATEMENTS` sets how many; `SYNCD_SQL_SEED` where they begin.
#[tokio::test]
async fn random_statements_write_nothing_and_end() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (dir, store) = open();
    stored(&store).await;
    let before = (bytes(dir.path()), std::fs::read(dir.path().join("syncd.db-wal")).unwrap());
    let mut dice = fastrand::Rng::with_seed(number("SYNCD_SQL_SEED", 1));
    let mut answered = 0_u64;
    let all = number("SYNCD_SQL_STATEMENTS", 400);
    for _ in 0..all {
        let mut sql = dice.choice(BEGINNINGS).copied().unwrap_or_default().to_owned();
        for _ in 0..dice.usize(0..12) {
            sql.push(' ');
            sql.push_str(dice.choice(WORDS).copied().unwrap_or_default());
        }
        let began = std::time::Instant::now();
        let question = SqlQuestion { max_rows: 100, ..about(&sql) };
        match try_query(&store, question).await {
            Ok(found) => {
                answered += 1;
                assert!(found.rows.len() <= 100);
            }
            Err(Error::BadQuery(_)) => {}
            Err(error) => panic!("{sql}: {error}"),
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{sql}");
    }
    let after = (bytes(dir.path()), std::fs::read(dir.path().join("syncd.db-wal")).unwrap());
    assert!(before == after, "something was written");
    assert!(answered > all / 50, "only {answered} of {all} could be read");
    let sql =
        format!("SELECT count(*) FROM conversations WHERE created_at < '{}'", proto::Timestamp(NOON + 99));
    assert_eq!(query(&store, &sql).await, ["5"]);
}
