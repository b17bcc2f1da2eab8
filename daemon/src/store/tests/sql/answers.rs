//! Questions of people who lead a support team, look at data, or build on it, and the right answers.

use proto::types::{Grouping, TimeField};
use proto::{Interval, Timestamp};

use super::super::stats::stored;
use super::super::{NOON, conversation, counting, head, id, part, tag};
use super::*;
use crate::model::{Attachment, Author, Contact, Part};
use crate::store::Question;

const DAY: i64 = 86_400;

/// Adds a conversation in which everything happens.
async fn stored_with_all(store: &Store) {
    stored(store).await;
    let mut six = conversation("6", NOON - 3 * DAY, NOON + 2 * DAY, "the invoice is wrong, refund me");
    six.title = Some("Wrong invoice".to_owned());
    six.state = "closed".to_owned();
    six.admin_assignee = Some("11".to_owned());
    six.contacts = vec![Contact {
        id: Some("c3".to_owned()),
        name: Some("Cé Ünal".to_owned()),
        email: Some("ce@shop.example.com".to_owned()),
    }];
    let said = |name: &str, at, text: &str, kind: &str, by: &str| Part {
        kind: kind.to_owned(),
        author: Author {
            kind: by.to_owned(),
            id: Some("11".to_owned()),
            name: Some("Kim Ode".to_owned()),
            email: Some("kim@example.com".to_owned()),
        },
        ..part(name, at, text)
    };
    six.parts.push(said("note", NOON - 2 * DAY, "is angry", "note", "admin"));
    let mut answer = said("answer6", NOON - 2 * DAY + 60, "refunded: see the file", "comment", "admin");
    answer.attachments = vec![Attachment { name: Some("credit.pdf".to_owned()), ..Attachment::default() }];
    six.parts.push(answer);
    six.parts.push(said("event6", NOON + 2 * DAY, "", "close", "admin"));
    six.tags = vec![tag("refund")];
    six.raw = r#"{"id": "6", "priority": "urgent", "channel": {"initial": "email"}, "source": {"type": "email",
        "delivered_as": "customer_initiated", "body": "x"}, "conversation_rating": {"rating": 2, "remark": "too slow"},
        "custom_attributes": {"Plan": "Pro", "Seats": 12, "Amount": 1.5, "Trial": true, "a.b \"c\"": ["x", 1], "nothing": null},
        "ai_agent_participated": true, "ai_agent": {"resolution_state": "assumed_resolution"},
        "sla_applied": {"sla_name": "VIP", "sla_status": "missed"}, "snoozed_until": 1734705000,
        "statistics": {"time_to_admin_reply": 45, "time_to_last_close": 3600}}"#
        .into();
    six.fields = crate::fields::read(&serde_json::from_slice(&six.raw).unwrap());
    put(store, [six]).await;
    store.commit_listing(head(NOON - 9 * DAY, NOON + 3 * DAY)).await.unwrap();
}

