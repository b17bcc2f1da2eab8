//! What queries take of memory, in a process of their own: here other tests run at the same time.

use std::process::Command;

use super::super::stats::stored;
use super::*;

/// Says to this test that it is the process of its own.
const ALONE: &str = "SYNCD_SQL_ALONE";
/// The most that a query may take, in KiB.
const MOST: u64 = 64 << 10;

/// Returns a figure of this process from the kernel, in KiB.
fn kernel(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Returns queries that would take as much memory as they get, and end soon for it.
fn hungry() -> Vec<String> {
    let text = "printf('%d%.*c', value, 500000, 'x')";
    let many = |what: &str, between: &str, count: usize| vec![what.to_owned(); count].join(between);
    let numbers = "FROM generate_series(1, 100000000)";
    let mut doubling = "WITH t0 AS (SELECT 1 AS x)".to_owned();
    for level in 1..24 {
        doubling += &format!(", t{level} AS (SELECT a.x FROM t{0} a, t{0} b)", level - 1);
    }
    let wide: Vec<String> = (0..190).map(|n| format!("replace({text}, 'x', '{}')", n % 10)).collect();
    let wide = wide.join(", ");
    vec![
        format!("SELECT value {numbers} ORDER BY -value"),
        format!("SELECT {text} {numbers} ORDER BY 1"),
        format!("SELECT count(*) FROM (SELECT DISTINCT {text} {numbers})"),
        format!("SELECT {} {numbers}", many("count(DISTINCT value)", ", ", 100)),
        format!("SELECT json_group_array({text}) {numbers}"),
        format!("SELECT median(value) {numbers}"),
        format!("SELECT sum(value) OVER (ORDER BY -value) {numbers}"),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT max(i) FROM n".to_owned(),
        format!("SELECT {wide} FROM generate_series(1, 300) ORDER BY value"),
        format!("{doubling} SELECT count(*) FROM t23"),
        format!("SELECT 1 WHERE 1 IN ({})", many("1", ", ", 20_000)),
    ]
}

#[tokio::test]
async fn no_query_takes_more_than_64_mib() {
    let Some(number) = std::env::var_os(ALONE) else {
        let name = "store::tests::sql::memory::no_query_takes_more_than_64_mib";
        let program = std::env::current_exe().unwrap();
        for number in 0..hungry().len() {
            let mut alone = Command::new(&program);
            alone.args(["--exact", name, "--nocapture"]).env(ALONE, number.to_string());
            let ended = alone.output().unwrap();
            let said = [ended.stdout, ended.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(ended.status.success() && said.contains("1 passed"), "{said}");
        }
        return;
    };
    let sql = hungry().swap_remove(number.to_str().unwrap().parse().unwrap());
    let (_dir, store) = open();
    stored(&store).await;
    query(&store, "SELECT count(*) FROM messages WHERE matches(conversation_id, 'lamp')").await;
    let before = kernel("VmRSS:");
    let answered = try_query(&store, about(&sql)).await;
    let took = kernel("VmHWM:").saturating_sub(before);
    let shown: String = sql.chars().take(100).collect();
    let outcome = answered.map_or_else(
        |error| error.to_string().chars().take(60).collect(),
        |found| format!("{} rows, {:?}", found.rows.len(), found.cut),
    );
    println!("{took:>6} KiB  {shown}  -> {outcome}");
    assert!(took < MOST, "{shown}: {took} KiB");
}
