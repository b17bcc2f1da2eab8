//! Completing the parameters of prompts and of resources.

use proto::types::{Field, Suggestion};
use serde_json::{Value, json};

use crate::support::{Era, Fake, Home, Program, conversation};

async fn complete(program: &mut Program, reference: Value, argument: &str, typed: &str) -> Value {
    let params = json!({"ref": reference, "argument": {"name": argument, "value": typed}});
    program.request("completion/complete", params).await
}

fn prompt(name: &str) -> Value {
    json!({"type": "ref/prompt", "name": name})
}

#[tokio::test]
async fn arguments_of_prompts_are_completed_from_what_is_stored() {
    for era in Era::BOTH {
        let home = Home::new();
        let daemon = Fake::start(&home.socket());
        let suggestion = |value: &str| Suggestion { value: value.to_owned(), note: None, conversations: 3 };
        daemon.known().suggestions = vec![suggestion("ada@example.com"), suggestion("a\u{200b}b")];
        let mut program = Program::open(&home, era).await;
        for (name, argument, field) in [
            ("prepare_for_call", "customer_email", Field::Customer),
            ("summarize", "tag", Field::Tag),
            ("needs_attention", "assignee", Field::Assignee),
        ] {
            let answer = complete(&mut program, prompt(name), argument, " Ad").await;
            let completion = &answer["result"]["completion"];
            assert_eq!(completion["values"], json!(["ada@example.com"]), "what hides something is left out");
            assert_eq!(completion["hasMore"], false);
            let asked = daemon.known().suggested.pop().unwrap();
            assert_eq!((asked.field, asked.text.as_str(), asked.limit), (field, "Ad", 100));
        }
    }
}

#[tokio::test]
async fn timeframes_are_completed_without_a_daemon() {
    let home = Home::new();
    let mut program = Program::start_alone(&home).opened(Era::Handshake).await;
    let answer = complete(&mut program, prompt("what_changed"), "timeframe", "last w").await;
    assert_eq!(answer["result"]["completion"]["values"], json!(["last week"]));
}

#[tokio::test]
async fn the_ids_of_conversations_are_completed_the_last_changed_first() {
    let home = Home::new();
    let conversations = ["123", "456", "129"].map(|id| conversation(id, Vec::new()));
    let _daemon = Fake::with(&home.socket(), conversations.to_vec());
    let mut program = Program::open(&home, Era::Stateless).await;
    let template = json!({"type": "ref/resource", "uri": "intercom://conversations/{id}"});
    let answer = complete(&mut program, template.clone(), "id", "12").await;
    assert_eq!(answer["result"]["completion"]["values"], json!(["123", "129"]));
    let answer = complete(&mut program, template, "id", "refund").await;
    assert_eq!(answer["result"]["completion"]["values"], json!([]));
}

#[tokio::test]
async fn a_parameter_that_there_is_not_is_an_error() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Handshake).await;
    for (reference, argument) in [
        (prompt("summarize"), "customer_email"),
        (prompt("nonsense"), "timeframe"),
        (json!({"type": "ref/resource", "uri": "intercom://elsewhere/{id}"}), "id"),
    ] {
        let answer = complete(&mut program, reference, argument, "").await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
}