#[tokio::test]
async fn questions_of_support_leads_are_answered_by_views_alone() {
    let (_dir, store) = open();
    stored_with_all(&store).await;
    let cases: &[(&str, &str, &[&str])] = &[
        ("how many conversations are there", "SELECT count(*) FROM conversations", &["6"]),
        (
            "how many in each state",
            "SELECT state, count(*) FROM conversations GROUP BY state ORDER BY 2 DESC",
            &["open|4", "closed|2"],
        ),
        (
            "who has how many",
            "SELECT assignee_type, assignee_name, count(*) AS n FROM conversations GROUP BY 1, 2 ORDER BY n DESC, 2",
            &["null|null|3", "admin|Kim Ode|2", "team|Billing|1"],
        ),
        (
            "which are unassigned",
            "SELECT id FROM conversations WHERE assignee_id IS NULL ORDER BY id",
            &["3", "4", "5"],
        ),
        (
            "what came through a team",
            "SELECT id, team_name FROM conversations WHERE team_id = '22' ORDER BY id",
            &["1|Billing", "2|Billing"],
        ),
        (
            "which had a bad rating, and whose were they",
            "SELECT id, rating, rating_remark, assignee_name FROM conversations WHERE rating <= 2",
            &["6|2|too slow|Kim Ode"],
        ),
        ("what came by e-mail", "SELECT id FROM conversations WHERE channel = 'email'", &["6"]),
        ("what is urgent", "SELECT id FROM conversations WHERE priority = 'urgent'", &["6"]),
        ("which were late by SLA", "SELECT id, sla_name FROM conversations WHERE sla_status = 'missed'", &["6|VIP"]),
        (
            "what did the AI agent take part in",
            "SELECT id, ai_resolution_state FROM conversations WHERE ai_agent_participated",
            &["6|assumed_resolution"],
        ),
        (
            "what do customers on the Pro plan write",
            "SELECT m.body FROM attributes a JOIN messages m USING (conversation_id)
             WHERE a.name = 'Plan' AND a.value = 'Pro' AND m.author_type IN ('user', 'lead')",
            &["the invoice is wrong, refund me"],
        ),
        (
            "which attributes are there",
            "SELECT name, value, type FROM attributes ORDER BY name",
            &["Amount|1.5|number", "Plan|Pro|text", "Seats|12|number", "Trial|1|boolean", "a.b \"c\"|[\"x\",1]|list",
              "nothing|null|null"],
        ),
        (
            "how fast was the first answer",
            "SELECT median(first_response_seconds), percentile(first_response_seconds, 90),
             count(first_response_seconds) FROM conversations",
            &["600|86460|3"],
        ),
        (
            "what does Intercom say of that",
            "SELECT first_response_seconds, intercom_first_response_seconds, time_to_close_seconds / 60,
             intercom_time_to_close_seconds / 60 FROM conversations WHERE id = '6'",
            &["86460|45|7200|60"],
        ),
        (
            "how long did closing take",
            "SELECT id, time_to_close_seconds / 60 FROM conversations WHERE time_to_close_seconds > 0 ORDER BY id",
            &["2|14", "6|7200"],
        ),
        (
            "who is unanswered",
            "SELECT id FROM conversations WHERE answered = 0 AND state = 'open' ORDER BY id",
            &["3", "4", "5"],
        ),
        (
            "who has waited longest",
            "SELECT id, waiting_since FROM conversations WHERE waiting_since IS NOT NULL ORDER BY waiting_since LIMIT 1",
            &["4|2024-12-19T14:30:00Z"],
        ),
        (
            "how many came in on each day",
            "SELECT date(created_at), count(*) FROM conversations GROUP BY 1 ORDER BY 1",
            &["2024-12-17|1", "2024-12-19|1", "2024-12-20|4"],
        ),
        (
            "at which hours do they come in",
            "SELECT strftime('%H', created_at) AS hour, count(*) FROM conversations GROUP BY hour",
            &["14|6"],
        ),
        (
            "which tags are there, and how often",
            "SELECT lower(name), count(DISTINCT conversation_id) FROM tags GROUP BY 1 ORDER BY 2 DESC, 1",
            &["late|2", "refund|1", "vip|1"],
        ),
        (
            "which have both tags",
            "SELECT conversation_id FROM tags WHERE lower(name) IN ('late', 'vip') GROUP BY 1 HAVING count(*) = 2",
            &["1"],
        ),
        ("which have no tag", "SELECT count(*) FROM conversations WHERE tags = '[]'", &["3"]),
        (
            "who writes most",
            "SELECT customer_email, count(*) FROM conversations GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
            &["Anna@example.com|4"],
        ),
        (
            "from which domains do they write",
            "SELECT substr(email, instr(email, '@') + 1) AS domain, sum(conversations) FROM contacts
             WHERE email IS NOT NULL GROUP BY domain ORDER BY 2 DESC",
            &["example.com|4", "shop.example.com|1"],
        ),
        (
            "what did one customer say",
            "SELECT m.number, m.body FROM conversations c JOIN messages m ON m.conversation_id = c.id
             WHERE c.customer_email = 'ce@shop.example.com' AND m.author_type = 'user'",
            &["1|the invoice is wrong, refund me"],
        ),
        (
            "what was said in one conversation",
            "SELECT number, type, author_type, author_name, body, created_at FROM messages
             WHERE conversation_id = '6' ORDER BY number",
            &[
                "1|source|user|Anna Bell|the invoice is wrong, refund me|2024-12-17T14:30:00Z",
                "2|note|admin|Kim Ode|is angry|2024-12-18T14:30:00Z",
                "3|comment|admin|Kim Ode|refunded: see the file|2024-12-18T14:31:00Z",
            ],
        ),
        (
            "which files were sent",
            "SELECT conversation_id, value FROM messages, json_each(attachments) WHERE attachment_count > 0",
            &["6|credit.pdf"],
        ),
        (
            "how many words do answers have",
            "SELECT max(length(body) - length(replace(body, ' ', '')) + 1) FROM messages WHERE author_type = 'admin'
             AND type <> 'note'",
            &["4"],
        ),
        (
            "who answered, rather than who is assigned",
            "SELECT author_name, count(*) FROM messages WHERE author_type = 'admin' AND type = 'comment'
             AND author_name IS NOT NULL GROUP BY 1",
            &["Kim Ode|1"],
        ),
        (
            "who closed what, and when",
            "SELECT conversation_id, author_name, created_at FROM events WHERE type = 'close' ORDER BY created_at",
            &["2|Anna Bell|2024-12-20T14:45:00Z", "6|Kim Ode|2024-12-22T14:30:00Z"],
        ),
        (
            "how many mention refunds, in any form of the word",
            "SELECT id FROM conversations WHERE matches(id, 'invoice')",
            &["6"],
        ),
        (
            "what do tagged ones say of a word",
            "SELECT m.body FROM messages m WHERE matches(m.conversation_id, 'invoice tag:refund')
             AND m.body LIKE '%REFUND ME%'",
            &["the invoice is wrong, refund me"],
        ),
        (
            "what share is closed",
            "SELECT round(100.0 * sum(state = 'closed') / count(*), 1) FROM conversations",
            &["33.3"],
        ),
        (
            "how does this compare with the day before",
            "SELECT sum(created_at >= '2024-12-20'), sum(date(created_at) = '2024-12-19') FROM conversations",
            &["4|1"],
        ),
        (
            "what came within two hours of a moment that SQLite writes",
            "SELECT count(*) FROM conversations WHERE created_at >= datetime('2024-12-20 14:30:10')
             AND created_at < datetime('2024-12-20 14:30:10', '+2 hours')",
            &["3"],
        ),
        (
            "which teammates have nothing",
            "SELECT t.name FROM teammates t LEFT JOIN conversations c ON c.assignee_id = t.id
             GROUP BY t.id, t.type, t.name HAVING count(c.id) = 0",
            &[],
        ),
        (
            "the newest of each customer",
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY updated_at DESC) AS place
             FROM conversations) WHERE place = 1 ORDER BY id",
            &["2", "5", "6"],
        ),
        (
            "days without any",
            "WITH days AS (SELECT date('2024-12-17', '+' || value || ' days') AS day FROM generate_series(0, 3))
             SELECT day, count(c.id) FROM days LEFT JOIN conversations c ON date(c.created_at) = day GROUP BY day",
            &["2024-12-17|1", "2024-12-18|0", "2024-12-19|1", "2024-12-20|4"],
        ),
        (
            "how complete is the copy",
            "SELECT start_date, end_date FROM coverage",
            &["2024-12-11T14:30:00Z|2024-12-23T14:30:00Z"],
        ),
        ("which are not as Intercom has them", "SELECT count(*) FROM conversations WHERE outdated OR truncated", &["0"]),
        (
            "who is who",
            "SELECT type, id, name, email FROM teammates ORDER BY type",
            &["admin|11|Kim Ode|null", "team|22|Billing|null"],
        ),
        ("what is snoozed until when", "SELECT snoozed_until FROM conversations WHERE id = '6'", &["2024-12-20T14:30:00Z"]),
    ];
    for (asked, sql, expected) in cases {
        assert_eq!(query(&store, sql).await, *expected, "{asked}: {sql}");
    }
}

