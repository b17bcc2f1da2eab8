//! What the server says it offers: tools, resources and prompts; and reading the latter two.

use serde_json::{Value, json};

use crate::support::{Era, Fake, Home, Program, conversation, message};

#[tokio::test]
async fn tools_are_listed_in_one_order_with_schemas_titles_and_hints() {
    for era in Era::BOTH {
        let home = Home::new();
        let mut program = Program::open(&home, era).await;
        let list = program.request("tools/list", json!({})).await;
        let tools = list["result"]["tools"].as_array().unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        let expected = [
            "search_conversations",
            "get_conversation",
            "get_sync_status",
            "check_coverage",
            "sync_conversations",
            "conversation_stats",
            "topics",
            "query_sql",
        ];
        assert_eq!(names, expected);
        for tool in tools {
            let description = tool["description"].as_str().unwrap();
            assert!(tool["title"].is_string() && description.len() > 200, "{tool}");
            // When to use it, what an answer's verdict means, how to go on.
            assert!(
                description.to_lowercase().contains("use it") || description.contains("to learn"),
                "{description}"
            );
            assert!(description.contains("sync_info"), "{description}");
            let goes_on = ["`page`", "call again", "sync_conversations", "`synced.finished`"];
            assert!(goes_on.iter().any(|words| description.contains(words)), "{description}");
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
            check_portable(&tool["inputSchema"]);
            check_descriptions(tool);
            assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{hint} of {tool}");
            }
            let schemas = format!("{}{}", tool["inputSchema"], tool["outputSchema"]);
            assert!(!schemas.contains(r#""type":["#) && !schemas.contains("uint"), "{schemas}");
            // What is anything is no schema to some.
            assert!(!schemas.contains(r#""items":true"#), "{schemas}");
        }
    }
}

/// Panics where a schema says more than every program that hands tools to a model understands, in strict modes too.
fn check_portable(schema: &Value) {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let known = ["properties", "required", "type"];
    assert!(keys(schema).iter().all(|key| known.contains(&key.as_str())), "{schema}");
    for (name, property) in schema["properties"].as_object().unwrap() {
        let known = ["description", "enum", "type"];
        assert!(keys(property).iter().all(|key| known.contains(&key.as_str())), "{name}: {property}");
        assert!(
            ["string", "integer", "boolean"].contains(&property["type"].as_str().unwrap()),
            "{name}: {property}"
        );
        assert!(property["description"].is_string(), "{name}: {property}");
        let choices = property["enum"].as_array().into_iter().flatten();
        assert!(choices.clone().all(|choice| choice.as_str().is_some_and(|text| !text.is_empty())), "{name}");
    }
}

/// Panics where a description is so long that a host refuses all tools for it.
fn check_descriptions(value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let ("description", Some(text)) = (name.as_str(), value.as_str()) {
                    assert!(text.chars().count() <= 1_000, "{} characters: {text}", text.chars().count());
                }
                check_descriptions(value);
            }
        }
        Value::Array(items) => items.iter().for_each(check_descriptions),
        _ => {}
    }
}

#[tokio::test]
async fn descriptions_of_prompts_and_resources_are_short_enough_for_every_host() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Handshake).await;
    for list in ["prompts/list", "resources/list", "resources/templates/list"] {
        check_descriptions(&program.request(list, json!({})).await["result"]);
    }
}

#[tokio::test]
async fn what_models_see_of_all_tools_fits_3_000_tokens() {
    let home = Home::new();
    let mut program = Program::open(&home, Era::Handshake).await;
    let list = program.request("tools/list", json!({})).await;
    let tools = list["result"]["tools"].as_array().unwrap();
    let seen =
        |tool: &Value| [&tool["name"], &tool["description"], &tool["inputSchema"]].map(Value::to_string);
    let characters: usize = tools.iter().flat_map(seen).map(|text| text.chars().count()).sum();
    // English in JSON has more than four characters to a token with every tokenizer in use; three is the safe side.
    assert!(characters <= 9_000, "{characters} characters");
}

