//! What a thrifty assistant finds out from the tools alone about a workspace of which everything is known: each figure is
//! judged by the truth, and calls and characters are counted.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use sim::{Clock, Evaluation, Options, Sim};
use syncd::clock::WallClock;

use crate::support::{Bench, config};

/// Most calls for the twenty questions, and most characters of what they answer, in either form.
const MOST_CALLS: usize = 25;
const MOST_CHARACTERS: usize = 40_000;

/// The MCP server, where it was built together with these tests.
fn shim() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_BIN_EXE_syncd")).with_file_name("syncd-mcp")).filter(|shim| shim.exists())
}

/// Somebody who asks the tools, and is told how much that took.
struct Assistant {
    child: Child,
    pipes: Option<(ChildStdin, BufReader<ChildStdout>)>,
    calls: usize,
    text: usize,
    fields: usize,
}

impl Assistant {
    async fn start(shim: &Path, bench: &Bench) -> Self {
        let mut child = Command::new(shim)
            .env_clear()
            .env("HOME", bench.home.path())
            .env("SYNCD_SOCKET", bench.client.socket())
            .env("TZ", "UTC0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipes = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut assistant = Self { child, pipes: Some(pipes), calls: 0, text: 0, fields: 0 };
        let client = json!({"name": "test", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        assistant.request("initialize", params).await;
        assistant
    }

    async fn request(&mut self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let (mut input, mut output) = self.pipes.take().unwrap();
        // The daemon answers on this thread meanwhile.
        let (pipes, answer) = tokio::task::spawn_blocking(move || {
            writeln!(input, "{request}").unwrap();
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            ((input, output), serde_json::from_str::<Value>(&line).unwrap())
        })
        .await
        .unwrap();
        self.pipes = Some(pipes);
        answer
    }

    /// Calls a tool and returns the fields of its answer.
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await;
        let result = &answer["result"];
        assert_eq!(result["isError"], false, "{tool}: {answer}");
        let fields = result["structuredContent"].clone();
        self.calls += 1;
        self.text += result["content"][0]["text"].as_str().unwrap().chars().count();
        self.fields += fields.to_string().chars().count();
        fields
    }
}

impl Drop for Assistant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the counts of an answer's groups by their names.
fn counts(answer: &Value) -> Vec<(String, u64)> {
    let groups = answer["groups"].as_array().unwrap().iter();
    let one = |group: &Value| {
        (group["name"].as_str().unwrap_or("(none)").to_owned(), group["conversations"].as_u64().unwrap())
    };
    groups.map(one).collect()
}

/// Returns what a topic had before, and what it has now.
fn topic(answer: &Value, word: &str) -> (u64, u64) {
    let topics = answer["topics"].as_array().unwrap();
    let one = topics.iter().find(|topic| topic["query"].as_str().unwrap().contains(word));
    let one = one.unwrap_or_else(|| panic!("{word}: {answer:#}"));
    (one["before"].as_u64().unwrap(), one["conversations"].as_u64().unwrap())
}

#[tokio::test]
async fn twenty_questions_of_a_support_lead_are_answered_rightly_in_few_calls_and_few_characters() {
    let Some(shim) = shim() else {
        eprintln!("skipped: syncd-mcp is not built; cargo test --workspace builds it");
        return;
    };
    let options = Options { conversations: 0, clock: Clock::Real, ..Options::default() };
    let sim = Sim::start(options).await.unwrap();
    let truth = sim.evaluate();
    let home = tempfile::tempdir().unwrap();
    let config = config(&sim, &home);
    let bench = Bench::with_clock(sim, home, config, WallClock::system()).await;
    bench.sync().await;
    let mut assistant = Assistant::start(&shim, &bench).await;
    let about = |subject: &str| (truth.about(subject, 14, 7), truth.about(subject, 7, 0));

    // What do they want, what grew, what shrank, what is new, how many bookings failed?
    let asked = json!({"timeframe": "last 7 days", "compare": "previous", "limit": 8});
    let topics = assistant.call("topics", asked).await;
    for (subject, word) in [
        ("refunds", "refund"),
        ("failed bookings", "booking"),
        ("login", "password"),
        ("late deliveries", "parcel"),
        ("invoices", "invoice"),
    ] {
        assert_eq!(topic(&topics, word), about(subject), "{subject}: {topics:#}");
    }
    assert_eq!(topics["topics"].as_array().unwrap().len(), 5, "{topics:#}");

    // How many came in, how many before, on which days, and who waits?
    let asked = json!({"timeframe": "last 7 days", "compare": "previous", "group_by": "day", "waiting": 5});
    let week = assistant.call("conversation_stats", asked).await;
    assert_eq!(week["total"]["conversations"], truth.created(7, 0).count());
    assert_eq!(week["before"]["conversations"], truth.created(14, 7).count());
    let day = |told: &sim::Told| Some(told.created_at.div_euclid(86_400));
    let mut days: Vec<u64> = {
        let mut days = Evaluation::counted(truth.created(7, 0), day);
        days.sort_unstable();
        days.into_iter().map(|(_, count)| count).collect()
    };
    let mut shown: Vec<u64> = counts(&week).into_iter().map(|(_, count)| count).collect();
    days.retain(|count| *count > 0);
    shown.retain(|count| *count > 0);
    assert_eq!(shown, days, "{week:#}");
    let expected: Vec<(&str, &str)> =
        truth.waiting().iter().map(|told| (told.id.as_str(), told.waiting.unwrap().1)).collect();
    let waiting = week["waiting"].as_array().unwrap().iter();
    let waiting: Vec<(&str, &str)> =
        waiting.map(|one| (one["id"].as_str().unwrap(), one["said"].as_str().unwrap())).collect();
    assert_eq!(waiting, expected);
    let hours = week["waiting"][0]["waited_seconds"].as_u64().unwrap() / 3_600;
    assert_eq!((hours, &week["total"]["waiting"]), (110, &json!(5)));

    // What is the trend?
    let asked = json!({"timeframe": "last 28 days", "group_by": "7days"});
    let weeks = counts(&assistant.call("conversation_stats", asked).await);
    let weeks: Vec<u64> = weeks.into_iter().map(|(_, count)| count).collect();
    let expected: Vec<u64> =
        (0..4).rev().map(|week| truth.created(7 * week + 7, 7 * week).count() as u64).collect();
    assert_eq!(weeks, expected);

    // Who answers fastest, who slowest?
    let asked = json!({"timeframe": "last 28 days", "group_by": "responder", "measure": "response"});
    let responders = assistant.call("conversation_stats", asked).await;
    let mut medians: Vec<(u64, &str)> = responders["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|group| group["kind"] == "person")
        .map(|group| (group["response_seconds"]["median"].as_u64().unwrap(), group["name"].as_str().unwrap()))
        .collect();
    medians.sort_unstable();
    let expected: Vec<(u64, &str)> =
        truth.responders().into_iter().map(|(name, median)| (median.unsigned_abs(), name)).collect();
    assert_eq!(medians, expected, "{responders:#}");

    // By channel, by rating, by domain.
    let month = || truth.created(28, 0);
    let by = |group: &str| json!({"timeframe": "last 28 days", "group_by": group});
    let channels = counts(&assistant.call("conversation_stats", by("channel")).await);
    let sorted = |mut counts: Vec<(String, u64)>| {
        counts.sort();
        counts
    };
    let channel = |told: &sim::Told| Some(told.channel.to_owned());
    assert_eq!(sorted(channels), sorted(Evaluation::counted(month(), channel)));
    let ratings = counts(&assistant.call("conversation_stats", by("rating")).await);
    let bad: u64 =
        ratings.iter().filter(|(name, _)| name == "1" || name == "2").map(|(_, count)| count).sum();
    let badly_rated = || month().filter(|told| told.rating.is_some_and(|score| score <= 2));
    assert_eq!(bad, badly_rated().count() as u64);
    let domains = counts(&assistant.call("conversation_stats", by("domain")).await);
    let domain = |told: &sim::Told| told.email.split_once('@').map(|(_, domain)| domain.to_owned());
    assert_eq!(domains[0], Evaluation::counted(month(), domain)[0]);

    // What were the bad ratings about?
    let asked = json!({"query": "rating:1..2", "timeframe": "last 28 days", "time": "created", "limit": 10});
    let found = assistant.call("search_conversations", asked).await;
    assert_eq!(found["total"], bad);

    // What did one customer write?
    let asked = json!({"query": "from:mira@kestrel.example.com"});
    let found = assistant.call("search_conversations", asked).await;
    let regular: Vec<&sim::Told> =
        truth.told.iter().filter(|told| told.email == "mira@kestrel.example.com").collect();
    assert_eq!(found["total"], regular.len());
    let ids: Vec<&str> =
        found["conversations"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let read = assistant.call("get_conversation", json!({"conversation_id": ids})).await;
    assert_eq!(read["conversations"].as_array().unwrap().len(), regular.len());

    // How do refunds and bookings compare, in one call?
    let queries = "refunds = refund\nbookings = booking fail*";
    let asked = json!({"timeframe": "last 7 days", "queries": queries, "compare": "previous"});
    let both = counts(&assistant.call("conversation_stats", asked).await);
    assert_eq!(both[0], ("refunds".to_owned(), about("refunds").1));

    // Is it complete?
    let complete = assistant.call("check_coverage", json!({"timeframe": "last 28 days"})).await;
    assert_eq!(complete["data_complete"], true, "{complete}");
    for answer in [&topics, &week, &responders] {
        assert_eq!(answer["sync_info"]["state"], "fresh");
    }

    let Assistant { calls, text, fields, .. } = &assistant;
    println!("{calls} calls, {text} characters of text, {fields} of fields");
    assert!(*calls <= MOST_CALLS, "{calls} calls");
    assert!(*text.max(fields) <= MOST_CHARACTERS, "{text} characters of text, {fields} of fields");
    drop(assistant);
    bench.end().await;
}
