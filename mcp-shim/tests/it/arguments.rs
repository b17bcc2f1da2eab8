//! Arguments as models and hosts send them.

use proto::Timestamp;
use proto::types::{Field, Grouping, SyncMode, TimeField};
use serde_json::{Value, json};

use crate::support::{Era, Fake, Home, Program, check, conversation, message};

/// Names that are answered though they are not listed, with the listed ones that take the same.
const UNLISTED: [(&str, &str); 3] = [
    ("get_server_status", "get_sync_status"),
    ("get_data_info", "get_sync_status"),
    ("force_sync", "sync_conversations"),
];

/// What hosts add to the arguments of every tool.
fn of_hosts() -> Value {
    json!({
        "toolCallId": "call_1", "sessionId": "abc", "action": "sendMessage", "chatInput": "How many refunds?",
        "tool": "search", "random_string": "x", "task_progress": "- [ ] look", "security_context": {"agent": 1},
        "wait_for_previous": false, "_meta": {"progress": null}
    })
}

/// Forms in which hosts send something for an argument that is described so.
fn forms(name: &str, schema: &Value) -> Vec<Value> {
    let mut forms = vec![json!(null), json!(""), json!(" "), json!([]), json!([null]), json!([""])];
    forms.extend(match (name, schema["type"].as_str().unwrap()) {
        ("start_date", _) => vec![
            json!(1_790_000_000),
            json!(1_790_000_000.0),
            json!(1_790_000_000.5),
            json!("1790000000"),
            json!(1_790_000_000_000_u64),
            json!("1790000000000"),
            json!([1_790_000_000]),
            json!(2026),
            json!("2026-10-01"),
            json!("null"),
            json!("undefined"),
        ],
        ("end_date", _) => {
            vec![json!(4_000_000_000_u64), json!("4000000000000"), json!("now"), json!("null")]
        }
        ("timeframe", _) => {
            vec![json!("Last 7 Days"), json!(["last 7 days"]), json!("all time"), json!(2026), json!("null")]
        }
        ("group_by", _) => {
            ["Day", "TAG", " channel ", "attr.Plan", "any", "None", "null"].map(Value::from).into()
        }
        ("compare", _) => {
            vec![json!("Previous"), json!(["previous"]), json!("None"), json!("null"), json!(2026)]
        }
        ("measure", _) => ["All", "first-response, close", "none", "response"].map(Value::from).into(),
        ("page", _) => Vec::new(),
        (_, "integer") => vec![
            json!(1),
            json!(1.0),
            json!("1"),
            json!("1.0"),
            json!(" 1 "),
            json!([1]),
            json!(["1"]),
            json!(1_000_000_000_000_u64),
            json!("null"),
            json!("undefined"),
        ],
        (_, "boolean") => vec![
            json!(true),
            json!("true"),
            json!("False"),
            json!(1),
            json!("0"),
            json!("yes"),
            json!(["true"]),
            json!("null"),
        ],
        (_, "string") => match schema["enum"].as_array() {
            Some(choices) => {
                let upper = |choice: &Value| json!(choice.as_str().unwrap().to_uppercase());
                let listed =
                    choices.iter().flat_map(|choice| [choice.clone(), upper(choice), json!([choice])]);
                listed.chain(["any", "all", "None", "null"].map(Value::from)).collect()
            }
            None => vec![json!(7), json!(7.0), json!(true), json!("7"), json!(["7"]), json!([7])],
        },
        (_, kind) => panic!("{name} is of type {kind}"),
    });
    forms
}

/// Arguments with which a tool answers at once.
fn base(tool: &str) -> Value {
    match tool {
        "get_conversation" => json!({"conversation_id": "7"}),
        "sync_conversations" | "force_sync" => json!({"wait_seconds": 0}),
        _ => json!({}),
    }
}

fn with(mut arguments: Value, more: &Value) -> Value {
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arguments
}