#[tokio::test]
async fn every_list_has_one_page_and_refuses_the_cursor_of_another() {
    for era in Era::BOTH {
        let home = Home::new();
        let mut program = Program::open(&home, era).await;
        for list in
            ["tools/list", "prompts/list", "resources/list", "resources/templates/list", "skills/list"]
        {
            let answer = program.request(list, json!({"cursor": "made up"})).await;
            assert_eq!(answer["error"]["code"], -32602, "{list}: {answer}");
            for absent in [json!({"cursor": null}), json!({"cursor": ""})] {
                let answer = program.request(list, absent).await;
                assert!(answer["result"].get("nextCursor").is_none(), "{list}: {answer}");
                assert!(answer["result"].is_object(), "{list}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn conversations_and_the_status_are_resources() {
    for era in Era::BOTH {
        let home = Home::new();
        let _daemon = Fake::with(&home.socket(), vec![conversation("123", vec![message("1", "Hello")])]);
        let mut program = Program::open(&home, era).await;

        let list = program.request("resources/list", json!({})).await;
        assert_eq!(list["result"]["resources"][0]["uri"], "intercom://status");
        let templates = program.request("resources/templates/list", json!({})).await;
        assert_eq!(
            templates["result"]["resourceTemplates"][0]["uriTemplate"],
            "intercom://conversations/{id}"
        );

        let status = read(&mut program, "intercom://status").await;
        assert_eq!(status["total_conversations"], 1);
        let shown = read(&mut program, "intercom://conversations/123").await;
        assert_eq!(shown["conversation"]["messages"][0]["body"], "Hello");

        for missing in ["intercom://conversations/9", "intercom://elsewhere"] {
            let answer = program.request("resources/read", json!({"uri": missing})).await;
            let code = if era == Era::Handshake { -32002 } else { -32602 };
            assert_eq!(answer["error"]["code"], code, "{answer}");
            assert_eq!(answer["error"]["data"]["uri"], missing, "{answer}");
        }
    }
}

async fn read(program: &mut Program, uri: &str) -> Value {
    let answer = program.request("resources/read", json!({"uri": uri})).await;
    let content = &answer["result"]["contents"][0];
    assert_eq!(content["mimeType"], "application/json", "{answer}");
    serde_json::from_str(content["text"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn prompts_carry_their_arguments_and_refuse_to_do_without_needed_ones() {
    for era in Era::BOTH {
        let home = Home::new();
        let mut program = Program::open(&home, era).await;
        let list = program.request("prompts/list", json!({})).await;
        let prompts = list["result"]["prompts"].as_array().unwrap();
        let names: Vec<_> = prompts.iter().map(|prompt| prompt["name"].as_str().unwrap()).collect();
        let expected = [
            "summarize",
            "what_changed",
            "complaints",
            "customer_history",
            "prepare_for_call",
            "needs_attention",
        ];
        assert_eq!(names, expected);
        for name in names {
            let given =
                json!({"timeframe": "Q3 \"2026\"", "tag": "vip", "customer_email": "ada@example.com"});
            let prompt = program.request("prompts/get", json!({"name": name, "arguments": given})).await;
            let text = prompt["result"]["messages"][0]["content"]["text"].as_str().unwrap();
            if ["customer_history", "prepare_for_call"].contains(&name) {
                assert!(text.contains(r#""ada@example.com""#) && !text.contains("vip"), "{text}");
                let without = program.request("prompts/get", json!({"name": name})).await;
                assert_eq!(without["error"]["code"], -32602);
            } else {
                assert!(text.contains(r#""Q3 \"2026\"""#) && text.contains(r#"the tag "vip""#), "{text}");
                let without = program.request("prompts/get", json!({"name": name})).await;
                let text = without["result"]["messages"][0]["content"]["text"].as_str().unwrap();
                assert!(text.contains("week\"") || text.contains("days\""), "{text}");
            }
            assert!(!text.contains('{') && text.contains("sync_info"), "{text}");
        }
    }
}

#[tokio::test]
async fn every_prompt_is_a_skill_too_whose_file_is_as_the_manifest_says() {
    for era in Era::BOTH {
        let home = Home::new();
        let mut program = Program::open(&home, era).await;
        let prompts = program.request("prompts/list", json!({})).await["result"]["prompts"].clone();
        let list = program.request("skills/list", json!({})).await;
        let skills = list["result"]["skills"].as_array().unwrap();
        assert_eq!(skills.len(), prompts.as_array().unwrap().len(), "{list}");
        for (skill, prompt) in skills.iter().zip(prompts.as_array().unwrap()) {
            let (uri, head) = (&skill["uri"], &skill["frontmatter"]);
            assert_eq!(head["name"], prompt["name"].as_str().unwrap().replace('_', "-"));
            let got = program.request("skills/get", json!({"uri": uri})).await;
            assert_eq!(&got["result"]["skill"], skill);
            let read = program.request("resources/read", json!({"uri": uri})).await;
            let file = &read["result"]["contents"][0];
            let text = file["text"].as_str().unwrap();
            assert_eq!((&file["mimeType"], &file["uri"]), (&json!("text/markdown"), uri), "{read}");
            assert_eq!(skill["resources"][0]["size"], text.len());
            let (name, description) = (head["name"].as_str().unwrap(), head["description"].as_str().unwrap());
            assert!(
                text.starts_with(&format!("---\nname: {name}\ndescription: {description}\n---\n")),
                "{text}"
            );
            assert!(text.contains("sync_info") && text.contains("the user names"), "{text}");
            assert!(!text.contains('{'), "{text}");
        }
        let absent = program.request("skills/get", json!({"uri": "skill://intercom/none/SKILL.md"})).await;
        assert_eq!(absent["error"]["code"], -32602, "{absent}");
    }
}

#[tokio::test]
async fn hosts_are_given_an_icon_that_needs_no_network() {
    let home = Home::new();
    let answer = Program::start(&home).initialize("2025-11-25").await;
    let icon = &answer["result"]["serverInfo"]["icons"][0];
    assert!(icon["src"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"), "{answer}");
}
