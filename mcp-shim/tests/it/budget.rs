//! Answers that fit a model's context in every script, both forms together, with a way to the rest.

use proto::types::{
    Attachment, Author, Change, Conversation, Event, Explanation, Marked, Nearest, Piece, Similar, Snippet,
    StatsReply, Unknown,
};
use proto::{Interval, Timestamp};
use serde_json::{Value, json};

use crate::support::estimate::{tokens, tokens_escaped};
use crate::support::scripts::SCRIPTS;
use crate::support::{Era, Fake, Home, Program, conversation, group, message, report, stats, waiting};

/// Tokens of an answer where no more was asked for, and whatever was asked for.
const USUAL: usize = 6_000;
const MOST: usize = 20_000;

/// The scripts that differ most by their tokens; all of them are estimated in the unit's own tests.
fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let differ = [
        "English", "German", "Japanese", "Chinese", "Korean", "Thai", "Arabic", "Hindi", "Burmese",
        "Tibetan", "Amharic", "emoji", "base64", "digits", "mixed",
    ];
    SCRIPTS
        .into_iter()
        .filter(move |(script, ..)| differ.contains(script))
        .map(|(script, _, sample)| (script, sample))
}

/// Returns a text of this many characters, made of a sample.
fn text(sample: &str, characters: usize) -> String {
    sample.chars().cycle().take(characters).collect()
}

/// Checks the size of a tool's answer, and returns its fields and its text.
fn measured<'a>(result: &'a Value, most: usize, what: &str) -> (&'a Value, &'a str) {
    let (fields, text) = (&result["structuredContent"], result["content"][0]["text"].as_str().unwrap());
    let size = tokens(text) + tokens(&fields.to_string());
    assert!(size < most, "{what}: {size} tokens");
    let escaped = tokens_escaped(&fields.to_string());
    assert!(escaped < MOST, "{what}: {escaped} tokens where all but ASCII is escaped");
    (fields, text)
}

/// A conversation in one script in which all that can be long is long.
fn long(id: usize, sample: &str, messages: usize) -> Conversation {
    let id = id.to_string();
    let body = |number: usize| format!("{number} {}", text(sample, 500));
    let messages = (0..messages).map(|number| message(&number.to_string(), &body(number))).collect();
    let mut long = conversation(&id, messages);
    let name = Some(text(sample, 200));
    long.summary.title = Some(text(sample, 400));
    let mut snippets: Vec<Snippet> = long
        .summary
        .snippets()
        .map(|(_, author)| Snippet { text: Marked::default(), author: author.cloned() })
        .collect();
    for snippet in &mut snippets {
        snippet.text.text = text(sample, 160);
        snippet.author.as_mut().unwrap().name.clone_from(&name);
    }
    long.summary.set_snippets(snippets);
    long.summary.first_words = Some(format!("0{}", text(sample, 160)));
    long.summary.customer.as_mut().unwrap().name.clone_from(&name);
    long.summary.tags = (0..100).map(|tag| format!("{tag} {}", text(sample, 60))).collect();
    for message in &mut long.messages {
        message.author.name.clone_from(&name);
    }
    long
}

/// Reads a conversation to its end; returns its bodies and the ids of its events in order, and how many pages it had.
async fn read(program: &mut Program, id: usize, what: &str) -> (String, Vec<String>, usize) {
    let (mut bodies, mut events, mut pages, mut page) = (String::new(), Vec::new(), 0, Value::Null);
    loop {
        let arguments = json!({"conversation_id": id, "page": page});
        let result = program.call("get_conversation", arguments).await;
        let most = if pages == 0 { USUAL } else { MOST };
        let (fields, text) = measured(&result, most, what);
        let shown = &fields["conversation"];
        for message in shown["messages"].as_array().unwrap() {
            bodies += message["body"].as_str().unwrap();
        }
        for event in shown["events"].as_array().unwrap() {
            let id = event["id"].as_str().unwrap();
            assert!(text.contains(&format!(" {id} by ")), "{what}: {id} is in the fields only");
            events.push(id.to_owned());
        }
        pages += 1;
        page = fields["next_page"].clone();
        if page.is_null() {
            return (bodies, events, pages);
        }
        assert!(text.contains(&format!("\"page\": {page}")), "{what}: {page} is in the fields only");
    }
}

