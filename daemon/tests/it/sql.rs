//! Questions in SQL over the socket: what is true of the workspace, and what the answer says of itself.

use proto::client::ClientError;
use proto::types::{SqlCut, SqlReply, SqlRequest, SqlValue, State, Window};
use proto::{ApiError, Interval};
use sim::Truth;

use crate::support::{Bench, PATIENCE, since, workspace};

const DAY: i64 = 86_400;

fn asked(sql: &str, window: Window) -> SqlRequest {
    SqlRequest { sql: sql.to_owned(), window, max_rows: 10_000 }
}

fn text(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "null".to_owned(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
    }
}

fn lines(reply: &SqlReply) -> Vec<String> {
    reply.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
}

#[tokio::test(start_paused = true)]
async fn sql_says_what_is_true_of_the_workspace() {
    let bench = Bench::start(workspace(300)).await;
    bench.sync().await;
    let mut truths: Vec<Truth> =
        bench.sim.ids().iter().map(|id| bench.sim.conversation(id).unwrap()).collect();
    truths.retain(|truth| truth.parts < 400);
    let query = async |sql: &str, window| {
        let reply = bench.client.sql(&asked(sql, window)).await.unwrap();
        assert_eq!((reply.sync_info.state, reply.cut), (State::Fresh, None), "{sql}");
        lines(&reply)
    };
    let all = Window::default();
    let found = query(
        "SELECT c.id, c.state, c.customer_email, c.assignee_name, c.tags, c.message_count,
             (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id),
             (SELECT group_concat(m.id, '|' ORDER BY m.number) FROM messages m WHERE m.conversation_id = c.id)
         FROM conversations c WHERE NOT truncated ORDER BY c.created_at, c.id",
        all,
    )
    .await;
    let mut expected: Vec<(i64, String)> = truths
        .iter()
        .map(|truth| {
            let said: Vec<&str> = truth.messages.iter().map(|message| message.id.as_str()).collect();
            let count = truth.messages.len();
            let tags = serde_json::to_string(&truth.tags).unwrap();
            let line = format!(
                "{}|{}|{}|{}|{tags}|{count}|{count}|{}",
                truth.id,
                truth.state,
                truth.customer.email,
                truth.assignee.as_deref().unwrap_or("null"),
                said.join("|"),
            );
            (truth.created_at, line)
        })
        .collect();
    expected.sort();
    let with_team_names = "SELECT id FROM conversations WHERE assignee_type = 'team'";
    let teams = query(with_team_names, all).await;
    for (found, (_, expected)) in found.iter().zip(&expected) {
        // The workspace's truth names admins only.
        if !teams.iter().any(|id| expected.starts_with(&format!("{id}|"))) {
            assert_eq!(found, expected);
        }
    }
    assert_eq!(found.len(), expected.len());

    let now = bench.sim.now();
    for days in [1, 7, 60] {
        let start = now - days * DAY;
        let mut active = bench.sim.active_between(start, now);
        active.sort();
        let found = query("SELECT id FROM conversations ORDER BY id", since(start)).await;
        assert_eq!(found, active, "{days} days");
        let said = truths.iter().flat_map(|truth| &truth.messages);
        let said = said.filter(|message| message.created_at >= start).count();
        let sql = "SELECT count(*) FROM messages WHERE conversation_id NOT IN
                   (SELECT id FROM conversations WHERE truncated)";
        assert_eq!(query(sql, since(start)).await, [said.to_string()], "{days} days");
    }
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_copy_is_healed_and_a_query_that_is_cut_is_not_called_complete() {
    let bench = Bench::start(workspace(30)).await;
    let count = asked("SELECT count(*) FROM conversations", Window::default());
    let first = bench.client.sql(&count).await.unwrap();
    assert_eq!((first.sync_info.state, first.sync.is_some()), (State::Stale, true));
    let healed = bench.client.sql_fresh(&count, PATIENCE, |_| ()).await.unwrap();
    assert_ne!(healed.sync_info.state, State::Stale);
    bench.sync().await;
    let whole = bench.client.sql(&count).await.unwrap();
    assert_eq!((whole.sync_info.state, lines(&whole)), (State::Fresh, vec!["30".to_owned()]));
    let Interval { start, end } = whole.window;
    assert!(start < end);

    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let cut = bench.client.sql(&asked(endless, Window::default())).await.unwrap();
    assert!(cut.total.is_none() && cut.total_at_least > 10_000);
    assert_eq!((cut.cut, cut.rows.len()), (Some(SqlCut::Rows), 10_000));
    let slow = asked(&format!("{endless} WHERE i % 100000 = 1"), Window::default());
    let cut = bench.client.sql(&slow).await.unwrap();
    assert_eq!((cut.cut, cut.sync_info.state), (Some(SqlCut::Time), State::Partial));
    assert!(!cut.sync_info.data_complete && cut.sync_info.message.unwrap().contains("its time was over"));
    let error = bench.client.sql(&asked("SELECT titel FROM conversations", Window::default())).await;
    let Err(ClientError::Api(ApiError::BadRequest(said))) = error else { panic!("{error:?}") };
    assert!(said.contains("did you mean title") && said.ends_with("         ^"), "{said}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_table_is_not_read_by_the_name_of_a_view() {
    let bench = Bench::start(workspace(3)).await;
    bench.sync().await;
    for sql in [
        "WITH messages AS (SELECT json FROM raw) SELECT * FROM messages",
        "WITH conversations AS (SELECT part(key, 0, 1, 7) FROM raw) SELECT * FROM conversations",
    ] {
        let error = bench.client.sql(&asked(sql, Window::default())).await;
        let Err(ClientError::Api(ApiError::BadRequest(said))) = error else { panic!("{sql}: {error:?}") };
        assert!(said.contains("there is no view") || said.contains("is not offered"), "{said}");
    }
    bench.end().await;
}

#[tokio::test]
async fn what_can_be_asked_fits_into_a_model_and_names_what_there_is() {
    let bench = Bench::start(workspace(1)).await;
    let schema = bench.client.sql_schema().await.unwrap();
    let text = schema.to_text();
    // A token has more than three bytes in a text like this.
    assert!(text.len() < 4_500, "{} bytes", text.len());
    for view in &schema.views {
        let columns: Vec<&str> = view.columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("SELECT {} FROM {} LIMIT 1", columns.join(", "), view.name);
        let reply = bench.client.sql(&asked(&sql, Window::default())).await.unwrap();
        assert_eq!(reply.columns, columns);
    }
    bench.end().await;
}