#[tokio::test]
async fn every_argument_of_every_tool_is_taken_in_every_form_in_which_hosts_send_it() {
    let home = Home::new();
    let _daemon = Fake::with(&home.socket(), vec![conversation("7", vec![message("1", "Hello")])]);
    let mut program = Program::open(&home, Era::Handshake).await;
    let listed = program.request("tools/list", json!({})).await["result"]["tools"].clone();
    let listed = listed.as_array().unwrap();
    let named = |name: &str| listed.iter().find(|tool| tool["name"] == name).unwrap();
    let all = listed.iter().map(|tool| (tool["name"].as_str().unwrap(), tool));
    for (name, tool) in all.chain(UNLISTED.map(|(name, same)| (name, named(same)))) {
        let mut calls = vec![base(name), with(base(name), &of_hosts())];
        for (argument, schema) in tool["inputSchema"]["properties"].as_object().unwrap() {
            let needed =
                tool["inputSchema"]["required"].as_array().is_some_and(|all| all.contains(&json!(argument)));
            let forms =
                forms(argument, schema).into_iter().filter(|form| !needed || form.to_string().contains('7'));
            // A wait for a sync that never ends is none of this.
            let forms = forms.filter(|_| !(name.contains("sync") && argument == "wait_seconds"));
            calls.extend(forms.map(|form| with(base(name), &json!({argument: form}))));
        }
        for arguments in calls {
            let result = program.call(name, arguments.clone()).await;
            assert_eq!(result["isError"], false, "{name} {arguments}: {result}");
            assert!(result["structuredContent"].get("notes").is_none(), "{name} {arguments}: {result}");
        }
        let call = with(base(name), &json!({"colour": "red"}));
        let result = program.call(name, call).await;
        let note = "There is no argument `colour`, so it was ignored.";
        assert_eq!(result["structuredContent"]["notes"], json!([note]), "{name}: {result}");
        assert!(result["content"][0]["text"].as_str().unwrap().starts_with(note), "{name}: {result}");
        if listed.contains(tool) && !UNLISTED.iter().any(|(unlisted, _)| *unlisted == name) {
            check(&result["structuredContent"], &tool["outputSchema"]);
        }
    }
}

#[tokio::test]
async fn what_hosts_send_means_what_it_says() {
    let home = Home::new();
    let daemon = Fake::with(&home.socket(), vec![conversation("7", vec![message("1", "Hello")])]);
    let mut program = Program::open(&home, Era::Handshake).await;
    let arguments = json!({
        "query": 4711, "startDate": 1_790_000_000, "end_date": "1790086400000", "Customer_Email": ["ada@example.com"],
        "state": "OPEN", "tag": "", "assignee": 7, "limit": "2.0", "by": "created", "sort": "any", "page": null,
        "toolCallId": "call_1"
    });
    program.call("search_conversations", arguments).await;
    let asked = daemon.known().searched.pop().unwrap();
    assert_eq!((asked.limit, asked.page), (2, None));
    assert_eq!(asked.question.by, TimeField::Created);
    assert_eq!(asked.question.window.start, Some(Timestamp(1_790_000_000)));
    assert_eq!(asked.question.query.to_string(), "4711 customer:ada@example.com state:open assignee:7");

    for (arguments, grouping, by) in [
        (json!({"group_by": "Tag", "time": "updated"}), Grouping::Field(Field::Tag), TimeField::Updated),
        (json!({"by": "tag", "state": "any"}), Grouping::Field(Field::Tag), TimeField::Created),
        (json!({"by": "created", "group_by": "none"}), Grouping::Whole, TimeField::Created),
    ] {
        program.call("conversation_stats", arguments).await;
        let asked = daemon.known().measured.pop().unwrap();
        assert_eq!((asked.grouping, asked.question.by), (grouping, by));
        assert!(asked.question.query.is_everything());
    }

    for (tool, arguments, mode) in [
        ("sync_conversations", json!({"timeframe": "last 3 days", "force": "true"}), SyncMode::Relist),
        ("sync_conversations", json!({"start_date": 1_790_000_000, "force": 0}), SyncMode::New),
        ("force_sync", json!({"days": "3"}), SyncMode::Relist),
    ] {
        program.call(tool, with(arguments, &json!({"wait_seconds": "0"}))).await;
        let asked = daemon.known().synced.pop().unwrap();
        assert_eq!(asked.mode, mode);
        assert!(asked.window.start.is_some());
    }

    program.call("check_coverage", json!({"timeframe": "2026-10-01..2026-10-02"})).await;
    let asked = daemon.known().checked.pop().unwrap();
    assert_eq!(asked.window.start.unwrap().to_rfc3339(), "2026-09-30T22:00:00Z");
}