#[tokio::test]
async fn a_long_conversation_fits_in_every_script_and_all_of_it_can_be_read() {
    let home = Home::new();
    let conversations: Vec<_> = scripts().enumerate().map(|(id, (_, sample))| long(id, sample, 30)).collect();
    let _daemon = Fake::with(&home.socket(), conversations.clone());
    let mut program = Program::open(&home, Era::Handshake).await;
    for (id, (script, _)) in scripts().enumerate() {
        let (bodies, _, pages) = read(&mut program, id, script).await;
        let written: String =
            conversations[id].messages.iter().map(|message| message.body.as_str()).collect();
        assert!(bodies == written, "{script}");
        assert!(pages > 1, "{script}: {pages}");
        let resource =
            program.request("resources/read", json!({"uri": format!("intercom://conversations/{id}")})).await;
        let resource = resource["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(tokens(resource) < USUAL && tokens_escaped(resource) < MOST, "{script}");
    }
}

#[tokio::test]
async fn one_giant_message_is_read_in_pieces_in_every_script_and_between_many_events() {
    let home = Home::new();
    let hard = ["\n", "\"", "\\", "\u{2028}\\", "a\u{301}", " "].map(|hard| (hard, hard));
    let all: Vec<_> = scripts().chain(hard).collect();
    let giants = all.iter().enumerate().map(|(id, (_, sample))| {
        let mut giant =
            conversation(&id.to_string(), vec![message("1", &text(sample, 5_000)), message("2", "b")]);
        let author = Author { name: Some(text(sample, 80)), ..giant.messages[0].author.clone() };
        let created_at = giant.messages[0].created_at;
        let change = Change {
            field: format!("attr.{}", text(sample, 60)),
            from: Some(text(sample, 200)),
            to: Some(text(sample, 200)),
            id: None,
        };
        giant.events = (0..60)
            .map(|event| Event {
                id: format!("e{event}"),
                kind: "close".to_owned(),
                author: author.clone(),
                created_at,
                changes: vec![change.clone(); 3],
            })
            .collect();
        giant.messages[1].created_at = created_at.plus(60);
        giant.messages[0].attachments =
            vec![Attachment { name: Some(text(sample, 300)), ..Attachment::default() }; 50];
        giant
    });
    let _daemon = Fake::with(&home.socket(), giants.collect());
    let mut program = Program::open(&home, Era::Handshake).await;
    for (id, (script, sample)) in all.iter().enumerate() {
        let (bodies, events, pages) = read(&mut program, id, script).await;
        assert!(bodies == text(sample, 5_000) + "b", "{script}");
        assert_eq!(events, (0..60).map(|event| format!("e{event}")).collect::<Vec<_>>(), "{script}");
        assert!(pages > 1, "{script}");
    }
}

#[tokio::test]
async fn a_second_page_is_made_only_where_one_does_not_hold_both() {
    let home = Home::new();
    let short = |count: usize| (0..count).map(|id| message(&id.to_string(), "Thank you!")).collect();
    let conversations = (0..60).map(|count| {
        let mut quiet = conversation(&count.to_string(), short(count));
        quiet.events.clear();
        quiet
    });
    let _daemon = Fake::with(&home.socket(), conversations.collect());
    let mut program = Program::open(&home, Era::Handshake).await;
    let mut on_first_page = Vec::new();
    for count in 0..60 {
        let result = program.call("get_conversation", json!({"conversation_id": count})).await;
        let (fields, _) = measured(&result, USUAL, "short messages");
        let shown = fields["conversation"]["messages"].as_array().unwrap().len();
        assert_eq!(fields["next_page"].is_null(), shown == count, "{count}");
        on_first_page.push(shown);
    }
    let most = *on_first_page.iter().max().unwrap();
    assert!(most > 20, "{most}");
    let (whole, parted) = on_first_page.split_at(most + 1);
    assert_eq!(whole, (0..=most).collect::<Vec<_>>(), "all of them, where they fit");
    // Where the next page begins takes room, too.
    let first = parted[0];
    assert!(first + 1 >= most, "{first} of {most}");
    assert!(parted.iter().all(|shown| *shown == first), "as many as fit, however many there are: {parted:?}");
}

#[tokio::test]
async fn a_search_fits_in_every_script_and_has_more_pages_instead() {
    let home = Home::new();
    for (script, sample) in scripts() {
        let conversations: Vec<_> = (0..15).map(|id| long(id, sample, 1)).collect();
        let daemon = Fake::with(&home.socket(), conversations);
        let unknown = Unknown {
            field: proto::types::Field::Tag,
            value: text(sample, 3_000),
            similar: vec![text(sample, 500); 20],
            held: true,
        };
        daemon.known().unknown = vec![unknown; 30];
        let mut program = Program::open(&home, Era::Handshake).await;
        for (limit, most) in [(Value::Null, USUAL), (json!(100), MOST)] {
            let (mut seen, mut page) = (Vec::new(), Value::Null);
            loop {
                let arguments = json!({"limit": limit, "page": page});
                let result = program.call("search_conversations", arguments).await;
                let (fields, text) = measured(&result, most, script);
                let found = fields["conversations"].as_array().unwrap();
                assert_eq!(text.matches("\nConversation ").count(), found.len());
                assert!(
                    found[0]["tags_left_out"].as_u64().unwrap() > 0 && text.contains("tags more"),
                    "{script}"
                );
                seen.extend(found.iter().map(|found| found["id"].as_str().unwrap().parse::<u32>().unwrap()));
                page = fields["next_page"].clone();
                if page.is_null() {
                    break;
                }
            }
            assert_eq!(seen, (0..15).collect::<Vec<_>>(), "{script}");
        }
    }
}

#[tokio::test]
async fn why_nothing_matches_reaches_the_model_in_both_forms_and_fits_in_every_script() {
    let home = Home::new();
    for (script, sample) in scripts() {
        let daemon = Fake::with(&home.socket(), Vec::new());
        let similar = |number: u64| Similar {
            word: format!("{number}{}", text(sample, 100)),
            conversations: 367 + number,
            at_least: false,
        };
        let piece = |number: u64| Piece {
            text: format!("{number}{}", text(sample, 500)),
            conversations: 0,
            at_least: number > 1,
            similar: (0..3).map(|of| similar(10 * number + of)).collect(),
        };
        let nearest = Nearest {
            query: text(sample, 1_000),
            conversations: 21,
            at_least: true,
            hits: (0..3).map(|id| long(id, sample, 1).summary).collect(),
        };
        let explanation = Explanation { pieces: (0..12).map(piece).collect(), nearest: Some(nearest) };
        daemon.known().explanation = Some(explanation);
        let mut program = Program::open(&home, Era::Handshake).await;
        let result = program.call("search_conversations", json!({"query": "refnd"})).await;
        let (fields, text) = measured(&result, USUAL, script);
        let explained = &fields["explanation"];
        let first = &explained["pieces"][0];
        assert_eq!((&first["conversations"], &first["at_least"]), (&json!(0), &json!(false)), "{script}");
        assert!(text.contains("alone: 0 conversations; did you mean"), "{script}: {text}");
        assert_eq!(first["similar"][0]["conversations"], json!(367), "{script}");
        assert!(text.contains("(367 conversations)"), "{script}: {text}");
        assert_eq!(explained["nearest"]["conversations"], json!(21), "{script}");
        assert!(text.contains("at least 21 conversations"), "{script}: {text}");
        let examples = explained["nearest"]["examples"].as_array().unwrap();
        assert_eq!(text.matches("Not a match, but near").count(), examples.len(), "{script}");
    }
}

#[tokio::test]
async fn statistics_fit_in_every_script_and_lose_no_group() {
    let home = Home::new();
    for (script, sample) in scripts() {
        let daemon = Fake::start(&home.socket());
        let groups: Vec<_> = (0..50).map(|id| group(&format!("{id} {}", text(sample, 300)))).collect();
        let mut waits = waiting("5");
        waits.said = text(sample, 240);
        waits.conversation = long(5, sample, 1).summary;
        daemon.known().stats = Some(StatsReply { waiting: vec![waits; 20], ..stats(groups) });
        let mut program = Program::open(&home, Era::Handshake).await;
        for (arguments, most) in [
            (json!({"group_by": "day"}), USUAL),
            (json!({"group_by": "customer", "limit": 100, "waiting": 20}), MOST),
        ] {
            let (mut seen, mut page) = (0, Value::Null);
            loop {
                let mut arguments = arguments.clone();
                arguments["page"] = page;
                let result = program.call("conversation_stats", arguments).await;
                let (fields, text) = measured(&result, most, script);
                assert_eq!(fields["groups_before"], seen, "{script}");
                let named = fields["waiting"].as_array().unwrap().len();
                if fields["waiting_left_out"].is_u64() {
                    assert_eq!(fields["waiting_left_out"].as_u64().unwrap(), 20 - named as u64, "{script}");
                    assert!(text.contains("that waited shorter"), "{text}");
                }
                for group in fields["groups"].as_array().unwrap() {
                    assert!(group["name"].as_str().unwrap().starts_with(&format!("{seen} ")), "{group}");
                    seen += 1;
                }
                page = fields["next_page"].clone();
                if page.is_null() {
                    break;
                }
            }
            assert_eq!(seen, 50, "{script}");
        }
    }
}

#[tokio::test]
async fn verdicts_and_the_status_fit_however_many_gaps_there_are_and_say_what_they_leave_out() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let span = |number: i64| Interval::new(1_700_000_000 + 200 * number, 1_700_000_100 + 200 * number);
    daemon.known().fresh = false;
    daemon.known().gaps = (0..2_000).map(span).collect();
    daemon.known().sync_error = Some("Intercom is unreachable ".repeat(500));
    let mut program = Program::open(&home, Era::Handshake).await;
    for (tool, arguments, left_out) in [
        ("check_coverage", json!({}), "/gaps_left_out"),
        ("search_conversations", json!({"wait_seconds": 0}), "/sync_info/gaps_left_out"),
        ("conversation_stats", json!({"wait_seconds": 0}), "/sync_info/gaps_left_out"),
        ("sync_conversations", json!({"wait_seconds": 0}), "/sync_info/gaps_left_out"),
        ("get_sync_status", json!({}), "/coverage_left_out"),
        ("get_data_info", json!({}), "/coverage_left_out"),
    ] {
        let result = program.call(tool, arguments).await;
        let (fields, text) = measured(&result, USUAL, tool);
        let left_out = fields.pointer(left_out).and_then(Value::as_u64).unwrap();
        assert!(left_out > 0 && text.contains(&format!("{left_out} ")), "{tool}: {text}");
        assert!(
            text.contains("check_coverage") && text.contains("Intercom is unreachable"),
            "{tool}: {text}"
        );
        assert!(
            fields.to_string().contains(&span(1_999).end.to_rfc3339()),
            "{tool}: the latest ones are named"
        );
    }
    let status = program.request("resources/read", json!({"uri": "intercom://status"})).await;
    assert!(tokens(status["result"]["contents"][0]["text"].as_str().unwrap()) < USUAL);
}