#[tokio::test]
async fn the_views_say_the_same_as_searches_statistics_and_whole_conversations() {
    let (_dir, store) = open();
    stored_with_all(&store).await;
    let windows = [
        ALWAYS,
        Interval::new(NOON - 10, NOON + 25),
        Interval::new(NOON + 301, NOON + 900),
        Interval::new(NOON - 3 * DAY + 1, NOON - 2 * DAY),
        Interval::new(NOON + DAY, NOON + 2 * DAY - 1),
    ];
    for window in windows {
        for text in ["", "lamp", "chair OR desk", "tag:late", "state:closed lamp -invoice"] {
            let parsed = proto::query::parse(text, &chrono::Utc::now()).unwrap();
            let asked = Question { query: parsed.query, window, by: TimeField::default() };
            let named = {
                let asked = asked.clone();
                store.read(move |snapshot| snapshot.list(&asked, None, 100)).await.unwrap()
            };
            let condition = if text.is_empty() { "1".to_owned() } else { format!("matches(id, '{text}')") };
            let sql = format!("SELECT id FROM conversations WHERE {condition} ORDER BY CAST(id AS INTEGER)");
            assert_eq!(rows(&store, within(window, &sql)).await, named.ids, "{text:?} {window:?}");
            let counted = store
                .read(move |snapshot| snapshot.stats(&counting(asked, Grouping::Whole)))
                .await
                .unwrap()
                .total;
            let sql = format!(
                "SELECT count(*), ifnull(sum(message_count), 0), ifnull(sum(answered = 0), 0),
                 median(first_response_seconds), median(time_to_close_seconds) FROM conversations WHERE {condition}"
            );
            let median = |spread: Option<proto::types::Spread>| {
                spread.map_or_else(|| "null".to_owned(), |spread| spread.median.to_string())
            };
            let expected = format!(
                "{}|{}|{}|{}|{}",
                counted.conversations,
                counted.messages,
                counted.unanswered,
                median(counted.first_response),
                median(counted.time_to_close)
            );
            assert_eq!(rows(&store, within(window, &sql)).await, [expected], "{text:?} {window:?}");
        }
    }
    for name in ["1", "2", "6"] {
        let shown = store.read(move |snapshot| snapshot.show(&id(name), 0, 99)).await.unwrap().unwrap();
        let said: Vec<String> =
            shown.messages.iter().map(|one| format!("{}|{}|{}", one.id, one.created_at, one.body)).collect();
        let sql = format!(
            "SELECT id, created_at, body FROM messages WHERE conversation_id = '{name}' ORDER BY number"
        );
        assert_eq!(query(&store, &sql).await, said);
        let happened: Vec<String> =
            shown.events.iter().map(|one| format!("{}|{}", one.id, one.kind)).collect();
        let sql = format!("SELECT id, type FROM events WHERE conversation_id = '{name}'");
        assert_eq!(query(&store, &sql).await, happened);
    }
}

