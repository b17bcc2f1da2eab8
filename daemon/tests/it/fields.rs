//! Everything that Intercom knows of a conversation can be asked for, and comes back as it is there.

use std::collections::BTreeMap;
use std::time::Duration;

use proto::Timestamp;
use proto::types::{
    Conversation, Field, FieldValue, FieldsRequest, Grouping, Question, ReadRequest, SearchRequest,
    ShowRequest, State, StatsRequest,
};
use serde_json::{Map, Value, json};
use sim::{Agent, Author, New, Set, Sla, Ticket};

use crate::support::{Bench, workspace};

/// Gives a conversation of its own every field.
fn everything(bench: &Bench) -> String {
    let id = bench.sim.create(New { body: "<p>Hello</p>".to_owned(), ..New::default() });
    let agent = Agent {
        resolution: Some("confirmed_resolution".to_owned()),
        rating: Some(4),
        remark: Some("Surprisingly helpful".to_owned()),
        source: Some("Night shift".to_owned()),
        content: vec!["How to pay".to_owned()],
    };
    let ticket = Ticket {
        kind: "Incident".to_owned(),
        state: "waiting_on_customer".to_owned(),
        title: "Quarterly figures vanish".to_owned(),
        description: "They did on Tuesday".to_owned(),
        attributes: [("Severity".to_owned(), json!(3))].into_iter().collect(),
    };
    for set in [
        Set::Priority("urgent".to_owned()),
        Set::Channel("whatsapp".to_owned()),
        Set::Rating(1, "Dreadfully sluggish".to_owned()),
        Set::Attribute("Plan.name 契約".to_owned(), json!("Platinum")),
        Set::Attribute("Ordered".to_owned(), json!(17.25)),
        Set::Agent(Some(agent)),
        Set::Topics(vec!["Invoices".to_owned()]),
        Set::Sla(Some(Sla { name: "Gold".to_owned(), status: "missed".to_owned() })),
        Set::Ticket(Some(ticket)),
        Set::Company(Some("Zenith & Co".to_owned())),
    ] {
        assert!(bench.sim.set(&id, set));
    }
    bench.sim.assign_team(&id, 1);
    bench.sim.reply(&id, Author::Admin(2), "<p>Done</p>").unwrap();
    id
}

/// Each field, a value of it to ask for, and what the conversation that has everything shows.
const ASKED: [(&str, &str, &str); 17] = [
    ("channel", "WhatsApp", "whatsapp"),
    ("priority", "urgent", "urgent"),
    ("rating", "1", "1"),
    ("sla", "missed", "missed"),
    ("sla_name", "gold", "Gold"),
    ("ai", "resolved", "confirmed_resolution"),
    ("ai_rating", "4", "4"),
    ("ai_source", "night shift", "Night shift"),
    ("ai_content", "how to pay", "How to pay"),
    ("ai_topic", "invoices", "Invoices"),
    ("company", "zenith & co", "Zenith & Co"),
    ("ticket", "incident", "Incident"),
    ("ticket_state", "waiting_on_customer", "waiting_on_customer"),
    ("ticket_category", "customer", "Customer"),
    ("attr.plan.NAME 契約", "platinum", "Platinum"),
    ("attr.Ordered", "17.250", "17.25"),
    ("attr.severity", "3", "3"),
];