#[tokio::test]
async fn errors_and_prompts_do_not_repeat_at_length_what_they_were_given() {
    let home = Home::new();
    let daemon = Fake::start(&home.socket());
    let giant = text(SCRIPTS[25].2, 50_000);
    let mut failed = report(3, proto::types::Phase::Failed, 1);
    failed.failure = Some(proto::types::SyncFailure { message: giant.clone(), refused: false });
    daemon.tell(failed);
    let mut program = Program::open(&home, Era::Handshake).await;
    for (tool, arguments) in [
        ("search_conversations", json!({"state": giant})),
        ("search_conversations", json!({"timeframe": giant})),
        ("get_conversation", json!({"conversation_id": giant})),
        ("check_coverage", json!({"start_date": giant})),
        ("conversation_stats", json!({"group_by": giant})),
        ("sync_conversations", json!({})),
    ] {
        let text = program.failing_call(tool, arguments).await;
        assert!(tokens(&text) < USUAL, "{tool}: {}", tokens(&text));
    }
    for (method, params) in [
        ("resources/read", json!({"uri": format!("intercom://conversations/{giant}")})),
        ("resources/read", json!({"uri": giant})),
        (
            "prompts/get",
            json!({"name": "complaints", "arguments": {"timeframe": giant, "tag": giant, "assignee": giant}}),
        ),
        ("prompts/get", json!({"name": "customer_history", "arguments": {"customer_email": giant}})),
    ] {
        let answer = program.request(method, params).await;
        assert!(tokens(&answer.to_string()) < USUAL, "{method}: {}", tokens(&answer.to_string()));
    }
}