#[tokio::test]
async fn an_argument_that_there_is_not_is_told_before_the_answer_with_what_may_have_been_meant() {
    let home = Home::new();
    let _daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Stateless).await;
    for (tool, arguments, meant) in [
        ("search_conversations", json!({"text": "order"}), "query"),
        ("search_conversations", json!({"email": "ada@example.com"}), "customer_email"),
        ("conversation_stats", json!({"grouping": "day"}), "group_by"),
        ("conversation_stats", json!({"time_frame_": "today", "period": "today"}), "timeframe"),
        ("check_coverage", json!({"since": "yesterday"}), "start_date"),
        ("sync_conversations", json!({"to": "yesterday", "wait_seconds": 0}), "end_date"),
    ] {
        let result = program.call(tool, arguments.clone()).await;
        assert_eq!(result["isError"], false, "{tool} {arguments}: {result}");
        let said = format!("Did you mean `{meant}`?\n");
        assert!(
            result["content"][0]["text"].as_str().unwrap().contains(&said),
            "{tool} {arguments}: {result}"
        );
    }
    for (tool, arguments, what, meant) in [
        ("get_conversation", json!({"id": 7}), "missing field `conversation_id`", "conversation_id"),
        ("search_conversations", json!({"limit": 0, "text": "order"}), "`limit` is 1 to 100", "query"),
    ] {
        let refused = program.failing_call(tool, arguments).await;
        let said = format!("Did you mean `{meant}`?");
        assert!(refused.contains(what) && refused.ends_with(&said), "{refused}");
    }
}

#[tokio::test]
async fn arguments_as_a_text_or_an_empty_list_are_taken_and_other_params_refused_by_their_name() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let mut program = Program::open(&home, Era::Handshake).await;
    for arguments in
        [json!([]), json!(""), json!(null), json!("{}"), json!("{\"query\": \"order\", \"limit\": \"2\"}")]
    {
        let result = program.call("search_conversations", arguments.clone()).await;
        assert_eq!(result["isError"], false, "{arguments}: {result}");
        assert!(result["structuredContent"]["conversations"].is_array(), "{result}");
    }
    assert_eq!(daemon.known().searched.last().unwrap().limit, 2);
    let prompt = program.request("prompts/get", json!({"name": "summarize", "arguments": []})).await;
    assert!(prompt["result"]["messages"].is_array(), "{prompt}");
    for (method, params, code) in [
        ("tools/call", json!({"name": "search_conversations", "arguments": [1]}), -32602),
        ("tools/call", json!({"name": "search_conversations", "arguments": "order"}), -32602),
        ("tools/call", json!({"arguments": {}}), -32602),
        ("resources/read", json!({}), -32602),
        ("tools/forget", json!({}), -32601),
    ] {
        let answer = program.request(method, params.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{method} {params}: {answer}");
    }
}

#[tokio::test]
async fn arguments_of_prompts_are_taken_as_hosts_send_them() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Handshake).await;
    for (prompt, arguments, said) in [
        (
            "summarize",
            json!({"timeframe": ["this month"], "tag": 7, "assignee": ""}),
            "this timeframe: \"this month\"",
        ),
        ("summarize", json!({"timeframe": null, "Tag": 7.0}), "the tag \"7\""),
        ("summarize", json!({"timeframe": " ", "toolCallId": "1"}), "\"last 7 days\""),
        ("customer_history", json!({"customerEmail": ["ada@example.com"]}), "\"ada@example.com\""),
        ("summarize", json!({"period": "today"}), "Did you mean `timeframe`?"),
    ] {
        let answer = program.request("prompts/get", json!({"name": prompt, "arguments": arguments})).await;
        let text = answer["result"]["messages"][0]["content"]["text"].as_str().unwrap();
        assert!(text.contains(said), "{arguments}: {text}");
        assert!(!text.contains("toolCallId"), "{text}");
    }
    let several = json!({"name": "summarize", "arguments": {"tag": ["a", "b"]}});
    assert_eq!(program.request("prompts/get", several).await["error"]["code"], -32602);
}