#[tokio::test(start_paused = true)]
async fn every_field_is_found_grouped_searched_and_shown_with_the_right_value() {
    let bench = Bench::start(workspace(30)).await;
    let id = everything(&bench);
    bench.sync().await;
    let shown = bench
        .client
        .show(&ShowRequest { id: id.clone(), limit: 100, ..ShowRequest::default() })
        .await
        .unwrap();
    for (field, value, expected) in ASKED {
        let field = Field::named(field).unwrap();
        let question = Question::default().with(field.clone(), Some(value.to_owned()));
        let (found, _) = bench.search_all(SearchRequest { question, ..SearchRequest::default() }).await;
        assert!(found.contains(&id), "{field}:{value} {found:?}");
        let request = StatsRequest {
            grouping: Grouping::Field(field.clone()),
            limit: 1_000,
            ..StatsRequest::default()
        };
        let groups = bench.client.stats(&request).await.unwrap().groups;
        let group = groups.iter().find(|group| group.key.as_deref() == Some(expected));
        let count = group.unwrap_or_else(|| panic!("{field}: {groups:?}")).figures.conversations;
        assert!(
            count >= 1 && groups.iter().map(|group| group.figures.conversations).sum::<u64>() >= 31,
            "{field}"
        );
        let name = field.to_string().to_lowercase();
        let mut values =
            shown.conversation.fields.iter().filter(|one| one.field.to_string().to_lowercase() == name);
        assert!(values.any(|one| one.value.to_string() == expected), "{field}");
    }
    for words in ["sluggish", "surprisingly", "\"quarterly figures\"", "tuesday", "platinum"] {
        let question = Question::of(proto::query::parse(words, &chrono::Utc::now()).unwrap().query);
        let (found, _) = bench.search_all(SearchRequest { question, ..SearchRequest::default() }).await;
        assert_eq!(found, [id.as_str()], "{words}");
    }
    let changes: Vec<_> = shown
        .conversation
        .events
        .iter()
        .flat_map(|event| &event.changes)
        .map(|change| (change.field.as_str(), change.to.as_deref()))
        .collect();
    for expected in [("attr.Ordered", Some("17.25")), ("rating", Some("1")), ("team", Some("Billing"))] {
        assert!(changes.contains(&expected), "{expected:?} {changes:?}");
    }
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_fields_of_a_workspace_are_listed_with_their_values_and_counts() {
    let bench = Bench::start(workspace(60)).await;
    bench.sync().await;
    let reply = bench.client.fields(&FieldsRequest { values: 100 }).await.unwrap();
    let used = |name: &str| {
        let found = reply.fields.iter().find(|one| one.field.to_string() == name);
        found.map_or_else(Default::default, |one| {
            let values = one.values.iter().map(|one| (one.value.clone(), one.conversations));
            (one.conversations, values.collect::<BTreeMap<String, u64>>())
        })
    };
    let truths: Vec<_> = bench.sim.ids().iter().map(|id| bench.sim.conversation(id).unwrap()).collect();
    let mut priorities: BTreeMap<String, u64> = BTreeMap::new();
    let mut plans = priorities.clone();
    for truth in &truths {
        *priorities.entry(truth.priority.clone()).or_default() += 1;
        *plans.entry(truth.attributes["Plan"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(used("priority"), (60, priorities));
    assert_eq!(used("attr.Plan"), (60, plans));
    let rated = truths.iter().filter(|truth| truth.rating.is_some()).count();
    assert_eq!(used("rating").0, rated as u64);
    let remarked =
        truths.iter().filter(|truth| truth.rating.as_ref().is_some_and(|(_, remark)| !remark.is_empty()));
    assert_eq!(used("remark").0, remarked.count() as u64);
    bench.end().await;
}

/// Returns an attribute of any type.
fn attribute(dice: &mut fastrand::Rng) -> Value {
    let text = |dice: &mut fastrand::Rng| {
        let letters = ['a', 'Z', 'ß', '契', ' ', '.', ':', '"', '\\', '-', '9', 'é', '😀', '\u{301}'];
        let length = dice.usize(1..12);
        let text: String = (0..length).map(|_| letters[dice.usize(..letters.len())]).collect();
        format!("x{text}x")
    };
    match dice.u8(..8) {
        0 => json!(text(dice)),
        1 => json!(dice.i64(-1_000_000..1_000_000)),
        2 => json!(f64::from(dice.i32(-100_000..100_000)) / 64.0 + 0.5 / 64.0),
        3 => json!(dice.bool()),
        4 => json!(dice.i64(0..4_000_000_000)),
        5 => json!([text(dice), dice.i64(0..9)]),
        6 => json!({"type": "order.list", "instances": [{"id": text(dice), "total": 12.5}]}),
        _ => json!(i64::MAX - dice.i64(0..9)),
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_attributes_of_every_type_and_any_name_come_back_as_they_are() {
    let bench = Bench::start(workspace(0)).await;
    let mut dice = fastrand::Rng::with_seed(7);
    let mut expected: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for _ in 0..50 {
        let id = bench.sim.create(New::default());
        for number in 0..20 {
            let name = ["Plan", "a.b c", "契約", "é:\"x\"", "  spaced  "][number % 5].to_owned()
                + &format!("{number}");
            let value = attribute(&mut dice);
            expected.entry(id.clone()).or_default().insert(name.clone(), value.clone());
            bench.sim.silently().set(&id, Set::Attribute(name, value));
        }
    }
    bench.sync().await;
    for (id, attributes) in expected {
        let request = ShowRequest { id, limit: 1, ..ShowRequest::default() };
        let fields = FieldValue::by_name(&bench.client.show(&request).await.unwrap().conversation.fields);
        for (name, value) in attributes {
            assert_eq!(fields.get(&format!("attr.{name}")), Some(&value), "{name}");
        }
    }
    bench.end().await;
}

/// Works out anew, from what an export holds, which teammate answered, since when that was asked, and when.
pub(crate) fn answers(conversation: &Conversation) -> Vec<(String, Timestamp, Timestamp)> {
    let said = conversation.messages.iter().map(|one| (one.created_at, one.kind.as_str(), Some(&one.author)));
    let closed = conversation.events.iter().map(|one| (one.created_at, one.kind.as_str(), None));
    let mut all: Vec<_> = said.chain(closed).collect();
    all.sort_by_key(|(at, ..)| *at);
    let (mut asked, mut answers) = (None, Vec::new());
    for (at, kind, author) in all {
        match author.map(|author| (author.kind.as_str(), author.id.clone().unwrap_or_default())) {
            Some(("user" | "lead", _)) => asked = asked.or(Some(at)),
            Some(("admin", id)) if kind != "note" => {
                answers.extend(asked.take().map(|asked| (id, asked, at)));
            }
            _ => {}
        }
        if kind == "close" {
            asked = None;
        }
    }
    answers
}

#[tokio::test(start_paused = true)]
async fn response_times_by_responder_are_those_that_an_export_gives() {
    let bench = Bench::start(workspace(150)).await;
    let first = bench.sim.ids()[3].clone();
    let wait = async |seconds| tokio::time::sleep(Duration::from_secs(seconds)).await;
    bench.sim.reply(&first, Author::Customer, "<p>And now?</p>").unwrap();
    wait(10).await;
    bench.sim.close(&first).unwrap();
    wait(90).await;
    bench.sim.reply(&first, Author::Customer, "<p>Again</p>").unwrap();
    wait(700).await;
    bench.sim.reply(&first, Author::Admin(1), "<p>Now</p>").unwrap();
    bench.sync().await;
    let mut expected: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let ids = bench.sim.ids();
    let read = bench.client.read(&ReadRequest { ids }).await.unwrap();
    for conversation in &read.conversations {
        for (by, asked, at) in answers(conversation) {
            expected.entry(by).or_default().push(at.since(asked).unsigned_abs());
        }
    }
    assert_eq!(read.done, 150);
    let request =
        StatsRequest { grouping: Grouping::Field(Field::Responder), limit: 100, ..StatsRequest::default() };
    let reply = bench.client.stats(&request).await.unwrap();
    let mut found = BTreeMap::new();
    for group in &reply.groups {
        if let (Some(key), Some(spread)) = (&group.key, group.figures.response) {
            found.insert(key.clone(), (spread.count, spread.mean, spread.min, spread.max));
        }
    }
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(by, all)| {
            let (min, max) = (*all.iter().min().unwrap(), *all.iter().max().unwrap());
            let mean = all.iter().sum::<u64>() as f64 / all.len() as f64;
            (by, (all.len() as u64, (mean * 10.0).round() / 10.0, min, max))
        })
        .collect();
    assert_eq!(found, expected);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_field_that_an_audit_saw_change_silently_is_only_as_new_as_the_reads_are() {
    let bench = Bench::start(workspace(20)).await;
    let id = bench.sim.create(New::default());
    bench.sync().await;
    let ask = async |field: Field| {
        let request = StatsRequest { grouping: Grouping::Field(field), limit: 10, ..StatsRequest::default() };
        bench.client.stats(&request).await.unwrap()
    };
    tokio::time::sleep(Duration::from_secs(400)).await;
    bench.sync().await;
    assert_eq!(ask(Field::Rating).await.sync_info.fields, []);
    bench.sim.silently().set(&id, Set::Rating(1, String::new()));
    // Open ones are read again after half an hour.
    tokio::time::sleep(Duration::from_secs(2_400)).await;
    let told = ask(Field::Rating).await.sync_info;
    assert_eq!(told.fields[0].name, "rating");
    let as_of = told.fields[0].as_of.unwrap();
    assert_eq!((told.state, told.data_complete), (State::Partial, false));
    let expected = format!("Values of rating are as of {} or later", as_of.to_minute());
    assert_eq!(told.message.as_deref(), Some(expected.as_str()));
    // What nothing was seen of, rests on activity alone.
    assert_eq!(ask(Field::Channel).await.sync_info.state, State::Fresh);
    bench.end().await;
}