/// Returns the facts of an answer's fields that its text does not have.
fn missing(fields: &Value, text: &str) -> Vec<String> {
    match fields {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) if number.as_f64() == Some(0.0) => Vec::new(),
        Value::Number(number) => {
            let has = text
                .split(|c: char| !c.is_ascii_digit() && c != '.')
                .any(|word| word.trim_end_matches('.') == number.to_string().trim_end_matches(".0"));
            if has { Vec::new() } else { vec![number.to_string()] }
        }
        Value::String(fact) if text.contains(fact) => Vec::new(),
        Value::String(fact) => vec![fact.clone()],
        Value::Array(facts) => facts.iter().flat_map(|fact| missing(fact, text)).collect(),
        // Lengths of time are in words there, and the notes are about the form.
        Value::Object(facts) => facts
            .iter()
            .filter(|(name, _)| {
                !["note", "median", "p90", "max", "waited_seconds", "uptime_seconds"].contains(&name.as_str())
            })
            .flat_map(|(_, fact)| missing(fact, text))
            .collect(),
    }
}

#[tokio::test]
async fn both_forms_carry_the_same_facts() {
    let home = Home::new();
    let mut told = conversation("123", vec![message("11", "Hello"), message("12", "Bye")]);
    told.messages[1].attachments = vec![Attachment {
        name: Some("plan.pdf".to_owned()),
        url: None,
        content_type: Some("application/pdf".to_owned()),
        filesize: Some(4_711),
    }];
    let daemon = Fake::with(&home.socket(), vec![told.clone(), told]);
    {
        let mut known = daemon.known();
        known.stats =
            Some(StatsReply { waiting: vec![waiting("5")], ..stats(vec![group("refund"), group("vip")]) });
        let similar = vec!["refund".to_owned()];
        known.unknown =
            vec![Unknown { field: proto::types::Field::Tag, value: "refnd".to_owned(), similar, held: true }];
        known.sync_error = Some("Intercom refuses the token".to_owned());
        known.gaps = vec![Interval::new(1_789_000_000, 1_789_500_000)];
        known.last_error_at = Some(Timestamp(1_789_900_000));
    }
    let mut program = Program::open(&home, Era::Handshake).await;
    for fresh in [true, false] {
        daemon.known().fresh = fresh;
        for (tool, arguments) in [
            ("search_conversations", json!({"wait_seconds": 0, "limit": 1})),
            ("get_conversation", json!({"conversation_id": "123"})),
            (
                "conversation_stats",
                json!({"wait_seconds": 0, "group_by": "tag", "waiting": 1, "measure": "all"}),
            ),
            ("check_coverage", json!({})),
            ("sync_conversations", json!({"wait_seconds": 0})),
            ("get_sync_status", json!({})),
            ("get_data_info", json!({})),
        ] {
            let result = program.call(tool, arguments).await;
            let (fields, text) = measured(&result, USUAL.max(MOST), tool);
            let missing = missing(fields, text);
            assert!(missing.is_empty(), "{tool}: {missing:?} are not in\n{text}");
        }
    }
}