#[tokio::test]
async fn a_timeframe_bounds_conversations_by_activity_and_messages_by_when_they_were_written() {
    let (_dir, store) = open();
    stored_with_all(&store).await;
    let window = Interval::new(NOON - 2 * DAY, NOON - 2 * DAY + 30);
    let sql = "SELECT (SELECT group_concat(id, ',' ORDER BY id) FROM conversations), (SELECT group_concat(id) FROM messages),
               (SELECT count(*) FROM events), (SELECT number FROM messages)";
    assert_eq!(rows(&store, within(window, sql)).await, ["6|note|0|2"]);
    let first = Timestamp(NOON - 2 * DAY + 30);
    let since = SqlQuestion { asked: proto::types::Window { start: Some(first), end: None }, ..about(sql) };
    let since = SqlQuestion { window: Interval { start: first, ..ALWAYS }, ..since };
    assert!(rows(&store, since).await[0].starts_with("1,2,3,4,5,6|"));
}

#[tokio::test]
async fn an_id_that_is_no_plain_number_is_itself_and_joined_by() {
    let (_dir, store) = open();
    stored(&store).await;
    put(&store, [conversation("a-7", NOON, NOON + 5, "a cupboard")]).await;
    let sql = "SELECT c.id, m.body FROM conversations c JOIN messages m ON m.conversation_id = c.id
               WHERE c.id IN ('a-7', '3') ORDER BY c.id";
    assert_eq!(query(&store, sql).await, ["3|a chair", "a-7|a cupboard"]);
    assert_eq!(query(&store, "SELECT id FROM conversations WHERE matches(id, 'cupboard')").await, ["a-7"]);
}

#[tokio::test]
async fn a_condition_within_matches_that_nothing_fulfils_is_told() {
    let (_dir, store) = open();
    stored(&store).await;
    let sql = "SELECT count(*) FROM conversations WHERE matches(id, 'tag:vpi')";
    let found = try_query(&store, about(sql)).await.unwrap();
    assert_eq!(found.rows, [[SqlValue::Integer(0)]]);
    assert_eq!(
        (found.unknown.len(), found.unknown[0].similar.as_slice()),
        (1, ["VIP".to_owned()].as_slice())
    );
    let error = refused(&store, "SELECT matches(id, '\"open') FROM conversations").await;
    assert!(error.contains("in matches(id"), "{error}");
    let error = refused(&store, "SELECT matches(id, 'tga:vip') FROM conversations").await;
    assert!(error.contains("there is no condition `tga:`") && error.contains("tag"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_asked_is_seen_at_one_moment_while_conversations_are_stored() {
    let (_dir, store) = open();
    put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let writing = store.clone();
    let storing = tokio::spawn(async move {
        for round in 0..40 {
            let changed = |n: i64| conversation(&n.to_string(), NOON, NOON + 100 + round, &round.to_string());
            put(&writing, (0..50).map(changed)).await;
        }
    });
    let mut rounds = 0;
    while !storing.is_finished() {
        // Each round changes all of them in one transaction: never are two rounds seen at once.
        let sql = "SELECT count(*), count(DISTINCT m.body), count(DISTINCT c.updated_at) IN (1, 50),
                   max(m.body) IN ('word', CAST(max(unixepoch(c.updated_at)) - 1734705100 AS TEXT))
                   FROM conversations c JOIN messages m ON m.conversation_id = c.id";
        assert_eq!(query(&store, sql).await, ["50|1|1|1"]);
        rounds += 1;
    }
    storing.await.unwrap();
    assert!(rounds > 3, "{rounds}");
}
