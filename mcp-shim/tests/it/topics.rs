//! What customers write about.

use proto::types::{Compare, TimeField, TopicsReply};
use serde_json::{Value, json};

use crate::support::{Era, Fake, Home, Program, topics};

async fn answered(reply: TopicsReply, arguments: Value) -> (Value, Fake, Home) {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    daemon.known().topics = Some(reply);
    let mut program = Program::open(&home, Era::Handshake).await;
    let result = program.call("topics", arguments).await;
    (result, daemon, home)
}

#[tokio::test]
async fn both_forms_tell_each_topic_with_its_base_its_query_and_the_customers_words() {
    let arguments = json!({"timeframe": "last 7 days", "compare": "previous", "tag": "vip", "limit": 2});
    let (result, daemon, _home) = answered(topics(2, "refund"), arguments).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    for told in [
        "1000 conversations, created from",
        "250 in no topic (25%)",
        "800 conversations from",
        "- \"refund 0\": 39 → 62 (6.2%); query: said:customer (refund0 OR \"refund again\") (finds 70)",
        "- \"refund 1\": 61, new (6.1%)",
        "  215473000000000 \"refund\"",
        "3 topics more with 9 conversations",
    ] {
        assert!(text.contains(told), "{told} {text}");
    }
    let answer = &result["structuredContent"];
    assert_eq!(answer["topics"][0]["conversations"], 62);
    assert_eq!(answer["topics"][1]["before"], 0);
    assert_eq!(answer["topics"][0]["examples"][2]["id"], "215473000000002");
    assert_eq!((&answer["in_no_topic"], &answer["before"]["total"]), (&json!(250), &json!(800)));
    assert_eq!(answer["sync_info"]["state"], "fresh");
    let known = daemon.known();
    let asked = &known.compared[0];
    assert_eq!((asked.question.by, asked.compare, asked.limit), (TimeField::Created, Compare::Previous, 2));
    assert_eq!(asked.question.query.to_string(), "tag:vip");
}

#[tokio::test]
async fn twelve_topics_stay_below_4_000_tokens_in_every_script() {
    for text in [
        "the refund for my order has not come yet ",
        "返金がまだ届きません。",
        "ยังไม่ได้รับเงินคืน ",
        "환불이 아직 ",
    ] {
        let (result, _daemon, _home) = answered(topics(12, &text.repeat(4)), json!({})).await;
        let answer = &result["structuredContent"];
        // A character of these scripts is a token at most, one of English a third of one.
        let tokens = |text: &str| {
            let plain = text.chars().filter(char::is_ascii).count();
            plain / 3 + text.chars().count() - plain
        };
        let both = tokens(result["content"][0]["text"].as_str().unwrap()) + tokens(&answer.to_string());
        assert!(both < 4_000, "{both} {text}");
        let shown = answer["topics"].as_array().unwrap().len() as u64;
        assert_eq!(answer["topics_left_out"], json!(3 + 12 - shown), "{answer}");
        assert!(shown >= 8, "{shown} {text}");
    }
}

#[tokio::test]
async fn each_of_twelve_topics_has_an_example_that_says_more_than_its_greeting() {
    let greeting = "Good morning, dear team, I hope that you are all well. ";
    let reply = topics(12, &format!("{greeting}My booking failed twice."));
    let (result, _daemon, _home) = answered(reply, json!({})).await;
    let topics = result["structuredContent"]["topics"].as_array().unwrap();
    assert_eq!(topics.len(), 12);
    for topic in topics {
        let examples = topic["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{topic}");
        let is_long = |example: &Value| example["text"].as_str().unwrap().len() > greeting.len();
        assert!(examples.iter().all(is_long), "{topic}");
    }
}

#[tokio::test]
async fn where_nothing_is_alike_the_answer_names_the_tool_that_lists_the_conversations() {
    let reply = TopicsReply { total: 5, read: 5, in_none: 5, left_out: 0, ..topics(0, "") };
    let (result, _daemon, _home) = answered(reply, json!({})).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("Too few write about the same: read them with search_conversations."), "{text}");
}
