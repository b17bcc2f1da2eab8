//! Answers that fit a model's context, with a way to the rest.

use serde_json::{Value, json};

use crate::support::{Era, Fake, Home, Program, conversation, message};

/// What a page may have in all: its main part, and the header and verdict around it.
const LONGEST: usize = 28_000;

fn length(text: &str) -> usize {
    text.chars().count()
}

#[tokio::test]
async fn a_search_with_long_results_has_more_pages_instead() {
    let home = Home::new();
    let conversations = (0..100).map(|number| {
        let mut found = conversation(&number.to_string(), Vec::new());
        let summary = &mut found.summary;
        summary.title = Some("\"ä\" ".repeat(500));
        summary.snippet.as_mut().unwrap().text = "\\ö\n".repeat(2_000);
        summary.customer.as_mut().unwrap().name = Some("n".repeat(1_000));
        summary.tags = vec!["t".repeat(500); 40];
        found
    });
    let _daemon = Fake::with(&home.socket(), conversations.collect());
    let mut program = Program::open(&home, Era::Handshake).await;
    let (mut seen, mut page) = (Vec::new(), Value::Null);
    loop {
        let result = program.call("search_conversations", json!({"limit": 100, "page": page})).await;
        let answer = &result["structuredContent"];
        assert!(length(&answer.to_string()) < LONGEST, "{}", length(&answer.to_string()));
        assert!(length(result["content"][0]["text"].as_str().unwrap()) < LONGEST);
        let ids = answer["conversations"].as_array().unwrap().iter();
        seen.extend(ids.map(|found| found["id"].as_str().unwrap().parse::<u32>().unwrap()));
        page = answer["next_page"].clone();
        if page.is_null() {
            break;
        }
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_conversation_stays_readable_however_its_bodies_are_written_and_whatever_happened_in_it() {
    let home = Home::new();
    let bodies = ["\n".repeat(30_000), "\"".repeat(30_000), "ä".repeat(30_000), "\u{2028}\\".repeat(9_000)];
    let mut long = conversation("123", bodies.iter().map(|body| message("1", body)).collect());
    for message in &mut long.messages {
        message.author.name = Some("\"".repeat(300));
        message.attachments =
            vec![proto::types::Attachment { name: Some("f".repeat(200)), ..Default::default() }; 5];
    }
    long.events = vec![long.events[0].clone(); 400];
    let _daemon = Fake::with(&home.socket(), vec![long]);
    let mut program = Program::open(&home, Era::Handshake).await;
    let (mut read, mut left_out, mut page) = (String::new(), 0, Value::Null);
    loop {
        let result = program.call("get_conversation", json!({"conversation_id": "123", "page": page})).await;
        let answer = &result["structuredContent"];
        assert!(length(&answer.to_string()) < LONGEST + 10_000, "{}", length(&answer.to_string()));
        assert!(length(result["content"][0]["text"].as_str().unwrap()) < LONGEST);
        for message in answer["conversation"]["messages"].as_array().unwrap() {
            read += message["body"].as_str().unwrap();
        }
        left_out += answer["conversation"]["events_left_out"].as_u64().unwrap();
        page = answer["next_page"].clone();
        if page.is_null() {
            break;
        }
    }
    assert_eq!(read, bodies.concat());
    assert!(left_out > 0);
}
