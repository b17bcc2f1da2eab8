//! Bounds on rows, bytes, time and memory, and what is said when they are reached.

use std::time::{Duration, Instant};

use proto::types::SqlCut;

use super::super::stats::stored;
use super::super::{NOON, conversation};
use super::*;
use crate::store::Snapshot;

/// Everything beyond the deadline: a step that cannot be stopped, on a busy machine.
const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn rows_beyond_the_limit_are_counted_and_told() {
    let (_dir, store) = open();
    put(&store, (0..30).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let few = SqlQuestion { max_rows: 7, ..about("SELECT id FROM conversations ORDER BY updated_at DESC") };
    let found = try_query(&store, few).await.unwrap();
    assert_eq!((found.rows.len(), found.counted, found.counted_all), (7, 30, true));
    assert_eq!((found.cut, &found.rows[0][0]), (Some(SqlCut::Rows), &SqlValue::Text("29".to_owned())));
    let wide = "SELECT printf('%.*c', 100000, 'x') FROM generate_series(1, 40)";
    let found = try_query(&store, about(wide)).await.unwrap();
    assert_eq!((found.rows.len(), found.counted, found.cut), (10, 40, Some(SqlCut::Bytes)));
    let whole = try_query(&store, about("SELECT id FROM conversations")).await.unwrap();
    assert_eq!((whole.counted, whole.counted_all, whole.cut), (30, true, None));
}

#[tokio::test]
async fn a_query_that_goes_on_for_ever_ends_at_the_deadline_with_the_rows_it_has() {
    let (_dir, store) = open();
    stored(&store).await;
    let began = Instant::now();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let found = try_query(&store, about(endless)).await.unwrap();
    assert_eq!((found.rows.len(), found.counted_all, found.cut), (1_000, false, Some(SqlCut::Rows)));
    assert!(found.counted > 1_000);
    let error = refused(&store, "SELECT count(*) FROM generate_series(1, 1000000000000)").await;
    assert!(error.contains("within 5 s"), "{error}");
    assert!(began.elapsed() < 2 * super::super::super::sql::RUN + GRACE);
}

#[tokio::test]
async fn many_figures_fit_into_one_query_and_what_is_nested_beyond_reason_is_refused() {
    let (_dir, store) = open();
    stored(&store).await;
    let recent = "WITH c AS (SELECT * FROM conversations WHERE created_at > '2000-01-01'),
         w AS (SELECT * FROM c WHERE updated_at > '2000-01-01')";
    let said =
        "SELECT 'said', c.id, substr(body, 1, 130), '' FROM c JOIN messages m ON m.conversation_id = c.id";
    let top =
        "SELECT * FROM (SELECT 'top', channel, count(*) n, '' FROM c GROUP BY 2 ORDER BY n DESC LIMIT 4)";
    let figure = "SELECT 'figure', rating, count(*), count(DISTINCT customer_id) FROM w GROUP BY 2";
    let parts = [figure, top, said].repeat(5).join("\nUNION ALL ");
    let found = try_query(&store, about(&format!("{recent}\n{parts}"))).await.unwrap();
    assert_eq!(found.rows.len(), 5 * (1 + 1 + 7));
    for (open, close) in
        [("(SELECT * FROM ", ")"), ("(", ")"), ("(SELECT max(", ") FROM conversations)"), ("-", "")]
    {
        for deep in [100, 490, 3_000] {
            for inner in ["conversations", "1"] {
                let (open, close) = (open.repeat(deep), close.repeat(deep));
                for begin in ["SELECT * FROM ", "SELECT "] {
                    let ended = try_query(&store, about(&format!("{begin}{open}{inner}{close}"))).await;
                    assert!(deep < 3_000 || ended.is_err(), "{begin}{open}{inner}{close}");
                }
            }
        }
    }
    let chain =
        (1..480).map(|n| format!("c{n} AS (SELECT * FROM c{})", n - 1)).collect::<Vec<_>>().join(", ");
    let chain = format!("WITH c0 AS (SELECT * FROM conversations), {chain} SELECT count(*) FROM c479");
    let within = "SELECT 1 WHERE EXISTS (".repeat(480) + "SELECT 1" + &")".repeat(480);
    for hostile in [chain, within] {
        drop(try_query(&store, about(&hostile)).await);
    }
}

#[tokio::test]
async fn a_query_whose_caller_has_gone_ends_at_once() {
    let (_dir, store) = open();
    stored(&store).await;
    let limit = Limit::default();
    limit.dropped.cancel();
    let began = Instant::now();
    let question = about("SELECT count(*) FROM generate_series(1, 1000000000000)");
    store.query_sql(limit, question, |_| Ok(())).await.unwrap_err();
    assert!(began.elapsed() < GRACE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_is_being_answered_does_not_hold_up_a_stop() {
    let (_dir, store) = open();
    stored(&store).await;
    let asking = store.clone();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let answer = tokio::spawn(async move {
        let question = about("SELECT count(*) FROM generate_series(1, 1000000000000)");
        let judge = move |_: &Snapshot<'_>| {
            let _ = begun.send(());
            Ok(())
        };
        asking.query_sql(Limit::default(), question, judge).await
    });
    begins.await.unwrap();
    store.close().await;
    let ended = answer.await.unwrap();
    assert!(matches!(ended, Err(Error::Closed)), "{ended:?}");
}

#[tokio::test]
async fn a_query_that_needs_too_much_memory_is_stopped_and_told_so() {
    let (_dir, store) = open();
    stored(&store).await;
    for hungry in [
        "SELECT printf('%d%.*c', value, 1000, 'x') AS x FROM generate_series(1, 10000000) ORDER BY x",
        "SELECT count(*) FROM (SELECT DISTINCT printf('%d%.*c', value, 400000, 'x') FROM generate_series(1, 10000))",
        "WITH a AS MATERIALIZED (SELECT printf('%d%.*c', value, 9000, 'x') AS x FROM generate_series(1, 1000000))
         SELECT count(*) FROM a JOIN a AS b USING (x)",
    ] {
        let error = refused(&store, hungry).await;
        assert!(error.contains("24 MiB"), "{hungry}: {error}");
    }
}

#[tokio::test]
async fn one_call_of_a_function_takes_no_longer_than_its_texts_are() {
    let (_dir, store) = open();
    stored(&store).await;
    let long = "printf('%.*c', 500000, 'a')";
    for slow in [
        format!("SELECT instr({long}, substr({long}, 250000) || 'b')"),
        format!("SELECT length(replace({long}, substr({long}, 250000) || 'b', ''))"),
        format!("SELECT length(trim({long} || 'b', {long} || 'c'))"),
        format!("SELECT {long} LIKE '%a%a%a%a%a%a%a%a%a%a%a%ab'"),
        format!("SELECT {long} GLOB '*a*a*a*a*a*a*a*a*a*a*a*ab'"),
    ] {
        let began = Instant::now();
        query(&store, &slow).await;
        assert!(began.elapsed() < GRACE, "{slow} took {:?}", began.elapsed());
    }
    let error = refused(&store, &format!("SELECT replace({long}, 'a', {long})")).await;
    assert!(error.contains("too big") || error.contains("too long"), "{error}");
}

#[tokio::test]
async fn functions_in_the_place_of_sqlites_answer_as_those_do() {
    let (_dir, store) = open();
    for (call, expected) in [
        ("instr('übung', 'u')", "3"),
        ("instr('abc', 'd')", "0"),
        ("instr(NULL, 'd')", "null"),
        ("replace('a-b-c', '-', '+')", "a+b+c"),
        ("replace('abc', '', 'x')", "abc"),
        ("trim('xxaxbxx', 'x')", "axb"),
        ("ltrim('xxaxx', 'x')", "axx"),
        ("rtrim('xxaxx', 'x')", "xxa"),
        ("trim('  a ')", "a"),
        ("median(column1) FROM (VALUES (3), (1), (2))", "2"),
        ("median(column1) FROM (VALUES (3.5), (1), (NULL))", "1"),
        ("percentile(column1, 90) FROM (VALUES (1), (2))", "2"),
        ("median(NULL)", "null"),
        ("1e999", "Inf"),
        ("x'00ff'", "x'00ff'"),
    ] {
        assert_eq!(query(&store, &format!("SELECT {call}")).await, [expected], "{call}");
    }
}
